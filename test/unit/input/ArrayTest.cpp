// Dense NumPy arrays and lists of spikes in HDF5 files.

#include "runtime/events/Npy.h"
#include "runtime/input/Open.h"
#include "test/unit/input/Folder.h"

#include <algorithm>
#include <cstring>
#include <hdf5.h>
#include <random>

using namespace limen;
using namespace limen::input;

namespace {

template <typename T>
std::string bytesOf(const std::vector<T> &values, bool big = false) {
  std::string out;
  for (T value : values) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    if (big)
      std::reverse(bytes, bytes + sizeof(T));
    out.append(bytes, sizeof(T));
  }
  return out;
}

/// A file of any version; `header` is the dictionary.
std::string npyFile(int version, std::string header, const std::string &data) {
  header += '\n';
  std::string out = "\x93NUMPY" + std::string{static_cast<char>(version), 0};
  out += static_cast<char>(header.size());
  out += static_cast<char>(header.size() >> 8);
  if (version > 1)
    out += std::string(2, '\0');
  return out + header + data;
}

std::string dictionary(const std::string &descr, bool fortran,
                       const std::string &shape) {
  return "{'descr': '" + descr +
         "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }";
}

class Arrays : public testing::Test {
protected:
  /// What the samples of the file hold: [sample][step].
  std::vector<std::vector<Events>> load(const std::string &spec) {
    const auto source = openSource(spec, {});
    EXPECT_TRUE(source) << source.error().text();
    std::vector<std::vector<Events>> out;
    for (size_t i = 0; source && i < (*source)->size(); ++i) {
      const Result<Sample> sample = (*source)->sample(i);
      EXPECT_TRUE(sample) << sample.error().text();
      if (!sample)
        continue;
      labels.push_back(sample->label);
      out.emplace_back();
      for (uint32_t step = 0; step < sample->steps; ++step)
        out.back().push_back(at(*sample, step));
      shape = (*source)->shape();
    }
    return out;
  }
  std::string refuse(const std::string &spec) {
    const auto source = openSource(spec, {});
    if (!source)
      return source.error().text();
    const Result<Sample> sample = (*source)->sample(0);
    EXPECT_FALSE(sample);
    return sample ? "" : sample.error().text();
  }
  Folder folder;
  network::Shape shape;
  std::vector<int> labels;
};

using Samples = std::vector<std::vector<Events>>;

} // namespace

TEST_F(Arrays, EveryTypeVersionAndOrder) {
  // [time, element] of {{0, 1, 0}, {2, 0, 3}}.
  const Samples wanted{{{{1, 1}}, {{0, 2}, {2, 3}}}};
  const auto check = [&](int version, const std::string &descr, bool fortran,
                         const std::string &data) {
    const std::string file = folder.write(
        "a.npy", npyFile(version, dictionary(descr, fortran, "(2, 3)"), data));
    EXPECT_EQ(load("npy:" + file), wanted) << descr;
    EXPECT_EQ(shape, (network::Shape{3}));
  };
  const std::vector<int> c{0, 1, 0, 2, 0, 3}, f{0, 2, 1, 0, 0, 3};
  const auto as = [](auto zero, const std::vector<int> &values) {
    return std::vector<decltype(zero)>(values.begin(), values.end());
  };
  check(1, "|u1", false, bytesOf(as(uint8_t(), c)));
  check(2, "|i1", true, bytesOf(as(int8_t(), f)));
  check(3, "<i2", false, bytesOf(as(int16_t(), c)));
  check(1, ">i4", true, bytesOf(as(int32_t(), f), true));
  check(1, "<i8", false, bytesOf(as(int64_t(), c)));
  check(2, ">f4", false, bytesOf(as(float(), c), true));
  check(3, "<f8", true, bytesOf(as(double(), f)));
  // IEEE half: 1, 2 and 3.
  check(1, "<f2", false,
        bytesOf(std::vector<uint16_t>{0, 0x3C00, 0, 0x4000, 0, 0x4200}));
  const std::string flags =
      folder.write("b.npy", npyFile(1, dictionary("|b1", false, "(2, 2)"),
                                    std::string("\1\0\0\1", 4)));
  EXPECT_EQ(load("npy:" + flags), (Samples{{{{0, 1}}, {{1, 1}}}}));
}

TEST_F(Arrays, AxesAndLabels) {
  // [sample 2, time 1, 2, 2], the last index fastest, then the first.
  std::vector<uint8_t> values{1, 0, 0, 2, 0, 3, 4, 0};
  const std::string file =
      folder.write("a.npy", npyFile(1, dictionary("|u1", false, "(2, 1, 2, 2)"),
                                    bytesOf(values)));
  const std::string classes =
      folder.write("c.npy", npyFile(1, dictionary("<i8", false, "(2,)"),
                                    bytesOf(std::vector<int64_t>{4, 9})));
  EXPECT_EQ(load("npy:" + file + ",labels=" + classes),
            (Samples{{{{0, 1}, {3, 2}}}, {{{1, 3}, {2, 4}}}}));
  EXPECT_EQ(shape, (network::Shape{2, 2}));
  EXPECT_EQ(labels, (std::vector<int>{4, 9}));
  EXPECT_EQ(load("npy:" + file + ",axes=time"),
            (Samples{{{{0, 1}, {3, 2}}, {{1, 3}, {2, 4}}}}));
  EXPECT_EQ(shape, (network::Shape{1, 2, 2}));
  // Element (s, 0, y, x) is at s + 2 y + 4 x.
  const std::string fortran =
      folder.write("f.npy", npyFile(1, dictionary("|u1", true, "(2, 1, 2, 2)"),
                                    bytesOf(values)));
  EXPECT_EQ(load("npy:" + fortran),
            (Samples{{{{0, 1}, {3, 4}}}, {{{1, 3}, {2, 2}}}}));
  EXPECT_NE(refuse("npy:" + file + ",axes=time,labels=" + classes)
                .find("has 2 labels"),
            std::string::npos);
}

