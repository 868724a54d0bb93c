// Resistance of wires: networks solved by hand, laws that hold for all, and the
// errors of the approximations.

#include "hw-models/imc/Wires.h"
#include "hw-models/imc/Crossbar.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen;
using namespace limen::imchw;

namespace {

std::vector<double> sums(const std::vector<double> &g, uint32_t outputs,
                         uint32_t inputs, const Wires &wires,
                         const std::vector<double> &drives) {
  Result<NodalArray> array = NodalArray::make(g, outputs, inputs, wires);
  EXPECT_TRUE(array) << array.error().text();
  Result<std::vector<double>> out = array->sums(drives, 1);
  EXPECT_TRUE(out);
  return *out;
}

/// Conductances of a dense array, from 0.1 to 1.
std::vector<double> dense(uint32_t outputs, uint32_t inputs) {
  std::vector<double> g;
  for (uint32_t k = 0; k < outputs * inputs; ++k)
    g.push_back(0.1 + 0.9 * double(k * 37 % 101) / 100);
  return g;
}

} // namespace

TEST(Wires, OneCellIsASeriesOfResistances) {
  // 1 / (0.1 + 0.05 + 2 + 0.2 + 0.03)
  const auto y = sums({0.5}, 1, 1, {0.1, 0.2, 0.05, 0.03}, {3});
  EXPECT_NEAR(y[0], 3 / 2.38, 1e-14);
}

TEST(Wires, TwoInputsOnOneOutputMatchTheSolutionByHand) {
  // Only the output line resists: nodes b0, b1 with unit cells and r = 1.
  //   b0: (x0 - b0) = (b0 - b1);  b1: (x1 - b1) + (b0 - b1) = b1
  // With x = (1, 0): b0 = (1 + b1) / 2, 3 b1 = b0 -> b1 = 1/5 = y.
  EXPECT_NEAR(sums({1, 1}, 1, 2, {0, 1}, {1, 0})[0], 0.2, 1e-14);
  // x = (0, 1): 2 b0 = b1, 3 b1 = 1 + b0 -> b1 = 2/5.
  EXPECT_NEAR(sums({1, 1}, 1, 2, {0, 1}, {0, 1})[0], 0.4, 1e-14);
  // Only the input line resists, two outputs on it:
  //   a0: (x - a0) = a0 + (a0 - a1);  a1: a0 - a1 = a1 -> a1 = x/5, a0 = 2x/5.
  const auto y = sums({1, 1}, 2, 1, {1, 0}, {1});
  EXPECT_NEAR(y[0], 0.4, 1e-14);
  EXPECT_NEAR(y[1], 0.2, 1e-14);
}

TEST(Wires, ASupplyLineDropsTowardsItsEnd) {
  // One output, two unit cells, supply r = 1 each, no drop of the output:
  //   I0 = 1 - u0, I1 = 1 - u1, u0 = I0 + I1, u1 = u0 + I1
  //   -> u1 = u0 + 1 - u1, u0 = 2 - u0 - u1 -> u0 = 3/5, u1 = 4/5.
  Wires wires{1, 0, 0, 0, false};
  EXPECT_NEAR(sums({1, 1}, 1, 2, wires, {1, 1})[0], 0.4 + 0.2, 1e-14);
}

TEST(Wires, WithoutResistanceSumsAreProducts) {
  const auto g = dense(3, 4);
  const std::vector<double> x = {1, -0.5, 0.25, 0};
  const auto y = sums(g, 3, 4, {}, x);
  for (uint32_t i = 0; i < 3; ++i) {
    double want = 0;
    for (uint32_t j = 0; j < 4; ++j)
      want += g[i * 4 + j] * x[j];
    EXPECT_NEAR(y[i], want, 1e-14);
  }
}

