// Readers of event files against files written here byte by byte, against
// recorded files with known counts, and against damage.

#include "hw-models/base/Files.h"
#include "runtime/events/Compression.h"
#include "runtime/events/Format.h"
#include "test/unit/TestData.h"

#include <gtest/gtest.h>
#include <random>

using namespace limen;
using namespace limen::events;

namespace {

/// `count` bytes of a number, least significant first.
std::string le(uint64_t value, unsigned count) {
  std::string out;
  for (unsigned i = 0; i < count; ++i)
    out += static_cast<char>(value >> 8 * i);
  return out;
}
std::string be(uint64_t value, unsigned count) {
  const std::string out = le(value, count);
  return {out.rbegin(), out.rend()};
}

Result<Recording> decodeAs(const std::string &name, const std::string &bytes,
                           const ReadOptions &options = {}) {
  Result<const Format *> format = findFormat(name);
  if (!format)
    return format.takeError();
  return decode(bytes, **format, options, "test");
}

std::vector<Event> eventsOf(const Result<Recording> &read) {
  if (!read) {
    ADD_FAILURE() << read.error().text();
    return {};
  }
  return {read->events.begin(), read->events.end()};
}

std::string name(const std::string &bytes, const std::string &file = "x") {
  Result<const Format *> format = detectFormat(bytes, file);
  return format ? std::string((*format)->name) : "";
}

using Events = std::vector<Event>;

const std::string evt2Header = "% evt 2.0\n% geometry 640x480\n% end\n";
const std::string evt3Header =
    "% format EVT3;height=720;width=1280\n% evt 3.0\n% end\n";

std::string cd(int p, unsigned low, unsigned x, unsigned y) {
  return le(static_cast<uint32_t>(p) << 28 | low << 22 | x << 11 | y, 4);
}
std::string word3(unsigned type, unsigned payload) {
  return le(type << 12 | payload, 2);
}

/// One small file of each format, with every kind of record.
std::map<std::string, std::string> samples() {
  std::map<std::string, std::string> out;
  out["nmnist"] = le(3, 1) + le(4, 1) + be(1 << 23 | 500, 3) + le(0, 1) +
                  le(240, 1) + be(0, 3) + le(33, 1) + le(0, 1) + be(7, 3);
  out["evt2"] = evt2Header + le(8u << 28 | 5, 4) + cd(1, 3, 10, 20) +
                cd(0, 63, 639, 479) + le(0xAu << 28, 4);
  out["evt21"] = "% evt 2.1\n% geometry 640x480\n% end\n" +
                 le(uint64_t(8) << 60 | uint64_t(5) << 32, 8) +
                 le(uint64_t(1) << 60 | uint64_t(9) << 54 | uint64_t(32) << 43 |
                        uint64_t(7) << 32 | 0x80000001u,
                    8);
  out["evt3"] = evt3Header + word3(8, 2) + word3(6, 5) + word3(0, 100) +
                word3(2, 1 << 11 | 9) + word3(3, 64) + word3(4, 0x801) +
                word3(5, 0x81) + word3(0xE, 1);
  out["dat"] = "% Data file containing CD events.\n% Version 2\n" + le(0, 1) +
               le(8, 1) + le(25, 4) + le(2 | 140 << 14 | 1 << 28, 4);
  out["es"] = "Event Stream" + std::string("\2\0\0\1", 4) + le(64, 2) +
              le(48, 2) + le(5 << 1 | 1, 1) + le(3, 2) + le(4, 2) +
              le(0xFF, 1) + le(0xFE, 1) + le(126 << 1, 1) + le(63, 2) +
              le(47, 2);
  out["aedat2"] = "#!AER-DAT2.0\r\n# AEChip: DVS128\r\n" +
                  be(100 << 8 | 5 << 1 | 1, 4) + be(77, 4);
  out["aedat3"] = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DAVIS240C\r\n"
                  "#!END-HEADER\r\n" +
                  le(1, 2) + le(1, 2) + le(8, 4) + le(4, 4) + le(1, 4) +
                  le(2, 4) + le(2, 4) + le(1, 4) +
                  le(1 | 2 | 50 << 2 | 60 << 17, 4) + le(9, 4) + le(0, 8);
  out["csv"] = "x,y,p,t\n1,2,1,10\n3,4,0,12\n";
  const std::string dictionary =
      "{'descr': [('x', '<i2'), ('y', '>u2'), ('t', '<i8'), ('p', '|b1')], "
      "'fortran_order': False, 'shape': (1,), }\n";
  out["npy"] = "\x93NUMPY" + std::string("\1\0", 2) + le(dictionary.size(), 2) +
               dictionary + le(7, 2) + be(300, 2) + le(1234, 8) + le(1, 1);
  Recording recording;
  recording.width = 320;
  recording.height = 240;
  recording.events.push_back({1'000'000'000'000, 319, 239, 1});
  recording.events.push_back({1'000'000'000'005, 0, 1, 0});
  out["aedat4"] = *(*findFormat("aedat4"))->write(recording);
  return out;
}

} // namespace

