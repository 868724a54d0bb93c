// Readers of data sets: content by hand, damage everywhere.

#include "runtime/input/Open.h"
#include "test/unit/TestData.h"
#include "test/unit/input/Folder.h"

#include <fstream>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <random>
#include <zlib.h>

using namespace limen;
using namespace limen::input;

namespace {

/// One N-MNIST event.
std::string event(int x, int y, int polarity, uint32_t time) {
  return {static_cast<char>(x), static_cast<char>(y),
          static_cast<char>(polarity << 7 | time >> 16),
          static_cast<char>(time >> 8), static_cast<char>(time)};
}

std::string be32(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string idxImages(uint32_t count, const std::string &pixels) {
  return std::string("\0\0\x08\x03", 4) + be32(count) + be32(2) + be32(3) +
         pixels;
}
std::string idxLabels(const std::string &labels) {
  return std::string("\0\0\x08\x01", 4) +
         be32(static_cast<uint32_t>(labels.size())) + labels;
}

} // namespace

TEST(Nmnist, BinsFromTheFirstEventAndKeepsCounts) {
  const Folder folder;
  // Steps of 1 ms from t = 500: the last complete step ends at 3500.
  folder.write("7.bin", event(1, 2, 1, 500) + event(1, 2, 1, 1499) +
                            event(0, 0, 0, 1500) + event(33, 33, 1, 3499) +
                            event(5, 5, 0, 3600));
  folder.write("12.bin", event(3, 0, 0, 10));
  const std::string labels =
      folder.write("labels.txt", "#sample #class\r\n12\t4\r\n7\t9\r\n");
  SourceOptions options;
  options.labels = labels;
  const auto source = openSource("nmnist:" + folder.path, options);
  ASSERT_TRUE(source) << source.error().text();
  ASSERT_EQ((*source)->size(), 2u);
  const auto first = (*source)->sample(0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->id, "7"); // by number, not by name
  EXPECT_EQ(first->label, 9);
  ASSERT_EQ(first->steps, 3u);
  EXPECT_EQ(at(*first, 0), (Events{{(34 + 2) * 34 + 1, 2.0f}}));
  EXPECT_EQ(at(*first, 1), (Events{{0, 1.0f}}));
  EXPECT_EQ(at(*first, 2), (Events{{(34 + 33) * 34 + 33, 1.0f}}));
  EXPECT_EQ((*source)->sample(1)->steps, 1u);
}

TEST(Nmnist, HandlesOverflowAndStepsOption) {
  const Folder folder;
  folder.write("1.bin", event(0, 0, 0, 0) + event(0, 240, 0, 0) +
                            event(1, 0, 0, 0) + event(2, 0, 0, 2000));
  SourceOptions options;
  auto source = openSource("nmnist:" + folder.path, options);
  const auto sample = (*source)->sample(0);
  // 8192 us after the first event: step 8.
  EXPECT_EQ(at(*sample, 8), (Events{{1, 1.0f}}));
  options.steps = 20;
  source = openSource("nmnist:" + folder.path, options);
  EXPECT_EQ((*source)->sample(0)->steps, 20u);
  options.steps = 3;
  source = openSource("nmnist:" + folder.path, options);
  EXPECT_EQ((*source)->sample(0)->events.size(), 1u);
}

TEST(Nmnist, SaysWhatIsWrong) {
  const Folder folder;
  folder.write("1.bin", event(0, 0, 0, 0) + "ab");
  folder.write("2.bin", event(40, 0, 0, 0));
  folder.write("3.bin", "");
  const auto source = openSource("nmnist:" + folder.path, {});
  EXPECT_NE((*source)->sample(0).error().text().find("7 bytes"),
            std::string::npos);
  EXPECT_NE((*source)->sample(1).error().text().find("at (40, 0)"),
            std::string::npos);
  EXPECT_FALSE((*source)->sample(2));
  SourceOptions options;
  options.labels = folder.write("labels.txt", "1\t4\n2\t4\n");
  EXPECT_NE(openSource("nmnist:" + folder.path, options)
                .error()
                .text()
                .find("no label for sample '3'"),
            std::string::npos);
  options.labels = folder.write("labels.txt", "1\tfour\n");
  EXPECT_NE(openSource("nmnist:" + folder.path, options)
                .error()
                .text()
                .find("labels.txt:1:1"),
            std::string::npos);
  EXPECT_FALSE(openSource("nmnist:" + folder.path + "/none", {}));
  EXPECT_FALSE(openSource("nmnist:", {}));
  EXPECT_FALSE(openSource("mnist:x", {}));
}

TEST(Nmnist, StepsOfRecordingsAreThoseOfTheReference) {
  LIMEN_DATA_OR_SKIP(folder, "nmnist/test");
  LIMEN_DATA_OR_SKIP(reference,
                     "nmnist/ref_cnn_sinabs_float_reset_zero_first20.csv");
  const auto source = openSource("nmnist:" + folder, {});
  ASSERT_TRUE(source);
  std::ifstream rows(reference);
  std::string line;
  std::getline(rows, line);
  for (size_t i = 0; std::getline(rows, line); ++i) {
    int id = 0, label = 0, predicted = 0;
    unsigned steps = 0;
    ASSERT_EQ(std::sscanf(line.c_str(), "%d,%d,%d,%u", &id, &label, &predicted,
                          &steps),
              4);
    EXPECT_EQ((*source)->sample(i)->id, std::to_string(id));
    EXPECT_EQ((*source)->sample(i)->steps, steps);
  }
}

TEST(Idx, RateEncoderHasItsRateAndItsSeed) {
  const Folder folder;
  const std::string images =
      folder.write("i", idxImages(2, std::string("\0\x40\x80\xFF\0\0", 6) +
                                         std::string(6, '\xFF')));
  const std::string labels = folder.write("l", idxLabels("\x03\x05"));
  SourceOptions options;
  options.steps = 4000;
  options.seed = 3;
  const std::string spec = "idx:" + images + "," + labels;
  const auto source = openSource(spec + ",rate=0.5", options);
  ASSERT_TRUE(source) << source.error().text();
  EXPECT_EQ((*source)->shape(), (network::Shape{1, 2, 3}));
  const auto sample = (*source)->sample(0);
  EXPECT_EQ(sample->label, 3);
  std::vector<int> counts(6);
  for (const Event &e : sample->events)
    ++counts[e.index];
  for (int p = 0; p < 6; ++p) {
    const double rate = 0.5 * std::vector<int>{0, 64, 128, 255, 0, 0}[p] / 255;
    EXPECT_NEAR(counts[p] / 4000.0, rate,
                5 * std::sqrt(rate * (1 - rate) / 4000) + 1e-12);
  }
  const auto again = openSource(spec + ",rate=0.5", options);
  EXPECT_EQ((*again)->sample(0)->events.size(), sample->events.size());
  options.seed = 4;
  const auto other = openSource(spec + ",rate=0.5", options);
  EXPECT_NE((*other)->sample(0)->events.size(), sample->events.size());
}

TEST(Idx, CurrentEncoderAndGzip) {
  const Folder folder;
  const std::string plain = idxImages(1, std::string("\0\x33\xFF\0\0\0", 6));
  const std::string file = folder.path + "/i.gz";
  gzFile out = gzopen(file.c_str(), "wb");
  gzwrite(out, plain.data(), static_cast<unsigned>(plain.size()));
  gzclose(out);
  const std::string labels = folder.write("l", idxLabels("\x01"));
  SourceOptions options;
  options.steps = 2;
  const auto source = openSource(
      "idx:" + file + "," + labels + ",encoder=current,scale=2", options);
  ASSERT_TRUE(source) << source.error().text();
  EXPECT_EQ(at(*(*source)->sample(0), 1), (Events{{1, 0.4f}, {2, 2.0f}}));
}

TEST(Idx, SurvivesTruncationAndGarbage) {
  const Folder folder;
  const std::string good = idxImages(3, std::string(18, '\x50'));
  const std::string labels = folder.write("l", idxLabels("\1\2\3"));
  for (size_t length = 0; length < good.size(); ++length) {
    const std::string file = folder.write("i", good.substr(0, length));
    EXPECT_FALSE(openSource("idx:" + file + "," + labels, {})) << length;
  }
  std::mt19937 generator(1);
  for (int trial = 0; trial < 300; ++trial) {
    std::string bytes = good;
    bytes[generator() % bytes.size()] ^=
        static_cast<char>(1 + generator() % 255);
    const std::string file = folder.write("i", bytes);
    const auto source = openSource("idx:" + file + "," + labels, {});
    if (source) {
      EXPECT_TRUE((*source)->sample(0));
    }
  }
  const std::string file = folder.write("i", good);
  const std::string two = folder.write("two", idxLabels("\1\2"));
  EXPECT_NE(openSource("idx:" + file + "," + two, {})
                .error()
                .text()
                .find("2 labels for 3 images"),
            std::string::npos);
  EXPECT_FALSE(openSource("idx:" + file, {}));
  EXPECT_FALSE(openSource("idx:" + file + "," + labels + ",rate=2", {}));
  EXPECT_FALSE(openSource("idx:" + file + "," + labels + ",speed=2", {}));
}

TEST(OpenSource, RefusesOptionsThatCannotApply) {
  SourceOptions labelled;
  labelled.labels = "labels.txt";
  const auto labels = openSource("csv:trace.csv", labelled);
  ASSERT_FALSE(labels);
  EXPECT_NE(labels.error().text().find("only nmnist"), std::string::npos);
  const Folder folder;
  folder.write("1.bin", std::string(5, '\0'));
  SourceOptions fine;
  fine.dt = Seconds(1e-9);
  const auto source = openSource("nmnist:" + folder.path, fine);
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().text().find("1 us"), std::string::npos);
}

