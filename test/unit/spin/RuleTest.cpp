// Learning rules on a SpiNNaker-style machine, from snn text to the weights in
// SDRAM, bit for bit against the core's rule applied to the spikes by hand.

#include "compiler/Conversion/SnnToSpin/SnnToSpin.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/IR/NetworkView.h"
#include "dialects/spin/IR/Spin.h"
#include "hw-models/spin/plasticity/Stdp.h"
#include "hw-models/target/SpinKernelName.h"
#include "runtime/engine/SpinEngine.h"
#include "runtime/jit/Jit.h"
#include "runtime/program/SpinLoader.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <set>

using namespace limen;
using target::Dependence;
using target::Pairing;
using target::StdpRule;

namespace {

constexpr uint32_t steps = 200, sources = 3, targets = 300;
// 8 from the driver and 3 weights of at most 1: units of 2^-12.
constexpr unsigned shift = 3;

uint32_t delayOf(uint32_t source) { return 1 + 2 * source; }

/// The last spike of each source flushes what is deferred.
bool fires(uint32_t source, uint32_t tick) {
  return (tick * (source + 3)) % 37 < 3 || tick == steps - 10;
}

/// Drivers fire targets a step later.
bool driven(uint32_t target, uint32_t tick) {
  return tick > 0 && tick < steps - 20 &&
         ((tick + 7 * target) * (target % 11 + 2)) % 53 < 2;
}

template <typename Fires> std::string events(uint32_t count, Fires fires) {
  std::string text;
  uint32_t n = 0;
  for (uint32_t tick = 0; tick < steps; ++tick)
    for (uint32_t i = 0; i < count; ++i)
      if (fires(i, tick)) {
        text += fmt::format("{}[{}, {}]", n++ ? ", " : "", tick, i);
      }
  return fmt::format("events(dense<[{}]> : tensor<{}x2xi32>)", text, n);
}

std::string networkOf(const std::string &plasticity) {
  std::string delays;
  for (uint32_t t = 0; t < targets; ++t)
    delays += t ? ", [0, 2, 4]" : "[0, 2, 4]";
  return fmt::format(R"(
snn.network @net dt 0.001 {{
  %in = snn.input "in" {} : !snn.spikes<{}>
  %driver = snn.input "driver" {} : !snn.spikes<{}>
  %drive = snn.one_to_one %driver weights(dense<8.0> : tensor<f32>) delay 1
      : !snn.spikes<{}> -> !snn.current<{}>
  %plastic = snn.dense %in weights(dense<0.5> : tensor<{}x{}xf32>)
      delays(dense<[{}]> : tensor<{}x{}xi32>) delay 1 {{{}}}
      : !snn.spikes<{}> -> !snn.current<{}>
  %o = snn.neuron "out" @threshold(%drive, %plastic) {{threshold = 4.0}}
      : (!snn.current<{}>, !snn.current<{}>) -> !snn.spikes<{}>
  snn.output "out" %o : !snn.spikes<{}>
}})",
                     events(sources, fires), sources, events(targets, driven),
                     targets, targets, targets, targets, sources, delays,
                     targets, sources, plasticity, sources, targets, targets,
                     targets, targets, targets);
}

struct Machine {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::shared_ptr<network::Network> network;
  std::unique_ptr<engine::Engine> engine;

  explicit Machine(const std::string &text, const std::string &rule) {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, spin::SpinDialect,
                    mlir::arith::ArithDialect, mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = mlir::parseSourceString<mlir::ModuleOp>(
        text, mlir::ParserConfig(&context, /*verifyAfterParse=*/false));
    snn::getOrInsertModel(*module, "threshold");
    snn::getOrInsertRule(*module, rule);
    mlir::PassManager passes(&context);
    passes.addPass(createConvertSnnToSpin());
    passes.addPass(createConvertSpinKernelsToLLVM());
    if (mlir::failed(passes.run(*module)))
      return;
    auto view = snn::viewNetwork(snn::theNetwork(*module));
    network = std::make_shared<network::Network>(std::move(*view));
    auto program = program::loadSpinProgram(*module, *network);
    EXPECT_TRUE(bool(program)) << program.error().text();
    auto library = jit::Library::compile(*module);
    EXPECT_TRUE(bool(library));
    engine::KernelTable kernels;
    for (const program::SpinKernel &kernel : program->kernels) {
      const std::string name = target::kernelSymbol(kernel.name);
      kernels.address[name] = (*library)->lookup(name);
    }
    kernels.owner = *library;
    auto made = engine::makeSpinEngine(
        network, std::make_shared<program::SpinProgram>(std::move(*program)),
        kernels);
    EXPECT_TRUE(bool(made)) << made.error().text();
    engine = std::move(*made);
  }
};

