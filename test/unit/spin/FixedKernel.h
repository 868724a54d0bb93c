// A neuron step in fixed point: planned, analysed, compiled, and compared with
// formulas in integers and with the exact step.
#pragma once

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

namespace limen::test {

using target::FixedFormat;
using target::Rounding;

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

inline constexpr size_t lanes = 20000;

/// Random words for every state and receptor, within the ranges.
inline std::vector<std::vector<int32_t>>
draw(const std::vector<Interval> &ranges,
     const std::vector<FixedFormat> &formats, uint32_t identity) {
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
inline std::vector<double> compareWithExact(const Kernel &kernel) {
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
inline int64_t floorDiv(Wide a, unsigned bits) {
  const Wide unit = Wide(1) << bits;
  Wide quotient = a / unit;
  if (a % unit < 0)
    --quotient;
  return static_cast<int64_t>(quotient);
}
inline int64_t fixed(double x, unsigned bits) {
  return static_cast<int64_t>(
      std::floor(std::ldexp(x, static_cast<int>(bits))));
}
inline int64_t mul(int64_t a, int64_t b) { return floorDiv(Wide(a) * b, 15); }
inline int64_t mulFract(int64_t a, int64_t b) {
  return floorDiv(Wide(a) * b, 32);
}

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

} // namespace limen::test
