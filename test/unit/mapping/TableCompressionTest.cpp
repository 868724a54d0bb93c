// Compressed routing tables against enumeration and exhaustive search.

#include "compiler/Mapping/TableCompression.h"
#include "hw-models/base/Random.h"
#include "test/benchmark/spinnaker/TableFiles.h"
#include "test/unit/TestData.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

using namespace limen;
using namespace limen::mapping;
using target::RoutingEntry;

namespace {

/// Draws that differ from those of the compiler.
class Dice {
public:
  explicit Dice(uint64_t seed) : stream(seed, Purpose::Shuffle, 77) {}
  uint32_t below(uint32_t n) { return stream.words(count++)[0] % n; }

private:
  RandomStream stream;
  uint64_t count = 0;
};

constexpr uint32_t high = 0xffffff00; // what all keys have in common

/// Compares what two tables do with every key of 8 bits below `high`.
void expectSameRoutes(const std::vector<TableLine> &before,
                      const std::vector<RoutingEntry> &after) {
  std::vector<RoutingEntry> entries;
  for (const TableLine &line : before)
    entries.push_back(line.entry);
  for (uint32_t key = 0; key < 256; ++key) {
    const RoutingEntry *was = target::lookUp(entries, key);
    if (!was)
      continue;
    const RoutingEntry *is = target::lookUp(after, key);
    if (is)
      EXPECT_EQ(is->route, was->route) << "key " << key;
    else
      EXPECT_TRUE(before[static_cast<size_t>(was - entries.data())].defaultable)
          << "key " << key;
  }
}

/// The fewest lines for `table`, whose keys are single and below 16: breadth
/// first over the sets of keys that lines so far leave.
size_t fewestLines(const std::vector<TableLine> &table) {
  uint32_t mayStay = 0;
  for (size_t i = 0; i < table.size(); ++i)
    mayStay |= uint32_t(table[i].defaultable) << i;
  std::set<uint32_t> seen = {(1u << table.size()) - 1}, now = seen;
  for (size_t length = 0;; ++length) {
    std::set<uint32_t> next;
    for (uint32_t left : now) {
      if ((left & ~mayStay) == 0)
        return length;
      for (uint32_t mask = 0; mask < 16; ++mask)
        for (uint32_t key = 0; key < 16; ++key) {
          if (key & ~mask)
            continue;
          uint32_t taken = 0;
          std::set<target::RouteWord> routes;
          for (size_t i = 0; i < table.size(); ++i)
            if ((left >> i & 1) && (table[i].entry.key & mask) == key) {
              taken |= 1u << i;
              routes.insert(table[i].entry.route);
            }
          if (routes.size() == 1 && seen.insert(left & ~taken).second)
            next.insert(left & ~taken);
        }
    }
    now = std::move(next);
  }
}

} // namespace

TEST(TableCompression, AsShortAsExhaustiveSearchFinds) {
  Dice dice(1);
  for (int round = 0; round < 80; ++round) {
    std::vector<TableLine> table;
    for (uint32_t key = 0; key < 16; ++key)
      if (dice.below(16) < 9 && table.size() < 9)
        table.push_back(
            {{key, 0xffffffff, 1u << dice.below(3)}, dice.below(5) == 0});
    const auto after = compressTable(table);
    EXPECT_EQ(after.size(), fewestLines(table)) << "round " << round;
    expectSameRoutes(table, after);
  }
}

TEST(TableCompression, KeepsRoutesOfOverlappingLines) {
  Dice dice(2);
  for (int round = 0; round < 150; ++round) {
    std::vector<TableLine> table;
    const uint32_t lines = dice.below(40), routes = 1 + dice.below(6);
    const uint32_t loose = dice.below(4);
    for (uint32_t i = 0; i < lines; ++i) {
      uint32_t mask = 0xff;
      for (uint32_t b = 0; b < loose; ++b)
        mask &= ~(1u << dice.below(8));
      // Some lines never match, some repeat.
      const uint32_t key = dice.below(16) ? dice.below(256) & mask : 0xff;
      table.push_back(
          {{key, high | mask, 1u << dice.below(routes)}, dice.below(4) == 0});
      if (dice.below(8) == 0)
        table.push_back(table[dice.below(static_cast<uint32_t>(table.size()))]);
    }
    const auto after = compressTable(table);
    EXPECT_LE(after.size(), table.size());
    expectSameRoutes(table, after);
    auto proof = verifyTable(table, after);
    EXPECT_TRUE(bool(proof)) << proof.error().text();
  }
}