TEST(EventFormats, ReadEachRecordAsPublished) {
  auto files = samples();
  const std::map<std::string, Events> expected = {
      {"nmnist", {{500, 3, 4, 1}, {8199, 33, 0, 0}}},
      {"evt2", {{5 * 64 + 3, 10, 20, 1}, {5 * 64 + 63, 639, 479, 0}}},
      {"evt21", {{5 * 64 + 9, 32, 7, 1}, {5 * 64 + 9, 63, 7, 1}}},
      // The second vector starts 12 columns after the first.
      {"evt3",
       {{8197, 9, 100, 1},
        {8197, 64, 100, 0},
        {8197, 75, 100, 0},
        {8197, 76, 100, 0},
        {8197, 83, 100, 0}}},
      {"dat", {{25, 2, 140, 1}}},
      {"es", {{5, 3, 4, 1}, {5 + 127 + 126, 63, 47, 0}}},
      {"aedat2", {{77, 5, 100, 1}}},
      {"aedat3", {{(int64_t(1) << 31) + 9, 60, 50, 1}}},
      {"csv", {{10, 1, 2, 1}, {12, 3, 4, 0}}},
      {"npy", {{1234, 7, 300, 1}}},
      {"aedat4",
       {{1'000'000'000'000, 319, 239, 1}, {1'000'000'000'005, 0, 1, 0}}},
  };
  for (const Format *format : formats()) {
    const std::string key(format->name);
    SCOPED_TRACE(key);
    ASSERT_TRUE(expected.contains(key)) << "a format without a test";
    EXPECT_EQ(name(files[key], key == "nmnist" ? "x.bin"
                               : key == "dat"  ? "x.dat"
                                               : "x"),
              key);
    EXPECT_EQ(eventsOf(decodeAs(key, files[key])), expected.at(key));
  }
  EXPECT_EQ(
      decodeAs("evt3", files["evt3"])->skipped.at("vendor words (type 14)"),
      1u);
  EXPECT_EQ(decodeAs("evt2", files["evt2"])->skipped.at("trigger words"), 1u);
  EXPECT_EQ(decodeAs("aedat3", files["aedat3"])->skipped.at("invalid events"),
            1u);
  EXPECT_EQ(decodeAs("aedat4", files["aedat4"])->width, 320u);
  EXPECT_EQ(decodeAs("evt3", files["evt3"])->height, 720u);
}

