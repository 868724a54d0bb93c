// Functions of fixed-point numbers as a core without floating-point unit and
// divider computes them: range reduction and polynomials in products of 32-bit
// numbers, shifts and sums. No tables, no branches.
//
// One text serves everywhere: with int64_t it computes numbers (ranges in the
// compiler, tests), with a type that records operations it writes kernels.
//
// Results are rounded to the nearest number of their format and saturate. A
// logarithm of what is not above 0 is the lowest number of the format, the root
// of a negative number 0. `errorBound` says how close results are.
#pragma once

#include "hw-models/target/FixedFormat.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace limen::target {

enum class FixedFunction {
  Exp,
  Exp2,
  Expm1,
  Log,
  Log1p,
  Log2,
  Sqrt,
  Tanh,
  Sin,
  Cos
};

/// By the name of the op of `math`: "exp", "log1p", ... Nothing for others.
std::optional<FixedFunction> parseFixedFunction(std::string_view name);

/// The number itself, as exact as double is.
double exactly(FixedFunction function, double x);

/// Whether a larger argument never has a smaller result.
bool isMonotone(FixedFunction function);

/// The largest distance between a result in `to` and the exact function of an
/// argument in `from`, where the result is no larger than `most` and does not
/// saturate.
double errorBound(FixedFunction function, double most, FixedFormat from,
                  FixedFormat to);

/// The word of `function` of the word `bits`.
int32_t applyFixed(FixedFunction function, int32_t bits, FixedFormat from,
                   FixedFormat to);

// What FixedFunctions needs beside operators; for int64_t here.
inline int64_t smaller(int64_t a, int64_t b) { return std::min(a, b); }
inline int64_t larger(int64_t a, int64_t b) { return std::max(a, b); }
/// `then` where a < b.
inline int64_t whereLess(int64_t a, int64_t b, int64_t then,
                         int64_t otherwise) {
  return a < b ? then : otherwise;
}
inline int64_t likewise(int64_t, int64_t value) { return value; }

