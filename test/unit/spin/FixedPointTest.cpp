// Neuron steps in fixed point: compiled kernels against formulas in integers,
// bit for bit, and against the exact step within the error that the analysis
// states.

#include "compiler/Conversion/SnnToSpin/FixedPoint.h"
#include "compiler/Conversion/SnnToSpin/Ranges.h"
#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "hw-models/base/Random.h"
#include "runtime/jit/Jit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace limen;
using target::FixedFormat;
using target::Rounding;

namespace {

/// A model with parameters, planned, analysed, lowered and compiled.
struct Kernel {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  snn::ModelOp model;
  network::Model prepared;
  FixedPlan plan;
  StepRanges ranges;
  std::vector<Interval> inputs;
  std::shared_ptr<jit::Library> library;
  std::vector<std::vector<int32_t>> coefficients;

  /// `text` may hold a model of its own. `inputs` is per receptor.
  Kernel(const std::string &name, const std::string &parameters,
         std::vector<Interval> given, Rounding rounding = Rounding::Down,
         const std::string &text = "")
      : inputs(std::move(given)) {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, spin::SpinDialect,
                    mlir::arith::ArithDialect, mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    std::string currents, types, receptors;
    for (size_t r = 0; r < inputs.size(); ++r) {
      currents += r ? ", %a" : "%a";
      types += r ? ", !snn.current<1>" : "!snn.current<1>";
      receptors += fmt::format("{}{}", r ? ", " : "", r);
    }
    const std::string network =
        text + fmt::format(R"(
snn.network @net dt 0.001 {{
  %s = snn.input "in" : !snn.spikes<1>
  %a = snn.dense %s weights(dense<1.0> : tensor<1x1xf32>)
      : !snn.spikes<1> -> !snn.current<1>
  %o = snn.neuron "n" @{}({}) receptors [{}] {{{}}} : ({}) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
}})",
                           name, currents, receptors, parameters, types);
    mlir::ParserConfig config(&context, /*verifyAfterParse=*/false);
    module = mlir::parseSourceString<mlir::ModuleOp>(network, config);
    EXPECT_TRUE(bool(module));
    model = snn::getOrInsertModel(*module, name);
    snn::NeuronOp neuron;
    module->walk([&](snn::NeuronOp op) { neuron = op; });
    prepared = std::move(*snn::prepareModel(neuron));
    plan = std::move(*planFixedPoint(model, prepared));
    ranges = std::move(*analyseRanges(model, plan, prepared, inputs, rounding,
                                      Rounding::Down));
    mlir::OpBuilder builder(module->getBodyRegion());
    const llvm::SmallVector<bool> uniform(plan.coefficients.size(), true);
    spin::KernelOp kernel = buildFixedPointKernel(
        builder, "kernel", model, uniform, plan, rounding, Rounding::Down);
    StepSignature signature;
    signature.states = static_cast<unsigned>(plan.stateFormats.size());
    signature.receptors = static_cast<unsigned>(inputs.size());
    signature.uniform.assign(uniform.begin(), uniform.end());
    EXPECT_TRUE(mlir::succeeded(
        buildStepKernel(*module, "step", kernel.getBody().front(), signature,
                        builder.getI32Type())));
    auto compiled = jit::Library::compile(*module);
    EXPECT_TRUE(bool(compiled));
    library = std::move(*compiled);
    for (size_t k = 0; k < plan.coefficients.size(); ++k)
      coefficients.push_back({*target::toFixed(plan.coefficients[k].values[0],
                                               plan.coefficientFormats[k])});
  }

  /// Steps all neurons; returns spike flags, or the bytes of the words that
  /// are values.
  std::vector<uint8_t> step(std::vector<std::vector<int32_t>> &states,
                            const std::vector<std::vector<int32_t>> &in,
                            size_t size) const {
    std::vector<const int32_t *> c, i;
    std::vector<int32_t *> s;
    for (const auto &values : coefficients)
      c.push_back(values.data());
    for (const auto &values : in)
      i.push_back(values.data());
    for (auto &values : states)
      s.push_back(values.data());
    std::vector<uint8_t> out(size * 4);
    const jit::DrawKey draws = {{1, 0}, 5};
    library->step<int32_t>("step")(0, static_cast<int64_t>(size), c.data(),
                                   s.data(), i.data(), out.data(), &draws);
    if (prepared.spiking)
      out.resize(size);
    return out;
  }
};

constexpr size_t lanes = 20000;

/// Random words for every state and receptor, within the ranges.
std::vector<std::vector<int32_t>> draw(const std::vector<Interval> &ranges,
                                       const std::vector<FixedFormat> &formats,
                                       uint32_t identity) {
  const RandomStream stream(7, Purpose::Weight, identity);
  std::vector<std::vector<int32_t>> out;
  for (size_t k = 0; k < ranges.size(); ++k) {
    out.emplace_back();
    for (size_t i = 0; i < lanes; ++i) {
      const double x = ranges[k].low + (ranges[k].high - ranges[k].low) *
                                           stream.uniform(i, uint32_t(k));
      // Whole numbers half of the time: counters are.
      const double whole = std::floor(x);
      out[k].push_back(
          *target::toFixed(i % 2 && whole >= ranges[k].low ? whole : x,
                           formats[k], Rounding::Nearest));
    }
  }
  return out;
}