TEST(Wires, TheTransferMatrixIsTheArray) {
  const auto g = dense(6, 9);
  for (const Wires &wires : {Wires{0.01, 0.02, 0.003, 0.004}, Wires{0.01, 0},
                             Wires{0, 0.01}, Wires{0, 0, 0.1, 0.2}}) {
    Result<NodalArray> array = NodalArray::make(g, 6, 9, wires);
    ASSERT_TRUE(array);
    const std::vector<double> t = *array->transfer();
    std::vector<double> x;
    for (uint32_t j = 0; j < 9; ++j)
      x.push_back(std::cos(j));
    const std::vector<double> y = *array->sums(x, 1);
    for (uint32_t i = 0; i < 6; ++i) {
      double want = 0;
      for (uint32_t j = 0; j < 9; ++j) {
        want += t[i * 9 + j] * x[j];
        EXPECT_LT(t[i * 9 + j], g[i * 9 + j]) << "a wire adds current";
      }
      EXPECT_NEAR(y[i], want, 1e-12);
    }
  }
}

TEST(Wires, ManySweepsReachTheExactSolution) {
  const auto g = dense(20, 30);
  std::vector<double> x;
  for (uint32_t j = 0; j < 30; ++j)
    x.push_back(std::cos(j));
  for (bool fromInput : {true, false}) {
    const Wires wires{2e-4, 1e-4, 1e-3, 2e-3, fromInput};
    const auto exact = sums(g, 20, 30, wires, x);
    double before = INFINITY;
    for (unsigned sweeps : {0u, 1u, 2u, 4u, 40u}) {
      const auto y = sweptSums(g, 20, 30, wires, x, sweeps);
      double error = 0;
      for (uint32_t i = 0; i < 20; ++i)
        error = std::max(error, std::abs(y[i] - exact[i]));
      EXPECT_LT(error, before / 2) << sweeps << " sweeps";
      before = error;
    }
    EXPECT_LT(before, 1e-12);
  }
}

TEST(Wires, TheApproximationErrsToSecondOrder) {
  const auto g = dense(24, 32);
  const auto errorOf = [&](double r) {
    const Wires wires{r, r};
    Result<NodalArray> array = NodalArray::make(g, 24, 32, wires);
    const auto exact = *array->transfer(),
               near = approximateTransfer(g, 24, 32, wires);
    double error = 0, drop = 0;
    for (size_t k = 0; k < g.size(); ++k) {
      error = std::max(error, std::abs(near[k] - exact[k]));
      drop = std::max(drop, std::abs(g[k] - exact[k]));
    }
    EXPECT_LT(error, drop / 3) << "at r = " << r;
    return error;
  };
  // A tenth of the resistance: a hundredth of the error.
  EXPECT_NEAR(errorOf(1e-5) / errorOf(1e-4), 0.01, 0.002);
}

TEST(Wires, RefusesWhatIsNoNetwork) {
  EXPECT_FALSE(NodalArray::make(std::vector<double>{1.0}, 1, 1, {-1, 0}));
  Result<NodalArray> negative =
      NodalArray::make(std::vector<double>{1, 1, -0.5, 1}, 2, 2, {1, 1});
  ASSERT_FALSE(negative);
  EXPECT_NE(negative.error().message.find("output 1 and input 0"),
            std::string::npos);
}

TEST(Wires, ARegionIsBehindTheWireOfItsMacro) {
  // One pair of cells alone: everything is in series. G+ has its own cell, a
  // segment of the column below it, and of the row two to itself (pairs are two
  // cells apart) and those of the columns before it. The approximation takes
  // one line at a time, so that shares are multiplied.
  constexpr double g = 20e-6, row = 3, column = 5;
  for (const imchw::RegionPlace place :
       {imchw::RegionPlace{}, imchw::RegionPlace{100, 300, 411}}) {
    const double in = (2 + place.column) * row,
                 out = (1 + place.below) * column;
    imchw::CellArrays exact{1, 1, {{g}, {g / 2}}}, near = exact;
    ASSERT_TRUE(bool(imchw::addWires({target::WireModel::Exact, row, column},
                                     exact, place)));
    ASSERT_TRUE(bool(imchw::addWires(
        {target::WireModel::Approximate, row, column}, near, place)));
    for (size_t side = 0; side < 2; ++side) {
      const double cell = side == 0 ? g : g / 2;
      EXPECT_NEAR(exact.arrays[side][0], 1 / (1 / cell + in + out), 1e-9 * g);
      EXPECT_NEAR(near.arrays[side][0],
                  cell / (1 + cell * in) / (1 + cell * out), 1e-9 * g);
    }
  }
}