TEST(EventFormats, CountersThatStartAnewGoOn) {
  // TIME_HIGH 4095 -> 0 is one turn of 2^24 us; TIME_LOW falls with it.
  EXPECT_EQ(
      eventsOf(decodeAs("evt3", evt3Header + word3(8, 4095) + word3(6, 4095) +
                                    word3(0, 1) + word3(2, 1) + word3(8, 0) +
                                    word3(2, 2) + word3(6, 3) + word3(2, 3))),
      (Events{{(1 << 24) - 1, 1, 1, 0},
              {1 << 24, 2, 1, 0},
              {(1 << 24) + 3, 3, 1, 0}}));
  // A repeated TIME_HIGH leaves TIME_LOW.
  EXPECT_EQ(
      eventsOf(decodeAs("evt3", evt3Header + word3(8, 1) + word3(6, 9) +
                                    word3(0, 1) + word3(8, 1) + word3(2, 5))),
      (Events{{4096 + 9, 5, 1, 0}}));
  EXPECT_EQ(eventsOf(decodeAs("evt2", evt2Header + le(0x8FFFFFFF, 4) +
                                          cd(1, 63, 0, 0) + le(0x80000000, 4) +
                                          cd(1, 1, 0, 0))),
            (Events{{(int64_t(1) << 34) - 1, 0, 0, 1},
                    {(int64_t(1) << 34) + 1, 0, 0, 1}}));
  const std::string dat = "% Version 2\n" + le(12, 1) + le(8, 1);
  EXPECT_EQ(eventsOf(decodeAs("dat", dat + le(0xFFFFFFFF, 4) + le(0, 4) +
                                         le(4, 4) + le(0, 4))),
            (Events{{0xFFFFFFFF, 0, 0, 0}, {0x100000004, 0, 0, 0}}));
  // A small step back is no turn: it is counted.
  const auto back =
      decodeAs("dat", dat + le(100, 4) + le(0, 4) + le(90, 4) + le(0, 4));
  EXPECT_EQ(back->backwards, 1u);
  EXPECT_EQ(back->events[1].t, 90);
}

TEST(EventFormats, EventsBeforeTimeOrRowAreCounted) {
  const auto read =
      decodeAs("evt3", evt3Header + word3(2, 1) + word3(8, 0) + word3(2, 1) +
                           word3(0, 0) + word3(2, 1));
  EXPECT_EQ(eventsOf(read).size(), 1u);
  EXPECT_EQ(read->skipped.at("events before the first time"), 1u);
  EXPECT_EQ(read->skipped.at("events before the first row"), 1u);
}

TEST(EventFormats, PartialRecordsAreIgnoredAndTold) {
  for (auto &[key, bytes] : samples()) {
    if (key == "csv" || key == "npy")
      continue; // text has no records; arrays say how many they hold
    const auto whole = decodeAs(key, bytes);
    const auto cut = decodeAs(key, bytes + std::string(1, '\1'));
    ASSERT_TRUE(cut) << key << cut.error().text();
    EXPECT_EQ(cut->trailingBytes, 1u) << key;
    EXPECT_EQ(cut->events.size(), whole->events.size()) << key;
  }
}

TEST(EventFormats, SaysWhereDamageIs) {
  auto files = samples();
  auto text = [](const Result<Recording> &read) {
    return read ? std::string("no error") : read.error().text();
  };
  std::string es = files["es"];
  es[21] = 64; // x of the first event, the sensor has 64 columns
  EXPECT_NE(text(decodeAs("es", es)).find("byte 20"), std::string::npos);
  EXPECT_NE(text(decodeAs("csv", "t,x,y,p\n1,2,3,1\n1,2,x,1\n")).find(":3:"),
            std::string::npos);
  // Headers that claim far more than the file holds.
  const std::string huge =
      "\x93NUMPY" + std::string("\1\0", 2) + le(70, 2) +
      "{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999,9999),} ";
  EXPECT_FALSE(decodeAs("npy", huge));
  EXPECT_FALSE(decodeAs("aedat4", "#!AER-DAT4.0\r\n" + le(0xFFFFFFFF, 4)));
  std::string packet = files["aedat3"];
  const size_t at = packet.find("END-HEADER") + 12;
  packet.replace(at + 20, 4, le(0x7FFFFFFF, 4)); // events of the packet
  const auto many = decodeAs("aedat3", packet);
  ASSERT_TRUE(many);
  EXPECT_EQ(many->events.size(), 1u);
  ReadOptions small;
  small.width = small.height = 16;
  EXPECT_NE(text(decodeAs("evt2", files["evt2"], small)).find("outside"),
            std::string::npos);
}

