#include "hw-models/imc/Crossbar.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::imchw;

double imchw::programmingSigma(const target::ImcDevice &device, double target) {
  using Error = target::ProgrammingError;
  switch (device.programmingError) {
  case Error::None:
    return 0;
  case Error::Independent:
    return device.programmingMagnitude * device.gMax.value();
  case Error::Proportional:
    return device.programmingMagnitude * target;
  case Error::Wan: {
    // In microsiemens, fitted up to 39.26 (NeuRRAM, as in CrossSim 3.2).
    const double g = std::min(target * 1e6, 39.26);
    const double sigma = ((1.536e-4 * g - 1.167e-2) * g + 0.2374) * g + 1.053;
    return device.programmingMagnitude * std::max(0.0, sigma) * 1e-6;
  }
  }
  return 0;
}

Crossbar::Crossbar(uint32_t rows, uint32_t columns, double readNoise)
    : rowCount(rows), columnCount(columns), noise(readNoise),
      difference(size_t(rows) * columns),
      square(readNoise > 0 ? size_t(rows) * columns : 0), conducting(rows) {}

void Crossbar::set(uint32_t row, uint32_t column, double plus, double minus) {
  const size_t at = size_t(row) * columnCount + column;
  difference[at] = plus - minus;
  if (!square.empty())
    square[at] =
        static_cast<float>(noise * noise * (plus * plus + minus * minus));
  conducting[row] += plus + minus;
}

Crossbar Crossbar::write(const target::ImcDevice &device,
                         std::span<const double> targets, uint32_t rows,
                         uint32_t columns, uint64_t seed, uint32_t identity) {
  Crossbar made(rows, columns, device.noisy ? device.readNoise : 0);
  const RandomStream error(seed, Purpose::CellProgramming, identity);
  for (uint32_t row = 0; row < rows; ++row)
    for (uint32_t column = 0; column < columns; ++column) {
      std::array<double, 2> g;
      for (uint32_t side = 0; side < 2; ++side) {
        const uint32_t cell = 2 * column + side;
        g[side] = targets[size_t(row) * 2 * columns + cell];
        if (device.noisy)
          g[side] = std::max(0.0, g[side] + programmingSigma(device, g[side]) *
                                                error.normal(row, cell));
      }
      made.set(row, column, g[0], g[1]);
    }
  return made;
}

Crossbar Crossbar::form(
    const target::ImcDevice &device, uint32_t rows, uint32_t columns,
    const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair) {
  Crossbar made(rows, columns, device.noisy ? device.readNoise : 0);
  for (uint32_t row = 0; row < rows; ++row)
    for (uint32_t column = 0; column < columns; ++column) {
      std::array<double, 2> g = pair(row, column);
      for (double &side : g)
        if (side == 0 && device.noisy)
          side = device.gUnformed.value();
      made.set(row, column, g[0], g[1]);
    }
  return made;
}

void Crossbar::addRows(std::span<const uint32_t> rows, double *sums) const {
  for (uint32_t row : rows) {
    const double *cells = difference.data() + size_t(row) * columnCount;
    for (uint32_t column = 0; column < columnCount; ++column)
      sums[column] += cells[column];
  }
}

void Crossbar::addVariance(std::span<const uint32_t> rows,
                           double *variance) const {
  if (square.empty())
    return;
  for (uint32_t row : rows) {
    const float *cells = square.data() + size_t(row) * columnCount;
    for (uint32_t column = 0; column < columnCount; ++column)
      variance[column] += static_cast<double>(cells[column]);
  }
}
