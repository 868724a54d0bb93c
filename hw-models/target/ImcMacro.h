// A chip of resistive in-memory computing macros, as a target file describes
// it.
#pragma once

#include "hw-models/base/Yaml.h"
#include "hw-models/target/ImcDac.h"
#include "hw-models/target/ImcEncoding.h"
#include "hw-models/target/ImcPeriphery.h"

#include <string>

namespace limen::target {

/// How far a write-verified cell ends from its target. Polynomials are those of
/// hw-models/imc/Cells.h, times the magnitude.
enum class ProgrammingError {
  None,
  Independent,  ///< sigma = magnitude x Gmax
  Proportional, ///< sigma = magnitude x G
  Wan,          ///< NeuRRAM, G <= 39.26 uS
  Milo,         ///< HfO2 1T1R, 50 to 225 uS
  Joshi,        ///< phase change, G <= 25 uS
  Wan1Second,   ///< NeuRRAM as in AIHWKit, 1 s after programming
  Wan1Day,
  Wan2Days,
};

enum class ReadNoise {
  Proportional, ///< sigma = read_noise x G
  Independent,  ///< sigma = read_noise x Gmax
};

/// How long a draw of the read noise lasts.
enum class NoiseHold {
  Read,   ///< each read has its own: noise faster than a step
  Sample, ///< a cell keeps its deviation through a sample: slower than that
};

/// What becomes of a cell's conductance until it is read.
enum class Drift {
  None,
  Power,       ///< G (t / t0)^-nu, nu drawn per cell as in AIHWKit's PCM
  Logarithmic, ///< a shift that grows with ln t, AIHWKit's ReRamCMO
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
  double readNoise = 0; ///< sigma of a cell's read, relative
  ReadNoise readNoiseKind = ReadNoise::Proportional;
  NoiseHold readNoiseHold = NoiseHold::Read;
  /// Sigmas of relative deviations that cells of a read have in common: those
  /// of a row (its driver), of a sum (its sense line and converter) and all of
  /// them (supply, reference). 0: none.
  double readNoiseRows = 0, readNoiseColumns = 0, readNoiseArray = 0;
  unsigned cellBits = 0; ///< a written cell has 2^b levels; 0: any
  bool clip = false;     ///< errors stay within [gMin, gMax]; else above 0
  double stuckLow = 0, stuckHigh = 0; ///< share of cells, at gMin and at gMax
  Drift drift = Drift::None;
  Seconds retention; ///< from programming to reading
  /// Forming: a cell breaks down at a voltage drawn from this normal.
  Volts formingMean{3.433}, formingSigma{0.114};
  uint64_t endurance = 0; ///< writes that a cell survives, 0: not limited
  /// k of a cell's current sinh(k v) / sinh(k) at a share v of the read
  /// voltage; 0: ohmic. Matters only where rows are driven below it.
  double nonlinearity = 0;
};

/// How the weights of written regions become cells.
struct ImcWeights {
  EncodingStyle encoding = EncodingStyle::OneSided;
  OffsetStyle offset = OffsetStyle::Digital;
  /// Of sliced encodings; 0: the fewest whose bits fit into a cell.
  unsigned slices = 0;
  /// A convolution is written once per output position, instead of once for
  /// all positions, which then take turns.
  bool unrolled = false;
};

/// How a number drives its row.
enum class DriveKind {
  Pulses,    ///< a count k is k reads with one bit
  BitSerial, ///< a read per slice of its bits, the lowest first
  Levels,    ///< one read at one of 2^bits voltages
};

/// What the largest number that rows are driven with stands for.
enum class DriveRange {
  Counts,     ///< 2^bits - 1 spikes: a step is a spike
  Calibrated, ///< the largest of samples; fullScale until there are some
  Fixed,      ///< fullScale
};

struct ImcDrive {
  DriveKind kind = DriveKind::Pulses;
  unsigned bits = 8;      ///< with sign; 0: ideal drivers (Levels)
  unsigned sliceBits = 1; ///< of a number that are driven at once (BitSerial)
  /// Whether each turn is converted, or turns are added in charge and converted
  /// once.
  bool convertTurns = true;
  bool isSigned = false; ///< rows are driven with both polarities
  DriveRange range = DriveRange::Counts;
  double fullScale = 1;
  /// Of made drivers of levels: a row's level l becomes l (1 + gain) + offset,
  /// both normal with these sigmas, offsets in shares of the read voltage.
  double gainSigma = 0, offsetSigma = 0;