namespace {

/// Looks keys of 32 bits up in both tables: random ones of every line, its
/// first and last. Returns the lines left.
size_t compressAndCompare(const std::vector<TableLine> &table, Dice &dice) {
  const auto after = compressTable(table);
  EXPECT_LE(after.size(), table.size());
  std::vector<uint32_t> keys;
  const auto draw = [&](const RoutingEntry &entry) {
    keys.push_back(entry.key);
    keys.push_back(entry.key | ~entry.mask);
    for (int n = 0; n < 20; ++n)
      keys.push_back(entry.key | (dice.below(0xffffffff) & ~entry.mask));
  };
  for (const TableLine &line : table)
    draw(line.entry);
  for (const RoutingEntry &entry : after)
    draw(entry);
  size_t wrong = 0;
  for (uint32_t key : keys) {
    const TableLine *was = nullptr;
    for (size_t i = 0; i < table.size() && !was; ++i)
      if ((key & table[i].entry.mask) == table[i].entry.key)
        was = &table[i];
    if (!was)
      continue;
    const RoutingEntry *is = nullptr;
    for (size_t i = 0; i < after.size() && !is; ++i)
      if ((key & after[i].mask) == after[i].key)
        is = &after[i];
    wrong += is ? is->route != was->entry.route : !was->defaultable;
  }
  EXPECT_EQ(wrong, 0u) << "of " << keys.size() << " keys";
  auto proof = verifyTable(table, after);
  EXPECT_TRUE(bool(proof)) << proof.error().text();
  return after.size();
}

} // namespace

TEST(TableCompression, ExceptionsAboveCoarseLinesAreCompressedToo) {
  Dice dice(6);
  // 1024 keys of two routes above a line over 65,536 keys: one rule per route.
  std::vector<TableLine> table;
  for (uint32_t i = 0; i < 1024; ++i)
    table.push_back({{0x10000 | i, 0xffffffff, 1u << i % 2}, false});
  table.push_back({{0x10000, 0xffff0000, 8}, false});
  EXPECT_EQ(compressAndCompare(table, dice), 3u);
  // The coarse line goes where default routing does.
  table.clear();
  for (uint32_t i = 0; i < 800; ++i)
    table.push_back({{i << 4, 0xfffffff0, i % 7 == 0 ? 2u : 1u}, false});
  table.push_back({{0, 0xffffc000, 4}, true});
  EXPECT_LT(compressAndCompare(table, dice), 150u);
}

TEST(TableCompression, GeneratedTables) {
  Dice dice(7);
  std::vector<TableLine> table;
  EXPECT_EQ(compressAndCompare({}, dice), 0u);
  EXPECT_EQ(compressAndCompare({{{5, 0xffffffff, 1}, false}}, dice), 1u);
  EXPECT_EQ(compressAndCompare({{{5, 0xffffffff, 1}, true}}, dice), 0u);
  EXPECT_EQ(compressAndCompare({{{0, 0, 3}, false}}, dice), 1u);
  // Every line its own route: no two become one.
  for (uint32_t i = 0; i < 1100; ++i)
    table.push_back({{i << 11, 0xfffff800, i + 1}, false});
  EXPECT_EQ(compressAndCompare(table, dice), 1100u);
  // Prefixes, longest first.
  table.clear();
  for (int length = 24; length >= 8; length -= 4)
    for (int i = 0; i < 100; ++i) {
      const uint32_t mask = ~0u << (32 - length);
      table.push_back(
          {{dice.below(0x10000000) & mask, mask, 1u << dice.below(4)},
           dice.below(5) == 0});
    }
  EXPECT_LT(compressAndCompare(table, dice), table.size());
  // Lines that test some of 16 bits, in no order.
  table.clear();
  for (int i = 0; i < 300; ++i) {
    const uint32_t mask =
        0xffff0000 | dice.below(0xffffffff) | dice.below(0xffffffff);
    table.push_back({{dice.below(0x10000) & mask, mask, 1u << dice.below(3)},
                     dice.below(6) == 0});
  }
  EXPECT_LT(compressAndCompare(table, dice), table.size());
}

TEST(TableCompression, DefaultRoutesGoUnlessCovered) {
  // Every line is defaultable: nothing is left.
  std::vector<TableLine> table;
  for (uint32_t key = 0; key < 8; ++key)
    table.push_back({{key, 0xffffffff, 1u << key % 2}, true});
  EXPECT_TRUE(compressTable(table).empty());
  // A coarse line over three keys would take the fourth from default routing.
  table = {{{0, 0xffffffff, 4}, false},
           {{1, 0xffffffff, 8}, true},
           {{2, 0xffffffff, 4}, false},
           {{3, 0xffffffff, 4}, false}};
  const auto after = compressTable(table);
  EXPECT_EQ(after.size(), 2u);
  expectSameRoutes(table, after);
  EXPECT_TRUE(compressTable({}).empty());
}

