// SONATA files read on their own: types tables, spikes as a data set.

#include "runtime/input/Open.h"
#include "runtime/sonata/Types.h"
#include "test/unit/import_sonata/Support.h"

using namespace limen;
using namespace limen::test;

namespace {

Result<sonata::TypesTable> table(const TemporaryFolder &folder,
                                 const std::string &text) {
  return sonata::TypesTable::read(folder.file("t.csv", text), "node_type_id");
}

TEST(SonataTypes, spacesQuotesAndAbsentFields) {
  const TemporaryFolder folder;
  auto read = table(folder, "node_type_id  name\tq population\r\n"
                            "1 \"two words\" \"a \"\"b\"\"\" v1\n"
                            "\n"
                            "1   NONE NULL lgn\n");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->find("v1", 1, "name")->text, "two words");
  EXPECT_EQ(read->find("v1", 1, "q")->text, "a \"b\"");
  EXPECT_EQ(read->find("v1", 1, "q")->place.column, 15u);
  EXPECT_EQ(read->find("lgn", 1, "name"), nullptr);
  EXPECT_EQ(read->find("v1", 1, "other"), nullptr);
  EXPECT_TRUE(read->has("lgn", 1));
  EXPECT_FALSE(read->has("tw", 1));
}

TEST(SonataTypes, errorsHaveLineAndColumn) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string &text) {
    auto read = table(folder, text);
    return read ? "no error" : read.error().text();
  };
  const auto has = [&](const std::string &text, const std::string &part) {
    EXPECT_NE(error(text).find(part), std::string::npos) << error(text);
  };
  has("", "is empty");
  has("a b\n", "t.csv:1:1: error: has no column 'node_type_id'");
  has("node_type_id a\n1\n", "t.csv:2:1: error: has 1 fields, the header");
  has("node_type_id a\n1 \"x\n", "t.csv:2:3: error: the quote is not closed");
  has("node_type_id a\n1 \"x\"y\n", "t.csv:2:6: error: a space was wanted");
  has("node_type_id a\n1.5 x\n", "t.csv:2:1: error: '1.5' is not a whole");
  has("node_type_id a\n1 x\n1 y\n", "t.csv:3:1: error: node_type_id 1");
  has("node_type_id a a\n", "t.csv:1:16: error: column 'a' appears twice");
}

std::vector<std::tuple<uint32_t, uint32_t, float>>
eventsOf(const input::Sample &sample) {
  std::vector<std::tuple<uint32_t, uint32_t, float>> out;
  for (uint32_t step = 0; step < sample.steps; ++step)
    for (const input::Event &event : sample.at(step))
      out.emplace_back(step, event.index, event.value);
  return out;
}

TEST(SonataSpikes, ofASimulation) {
  SonataFolder sonata;
  sonata.write();
  auto source = input::openSource(
      "sonata:" + (sonata.folder / "simulation_config.json"), {});
  ASSERT_TRUE(source) << source.error().text();
  EXPECT_EQ((*source)->shape(), (network::Shape{2}));
  EXPECT_DOUBLE_EQ((*source)->stepTime()->value(), 1e-4);
  auto sample = (*source)->sample(0);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->steps, 20u);
  // 0.3 ms is the beginning of step 3; node 12 spikes twice in it.
  EXPECT_EQ(eventsOf(*sample),
            (std::vector<std::tuple<uint32_t, uint32_t, float>>{
                {0, 0, 1}, {3, 1, 2}, {19, 0, 1}}));
}

TEST(SonataSpikes, ofAFile) {
  const TemporaryFolder folder;
  {
    Writer w(folder / "old.h5");
    w.numbers("/spikes/timestamps", {3}, {2, 0.5, 1}, H5T_IEEE_F64LE);
    w.integers("/spikes/gids", {3}, {4, 0, 4});
  }
  {
    Writer w(folder / "new.h5");
    w.numbers("/spikes/a/timestamps", {1}, {2}, H5T_IEEE_F64LE);
    w.integers("/spikes/a/node_ids", {1}, {1});
    w.numbers("/spikes/b/timestamps", {1}, {0}, H5T_IEEE_F64LE);
    w.integers("/spikes/b/node_ids", {1}, {2});
  }
  auto old = input::openSource("sonata:" + (folder / "old.h5") + ":5", {});
  ASSERT_TRUE(old) << old.error().text();
  EXPECT_EQ(eventsOf(*(*old)->sample(0)),
            (std::vector<std::tuple<uint32_t, uint32_t, float>>{
                {0, 0, 1}, {1, 4, 1}, {2, 4, 1}}));
  auto both =
      input::openSource("sonata:" + (folder / "new.h5") + ":b=3,a=2", {});
  ASSERT_TRUE(both) << both.error().text();
  EXPECT_EQ((*both)->shape(), (network::Shape{5}));
  EXPECT_EQ(eventsOf(*(*both)->sample(0)),
            (std::vector<std::tuple<uint32_t, uint32_t, float>>{{0, 2, 1},
                                                                {2, 4, 1}}));
  const auto error = [&](const std::string &spec) {
    auto source = input::openSource("sonata:" + (folder / spec), {});
    return source ? "no error" : source.error().text();
  };
  EXPECT_NE(error("old.h5:4").find("has a spike of node 4; there are 4 nodes"),
            std::string::npos);
  EXPECT_NE(error("old.h5").find("the number of nodes is missing"),
            std::string::npos);
  EXPECT_NE(error("new.h5:a=2").find("population 'b', whose number"),
            std::string::npos);
  EXPECT_NE(error("new.h5:a=2,=3").find("neither a number"), std::string::npos);
}

} // namespace
