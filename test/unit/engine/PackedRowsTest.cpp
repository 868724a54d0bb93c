#include "runtime/engine/PackedRows.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::engine;

static network::Rows rowsOf(std::vector<std::vector<network::Synapse>> rows) {
  network::Rows out;
  out.offsets.push_back(0);
  for (const auto &row : rows) {
    out.synapses.insert(out.synapses.end(), row.begin(), row.end());
    out.offsets.push_back(out.synapses.size());
  }
  return out;
}

/// Delivers a spike and returns what each (delay, slot) received.
static std::vector<std::vector<double>> received(const PackedRows &packed,
                                                 uint32_t source, double value,
                                                 uint32_t depth,
                                                 uint64_t slots) {
  std::vector<std::vector<double>> ring(depth, std::vector<double>(slots));
  packed.deliver<double>(source, value,
                         [&](uint32_t delay) { return ring[delay].data(); });
  return ring;
}

TEST(PackedRows, CompactsOnlyWhatItCanRepresent) {
  const network::Rows exact = rowsOf({{{0, 0.5f}, {3, -1.25f}}});
  const network::Rows inexact = rowsOf({{{0, 0.1f}, {3, 100.0f}}});
  EXPECT_TRUE(PackedRows(1, {{&exact, 0, 0}}).isCompact());
  EXPECT_FALSE(PackedRows(1, {{&inexact, 0, 0}}).isCompact());
  // 16 bits hold -32767 ... 32767 units.
  const network::Rows edge = rowsOf({{{0, 32767.0f}, {1, 1.0f}}});
  const network::Rows beyond = rowsOf({{{0, 32769.0f}, {1, 1.0f}}});
  EXPECT_TRUE(PackedRows(1, {{&edge, 0, 0}}).isCompact());
  EXPECT_FALSE(PackedRows(1, {{&beyond, 0, 0}}).isCompact());
}

TEST(PackedRows, DeliversToDelaysAndPartitions) {
  for (const float w : {0.5f, 0.3f}) { // compact and wide
    const network::Rows near = rowsOf({{}, {{1, w}, {2, 2 * w}}});
    const network::Rows far = rowsOf({{{0, w}}, {{0, 4 * w}}});
    const PackedRows packed(
        2, {{&near, 0, 0}, {&far, 70000, 3}, {&near, 65530, 3}});
    EXPECT_EQ(packed.isCompact(), w == 0.5f);
    EXPECT_EQ(packed.fanOut(0), 1u);
    EXPECT_EQ(packed.fanOut(1), 5u);
    const auto ring = received(packed, 1, 2.0, 4, 131072);
    EXPECT_EQ(ring[0][1], 2.0 * w);
    EXPECT_EQ(ring[0][2], 4.0 * w);
    EXPECT_EQ(ring[3][70000], 8.0 * w);
    EXPECT_EQ(ring[3][65531], 2.0 * w);
    EXPECT_EQ(ring[3][65532], 4.0 * w);
    double total = 0;
    for (const auto &slot : ring)
      for (double x : slot)
        total += x;
    EXPECT_NEAR(total, 20.0 * w, 1e-5);
  }
}

/// What a spike of each source adds, in the order in which it is added.
static std::vector<std::vector<float>> stateAfterAll(const PackedRows &packed,
                                                     uint32_t sources,
                                                     uint32_t depth,
                                                     uint64_t slots) {
  std::vector<std::vector<float>> ring(depth, std::vector<float>(slots));
  for (uint32_t source = 0; source < sources; ++source)
    packed.deliver<float>(source, 1.0f + static_cast<float>(source % 7),
                          [&](uint32_t delay) { return ring[delay].data(); });
  return ring;
}

TEST(PackedRows, ExpandedAFewAtATimeAreTheSame) {
  for (const network::Distribution distribution :
       {network::Distribution::Normal, network::Distribution::Constant}) {
    // Two projections whose slots do not ascend, over three partitions; some
    // rows have fewer than 32 synapses, some more.
    std::vector<network::Projection> projections(2);
    for (unsigned p = 0; p < 2; ++p) {
      network::Random random;
      random.distribution = distribution;
      random.a = 0.75;
      random.b = 0.3;
      random.seed = 1;
      random.identity = p;
      random.wiring = network::Wiring::FixedTotal;
      random.number = p == 0 ? 60000 : 3000;
      random.delays =
          network::DelayDraw{network::Distribution::Uniform, 1, 30, 1, 30};
      network::Stage stage;
      stage.kind = random;
      stage.inputs = 300;
      stage.outputs = 90000;
      stage.shortestDelay = 1;
      stage.longestDelay = 30;
      projections[p].stages = {stage};
    }
    const network::Rows first = network::expandRows(projections[0], 1);
    const network::Rows second = network::expandRows(projections[1], 1);
    const PackedRows whole(300, {{&first, 60000, 1}, {&second, 0, 2}}, 1);
    const auto wanted = stateAfterAll(whole, 300, 40, 200000);
    // Against the rows, without packing.
    std::vector<std::vector<double>> plain(40, std::vector<double>(200000));
    uint64_t count = 0;
    for (uint32_t source = 0; source < 300; ++source) {
      const double value = 1 + source % 7;
      for (const network::Synapse &s : first.row(source))
        plain[1 + s.delay][60000 + s.target] += value * s.weight;
      for (const network::Synapse &s : second.row(source))
        plain[2 + s.delay][s.target] += value * s.weight;
      count += whole.fanOut(source);
    }
    EXPECT_EQ(count, 63000u);
    for (size_t d = 0; d < 40; ++d)
      for (size_t i = 0; i < 200000; ++i)
        ASSERT_NEAR(wanted[d][i], plain[d][i], 1e-4) << d << " " << i;
    for (unsigned threads : {1u, 3u}) {
      const network::RowExpander a(projections[0], threads),
          b(projections[1], threads);
      const PackedRows packed(
          300, {{nullptr, 60000, 1, &a}, {nullptr, 0, 2, &b}}, threads);
      EXPECT_EQ(packed.isCompact(), whole.isCompact());
      EXPECT_EQ(packed.isCompact(),
                distribution == network::Distribution::Constant);
      EXPECT_EQ(packed.bytes(), whole.bytes());
      EXPECT_EQ(stateAfterAll(packed, 300, 40, 200000), wanted);
    }
  }
}

TEST(PackedRows, WideSynapsesTakeSixBytes) {
  network::Rows rows;
  rows.offsets = {0, 1000};
  for (uint32_t k = 0; k < 1000; ++k)
    rows.synapses.push_back({k, 0.1f + static_cast<float>(k)});
  const PackedRows packed(1, {{&rows, 0, 0}});
  EXPECT_FALSE(packed.isCompact());
  EXPECT_LE(packed.bytes(), 6000u + 12 + 16);
}