/// Fails where a state leaves the stated error or range; returns the largest
/// errors found.
std::vector<double> compareWithExact(const Kernel &kernel) {
  auto states = draw(kernel.ranges.states, kernel.plan.stateFormats, 1);
  const auto in = draw(kernel.inputs, kernel.plan.receptorFormats, 2);
  std::vector<std::vector<double>> arguments;
  for (const network::Coefficient &c : kernel.prepared.coefficients)
    arguments.push_back({c.values.values.begin(), c.values.values.end()});
  const auto numbers = [&](const std::vector<std::vector<int32_t>> &words,
                           const std::vector<FixedFormat> &formats) {
    for (size_t k = 0; k < words.size(); ++k) {
      arguments.emplace_back();
      for (int32_t word : words[k])
        arguments.back().push_back(target::fromFixed(word, formats[k]));
    }
  };
  numbers(states, kernel.plan.stateFormats);
  numbers(in, kernel.plan.receptorFormats);
  snn::ModelOp model = kernel.model;
  const auto exact =
      snn::evaluate(model.getStep().front(), arguments, lanes, false);
  const std::vector<uint8_t> spikes = kernel.step(states, in, lanes);
  std::vector<double> largest(states.size(), 0);
  size_t decided = 0;
  for (size_t i = 0; i < lanes; ++i) {
    if (!kernel.prepared.spiking) {
      int32_t value = 0;
      std::memcpy(&value, spikes.data() + i * sizeof(value), sizeof(value));
      EXPECT_NEAR(target::fromFixed(value, target::accum), (*exact).back()[i],
                  kernel.ranges.outputError);
    } else if (((*exact).back()[i] != 0) != (spikes[i] != 0))
      continue; // the error led across the threshold
    ++decided;
    for (size_t k = 0; k < states.size(); ++k) {
      const double found =
          target::fromFixed(states[k][i], kernel.plan.stateFormats[k]);
      const double wanted = (*exact)[k][(*exact)[k].size() == 1 ? 0 : i];
      largest[k] = std::max(largest[k], std::abs(found - wanted));
      if (kernel.ranges.origins[k] == StepRanges::Origin::Derived) {
        EXPECT_GE(found, kernel.ranges.states[k].low);
        EXPECT_LE(found, kernel.ranges.states[k].high);
      }
    }
  }
  EXPECT_GT(decided, lanes * 95 / 100);
  for (size_t k = 0; k < states.size(); ++k) {
    EXPECT_LE(largest[k], kernel.ranges.errors[k])
        << "state " << kernel.prepared.states[k].name;
    testing::Test::RecordProperty(
        kernel.prepared.name + "." + kernel.prepared.states[k].name,
        fmt::format("{:.3g} of at most {:.3g}", largest[k],
                    kernel.ranges.errors[k]));
    fmt::print("{}.{}: error {:.3g}, bound {:.3g}, range {:.5g} to {:.5g}\n",
               kernel.prepared.name, kernel.prepared.states[k].name, largest[k],
               kernel.ranges.errors[k], kernel.ranges.states[k].low,
               kernel.ranges.states[k].high);
  }
  return largest;
}

// Arithmetic of the tests: 128-bit products, floor by division.
using Wide = __int128;
int64_t floorDiv(Wide a, unsigned bits) {
  const Wide unit = Wide(1) << bits;
  Wide quotient = a / unit;
  if (a % unit < 0)
    --quotient;
  return static_cast<int64_t>(quotient);
}
int64_t fixed(double x, unsigned bits) {
  return static_cast<int64_t>(
      std::floor(std::ldexp(x, static_cast<int>(bits))));
}
int64_t mul(int64_t a, int64_t b) { return floorDiv(Wide(a) * b, 15); }
int64_t mulFract(int64_t a, int64_t b) { return floorDiv(Wide(a) * b, 32); }

/// Compares with `formula`, which steps one neuron: states in place, returns
/// whether it spikes.
template <typename F> void compareBits(const Kernel &kernel, F formula) {
  auto states = draw(kernel.ranges.states, kernel.plan.stateFormats, 3);
  const auto in = draw(kernel.inputs, kernel.plan.receptorFormats, 4);
  auto wanted = states;
  const std::vector<uint8_t> spikes = kernel.step(states, in, lanes);
  size_t fired = 0;
  for (size_t i = 0; i < lanes; ++i) {
    std::vector<int64_t> s, x;
    for (const auto &values : wanted)
      s.push_back(values[i]);
    for (const auto &values : in)
      x.push_back(values[i]);
    const bool spike = formula(s, x);
    fired += spike;
    ASSERT_EQ(spikes[i] != 0, spike) << "lane " << i;
    for (size_t k = 0; k < s.size(); ++k)
      ASSERT_EQ(states[k][i], static_cast<int32_t>(s[k]))
          << "lane " << i << ", state " << kernel.prepared.states[k].name;
  }
  EXPECT_GT(fired, 0u);
  EXPECT_LT(fired, lanes);
}

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
