// What devices make of conductances: published moments, laws by hand, and that
// each effect can be switched by itself.

#include "hw-models/imc/Cells.h"
#include "hw-models/imc/Crossbar.h"
#include "test/unit/imc/Support.h"

#include <cmath>

using namespace limen;
using namespace limen::imchw;

namespace {

target::ImcDevice device(std::vector<std::string> settings) {
  settings.push_back("device.read_noise=0");
  return imcMachine(settings).device;
}

struct Moments {
  double mean = 0, sigma = 0;
};

template <typename Draw> Moments momentsOf(uint32_t count, Draw draw) {
  double sum = 0, square = 0;
  for (uint32_t k = 0; k < count; ++k) {
    const double value = draw(k);
    sum += value;
    square += value * value;
  }
  const double mean = sum / count;
  return {mean, std::sqrt(square / count - mean * mean)};
}

/// Target, mean and sigma in uS as sampled from CrossSim 3.2, 40,000 samples a
/// level.
struct Sampled {
  double target, mean, sigma;
};

void expectSampled(const target::ImcDevice &device,
                   std::initializer_list<Sampled> rows) {
  constexpr uint32_t count = 40000;
  const Cells cells(device, 11, 3);
  uint32_t column = 0;
  for (const Sampled &row : rows) {
    const Moments m = momentsOf(count, [&](uint32_t k) {
      return cells.written(row.target * 1e-6, k, column) * 1e6;
    });
    ++column;
    // Both are samples: their means differ by sqrt(2) standard errors.
    EXPECT_NEAR(m.mean, row.mean, 4 * row.sigma * std::sqrt(2.0 / count))
        << row.target;
    EXPECT_NEAR(m.sigma / row.sigma, 1, 0.02) << row.target;
  }
}

} // namespace

TEST(Cells, WanHasThePublishedMoments) {
  expectSampled(device({"device.g_max=39.2 uS"}), {{1.000, 1.164, 1.052},
                                                   {5.775, 5.789, 2.065},
                                                   {10.550, 10.568, 2.439},
                                                   {15.325, 15.325, 2.497},
                                                   {20.100, 20.107, 2.360},
                                                   {24.875, 24.907, 2.107},
                                                   {29.650, 29.646, 1.826},
                                                   {34.425, 34.431, 1.663},
                                                   {39.200, 39.193, 1.681}});
}

TEST(Cells, MiloHasThePublishedMoments) {
  expectSampled(device({"device.programming_error=milo", "device.g_min=50 uS",
                        "device.g_max=225 uS"}),
                {{50.000, 50.013, 4.349},
                 {93.750, 93.779, 3.929},
                 {137.500, 137.511, 3.534},
                 {181.250, 181.244, 3.115},
                 {225.000, 224.989, 2.737}});
}

TEST(Cells, JoshiHasThePublishedMoments) {
  expectSampled(
      device({"device.programming_error=joshi", "device.g_max=25 uS"}),
      {{0.250, 0.287, 0.254},
       {3.344, 3.347, 0.521},
       {9.531, 9.531, 0.845},
       {15.719, 15.735, 1.040},
       {21.906, 21.910, 1.091},
       {25.000, 24.996, 1.067}});
}

TEST(Cells, WanAfterTimesFollowsItsPolynomials) {
  const auto sigma = [](const char *kind, double g) {
    return programmingSigma(
               device({std::string("device.programming_error=") + kind,
                       "device.g_max=40 uS"}),
               g * 1e-6) *
           1e6;
  };
  // At g/gmax = 1 the coefficients add up; at 0 the first is left.
  EXPECT_NEAR(sigma("wan_1s", 40), 1.103, 1e-9);
  EXPECT_NEAR(sigma("wan_1s", 0), 0.348, 1e-9);
  EXPECT_NEAR(sigma("wan_1day", 40), 2.651, 1e-9);
  EXPECT_NEAR(sigma("wan_2days", 40), 2.677, 1e-9);
  EXPECT_NEAR(sigma("wan_2days", 20),
              0.782 + 20.274 / 2 - 43.507 / 4 + 37.062 / 8 - 11.934 / 16, 1e-9);
}

TEST(Cells, ClippingKeepsCellsInTheirRange) {
  const target::ImcDevice clipped =
      device({"device.programming_error=independent",
              "device.programming_magnitude=0.5", "device.clip=on"});
  const Cells cells(clipped, 1, 1);
  for (uint32_t k = 0; k < 2000; ++k) {
    const double g = cells.written(10e-6, k, 0);
    EXPECT_GE(g, clipped.gMin.value());
    EXPECT_LE(g, clipped.gMax.value());
  }
}

