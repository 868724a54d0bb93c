// Cells as the device made them: exact sums, and moments of what is drawn.

#include "hw-models/imc/Crossbar.h"
#include "test/unit/imc/Support.h"

#include <cmath>

using namespace limen;
using imchw::Crossbar;

namespace {

struct Moments {
  double mean = 0, deviation = 0;
};

Moments momentsOf(const std::vector<double> &values) {
  Moments m;
  for (double v : values)
    m.mean += v / static_cast<double>(values.size());
  for (double v : values)
    m.deviation +=
        (v - m.mean) * (v - m.mean) / static_cast<double>(values.size() - 1);
  m.deviation = std::sqrt(m.deviation);
  return m;
}

/// G+ - G- of one pair per row.
std::vector<double> differences(const Crossbar &cells) {
  std::vector<double> out;
  for (uint32_t row = 0; row < cells.rows(); ++row) {
    double sum = 0;
    cells.addRows(std::array<uint32_t, 1>{row}, &sum);
    out.push_back(sum);
  }
  return out;
}

} // namespace

TEST(Crossbar, IdealCellsAddExactly) {
  const target::ImcMacro machine = imcMachine({"device.mode=ideal"});
  // 3 rows, 2 pairs, in microsiemens; exact in binary.
  const std::vector<double> targets = {4, 1, 0, 8, 2, 0, 0.5, 0, 16, 0, 0, 32};
  const Crossbar cells = Crossbar::write(machine.device, targets, 3, 2, 7, 1);
  double sums[2] = {100, 200};
  cells.addRows(std::array<uint32_t, 2>{0, 2}, sums);
  EXPECT_EQ(sums[0], 100 + 3 + 16);
  EXPECT_EQ(sums[1], 200 - 8 - 32);
  EXPECT_EQ(cells.rowConductance(1), 2.5);
  double variance[2] = {0, 0};
  cells.addVariance(std::array<uint32_t, 1>{0}, variance);
  EXPECT_EQ(variance[0], 0);
}

TEST(Crossbar, ReadNoiseAddsTheVarianceOfBothCells) {
  const target::ImcMacro machine = imcMachine({"device.read_noise=0.5"});
  const auto pair = [](uint32_t, uint32_t) -> std::array<double, 2> {
    return {4, 2};
  };
  const Crossbar cells = Crossbar::form(machine.device, 2, 1, pair);
  double variance = 0;
  cells.addVariance(std::array<uint32_t, 2>{0, 1}, &variance);
  EXPECT_DOUBLE_EQ(variance, 2 * 0.25 * (16 + 4));
}

TEST(Crossbar, CellsThatDidNotFormConductALittle) {
  const auto pair = [](uint32_t row, uint32_t) -> std::array<double, 2> {
    return {row == 0 ? 12e-6 : 0.0, 0.0};
  };
  const target::ImcMacro noisy = imcMachine();
  const Crossbar cells = Crossbar::form(noisy.device, 2, 1, pair);
  EXPECT_DOUBLE_EQ(cells.rowConductance(0), 12e-6 + 0.1e-6);
  EXPECT_DOUBLE_EQ(cells.rowConductance(1), 0.2e-6);
  const target::ImcMacro ideal = imcMachine({"device.mode=ideal"});
  EXPECT_EQ(Crossbar::form(ideal.device, 2, 1, pair).rowConductance(1), 0);
}

TEST(Crossbar, ProgrammingErrorHasTheStatedSigma) {
  // NeuRRAM's polynomial at 20 uS, by hand:
  // 1.536e-4 x 8000 - 1.167e-2 x 400 + 0.2374 x 20 + 1.053 = 2.3618 uS.
  const target::ImcMacro wan = imcMachine();
  EXPECT_NEAR(imchw::programmingSigma(wan.device, 20e-6), 2.3618e-6, 1e-12);
  // Beyond its fit it stays what it is at 39.26 uS.
  EXPECT_EQ(imchw::programmingSigma(wan.device, 1e-3),
            imchw::programmingSigma(wan.device, 39.26e-6));
  const target::ImcMacro independent =
      imcMachine({"device.programming_error=independent",
                  "device.programming_magnitude=0.02"});
  EXPECT_DOUBLE_EQ(imchw::programmingSigma(independent.device, 1e-6), 0.4e-6);
  const target::ImcMacro proportional =
      imcMachine({"device.programming_error=proportional",
                  "device.programming_magnitude=0.02"});
  EXPECT_DOUBLE_EQ(imchw::programmingSigma(proportional.device, 1e-6), 0.02e-6);

  // 40,000 cells at 15 uS beside cells at 5 uS; both draw their own error.
  constexpr uint32_t count = 40000;
  std::vector<double> targets;
  for (uint32_t i = 0; i < count; ++i)
    targets.insert(targets.end(), {15e-6, 5e-6});
  const Moments m = momentsOf(
      differences(Crossbar::write(wan.device, targets, count, 1, 3, 9)));
  const double sigma = std::hypot(imchw::programmingSigma(wan.device, 15e-6),
                                  imchw::programmingSigma(wan.device, 5e-6));
  EXPECT_NEAR(m.mean, 10e-6, 4 * sigma / std::sqrt(double(count)));
  EXPECT_NEAR(m.deviation / sigma, 1.0, 0.015);
}

