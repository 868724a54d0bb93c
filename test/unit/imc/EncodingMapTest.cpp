// Weights of written regions in every encoding: back from the cells bit for
// bit, cells and columns counted by hand, damage seen, nonsense refused.

#include "compiler/Mapping/ImcTiling.h"
#include "test/unit/imc/Nets.h"
#include "test/unit/imc/Support.h"

using namespace limen;
using namespace limen::mapping;

namespace {

struct Case {
  const char *name;
  std::vector<std::string> overrides;
  unsigned cells;    ///< of a weight
  unsigned columns;  ///< of a tile beside its weights
  double levels = 0; ///< steps from 0 to the largest weight; 0: any weight
};

std::vector<Case> everyEncoding() {
  const std::string bits = "array.weight_bits=8", unsignedAdc = "adc.kind=sar";
  return {
      {"one sided", {"weights.encoding=one_sided"}, 2, 0},
      {"one sided, levels", {"device.cell_bits=4"}, 2, 0, 15},
      {"two sided", {"weights.encoding=two_sided"}, 2, 0},
      // G = (1 +- w) / 2 on 15 steps: every second of 15 steps of w.
      {"two sided, levels",
       {"weights.encoding=two_sided", "device.cell_bits=4"},
       2,
       0,
       7.5},
      {"offset", {"weights.encoding=offset", unsignedAdc}, 1, 0},
      {"offset, levels",
       {"weights.encoding=offset", unsignedAdc, "device.cell_bits=5"},
       1,
       0,
       15},
      {"unit column",
       {"weights.encoding=offset", "weights.offset=unit_column", unsignedAdc},
       1,
       1},
      {"pairs of 7 single bits",
       {"weights.encoding=sliced_pairs", bits, "device.cell_bits=1"},
       14,
       0,
       127},
      {"pairs of 4 slices",
       {"weights.encoding=sliced_pairs", bits, "device.cell_bits=2"},
       8,
       0,
       127},
      {"8 single bits",
       {"weights.encoding=sliced_offset", bits, "device.cell_bits=1",
        unsignedAdc},
       8,
       0,
       127},
      {"4 slices, unit column, cells with levels to spare",
       {"weights.encoding=sliced_offset", bits, "device.cell_bits=4",
        "weights.slices=4", "weights.offset=unit_column", unsignedAdc},
       4,
       4,
       127},
      {"3 slices with a bit left over, any level",
       {"weights.encoding=sliced_offset", bits, "weights.slices=3",
        unsignedAdc},
       3,
       0,
       127}};
}

std::vector<std::vector<double>> targetsOf(const network::Network &net,
                                           const target::ImcMacro &machine,
                                           const ImcPlan &plan) {
  std::vector<std::vector<double>> cells;
  for (const ImcTile &tile : plan.tiles) {
    cells.push_back(cellTargets(net, machine, plan, tile));
    auto proved = verifyCells(net, machine, plan, tile, cells.back());
    EXPECT_TRUE(bool(proved)) << proved.error().text();
  }
  return cells;
}

Net denseNet(int64_t in, int64_t out, double levels) {
  Net net;
  const unsigned source = net.node("in", in, true);
  const unsigned target = net.node("out", out);
  net.project(source, target, {net.dense(in, out, levels)});
  return net;
}

std::string refusal(std::vector<std::string> overrides) {
  auto target = target::loadDocument("rram-40nm", overrides);
  EXPECT_TRUE(bool(target));
  auto machine = target::ImcMacro::parse(target->document);
  return machine ? "" : machine.error().text();
}

} // namespace

