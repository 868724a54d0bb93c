// A network lowered for a chip, compiled and loaded; the network that tests of
// the whole path share, and what it does by definition.
#pragma once

#include "compiler/Conversion/SnnToImc/SnnToImc.h"
#include "compiler/Conversion/SnnToLLVM/SnnToLLVM.h"
#include "dialects/imc/IR/Imc.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/base/Random.h"
#include "hw-models/imc/Timing.h"
#include "runtime/engine/ImcEngine.h"
#include "runtime/jit/Jit.h"
#include "runtime/network/Rows.h"
#include "runtime/program/ImcLoader.h"
#include "test/unit/imc/Support.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>

namespace limen {

/// A network, lowered for a chip with `overrides`, compiled and loaded.
struct Chip {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::shared_ptr<network::Network> network;
  target::ImcMacro machine;
  std::unique_ptr<engine::Engine> engine;

  Chip(const std::string &text, const std::vector<std::string> &overrides,
       uint64_t seed = 1,
       const std::function<void(mlir::ModuleOp)> &edit = nullptr)
      : machine(imcMachine(overrides)) {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, imc::ImcDialect, mlir::arith::ArithDialect,
                    mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    mlir::ParserConfig config(&context, /*verifyAfterParse=*/false);
    module = mlir::parseSourceString<mlir::ModuleOp>(text, config);
    snn::getOrInsertModel(*module, "if");
    mlir::PassManager passes(&context);
    passes.addPass(createConvertSnnToLLVM());
    ConvertSnnToImcOptions options;
    options.overrides.assign(overrides.begin(), overrides.end());
    passes.addPass(createConvertSnnToImc(options));
    EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
    if (edit)
      edit(*module);
    auto view = snn::viewNetwork(snn::theNetwork(*module));
    network = std::make_shared<network::Network>(std::move(*view));
    auto program = program::loadImcProgram(*module, *network);
    EXPECT_TRUE(bool(program)) << program.error().text();
    auto library = jit::Library::compile(*module);
    EXPECT_TRUE(bool(library));
    engine::KernelTable kernels;
    for (const network::Node &node : network->nodes)
      if (!node.isInput)
        kernels.address[node.kernel] = (*library)->lookup(node.kernel);
    kernels.owner = *library;
    auto made = engine::makeImcEngine(
        network, std::make_shared<program::ImcProgram>(std::move(*program)),
        kernels, seed);
    EXPECT_TRUE(bool(made)) << made.error().text();
    engine = std::move(*made);
  }

  engine::SampleResult run(const input::Sample &sample) {
    auto session = engine->open({.recordRasters = true, .traces = {}});
    auto result = session->run(sample);
    EXPECT_TRUE(bool(result)) << result.error().text();
    return std::move(*result);
  }

  uint64_t action(const engine::SampleResult &result, const char *name) {
    const auto actions = engine->actions();
    for (size_t i = 0; i < actions.size(); ++i)
      if (actions[i].name == name)
        return result.actions[i];
    ADD_FAILURE() << "no action " << name;
    return 0;
  }
};

inline input::Sample sampleOf(std::vector<std::vector<input::Event>> steps) {
  input::Sample sample;
  sample.id = "test";
  sample.steps = static_cast<uint32_t>(steps.size());
  sample.offsets.push_back(0);
  for (const auto &step : steps) {
    sample.events.insert(sample.events.end(), step.begin(), step.end());
    sample.offsets.push_back(sample.events.size());
  }
  return sample;
}

// The threshold lies between the sums that are possible, so that a fine
// converter need not hit a tie. 6x6 images, a grouped padded convolution over
// sums of 2x2, a recurrent liquid, an output. Weights are multiples of 1/64.
inline std::string everything() {
  std::string kernel, dense;
  const RandomStream draws(3, Purpose::Weight, 1);
  auto number = [&](uint64_t i) {
    return std::to_string(std::round(draws.normal(i) * 32) / 64);
  };
  for (int co = 0; co < 4; ++co) {
    kernel += co ? ", [[" : "[[";
    for (int k = 0; k < 9; ++k)
      kernel += (k == 0       ? "["
                 : k % 3 == 0 ? "], ["
                              : ", ") +
                number(static_cast<uint64_t>(co * 9 + k));
    kernel += "]]]";
  }
  return R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2x6x6, 2>
  %p = snn.sum_pool %s kernel [2, 2] stride [2, 2] padding [0, 0]
      : !snn.spikes<2x6x6, 2> -> !snn.spikes<2x3x3, 4>
  %c = snn.conv2d %p weights(dense<[)" +
         kernel + R"(]> : tensor<4x1x3x3xf32>) stride [1, 1] padding [1, 1]
      dilation [1, 1] groups 2 : !snn.spikes<2x3x3, 4> -> !snn.current<4x3x3>
  %h = snn.neuron "hidden" @if(%c) {r = 1.0 : f64, v_threshold = 1.0078125 : f64}
      : (!snn.current<4x3x3>) -> !snn.spikes<4x3x3>
  %f = snn.reshape %h : !snn.spikes<4x3x3> -> !snn.spikes<36>
  %a = snn.random "ff" %f constant(0.25, 0.0) density 0.5 gain 1.0 seed 3
      : !snn.spikes<36> -> !snn.current<300>
  %r = snn.random "rec" %l constant(-0.125, 0.0) density 0.1 gain 1.0 seed 4 delay 2
      : !snn.spikes<300> -> !snn.current<300>
  %l = snn.neuron "liquid" @if(%a, %r) {r = 1.0 : f64, v_threshold = 1.0078125 : f64}
      : (!snn.current<300>, !snn.current<300>) -> !snn.spikes<300>
  snn.output "out" %l : !snn.spikes<300>
})";
}