TEST_F(Arrays, SayWhatIsWrong) {
  const auto file = [&](const std::string &bytes) {
    return "npy:" + folder.write("a.npy", bytes);
  };
  const std::string head = dictionary("<f4", false, "(1, 2)");
  const float nan = NAN;
  EXPECT_NE(refuse(file(npyFile(1, head, bytesOf(std::vector<float>{0, nan}))))
                .find("element 1 is not finite"),
            std::string::npos);
  EXPECT_NE(refuse(file(npyFile(1, head, "abcd"))).find("truncated"),
            std::string::npos);
  EXPECT_NE(refuse(file(npyFile(1, head, "abcdefghi"))).find("1 bytes after"),
            std::string::npos);
  EXPECT_NE(refuse(file("no array")).find("byte 0"), std::string::npos);
  EXPECT_NE(refuse(file(npyFile(1, dictionary("<f4", false, "()"), "abcd")))
                .find("0 dimensions"),
            std::string::npos);
  EXPECT_NE(
      refuse(file(events::npy::header("[('t', '<i8'), ('x', '<u2')]", {0})))
          .find("holds records"),
      std::string::npos);
}

TEST_F(Arrays, CutAndFlippedFilesNeverCrash) {
  const std::string whole = npyFile(1, dictionary("<i2", true, "(2, 3, 2)"),
                                    bytesOf(std::vector<int16_t>(12, 1)));
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    if (round % 2)
      bytes.resize(random() % bytes.size());
    else
      for (int k = 0; k < 3; ++k)
        bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto source = openSource("npy:" + folder.write("a.npy", bytes), {});
    EXPECT_TRUE(!source || round % 2 == 0);
    if (source)
      (void)(*source)->sample((*source)->size() - 1);
  }
}

namespace {

/// Writes lists of numbers as the file's own type.
template <typename T>
void writeLists(hid_t file, const char *name, hid_t memory, hid_t stored,
                std::vector<std::vector<T>> lists) {
  std::vector<hvl_t> entries;
  for (std::vector<T> &list : lists)
    entries.push_back({list.size(), list.data()});
  const hsize_t count = entries.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t fileType = H5Tvlen_create(stored);
  const hid_t memoryType = H5Tvlen_create(memory);
  const hid_t set = H5Dcreate2(file, name, fileType, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_GE(
      H5Dwrite(set, memoryType, H5S_ALL, H5S_ALL, H5P_DEFAULT, entries.data()),
      0);
  H5Dclose(set);
  H5Tclose(memoryType);
  H5Tclose(fileType);
  H5Sclose(space);
}

/// IEEE half precision, as h5py stores float16.
hid_t halfType() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

struct SpikeLists {
  std::vector<std::vector<float>> times;
  std::vector<std::vector<uint16_t>> units;
};

void writeSpikes(const std::string &path, const SpikeLists &lists, bool half) {
  const hid_t file =
      H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const hid_t stored = half ? halfType() : H5Tcopy(H5T_IEEE_F32LE);
  writeLists(file, "spikes/times", H5T_NATIVE_FLOAT, stored, lists.times);
  H5Tclose(stored);
  writeLists(file, "spikes/units", H5T_NATIVE_UINT16, H5T_STD_U16LE,
             lists.units);
  const uint16_t classes[] = {11, 5};
  const hsize_t count = 2;
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t set = H5Dcreate2(file, "labels", H5T_STD_U16LE, space,
                               H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(set, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, classes);
  H5Dclose(set);
  H5Sclose(space);
  H5Fclose(file);
}

} // namespace

TEST_F(Arrays, ListsOfSpikes) {
  // Times that half precision holds exactly, the second sample's out of order.
  const SpikeLists lists{{{0.125f, 0.25f, 0.375f, 0.4375f}, {0.5f, 0.0f}},
                         {{3, 699, 3, 3}, {1, 2}}};
  const std::string file = folder.path + "/a.h5";
  for (bool half : {false, true}) {
    writeSpikes(file, lists, half);
    labels.clear();
    EXPECT_EQ(
        load("shd:" + file + ",bin=250 ms"),
        (Samples{{{{3, 1}}, {{3, 2}, {699, 1}}}, {{{2, 1}}, {}, {{1, 1}}}}));
    EXPECT_EQ(shape, (network::Shape{700}));
    EXPECT_EQ(labels, (std::vector<int>{11, 5}));
    // Parts of 0.21875 s and 0.25 s.
    EXPECT_EQ(load("shd:" + file + ",bins=2"),
              (Samples{{{{3, 1}}, {{3, 2}, {699, 1}}}, {{{2, 1}}, {{1, 1}}}}));
  }
  EXPECT_NE(refuse("shd:" + file + ",units=600").find("unit 699"),
            std::string::npos);
  EXPECT_NE(refuse("shd:" + file + ",bin=1 ns").find("at most 2^24"),
            std::string::npos);
  writeSpikes(file, {{{0.5f}, {}}, {{1, 2}, {}}}, false);
  EXPECT_NE(refuse("shd:" + file).find("2 units for 1 times"),
            std::string::npos);
  writeSpikes(file, {{{-0.5f}, {}}, {{1}, {}}}, false);
  EXPECT_NE(refuse("shd:" + file).find("a spike at -0.5 s"), std::string::npos);
}