TEST(EncodingMap, WeightsComeBackBitForBit) {
  for (const Case &c : everyEncoding())
    for (bool small : {false, true}) {
      SCOPED_TRACE(c.name);
      std::vector<std::string> overrides = c.overrides;
      // Small macros cut the matrix both ways.
      if (small)
        overrides.insert(overrides.end(),
                         {"array.rows=64", "array.cols=64", "macros=2000",
                          "array.max_active_rows=64"});
      const target::ImcMacro machine = imcMachine(overrides);
      // Levels of 7.5 steps: multiples of 2 / 15 through the ends.
      const double levels = c.levels == 7.5 ? 15 : c.levels;
      Net net = denseNet(90, 40, levels);
      auto &dense = std::get<network::Dense>(net.projections[0].stages[0].kind);
      if (c.levels == 7.5) {
        std::vector<float> odd(dense.weights.values.begin(),
                               dense.weights.values.end());
        for (float &w : odd)
          w = static_cast<float>(
              (2 * std::floor((double(w) * 15 + 15) / 2 + 0.25) - 15) / 15);
        dense.weights = network::Array<float>::own(std::move(odd));
      }
      auto plan = mapToMacros(net, machine);
      ASSERT_TRUE(bool(plan)) << plan.error().text();
      auto proved = verifyImc(net, machine, *plan);
      ASSERT_TRUE(bool(proved)) << proved.error().text();
      const auto cells = targetsOf(net, machine, *plan);
      const std::vector<float> found =
          recoverWeights(net, machine, *plan, cells, 0, 0);
      ASSERT_EQ(found.size(), size_t(90 * 40));
      for (size_t row = 0; row < 90; ++row)
        for (size_t column = 0; column < 40; ++column)
          ASSERT_EQ(found[row * 40 + column], dense.weights[column * 90 + row])
              << row << " " << column;
      // Cells by hand.
      uint64_t wanted = 0;
      const uint32_t width =
          small ? (64 - c.columns) / c.cells : (512 - c.columns) / c.cells;
      const uint32_t columnTiles = (40 + width - 1) / width;
      wanted = 90 * (40 * c.cells + columnTiles * c.columns);
      EXPECT_EQ(plan->cells(false), wanted);
    }
}

TEST(EncodingMap, WeightsBetweenLevelsAreRoundedByHalfAStep) {
  for (const Case &c : everyEncoding()) {
    if (c.levels == 0)
      continue;
    SCOPED_TRACE(c.name);
    const target::ImcMacro machine = imcMachine(c.overrides);
    const Net net = denseNet(50, 20, 0);
    auto plan = mapToMacros(net, machine);
    ASSERT_TRUE(bool(plan));
    const auto found = recoverWeights(net, machine, *plan,
                                      targetsOf(net, machine, *plan), 0, 0);
    const auto &dense =
        std::get<network::Dense>(net.projections[0].stages[0].kind);
    const double largest = plan->groups[0].largest;
    double worst = 0;
    for (size_t row = 0; row < 50; ++row)
      for (size_t column = 0; column < 20; ++column)
        worst =
            std::max(worst, std::abs(double(found[row * 20 + column]) -
                                     double(dense.weights[column * 50 + row])));
    EXPECT_LE(worst, 0.5 * largest / c.levels * (1 + 1e-6));
    EXPECT_GT(worst, 0.2 * largest / c.levels);
  }
}

TEST(EncodingMap, VerifierSeesACellThatIsNotWhatItShouldBe) {
  for (const Case &c : everyEncoding()) {
    SCOPED_TRACE(c.name);
    const target::ImcMacro machine = imcMachine(c.overrides);
    const Net net = denseNet(12, 6, c.levels == 7.5 ? 0 : c.levels);
    auto plan = mapToMacros(net, machine);
    ASSERT_TRUE(bool(plan));
    const ImcTile &tile = plan->tiles[0];
    const auto good = cellTargets(net, machine, *plan, tile);
    const double low = machine.device.gMin.value(),
                 high = machine.device.gMax.value();
    // Each cell moved by three quarters of the range.
    for (size_t k = 0; k < good.size(); ++k) {
      std::vector<double> cells = good;
      const double share = (cells[k] - low) / (high - low);
      cells[k] += (share > 0.5 ? -0.75 : 0.75) * (high - low);
      cells[k] = std::clamp(cells[k], low, high);
      auto proved = verifyCells(net, machine, *plan, tile, cells);
      ASSERT_FALSE(proved) << "cell " << k;
      EXPECT_NE(proved.error().text().find("was wanted"), std::string::npos);
    }
    std::vector<double> cells = good;
    cells[3] = high * 1.5;
    auto proved = verifyCells(net, machine, *plan, tile, cells);
    ASSERT_FALSE(proved);
    EXPECT_NE(proved.error().text().find("cells have 100 nS to 20 uS"),
              std::string::npos)
        << proved.error().text();
    cells = good;
    cells.pop_back();
    EXPECT_FALSE(verifyCells(net, machine, *plan, tile, cells));
  }
}

