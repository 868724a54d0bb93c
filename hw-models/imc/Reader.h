// Reads of a region: numbers on its rows, weighted sums out of its columns.
//
// The parts are those of Core (encoding, drivers, turns, cells, converters),
// but event by event and in siemens: only driven rows count, in groups of the
// rows that may be driven at once, and every action is counted.
#pragma once

#include "hw-models/base/RandomBatch.h"
#include "hw-models/imc/Adc.h"
#include "hw-models/imc/Crossbar.h"

namespace limen::imchw {

/// A row of a region and the number on it, in spikes.
struct RowValue {
  uint32_t row = 0;
  double value = 0;
};

/// What reads did.
struct ReadCounts {
  uint64_t reads = 0;     ///< groups of rows, in each of their turns
  uint64_t rowDrives = 0; ///< rows driven, in each turn
  uint64_t conversions = 0;
  uint64_t clipped = 0;       ///< sums outside of their converter's range
  uint64_t clippedDrives = 0; ///< numbers beyond the full scale
  /// Codes that were shifted before they were added (slices of weights and of
  /// numbers above the lowest).
  uint64_t shifts = 0;
  /// Additions that took the middle of an offset encoding off.
  uint64_t corrections = 0;
  /// With pulses, whose number is not bounded: the largest sum of codes that an
  /// output's accumulator had to hold, or a bound far below its end.
  double largestSum = 0;
  double conducted = 0; ///< siemens x share of the read voltage x current
  Cycles cycles;
};

/// What a read draws: noise of cells and converters.
struct ReadNoise {
  const BatchStream &draws;
  uint64_t sample = 0; ///< upper half of the key
  uint64_t read = 0;   ///< counted up
  bool off = false;    ///< cells are read exactly, for calibration
  /// Noise that is held: [row][sum], empty until the row is driven.
  std::vector<std::vector<double>> held = {};
};

/// What is wrong with the made drivers of a region's rows: a level l becomes
/// l (1 + gain) + offset, in shares of the read voltage.
struct RowDrivers {
  std::vector<double> gain, offset; ///< [row]; empty: ideal

  /// Those of `rows` rows from `firstRow` of macro `macro` of chip instance
  /// `seed`: regions side by side on a row have the same.
  static RowDrivers make(const target::ImcDrive &drive, uint64_t seed,
                         unsigned macro, uint32_t firstRow, uint32_t rows);
};

/// What calibration looks at, instead of converting.
struct ReadTrackers {
  RangeTracker *sums = nullptr; ///< conversions are ideal, their sums tracked
  double *largest = nullptr; ///< drivers are ideal, the largest |value| tracked
};

/// How a region is read. Refers to everything that it is made of.
class Reader {
public:
  /// `scale` is the number that is driven with the full read voltage. Without
  /// `drivers` rows have ideal ones.
  Reader(const target::ImcMacro &machine, const target::Encoding &encoding,
         const Crossbar &cells, const AdcBank &converters, uint32_t activeRows,
         uint32_t outputs, double scale, const RowDrivers *drivers = nullptr);

  /// Adds sum of weight x value to `out` [outputs], weights relative to the
  /// encoding's 1. `rows` ascend. Rows that end up at 0 are not driven; without
  /// any there is no read. Returns whether there was one.
  bool read(std::span<const RowValue> rows, ReadNoise &noise,
            const ReadTrackers &trackers, ReadCounts &counts,
            std::span<double> out);

private:
  /// Rows driven in a turn, with their shares of the read voltage.
  struct Turn {
    std::vector<uint32_t> rows;
    std::vector<double> drives; ///< empty: all driven fully
    /// What the drivers were told, in shares of the read voltage; empty: what
    /// they make.
    std::vector<double> told;
  };

  std::vector<Turn> turnsOf(std::span<const RowValue> rows,
                            const ReadTrackers &trackers, ReadCounts &counts);
  void pulses(std::span<const RowValue> rows, std::vector<Turn> &turns,
              ReadCounts &counts);
  /// The analogue sums of some rows of a turn, with the noise of their cells.
  void sumsOf(const Turn &turn, size_t first, size_t last, ReadNoise &noise,
              ReadCounts &counts);
  /// Noise that cells have in common, first-order: each kind relative to the
  /// sums without any. Rows as in sumsOf().
  void addShared(std::span<const uint32_t> rows, std::span<const double> drives,
                 uint64_t read, const ReadNoise &noise);
  /// What cells deviate by through a sample, times their drives.
  void addHeld(std::span<const uint32_t> rows, std::span<const double> drives,
               ReadNoise &noise);
  void convert(ReadNoise &noise, const ReadTrackers &trackers,
               ReadCounts &counts, bool shifted, std::vector<double> &into);
  void readTurns(const std::vector<Turn> &turns, ReadNoise &noise,
                 const ReadTrackers &trackers, ReadCounts &counts);
  /// By how much a slice's codes are shifted.
  double sliceWeight(unsigned slice) const;
  /// Sum of codes of the fullest output in `total`.
  double codesOfTotal() const;
  void readCharge(const std::vector<Turn> &turns, ReadNoise &noise,
                  const ReadTrackers &trackers, ReadCounts &counts);

  const target::ImcMacro &machine;
  const target::Encoding &encoding;
  const Crossbar &cells;
  const AdcBank &converters;
  const target::Dac dac;
  uint32_t activeRows, outputs;
  double scale, unit;
  const RowDrivers *drivers;
  bool subtracted;
  double largestCodes = 0; ///< of one conversion of every slice, shifted
  /// Granular codes of sums without a partner: they count the steps above what
  /// cells of level 0 add, which the digital side knows.
  bool countsAboveFloor;
  double floor = 0; ///< of one group: that part of its sums, in siemens

  // Of one read.
  double driven = 0;         ///< sum of the numbers, relative to the scale
  std::vector<double> sum;   ///< of one group
  std::vector<double> total; ///< of all groups and turns, [sum]
  std::vector<double> variance;
  std::vector<double> deviates;
  std::vector<double> shared; ///< of one group: what cells have in common
  std::vector<std::vector<double>> arrays; ///< of `total`, relative to Gmax
  std::vector<double> decoded;
};

} // namespace limen::imchw
