// Regions of resistive cells as the device made them, and reads of them.
//
// Conductances are in siemens. A region has `lines`, one for each output and
// maybe one more, and on each line a cell for each of its arrays: G+ and G- of
// a pair, or one for each slice of a weight's bits. Reads subtract pairs in the
// array, so that only G+ - G- reaches a converter, or give the sum of every
// array to converters of their own.
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

/// The cells of a region: [array][row x lines + line].
struct CellArrays {
  uint32_t rows = 0, lines = 0;
  std::vector<std::vector<double>> arrays;
};

/// Programs cells to `targets` [row][line][array]; a noisy device misses them,
/// as drawn from (seed, identity, load, row, column of cells), and ages, as
/// drawn from the same without the load.
CellArrays writeCells(const target::ImcDevice &device,
                      std::span<const double> targets, uint32_t rows,
                      uint32_t lines, uint64_t seed, uint32_t identity,
                      uint32_t arrays = 2, Load load = {});

/// Forms pairs of cells: `pair(row, line)` gives what the forming draw made of
/// G+ and G-, 0 for a cell that did not form. Unformed cells of a noisy device
/// conduct a little. `firstRow` and `firstCell` (a column of cells) are those
/// of the region among the cells that `identity` draws.
CellArrays
formCells(const target::ImcDevice &device, uint32_t rows, uint32_t lines,
          const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair,
          uint64_t seed = 0, uint32_t identity = 0, uint32_t firstRow = 0,
          uint32_t firstCell = 0);

/// Where a region lies on its macro: cells between it and the drivers of its
/// rows, and between it and the converters of its columns.
struct RegionPlace {
  uint32_t row = 0, column = 0; ///< its first cell
  uint32_t below = 0;           ///< rows from its last one to the converters
};

/// Replaces conductances by what the resistance of the wires leaves of them at
/// the converters, for all rows driven or at 0. Rows are driven from the
/// macro's first column, converters are below its last row; the wire to the
/// region is in series with its lines. Cells of other regions on these lines
/// are left out. Errors: an exact network without a solution.
Result<void> addWires(const target::ImcWires &wires, CellArrays &cells,
                      RegionPlace place = {});

/// The cells of one region of one chip instance.
class Crossbar {
public:
  /// With `split`, sums are those of each array; else arrays 2k and 2k + 1 are
  /// pairs, and sums those of their differences. Sums of one array follow one
  /// another.
  Crossbar(const target::ImcDevice &device, const CellArrays &cells,
           bool split = false);

  /// As writeCells() and formCells(), pairs subtracted in the array.
  static Crossbar write(const target::ImcDevice &device,
                        std::span<const double> targets, uint32_t rows,
                        uint32_t lines, uint64_t seed, uint32_t identity);
  static Crossbar
  form(const target::ImcDevice &device, uint32_t rows, uint32_t lines,
       const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair);

  uint32_t rows() const { return rowCount; }
  uint32_t lines() const { return lineCount; }
  /// Sums of a read: one per line and array, or pair of arrays.
  uint32_t sums() const { return sumCount; }

  /// Adds the given rows to `sums` [sums()].
  void addRows(std::span<const uint32_t> rows, double *sums) const;

  /// Adds the variance that read noise of these rows brings to each sum, cells
  /// being independent: sigma^2 (G+^2 + G-^2) of proportional noise.
  void addVariance(std::span<const uint32_t> rows, double *variance) const;

  /// As addRows and addVariance for `rows` driven at `drives` of the read
  /// voltage (one each), all others at 0.
  void addRowsAt(std::span<const uint32_t> rows, std::span<const double> drives,
                 double *sums) const;
  void addVarianceAt(std::span<const uint32_t> rows,
                     std::span<const double> drives, double *variance) const;

  /// The same for all rows driven at levels of the read voltage,
  /// `drives` [rows()]: sums of drive x G, variances of drive^2 x sigma^2. Sums
  /// are in double, rows in order, so that they do not depend on how the loop
  /// is cut: a sum in the middle between two codes is decided by its last bits
  /// (single precision flips 56 of 2048 outputs of a bit-serial product on a
  /// converter without a code for 0).
  void addDriven(std::span<const double> drives, double *sums) const;
  void addDrivenVariance(std::span<const double> drives,
                         double *variance) const;

  /// Sum of all cells of a row: what conducts when it is driven.
  double rowConductance(uint32_t row) const { return conducting[row]; }

private:
  uint32_t rowCount, lineCount, sumCount;
  std::vector<double> value;      ///< [row][sum]
  std::vector<float> square;      ///< variance, empty when reads are exact
  std::vector<double> conducting; ///< [row]
};

} // namespace limen::imchw
