// Functions of what changes and integers in fixed point: kernels against the
// functions that the compiler computes, against formulas, and the exact step.

#include "test/unit/spin/FixedKernel.h"

using namespace limen;
using namespace limen::test;

TEST(FixedPoint, FunctionsOfWhatChangesStayWithinTheStatedError) {
  compareWithExact(Kernel("adex", "", {{-1, 4}}));
  const std::string memory = "tau_m = 0.02 : f64, bias = 0.25 : f64";
  compareWithExact(Kernel("elm_memory", memory, {{-8, 8}}));
  compareWithExact(Kernel("elm_memory_v1", memory, {{-8, 8}}));
  Kernel rate("sigmoid_rate", "theta = 0.1 : f64", {{-3, 3}});
  EXPECT_LT(rate.ranges.outputError, 1e-3);
  compareWithExact(rate);
}

namespace {
/// A model whose state becomes `ops` of its input.
std::string functionModel(const std::string &ops) {
  return R"(
snn.model @apply parameters [] states ["y"] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%y: f32, %x: f32):
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
)" + ops +
         R"(
  %spike = arith.cmpf ogt, %r, %zero : f32
  snn.yield %r, %spike : f32, i1
}
)";
}

/// Inputs over their whole range, and where functions bend.
std::vector<int32_t> arguments() {
  std::vector<int32_t> words;
  for (int64_t word = INT32_MIN; word <= INT32_MAX; word += 429497)
    words.push_back(static_cast<int32_t>(word));
  for (int32_t word = -380000; word <= 380000; word += 77)
    words.push_back(word);
  return words;
}
} // namespace

TEST(FixedPoint, KernelsComputeTheFunctionsOfTheCompiler) {
  const std::vector<int32_t> in = arguments();
  for (const char *name : {"exp", "exp2", "expm1", "log", "log1p", "log2",
                           "sqrt", "tanh", "sin", "cos"}) {
    Kernel kernel("apply", "", {{-65536, 65535}}, Rounding::Down,
                  functionModel(fmt::format("  %r = math.{} %x : f32", name)));
    std::vector<std::vector<int32_t>> states = {std::vector(in.size(), 0)};
    kernel.step(states, {in}, in.size());
    for (size_t i = 0; i < in.size(); ++i)
      ASSERT_EQ(states[0][i],
                target::applyFixed(*target::parseFixedFunction(name), in[i],
                                   target::accum, target::accum))
          << name << " of word " << in[i];
  }
}

TEST(FixedPoint, WhatDependsOnAFunctionSaturates) {
  const auto at = [](const Kernel &kernel, double x) {
    std::vector<std::vector<int32_t>> states = {{0}};
    kernel.step(states, {{*target::toFixed(x, target::accum)}}, 1);
    return target::fromFixed(states[0][0], kernel.plan.stateFormats[0]);
  };
  // 1 / (1 + exp(-x)), with exp(-x) at its end.
  Kernel logistic("apply", "", {{-65536, 65535}}, Rounding::Down,
                  functionModel("  %n = arith.negf %x : f32\n"
                                "  %e = math.exp %n : f32\n"
                                "  %d = arith.addf %one, %e : f32\n"
                                "  %r = arith.divf %one, %d : f32"));
  EXPECT_EQ(at(logistic, -20), 0);
  EXPECT_EQ(at(logistic, 0), 0.5);
  EXPECT_EQ(at(logistic, 20), 1);
  EXPECT_NEAR(at(logistic, -3), 1 / (1 + std::exp(3)), 0x1p-14);
  EXPECT_EQ(logistic.ranges.saturations.size(), 2u); // exp, the sum
  EXPECT_TRUE(logistic.ranges.overflows.empty());
  // A product and a difference.
  Kernel product("apply", "", {{-65536, 65535}}, Rounding::Down,
                 functionModel("  %e = math.exp %x : f32\n"
                               "  %p = arith.mulf %e, %x : f32\n"
                               "  %d = arith.subf %one, %p : f32\n"
                               "  %r = arith.subf %d, %e : f32"));
  EXPECT_EQ(at(product, 20), -65536);
  EXPECT_NEAR(at(product, 2), 1 - 3 * std::exp(2), 0x1p-13);
}

TEST(FixedPoint, FormatsOfFunctionsAndSums) {
  // In s16.15, ln(1 - x) of x above 1 - 2^-15 would be that of 2^-15.
  Kernel kernel(
      "apply", "", {{0, 0.9999}}, Rounding::Down,
      functionModel(
          "  %u = snn.uniform 0 : f32\n"
          "  %d = arith.subf %one, %u {spin.format = \"u1.31\"} : f32\n"
          "  %l = math.log %d {spin.format = \"s6.25\"} : f32\n"
          "  %r = arith.negf %l : f32"));
  std::vector<std::vector<int32_t>> states = {std::vector(lanes, 0)};
  kernel.step(states, {std::vector(lanes, 0)}, lanes);
  double least = 1, most = 0;
  for (int32_t word : states[0]) {
    const double y = target::fromFixed(word, target::accum);
    least = std::min(least, y);
    most = std::max(most, y);
  }
  EXPECT_GE(least, 0);
  EXPECT_LT(least, 0.001);
  // Of 20,000 draws of an exponential distribution, the largest is near 9.9.
  EXPECT_GT(most, 7);
  EXPECT_LT(most, 16.7);
}

