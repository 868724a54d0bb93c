// Rows do not depend on how their sources are shared out or on threads.

#include "runtime/network/Rows.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <tuple>

using namespace limen::network;

namespace {

Projection projectionOf(Wiring wiring, int64_t inputs, int64_t outputs) {
  Random random;
  random.distribution = Distribution::Normal;
  random.a = 0.5;
  random.b = 0.5;
  random.low = 0; // some are drawn again
  random.seed = 9;
  random.identity = 4;
  random.wiring = wiring;
  random.number = wiring == Wiring::FixedTotal ? 100000 : 100;
  random.density = 0.05;
  random.scale = 0.1;
  random.from = {inputs};
  random.to = {outputs};
  random.autapses = false;
  random.delays = DelayDraw{Distribution::Normal, 4, 2, 1, 9};
  Stage stage;
  stage.kind = random;
  stage.inputs = inputs;
  stage.outputs = outputs;
  stage.shortestDelay = 1;
  stage.longestDelay = 9;
  Projection projection;
  projection.stages = {stage};
  return projection;
}

using Entry = std::tuple<uint32_t, float, uint32_t>;

std::vector<Entry> entries(std::span<const Synapse> row) {
  std::vector<Entry> out;
  for (const Synapse &s : row)
    out.emplace_back(s.target, s.weight, s.delay);
  return out;
}

void expectEqual(const Rows &a, const Rows &b) {
  ASSERT_EQ(a.offsets, b.offsets);
  for (uint32_t s = 0; s < a.sources(); ++s)
    ASSERT_EQ(entries(a.row(s)), entries(b.row(s))) << s;
}

constexpr Wiring wirings[] = {Wiring::Pairwise,      Wiring::FixedTotal,
                              Wiring::FixedInDegree, Wiring::FixedOutDegree,
                              Wiring::Gaussian,      Wiring::OneToOne};

} // namespace

TEST(Expander, RowsDoNotDependOnThreads) {
  for (Wiring wiring : wirings) {
    const Projection projection = projectionOf(wiring, 800, 900);
    const Rows one = expandRows(projection, 1);
    ASSERT_GT(one.synapses.size(), 700u);
    expectEqual(one, expandRows(projection, 3));
    expectEqual(one, expandRows(projection, 8));
  }
}

TEST(Expander, RangesGiveTheSameRowsAndAscendingOnesAreSorted) {
  for (Wiring wiring : wirings) {
    const Projection projection = projectionOf(wiring, 500, 700);
    const Rows all = expandRows(projection, 1);
    const RowExpander expander(projection, 2);
    Rows part, loose;
    for (uint32_t first = 0; first < 500; first += 37) {
      const uint32_t last = std::min(500u, first + 37);
      expander.expand(first, last, true, part);
      expander.expand(first, last, false, loose);
      ASSERT_EQ(part.sources(), last - first);
      ASSERT_EQ(loose.offsets, part.offsets);
      for (uint32_t s = first; s < last; ++s) {
        const std::vector<Entry> row = entries(all.row(s));
        ASSERT_EQ(entries(part.row(s - first)), row);
        ASSERT_TRUE(std::is_sorted(row.begin(), row.end(),
                                   [](const Entry &a, const Entry &b) {
                                     return std::get<0>(a) < std::get<0>(b);
                                   }));
        // The synapses of one pair keep their sequence.
        std::vector<Entry> other = entries(loose.row(s - first));
        std::stable_sort(other.begin(), other.end(),
                         [](const Entry &a, const Entry &b) {
                           return std::get<0>(a) < std::get<0>(b);
                         });
        ASSERT_EQ(other, row);
      }
      expander.release(first, last);
    }
  }
}

TEST(Expander, RowsEndWhereTheyShouldWhenSynapsesAreLeftOut) {
  // Half of the draws end at 0, which is no synapse; some rows have none.
  Projection projection = projectionOf(Wiring::FixedTotal, 500, 500);
  Random &random = std::get<Random>(projection.stages[0].kind);
  random.number = 1000;
  random.distribution = Distribution::Uniform;
  random.a = -3;
  random.b = -1;
  random.low = 0; // never reached: clamped to 0
  EXPECT_TRUE(expandRows(projection, 1).synapses.empty());
  EXPECT_EQ(expandRows(projection, 1).sources(), 500u);
  random.low = -2;
  random.high = 0;
  const Rows rows = expandRows(projection, 2);
  EXPECT_EQ(rows.synapses.size(), 1000u);
  EXPECT_EQ(rows.offsets.back(), 1000u);
  size_t without = 0;
  for (uint32_t s = 0; s < 500; ++s)
    without += rows.row(s).empty();
  EXPECT_NEAR(without, 500 * std::exp(-2.0), 40);
}

TEST(Expander, KnowsTheWeightOfConstants) {
  Projection projection = projectionOf(Wiring::FixedTotal, 50, 50);
  Random &random = std::get<Random>(projection.stages[0].kind);
  EXPECT_FALSE(RowExpander(projection).weights());
  random.distribution = Distribution::Constant;
  random.gain = 3;
  random.high = 1;
  const auto weights = RowExpander(projection).weights();
  ASSERT_TRUE(weights);
  ASSERT_EQ(weights->size(), 1u);
  for (const Synapse &synapse : expandRows(projection).synapses)
    ASSERT_EQ(synapse.weight, (*weights)[0]);
}
