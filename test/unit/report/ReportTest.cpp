#include "test/unit/report/FakeEngine.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace limen;
using Json = nlohmann::json;

TEST(Report, CountsSamplesAndAccuracyOverLabelsOnly) {
  const report::Report r = test::makeReport(true, std::nullopt);
  EXPECT_EQ(r.samples, 3u);
  EXPECT_EQ(r.labelled, 2u);
  EXPECT_EQ(r.correct, 1u);
  EXPECT_EQ(r.accuracy(), 0.5);
  EXPECT_EQ(r.steps, 40u);
  EXPECT_EQ(r.inputEvents, 20u);
  EXPECT_EQ(r.spikes(), 16u);
  EXPECT_EQ(r.neurons, 5);
}

TEST(Report, AccuracyIsAbsentWithoutLabels) {
  test::FakeEngine engine(false);
  const std::vector<report::SampleKey> keys = {{"x", -1}};
  const std::vector<engine::SampleResult> results = {
      test::makeResult(engine, 5, {1, 1, 1}, {1, 0})};
  const report::Report r = report::build(engine, {}, keys, results);
  EXPECT_FALSE(r.accuracy());
  const Json json = Json::parse(report::toJson(r));
  EXPECT_FALSE(json["run"].contains("accuracy"));
  EXPECT_TRUE(json["samples"][0]["label"].is_null());
  EXPECT_FALSE(json["samples"][0].contains("correct"));
}

TEST(Report, NoSamplesDivideByNothing) {
  test::FakeEngine engine(true);
  const report::Report r = report::build(engine, {}, {}, {});
  const Json json = Json::parse(report::toJson(r));
  EXPECT_EQ(json["activity"]["spikes"]["per_inference"], 0.0);
  EXPECT_EQ(json["samples"].size(), 0u);
}

// BB = T b_w b_s, S-ACE = n BB, NS-ACE = fr n BB, by hand. T = 40 / 3.
TEST(Report, BitBudgetFollowsItsFormulas) {
  const report::Report r = test::makeReport(true, std::nullopt);
  const double t = 40.0 / 3.0;
  ASSERT_EQ(r.connections.size(), 2u);
  const report::Connection &dense = r.connections[0];
  EXPECT_EQ(dense.synapses, 10u); // two of twelve weights are 0
  EXPECT_DOUBLE_EQ(dense.bitBudget, t * 8 * 1);
  EXPECT_DOUBLE_EQ(dense.sAce, 10 * t * 8);
  EXPECT_DOUBLE_EQ(dense.firingRate, 20.0 / (4 * 40)); // 20 events, 4 x 40
  EXPECT_DOUBLE_EQ(dense.nsAce, 0.125 * 10 * t * 8);
  const report::Connection &random = r.connections[1];
  EXPECT_EQ(random.synapses, 6u);
  EXPECT_DOUBLE_EQ(random.bitBudget, t * 4 * 2);
  EXPECT_DOUBLE_EQ(random.firingRate, 12.0 / (3 * 40));
  EXPECT_DOUBLE_EQ(random.nsAce, 0.1 * 6 * t * 8);
  EXPECT_DOUBLE_EQ(r.totalSAce(), 16 * t * 8);
}

TEST(Report, MemoryAndNeuroBench) {
  const report::Report r = test::makeReport(true, std::nullopt);
  EXPECT_EQ(r.weightMemory.value(), 12u * 8 + 3u * 32);
  EXPECT_EQ(r.drawnMemory.value(), 6u * 4);
  EXPECT_EQ(r.stateMemory.value(), 5u * 32);
  EXPECT_EQ(r.readoutMemory.value(), 6u * 32);
  EXPECT_EQ(r.parameters, 12u + 3u + 2u + 6u);
  // 16 spikes of 5 neurons in 40 steps.
  EXPECT_DOUBLE_EQ(r.activationSparsity, 1 - 16.0 / 200);
  EXPECT_DOUBLE_EQ(r.connectionSparsity, 2.0 / 18);
  EXPECT_DOUBLE_EQ(r.denseOperations, 18 * 40.0 / 3);
}

