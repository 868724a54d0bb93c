#include "runtime/learn/Liquid.h"

#include "hw-models/base/Random.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen;
using namespace limen::learn;

namespace {

TEST(Liquid, SeparationOfTwoPairs) {
  // Class 0 at (0, +-1), class 1 at (6, 8 +- 2): means 10 apart.
  const std::vector<double> states = {0, 1, 0, -1, 6, 10, 6, 6};
  const std::vector<int> labels = {0, 0, 1, 1};
  const auto found = separation(states, 2, labels);
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->between, 2 * 10 / 4.0);
  EXPECT_DOUBLE_EQ(found->within, (1 + 2) / 2.0);
  EXPECT_DOUBLE_EQ(found->value, 5 / 2.5);
  EXPECT_FALSE(separation(states, 2, std::vector<int>{0, 0, 0, 0}));
  EXPECT_FALSE(separation(states, 2, std::vector<int>{0, 1}));
  EXPECT_FALSE(separation(states, 2, std::vector<int>{0, 0, 1, -1}));
  EXPECT_FALSE(separation(states, 3, labels));
}

TEST(Liquid, KernelRankOfKnownMatrices) {
  EXPECT_EQ(*kernelRank(std::vector<double>(12, 0.0), 4), 0u);
  EXPECT_EQ(*kernelRank(std::vector<double>(12, 7.0), 4), 1u);
  // Random rows of 20 features, then sums of earlier ones.
  const RandomStream stream(1, Purpose::Shuffle, 1);
  std::vector<double> states;
  for (unsigned row = 0; row < 6; ++row)
    for (unsigned k = 0; k < 20; ++k)
      states.push_back(std::floor(50 * stream.uniform(row, k)));
  for (unsigned row = 0; row < 5; ++row)
    for (unsigned k = 0; k < 20; ++k)
      states.push_back(states[row * 20 + k] + states[(row + 1) * 20 + k]);
  EXPECT_EQ(*kernelRank(states, 20), 6u);
  states.back() += 1;
  EXPECT_EQ(*kernelRank(states, 20), 7u);
  EXPECT_FALSE(kernelRank({}, 4));
}

/// A delay line of `length` holds exactly the last `length` values of a signal.
TEST(Liquid, MemoryOfADelayLineIsItsLength) {
  const RandomStream stream(2, Purpose::Shuffle, 2);
  const size_t steps = 4000, length = 7, longest = 12;
  std::vector<double> signal(steps), states(steps * length);
  for (size_t t = 0; t < steps; ++t)
    signal[t] = stream.uniform(t) < 0.5;
  for (size_t t = 0; t < steps; ++t)
    for (size_t k = 0; k < length; ++k)
      states[t * length + k] = t > k ? signal[t - 1 - k] : 0;
  const auto found = memory(states, length, signal, longest);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->curve.size(), longest + 1);
  for (size_t k = 1; k <= length; ++k)
    EXPECT_NEAR(found->curve[k], 1, 1e-9) << k;
  // The present is not in it, nor what left it; 1 / steps by chance.
  EXPECT_LT(found->curve[0], 0.01);
  for (size_t k = length + 1; k <= longest; ++k)
    EXPECT_LT(found->curve[k], 0.01) << k;
  EXPECT_NEAR(found->capacity, length, 0.05);
}

/// x = u(t) + n(t) with equal variances: r^2 is 1/2.
TEST(Liquid, NoiseHalvesTheCorrelation) {
  const RandomStream stream(3, Purpose::Shuffle, 3);
  const size_t steps = 30000;
  std::vector<double> signal(steps), states(steps);
  for (size_t t = 0; t < steps; ++t) {
    signal[t] = stream.normal(t);
    states[t] = signal[t] + stream.normal(t, 1);
  }
  EXPECT_NEAR(memory(states, 1, signal, 3)->curve[0], 0.5, 0.02);
  EXPECT_EQ(memory(std::vector<double>(steps, 1.0), 1, signal, 3)->capacity, 0);
  EXPECT_FALSE(memory(states, 1, std::vector<double>(5), 3));
  EXPECT_FALSE(memory(std::vector<double>(60), 20, std::vector<double>(3), 0));
}

} // namespace
