// The host engine against an interpreter that shares none of its code: states
// stepped by the ModelEvaluator, synapses by double loops over expanded rows.

#include "runtime/engine/HostEngine.h"

#include "compiler/Conversion/SnnToLLVM/SnnToLLVM.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/IR/NetworkView.h"
#include "runtime/jit/Jit.h"
#include "runtime/network/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>
#include <random>

using namespace limen;
using namespace limen::engine;

namespace {

class HostEngineTest : public ::testing::Test {
protected:
  HostEngineTest() {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, mlir::arith::ArithDialect,
                    mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Parses a network body, adds the models it names, compiles it.
  void load(const std::string &body, Precision precision) {
    module = mlir::parseSourceString<mlir::ModuleOp>(
        "module {}", mlir::ParserConfig(&context));
    for (const std::string &name : snn::builtinModels())
      ASSERT_TRUE(snn::getOrInsertModel(*module, name)) << name;
    std::string text;
    llvm::raw_string_ostream out(text);
    module->print(out);
    // Networks refer to the models, so both are parsed together.
    text.erase(text.rfind('}'));
    module = mlir::parseSourceString<mlir::ModuleOp>(
        text + "snn.network @net dt 1.0e-3 {" + body + "}}",
        mlir::ParserConfig(&context));
    ASSERT_TRUE(module);
    mlir::PassManager passes(&context);
    ConvertSnnToLLVMOptions options;
    options.precision = precision == Precision::Float64 ? "float64" : "float32";
    passes.addPass(createConvertSnnToLLVM(options));
    ASSERT_TRUE(mlir::succeeded(passes.run(*module)));

    auto view = snn::viewNetwork(snn::theNetwork(*module));
    ASSERT_TRUE(mlir::succeeded(view));
    network = std::make_shared<network::Network>(std::move(*view));
    auto library = jit::Library::compile(*module);
    ASSERT_TRUE(library) << library.error().text();
    KernelTable kernels;
    for (const network::Node &node : network->nodes)
      if (!node.isInput)
        kernels.address[node.kernel] = (*library)->lookup(node.kernel);
    kernels.owner = *library;
    auto made = makeHostEngine(network, kernels, precision);
    ASSERT_TRUE(made) << made.error().text();
    engine = std::move(*made);
  }

  /// Spikes (or summed values) per node of the interpreter.
  std::vector<std::vector<double>> interpret(const input::Sample &sample,
                                             bool single) {
    std::vector<network::Rows> rows;
    for (const network::Projection &p : network->projections)
      rows.push_back(network::expandRows(p));
    std::vector<std::vector<std::vector<double>>> emitted; // [step][node][i]
    std::vector<std::vector<std::vector<double>>> states(network->nodes.size());
    std::vector<std::vector<double>> totals(network->nodes.size());
    for (size_t n = 0; n < network->nodes.size(); ++n) {
      totals[n].assign(network->nodes[n].size, 0);
      for (const network::State &state : network->nodes[n].model.states)
        states[n].push_back(
            std::vector<double>(network->nodes[n].size, state.initial[0]));
    }
    for (uint32_t t = 0; t < sample.steps; ++t) {
      emitted.emplace_back(network->nodes.size());
      for (size_t n = 0; n < network->nodes.size(); ++n)
        emitted[t][n].assign(network->nodes[n].size, 0);
      for (const input::Event &e : sample.at(t))
        emitted[t][network->inputNode()][e.index] += e.value;
      for (unsigned n : network->order) {
        const network::Node &node = network->nodes[n];
        std::vector<std::vector<double>> arguments;
        for (const network::Coefficient &c : node.model.coefficients) {
          std::vector<double> values(c.values.values.begin(),
                                     c.values.values.end());
          if (single)
            for (double &v : values)
              v = static_cast<float>(v);
          arguments.push_back(values);
        }
        for (const auto &state : states[n])
          arguments.push_back(state);
        for (size_t r = 0; r < node.model.receptors.size(); ++r) {
          std::vector<double> sum(node.size, 0);
          for (size_t p = 0; p < rows.size(); ++p) {
            const network::Projection &projection = network->projections[p];
            if (projection.target != n || projection.receptor != r)
              continue;
            for (size_t i = 0; i < rows[p].bias.size(); ++i)
              sum[i] += rows[p].bias[i];
            if (projection.delay > t)
              continue;
            const auto &source =
                emitted[t - projection.delay][projection.source];
            for (uint32_t s = 0; s < source.size(); ++s)
              for (const network::Synapse &synapse : rows[p].row(s))
                sum[synapse.target] += synapse.weight * source[s];
          }
          arguments.push_back(sum);
        }
        auto model = module->lookupSymbol<snn::ModelOp>(node.model.name);
        auto out = snn::evaluate(model.getStep().front(), arguments, node.size,
                                 single);
        EXPECT_TRUE(mlir::succeeded(out));
        for (size_t k = 0; k < states[n].size(); ++k)
          states[n][k] = (*out)[k];
        emitted[t][n] = out->back();
      }
      for (size_t n = 0; n < totals.size(); ++n)
        for (size_t i = 0; i < totals[n].size(); ++i)
          totals[n][i] += emitted[t][n][i];
    }
    return totals;
  }

  /// Events with the given density; values are small counts.
  input::Sample randomSample(uint32_t steps, uint32_t elements, double density,
                             unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<double> uniform;
    input::Sample sample;
    sample.id = "random";
    sample.steps = steps;
    sample.offsets.push_back(0);
    for (uint32_t t = 0; t < steps; ++t) {
      for (uint32_t i = 0; i < elements; ++i)
        if (uniform(generator) < density)
          sample.events.push_back({i, static_cast<float>(1 + generator() % 2)});
      sample.offsets.push_back(sample.events.size());
    }
    return sample;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::shared_ptr<network::Network> network;
  std::unique_ptr<Engine> engine;
};

// Weights are multiples of 2^-6, so sums are exact in any order.
const char *recurrent = R"(
  %in = snn.input "in" : !snn.spikes<1x6x6, 2>
  %i0 = snn.conv2d %in weights(dense<[[[[0.25, -0.125], [0.5, 0.0625]]], [[[0.375, 0.25], [-0.25, 0.125]]]]> : tensor<2x1x2x2xf32>)
      stride [2, 2] padding [0, 0] : !snn.spikes<1x6x6, 2> -> !snn.current<2x3x3>
  %s0 = snn.neuron "first" @if(%i0) {r = 1.0, v_threshold = 0.5}
      : (!snn.current<2x3x3>) -> !snn.spikes<2x3x3>
  %i1 = snn.random "ff" %s0 uniform(0.0, 1.0) density 1.0 gain 0.25 seed 3
      : !snn.spikes<2x3x3> -> !snn.current<30>
  %i2 = snn.random "rec" %s1 normal(0.0, 1.0) density 0.3 gain 0.25 seed 4 delay 2
      : !snn.spikes<30> -> !snn.current<30>
  %s1 = snn.neuron "liquid" @cuba_lif(%i1, %i2)
      {tau_syn = 2.0e-3, tau_mem = 5.0e-3, r = 5.0, v_leak = 0.0, v_threshold = 0.5}
      : (!snn.current<30>, !snn.current<30>) -> !snn.spikes<30>
  %i3 = snn.dense %s1 weights(dense<0.125> : tensor<4x30xf32>) bias(dense<[0.0, 0.25, -0.5, 0.0625]> : tensor<4xf32>)
      : !snn.spikes<30> -> !snn.current<4>
  %v = snn.neuron "read" @li(%i3) {tau = 10.0e-3, r = 1.0, v_leak = 0.0}
      : (!snn.current<4>) -> !snn.current<4>
  snn.output "values" %v : !snn.current<4>
  snn.output "spikes" %s1 : !snn.spikes<30>
)";

} // namespace

TEST_F(HostEngineTest, EqualsTheInterpreterInFloat64) {
  load(recurrent, Precision::Float64);
  const input::Sample sample = randomSample(60, 36, 0.3, 1);
  SessionOptions options;
  options.recordRasters = true;
  const auto result = engine->open(options)->run(sample);
  ASSERT_TRUE(result) << result.error().text();
  const auto expected = interpret(sample, false);
  uint64_t spikes = 0;
  for (size_t n = 0; n < network->nodes.size(); ++n) {
    if (!network->nodes[n].model.spiking)
      continue;
    for (int64_t i = 0; i < network->nodes[n].size; ++i)
      EXPECT_EQ(result->counts[n][i], expected[n][i])
          << network->nodes[n].name << " " << i;
    spikes += result->spikes[n];
    if (!network->nodes[n].isInput) {
      EXPECT_EQ(result->rasters[n].size(), result->spikes[n]);
    }
  }
  EXPECT_GT(spikes, 500u); // the network is alive
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(result->outputs[0][i], expected[3][i], 1e-4);
}

TEST_F(HostEngineTest, SessionsForgetTheLastSample) {
  load(recurrent, Precision::Float32);
  const input::Sample sample = randomSample(40, 36, 0.3, 2);
  const input::Sample other = randomSample(25, 36, 0.9, 3);
  auto session = engine->open({});
  const auto first = session->run(sample);
  ASSERT_TRUE(session->run(other));
  const auto again = session->run(sample);
  EXPECT_EQ(first->counts, again->counts);
  EXPECT_EQ(first->outputs, again->outputs);
}

TEST_F(HostEngineTest, RefusesEventsOutsideTheInput) {
  load(recurrent, Precision::Float32);
  input::Sample sample;
  sample.id = "bad";
  sample.steps = 1;
  sample.offsets = {0, 1};
  sample.events = {{36, 1.0f}};
  const auto result = engine->open({})->run(sample);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("element 36"), std::string::npos);
}