TEST(Report, SynapsesGivenByTheCallerAreNotCountedAgain) {
  test::FakeEngine engine(true);
  report::RunInfo info;
  info.synapses = {1000, 5};
  const report::Report r = report::build(engine, info, {}, {});
  EXPECT_EQ(r.synapses, 1005u);
  EXPECT_EQ(r.drawnMemory.value(), 20u);
}

TEST(Report, EnergyIsCountTimesPrice) {
  const report::Report r = test::makeReport(true, std::nullopt);
  const Json energy = Json::parse(report::toJson(r))["energy"];
  ASSERT_EQ(energy["components"].size(), 3u);
  double sum = 0;
  for (const Json &row : energy["components"]) {
    EXPECT_DOUBLE_EQ(row["count"]["value"].get<double>() *
                         row["price"]["value"].get<double>(),
                     row["energy"]["value"].get<double>());
    sum += row["energy"]["value"].get<double>();
  }
  EXPECT_EQ(energy["components"][0]["count"]["value"], 3000.0);
  EXPECT_EQ(energy["components"][2]["price"]["unit"], "W");
  EXPECT_DOUBLE_EQ(energy["total"]["value"].get<double>(), sum);
  EXPECT_DOUBLE_EQ(energy["per_inference"]["value"].get<double>(), sum / 3);
  // 80 ms on the chip for 40 steps of 1 ms.
  EXPECT_DOUBLE_EQ(r.realTimeFactor.value(), 2);
}

TEST(Report, TheHostSaysWhyItHasNoEnergy) {
  const report::Report r = test::makeReport(false, std::nullopt);
  const Json json = Json::parse(report::toJson(r));
  EXPECT_EQ(json["energy"], Json({{"absent", "the host is not a chip model"}}));
  EXPECT_TRUE(json["time"].contains("absent"));
  EXPECT_NE(report::toTable(r).find("none: the host is not a chip model"),
            std::string::npos);
}

TEST(Report, SamplesHaveTheirKeysAndShortNumbers) {
  const std::string text = report::toJson(test::makeReport(true, std::nullopt));
  EXPECT_NE(
      text.find("{\n      \"id\": \"0.bin\",\n      \"label\": 1,\n      "
                "\"predicted\": 1,\n      \"steps\": 10,\n      "
                "\"output_spikes\": [0.1, 0.25],\n      "
                "\"population_spikes\": {\"in\": 8, \"a\": 3, \"b\": 2},\n"
                "      \"correct\": true\n    }"),
      std::string::npos)
      << text;
}

TEST(Report, JsonIsTheSameEveryTimeAndWithoutWallClock) {
  const std::string text = report::toJson(test::makeReport(true, std::nullopt));
  EXPECT_EQ(text, report::toJson(test::makeReport(true, std::nullopt)));
  EXPECT_EQ(text.find("123.5"), std::string::npos);
  EXPECT_NE(report::toTable(test::makeReport(true, std::nullopt))
                .find("123.5 s on this machine"),
            std::string::npos);
}

TEST(Report, NamesThatNeedEscapesStayValidJson) {
  test::FakeEngine engine(true);
  report::RunInfo info;
  info.input = "a\"b\\c\xff\n";
  const Json json =
      Json::parse(report::toJson(report::build(engine, info, {}, {})));
  EXPECT_EQ(json["run"]["input"], "a\"b\\c\xEF\xBF\xBD\n");
}

TEST(Report, LongListsKeepEveryNumber) {
  test::FakeEngine engine(true);
  std::vector<float> scores(1000);
  for (size_t i = 0; i < scores.size(); ++i)
    scores[i] = 0.1f * static_cast<float>(i);
  const std::vector<report::SampleKey> keys = {{"x", 0}};
  const std::vector<engine::SampleResult> results = {
      test::makeResult(engine, 1, {0, 0, 0}, scores)};
  const std::string text =
      report::toJson(report::build(engine, {}, keys, results));
  const Json read = Json::parse(text)["samples"][0]["output_spikes"];
  ASSERT_EQ(read.size(), scores.size());
  for (size_t i = 0; i < scores.size(); ++i)
    EXPECT_EQ(read[i].get<float>(), scores[i]);
  // Filled lines, not one number a line.
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 400);
}

