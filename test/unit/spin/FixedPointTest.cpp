// Neuron steps in fixed point: compiled kernels against formulas in integers,
// bit for bit, and against the exact step within the error that the analysis
// states.

#include "test/unit/spin/FixedKernel.h"

using namespace limen;
using namespace limen::test;

namespace {

const std::string currExp =
    "tau_m = 0.02 : f64, cm = 0.25 : f64, v_rest = -65.0 : f64, v_reset = "
    "-70.0 "
    ": f64, v_thresh = -50.0 : f64, tau_refrac = 0.002 : f64, tau_syn_e = "
    "0.005 "
    ": f64, tau_syn_i = 0.003 : f64, i_offset = 0.125 : f64";

} // namespace

TEST(FixedFormat, TextsAndEnds) {
  for (const char *text : {"s16.15", "u0.32", "s0.31", "s6.25", "u16.16"})
    EXPECT_EQ(target::toString(*target::parseFormat(text)), text);
  for (const char *text : {"", "s16.16", "16.15", "s16", "u0.31", "s16.15 ",
                           "s-1.32", "s4294967297.30"})
    EXPECT_FALSE(target::parseFormat(text)) << text;
  EXPECT_EQ(*target::toFixed(-65536.0, target::accum), INT32_MIN);
  EXPECT_FALSE(target::toFixed(65536.0, target::accum));
  EXPECT_FALSE(target::toFixed(1.0, target::unsignedFract));
  EXPECT_FALSE(target::toFixed(std::nan(""), target::accum));
  EXPECT_EQ(static_cast<uint32_t>(*target::toFixed(0.5, target::unsignedFract)),
            0x80000000u);
  // The two releases of the published runtime.
  EXPECT_EQ(*target::toFixed(std::exp(-1.0 / 20), target::accum), 31169);
  EXPECT_EQ(
      *target::toFixed(std::exp(-1.0 / 20), target::accum, Rounding::Nearest),
      31170);
  EXPECT_EQ(*target::toFixed(-0x1.8p-15, target::accum), -2);
  EXPECT_EQ(*target::toFixed(-0x1.8p-15, target::accum, Rounding::Nearest), -1);
  EXPECT_EQ(*target::toFixed(-0x1.8p-15, target::accum, Rounding::TowardZero),
            -1);
}

TEST(FixedPoint, LifBitForBit) {
  Kernel kernel("lif",
                "tau = 0.007 : f64, r = 1.5 : f64, v_leak = -0.5 : f64, "
                "v_threshold = 1.0 : f64, v_reset = 0.0 : f64",
                {{-20, 20}});
  EXPECT_EQ(target::toString(kernel.plan.coefficientFormats[0]), "u0.32");
  EXPECT_EQ(target::toString(kernel.plan.coefficientFormats[1]), "s16.15");
  const int64_t rate = fixed(0.001 / 0.007, 32);
  compareBits(kernel, [&](auto &s, const auto &x) {
    const int64_t slope = fixed(-0.5, 15) - s[0] + mul(fixed(1.5, 15), x[0]);
    const int64_t charged = s[0] + mulFract(slope, rate);
    const bool spike = charged > fixed(1, 15);
    s[0] = spike ? 0 : charged;
    return spike;
  });
}

TEST(FixedPoint, CurrentBasedNeuronBitForBit) {
  Kernel kernel("spinnaker_if_curr_exp", currExp, {{0, 40}, {-40, 0}});
  const int64_t keep = fixed(std::exp(-1.0 / 20), 15), r = fixed(80, 15),
                keepE = fixed(std::exp(-1.0 / 5), 32),
                keepI = fixed(std::exp(-1.0 / 3), 32),
                wE = fixed(5 * (1 - std::exp(-1.0 / 5)), 32),
                wI = fixed(3 * (1 - std::exp(-1.0 / 3)), 32);
  compareBits(kernel, [&](auto &s, const auto &x) {
    s[0] = mulFract(s[0], keepE) + mulFract(x[0], wE);
    s[1] = mulFract(s[1], keepI) + mulFract(-x[1], wI);
    const int64_t current = s[0] - s[1] + fixed(0.125, 15);
    const int64_t alpha = mul(current, r) + fixed(-65, 15);
    const bool waits = s[3] > 0;
    int64_t v = waits ? s[2] : alpha - mul(keep, alpha - s[2]);
    const bool spike = v >= fixed(-50, 15);
    s[3] = spike ? fixed(2, 15) : std::max<int64_t>(s[3] - 32768, 0);
    s[2] = spike ? fixed(-70, 15) : v;
    return spike;
  });
}

