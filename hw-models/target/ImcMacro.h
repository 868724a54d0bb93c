// A chip of resistive in-memory computing macros, as a target file describes
// it.
#pragma once

#include "hw-models/base/Yaml.h"
#include "hw-models/target/ImcPeriphery.h"

#include <string>

namespace limen::target {

/// How far a write-verified cell ends from its target.
enum class ProgrammingError {
  None,
  Independent,  ///< sigma = magnitude x Gmax
  Proportional, ///< sigma = magnitude x G
  Wan,          ///< polynomial of the NeuRRAM chip x magnitude, G <= 39.26 uS
};

struct ImcDevice {
  /// false: exact conductances, no noise, unformed cells conduct nothing.
  bool noisy = true;
  Siemens gMin;           ///< programmed cell of weight 0
  Siemens gMax;           ///< programmed cell of the largest weight
  Siemens gUnformed;      ///< cell that forming left intact
  Siemens formedMedian;   ///< of formed cells
  double formedSigma = 0; ///< of the logarithm
  ProgrammingError programmingError = ProgrammingError::None;
  double programmingMagnitude = 0;
  double readNoise = 0; ///< sigma of a cell's read over its conductance
};

struct ImcAdc {
  unsigned bits = 8; ///< 0: ideal, no quantisation
  /// Bits that time and energy are counted for when `bits` is 0.
  unsigned pricedBits = 12;
  bool calibrated = true;  ///< range from samples; false: worst-case sum
  double percentile = 100; ///< of the column sums that the range covers

  unsigned timedBits() const { return bits == 0 ? pricedBits : bits; }
};

/// Cycles of the phases of one read.
struct ImcTiming {
  unsigned latch = 1, wordLine = 1, settle = 1, drain = 1;
  unsigned convertPerBit = 1, convertExtra = 1;
};

/// The digital unit that adds, pools and updates neurons.
struct ImcUnit {
  unsigned lanes = 16;
  unsigned add = 1, multiply = 1, compare = 1, select = 1, other = 4;
};

/// Where the prices of conversions and word lines come from.
enum class EnergyTable {
  Prices,    ///< adc_per_bit, adc_fixed and word_line_per_cell
  Periphery, ///< the closed forms of the file's `periphery`
};

struct ImcEnergy {
  EnergyTable table = EnergyTable::Prices;
  Sourced<Watts> adcPerBit, adcFixed; ///< SAR: (per bit x b + fixed) x (b+1) t
  Sourced<Seconds> adcBitTime;
  Sourced<Farads> wordLinePerCell;
  Sourced<Seconds> readTime; ///< how long a cell conducts in a read
  Price accumulate, add, multiply, compare, select, other, stateAccess;
  Price writeCell, formCell;
  StaticPower macroLeakage, unitLeakage;
};

struct ImcMacro {
  std::string name;
  unsigned macros = 0; ///< on the chip
  Place macrosPlace;   ///< where that limit is set
  unsigned rows = 0, cols = 0;
  /// Differential column pairs that share one converter, one after another.
  unsigned columnsPerAdc = 8;
  unsigned maxActiveRows = 0;
  unsigned weightBits = 6; ///< b_w of the bit budget
  unsigned accumulatorBits = 32;
  Hertz clock;
  Volts vdd, vRead;
  ImcDevice device;
  ImcAdc adc;
  ImcTiming timing;
  ImcUnit unit;
  ImcEnergy energy;
  std::optional<ImcPeriphery> periphery; ///< if the file describes it

  /// Of one conversion: (a b + c) x (b + 1) x t_bit.
  Price conversionPrice() const;
  /// Of raising one row's word line: C x columns x Vdd^2.
  Price rowDrivePrice() const;
  /// Of 1 nS conducting for one read: Vread^2 x t.
  Price conductionPrice() const;

  /// Reads a document with `limen_target: rram`. Errors: missing or unknown
  /// keys, values out of range.
  static Result<ImcMacro> parse(const YamlDocument &document);
};

} // namespace limen::target
