// Two runs side by side: where they part, sums over neurons and samples, and
// what the texts say.

#include "runtime/report/Pair.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::report;

namespace {

uint64_t spike(uint64_t step, uint64_t neuron) { return step << 32 | neuron; }

PairPopulation population(const std::string &name, int64_t neurons) {
  PairPopulation made;
  made.name = name;
  made.neurons = neurons;
  return made;
}

/// Populations up (2 neurons) and down (1); sample 0 is equal, sample 1 not.
PairReport makeReport() {
  PairReport report;
  report.a.name = "net@host";
  report.a.target = "host";
  report.a.assumptions = {"common", "reset to 0"};
  report.b.name = "net@chip";
  report.b.target = "chip";
  report.b.assumptions = {"common"};
  report.b.causes = {{"ring_saturation", 3, "additions that saturated"},
                     {"never", 0, "things"}};
  report.options = {10, 0.1, 1};
  report.populations = {population("up", 2), population("down", 1)};
  report.populations[1].latencyB = 2;
  const std::vector<engine::Raster> same = {{spike(1, 0), spike(2, 1)}, {}};
  report.add(0, "a.bin", comparePair(same, same, report.options));
  const std::vector<engine::Raster> left = {{spike(4, 1), spike(5, 0)},
                                            {spike(4, 0)}};
  const std::vector<engine::Raster> right = {
      {spike(4, 1), spike(4, 1), spike(6, 0)}, {}};
  report.add(1, "b.bin", comparePair(left, right, report.options));
  report.windowStart = 3;
  report.windowSteps = 3;
  report.windowA = {0, 1, 0};
  report.windowB = {0, 2, 0};
  report.states = {{"v", {0.5f, 1.25f, 0}, {0.5f, 1.5f, 0}}};
  report.pictured = "b.bin";
  report.picturedSteps = 8;
  report.rastersA = left;
  report.rastersB = right;
  return report;
}

} // namespace

TEST(Pair, FirstDifferences) {
  EXPECT_FALSE(firstDifference({}, {}));
  EXPECT_FALSE(firstDifference({spike(3, 1)}, {spike(3, 1)}));
  const auto missing =
      firstDifference({spike(3, 1), spike(9, 2)}, {spike(3, 1)});
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->step, 9u);
  EXPECT_EQ(missing->neuron, 2u);
  EXPECT_EQ(missing->spikesA, 1u);
  EXPECT_EQ(missing->spikesB, 0u);
  // Twice in one step against once, before another neuron.
  const auto twice = firstDifference({spike(3, 1), spike(3, 4)},
                                     {spike(3, 1), spike(3, 1), spike(3, 4)});
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->neuron, 1u);
  EXPECT_EQ(twice->spikesA, 1u);
  EXPECT_EQ(twice->spikesB, 2u);
}

TEST(Pair, TheEarliestStepOfTheEarliestSampleUpstreamFirst) {
  const PairReport report = makeReport();
  EXPECT_FALSE(report.identical());
  EXPECT_EQ(report.samples, 2u);
  EXPECT_EQ(report.samplesDifferent, 1u);
  ASSERT_TRUE(report.first);
  EXPECT_EQ(report.first->sample, "b.bin");
  EXPECT_EQ(report.first->step, 4u);
  EXPECT_EQ(report.first->population, 0u) << "both differ in step 4";
  EXPECT_EQ(report.first->neuron, 1u);
  ASSERT_TRUE(report.populations[1].first);
  EXPECT_EQ(report.populations[1].first->step, 4u);
}

TEST(Pair, SumsOverNeuronsAndSamples) {
  const PairReport report = makeReport();
  const TrainDistance &up = report.populations[0].distance;
  EXPECT_EQ(up.spikesA, 4u);
  EXPECT_EQ(up.spikesB, 5u);
  EXPECT_EQ(up.same, 3u);
  EXPECT_EQ(up.coincident, 4u) << "steps 5 and 6 are one apart";
  EXPECT_EQ(up.trains, 4u);
  EXPECT_EQ(up.different, 2u);
  // An extra spike costs 1/2 and 1; a moved one 1 - exp(-1/10) and 0.1.
  EXPECT_NEAR(up.vanRossum, 0.5 + 1 - std::exp(-0.1), 1e-12);
  EXPECT_NEAR(up.victorPurpura, 1.1, 1e-12);
  EXPECT_NEAR(up.normalisedVictorPurpura(), 1.1 / 9, 1e-12);
  const TrainDistance &down = report.populations[1].distance;
  EXPECT_EQ(down.normalisedVanRossum(), 1) << "nothing in common";
  EXPECT_EQ(down.normalisedVictorPurpura(), 1);
}

