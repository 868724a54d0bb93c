// Functions of fixed-point numbers against those of double: every word where
// results are neither lost nor saturated, a grid elsewhere.

#include "hw-models/target/FixedFunctions.h"

#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <limits>

using namespace limen;
using target::accum;
using target::FixedFormat;
using target::FixedFunction;

namespace {

constexpr int64_t half = int64_t(1) << 31; ///< of all words
constexpr FixedFormat s6 = {true, 25}, u1 = {false, 31}, u16 = {false, 16},
                      s31 = {true, 0};

/// Words `first` to `last`, every `stride`th. Fails beyond the stated error
/// and where a monotone function falls; returns the largest error in units.
double compare(FixedFunction function, FixedFormat from, FixedFormat to,
               int64_t first, int64_t last, int64_t stride = 1) {
  int64_t before = std::numeric_limits<int64_t>::min();
  double largest = 0;
  for (int64_t word = first; word <= last; word += stride) {
    const double x = std::ldexp(double(word), -int(from.fraction));
    const double exact =
        std::clamp(target::exactly(function, x), to.lowest(), to.highest());
    const int32_t bits = target::applyFixed(
        function, static_cast<int32_t>(static_cast<uint32_t>(word)), from, to);
    const double found = target::fromFixed(bits, to);
    const double error = std::abs(found - exact);
    if (!(error <= target::errorBound(function, std::abs(exact), from, to))) {
      ADD_FAILURE() << fmt::format("f({:.10g}) is {:.10g}, found {:.10g}", x,
                                   exact, found);
      return error / to.unit();
    }
    largest = std::max(largest, error / to.unit());
    const auto value = static_cast<int64_t>(std::ldexp(found, to.fraction));
    if (target::isMonotone(function) && value < before) {
      ADD_FAILURE() << fmt::format("falls at {:.10g}", x);
      return largest;
    }
    before = value;
  }
  return largest;
}

int32_t word(double x, FixedFormat format = accum) {
  return *target::toFixed(x, format, target::Rounding::Nearest);
}

double at(FixedFunction function, double x) {
  return target::fromFixed(target::applyFixed(function, word(x), accum, accum),
                           accum);
}

} // namespace

TEST(FixedFunctions, ExponentialsOfEveryArgumentThatMatters) {
  using F = FixedFunction;
  // Beyond, results are 0 and 65536.
  EXPECT_LT(compare(F::Exp, accum, accum, -400000, 400000), 2.6);
  EXPECT_LT(compare(F::Exp2, accum, accum, -600000, 600000), 2.6);
  EXPECT_LT(compare(F::Expm1, accum, accum, -400000, 400000), 2.6);
  compare(F::Exp, accum, accum, -half, half - 1, 4001);
  compare(F::Exp, accum, target::unsignedFract, -800000, -1);
  compare(F::Exp, s6, accum, -half, half - 1, 4001);
  compare(F::Exp, target::signedFract, u1, -half, -1, 4001);
  compare(F::Expm1, accum, target::signedFract, -400000, 22713);
}

TEST(FixedFunctions, LogarithmsAndRoots) {
  using F = FixedFunction;
  EXPECT_LT(compare(F::Log, accum, accum, 1, 2000000), 0.501);
  EXPECT_LT(compare(F::Log, accum, accum, 1, half - 1, 1999), 0.501);
  EXPECT_LT(compare(F::Log, u1, accum, 1, 2 * half - 1, 3989), 0.501);
  EXPECT_LT(compare(F::Log2, accum, accum, 1, half - 1, 1999), 0.501);
  EXPECT_LT(compare(F::Log1p, accum, accum, -32767, half - 1, 1999), 0.501);
  compare(F::Log1p, target::signedFract, accum, -half + 1, half - 1, 3989);
  EXPECT_LT(compare(F::Sqrt, accum, accum, 0, 2000000), 0.501);
  EXPECT_LT(compare(F::Sqrt, accum, accum, 0, half - 1, 1999), 0.532);
  compare(F::Sqrt, u16, {false, 24}, 0, 2 * half - 1, 3989);
  compare(F::Sqrt, s31, s31, 0, half - 1, 3989);
}

TEST(FixedFunctions, BoundedOnes) {
  using F = FixedFunction;
  EXPECT_LT(compare(F::Tanh, accum, accum, -400000, 400000), 0.501);
  compare(F::Tanh, accum, accum, -half, half - 1, 4001);
  compare(F::Tanh, accum, target::signedFract, -400000, 400000);
  EXPECT_LT(compare(F::Cos, accum, accum, -400000, 400000), 0.501);
  EXPECT_LT(compare(F::Sin, accum, accum, -half, half - 1, 3989), 0.501);
  EXPECT_LT(compare(F::Cos, accum, accum, -half, half - 1, 3989), 0.501);
  compare(F::Sin, s6, s6, -half, half - 1, 3989);
  compare(F::Sin, u16, accum, 0, 2 * half - 1, 3989);
}

TEST(FixedFunctions, EndsAndPlacesWithoutValue) {
  using F = FixedFunction;
  constexpr double most = 65536 - 0x1p-15;
  EXPECT_EQ(at(F::Exp, 0), 1);
  EXPECT_EQ(at(F::Exp, 11.0904), most);
  EXPECT_EQ(at(F::Exp, most), most);
  EXPECT_EQ(at(F::Exp, -11), 0x1p-15);
  EXPECT_EQ(at(F::Exp, -65536), 0);
  EXPECT_EQ(at(F::Expm1, -65536), -1);
  EXPECT_EQ(at(F::Log, 1), 0);
  EXPECT_EQ(at(F::Log, 0), -65536);
  EXPECT_EQ(at(F::Log, -2), -65536);
  EXPECT_EQ(at(F::Log1p, -1), -65536);
  EXPECT_EQ(at(F::Sqrt, 0), 0);
  EXPECT_EQ(at(F::Sqrt, -4), 0);
  EXPECT_EQ(at(F::Sqrt, 6.25), 2.5);
  EXPECT_EQ(at(F::Tanh, -65536), -1);
  EXPECT_EQ(at(F::Tanh, most), 1);
  EXPECT_EQ(at(F::Sin, 0), 0);
  EXPECT_EQ(at(F::Cos, 0), 1);
  // 1 does not fit s0.31: its highest number is next to it.
  EXPECT_EQ(
      target::applyFixed(F::Tanh, word(60000), accum, target::signedFract),
      std::numeric_limits<int32_t>::max());
}

TEST(FixedFunctions, Names) {
  EXPECT_EQ(target::parseFixedFunction("log1p"), FixedFunction::Log1p);
  EXPECT_FALSE(target::parseFixedFunction("erf"));
  EXPECT_FALSE(target::parseFixedFunction(""));
}
