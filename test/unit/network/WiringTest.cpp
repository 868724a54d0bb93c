// Rules of random wiring: exact numbers where the rule is exact, statistics
// where it is a probability; drawn weights and delays within their bounds.

#include "runtime/network/Rows.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>

using namespace limen::network;

namespace {

Rows rowsOf(Random random, int64_t inputs, int64_t outputs) {
  Stage stage;
  random.wires = makeWires(random, inputs, outputs);
  if (random.delays) {
    stage.shortestDelay = random.delays->from;
    stage.longestDelay = random.delays->to;
  }
  stage.kind = random;
  stage.inputs = inputs;
  stage.outputs = outputs;
  Projection projection;
  projection.stages = {stage};
  return expandRows(projection);
}

Random rule(Wiring wiring, uint64_t number = 0) {
  Random random;
  random.distribution = Distribution::Constant;
  random.a = 1;
  random.seed = 5;
  random.identity = 17;
  random.wiring = wiring;
  random.number = number;
  return random;
}

void expectSorted(const Rows &rows) {
  for (uint32_t s = 0; s < rows.sources(); ++s)
    for (size_t k = 1; k < rows.row(s).size(); ++k)
      ASSERT_LE(rows.row(s)[k - 1].target, rows.row(s)[k].target);
}

std::vector<uint32_t> inDegrees(const Rows &rows, size_t targets) {
  std::vector<uint32_t> counts(targets, 0);
  for (const Synapse &synapse : rows.synapses)
    ++counts[synapse.target];
  return counts;
}

} // namespace

TEST(Wiring, FixedTotalHasThatManySynapses) {
  const Rows rows = rowsOf(rule(Wiring::FixedTotal, 30000), 100, 200);
  EXPECT_EQ(rows.synapses.size(), 30000u);
  expectSorted(rows);
  // 30,000 over 20,000 pairs: some pairs have several synapses. The number of
  // distinct pairs of n draws from m is m (1 - (1 - 1/m)^n) on average.
  std::set<std::pair<uint32_t, uint32_t>> pairs;
  for (uint32_t s = 0; s < 100; ++s)
    for (const Synapse &synapse : rows.row(s))
      pairs.insert({s, synapse.target});
  const double expected = 20000 * (1 - std::pow(1 - 1 / 20000.0, 30000));
  EXPECT_NEAR(static_cast<double>(pairs.size()), expected, 250);
}

TEST(Wiring, FixedDegreesHold) {
  const Rows in = rowsOf(rule(Wiring::FixedInDegree, 7), 50, 80);
  expectSorted(in);
  EXPECT_EQ(inDegrees(in, 80), std::vector<uint32_t>(80, 7));
  const Rows out = rowsOf(rule(Wiring::FixedOutDegree, 9), 50, 80);
  expectSorted(out);
  for (uint32_t s = 0; s < 50; ++s)
    EXPECT_EQ(out.row(s).size(), 9u);
}

TEST(Wiring, WithoutAutapsesNothingDrivesItself) {
  for (Wiring wiring : {Wiring::Pairwise, Wiring::FixedTotal,
                        Wiring::FixedInDegree, Wiring::FixedOutDegree}) {
    Random random = rule(wiring, wiring == Wiring::FixedTotal ? 4000 : 40);
    random.density = 0.9;
    random.autapses = false;
    const Rows rows = rowsOf(random, 30, 30);
    EXPECT_GT(rows.synapses.size(), 500u);
    for (uint32_t s = 0; s < 30; ++s)
      for (const Synapse &synapse : rows.row(s))
        ASSERT_NE(synapse.target, s);
  }
}

TEST(Wiring, OneToOneIsOneEach) {
  const Rows rows = rowsOf(rule(Wiring::OneToOne), 20, 20);
  for (uint32_t s = 0; s < 20; ++s) {
    ASSERT_EQ(rows.row(s).size(), 1u);
    EXPECT_EQ(rows.row(s)[0].target, s);
  }
}