TEST(Csv, RowsAreStepsAndColumnsCanBeChosen) {
  const Folder folder;
  const std::string file =
      folder.write("in.csv", "0.5, 0,-1\r\n0,0,0\n1e-2,7,3\n");
  const auto all = openSource("csv:" + file, {});
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_EQ((*all)->shape(), (network::Shape{3}));
  const auto sample = (*all)->sample(0);
  ASSERT_EQ(sample->steps, 3u);
  EXPECT_EQ(at(*sample, 0), (Events{{0, 0.5f}, {2, -1.0f}}));
  EXPECT_EQ(at(*sample, 1), Events{});
  const auto chosen = openSource("csv:" + file + ":2,1", {});
  EXPECT_EQ(at(*(*chosen)->sample(0), 2), (Events{{0, 3.0f}, {1, 7.0f}}));
  EXPECT_NE(openSource("csv:" + file + ":5", {})
                .error()
                .text()
                .find("column 5 was wanted"),
            std::string::npos);
  EXPECT_NE(openSource("csv:" + folder.write("bad.csv", "1,2\n3,x\n"), {})
                .error()
                .text()
                .find("bad.csv:2:3"),
            std::string::npos);
  EXPECT_FALSE(openSource("csv:" + folder.write("ragged.csv", "1,2\n3\n"), {}));
  EXPECT_FALSE(openSource("csv:" + folder.write("empty.csv", "\n"), {}));
}