TEST(FixedPoint, ConductanceBasedNeuronBitForBit) {
  Kernel kernel("spinnaker_if_cond_exp",
                currExp + ", e_rev_e = 0.0 : f64, e_rev_i = -80.0 : f64",
                {{0, 0.05}, {0, 0.05}});
  const int64_t keep = fixed(std::exp(-1.0 / 20), 15), r = fixed(80, 15),
                keepE = fixed(std::exp(-1.0 / 5), 32),
                keepI = fixed(std::exp(-1.0 / 3), 32),
                wE = fixed(5 * (1 - std::exp(-1.0 / 5)), 32),
                wI = fixed(3 * (1 - std::exp(-1.0 / 3)), 32);
  compareBits(kernel, [&](auto &s, const auto &x) {
    // Conductances times 1024 in s16.15, then >> 15 and >> 10 of the product.
    s[0] = mulFract(s[0], keepE) + mulFract(x[0], wE);
    s[1] = mulFract(s[1], keepI) + mulFract(x[1], wI);
    const int64_t current = floorDiv(mul(s[0], 0 - s[2]), 10) +
                            floorDiv(mul(s[1], fixed(-80, 15) - s[2]), 10) +
                            fixed(0.125, 15);
    const int64_t alpha = mul(current, r) + fixed(-65, 15);
    const bool waits = s[3] > 0;
    int64_t v = waits ? s[2] : alpha - mul(keep, alpha - s[2]);
    const bool spike = v >= fixed(-50, 15);
    s[3] = spike ? fixed(2, 15) : std::max<int64_t>(s[3] - 32768, 0);
    s[2] = spike ? fixed(-70, 15) : v;
    return spike;
  });
}

TEST(FixedPoint, IzhikevichBitForBit) {
  Kernel kernel("izk_curr_exp", "", {{0, 20}, {-20, 0}});
  const int64_t k = 1311, five = fixed(5, 15), a = fixed(0.02, 32),
                half = fixed(0.01, 32), b = fixed(0.2, 32),
                keep = fixed(std::exp(-1.0 / 5), 32),
                w = fixed(5 * (1 - std::exp(-1.0 / 5)), 32);
  compareBits(kernel, [&](auto &s, const auto &x) {
    const int64_t iE = s[0] + mulFract(x[0], w), iI = s[1] + mulFract(x[1], w);
    const int64_t v = s[2], u = s[3], h = s[4];
    const int64_t pre = fixed(140, 15) + iE + iI - u;
    const int64_t slope = pre + mul(mul(k, v) + five, v);
    const int64_t mid = v + mul(mul(h, fixed(0.5, 15)), slope);
    const int64_t beta = mul(h, mulFract(mulFract(v, b) - u, half));
    const int64_t moved = v + mul(h, pre - beta + mul(mul(k, mid) + five, mid));
    const int64_t recovered =
        u + mul(h, mulFract(mulFract(mid, b) - u - beta, a));
    const bool spike = moved >= fixed(30, 15);
    s[0] = mulFract(iE, keep);
    s[1] = mulFract(iI, keep);
    s[2] = spike ? fixed(-65, 15) : moved;
    s[3] = spike ? recovered + fixed(2, 15) : recovered;
    s[4] = spike ? fixed(1.85, 15) : fixed(1, 15);
    return spike;
  });
}

TEST(FixedPoint, StepsStayWithinTheStatedError) {
  const std::string lif =
      "tau = 0.02 : f64, r = 2.0 : f64, v_leak = 0.1 : f64, "
      "v_threshold = 1.0 : f64, v_reset = 0.0 : f64";
  compareWithExact(Kernel("lif", lif, {{-10, 10}}));
  compareWithExact(Kernel("lif_exact", lif, {{-10, 10}}));
  compareWithExact(
      Kernel("if", "r = 0.7 : f64, v_threshold = 1.0 : f64", {{0, 2}}));
  compareWithExact(
      Kernel("cuba_lif",
             "tau_syn = 0.005 : f64, tau_mem = 0.02 : f64, r = 1.3 "
             ": f64, v_leak = 0.0 : f64, v_threshold = 1.0 : f64",
             {{-10, 10}}));
  compareWithExact(
      Kernel("spinnaker_if_curr_exp", currExp, {{0, 40}, {-40, 0}}));
  compareWithExact(Kernel("if_curr_exp", currExp, {{0, 40}, {-40, 0}}));
  const std::string reversal = ", e_rev_e = 0.0 : f64, e_rev_i = -80.0 : f64";
  compareWithExact(Kernel("spinnaker_if_cond_exp", currExp + reversal,
                          {{0, 0.05}, {0, 0.05}}));
  compareWithExact(
      Kernel("if_cond_exp", currExp + reversal, {{0, 0.05}, {0, 0.05}}));
  compareWithExact(Kernel("izhikevich", "", {{-20, 20}}));
  compareWithExact(Kernel("izk_curr_exp", "", {{0, 20}, {-20, 0}}));
}

