// Networks onto macros: cells counted by hand, the inverse, the refusals.

#include "compiler/Mapping/ImcTiling.h"
#include "test/unit/imc/Nets.h"
#include "test/unit/imc/Support.h"

#include <numeric>

using namespace limen;
using namespace limen::mapping;

namespace {

void expectInverse(const network::Network &net,
                   const target::ImcMacro &machine) {
  auto plan = mapToMacros(net, machine);
  ASSERT_TRUE(bool(plan)) << plan.error().text();
  auto proved = verifyImc(net, machine, *plan);
  ASSERT_TRUE(bool(proved)) << proved.error().text();
  std::vector<std::vector<double>> cells;
  for (const ImcTile &tile : plan->tiles) {
    cells.emplace_back();
    if (plan->groups[tile.group].formed)
      continue;
    cells.back() = cellTargets(net, machine, *plan, tile);
    auto same = verifyCells(net, machine, *plan, tile, cells.back());
    EXPECT_TRUE(bool(same)) << same.error().text();
  }
  for (unsigned p = 0; p < net.projections.size(); ++p) {
    const network::Stage &stage = net.projections[p].stages.back();
    // What forming makes of cells is not a target.
    if (!network::hasMatrix(stage) ||
        std::holds_alternative<network::Random>(stage.kind))
      continue;
    const auto [rows, columns] = network::matrixShape(stage);
    for (unsigned m = 0; m < network::matrixCount(stage); ++m) {
      std::vector<float> wanted(size_t(rows) * columns, 0.0f);
      for (uint32_t row = 0; row < rows; ++row)
        network::visitRow(stage, m, row, [&](uint32_t column, float weight) {
          wanted[size_t(row) * columns + column] = weight;
        });
      EXPECT_EQ(recoverWeights(net, machine, *plan, cells, p, m), wanted)
          << "projection " << p << " matrix " << m;
    }
  }
}

} // namespace

TEST(Tiling, LiquidOf200Takes182400CellsOfOneMacro) {
  Net net;
  addLiquid(net, 256, 200, 0.01, 0.01);
  auto plan = mapToMacros(net, imcMachine());
  ASSERT_TRUE(bool(plan)) << plan.error().text();
  EXPECT_EQ(plan->macros, 1u);
  ASSERT_EQ(plan->groups.size(), 1u);
  EXPECT_EQ(plan->groups[0].rows, 456u);
  EXPECT_EQ(plan->cells(true), 182400u);
  EXPECT_EQ(plan->cells(false), 0u);
}

TEST(Tiling, TwoLiquidsTogetherNeedASecondMacro) {
  Net net;
  addLiquid(net, 256, 200, 0.01, 0.01);
  addLiquid(net, 64, 200, 0.01, 0.01, 3);
  auto plan = mapToMacros(net, imcMachine());
  ASSERT_TRUE(bool(plan)) << plan.error().text();
  EXPECT_EQ(plan->cells(true), 182400u + 105600u);
  EXPECT_EQ(plan->macros, 2u);

  auto refused = mapToMacros(net, imcMachine({"macros=1"}));
  ASSERT_FALSE(refused);
  const std::string text = refused.error().text();
  EXPECT_NE(text.find("needs 2 macros (288000 cells)"), std::string::npos)
      << text;
  EXPECT_NE(text.find("has 1 (262144 cells)"), std::string::npos) << text;
  EXPECT_NE(text.find("456 x 200 weights in 182400 cells"), std::string::npos)
      << text;
}

TEST(Tiling, DifferentGainsAreReadSeparately) {
  // The digital side scales a column once: rows of two gains share no column.
  Net net;
  addLiquid(net, 256, 200, 0.02, 0.005);
  auto plan = mapToMacros(net, imcMachine());
  ASSERT_TRUE(bool(plan)) << plan.error().text();
  EXPECT_EQ(plan->groups.size(), 2u);
  EXPECT_EQ(plan->cells(true), 182400u);
}

TEST(Tiling, WeightsComeBackFromTheCells) {
  Net net;
  const unsigned in = net.node("in", 700, true);
  const unsigned a = net.node("a", 300);
  const unsigned b = net.node("b", 40);
  net.project(in, a, {net.dense(700, 300)});
  net.project(a, a, {net.dense(300, 300)}).delay = 1;
  net.project(a, b, {net.dense(300, 40)});
  net.project(in, b, {Net::formed(700, 40, 0.1, 3)});
  expectInverse(net, imcMachine());
  // Small macros cut every matrix both ways.
  expectInverse(net, imcMachine({"array.rows=64", "array.cols=32",
                                 "macros=2000", "array.max_active_rows=64"}));
}

