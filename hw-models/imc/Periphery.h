// Energy of one read of an array, from geometry and circuits: the closed forms
// behind NeuroSim-like tables.
//
// Sources: DNN+NeuroSim V1.4 (current mode, 1T1R, all columns, low-power
// transistors, 300 K); the numbers of a node are in hw-models/chips.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/target/ImcMacro.h"

#include <functional>
#include <vector>

namespace limen::imchw {

/// One array and how it is read.
struct ArrayRead {
  uint32_t rows = 0, columns = 0;
  double on = 0, off = 0;     ///< ohms of cells
  uint32_t sharedColumns = 8; ///< that one converter serves in turn
  uint32_t parallelRows = 0;  ///< that may be driven at once
  bool flash = false;         ///< else SAR
  unsigned levels = 256;      ///< codes of a conversion
  std::vector<uint32_t> activeRows;
  std::function<bool(uint32_t row, uint32_t column)> isOn;
};

struct ReadCost {
  double converters = 0; ///< joules, all columns once
  double wordLines = 0;  ///< joules, all shares of the converters
  uint64_t cycles = 0;
  double conversionTime = 0; ///< seconds
};

class Periphery {
public:
  /// Uses `machine.periphery` and the SAR constants of `machine.energy`.
  /// Errors: the machine has no periphery.
  static Result<Periphery> make(const target::ImcMacro &machine);

  /// Farads of one cell on a row's word line: its wire, and the gate of an
  /// access transistor wide enough for access_share of an ON cell.
  double wordLinePerCell(double on) const;

  /// Siemens of each column: active cells with their access transistor and the
  /// wire to them,
  ///   G_j = sum_i 1 / (R_ij + R_access + r_row (j + 1) + r_col (rows - i)).
  std::vector<double> columnConductances(const ArrayRead &read) const;

  /// Joules of one SAR conversion of a column of `conductance`:
  /// [a b + c + k G V / 0.5] (b + 1) t_bit.
  double sarConversion(unsigned bits, double conductance) const;

  /// Joules of one flash conversion, `levels` - 1 amplifiers at once:
  ///   (levels - 1) [T (P(R) + sum_k P(R_k) / levels) + C_amp Vdd^2
  ///                 + C_line V^2 / levels]
  /// R and the references R_k scaled to 0.5 V; T is the time of the slowest
  /// reference. References are equal steps of conductance up to `parallelRows`
  /// ON cells; a reference column serves `levels` amplifiers.
  double flashConversion(const ArrayRead &read, double conductance) const;
  double flashTime(const ArrayRead &read) const;

  ReadCost cost(const ArrayRead &read) const;

  /// Ohms of the wire past one cell of a row and of a column.
  double rowSegment() const;
  double columnSegment() const;

private:
  explicit Periphery(const target::ImcMacro &machine)
      : node(*machine.periphery), energy(machine.energy),
        vdd(machine.vdd.value()), vRead(machine.vRead.value()) {}

  double amplifierPower(double resistance) const;
  double compareTime(double resistance, double lineCapacitance) const;
  double lineCapacitance(uint32_t rows) const;

  target::ImcPeriphery node;
  target::ImcEnergy energy;
  double vdd, vRead;
};

} // namespace limen::imchw