TEST(EventFormats, WriteWhatTheyRead) {
  Recording recording;
  recording.width = 200;
  recording.height = 180;
  recording.sizeKnown = true;
  std::mt19937 draw(7);
  int64_t t = 20'000'000; // above a turn of EVT 3
  for (int i = 0; i < 20000; ++i) {
    t += draw() % 4 == 0 ? draw() % 3000 : 0;
    recording.events.push_back({t, static_cast<uint16_t>(draw() % 200),
                                static_cast<uint16_t>(draw() % 180),
                                static_cast<uint8_t>(draw() % 2)});
  }
  size_t writers = 0;
  for (const Format *format : formats()) {
    if (!format->write)
      continue;
    ++writers;
    const auto bytes = format->write(recording);
    ASSERT_TRUE(bytes) << format->name << bytes.error().text();
    EXPECT_EQ(eventsOf(decodeAs(std::string(format->name), *bytes)),
              Events(recording.events.begin(), recording.events.end()))
        << format->name;
  }
  EXPECT_EQ(writers, 8u);
  recording.events.push_back({t, 5000, 1, 0});
  EXPECT_FALSE((*findFormat("evt3"))->write(recording));
  EXPECT_FALSE((*findFormat("nmnist"))->write(recording));
}

TEST(EventFormats, CutAndFlippedFilesNeverCrash) {
  std::vector<std::pair<std::string, std::string>> files;
  for (auto &file : samples())
    files.push_back(file);
  std::mt19937 draw(11);
  for (int i = 0; i < 20000; ++i) {
    const auto &[key, whole] = files[i % files.size()];
    std::string bytes = whole;
    if (i < 10000)
      bytes.resize(draw() % bytes.size());
    else
      for (unsigned k = 0, flips = 1 + draw() % 4; k < flips; ++k)
        bytes[draw() % bytes.size()] = static_cast<char>(draw());
    const Result<Recording> read = decodeAs(key, bytes);
    if (!read) {
      EXPECT_FALSE(read.error().message.empty());
      continue;
    }
    // At most an event a bit of the file; packets may be compressed.
    EXPECT_LE(read->events.size(), 8 * bytes.size() + 64) << key;
  }
}

TEST(EventFormats, RecordedFilesHaveTheirCounts) {
  struct Known {
    const char *file, *format;
    size_t events;
    uint32_t width, height;
    int64_t first, last; // -1: not checked
  };
  for (const Known &known :
       {Known{"aestream_evt2.raw", "evt2", 521252, 640, 480, 913716224,
              913812095},
        Known{"open-neuromorphic_evt3_sample.raw", "evt3", 219596, 1280, 720,
              11718656, 11727457},
        Known{"tonic_sample_ncars.dat", "dat", 2009, 78, 42, 0, 99952},
        Known{"tonic_sample_nmnist.bin", "nmnist", 4325, 34, 34, 654, 311175},
        Known{"tonic_sample.aedat4", "aedat4", 0, 320, 240, -1, -1}}) {
    LIMEN_DATA_OR_SKIP(path, std::string("events/") + known.file);
    const auto file = readEvents(path, "auto", {});
    ASSERT_TRUE(file) << file.error().text();
    const Recording &read = file->recording;
    EXPECT_EQ(file->format->name, known.format);
    EXPECT_EQ(read.width, known.width) << known.file;
    EXPECT_EQ(read.height, known.height) << known.file;
    ASSERT_FALSE(read.events.empty());
    EXPECT_EQ(read.trailingBytes, 0u);
    if (known.first < 0) { // 59 packets of another stream lie between
      EXPECT_EQ(read.skipped.at("packets of stream 2"), 59u);
      continue;
    }
    EXPECT_EQ(read.events.size(), known.events);
    EXPECT_EQ(read.events.front().t, known.first);
    EXPECT_EQ(read.events.back().t, known.last);
  }
}
