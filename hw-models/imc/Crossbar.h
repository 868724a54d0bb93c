// Regions of resistive cells as the device made them, and reads of them.
//
// Conductances are in siemens. A weight is a pair of columns; reads subtract
// the pair in the array, so that only G+ - G- reaches a converter, or give both
// sums to converters of their own.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/imc/Cells.h"
#include "hw-models/target/ImcMacro.h"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace limen::imchw {

/// Both cells of each weight of a region, [row][column].
struct CellPairs {
  uint32_t rows = 0, columns = 0;
  std::vector<double> plus, minus;
};

/// Programs cells to `targets` [rows][2 x columns]; a noisy device misses them,
/// and ages, as drawn from (seed, identity, cell).
CellPairs writeCells(const target::ImcDevice &device,
                     std::span<const double> targets, uint32_t rows,
                     uint32_t columns, uint64_t seed, uint32_t identity);

/// Forms cells: `pair(row, column)` gives what the forming draw made of G+ and
/// G-, 0 for a cell that did not form. Unformed cells of a noisy device conduct
/// a little.
CellPairs
formCells(const target::ImcDevice &device, uint32_t rows, uint32_t columns,
          const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair,
          uint64_t seed = 0, uint32_t identity = 0);

/// Replaces conductances by what the resistance of the wires leaves of them at
/// the converters, for all rows driven or at 0. The region's first row and
/// column are nearest to the drivers, its last row to the converters. Errors:
/// an exact network without a solution.
Result<void> addWires(const target::ImcWires &wires, CellPairs &cells);

/// The cells of one region of one chip instance.
class Crossbar {
public:
  /// With `split`, sums are those of G+ and of G-, one after the other.
  Crossbar(const target::ImcDevice &device, const CellPairs &cells,
           bool split = false);

  /// As writeCells() and formCells(), subtracted in the array.
  static Crossbar write(const target::ImcDevice &device,
                        std::span<const double> targets, uint32_t rows,
                        uint32_t columns, uint64_t seed, uint32_t identity);
  static Crossbar
  form(const target::ImcDevice &device, uint32_t rows, uint32_t columns,
       const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair);

  uint32_t rows() const { return rowCount; }
  uint32_t columns() const { return columnCount; }
  /// Sums of a read: one per column, or two.
  uint32_t sums() const { return sumCount; }

  /// Adds the given rows to `sums` [sums()]: G+ - G-, or all G+, then all G-.
  void addRows(std::span<const uint32_t> rows, double *sums) const;

  /// Adds the variance that read noise of these rows brings to each sum, cells
  /// being independent: sigma^2 (G+^2 + G-^2) of proportional noise.
  void addVariance(std::span<const uint32_t> rows, double *variance) const;

  /// As addRows and addVariance for rows driven at levels of the read voltage,
  /// `drives` [rows()]: sums of drive x G, variances of drive^2 x sigma^2. Sums
  /// are in double, rows in order, so that they do not depend on how the loop
  /// is cut: a sum in the middle between two codes is decided by its last bits
  /// (single precision flips 56 of 2048 outputs of a bit-serial product on a
  /// converter without a code for 0).
  void addDriven(std::span<const double> drives, double *sums) const;
  void addDrivenVariance(std::span<const double> drives,
                         double *variance) const;

  /// Sum of G+ and G- of a row: what conducts when it is driven.
  double rowConductance(uint32_t row) const { return conducting[row]; }

private:
  uint32_t rowCount, columnCount, sumCount;
  std::vector<double> value;      ///< [row][sum]
  std::vector<float> square;      ///< variance, empty when reads are exact
  std::vector<double> conducting; ///< [row]
};

} // namespace limen::imchw