TEST_F(HostEngineTest, LifFollowsItsClosedForm) {
  // From rest under constant input x the membrane is x (1 - (1 - a)^n), a =
  // dt/tau, until it crosses the threshold.
  load(R"(
    %in = snn.input "in" : !snn.spikes<1>
    %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<1> -> !snn.current<1>
    %s = snn.neuron "lif" @lif(%i) {tau = 20.0e-3, r = 1.0, v_leak = 0.0, v_threshold = 0.9}
        : (!snn.current<1>) -> !snn.spikes<1>
    snn.output "out" %s : !snn.spikes<1>
  )",
       Precision::Float64);
  input::Sample sample;
  sample.steps = 100;
  sample.offsets.push_back(0);
  for (uint32_t t = 0; t < sample.steps; ++t) {
    sample.events.push_back({0, 1.0f});
    sample.offsets.push_back(t + 1);
  }
  SessionOptions options;
  options.traces = {{1, 0}, {1, -1}};
  const auto result = engine->open(options)->run(sample);
  ASSERT_TRUE(result);
  // 1 - 0.95^n > 0.9 first at n = 45: 0.95^44 = 0.1047, 0.95^45 = 0.0994.
  for (int t = 0; t < 44; ++t) {
    EXPECT_NEAR(result->traces[0][t], 1 - std::pow(0.95, t + 1), 1e-6);
    EXPECT_EQ(result->traces[1][t], 0.0f);
  }
  EXPECT_EQ(result->traces[1][44], 1.0f);
  EXPECT_EQ(result->traces[0][44], 0.0f);
  EXPECT_EQ(result->counts[1][0], 2u); // again after 45 steps
}
