// Rows against direct evaluation of the stages' definitions.

#include "runtime/network/Rows.h"

#include <gtest/gtest.h>
#include <random>

using namespace limen;
using namespace limen::network;

namespace {

std::vector<float> numbers(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> out(count);
  for (float &x : out) // multiples of 1/8: sums are exact
    x = static_cast<float>(static_cast<int>(generator() % 17) - 8) / 8.0f;
  return out;
}

/// The map that rows describe, applied to a vector.
std::vector<double> apply(const Rows &rows, const std::vector<float> &x,
                          int64_t outputs) {
  std::vector<double> y(outputs, 0.0);
  for (uint32_t s = 0; s < rows.sources(); ++s)
    for (const Synapse &synapse : rows.row(s))
      y[synapse.target] += static_cast<double>(synapse.weight) * x[s];
  for (size_t i = 0; i < rows.bias.size(); ++i)
    y[i] += rows.bias[i];
  return y;
}

Stage convStage(const Conv2d &conv) {
  Stage stage;
  stage.inputs = conv.in[0] * conv.in[1] * conv.in[2];
  stage.outputs = conv.out[0] * conv.out[1] * conv.out[2];
  stage.kind = conv;
  return stage;
}

/// Cross-correlation written from its definition, output-major.
std::vector<double> convolve(const Conv2d &c, const std::vector<float> &x) {
  std::vector<double> y;
  const int64_t perGroupIn = c.in[0] / c.groups;
  const int64_t perGroupOut = c.out[0] / c.groups;
  for (int64_t co = 0; co < c.out[0]; ++co)
    for (int64_t oy = 0; oy < c.out[1]; ++oy)
      for (int64_t ox = 0; ox < c.out[2]; ++ox) {
        double sum = 0;
        for (int64_t ci = 0; ci < perGroupIn; ++ci)
          for (int64_t ky = 0; ky < c.kernel[0]; ++ky)
            for (int64_t kx = 0; kx < c.kernel[1]; ++kx) {
              const int64_t iy =
                  oy * c.stride[0] - c.padding[0] + ky * c.dilation[0];
              const int64_t ix =
                  ox * c.stride[1] - c.padding[1] + kx * c.dilation[1];
              if (iy < 0 || ix < 0 || iy >= c.in[1] || ix >= c.in[2])
                continue;
              const int64_t channel = co / perGroupOut * perGroupIn + ci;
              sum += c.weights[((co * perGroupIn + ci) * c.kernel[0] + ky) *
                                   c.kernel[1] +
                               kx] *
                     x[(channel * c.in[1] + iy) * c.in[2] + ix];
            }
        y.push_back(sum);
      }
  return y;
}

} // namespace

TEST(Rows, ConvolutionEqualsItsDefinition) {
  struct Case {
    std::array<int64_t, 3> in;
    int64_t channels;
    std::array<int64_t, 2> kernel, stride, padding, dilation;
    int64_t groups;
  };
  const Case cases[] = {
      {{2, 9, 7}, 3, {3, 3}, {1, 1}, {1, 1}, {1, 1}, 1},
      {{2, 9, 7}, 4, {5, 3}, {2, 2}, {2, 0}, {1, 1}, 1},
      {{4, 8, 8}, 6, {3, 3}, {2, 1}, {0, 1}, {1, 2}, 2},
      {{1, 5, 5}, 1, {2, 2}, {3, 3}, {1, 1}, {2, 2}, 1},
  };
  for (const Case &c : cases) {
    Conv2d conv;
    conv.in = c.in;
    conv.kernel = c.kernel;
    conv.stride = c.stride;
    conv.padding = c.padding;
    conv.dilation = c.dilation;
    conv.groups = c.groups;
    conv.out[0] = c.channels;
    for (int axis : {0, 1})
      conv.out[axis + 1] = (c.in[axis + 1] + 2 * c.padding[axis] -
                            c.dilation[axis] * (c.kernel[axis] - 1) - 1) /
                               c.stride[axis] +
                           1;
    conv.weights = Array<float>::own(numbers(
        c.channels * c.in[0] / c.groups * c.kernel[0] * c.kernel[1], 1));
    Projection projection;
    projection.stages = {convStage(conv)};
    const std::vector<float> x = numbers(projection.stages[0].inputs, 2);
    const Rows rows = expandRows(projection);
    EXPECT_EQ(apply(rows, x, projection.stages[0].outputs), convolve(conv, x));
    for (uint32_t s = 0; s < rows.sources(); ++s)
      for (size_t k = 1; k < rows.row(s).size(); ++k)
        ASSERT_LT(rows.row(s)[k - 1].target, rows.row(s)[k].target);
  }
}

TEST(Rows, ChainsComposeAndCarryBias) {
  // 1x4x4 -> sum pool 2x2 -> 4 -> dense 3, bias on both dense layers.
  Pool2d pool{{1, 4, 4}, {1, 2, 2}, {2, 2}, {2, 2}, {0, 0}, false};
  Stage pooling;
  pooling.kind = pool;
  pooling.inputs = 16;
  pooling.outputs = 4;
  Stage first;
  first.kind = Dense{Array<float>::own(numbers(12, 3))};
  first.inputs = 4;
  first.outputs = 3;
  first.bias = Array<float>::own(numbers(3, 4));
  Stage second;
  second.kind = Dense{Array<float>::own(numbers(6, 5))};
  second.inputs = 3;
  second.outputs = 2;
  second.bias = Array<float>::own(numbers(2, 6));
  Projection projection;
  projection.stages = {pooling, first, second};

  const std::vector<float> x = numbers(16, 7);
  std::vector<double> pooled(4), hidden(3), y(2);
  for (int i = 0; i < 16; ++i)
    pooled[i / 8 * 2 + i % 4 / 2] += x[i];
  const auto &w1 = std::get<Dense>(first.kind).weights;
  const auto &w2 = std::get<Dense>(second.kind).weights;
  for (int o = 0; o < 3; ++o) {
    hidden[o] = first.bias[o];
    for (int i = 0; i < 4; ++i)
      hidden[o] += w1[o * 4 + i] * pooled[i];
  }
  for (int o = 0; o < 2; ++o) {
    y[o] = second.bias[o];
    for (int i = 0; i < 3; ++i)
      y[o] += w2[o * 3 + i] * hidden[i];
  }
  const std::vector<double> found = apply(expandRows(projection), x, 2);
  for (int o = 0; o < 2; ++o)
    EXPECT_NEAR(found[o], y[o], 1e-6);
}

TEST(Rows, AveragePoolDividesByTheWholeWindow) {
  Pool2d pool{{1, 3, 3}, {1, 2, 2}, {2, 2}, {2, 2}, {1, 1}, true};
  Stage stage;
  stage.kind = pool;
  stage.inputs = 9;
  stage.outputs = 4;
  Projection projection;
  projection.stages = {stage};
  const Rows rows = expandRows(projection);
  // Element (0, 0) is alone in its padded window.
  ASSERT_EQ(rows.row(0).size(), 1u);
  EXPECT_EQ(rows.row(0)[0].target, 0u);
  EXPECT_EQ(rows.row(0)[0].weight, 0.25f);
}