struct Case {
  std::string name;
  StdpRule rule;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  for (auto [name, pairing, dependence] :
       {std::tuple("stdp_pair", Pairing::AllToAll, Dependence::Additive),
        std::tuple("stdp_pair_multiplicative", Pairing::AllToAll,
                   Dependence::Multiplicative),
        std::tuple("stdp_nearest", Pairing::Nearest, Dependence::Additive),
        std::tuple("stdp_nearest_multiplicative", Pairing::Nearest,
                   Dependence::Multiplicative)})
    for (double aMinus : {0.03125, -0.03125})
      out.push_back(
          {name, {pairing, dependence, 9, 14, 0.0625, aMinus, 0.125, 1}});
  return out;
}

} // namespace

TEST(SpinRule, WeightsInMemoryAreThoseOfTheCore) {
  for (const Case &given : cases()) {
    const StdpRule &rule = given.rule;
    Machine machine(
        networkOf(fmt::format(
            "plasticity = #snn.plasticity<@{}, {{tau_plus = {}e-3, tau_minus = "
            "{}e-3, a_plus = {:.9e}, a_minus = {:.9e}, w_min = {:.9e}, w_max = "
            "{:.9e}}}>",
            given.name, fmt::format("{:.1f}", rule.tauPlus),
            fmt::format("{:.1f}", rule.tauMinus), rule.aPlus, rule.aMinus,
            rule.lowest, rule.highest)),
        given.name);
    ASSERT_TRUE(machine.engine);
    input::Sample sample;
    sample.id = "s";
    sample.steps = steps;
    sample.offsets.assign(steps + 1, 0);
    engine::SessionOptions options;
    options.recordWeights = true;
    options.recordRasters = true;
    auto session = machine.engine->open(options);
    auto result = session->run(sample);
    ASSERT_TRUE(bool(result)) << result.error().text();
    auto again = session->run(sample);
    EXPECT_EQ(result->weights, again->weights);
    ASSERT_EQ(result->weights.size(), 1u);
    const std::vector<float> &weights = result->weights.front();
    ASSERT_EQ(weights.size(), size_t(sources) * targets);

    const spinhw::Stdp stdp = *spinhw::Stdp::make(rule);
    unsigned changed = 0;
    uint64_t spikes = 0;
    for (uint32_t source = 0; source < sources; ++source)
      for (uint32_t target = 0; target < targets; ++target) {
        spinhw::PostHistory posts;
        spinhw::PreHistory last;
        uint32_t weight = 0.5 * (1 << (15 - shift));
        for (uint32_t tick = 0; tick < steps; ++tick) {
          if (tick > 0 && driven(target, tick - 1)) {
            stdp.fired(posts, tick);
            spikes += source == 0;
          }
          if (!fires(source, tick))
            continue;
          weight = uint16_t(stdp.update(int32_t(weight << shift), last, tick,
                                        delayOf(source), posts) >>
                            shift);
          last = stdp.fired(last, tick);
        }
        changed += weight != 2048;
        ASSERT_EQ(weights[source * targets + target],
                  std::ldexp(float(weight), int(shift) - 15))
            << given.name << " from " << source << " to " << target;
      }
    EXPECT_GT(changed, 800u);
    EXPECT_EQ(result->spikes[2], spikes); // learning moved no spike
    const auto actions = machine.engine->actions();
    for (size_t i = 0; i < actions.size(); ++i)
      if (actions[i].name == "plastic.update") {
        uint64_t updates = 0;
        for (uint32_t source = 0; source < sources; ++source)
          for (uint32_t tick = 0; tick < steps; ++tick)
            updates += fires(source, tick) * targets;
        EXPECT_EQ(result->actions[i], updates);
      }
  }
}