TEST(Pair, NormalisedDistancesLieBetweenZeroAndOne) {
  engine::Raster burst, other;
  for (uint64_t t = 0; t < 50; ++t)
    burst.push_back(spike(t, 0));
  other = {spike(3, 0), spike(70, 0)};
  const TrainDistance d = compareTrains(burst, other, {});
  EXPECT_GT(d.normalisedVanRossum(), 0);
  EXPECT_LT(d.normalisedVanRossum(), 1);
  EXPECT_GT(d.normalisedVictorPurpura(), 0);
  EXPECT_LT(d.normalisedVictorPurpura(), 1);
}

TEST(Pair, OutputsCountAboveTheTolerance) {
  engine::SampleResult a, b;
  a.outputs = {{1.0f, 2.0f}};
  b.outputs = {{1.0f, 2.25f}};
  SamplePair pair = comparePair({}, {}, {});
  compareOutputs(a, b, pair);
  EXPECT_EQ(pair.largestOutputDifference, 0.25);
  EXPECT_FALSE(pair.predictionsDiffer);
  PairReport strict, loose;
  loose.tolerance = 0.25;
  strict.add(0, "0", pair);
  loose.add(0, "0", pair);
  EXPECT_FALSE(strict.identical());
  EXPECT_TRUE(loose.identical());

  // A number against none is no small difference.
  b.outputs = {{1.0f, std::nanf("")}};
  compareOutputs(a, b, pair);
  EXPECT_EQ(pair.largestOutputDifference, HUGE_VAL);
}

TEST(Pair, ReasonsNameWhatHappenedAndWhatIsNotCommon) {
  std::string text;
  for (const std::string &line : explain(makeReport()))
    text += line + "\n";
  EXPECT_NE(text.find("on the way into 'up'"), std::string::npos) << text;
  EXPECT_NE(text.find("B ring_saturation: 3 additions"), std::string::npos);
  EXPECT_EQ(text.find("never"), std::string::npos);
  EXPECT_NE(text.find("A only: reset to 0"), std::string::npos);
  EXPECT_EQ(text.find("only: common"), std::string::npos);
  EXPECT_NE(text.find("B is retimed: spikes come up to 2"), std::string::npos);
}

TEST(Pair, Texts) {
  const PairReport report = makeReport();
  const std::string table = toTable(report);
  for (const char *part :
       {"different in 1 of 2 sample(s)",
        "first: sample b.bin, step 4, neuron 1 of 'up': A fires 1, B 2",
        "v of A", "1.25", "1.5", "0.25", "<- first difference"})
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;

  const auto json = nlohmann::json::parse(toJson(report));
  EXPECT_EQ(json["schema"]["name"], "limen.comparison");
  EXPECT_EQ(json["identical"], false);
  EXPECT_EQ(json["first_difference"]["neuron"], 1);
  EXPECT_EQ(json["around_it"]["states"][0]["b"][1], 1.5);
  EXPECT_EQ(json["populations"][0]["coincident"], 4);

  PairReport hostile = report;
  hostile.a.name = "<script>alert(1)</script>";
  const std::string page = toHtml(hostile);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.find("<title>first difference of up: step 4"),
            std::string::npos);
}

TEST(Pair, SilenceIsIdentical) {
  PairReport report;
  report.populations = {population("up", 2)};
  const std::vector<engine::Raster> silent(1);
  report.add(0, "0", comparePair(silent, silent, {}));
  EXPECT_TRUE(report.identical());
  EXPECT_EQ(report.populations[0].distance.normalisedVanRossum(), 0);
  report.rastersA = report.rastersB = silent;
  EXPECT_NE(toTable(report).find("identical: every spike of 1"),
            std::string::npos);
  EXPECT_NE(toHtml(report).find("<h1>Identical</h1>"), std::string::npos);
}