TEST(FixedPoint, LoihiNeuronBitForBit) {
  // Inputs large enough to wrap u, and products beyond 32 bits.
  Kernel kernel("lava_cuba",
                "i_decay = 100.0 : f64, v_decay = 300.0 : f64, v_threshold = "
                "90000.0 : f64, bias = -7.0 : f64",
                {{-70000, 70000}});
  EXPECT_TRUE(kernel.ranges.tooWide.empty());
  constexpr int64_t limit = 1 << 23;
  for (const Interval &range : kernel.ranges.states) {
    EXPECT_GE(range.low, -limit);
    EXPECT_LE(range.high, limit);
  }
  EXPECT_EQ(kernel.ranges.origins[0], StepRanges::Origin::Derived);
  EXPECT_EQ(kernel.ranges.errors, std::vector<double>({0, 0}));
  size_t wrapped = 0;
  compareBits(kernel, [&](auto &s, const auto &x) {
    int64_t u = s[0] * (4096 - 100) / 4096 + 64 * x[0];
    wrapped += u > limit || u <= -limit;
    u = u > limit ? u - 2 * limit : u <= -limit ? u + 2 * limit : u;
    int64_t v = s[1] * (4096 - 300) / 4096 + u - 7 * 64;
    v = std::clamp(v, -limit + 1, limit - 1);
    const bool spike = v > 64 * 90000;
    s[0] = u;
    s[1] = spike ? 0 : v;
    return spike;
  });
  EXPECT_GT(wrapped, 100u);
}

TEST(FixedPoint, IntegersOfAllKinds) {
  const std::string text = R"(
snn.model @mixed parameters ["k"] states ["a", "b", "c"] receptors ["in"]
    attributes {spin.formats = {a = "s31.0", b = "s31.0", in = "s31.0"},
                spin.bounds = {a = [-30000.0, 30000.0], b = [-30000.0, 30000.0],
                               c = [-900.0, 900.0]}}
prepare {
^bb0(%dt: f64, %k: f64):
  snn.yield %k : f64
} step {
^bb0(%k: f32, %a: f32, %b: f32, %c: f32, %in: f32):
  %three = arith.constant 3 : i32
  %mask = arith.constant 255 : i32
  %none = arith.constant 0 : i32
  %ka = arith.fptosi %k : f32 to i32
  %ia = arith.fptosi %a : f32 to i32
  %ib = arith.fptosi %b : f32 to i32
  %ic = arith.fptosi %c : f32 to i32
  %ii = arith.fptosi %in : f32 to i32
  %p = arith.muli %ia, %ib : i32
  %q = arith.divsi %p, %ka : i32
  %r = arith.remsi %p, %ka : i32
  %l = arith.shli %ii, %three : i32
  %h = arith.shrsi %ib, %three : i32
  %m = arith.andi %ia, %mask : i32
  %o = arith.ori %m, %three : i32
  %x = arith.xori %o, %ii : i32
  %s8 = arith.trunci %x : i32 to i8
  %s = arith.extsi %s8 : i8 to i32
  %low = arith.minsi %q, %l : i32
  %high = arith.maxsi %low, %h : i32
  %odd = arith.cmpi ne, %r, %none : i32
  %flag = arith.extui %odd : i1 to i32
  %sum = arith.addi %high, %flag : i32
  %rest = arith.subi %sum, %ic : i32
  %spike = arith.cmpi sge, %rest, %s : i32
  %chosen = arith.select %spike, %rest, %s : i32
  %na = arith.sitofp %chosen {spin.format = "s31.0"} : i32 to f32
  %nb = arith.sitofp %s {spin.format = "s31.0"} : i32 to f32
  %nc = arith.sitofp %m : i32 to f32
  snn.yield %na, %nb, %nc, %spike : f32, f32, f32, i1
}
)";
  Kernel kernel("mixed", "k = 137.0 : f64", {{-5000, 5000}}, Rounding::Down,
                text);
  EXPECT_TRUE(kernel.ranges.tooWide.empty());
  const std::vector<double> largest = compareWithExact(kernel);
  EXPECT_EQ(largest, std::vector<double>({0, 0, 0}));
  EXPECT_EQ(kernel.ranges.states[2].low, -900);
}
