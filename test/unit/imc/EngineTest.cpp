// From snn text to spikes of a chip: against direct computations and closed
// formulas of what a read costs.

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

using namespace limen;

namespace {

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

input::Sample sampleOf(std::vector<std::vector<input::Event>> steps) {
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
std::string everything() {
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
std::vector<std::vector<uint32_t>> reference(const network::Network &net,
                                             const input::Sample &sample) {
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

input::Sample busySample(uint32_t steps) {
  std::vector<std::vector<input::Event>> events(steps);
  for (uint32_t t = 0; t < steps; ++t)
    for (uint32_t i = 0; i < 72; ++i)
      if ((t * 7 + i * 5) % 11 < 3)
        events[t].push_back({i, 1.0f + static_cast<float>((t + i) % 3)});
  return sampleOf(events);
}

} // namespace

TEST(ImcEngine, IdealChipGivesTheSpikesOfTheAlgorithm) {
  const input::Sample sample = busySample(30);
  for (const std::vector<std::string> &extra :
       std::vector<std::vector<std::string>>{
           {"adc.bits=0"},
           {"adc.bits=20"},
           {"adc.bits=20", "array.max_active_rows=3"},
           {"adc.bits=0", "adc.kind=quantizer", "adc.subtract=digital"},
           {"adc.bits=22", "adc.kind=quantizer", "adc.subtract=digital"},
           {"adc.bits=22", "adc.kind=sar"},
           {"adc.bits=22", "adc.kind=flash", "adc.subtract=digital"},
           {"adc.bits=0", "array.rows=16", "array.cols=32", "macros=500",
            "array.max_active_rows=16"}}) {
    std::vector<std::string> overrides = {"device.mode=ideal",
                                          "array.accumulator_bits=32"};
    overrides.insert(overrides.end(), extra.begin(), extra.end());
    Chip chip(everything(), overrides);
    const engine::SampleResult result = chip.run(sample);
    const auto wanted = reference(*chip.network, sample);
    uint64_t total = 0;
    for (size_t n = 0; n < wanted.size(); ++n) {
      EXPECT_EQ(result.counts[n], wanted[n]) << chip.network->nodes[n].name;
      for (uint32_t count : wanted[n])
        total += n == 0 ? 0 : count;
    }
    EXPECT_GT(total, 500u) << "a silent network tests nothing";
  }
}

TEST(ImcEngine, MeasuredMapsReplaceTheForming) {
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.random "ff" %s formed_pair(12.21, 0.1486) density 0.5 gain 1.0 seed 3
      : !snn.spikes<2> -> !snn.current<3>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<3>) -> !snn.spikes<3>
  snn.output "out" %o : !snn.spikes<3>
})";
  // Microsiemens: 0.6 and 0.3 - 0.3 and 0 from row 0; 0, 0, 0.26 from row 1.
  const std::vector<double> map = {0.6e-6, 0, 0.3e-6, 0.3e-6, 0,       0,
                                   0,      0, 0,      0,      0.26e-6, 0};
  Chip chip(
      text, {"device.mode=ideal", "adc.bits=0"}, 1, [&](mlir::ModuleOp module) {
        module.walk([&](imc::FormOp form) {
          auto type = mlir::RankedTensorType::get(
              {2, 6}, mlir::Float64Type::get(form.getContext()));
          form.setMapAttr(
              mlir::DenseElementsAttr::get(type, llvm::ArrayRef<double>(map)));
        });
        EXPECT_TRUE(mlir::succeeded(mlir::verify(module)));
      });
  std::vector<std::vector<input::Event>> steps(8, {{0, 1.0f}, {1, 1.0f}});
  const engine::SampleResult result = chip.run(sampleOf(steps));
  // 0.6 fires every second step, 0.26 every fourth.
  EXPECT_EQ(result.counts[1], (std::vector<uint32_t>{4, 0, 2}));
}

