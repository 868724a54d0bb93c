// Regions of resistive cells as the device made them, and reads of them.
//
// Conductances are in siemens. A weight is a pair of columns; reads subtract
// the pair in the array, so only G+ - G- reaches the converter.
#pragma once

#include "hw-models/base/Random.h"
#include "hw-models/target/ImcMacro.h"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace limen::imchw {

/// The cells of one region of one chip instance.
class Crossbar {
public:
  /// Programs cells to `targets` [rows][2 x columns]; a noisy device misses
  /// them by its programming error, drawn from (seed, identity, cell).
  static Crossbar write(const target::ImcDevice &device,
                        std::span<const double> targets, uint32_t rows,
                        uint32_t columns, uint64_t seed, uint32_t identity);

  /// Forms cells: `pair(row, column)` gives what the forming draw made of G+
  /// and G-, 0 for a cell that did not form. Unformed cells of a noisy device
  /// conduct a little.
  static Crossbar
  form(const target::ImcDevice &device, uint32_t rows, uint32_t columns,
       const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair);

  uint32_t rows() const { return rowCount; }
  uint32_t columns() const { return columnCount; }

  /// Adds G+ - G- of the given rows to `sums` [columns].
  void addRows(std::span<const uint32_t> rows, double *sums) const;

  /// Adds the variance that read noise of these rows brings to each column sum:
  /// sigma^2 (G+^2 + G-^2), cells being independent.
  void addVariance(std::span<const uint32_t> rows, double *variance) const;

  /// Sum of G+ and G- of a row: what conducts when it is driven.
  double rowConductance(uint32_t row) const { return conducting[row]; }

private:
  Crossbar(uint32_t rows, uint32_t columns, double readNoise);
  void set(uint32_t row, uint32_t column, double plus, double minus);

  uint32_t rowCount, columnCount;
  double noise; ///< sigma of a read over conductance, 0 without noise
  std::vector<double> difference; ///< [rows][columns]
  std::vector<float> square;      ///< noise^2 (G+^2 + G-^2), empty when ideal
  std::vector<double> conducting; ///< [rows]
};

/// Standard deviation of a programmed cell's conductance around `target`.
double programmingSigma(const target::ImcDevice &device, double target);

} // namespace limen::imchw
