// Ways through routing tables and loads of links, by hand.

#include "hw-models/spin/core/Trees.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::spinhw;
using target::Chip;

namespace {

/// Key 1 goes from (0, 0) east to (2, 0), core 3 there and on (1, 0), by
/// default routing through (1, 0) for key 2.
struct Grid : testing::Test {
  spin::noc::Topology board = spin::noc::makeBoard();
  target::RoutingTables tables = {
      {{0, 0}, {{1, ~0u, 1u | target::coreBit(2)}, {2, ~0u, 1u}}},
      {{1, 0}, {{1, ~0u, 1u | target::coreBit(3)}}},
      {{2, 0}, {{1, ~0u, target::coreBit(3)}, {2, ~0u, target::coreBit(9)}}}};
};

} // namespace

TEST_F(Grid, TreesFollowTablesAndDefaultRoutes) {
  const Tree one = growTree(board, tables, {0, 0}, 1);
  ASSERT_EQ(one.leaves.size(), 3u);
  EXPECT_EQ(one.leaves[0].core, (target::CoreId{{0, 0}, 2}));
  EXPECT_EQ(one.leaves[0].branch, -1);
  EXPECT_EQ(one.leaves[2].core, (target::CoreId{{2, 0}, 3}));
  EXPECT_EQ(one.leaves[2].hops, 2u);
  EXPECT_EQ(one.branches.size(), 2u);
  EXPECT_EQ(one.branches[1].parent, 0);
  const Tree two = growTree(board, tables, {0, 0}, 2);
  ASSERT_EQ(two.leaves.size(), 1u);
  EXPECT_EQ(two.leaves[0].core, (target::CoreId{{2, 0}, 9}));
  EXPECT_EQ(two.branches[1].link, one.branches[1].link);
}

TEST_F(Grid, LinksHoldUpWhatComesTooFastAndLoseWhatATickCannotPass) {
  const Tree one = growTree(board, tables, {0, 0}, 1);
  LinkLoads loads(board, 30, 60);
  // 11 packets in 200 cycles: the last leaves at 300.
  loads.add(one, 11, 100, 300);
  EXPECT_EQ(loads.delay(one, one.leaves[0], 300), 0u);
  EXPECT_EQ(loads.delay(one, one.leaves[2], 300), 100u);
  EXPECT_EQ(loads.delay(one, one.leaves[2], 200), 50u);
  EXPECT_EQ(loads.longestDelay(), 100u);
  EXPECT_EQ(loads.loss(one.branches[0].link, 1000), 0);
  EXPECT_DOUBLE_EQ(loads.loss(one.branches[0].link, 165), 0.5);
  EXPECT_EQ(loads.lost(one.branches[0].link, 110), 7u);
  // A second sender on the same link.
  const Tree two = growTree(board, tables, {0, 0}, 2);
  loads.add(two, 10, 0, 50);
  EXPECT_EQ(loads.longestDelay(), 20u * 30 - 300);
  loads.clear();
  EXPECT_EQ(loads.longestDelay(), 0u);
  EXPECT_TRUE(loads.used().empty());
}
