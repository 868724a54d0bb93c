#include "runtime/report/Metrics.h"

#include "runtime/network/Rows.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::network;

static Stage convolution(float weight) {
  Conv2d conv;
  conv.in = {2, 5, 4};
  conv.out = {4, 3, 2};
  conv.kernel = {3, 3};
  conv.stride = {2, 2};
  conv.padding = {1, 1};
  conv.dilation = {1, 1};
  conv.groups = 2;
  conv.weights = Array<float>::own(std::vector<float>(4 * 1 * 9, weight));
  Stage stage;
  stage.kind = conv;
  stage.inputs = 40;
  stage.outputs = 24;
  return stage;
}

// With every weight present the synapses of the expanded rows are exactly the
// dense operations: two independent counts.
TEST(Metrics, DenseOperationsOfAConvolutionAreItsSynapses) {
  const Stage stage = convolution(0.5f);
  Projection projection;
  projection.stages = {stage};
  EXPECT_EQ(report::denseOperations(stage),
            expandRows(projection).synapses.size());
  // By hand: rows read 2 + 3 + 2 taps, columns 2 + 3, channels 4 x 1.
  EXPECT_EQ(report::denseOperations(stage), 7u * 5u * 4u);
  EXPECT_EQ(report::countSynapses(projection), 7u * 5u * 4u);
}

TEST(Metrics, ZeroWeightsAreNoSynapses) {
  const Stage stage = convolution(0.0f);
  Projection projection;
  projection.stages = {stage};
  EXPECT_EQ(report::countSynapses(projection), 0u);
  EXPECT_EQ(report::denseOperations(stage), 140u);
  EXPECT_EQ(report::countWeights(stage).zeros, 36u);
}

TEST(Metrics, AChainIsCountedAsItIsExpanded) {
  Stage pool;
  pool.kind = Pool2d{{2, 10, 8}, {2, 5, 4}, {2, 2}, {2, 2}, {0, 0}, false};
  pool.inputs = 160;
  pool.outputs = 40;
  Projection chain;
  chain.stages = {pool, convolution(1.0f)};
  // Every one of the four elements of a window has the window's synapses.
  EXPECT_EQ(report::countSynapses(chain), 4u * 140u);
  EXPECT_EQ(report::denseOperations(pool), 0u);
}

TEST(Metrics, RandomWeightsAreCountedByDrawing) {
  Stage stage;
  stage.kind =
      Random{.distribution = Distribution::Constant, .a = 1, .density = 0.25};
  stage.inputs = 100;
  stage.outputs = 400;
  const uint64_t drawn = report::drawnWeights(stage);
  // Binomial(40000, 0.25): mean 10000, deviation 86.6; five deviations.
  EXPECT_NEAR(static_cast<double>(drawn), 10000, 433);
  EXPECT_EQ(report::countWeights(stage).all, 0u);
  EXPECT_EQ(report::denseOperations(stage), 40000u);
}