TEST(TableCompression, RoutesOfManyCores) {
  // Cores that differ beyond the first 32 bits are different routes.
  using target::RouteWord;
  Dice dice(8);
  std::vector<TableLine> table;
  for (uint32_t i = 0; i < 256; ++i)
    table.push_back({{i << 8, 0xffffff00,
                      RouteWord::core(i % 2 ? 150 : 40) | RouteWord::link(2)},
                     false});
  EXPECT_EQ(compressAndCompare(table, dice), 2u);
  std::vector<RoutingEntry> wrong = compressTable(table);
  wrong[0].route = RouteWord::core(118) | RouteWord::link(2);
  auto proof = verifyTable(table, wrong);
  ASSERT_FALSE(proof);
  EXPECT_NE(
      proof.error().message.find("goes to 0x1000000000000000000000000000000"
                                 "4"),
      std::string::npos)
      << proof.error().message;
}

TEST(RouteWord, LinksAndCoresUpToTheLast) {
  using target::RouteWord;
  RouteWord word = RouteWord::link(5);
  EXPECT_EQ(word, RouteWord(1u << 5));
  const std::vector<unsigned> cores = {0, 1, 25, 26, 57, 58, 152, 185};
  for (unsigned core : cores)
    word |= RouteWord::core(core);
  std::vector<unsigned> found;
  word.forEachCore([&](unsigned core) { found.push_back(core); });
  EXPECT_EQ(found, cores);
  for (unsigned core = 0; core < RouteWord::cores; ++core)
    EXPECT_EQ(word.hasCore(core),
              std::find(cores.begin(), cores.end(), core) != cores.end());
  EXPECT_EQ(RouteWord::core(25), RouteWord(target::coreBit(25)));
  EXPECT_EQ(RouteWord::partsFor(17), 1u);
  EXPECT_EQ(RouteWord::partsFor(25), 1u);
  EXPECT_EQ(RouteWord::partsFor(26), 2u);
  EXPECT_EQ(RouteWord::partsFor(151), 5u);
  EXPECT_EQ(RouteWord(0x80).text(), "0x000080");
  EXPECT_EQ((RouteWord::core(26) | RouteWord(1)).text(), "0x100000001");
  EXPECT_TRUE(RouteWord().empty());
  EXPECT_FALSE(RouteWord::core(185).empty());
}

TEST(TableCompression, DefaultRouteIsTheOppositeLink) {
  EXPECT_TRUE(isDefaultRoute(1u << 2, 1u << 5));
  EXPECT_TRUE(isDefaultRoute(1u << 4, 1u << 1));
  EXPECT_FALSE(isDefaultRoute(1u << 2, 1u << 4));
  EXPECT_FALSE(isDefaultRoute(0, 1));
  EXPECT_FALSE(isDefaultRoute(3, 1u << 3));
  EXPECT_FALSE(isDefaultRoute(1u << 2, 1u << 5 | target::coreBit(3)));
  EXPECT_FALSE(isDefaultRoute(1u << 7, 1u << 4));
}

TEST(TableCompression, SameTableEveryTime) {
  Dice dice(3);
  std::vector<TableLine> table;
  for (uint32_t key = 0; key < 256; ++key)
    table.push_back({{key, 0xffffffff, 1u << dice.below(7)}, false});
  EXPECT_EQ(compressTable(table), compressTable(table));
}

TEST(TableProof, NoticesEveryChangeThatEnumerationNotices) {
  Dice dice(4);
  int wrong = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<TableLine> table;
    for (uint32_t key = 0; key < 256; key += 1 + dice.below(12))
      table.push_back(
          {{key & ~3u, high | 0xfc, 1u << dice.below(4)}, dice.below(6) == 0});
    std::vector<RoutingEntry> after = compressTable(table);
    if (after.size() < 2)
      continue;
    const uint32_t at = dice.below(static_cast<uint32_t>(after.size()));
    switch (dice.below(4)) {
    case 0:
      after[at].route |= 1u << 20;
      break;
    case 1:
      after.erase(after.begin() + at);
      break;
    case 2:
      std::swap(after[at], after[0]);
      break;
    case 3:
      after[at].mask &= ~(1u << dice.below(8));
      after[at].key &= after[at].mask;
      break;
    }
    bool same = true;
    for (uint32_t key = 0; key < 256; ++key) {
      const auto was =
          std::find_if(table.begin(), table.end(), [&](const TableLine &line) {
            return (key & line.entry.mask) == line.entry.key;
          });
      if (was == table.end())
        continue;
      const RoutingEntry *is = target::lookUp(after, key);
      same &= is ? is->route == was->entry.route : was->defaultable;
    }
    EXPECT_EQ(bool(verifyTable(table, after)), same) << "round " << round;
    wrong += !same;
  }
  EXPECT_GT(wrong, 100);
}

