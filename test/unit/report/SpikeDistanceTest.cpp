// Distances of spike trains against closed forms, integrals and the plain
// dynamic programme.

#include "runtime/report/SpikeDistance.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace limen::report;

namespace {

using Steps = std::vector<uint32_t>;

Steps randomTrain(std::mt19937 &generator, size_t most, uint32_t steps) {
  Steps train(generator() % (most + 1));
  for (uint32_t &time : train)
    time = static_cast<uint32_t>(generator() % steps);
  std::sort(train.begin(), train.end());
  return train;
}

/// The integral of the definition, exactly: between two spikes the difference
/// of the traces decays, so its square integrates to a closed form.
double integral(const Steps &a, const Steps &b, double tau) {
  std::vector<std::pair<double, double>> jumps;
  for (uint32_t t : a)
    jumps.push_back({t, 1});
  for (uint32_t t : b)
    jumps.push_back({t, -1});
  std::sort(jumps.begin(), jumps.end());
  double sum = 0;
  for (size_t k = 0; k < jumps.size(); ++k) {
    // f at the jump, from all spikes so far: O(n^2) on purpose.
    double f = 0;
    for (size_t i = 0; i <= k; ++i)
      f += jumps[i].second * std::exp(-(jumps[k].first - jumps[i].first) / tau);
    const double decayed =
        k + 1 < jumps.size()
            ? std::exp(-2 * (jumps[k + 1].first - jumps[k].first) / tau)
            : 0;
    sum += f * f / 2 * (1 - decayed);
  }
  return sum;
}

/// The table of Victor and Purpura, in full.
double editCost(const Steps &a, const Steps &b, double cost) {
  std::vector<std::vector<double>> table(a.size() + 1,
                                         std::vector<double>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = static_cast<double>(i + j);
        continue;
      }
      const double move = cost * std::abs(double(a[i - 1]) - double(b[j - 1]));
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1,
                              table[i - 1][j - 1] + move});
    }
  return table[a.size()][b.size()];
}

} // namespace

TEST(SpikeDistance, TwoSingleSpikes) {
  for (const uint32_t dt : {0u, 1u, 5u, 40u, 1000u})
    for (const double tau : {0.5, 10.0, 200.0}) {
      EXPECT_NEAR(vanRossum(Steps{7}, Steps{7 + dt}, tau),
                  1 - std::exp(-double(dt) / tau), 1e-12);
      EXPECT_NEAR(vanRossum(Steps{7 + dt}, Steps{7}, tau),
                  1 - std::exp(-double(dt) / tau), 1e-12);
    }
  EXPECT_DOUBLE_EQ(vanRossum(Steps{3}, {}, 10), 0.5);
  for (const uint32_t dt : {0u, 1u, 5u, 40u})
    for (const double q : {0.0, 0.01, 0.1, 1.0, 3.0})
      EXPECT_NEAR(victorPurpura(Steps{7}, Steps{7 + dt}, q),
                  std::min(q * dt, 2.0), 1e-12);
  EXPECT_EQ(victorPurpura(Steps{1, 2, 3}, {}, 0.1), 3);
  EXPECT_EQ(victorPurpura(Steps{1, 2, 3}, Steps{900}, 0), 2);
}

TEST(SpikeDistance, VanRossumIsTheIntegral) {
  std::mt19937 generator(1);
  for (int round = 0; round < 200; ++round) {
    const Steps a = randomTrain(generator, 60, 300);
    const Steps b = randomTrain(generator, 60, 300);
    for (const double tau : {1.0, 12.5, 400.0}) {
      const double wanted = integral(a, b, tau);
      EXPECT_NEAR(vanRossum(a, b, tau), wanted, 1e-9 * (1 + wanted));
      EXPECT_EQ(vanRossum(a, a, tau), 0);
      EXPECT_DOUBLE_EQ(vanRossum(a, b, tau), vanRossum(b, a, tau));
    }
  }
}

TEST(SpikeDistance, VictorPurpuraIsTheLeastCost) {
  std::mt19937 generator(2);
  for (int round = 0; round < 300; ++round) {
    // Dense and sparse trains, with several spikes in one step.
    const uint32_t steps = round % 2 ? 40 : 500;
    const Steps a = randomTrain(generator, 50, steps);
    const Steps b = randomTrain(generator, 50, steps);
    for (const double q : {0.0, 0.005, 0.1, 0.5, 1.0, 1.9, 2.5}) {
      EXPECT_NEAR(victorPurpura(a, b, q), editCost(a, b, q), 1e-9) << q;
      EXPECT_NEAR(victorPurpura(b, a, q), editCost(a, b, q), 1e-9) << q;
    }
  }
}

TEST(SpikeDistance, LongTrainsAreCheap) {
  // A full table would have 10^10 entries.
  Steps a, b;
  for (uint32_t i = 0; i < 100000; ++i) {
    a.push_back(10 * i);
    b.push_back(10 * i + 1);
  }
  EXPECT_NEAR(victorPurpura(a, b, 0.25), 25000, 1e-6);
  EXPECT_EQ(coincidences(a, b, 0), 0u);
  EXPECT_EQ(coincidences(a, b, 1), 100000u);
  EXPECT_GT(vanRossum(a, b, 10), 0);
}

TEST(SpikeDistance, CoincidencesAreTheLargestMatching) {
  std::mt19937 generator(3);
  for (int round = 0; round < 200; ++round) {
    const Steps a = randomTrain(generator, 25, 60);
    const Steps b = randomTrain(generator, 25, 60);
    for (const uint32_t window : {0u, 1u, 4u}) {
      // The longest common subsequence under "at most `window` apart".
      std::vector<std::vector<uint64_t>> most(
          a.size() + 1, std::vector<uint64_t>(b.size() + 1));
      for (size_t i = 1; i <= a.size(); ++i)
        for (size_t j = 1; j <= b.size(); ++j) {
          const bool near =
              (a[i - 1] > b[j - 1] ? a[i - 1] - b[j - 1]
                                   : b[j - 1] - a[i - 1]) <= window;
          most[i][j] = std::max(
              {most[i - 1][j], most[i][j - 1], most[i - 1][j - 1] + near});
        }
      EXPECT_EQ(coincidences(a, b, window), most[a.size()][b.size()]);
    }
  }
}