TEST(Wires, TwoRowsShareTheWireBelowThem) {
  // Column wires only: both cells end in node b of the last row, which the wire
  // of (1 + below) segments joins to the converter. Superposition, by hand.
  constexpr double g = 20e-6, r = 50;
  constexpr uint32_t below = 30;
  imchw::CellArrays cells{2, 1, {{g, g}, {g, g}}};
  ASSERT_TRUE(bool(
      imchw::addWires({target::WireModel::Exact, 0, r}, cells, {0, 0, below})));
  const double out = 1 / ((1 + below) * r); // to the converter
  // Row 1 driven: b1 is held by the cell of row 0 behind one segment.
  const double behind = 1 / (1 / g + r);
  const double b1 = g / (g + out + behind);
  EXPECT_NEAR(cells.arrays[0][1], b1 * out, 1e-9 * g);
  // Row 0 driven: its cell and segment feed b1, where row 1 takes current.
  const double b1Of0 = behind / (behind + out + g);
  EXPECT_NEAR(cells.arrays[0][0], b1Of0 * out, 1e-9 * g);
}

TEST(Wires, APairOnOneLineCancelsThere) {
  // One place: a = 0.8 driven with 3, b = 0.3 with -3, and 0.25 to the
  // converter, which sees v / 0.25 of v (a + b + 4) = 3 (a - b).
  Wires wires{0, 0.25};
  wires.interleaved = true;
  EXPECT_NEAR(sums({0.8, 0.3}, 1, 2, wires, {3, -3})[0],
              3 * 0.5 / (1.1 + 4) / 0.25, 1e-14);
  // Lines of their own, or supply lines, are in series with the cells.
  for (bool fromInput : {true, false}) {
    wires.fromInput = fromInput;
    wires.input = 0.1;
    const double a = 0.8 / 1.08, b = 0.3 / 1.03;
    EXPECT_NEAR(sums({0.8, 0.3}, 1, 2, wires, {3, -3})[0],
                3 * (a - b) / (a + b + 4) / 0.25, 1e-14);
  }
}

TEST(Wires, APairWithOneSideIsALineOfItsOwn) {
  const auto g = dense(5, 7);
  std::vector<double> pairs, x, sides;
  for (double cell : g)
    pairs.insert(pairs.end(), {cell, 0});
  for (uint32_t j = 0; j < 7; ++j) {
    x.push_back(std::cos(j));
    sides.insert(sides.end(), {std::cos(j), -std::cos(j)});
  }
  for (bool fromInput : {true, false}) {
    Wires wires{0.02, 0.01, 0.3, 0.2, fromInput};
    const auto alone = sums(g, 5, 7, wires, x);
    wires.interleaved = true;
    const auto paired = sums(pairs, 5, 14, wires, sides);
    for (uint32_t i = 0; i < 5; ++i)
      EXPECT_NEAR(paired[i], alone[i], 1e-12);
  }
  Wires odd{1, 1};
  odd.interleaved = true;
  EXPECT_FALSE(NodalArray::make(std::vector<double>{1.0}, 1, 1, odd));
}

TEST(Wires, TheFirstInputCanHaveSegmentsOfItsOwn) {
  // Outputs do not resist, so that input lines are apart: the first drops as a
  // line of 0.1 + 0.4 alone would, the second as one of 0.1.
  const std::vector<double> g = {0.5, 0.7, 0.9, 0.2};
  for (double each : {0.0, 0.1}) {
    Wires both{each, 0};
    both.firstInput = 0.4;
    const auto y = sums(g, 2, 2, both, {1, 2});
    const auto first = sums({0.5, 0.9}, 2, 1, {each + 0.4, 0}, {1}),
               second = sums({0.7, 0.2}, 2, 1, {each, 0}, {2});
    for (uint32_t i = 0; i < 2; ++i)
      EXPECT_NEAR(y[i], first[i] + second[i], 1e-14);
  }
}
