// A matrix on crossbar arrays, from numbers to numbers: drivers, encoded cells,
// wires, converters, and what the digital side makes of the codes.
//
// Everything is relative to Gmax and the read voltage. The engine of the imc
// target uses the same parts, but event by event and in siemens.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/imc/Adc.h"
#include "hw-models/imc/Wires.h"
#include "hw-models/target/ImcDac.h"
#include "hw-models/target/ImcEncoding.h"

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
  Wires wires;
  /// k of nonlinearDrive(): cells carry less than their share at low drives.
  double nonlinearity = 0;
  /// Precision of drivers and mapping: single as in published tools. Sums and
  /// converters are always double.
  bool single = false;
  bool asPublished = false; ///< see decode()
  uint64_t seed = 0;
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
  Result<void> multiply(std::span<const double> values,
                        std::span<double> out) const;

  uint32_t outputs() const { return outputCount; }
  uint32_t inputs() const { return inputCount; }

private:
  Core() = default;
  Result<std::vector<std::vector<double>>>
  analogSums(std::span<const double> levels) const;
  void convert(std::vector<std::vector<double>> &sums) const;

  CoreSettings settings;
  std::vector<std::vector<double>> arrays;
  /// The matrices that stand for the arrays with their wires.
  std::vector<std::shared_ptr<NodalArray>> networks;
  std::vector<AdcBank> banks; ///< per slice
  uint32_t outputCount = 0, inputCount = 0, lines = 0;
};

} // namespace limen::imchw