TEST(FixedPoint, RangesOfALeakyNeuronAreThoseOfItsEquation) {
  // v in [leak - r x, threshold]: the largest inhibition pulls it down, a spike
  // keeps it below the threshold.
  Kernel kernel("lif",
                "tau = 0.02 : f64, r = 2.0 : f64, v_leak = 0.1 : f64, "
                "v_threshold = 1.0 : f64, v_reset = 0.0 : f64",
                {{-10, 10}});
  EXPECT_EQ(kernel.ranges.origins[0], StepRanges::Origin::Derived);
  EXPECT_NEAR(kernel.ranges.states[0].low, 0.1 - 20, 0.2);
  EXPECT_NEAR(kernel.ranges.states[0].high, 1, 0.01);
  EXPECT_TRUE(kernel.ranges.overflows.empty());
  // An integrator that nothing bounds below has no range.
  Kernel open("if", "r = 1.0 : f64, v_threshold = 1.0 : f64", {{-1, 1}});
  EXPECT_EQ(open.ranges.origins[0], StepRanges::Origin::Unknown);
  EXPECT_FALSE(open.ranges.overflows.empty());
}

TEST(FixedPoint, RoundingOfProducts) {
  const std::string text = R"(
snn.model @half parameters [] states ["v"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%v: f32, %in: f32):
  %p = arith.mulf %in, %in : f32
  %zero = arith.constant 0.0 : f32
  %q = arith.mulf %in, %v : f32
  %spike = arith.cmpf ogt, %p, %zero : f32
  snn.yield %q, %spike : f32, i1
}
)";
  const auto product = [&](Rounding rounding, int32_t a, int32_t b) {
    Kernel kernel("half", "", {{-1, 1}}, rounding, text);
    std::vector<std::vector<int32_t>> states = {{b}};
    kernel.step(states, {{a}}, 1);
    return states[0][0];
  };
  // 3 x 5461 / 32768 = 0.49997; 3 x 5462 / 32768 = 0.50006.
  for (int32_t b : {5461, 5462}) {
    EXPECT_EQ(product(Rounding::Down, 3, b), 0);
    EXPECT_EQ(product(Rounding::Down, -3, b), -1);
    EXPECT_EQ(product(Rounding::TowardZero, -3, b), 0);
    EXPECT_EQ(product(Rounding::Nearest, 3, b), b == 5462);
    EXPECT_EQ(product(Rounding::Nearest, -3, b), b == 5462 ? -1 : 0);
  }
  EXPECT_EQ(product(Rounding::TowardZero, -32768, 7), -7);
}

TEST(FixedPoint, FunctionsOfCoefficientsAreFoldedAndDivisionsRounded) {
  const std::string text = R"(
snn.model @divide parameters ["c"] states ["a", "b", "d"] receptors ["in"]
prepare {
^bb0(%dt: f64, %c: f64):
  snn.yield %c : f64
} step {
^bb0(%c: f32, %a: f32, %b: f32, %d: f32, %in: f32):
  %e = math.exp %c : f32
  %p = arith.mulf %e, %in : f32
  %q = arith.divf %in, %c : f32
  %r = arith.divf %a, %in : f32
  %spike = arith.cmpf ogt, %a, %in : f32
  snn.yield %p, %q, %r, %spike : f32, f32, f32, i1
}
)";
  Kernel kernel("divide", "c = -3.0 : f64", {{-8, 8}}, Rounding::Down, text);
  // exp(-3) and -1/3, beside c.
  ASSERT_EQ(kernel.plan.coefficients.size(), 3u);
  EXPECT_DOUBLE_EQ(kernel.plan.coefficients[1].values[0], std::exp(-3));
  EXPECT_EQ(target::toString(kernel.plan.coefficientFormats[1]), "u0.32");
  EXPECT_EQ(target::toString(kernel.plan.coefficientFormats[2]), "s0.31");
  std::vector<std::vector<int32_t>> states = {
      {7 * 32768, -7 * 32768, 100}, {0, 0, 0}, {0, 0, 0}};
  kernel.step(states, {{2 * 32768, 2 * 32768, 0}}, 3);
  EXPECT_EQ(states[0][0], mulFract(2 * 32768, fixed(std::exp(-3), 32)));
  EXPECT_EQ(states[1][0], floorDiv(Wide(2 * 32768) * fixed(-1.0 / 3, 31), 31));
  EXPECT_EQ(states[2][0], 7 * 16384);
  EXPECT_EQ(states[2][1], -7 * 16384);
  // A division by 0 yields the dividend, in 64 bits.
  EXPECT_EQ(states[2][2], 100 << 15);
}