/// Integrate-and-fire in double over expanded rows, by definition.
inline std::vector<std::vector<uint32_t>>
reference(const network::Network &net, const input::Sample &sample) {
  std::vector<std::vector<uint32_t>> counts(net.nodes.size());
  std::vector<std::vector<double>> v(net.nodes.size());
  std::vector<std::vector<std::vector<double>>> emitted(
      sample.steps, std::vector<std::vector<double>>(net.nodes.size()));
  for (size_t n = 0; n < net.nodes.size(); ++n) {
    counts[n].assign(net.nodes[n].size, 0);
    v[n].assign(net.nodes[n].size, 0);
  }
  for (uint32_t t = 0; t < sample.steps; ++t) {
    for (size_t n = 0; n < net.nodes.size(); ++n)
      emitted[t][n].assign(net.nodes[n].size, 0);
    for (const input::Event &event : sample.at(t)) {
      emitted[t][0][event.index] += event.value;
      counts[0][event.index] += static_cast<uint32_t>(event.value);
    }
    for (unsigned n : net.order)
      for (size_t p = 0; p < net.projections.size(); ++p) {
        const network::Projection &projection = net.projections[p];
        if (projection.target != n)
          continue;
        if (t >= projection.delay) {
          const network::Rows rows = network::expandRows(projection);
          const auto &from = emitted[t - projection.delay][projection.source];
          for (uint32_t s = 0; s < from.size(); ++s)
            for (const network::Synapse &synapse : rows.row(s))
              v[n][synapse.target] += from[s] * synapse.weight;
        }
        const bool last = [&] {
          for (size_t q = p + 1; q < net.projections.size(); ++q)
            if (net.projections[q].target == n)
              return false;
          return true;
        }();
        for (size_t i = 0; last && i < v[n].size(); ++i)
          if (v[n][i] > 1.0078125) {
            v[n][i] = 0;
            emitted[t][n][i] = 1;
            ++counts[n][i];
          }
      }
  }
  return counts;
}

inline input::Sample busySample(uint32_t steps) {
  std::vector<std::vector<input::Event>> events(steps);
  for (uint32_t t = 0; t < steps; ++t)
    for (uint32_t i = 0; i < 72; ++i)
      if ((t * 7 + i * 5) % 11 < 3)
        events[t].push_back({i, 1.0f + static_cast<float>((t + i) % 3)});
  return sampleOf(events);
}

/// Holds a sample's counts against the reference; returns the reference's
/// spikes of populations.
inline uint64_t expectReference(const network::Network &net,
                                const input::Sample &sample,
                                const engine::SampleResult &result) {
  const auto wanted = reference(net, sample);
  uint64_t total = 0;
  for (size_t n = 0; n < wanted.size(); ++n) {
    EXPECT_EQ(result.counts[n], wanted[n]) << net.nodes[n].name;
    for (uint32_t count : wanted[n])
      total += n == 0 ? 0 : count;
  }
  return total;
}

} // namespace limen