TEST(Crossbar, AChipInstanceIsAFunctionOfItsSeed) {
  const target::ImcMacro machine = imcMachine();
  const std::vector<double> targets(64, 10e-6);
  const auto make = [&](uint64_t seed, uint32_t identity) {
    return differences(
        Crossbar::write(machine.device, targets, 32, 1, seed, identity));
  };
  EXPECT_EQ(make(1, 5), make(1, 5));
  EXPECT_NE(make(1, 5), make(2, 5));
  EXPECT_NE(make(1, 5), make(1, 6));
}

TEST(Crossbar, TheFirstWritingHasTheErrorsOfTheCell) {
  target::ImcMacro machine = imcMachine();
  const std::vector<double> targets(40, 8e-6);
  const RandomStream errors(3, Purpose::CellProgramming, 17);
  const imchw::CellArrays cells =
      imchw::writeCells(machine.device, targets, 4, 5, 3, 17);
  for (uint32_t row = 0; row < 4; ++row)
    for (uint32_t line = 0; line < 5; ++line)
      for (uint32_t a = 0; a < 2; ++a)
        EXPECT_EQ(cells.arrays[a][row * 5 + line],
                  8e-6 + imchw::programmingSigma(machine.device, 8e-6) *
                             errors.normal(row, 2 * line + a));
}

TEST(Crossbar, LoadsMissTheirTargetsAnew) {
  target::ImcMacro machine =
      imcMachine({"device.programming_error=wan", "device.g_max=30 uS"});
  constexpr uint32_t loads = 200, rows = 16, lines = 8;
  for (double target : {4e-6, 12e-6, 24e-6}) {
    const std::vector<double> targets(rows * lines * 2, target);
    const double sigma = imchw::programmingSigma(machine.device, target);
    double sum = 0, square = 0, next = 0, other = 0;
    std::vector<double> before;
    for (uint32_t k = 0; k < loads; ++k) {
      const imchw::CellArrays cells = imchw::writeCells(
          machine.device, targets, rows, lines, 1, 5, 2, {77, k});
      const imchw::CellArrays elsewhere = imchw::writeCells(
          machine.device, targets, rows, lines, 1, 5, 2, {78, k});
      std::vector<double> errors;
      for (size_t a = 0; a < 2; ++a)
        for (size_t i = 0; i < cells.arrays[a].size(); ++i) {
          errors.push_back((cells.arrays[a][i] - target) / sigma);
          other += errors.back() * (elsewhere.arrays[a][i] - target) / sigma;
        }
      for (size_t i = 0; i < errors.size(); ++i) {
        sum += errors[i];
        square += errors[i] * errors[i];
        if (!before.empty())
          next += errors[i] * before[i];
      }
      before = std::move(errors);
    }
    constexpr double n = double(loads) * rows * lines * 2;
    // Four standard errors of a mean, a variance and a product of normals.
    EXPECT_NEAR(sum / n, 0, 4 / std::sqrt(n)) << target;
    EXPECT_NEAR(square / n, 1, 4 * std::sqrt(2 / n)) << target;
    EXPECT_NEAR(next / n, 0, 4 / std::sqrt(n)) << target;
    EXPECT_NEAR(other / n, 0, 4 / std::sqrt(n)) << target;
  }
}

TEST(Crossbar, LoadsKeepStuckCellsAndDrift) {
  target::ImcMacro machine =
      imcMachine({"device.programming_error=none", "device.stuck_low=0.2",
                  "device.stuck_high=0.1", "device.drift=power",
                  "device.retention=1000 s"});
  const std::vector<double> targets(200, 10e-6);
  const imchw::CellArrays a =
      imchw::writeCells(machine.device, targets, 10, 10, 1, 5, 2, {77, 0});
  const imchw::CellArrays b =
      imchw::writeCells(machine.device, targets, 10, 10, 1, 5, 2, {78, 3});
  EXPECT_EQ(a.arrays, b.arrays);
}