TEST(Cells, LevelsAreEquallySpaced) {
  const target::ImcDevice d =
      device({"device.mode=ideal", "device.cell_bits=2", "device.g_min=2 uS",
              "device.g_max=14 uS"});
  const Cells cells(d, 1, 1);
  EXPECT_NEAR(cells.written(3.9e-6, 0, 0), 2e-6, 1e-18);
  EXPECT_NEAR(cells.written(4.1e-6, 0, 0), 6e-6, 1e-18);
  EXPECT_NEAR(cells.written(14e-6, 0, 0), 14e-6, 1e-18);
}

TEST(Cells, StuckCellsAreAsManyAsStated) {
  const target::ImcDevice d =
      device({"device.programming_error=none", "device.stuck_low=0.1",
              "device.stuck_high=0.05"});
  const Cells cells(d, 7, 1);
  constexpr uint32_t count = 40000;
  uint32_t low = 0, high = 0;
  for (uint32_t k = 0; k < count; ++k) {
    const double g = cells.written(10e-6, k, 0);
    low += g == d.gMin.value();
    high += g == d.gMax.value();
    EXPECT_TRUE(g == 10e-6 || g == d.gMin.value() || g == d.gMax.value());
  }
  EXPECT_NEAR(low / double(count), 0.1, 4 * std::sqrt(0.09 / count));
  EXPECT_NEAR(high / double(count), 0.05, 4 * std::sqrt(0.0475 / count));
  // The same chip's formed cells are stuck at the same places.
  for (uint32_t k = 0; k < 100; ++k)
    EXPECT_EQ(cells.formed(12e-6, k, 0) == d.gMin.value(),
              cells.written(10e-6, k, 0) == d.gMin.value());
}

TEST(Cells, FormingFollowsTheBreakdownVoltages) {
  const target::ImcDevice d = device({});
  // Published shares of 400 cells: within three of their standard errors.
  for (auto [voltage, share] :
       {std::pair{3.3, 0.16}, {3.4, 0.3875}, {3.5, 0.7075}, {3.6, 0.9425}})
    EXPECT_NEAR(formedShare(d, Volts(voltage)), share,
                3 * std::sqrt(share * (1 - share) / 400));
  EXPECT_DOUBLE_EQ(formedShare(d, Volts(3.433)), 0.5);
  for (double share : {0.05, 0.3, 0.5, 0.9})
    EXPECT_NEAR(formedShare(d, formingVoltage(d, share)), share, 1e-12);
}

TEST(Cells, DriftFollowsItsLaws) {
  const target::ImcDevice power =
      device({"device.drift=power", "device.retention=2000 s"});
  // g = Gmax: nu = clamp(0.0244, 0.049, 0.1) = 0.049, sigma 0.008; 100 times
  // t0.
  EXPECT_NEAR(drifted(power, 20e-6, Seconds(2000), 0),
              20e-6 * std::pow(100, -0.049), 1e-15);
  EXPECT_NEAR(drifted(power, 20e-6, Seconds(2000), 1),
              20e-6 * std::pow(100, -0.057), 1e-15);
  EXPECT_EQ(drifted(power, 20e-6, Seconds(10), 2), 20e-6) << "before t0";
  const target::ImcDevice log =
      device({"device.drift=logarithmic", "device.retention=1000 s"});
  const double l = std::log(1000);
  EXPECT_NEAR(drifted(log, 20e-6, Seconds(1000), 0) * 1e6, 20 - 0.08900206 * l,
              1e-9);
  EXPECT_NEAR(drifted(log, 20e-6, Seconds(1000), -1) * 1e6,
              20 - 0.08900206 * l - (0.04201137 * l + 0.41183342), 1e-9);
  EXPECT_EQ(drifted(log, 0.1e-6, Seconds(1e9), -1), 0);
}

TEST(Cells, ReadNoiseIsOfTheCellOrOfItsRange) {
  const auto sigma = [](const char *kind) {
    return readSigma(imcMachine({std::string("device.read_noise_kind=") + kind,
                                 "device.read_noise=0.02"})
                         .device,
                     5e-6);
  };
  EXPECT_DOUBLE_EQ(sigma("proportional"), 0.1e-6);
  EXPECT_DOUBLE_EQ(sigma("independent"), 0.4e-6);
}