namespace {

/// Writes [samples, steps, channels] bytes and labels.
std::string writeHdf5(const Folder &folder, const std::vector<uint8_t> &data,
                      std::vector<hsize_t> shape,
                      const std::vector<uint8_t> &labels) {
  const std::string path = folder.path + "/d.h5";
  const hid_t file =
      H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  auto put = [&](const char *name, const std::vector<uint8_t> &values,
                 const std::vector<hsize_t> &extent) {
    const hid_t space = H5Screate_simple(static_cast<int>(extent.size()),
                                         extent.data(), nullptr);
    const hid_t set = H5Dcreate2(file, name, H5T_STD_U8LE, space, H5P_DEFAULT,
                                 H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT,
             values.data());
    H5Dclose(set);
    H5Sclose(space);
  };
  put("spikes", data, shape);
  put("label", labels, {labels.size()});
  H5Fclose(file);
  return path;
}

} // namespace

TEST(Hdf5, SamplesStepsChannels) {
  const Folder folder;
  const std::string path = writeHdf5(
      folder, {0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 3, 1}, {2, 3, 2}, {4, 5});
  const auto source = openSource("hdf5:" + path + ":spikes,label", {});
  ASSERT_TRUE(source) << source.error().text();
  EXPECT_EQ((*source)->size(), 2u);
  const auto sample = (*source)->sample(0);
  EXPECT_EQ(sample->label, 4);
  EXPECT_EQ(at(*sample, 0), (Events{{1, 1.0f}}));
  EXPECT_EQ(at(*sample, 2), (Events{{0, 2.0f}}));
  EXPECT_EQ(at(*(*source)->sample(1), 2), (Events{{0, 3.0f}, {1, 1.0f}}));
  EXPECT_FALSE(openSource("hdf5:" + path + ":none", {}));
  EXPECT_FALSE(openSource("hdf5:" + path, {}));
  EXPECT_FALSE(openSource("hdf5:" + path + ":label", {}));
  EXPECT_FALSE(openSource("hdf5:" + path + ":spikes,none", {}));
  EXPECT_NE(openSource("hdf5:" + path + ":none", {})
                .error()
                .text()
                .find("d.h5: /none"),
            std::string::npos)
      << openSource("hdf5:" + path + ":none", {}).error().text();
}
