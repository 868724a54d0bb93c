// Converters: a column sum of conductances to one of a number of codes.
//
// `Adc` says what a converter does when it is made as drawn; `AdcBank` is the
// converters of one array of one chip instance, with what went wrong in making
// them.
#pragma once

#include "hw-models/base/Random.h"
#include "hw-models/target/ImcAdcEnds.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace limen::imchw {

enum class AdcKind : uint8_t {
  SignMagnitude, ///< 2^b - 1 codes, 0 is one, both ends are codes
  Quantizer,     ///< 2^b codes, both ends are codes; no 0 on a symmetric range
  Sar,           ///< 2^b codes in the middle of equal steps, found bit by bit
  Ramp,          ///< as Sar, the nearest of the levels that a ramp passes
  Flash,         ///< one comparator per code boundary
  Pipeline,      ///< as Sar, by a chain of stages of 1.5 bits
  Cyclic,        ///< as Pipeline, by one stage that is used for every bit
};

/// What becomes of a sum between two codes of SignMagnitude and Quantizer.
enum class Rounding : uint8_t {
  Even,       ///< to the nearest; in the middle to the even code
  EvenAbove,  ///< to the nearest; in the middle to an even count of steps
              ///< above the bottom of the range (as CrossSim)
  Down,       ///< to the code below
  Stochastic, ///< up with the probability of the fraction
};

/// A converter as drawn: what it does to a sum.
///
/// With V = range, lsb and codes are
///   SignMagnitude  lsb = V / (2^(b-1) - 1), codes -(2^(b-1)-1) .. 2^(b-1)-1
///   Quantizer      lsb = (V - low) / (2^b - 1), codes 0 .. 2^b-1 from low up
///   Sar, Ramp, Pipeline, Cyclic
///                  lsb = (V - low) / 2^b, value low + (code + 1/2) lsb
///   Flash          as Quantizer by default, or the given thresholds
/// bits = 0 is ideal: the sum itself.
struct Adc {
  unsigned bits = 8;
  double range = 1; ///< upper end, same unit as sums (siemens in the engine)
  AdcKind kind = AdcKind::SignMagnitude;
  Rounding rounding = Rounding::Even;
  /// Lower end; -range if absent, 0 for sums that cannot be negative.
  std::optional<double> low = {};
  /// Added to every sum before conversion, and the deviation of what is added
  /// anew in each conversion; both in lsb.
  double offset = 0, noise = 0;
  /// Whether SignMagnitude and Quantizer find their codes in single precision,
  /// as published tools do; it decides sums in the middle between two codes.
  bool single = false;

  double bottom() const { return low ? *low : -range; }
  /// Codes that there are; bits > 0.
  uint64_t codes() const;
  double lsb() const;
  /// The code of `sum`, without offset and noise; only for bits > 0.
  int64_t code(double sum) const { return code(sum, 0.5); }
  /// `draw` in [0, 1) decides stochastic rounding.
  int64_t code(double sum, double draw) const;
  /// What the digital side takes a code for.
  double value(int64_t code) const;
  /// The value of the code of `sum`, or `sum` itself for bits = 0.
  double convert(double sum) const {
    return bits == 0 ? sum : value(code(sum));
  }
  /// Whether `sum` is outside of the range by more than half a code.
  bool clips(double sum) const;
  /// Whether a code for 0 exists: SignMagnitude, or a bottom of 0.
  bool hasZero() const;
};

/// What went wrong in making the converters of a bank. Deviations are relative:
/// to the unit capacitor, and to the reference voltage for the comparator.
/// After M. Spear et al., IEEE JXCDC 9 (2023), as in CrossSim 3.2.
struct AdcErrors {
  double gainDb = 0; ///< of the amplifier behind the capacitors, 0: infinite
  double sigmaCapacitor = 0;
  double sigmaComparator = 0;
  bool splitCapacitors = true;     ///< SAR: two banks joined by a bridge
  bool symmetricCapacitors = true; ///< ramp: mirrored about the middle
  /// SAR, pipeline, cyclic: columns that share a converter. A ramp is shared by
  /// all columns, its comparators are not.
  unsigned groupSize = 8;

  bool any() const {
    return gainDb > 0 || sigmaCapacitor > 0 || sigmaComparator > 0;
  }
};

/// The converters of the columns of one array of one chip instance.
class AdcBank {
public:
  AdcBank() = default;
  /// Draws mismatches and comparator offsets from (seed, identity, converter).
  AdcBank(Adc adc, uint32_t columns, const AdcErrors &errors = {},
          uint64_t seed = 0, uint32_t identity = 0);
  /// Flash converters with `thresholds` (ascending, bits from their number):
  /// the code is how many of them the sum exceeds; `values` has one more.
  AdcBank(std::vector<double> thresholds, std::vector<double> values);

  const Adc &adc() const { return spec; }
  /// Moves the range (calibration); mismatches stay with their converters.
  void setRange(double low, double high);

  /// What the digital side takes `sum` of `column` for. `draw` is a standard
  /// normal for noise and `uniform` for stochastic rounding.
  double convert(double sum, uint32_t column = 0, double draw = 0,
                 double uniform = 0.5) const;
  int64_t code(double sum, uint32_t column = 0, double draw = 0,
               double uniform = 0.5) const;

private:
  /// A stage of 1.5 bits. It compares v with +-V/4 and passes on
  ///   ((1 + gamma) v - d gamma V) / attenuation,  d = 1, 0 or -1,
  /// to the next; gamma is the ratio of its capacitors.
  struct Stage {
    double gamma = 1, attenuation = 1;
    double upper = 0, lower = 0; ///< offsets of its comparators, relative to V
  };

  void makeLevels();
  void makeStages(const RandomStream &draws, uint32_t converters);
  int64_t stagedCode(double sum, uint32_t converter) const;
  /// V: what comparators and capacitors refer to, whatever the ends are.
  double reference() const;

  Adc spec;
  AdcErrors errors;
  uint32_t columns = 0;
  std::vector<double> mismatch;   ///< bits + 1 normals
  std::vector<double> comparator; ///< a normal per converter or column
  /// Levels of the capacitor bank (Sar, Ramp); thresholds of a flash bank.
  std::vector<double> levels;
  std::vector<double> values; ///< of a flash bank with thresholds of its own
  std::vector<Stage> stages;  ///< [converter][stage], cyclic: one stage
};

/// |Column sums| seen while calibrating: their largest and a histogram fine
/// enough for percentiles.
class RangeTracker {
public:
  /// `limit` is the worst case, above which nothing is expected.
  explicit RangeTracker(double limit = 1) : limit(limit), bins(binCount) {}

  void add(double sum);
  void merge(const RangeTracker &other);

  /// The range that covers `percentile` % of the sums; 0 if there were none.
  double range(double percentile) const;

private:
  static constexpr size_t binCount = 4096;
  double limit;
  double largest = 0;
  uint64_t count = 0;
  std::vector<uint64_t> bins;
};

using target::AdcEnds;
using target::granularEnds;
using target::maximumEnds;

} // namespace limen::imchw
