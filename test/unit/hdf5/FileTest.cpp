#include "runtime/hdf5/File.h"
#include "test/unit/TestData.h"
#include "test/unit/hdf5/Writer.h"

#include <cmath>
#include <thread>

using namespace limen;
using namespace limen::test;
using h5::File;

namespace {

std::string sampleFile(const TemporaryFolder &folder) {
  const std::string path = folder / "sample.h5";
  Writer writer(path);
  writer.strings("/version", {}, {"1.0.7"})
      .fixedString("/fixed", "old", 10)
      .strings("/edges", {2, 2}, {"a", "b", "b", "c"})
      .numbers("/g/f32", {2, 3}, {0.5, 1, 2, 3, 4, 5})
      .numbers("/g/f64", {}, {0.1}, H5T_IEEE_F64LE)
      .numbers("/g/u8", {4, 2}, {0, 1, 2, 3, 4, 5, 6, 255}, H5T_STD_U8LE, true)
      .numbers("/g/i16be", {2}, {-3, 7}, H5T_STD_I16BE)
      .numbers("/g/half", {2}, {0.5, 1}, H5T_IEEE_F64BE)
      .numbers("/g/empty", {0}, {}, H5T_IEEE_F64LE)
      .numbers("/10", {1}, {1})
      .numbers("/2", {1}, {1});
  return path;
}

/// Reads everything below `group` with every reader; results do not matter.
void readAll(const File &file, const std::string &group, int depth = 0) {
  Result<std::vector<std::string>> names = file.links(group);
  if (!names || depth > 8)
    return;
  for (const std::string &name : *names) {
    const std::string path = h5::join(group, name);
    if (file.kind(path) == h5::Kind::Group) {
      readAll(file, path, depth + 1);
      continue;
    }
    (void)file.read<double>(path);
    (void)file.read<int64_t>(path);
    (void)file.readEntry<float>(path, 0);
    (void)file.readStrings(path);
  }
}

TEST(Hdf5File, readsEveryKindOfDataset) {
  const TemporaryFolder folder;
  Result<File> file = File::open(sampleFile(folder));
  ASSERT_TRUE(file);
  EXPECT_EQ(*file->readString("/version"), "1.0.7");
  EXPECT_EQ(*file->readString("/fixed"), "old");
  EXPECT_EQ(file->readStrings("/edges")->values,
            (std::vector<std::string>{"a", "b", "b", "c"}));
  EXPECT_EQ(file->readStrings("/edges")->shape, (h5::Shape{2, 2}));
  EXPECT_EQ(file->read<float>("/g/f32")->values,
            (std::vector<float>{0.5, 1, 2, 3, 4, 5}));
  EXPECT_EQ(file->read<double>("/g/f64")->values, std::vector<double>{0.1});
  EXPECT_TRUE(file->read<double>("/g/f64")->shape.empty());
  EXPECT_EQ(file->read<int64_t>("/g/u8")->values.back(), 255);
  EXPECT_EQ(file->read<double>("/g/i16be")->values,
            (std::vector<double>{-3, 7}));
  EXPECT_TRUE(file->read<float>("/g/empty")->values.empty());
  EXPECT_EQ(file->readEntry<float>("/g/u8", 3)->values,
            (std::vector<float>{6, 255}));
  EXPECT_EQ(
      *file->links("/"),
      (std::vector<std::string>{"10", "2", "edges", "fixed", "g", "version"}));
  EXPECT_EQ(file->kind("/g"), h5::Kind::Group);
  EXPECT_EQ(file->kind("/g/f32"), h5::Kind::Dataset);
  EXPECT_EQ(file->kind("/nothing/below"), h5::Kind::Missing);
}

TEST(Hdf5File, errorsNameThePath) {
  const TemporaryFolder folder;
  Result<File> file = File::open(sampleFile(folder));
  ASSERT_TRUE(file);
  auto text = [](auto result) {
    EXPECT_FALSE(result);
    return result.error().text();
  };
  EXPECT_NE(text(file->read<double>("/g/x")).find("/g/x"), std::string::npos);
  EXPECT_NE(text(file->read<double>("/g")).find("is a group"),
            std::string::npos);
  EXPECT_NE(text(file->read<double>("/version")).find("text"),
            std::string::npos);
  EXPECT_NE(text(file->readString("/g/f32")).find("strings"),
            std::string::npos);
  EXPECT_NE(text(file->read<int64_t>("/g/f32")).find("0.5"), std::string::npos);
  EXPECT_NE(text(file->readEntry<float>("/g/u8", 4)).find("no entry 4"),
            std::string::npos);
  EXPECT_NE(text(file->links("/nothing")).find("missing"), std::string::npos);
}

TEST(Hdf5File, saysWhatAForeignFileIs) {
  const TemporaryFolder folder;
  EXPECT_NE(
      File::open(folder.file("zip", "PK\3\4....")).error().text().find("ZIP"),
      std::string::npos);
  EXPECT_NE(File::open(folder.file("empty", "")).error().text().find("empty"),
            std::string::npos);
  EXPECT_NE(File::open(folder / "none").error().text().find("no such file"),
            std::string::npos);
  EXPECT_NE(File::open(folder / "").error().text().find("folder"),
            std::string::npos);
}

TEST(Hdf5File, refusesADatasetLargerThanTheFileCanHold) {
  const TemporaryFolder folder;
  const std::string path = folder / "large.h5";
  {
    Writer writer(path);
    hsize_t extent = hsize_t{1} << 40;
    hsize_t chunk = 1024;
    const hid_t space = H5Screate_simple(1, &extent, nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, &chunk);
    H5Dclose(H5Dcreate2(writer.id(), "/x", H5T_IEEE_F32LE, space, H5P_DEFAULT,
                        creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
  }
  Result<File> file = File::open(path);
  ASSERT_TRUE(file);
  EXPECT_NE(file->read<float>("/x").error().text().find("claims"),
            std::string::npos);
}

TEST(Hdf5File, survivesDamage) {
  const TemporaryFolder folder;
  forDamagedCopies(sampleFile(folder), 20, 60, [](const std::string &path) {
    Result<File> file = File::open(path);
    if (file)
      readAll(*file, "/");
  });
}

TEST(Hdf5File, survivesDamageOfRecordedFiles) {
  LIMEN_DATA_OR_SKIP(path, "nir/braille/braille_noDelay_bias_zero.nir");
  forDamagedCopies(path, 20, 100, [](const std::string &copy) {
    Result<File> file = File::open(copy);
    if (file)
      readAll(*file, "/");
  });
}

TEST(Hdf5File, mayBeUsedFromSeveralThreads) {
  const TemporaryFolder folder;
  Result<File> file = File::open(sampleFile(folder));
  ASSERT_TRUE(file);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 50; ++repeat)
        EXPECT_EQ(file->readEntry<float>("/g/u8", 3)->values[1], 255);
    });
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace
