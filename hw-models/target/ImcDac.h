// Drivers of rows: a number to a row voltage, relative to the read voltage.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace limen::target {

enum class DacKind : uint8_t {
  Ideal,
  SignMagnitude, ///< 2^b - 1 levels on [-1, 1], 0 is one
  Quantizer,     ///< 2^b levels on [low, high], both ends are levels
};

struct Dac {
  DacKind kind = DacKind::Ideal;
  unsigned bits = 0; ///< 0: ideal
  double low = -1, high = 1;
  bool isSigned = true;
  /// Bits that are driven at once; 0: the whole number at once.
  unsigned sliceBits = 0;

  /// Bits of a magnitude, without the sign.
  unsigned magnitudeBits() const { return isSigned ? bits - 1 : bits; }
  /// Turns that a number takes.
  unsigned turns() const {
    return sliceBits == 0 ? 1 : (magnitudeBits() + sliceBits - 1) / sliceBits;
  }

  /// The level that is driven for `value`. `Number` is the precision of the
  /// arithmetic, float or double: where a value lies within one rounding of
  /// the middle between two levels, the two differ.
  template <typename Number> Number level(Number value) const;

  /// The drive of turn `turn` (the lowest bits first) for `value` in [-1, 1]:
  /// a slice of the whole number |value| x (2^m - 1) over its largest value,
  /// with the sign of `value`.
  template <typename Number> Number slice(Number value, unsigned turn) const;
};

/// Sums of the turns of a Dac, shifted and added: of each turn, the lowest bits
/// first, the sum of conductance x slice; at the end that of conductance x
/// level.
class TurnSum {
public:
  /// `single`: sums are rounded to single precision in every turn.
  TurnSum(const Dac &dac, size_t size, bool single = false)
      : dac(dac), single(single), total(size, 0.0) {}

  /// The sums of the next turn, as many as `size`, or none if nothing was
  /// driven in it.
  void add(std::span<const double> sums);
  /// After all turns: the sums of the whole numbers.
  std::vector<double> finish() &&;

private:
  const Dac &dac;
  bool single;
  std::vector<double> total;
};

extern template float Dac::level(float) const;
extern template double Dac::level(double) const;
extern template float Dac::slice(float, unsigned) const;
extern template double Dac::slice(double, unsigned) const;

} // namespace limen::target