TEST(TableProof, SplitsLargeLines) {
  // 2^31 keys, covered by four quarters of another shape.
  const std::vector<TableLine> table = {{{0x80000000, 0x80000000, 7}, false}};
  std::vector<RoutingEntry> after;
  for (uint32_t quarter = 0; quarter < 4; ++quarter)
    after.push_back({0x80000000 | quarter, 0x80000003, 7});
  EXPECT_TRUE(bool(verifyTable(table, after)));
  after[2].mask |= 0x00010000;
  auto proof = verifyTable(table, after);
  ASSERT_FALSE(proof);
  EXPECT_NE(proof.error().message.find("0x80010002"), std::string::npos)
      << proof.error().message;
  EXPECT_NE(proof.error().message.find("matches nothing"), std::string::npos);
}

TEST(TableProof, SaysWhenItGivesUp) {
  std::vector<TableLine> table = {{{0, 0, 1}, false}};
  std::vector<RoutingEntry> after;
  for (uint32_t b = 0; b < 31; ++b) { // neighbours differ, or all are the same
    after.push_back({1u << b, 3u << b, 1});
    after.push_back({2u << b, 3u << b, 1});
  }
  after.push_back({0, 0x7fffffff, 1});
  after.push_back({0x7fffffff, 0x7fffffff, 1});
  EXPECT_TRUE(bool(verifyTable(table, after)));
  auto proof = verifyTable(table, after, 100);
  ASSERT_FALSE(proof);
  EXPECT_NE(proof.error().message.find("more than 100 steps"),
            std::string::npos);
}

TEST(TableCompression, RecordedTablesBeatThePublishedCompressors) {
  LIMEN_DATA_OR_SKIP(file, "spinnaker/routing_tables/hpsr_gaussian_xyp.bin.gz");
  auto tables = bench::readTables(file);
  ASSERT_TRUE(bool(tables)) << tables.error().text();
  ASSERT_EQ(tables->size(), 144u);
  size_t lines = 0, defaults = 0;
  for (const bench::ChipTable &table : *tables) {
    lines += table.lines.size();
    for (const TableLine &line : table.lines)
      defaults += line.defaultable;
  }
  EXPECT_EQ(lines, 155918u);
  EXPECT_EQ(defaults, 8366u);
  // Chip (7, 3): 936 lines by ordered covering, 907 by ordered pairs.
  const auto chip = std::find_if(tables->begin(), tables->end(),
                                 [](const bench::ChipTable &table) {
                                   return table.chip == target::Chip{7, 3};
                                 });
  ASSERT_NE(chip, tables->end());
  EXPECT_EQ(chip->lines.size(), 1065u);
  const auto after = compressTable(chip->lines);
  EXPECT_LT(after.size(), 850u);
  EXPECT_TRUE(bool(verifyTable(chip->lines, after)));
}

