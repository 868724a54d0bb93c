// Random synapses: their statistics, and that they depend on identity alone.

#include "runtime/network/Rows.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen::network;

static Projection randomProjection(const Random &random, int64_t inputs,
                                   int64_t outputs) {
  Stage stage;
  stage.kind = random;
  stage.inputs = inputs;
  stage.outputs = outputs;
  Projection projection;
  projection.stages = {stage};
  return projection;
}

TEST(RandomStage, DensityMeanAndDeviation) {
  const Random random{Distribution::Normal, 2.0, 0.5, 0.3, 4.0, 11, 5};
  const Rows rows = expandRows(randomProjection(random, 500, 400));
  const double pairs = 500.0 * 400.0;
  const double count = static_cast<double>(rows.synapses.size());
  EXPECT_NEAR(count / pairs, 0.3, 5 * std::sqrt(0.3 * 0.7 / pairs));
  double sum = 0, squares = 0;
  for (const Synapse &s : rows.synapses) {
    sum += s.weight;
    squares += static_cast<double>(s.weight) * s.weight;
  }
  const double mean = sum / count;
  EXPECT_NEAR(mean, 8.0, 5 * 2.0 / std::sqrt(count));
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), 2.0,
              5 * 2.0 / std::sqrt(2 * count));
}

TEST(RandomStage, FormedPairHasTheDeviationOfTwoIndependentMaps) {
  // Two cells formed with probability p: var = 2 (p E[G^2] - (p E[G])^2).
  const double median = 12.21, sigma = 0.1486, p = 0.4928;
  const Random random{Distribution::FormedPair, median, sigma, p, 1.0, 3, 9};
  const Rows rows = expandRows(randomProjection(random, 600, 600));
  double squares = 0, sum = 0;
  for (const Synapse &s : rows.synapses) {
    sum += s.weight;
    squares += static_cast<double>(s.weight) * s.weight;
  }
  const double n = 360000;
  const double first = median * std::exp(sigma * sigma / 2);
  const double second = median * median * std::exp(2 * sigma * sigma);
  const double deviation = std::sqrt(2 * (p * second - p * p * first * first));
  EXPECT_NEAR(deviation, 8.9, 0.1); // the published maps give about 8.9 uS
  EXPECT_NEAR(std::sqrt(squares / n), deviation, 0.01 * deviation);
  EXPECT_NEAR(sum / n, 0.0, 5 * deviation / std::sqrt(n));
}

TEST(RandomStage, DrawsDependOnIdentityNotOnSize) {
  const Random random{Distribution::Uniform, -1, 1, 0.5, 1, 1, 1};
  const Rows small = expandRows(randomProjection(random, 10, 20));
  const Rows large = expandRows(randomProjection(random, 30, 40));
  for (uint32_t s = 0; s < 10; ++s) {
    std::vector<Synapse> kept;
    for (const Synapse &synapse : large.row(s))
      if (synapse.target < 20)
        kept.push_back(synapse);
    ASSERT_EQ(kept.size(), small.row(s).size());
    for (size_t k = 0; k < kept.size(); ++k) {
      EXPECT_EQ(kept[k].target, small.row(s)[k].target);
      EXPECT_EQ(kept[k].weight, small.row(s)[k].weight);
    }
  }
  Random other = random;
  other.identity = 2;
  EXPECT_NE(expandRows(randomProjection(other, 10, 20)).synapses.size() * 1000 +
                expandRows(randomProjection(other, 10, 20)).row(3).size(),
            small.synapses.size() * 1000 + small.row(3).size());
}
