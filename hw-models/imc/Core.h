// A matrix on crossbar arrays, from numbers to numbers: drivers, encoded cells,
// wires, converters, and what the digital side makes of the codes.
//
// Everything is relative to Gmax and the read voltage. The engine of the imc
// target uses the same parts, but event by event and in siemens.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/base/Random.h"
#include "hw-models/imc/Adc.h"
#include "hw-models/imc/Wires.h"
#include "hw-models/target/ImcDac.h"
#include "hw-models/target/ImcEncoding.h"

#include <functional>
#include <memory>
#include <optional>

namespace limen::imchw {

using target::Dac;
using target::DacKind;
using target::decode;
using target::encode;
using target::Encoding;
using target::EncodingStyle;
using target::OffsetStyle;
using target::TurnSum;

struct CoreSettings {
  Encoding encoding;
  Dac dac;
  /// Converters of each slice (one for all if there is one). bits = 0: none.
  std::vector<Adc> adcs = {Adc{0}};
  AdcErrors adcErrors;
  /// Whether the two sums of a pair are subtracted before the converter.
  bool subtractInArray = true;
  /// With slices of inputs: whether each turn is converted, or turns are added
  /// in charge and converted once.
  bool convertTurns = false;
  /// Largest |sum| that a line carries, 0: no limit.
  double lineLimit = 0;
  /// Interleaved wires are those of pairs on common output lines.
  Wires wires;
  /// k of nonlinearDrive(): cells carry less than their share at low drives.
  double nonlinearity = 0;
  /// c of a cell's current G (x - c x^3): less than its share at high drives.
  double cubic = 0;
  /// Variances of the arrays' cells [array][line][input] from read to read;
  /// empty: none.
  std::vector<std::vector<double>> variances;
  /// Precision of drivers and mapping: single as in published tools. Sums and
  /// converters are double unless a Reading says otherwise.
  bool single = false;
  bool asPublished = false; ///< see decode()
  uint64_t seed = 0;
};

/// What one product takes from outside, for comparisons with other tools.
struct Reading {
  /// Of each line, the number n of single-precision sums, fused and over every
  /// n-th input, whose total is the sum: the order in which a vectorised
  /// product adds. Empty or 0: double, in the order of inputs.
  std::span<const uint8_t> lanes;
  /// Ends of the blocks of inputs whose totals are added to each other, the
  /// last that of all inputs. Empty: one block.
  std::span<const uint32_t> blocks;
  /// Draws of the cells' variances, one for each line and turn, and which read
  /// this is. Null: none.
  const RandomStream *noise = nullptr;
  uint32_t index = 0;
  /// Sums [line] of array and turn that were found elsewhere, from drive().
  std::function<std::vector<double>(unsigned array, unsigned turn)> sums;
};

/// The arrays of one tile.
class Core {
public:
  /// `arrays` [array][line][input] as made by encode(). Errors: sizes that do
  /// not match, wires without a solution.
  static Result<Core> make(CoreSettings settings,
                           std::vector<std::vector<double>> arrays,
                           uint32_t outputs, uint32_t inputs);

  /// Adds weighted sums to `out` [output] for `values` [input] in [-1, 1].
  Result<void> multiply(std::span<const double> values, std::span<double> out,
                        const Reading &reading = {}) const;

  /// What the rows are driven with for `values` in a turn (0 if numbers are
  /// driven at once).
  std::vector<double> drive(std::span<const double> values,
                            unsigned turn) const;

  uint32_t outputs() const { return outputCount; }
  uint32_t inputs() const { return inputCount; }

private:
  Core() = default;
  Result<std::vector<std::vector<double>>>
  analogSums(std::span<const double> levels, const Reading &reading,
             unsigned turn) const;
  Result<std::vector<double>> wiredSums(size_t array,
                                        std::span<const double> drive) const;
  std::vector<double> plainSums(size_t array, std::span<const double> drive,
                                const Reading &reading) const;
  /// The cells of one network: an array, or a pair of them interleaved.
  std::vector<double> cellsOf(size_t array) const;
  std::vector<double> levels(std::span<const double> values) const;
  std::vector<double> sliceOf(std::span<const double> levels,
                              unsigned turn) const;
  void convert(std::vector<std::vector<double>> &sums) const;

  CoreSettings settings;
  std::vector<std::vector<double>> arrays;
  /// The matrices that stand for the arrays with their wires.
  std::vector<std::shared_ptr<NodalArray>> networks;
  std::vector<AdcBank> banks; ///< per slice
  uint32_t outputCount = 0, inputCount = 0, lines = 0;
};

} // namespace limen::imchw