TEST(Report, ComparesRasters) {
  const network::Network net = test::smallNetwork();
  test::FakeEngine engine(true);
  engine::SampleResult want = test::makeResult(engine, 4, {0, 4, 1}, {1, 0});
  engine::SampleResult have = want;
  want.rasters = {{}, {1, 2, 2, 7}, {5}};
  have.rasters = {{9}, {1, 2, 8}, {5}};
  have.outputs = {{0, 1}};
  const std::vector<engine::SampleResult> a = {want, want};
  const std::vector<engine::SampleResult> b = {want, have};
  const auto comparison = report::compareRuns(net, "host float32", a, b);
  ASSERT_TRUE(comparison) << comparison.error().text();
  EXPECT_EQ(comparison->predictionsDifferent, 1u);
  ASSERT_EQ(comparison->populations.size(), 2u); // the input does not count
  EXPECT_EQ(comparison->populations[0].spikes, 8u);
  EXPECT_EQ(comparison->populations[0].different, 3u); // one 2, the 7, the 8
  EXPECT_EQ(comparison->populations[1].different, 0u);
}

TEST(Report, ComparisonNeedsRastersAndEqualNumbers) {
  const network::Network net = test::smallNetwork();
  const std::vector<engine::SampleResult> one(1);
  const std::vector<engine::SampleResult> two(2);
  EXPECT_FALSE(report::compareRuns(net, "host", one, two));
  const auto missing = report::compareRuns(net, "host", one, one);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text().find("sample 0"), std::string::npos);
}

TEST(Report, ShowsTheFullestUnitOfAPopulationAndWhyResultsDiffer) {
  report::Comparison comparison;
  comparison.against = "host float32";
  const report::Report made = test::makeReport(true, comparison);
  const std::string table = report::toTable(made);
  EXPECT_NE(table.find("core 2      120  -20.0 %"), std::string::npos) << table;
  EXPECT_NE(table.find("weights are rounded"), std::string::npos);
  const Json json = Json::parse(report::toJson(made));
  EXPECT_EQ(json["real_time"][1]["margin"]["value"], -20);
  EXPECT_EQ(json["real_time"][1]["overruns"], 7);
  EXPECT_EQ(json["comparison"]["causes"][0]["count"],
            json["energy"]["components"][1]["count"]["value"]);
}

TEST(Report, SideBySideHasOneColumnPerReport) {
  const std::vector<report::Report> reports = {
      test::makeReport(false, std::nullopt),
      test::makeReport(true, std::nullopt)};
  const std::string table = report::compareTable(reports);
  EXPECT_NE(table.find("host"), std::string::npos);
  EXPECT_NE(table.find("50.00 % (1 of 2)"), std::string::npos);
  EXPECT_NE(table.find("not modelled"), std::string::npos);
  EXPECT_NE(table.find("26.67 ms"), std::string::npos);
  EXPECT_NE(table.find("2 cores"), std::string::npos);
  // All lines but the rule end in the same column.
  EXPECT_EQ(table.find(" \n"), std::string::npos);
}

TEST(Report, FarMoreOutputsThanClassesAreWarnedAbout) {
  test::FakeEngine engine(true);
  engine.net.outputs = {{"a", 1, false}};
  const std::vector<report::SampleKey> keys = {{"x", 1, {1}}};
  std::vector<engine::SampleResult> results = {
      test::makeResult(engine, 20, {8, 3, 2}, {0.1f, 0.25f})};
  results.front().outputs = {std::vector<float>(8, 0.0f)};
  const auto warned = [&] {
    const std::vector<std::string> warnings =
        report::build(engine, {}, keys, results).warnings;
    return std::ranges::any_of(warnings, [](const std::string &text) {
      return text.find("largest of 8 outputs of 'a', but labels are 0 to 1") !=
             std::string::npos;
    });
  };
  EXPECT_TRUE(warned());
  engine.net.outputs = {{"head", 0, true}};
  EXPECT_FALSE(warned());
  engine.net.outputs = {{"a", 1, false}};
  results.front().outputs = {std::vector<float>(7, 0.0f)};
  EXPECT_FALSE(warned());
}