/// `N` is int64_t or behaves like it: +, -, *, &, << and >> (arithmetic, by a
/// number or an N below 64), and the functions above; likewise(x, c) is the
/// constant c. Qk below is a number with k bits behind the point.
template <typename N> class FixedFunctions {
public:
  /// Of `x`, a word of `from` with its sign, or without one if it has none. The
  /// result is a word of `to` likewise.
  static N apply(FixedFunction function, N x, FixedFormat from,
                 FixedFormat to) {
    switch (function) {
    case FixedFunction::Exp:
      return cut(powerOfTwo(timesLog2e(shortened(x, from)), to.fraction), to);
    case FixedFunction::Exp2:
      return cut(powerOfTwo(shortened(x, from) << (q55 - q25), to.fraction),
                 to);
    case FixedFunction::Expm1:
      return cut(powerOfTwo(timesLog2e(shortened(x, from)), to.fraction) -
                     one(to.fraction),
                 to);
    case FixedFunction::Log:
      return cut(logarithm(x, from.fraction, true, to), to);
    case FixedFunction::Log1p:
      return cut(logarithm(x + one(from.fraction), from.fraction, true, to),
                 to);
    case FixedFunction::Log2:
      return cut(logarithm(x, from.fraction, false, to), to);
    case FixedFunction::Sqrt:
      return cut(root(x, from.fraction, to.fraction), to);
    case FixedFunction::Tanh:
      return cut(tangent(x, from, to.fraction), to);
    case FixedFunction::Sin:
      return cut(sine(x, from.fraction, 0, to.fraction), to);
    case FixedFunction::Cos:
      return cut(sine(x, from.fraction, quarterTurn, to.fraction), to);
    }
    return x;
  }

  /// `x` in units of `to`, saturated.
  static N cut(N x, FixedFormat to) {
    const int64_t low = to.isSigned ? -(int64_t(1) << 31) : 0;
    const int64_t high = (int64_t(1) << (to.isSigned ? 31 : 32)) - 1;
    return smaller(larger(x, likewise(x, low)), likewise(x, high));
  }

private:
  static constexpr unsigned q25 = 25, q30 = 30, q31 = 31, q55 = 55;
  static constexpr int64_t quarterTurn = int64_t(1) << 30; // Q32

  static constexpr int64_t one(unsigned fraction) {
    return int64_t(1) << fraction;
  }

  /// Q`from` to Q`to`, rounded to nearest.
  static N rounded(N x, unsigned from, unsigned to) {
    if (to >= from)
      return x << (to - from);
    return (x + one(from - to - 1)) >> (from - to);
  }

  /// The argument of an exponential in Q25, where more would not change that
  /// it saturates or vanishes: 32 bits.
  static N shortened(N x, FixedFormat from) {
    constexpr int64_t most = 46 * one(q25);
    N out = from.fraction <= q25 ? x << (q25 - from.fraction)
                                 : x >> (from.fraction - q25);
    return smaller(larger(out, likewise(x, -most)), likewise(x, most));
  }

  /// Q25 to Q55. log2(e) is 1549082004 + 2920020061 / 2^32 in Q30.
  static N timesLog2e(N x) {
    return x * int64_t(1549082004) + ((x * int64_t(2920020061)) >> 32);
  }

  /// 2^t of t in Q55, rounded; 2^34 or more where it is that large.
  static N powerOfTwo(N t, unsigned fraction) {
    // (2^r - 1) / r on [0, 1] in Q32, within 5e-12 before rounding (Chebyshev
    // interpolation).
    constexpr std::array<int64_t, 8> c = {2977044472, 1031764993, 238388284,
                                          41309926,   5725253,    664660,
                                          61958,      7749};
    N r = (t >> (q55 - q31)) & (one(q31) - 1);
    N whole = t >> q55;
    N sum = likewise(t, c[7]);
    for (int k = 6; k >= 0; --k)
      sum = ((sum * r) >> q31) + c[static_cast<size_t>(k)];
    N power = ((sum * r) >> q31) + one(32);
    // Three bits of room keep every shift one to the right.
    N shift = likewise(t, 35 - static_cast<int64_t>(fraction)) - whole;
    shift = smaller(larger(shift, likewise(t, 1)), likewise(t, 62));
    return ((power << 3) + (likewise(t, 1) << (shift - 1))) >> shift;
  }

  /// log2 or ln of `x`, below 2^34, in units of `to`.
  static N logarithm(N x, unsigned fraction, bool natural, FixedFormat to) {
    // log2(1.5 + u) on [-0.5, 0.5] in Q31, within 3e-10 before rounding.
    constexpr std::array<int64_t, 12> c = {
        1256197405, 2065442673, -688480983, 305991564, -152991495, 81595106,
        -45403721,  25948268,   -14572853,  8622588,   -7176649,   4368697};
    constexpr int64_t ln2 = 1488522236; // Q31
    N m = larger(x, likewise(x, 1));
    N exponent = likewise(x, 33 - static_cast<int64_t>(fraction));
    for (unsigned by : {32u, 16u, 8u, 4u, 2u, 1u}) {
      const int64_t edge = one(34 - by);
      exponent =
          whereLess(m, likewise(x, edge), exponent - int64_t(by), exponent);
      m = whereLess(m, likewise(x, edge), m << by, m);
    }
    N u = (m - 3 * one(32)) >> 1; // m is Q33 in [1, 2), u is Q32
    N sum = likewise(x, c[11]);
    for (int k = 10; k >= 0; --k)
      sum = ((sum * u) >> 32) + c[static_cast<size_t>(k)];
    N log = natural ? exponent * ln2 + ((sum * ln2) >> q31)
                    : (exponent << q31) + sum;
    const int64_t lowest = to.isSigned ? -one(31) : 0;
    return whereLess(likewise(x, 0), x, rounded(log, q31, to.fraction),
                     likewise(x, lowest));
  }

  /// The root of `x`, rounded: x times its reciprocal root by Newton's steps.
  static N root(N x, unsigned from, unsigned to) {
    // x 2^-from = m 2^(32 - k - from) with m in [1, 4) as Q32 and an even
    // exponent.
    const unsigned odd = from % 2;
    N m = larger(x, likewise(x, 1)) << odd;
    N half = likewise(x, 0); // of k
    for (unsigned by : {16u, 8u, 4u, 2u, 2u}) {
      const int64_t edge = one(34 - by);
      half = whereLess(m, likewise(x, edge), half + int64_t(by / 2), half);
      m = whereLess(m, likewise(x, edge), m << by, m);
    }
    N q29 = m >> 3;
    // 1.1 - 0.162 m is within 11 %; four steps square that to 1e-13.
    N y = likewise(x, 1181116006) - ((q29 * int64_t(173946175)) >> 29);
    for (int step = 0; step < 4; ++step) {
      N square = (y * y) >> q30;
      N rest = likewise(x, 3 * one(q30)) - ((q29 * square) >> 29);
      y = (y * rest) >> q31;
    }
    N q61 = (m >> 1) * y;
    N shift = half + (45 + static_cast<int64_t>((from + odd) / 2) -
                      static_cast<int64_t>(to));
    shift = smaller(shift, likewise(x, 63));
    N result = (q61 + (likewise(x, 1) << (shift - 1))) >> shift;
    return whereLess(likewise(x, 0), x, result, likewise(x, 0));
  }

  /// tanh |x| = (1 - e) / (1 + e) with e = exp(-2 |x|), and the sign of x.
  static N tangent(N x, FixedFormat from, unsigned fraction) {
    N magnitude = larger(x, likewise(x, 0) - x);
    N argument = shortened(magnitude, from);
    argument = smaller(argument, likewise(x, 22 * one(q25)));
    N e = powerOfTwo(timesLog2e(likewise(x, 0) - (argument << 1)), q31);
    N divisor = e + one(q31);
    // 24/17 - 8/17 d is within 1/17 of 1/d for d in [1, 2]; three steps square
    // that to 2e-10.
    N inverse =
        likewise(x, 3031741620) - ((divisor * int64_t(1010580540)) >> q31);
    for (int step = 0; step < 3; ++step)
      inverse =
          (inverse * (likewise(x, one(32)) - ((divisor * inverse) >> q31))) >>
          q31;
    N result = ((likewise(x, one(q31)) - e) * inverse) >> q31;
    N positive = rounded(result, q31, fraction);
    return whereLess(x, likewise(x, 0), likewise(x, 0) - positive, positive);
  }

  /// sin(x + 2 pi shift), `shift` in turns as Q32.
  static N sine(N x, unsigned from, int64_t shift, unsigned to) {
    // sin(pi/2 w) / w of w^2 on [0, 1] in Q30, within 3e-11 before rounding.
    constexpr std::array<int64_t, 6> c = {1686629713, -693598666, 85569282,
                                          -5026892,   172072,     -3685};
    if (from > q25) {
      x = x >> (from - q25);
      from = q25;
    }
    // 1/(2 pi) is 1367130551 + 328271178 / 2^31 in Q33.
    N turns = x * int64_t(1367130551) + ((x * int64_t(328271178)) >> q31);
    N phase = ((turns >> (from + 1)) + shift) & (one(32) - 1);
    N w = whereLess(phase, likewise(x, one(31)), phase, phase - one(32));
    w = whereLess(likewise(x, one(30)), w, likewise(x, one(31)) - w, w);
    w = whereLess(w, likewise(x, -one(30)), likewise(x, -one(31)) - w, w);
    N square = (w * w) >> q30;
    N sum = likewise(x, c[5]);
    for (int k = 4; k >= 0; --k)
      sum = ((sum * square) >> q30) + c[static_cast<size_t>(k)];
    return rounded((w * sum) >> q30, q30, to);
  }
};

} // namespace limen::target