TEST(ImcEngine, CostsOfAReadInClosedForm) {
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<4>
  %a = snn.dense %s weights(dense<0.25> : tensor<10x4xf32>) : !snn.spikes<4> -> !snn.current<10>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 9.0 : f64}
      : (!snn.current<10>) -> !snn.spikes<10>
  snn.output "out" %o : !snn.spikes<10>
})";
  Chip chip(text, {"device.mode=ideal", "array.max_active_rows=2"});
  // Step 0: counts 1, 3 and 1: pulses drive 3 rows (2 groups), 1 row, 1 row.
  // Step 1: nothing.
  const engine::SampleResult result =
      chip.run(sampleOf({{{0, 1.0f}, {1, 3.0f}, {2, 1.0f}}, {}}));
  EXPECT_EQ(chip.action(result, "array.row_drive"), 5u);
  EXPECT_EQ(chip.action(result, "array.read"), 4u);
  EXPECT_EQ(chip.action(result, "adc.conversion"), 40u);
  EXPECT_EQ(chip.action(result, "array.silent"), 1u);
  EXPECT_EQ(chip.action(result, "unit.accumulate"), 40u);
  EXPECT_EQ(chip.action(result, "unit.state"), 2u * 2 * 10);
  // 5 drives of a row whose 10 pairs conduct 20 + 0.1 uS.
  EXPECT_EQ(chip.action(result, "array.conduction"), 5u * 10 * 20100);
  EXPECT_EQ(result.synapticEvents, 50u);
  const target::ImcMacro &m = chip.machine;
  const network::StepOps &ops = chip.network->nodes[1].model.ops;
  EXPECT_EQ(result.cycles.value(),
            imchw::readCycles(m, 10, 2).value() +
                2 * imchw::readCycles(m, 10, 1).value() +
                2 * imchw::updateCycles(m, 10, ops).value());
  EXPECT_DOUBLE_EQ(result.time.value(),
                   static_cast<double>(result.cycles.value()) / 200e6);
  // 4 reads of the ledger's conversions: 40 x (1.731 x 8 + 13.43) uW x 9 ns.
  const Ledger ledger = chip.engine->price(result.actions, result.time);
  double converters = 0;
  for (const Ledger::Row &row : ledger.rows())
    if (row.component == "converters")
      converters += row.energy.value();
  EXPECT_NEAR(converters, 40 * (1.731e-6 * 8 + 13.43e-6) * 9e-9, 1e-18);
}

TEST(ImcEngine, ReadNoiseMovesSumsByOneSigma) {
  // One row drives 10,000 neurons with the largest weight: G+ = 20 uS and
  // G- = 0.1 uS of 2 % noise make a sigma of 0.4 uS on a difference of 19.9.
  // With the threshold one sigma above, 15.87 % of the neurons fire.
  const double sigma = 0.02 * std::hypot(20.0, 0.1) / 19.9;
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1>
  %a = snn.dense %s weights(dense<1.0> : tensor<10000x1xf32>) : !snn.spikes<1> -> !snn.current<10000>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = )" +
                           std::to_string(1 + sigma) + R"( : f64}
      : (!snn.current<10000>) -> !snn.spikes<10000>
  snn.output "out" %o : !snn.spikes<10000>
})";
  Chip chip(text, {"device.programming_error=none", "adc.bits=0", "macros=64"});
  const engine::SampleResult result = chip.run(sampleOf({{{0, 1.0f}}}));
  const double expected = 0.158655 * 10000;
  EXPECT_NEAR(static_cast<double>(result.spikes[1]), expected,
              4 * std::sqrt(expected * (1 - 0.158655)));
}

TEST(ImcEngine, ResultsAreAFunctionOfTheChipAndTheSample) {
  const input::Sample sample = busySample(12);
  Chip chip(everything(), {}, 1);
  auto session = chip.engine->open({.recordRasters = true, .traces = {}});
  auto first = session->run(sample);
  ASSERT_TRUE(bool(first));
  input::Sample other = sample;
  other.id = "another";
  ASSERT_TRUE(bool(session->run(other)));
  auto again = session->run(sample);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->rasters, first->rasters);
  EXPECT_EQ(again->actions, first->actions);
  EXPECT_NE(Chip(everything(), {}, 2).run(sample).rasters, first->rasters);
}

TEST(ImcEngine, CalibrationCoversWhatItSaw) {
  const input::Sample sample = busySample(30);
  const std::vector<std::string> overrides = {"device.mode=ideal", "adc.bits=5",
                                              "adc.range=calibrated"};
  Chip worst(everything(), overrides);
  Chip calibrated(everything(), overrides);
  ASSERT_TRUE(bool(calibrated.engine->calibrate(std::span(&sample, 1))));
  const auto wanted = reference(*worst.network, sample);
  auto distance = [&](const engine::SampleResult &result) {
    uint64_t sum = 0;
    for (size_t i = 0; i < wanted[1].size(); ++i)
      sum += std::abs(static_cast<int>(result.counts[1][i]) -
                      static_cast<int>(wanted[1][i]));
    return sum;
  };
  const engine::SampleResult coarse = worst.run(sample);
  const engine::SampleResult fine = calibrated.run(sample);
  EXPECT_LT(distance(fine), distance(coarse));
  EXPECT_EQ(worst.action(coarse, "adc.clipped"), 0u);
}

TEST(ImcEngine, RefusesInputsThatAreNoCounts) {
  Chip chip(everything(), {});
  auto session = chip.engine->open({});
  for (float value : {0.5f, -1.0f, 70000.0f})
    EXPECT_FALSE(session->run(sampleOf({{{0, value}}})));
  EXPECT_FALSE(session->run(sampleOf({{{72, 1.0f}}})));
}