TEST(Cells, NonlinearCellsCurveBetweenTheEnds) {
  EXPECT_EQ(nonlinearDrive(0.3, 0), 0.3);
  EXPECT_DOUBLE_EQ(nonlinearDrive(1, 2), 1);
  EXPECT_DOUBLE_EQ(nonlinearDrive(-1, 2), -1);
  EXPECT_NEAR(nonlinearDrive(0.5, 2), std::sinh(1) / std::sinh(2), 1e-15);
  EXPECT_NEAR(nonlinearDrive(0.5, 1e-6), 0.5, 1e-9);
}

TEST(Cells, EnduranceCountsWrites) {
  Endurance cells(10);
  EXPECT_TRUE(cells.write(9));
  EXPECT_TRUE(cells.write());
  EXPECT_EQ(cells.writes(), 10u);
  Result<void> more = cells.write();
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().message,
            "cells would be written 11 times; they survive 10");
  EXPECT_TRUE(Endurance(0).write(1000000));
}

TEST(Crossbar, BothSidesCanBeConvertedByThemselves) {
  const target::ImcMacro machine = imcMachine({"device.mode=ideal"});
  const CellArrays cells{2, 2, {{4, 1, 2, 8}, {1, 0, 0, 16}}};
  const Crossbar split(machine.device, cells, true);
  ASSERT_EQ(split.sums(), 4u);
  std::vector<double> sums(4, 0.0);
  split.addRows(std::array<uint32_t, 2>{0, 1}, sums.data());
  EXPECT_EQ(sums, (std::vector<double>{6, 9, 1, 16}));
  EXPECT_EQ(split.rowConductance(1), 26);
}

TEST(Crossbar, WiresTakeFromFarCells) {
  const auto with = [](const char *model) {
    CellArrays cells{
        16,
        8,
        {std::vector<double>(128, 20e-6), std::vector<double>(128, 0.0)}};
    target::ImcWires wires = imcMachine({}).wires; // none in the preset
    EXPECT_EQ(wires.model, target::WireModel::None);
    wires.model = std::string(model) == "exact"
                      ? target::WireModel::Exact
                      : target::WireModel::Approximate;
    wires.row = wires.column = 20;
    EXPECT_TRUE(addWires(wires, cells));
    return cells;
  };
  const CellArrays exact = with("exact"), near = with("approximate");
  // The cell nearest to driver and converter, and the one farthest from both.
  const double nearest = exact.arrays[0][15 * 8], farthest = exact.arrays[0][7];
  EXPECT_LT(farthest, nearest);
  EXPECT_LT(nearest, 20e-6);
  // One cell alone would lose 20e-6 x (2 x 8 + 16) x 20 = 1.3 %; shared lines
  // lose more.
  EXPECT_LT(farthest, 20e-6 * (1 - 0.0128));
  for (size_t k = 0; k < exact.arrays[0].size(); ++k)
    EXPECT_NEAR(near.arrays[0][k], exact.arrays[0][k],
                0.05 * (20e-6 - exact.arrays[0][k]) + 1e-9);
  EXPECT_EQ(exact.arrays[1][0], 0);
}

TEST(Crossbar, DrivenRowsAddUpInOrder) {
  const target::ImcMacro machine =
      imcMachine({"device.read_noise=0.5", "device.programming_error=none"});
  CellArrays cells{7, 3, {{}, {}}};
  for (int k = 0; k < 21; ++k) {
    cells.arrays[0].push_back(1e-6 * (k % 5));
    cells.arrays[1].push_back(1e-6 * (k % 3));
  }
  const Crossbar crossbar(machine.device, cells);
  const std::vector<double> drives = {1, -0.5, 0, 0.25, 0.125, 1, -1};
  std::vector<double> sums(3, 1.0), variance(3, 0.0);
  crossbar.addDriven(drives, sums.data());
  crossbar.addDrivenVariance(drives, variance.data());
  for (uint32_t j = 0; j < 3; ++j) {
    double sum = 1, expected = 0;
    for (uint32_t i = 0; i < 7; ++i) {
      const double p = cells.arrays[0][i * 3 + j],
                   m = cells.arrays[1][i * 3 + j];
      sum += drives[i] * (p - m);
      expected += drives[i] * drives[i] * 0.25 * (p * p + m * m);
    }
    EXPECT_EQ(sums[j], sum) << "bit for bit";
    EXPECT_NEAR(variance[j], expected, 1e-6 * expected);
  }
  // Rows driven fully are those of addRows.
  std::vector<double> some(3, 0.0), all(3, 0.0);
  crossbar.addRows(std::array<uint32_t, 2>{1, 5}, some.data());
  crossbar.addDriven(std::vector<double>{0, 1, 0, 0, 0, 1, 0}, all.data());
  EXPECT_EQ(some, all);
}