TEST(Wiring, DistanceGivesTheStatedProbability) {
  Random random = rule(Wiring::Gaussian);
  random.density = 0.8;
  random.scale = 0.15;
  random.from = random.to = {40, 50};
  const Rows rows = rowsOf(random, 2000, 2000);
  // Count synapses against the sum of probabilities, near and far.
  double near = 0, nearWanted = 0, far = 0, farWanted = 0;
  for (uint32_t s = 0; s < 2000; ++s) {
    for (uint32_t t = 0; t < 2000; ++t) {
      const double dy = (s / 50 - double(t / 50)) / 40;
      const double dx = (s % 50 - double(t % 50)) / 50;
      const double d = std::hypot(dx, dy);
      (d < 0.15 ? nearWanted : farWanted) +=
          0.8 * std::exp(-d * d / (2 * 0.15 * 0.15));
    }
    for (const Synapse &synapse : rows.row(s))
      ++(gridDistance(random.from, s, random.to, synapse.target, false) < 0.15
             ? near
             : far);
  }
  EXPECT_NEAR(near, nearWanted, 5 * std::sqrt(nearWanted));
  EXPECT_NEAR(far, farWanted, 5 * std::sqrt(farWanted));
  EXPECT_DOUBLE_EQ(gridDistance({10}, 0, {10}, 9, false), 0.9);
  EXPECT_NEAR(gridDistance({10}, 0, {10}, 9, true), 0.1, 1e-15);
}

TEST(Wiring, TruncatedWeightsKeepTheirBoundsAndShape) {
  Random random = rule(Wiring::Pairwise);
  random.distribution = Distribution::Normal;
  random.a = 1;
  random.b = 1;
  random.gain = -2;
  random.high = 0; // weights below 0: draws above 0
  const Rows rows = rowsOf(random, 300, 300);
  ASSERT_EQ(rows.synapses.size(), 90000u);
  double sum = 0;
  for (const Synapse &synapse : rows.synapses) {
    ASSERT_LT(synapse.weight, 0);
    sum += synapse.weight;
  }
  // Mean of a normal truncated to positive values: mu + sigma phi(1) / Phi(1).
  const double phi = std::exp(-0.5) / std::sqrt(2 * M_PI);
  const double mean = 1 + phi / (0.5 * std::erfc(-1 / std::sqrt(2.0)));
  EXPECT_NEAR(sum / 90000, -2 * mean, 0.02);
}

TEST(Wiring, DelaysAreWholeStepsWithinTheirBounds) {
  Random random = rule(Wiring::Pairwise);
  random.delays = DelayDraw{Distribution::Normal, 15, 7.5, 1, 64};
  const Rows rows = rowsOf(random, 200, 200);
  double sum = 0;
  std::set<uint32_t> seen;
  for (const Synapse &synapse : rows.synapses) {
    ASSERT_LE(synapse.delay, 63u); // beyond the shortest, 1
    seen.insert(synapse.delay);
    sum += synapse.delay + 1;
  }
  EXPECT_GT(seen.size(), 35u);
  EXPECT_TRUE(seen.count(0));
  EXPECT_NEAR(sum / 40000, 15.3, 0.3); // a little above 15: cut at 1
}

TEST(Wiring, SparseRowsCostTheirSynapses) {
  // 10^5 x 10^5 pairs with 10 synapses each row: pair by pair this would take
  // 10^10 draws.
  Random random = rule(Wiring::Pairwise);
  random.density = 1e-4;
  const Rows rows = rowsOf(random, 100000, 100000);
  const double wanted = 1e6;
  EXPECT_NEAR(static_cast<double>(rows.synapses.size()), wanted,
              5 * std::sqrt(wanted));
  const auto degrees = inDegrees(rows, 100000);
  double squares = 0;
  for (uint32_t d : degrees)
    squares += (d - 10.0) * (d - 10.0);
  EXPECT_NEAR(squares / 100000, 10, 0.5); // binomial: variance about the mean
}