TEST(Tiling, GroupedConvolutionIsOneKernelMatrixPerGroup) {
  Net net;
  const unsigned in = net.node("in", 4 * 6 * 6, true);
  const unsigned out = net.node("out", 8 * 4 * 4);
  std::vector<float> weights(8 * 2 * 3 * 3);
  std::iota(weights.begin(), weights.end(), 1.0f);
  network::Conv2d conv;
  conv.weights = network::Array<float>::own(std::move(weights));
  conv.in = {4, 6, 6};
  conv.out = {8, 4, 4};
  conv.kernel = {3, 3};
  conv.stride = {1, 1};
  conv.padding = {0, 0};
  conv.dilation = {1, 1};
  conv.groups = 2;
  net.project(in, out, {{conv, 4 * 36, 8 * 16, {}}});
  auto plan = mapToMacros(net, imcMachine());
  ASSERT_TRUE(bool(plan)) << plan.error().text();
  ASSERT_EQ(plan->groups.size(), 2u);
  for (const ImcGroup &group : plan->groups) {
    EXPECT_EQ(group.rows, 18u);
    EXPECT_EQ(group.columns, 4u);
    EXPECT_EQ(group.positions, 16);
  }
  expectInverse(net, imcMachine());
}

TEST(Tiling, WorstCaseSumTakesTheLargestRowsOfOneSign) {
  Net net;
  const unsigned in = net.node("in", 4, true);
  const unsigned out = net.node("out", 1);
  net.project(
      in, out,
      {{network::Dense{network::Array<float>::own({1, -5, 3, 2})}, 4, 1, {}}});
  auto plan = mapToMacros(net, imcMachine());
  ASSERT_TRUE(bool(plan));
  EXPECT_EQ(worstCaseSum(net, *plan, plan->tiles[0], 4), 6);
  EXPECT_EQ(worstCaseSum(net, *plan, plan->tiles[0], 2), 5);
  EXPECT_EQ(worstCaseSum(net, *plan, plan->tiles[0], 1), 5);
}

TEST(Tiling, RefusesWhatRowsCannotCarry) {
  Net net;
  const unsigned in = net.node("in", 8, true);
  const unsigned out = net.node("out", 8);
  net.project(in, out, {net.dense(8, 8), net.dense(8, 8)});
  auto plan = mapToMacros(net, imcMachine());
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error().text().find("stage 1 (dense) comes after stage 0"),
            std::string::npos)
      << plan.error().text();

  Net values;
  const unsigned source = values.node("in", 8, true);
  const unsigned li = values.node("li", 8);
  values.nodes[li].model.spiking = false;
  values.project(source, li, {values.dense(8, 8)});
  values.project(li, values.node("out", 8), {values.dense(8, 8)});
  auto refused = mapToMacros(values, imcMachine());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("gives values, not spikes"),
            std::string::npos);
}

TEST(Tiling, VerifierSeesEveryKindOfDamage) {
  Net net;
  const unsigned in = net.node("in", 600, true);
  net.project(in, net.node("out", 40), {net.dense(600, 40)});
  const target::ImcMacro machine = imcMachine();
  const auto good = mapToMacros(net, machine);
  ASSERT_TRUE(bool(good));
  ASSERT_GE(good->tiles.size(), 2u);
  const auto failsWith = [&](ImcPlan plan, const std::string &text) {
    auto proved = verifyImc(net, machine, plan);
    ASSERT_FALSE(proved) << text;
    EXPECT_NE(proved.error().text().find(text), std::string::npos)
        << proved.error().text();
  };
  ImcPlan plan = *good;
  plan.tiles[0].row = 100;
  failsWith(plan, "reaches cell (612, 80)");
  plan = *good;
  plan.tiles[1].macro = plan.tiles[0].macro;
  plan.tiles[1].row = plan.tiles[0].row;
  plan.tiles[1].column = plan.tiles[0].column;
  failsWith(plan, "overlap");
  plan = *good;
  plan.tiles.pop_back();
  failsWith(plan, "is placed 0 times");
  plan = *good;
  plan.tiles[1].groupRow = 0;
  failsWith(plan, "is placed 2 times");
  plan = *good;
  plan.groups[0].blocks.clear();
  failsWith(plan, "has 0 rows in cells; 600 were wanted");
}
