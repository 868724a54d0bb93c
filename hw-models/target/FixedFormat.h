// Binary fixed-point formats of 32 bits, as cores of SpiNNaker-style machines
// use them: s16.15 ("accum"), u0.32 and s0.31 ("fract"), and others.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/target/SpinMachine.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace limen::target {

struct FixedFormat {
  bool isSigned = true;
  unsigned fraction = 15; ///< bits behind the point, 0 to 32 (31 with a sign)

  /// The value of the lowest bit.
  double unit() const { return std::ldexp(1.0, -static_cast<int>(fraction)); }
  double lowest() const { return isSigned ? -std::ldexp(unit(), 31) : 0; }
  double highest() const {
    return isSigned ? std::ldexp(unit(), 31) - unit()
                    : std::ldexp(unit(), 32) - unit();
  }
  /// Numbers below 1 only.
  bool isFraction() const { return fraction >= 31; }

  bool operator==(const FixedFormat &) const = default;
};

inline constexpr FixedFormat accum = {true, 15};
inline constexpr FixedFormat unsignedFract = {false, 32};
inline constexpr FixedFormat signedFract = {true, 31};

/// "s16.15": a sign or u, bits before and behind the point.
std::string toString(FixedFormat format);

/// The inverse. Errors: another spelling, bits that do not make 32 with the
/// sign.
Result<FixedFormat> parseFormat(std::string_view text);

/// `x` as the 32 bits of `format`. Errors: beyond the numbers that it holds.
Result<int32_t> toFixed(double x, FixedFormat format,
                        Rounding rounding = Rounding::Down);

/// The number that the bits of `format` stand for.
inline double fromFixed(int32_t bits, FixedFormat format) {
  return format.isSigned
             ? std::ldexp(static_cast<double>(bits),
                          -static_cast<int>(format.fraction))
             : std::ldexp(static_cast<double>(static_cast<uint32_t>(bits)),
                          -static_cast<int>(format.fraction));
}

} // namespace limen::target