TEST(Report, IndependentNetworksAreReportedApart) {
  test::FakeEngine engine(true);
  // Without the second projection, b is a network of its own.
  engine.net.projections.pop_back();
  engine.net.outputs.push_back({"a", 1, false});
  report::RunInfo info;
  const std::vector<report::SampleKey> keys = {{"x+y", 1, {0, 1}},
                                               {"z+w", 1, {-1, 0}}};
  std::vector<engine::SampleResult> results = {
      test::makeResult(engine, 20, {8, 3, 2}, {0.1f, 0.25f}),
      test::makeResult(engine, 20, {8, 6, 1}, {0.5f, 0.25f})};
  for (engine::SampleResult &result : results) {
    result.outputs.push_back({3, 1, 0});
    result.nodeSteps = {10, 10, 20};
    result.parts = {{10, Cycles(700), {400, 10}}, {20, Cycles(1500), {600, 0}}};
  }
  const report::Report made = report::build(engine, info, keys, results);
  ASSERT_EQ(made.networks.size(), 2u);
  const report::NetworkSummary &first = made.networks[0],
                               &second = made.networks[1];
  EXPECT_EQ(first.name, "in");
  EXPECT_EQ(first.output, "a");
  EXPECT_EQ(first.labelled, 1u);
  EXPECT_EQ(first.correct, 1u);
  EXPECT_EQ(first.steps, 20u);
  EXPECT_EQ(first.cycles.value(), 1400u);
  EXPECT_DOUBLE_EQ(first.energy->value(), 800 * 2e-12 + 20 * 3e-12);
  EXPECT_EQ(second.name, "b");
  EXPECT_EQ(second.output, "head");
  EXPECT_EQ(second.labelled, 2u);
  EXPECT_EQ(second.correct, 2u); // 0.25 of class 1, then 0.5 of class 0
  EXPECT_EQ(second.steps, 40u);
  // Rates and T follow the steps of each.
  EXPECT_DOUBLE_EQ(made.populations[1].rate, 9.0 / (3 * 20));
  EXPECT_DOUBLE_EQ(made.populations[2].rate, 3.0 / (2 * 40));
  EXPECT_DOUBLE_EQ(made.connections[0].steps, 10);
  EXPECT_NE(report::toTable(made).find("network of"), std::string::npos);
  EXPECT_EQ(report::toTable(test::makeReport(true, {})).find("network of"),
            std::string::npos);
}

TEST(Report, WrittenCellsLastForSomeInferences) {
  const report::Report made = test::makeReport(true, {});
  ASSERT_TRUE(made.writing);
  // Ends of energies are shared out as the energies are.
  const Json json = Json::parse(report::toJson(made))["writing"];
  const auto end = [&](const char *part, const char *which) {
    return json[part]["energy_range"][which]["value"].get<double>();
  };
  EXPECT_DOUBLE_EQ(end("program", "low"), 5e-10);
  EXPECT_DOUBLE_EQ(end("program", "high"), 4e-9);
  EXPECT_DOUBLE_EQ(end("loads_per_inference", "low"), 1e-10);
  EXPECT_DOUBLE_EQ(end("loads_per_inference", "high"), 3e-10);
  // 1001 writes, 6 in 3 samples.
  EXPECT_EQ(made.inferencesUntilWorn(), 500);
  const std::string table = report::toTable(made);
  EXPECT_NE(table.find("6 of 1 001, worn after 500 inferences"),
            std::string::npos)
      << table;
  report::Report endless = made;
  endless.writing->endurance = 0;
  EXPECT_FALSE(endless.inferencesUntilWorn());
  endless = made;
  endless.writing->ofLoads = 0;
  EXPECT_FALSE(endless.inferencesUntilWorn());
  EXPECT_FALSE(test::makeReport(false, {}).writing);
}
