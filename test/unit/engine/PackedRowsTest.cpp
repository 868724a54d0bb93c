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