  /// The driver of numbers relative to the full scale.
  Dac dac() const;
  /// The full scale before any calibration, in spikes.
  double initialScale() const;
};

/// What the resistance of the wires is taken for.
enum class WireModel {
  None,
  Approximate, ///< lines one by one, in time of the number of cells
  Exact,       ///< the whole network, solved once per region
};

struct ImcWires {
  WireModel model = WireModel::None;
  double row = 0, column = 0; ///< ohms from cell to cell
};

enum class ConverterKind { SignMagnitude, Quantizer, Sar, Ramp, Flash };
enum class ConverterRounding { Even, EvenAbove, Down, Stochastic };

struct ImcAdc {
  ConverterKind kind = ConverterKind::SignMagnitude;
  ConverterRounding rounding = ConverterRounding::Even;
  /// Whether G+ and G- are subtracted before the converter, or both converted
  /// and their codes subtracted.
  bool subtractInArray = true;
  /// In lsb: added to every sum, and drawn anew in each conversion.
  double offset = 0, noise = 0;
  /// Of the made converters, relative to the reference voltage and to the unit
  /// capacitor.
  double comparatorSigma = 0, capacitorSigma = 0;
  unsigned bits = 8; ///< 0: ideal, no quantisation
  /// Bits that time and energy are counted for when `bits` is 0.
  unsigned pricedBits = 12;
  bool calibrated = true;  ///< range from samples; else the worst-case sum,
  bool granular = false;   ///< or as many steps of a sum as there are codes
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

/// How a cell is written: pulses, each verified, until it is on its target.
struct ImcProgramming {
  Sourced<double> pulses; ///< of a cell, mean
  Sourced<Seconds> pulseTime;
  Sourced<double> verifyReads; ///< after each pulse
  Sourced<double> cellsAtOnce; ///< of a row, a whole number
};

/// Where the prices of conversions and word lines come from.
enum class EnergyTable {
  Prices,        ///< adc_per_bit, adc_fixed and word_line_per_cell
  Periphery,     ///< the closed forms of the file's `periphery`
  LiteratureLow, ///< the lowest of `literature`
  LiteratureHigh,
};

/// Lowest and highest of what sources say of one quantity.
template <typename Q> struct SourcedEnds {
  Sourced<Q> low, high;
};

/// Lowest and highest price that others ask for an action, for a range beside
/// the target's own. What a file leaves out has ImcEnergy::assumedRange.
struct ImcLiterature {
  SourcedEnds<Joules> conversion; ///< of 8 bits
  SourcedEnds<Farads> wordLine;   ///< per cell
  SourcedEnds<Joules> conduction; ///< of 1 nS for one read
  SourcedEnds<Joules> accumulate;
  std::optional<SourcedEnds<Joules>> add, multiply, compare, select, other,
      stateAccess, writePulse;
  std::optional<SourcedEnds<Joules>> dac8; ///< a level of an 8-bit row driver
  std::optional<SourcedEnds<Watts>> macroLeakage;
  std::optional<SourcedEnds<Watts>> laneLeakage; ///< a lane of the digital unit
};

struct ImcEnergy {
  EnergyTable table = EnergyTable::Prices;
  Sourced<Watts> adcPerBit, adcFixed; ///< SAR: (per bit x b + fixed) x (b+1) t
  Sourced<Seconds> adcBitTime;
  Sourced<Farads> wordLinePerCell;
  Sourced<Seconds> readTime; ///< how long a cell conducts in a read
  Price accumulate, add, multiply, compare, select, other, stateAccess;
  Price writePulse, formCell;
  std::optional<Price> dac8; ///< a level of an 8-bit row driver
  StaticPower macroLeakage, unitLeakage;
  /// By what factor a price may be off, either way, where the file has no
  /// other source for it; at least 1.
  Sourced<double> assumedRange{2, Status::Assumed, "no other source"};
  std::optional<ImcLiterature> literature;
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
  /// Whether regions that do not fit together take turns on the same cells.
  bool shareInTime = false;
  Hertz clock;
  Volts vdd, vRead;
  ImcDevice device;
  ImcWeights weights;
  ImcDrive drive;
  ImcWires wires;
  ImcAdc adc;
  ImcTiming timing;
  ImcUnit unit;
  std::optional<ImcProgramming> programming; ///< if the file describes it
  ImcEnergy energy;
  std::optional<ImcPeriphery> periphery; ///< if the file describes it

  /// The cells of a weight: of written regions, or of formed ones, which are
  /// pairs of any conductance.
  Encoding encoding(bool formed) const;
  /// Whether a sum that reaches a converter may have both signs.
  static bool bothSigns(const Encoding &encoding, bool subtractInArray,
                        bool signedDrive) {
    return signedDrive || (encoding.pairs() && subtractInArray);
  }

  /// The smallest step of a sum in siemens: one level of a cell, driven by one
  /// step of a number. 0 where either has any value.
  double granularStep(const Encoding &encoding) const;

  // Prices of the table `prices`; hw-models/imc/Prices.h has the others.
  /// Of one conversion: (a b + c) x (b + 1) x t_bit.
  Price conversionPrice() const;
  /// Of raising one row's word line: C x columns x Vdd^2.
  Price rowDrivePrice() const;
  /// Of 1 nS conducting for one read: Vread^2 x t.
  Price conductionPrice() const;
  /// Of making one level of a row's voltage: in proportion to its bits. Only
  /// where the file has it.
  Price levelPrice() const;

  /// Reads a document with `limen_target: rram`. Errors: missing or unknown
  /// keys, values out of range.
  static Result<ImcMacro> parse(const YamlDocument &document);
};

} // namespace limen::target