TEST(EncodingMap, WorstCaseSumsAreThoseOfTheCells) {
  Net net;
  const unsigned in = net.node("in", 4, true);
  const unsigned out = net.node("out", 1);
  net.project(
      in, out,
      {{network::Dense{network::Array<float>::own({1, -5, 3, 2})}, 4, 1, {}}});
  const auto worst = [&](std::vector<std::string> overrides, unsigned rows,
                         bool signedDrive = false) {
    const target::ImcMacro machine = imcMachine(overrides);
    auto plan = mapToMacros(net, machine);
    EXPECT_TRUE(bool(plan));
    const ImcTile &tile = plan->tiles[0];
    return worstCaseSiemens(plan->groups[0], tile,
                            cellTargets(net, machine, *plan, tile), rows,
                            machine.adc.subtractInArray, signedDrive) *
           1e6;
  };
  // A weight of 5 is 19.9 uS; 1 + 3 + 2 of one sign, 5 + 3 of both.
  EXPECT_NEAR(worst({}, 4), 6 * 19.9 / 5, 1e-9);
  EXPECT_NEAR(worst({}, 2), 19.9, 1e-9);
  EXPECT_NEAR(worst({}, 2, true), 8 * 19.9 / 5, 1e-9);
  // G+ and G- by themselves: 6 / 5 above three cells at 0.1 uS, 5 / 5 at one.
  EXPECT_NEAR(worst({"adc.kind=sar", "adc.subtract=digital"}, 4),
              6 * 19.9 / 5 + 0.4, 1e-9);
  // (1 + w / 5) / 2 of the range each.
  EXPECT_NEAR(worst({"adc.kind=sar", "weights.encoding=offset"}, 4),
              19.9 * (0.6 + 0 + 0.8 + 0.7) + 0.4, 1e-9);
}

TEST(EncodingMap, RefusesWhatCellsAndConvertersCannotDo) {
  const auto expect = [](std::vector<std::string> overrides, const char *text) {
    EXPECT_NE(refusal(overrides).find(text), std::string::npos)
        << refusal(overrides);
  };
  expect({"weights.encoding=offset"},
         "an offset encoding with a sign_magnitude converter");
  expect({"weights.encoding=offset", "adc.kind=sar", "device.cell_bits=1"},
         "needs cells of more than 2 levels");
  expect({"weights.encoding=sliced_pairs"},
         "'slices' is 0, the fewest that fit");
  expect({"weights.encoding=sliced_pairs", "weights.slices=9",
          "array.weight_bits=8"},
         "'slices' is 9; weights have 8 bits");
  expect({"weights.encoding=sliced_pairs", "weights.slices=4",
          "array.weight_bits=8", "device.cell_bits=3"},
         "a slice holds 2 bits; the 8 levels of a 3-bit cell do not contain "
         "its 4");
  expect({"weights.encoding=sliced_pairs", "device.cell_bits=1",
          "array.weight_bits=8", "array.cols=12"},
         "a weight takes 14 columns; a macro has 12");
  expect({"drive.kind=bit_serial", "drive.bits=0"}, "'bits' is 0; at least 1");
  expect({"drive.kind=levels", "drive.bits=0"},
         "'range' is 'counts' with ideal drivers");
  expect({"drive.sign=on"}, "'sign' is 'on' with 'kind' 'pulses'");
  expect({"adc.range=granular"}, "sums have no smallest step");
  EXPECT_EQ(refusal({"drive.kind=levels", "drive.bits=4"}), "");
}