TEST(TableCompression, RecordedTablesOfTwoRoutes) {
  LIMEN_DATA_OR_SKIP(file,
                     "spinnaker/routing_tables/pacman_many_to_one.json.gz");
  auto tables = bench::readTables(file);
  ASSERT_TRUE(bool(tables)) << tables.error().text();
  size_t before = 0, after = 0, largest = 0;
  for (const auto &[chip, lines] : *tables) {
    const auto table = compressTable(lines);
    EXPECT_TRUE(bool(verifyTable(lines, table)));
    before += lines.size();
    after += table.size();
    largest = std::max(largest, table.size());
  }
  EXPECT_EQ(before, 15245u);
  // Ordered pairs leave 2,503 lines and a table of 906.
  EXPECT_LT(after, 1800u);
  EXPECT_LT(largest, 850u);
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static std::string errorOf(const std::string &bytes) {
  auto tables = bench::parseTables(bytes, "file");
  return tables ? "" : tables.error().text();
}

TEST(TableFiles, ReadsTheThreeFormats) {
  const std::string hpsr("\x02\x03\x01\x00"
                         "\x00\x08\x00\x01\x00\xf8\xff\xff"
                         "\x02\x00\x00\x00\x10\x00\x00\x00",
                         20);
  const std::string json =
      R"([{"x": 2, "y": 3, "entries": [{"key": 16779264, "mask": 4294965248,
          "spinnaker_route": 16, "defaultable": true}]}])";
  for (const std::string &text :
       {hpsr, json, json.substr(1, json.size() - 2),
        std::string("2,3,0x01000800,0xfffff800,16,2\n"),
        std::string("x, y, key, mask, route, defaultable\r\n"
                    "2, 3, 16779264, 0xfffff800, 0x10, true\r\n")}) {
    auto tables = bench::parseTables(text, "file");
    ASSERT_TRUE(bool(tables)) << tables.error().text();
    ASSERT_EQ(tables->size(), 1u);
    EXPECT_EQ((*tables)[0].chip, (target::Chip{2, 3}));
    ASSERT_EQ((*tables)[0].lines.size(), 1u);
    const TableLine &line = (*tables)[0].lines[0];
    EXPECT_EQ(line.entry, (RoutingEntry{0x01000800, 0xfffff800, 0x10}));
    EXPECT_TRUE(line.defaultable);
  }
  for (const char *text :
       {"Index,Key,Mask,Route,Default,[Cores][Links]\n"
        "0,0x01000800,0xfffff800,0x00000010,False,[][4]\n",
        "1000800,fffff800,10\n", "0,1000800,fffff800,10,False,[][4]\n"}) {
    auto tables = bench::parseTables(text, "file");
    ASSERT_TRUE(bool(tables)) << tables.error().text();
    EXPECT_EQ((*tables)[0].chip, (target::Chip{0, 0}));
    const TableLine &line = (*tables)[0].lines.at(0);
    EXPECT_EQ(line.entry, (RoutingEntry{0x01000800, 0xfffff800, 0x10}));
    EXPECT_FALSE(line.defaultable);
  }
}

TEST(TableFiles, SaysWhatIsWrongAndWhere) {
  const auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(errorOf(""), "is empty");
  has(errorOf("no table\nat all\n"), "holds no row of numbers");
  has(errorOf(std::string("\x00\x00\x02", 3)), "is truncated: 3 bytes");
  has(errorOf(std::string("\x00\x00\x02\x00 123", 8)), "claims 2 lines");
  has(errorOf("[{\"x\": 1,\n \"y\" 2}]"), "file:2:6");
  has(errorOf("[1]"), "file: /0: error: is no object");
  has(errorOf(R"([{"x":1,"y":1,"entries":[{"key":-1}]}])"),
      "/0/entries/0/key: error: is -1");
  has(errorOf(R"([{"x":1,"y":1,"entries":[{"key":1,"mask":2}]}])"),
      "has no 'spinnaker_route'");
  has(errorOf(R"([{"x":1,"y":1,"entries":[]},{"x":1,"y":1,"entries":[]}])"),
      "table 2 is of chip (1, 1), as is table 1");
  has(errorOf("1,2,3,4\n"), "has 4 columns and no header");
  has(errorOf("1,2,3,4,5\n1,2,3\n"), "file:2: error: has 3 columns");
  has(errorOf("1,2,3,4,5\n1,2,3,x,5\n"), "column 4 is 'x'");
  has(errorOf("1,300,3,4,5\n"), "column 2 is '300'");
  has(errorOf("1,2,3,4,0x100000000\n"), "column 5");
}

TEST(TableFiles, SurvivesGarbage) {
  Dice dice(5);
  const std::string seeds[] = {
      R"([{"x": 2, "y": 3, "entries": [{"key": 1, "mask": 255}]}])",
      "x,y,key,mask,route,source\n1,2,3,4,5,6\n7,8,9,10,11,12\n",
      std::string("\x01\x02\x01\x00", 4) + std::string(16, '\3')};
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = seeds[dice.below(3)];
    for (uint32_t n = dice.below(6); n; --n)
      bytes[dice.below(static_cast<uint32_t>(bytes.size()))] =
          static_cast<char>(dice.below(256));
    bytes.resize(dice.below(static_cast<uint32_t>(bytes.size()) + 1));
    auto tables = bench::parseTables(bytes, "file");
    if (!tables)
      continue;
    for (const bench::ChipTable &table : *tables) {
      auto proof = verifyTable(table.lines, compressTable(table.lines));
      EXPECT_TRUE(bool(proof)) << proof.error().text();
    }
  }
}
