// Networks from text on the host engine, and an interpreter that shares none of
// its code: states stepped by the ModelEvaluator, synapses by double loops over
// expanded rows.
#pragma once

#include "compiler/Conversion/SnnToLLVM/SnnToLLVM.h"
#include "compiler/Transforms/TransformPasses.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/IR/NetworkView.h"
#include "runtime/engine/HostEngine.h"
#include "runtime/jit/Jit.h"
#include "runtime/network/Rows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>
#include <random>

namespace limen {

using namespace limen::engine;

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
  void load(const std::string &body, Precision precision, bool retime = false) {
    module = mlir::parseSourceString<mlir::ModuleOp>(
        "module {" + ownModels + "}", mlir::ParserConfig(&context));
    ASSERT_TRUE(module);
    for (const std::string &name : snn::builtinModels())
      ASSERT_TRUE(snn::getOrInsertModel(*module, name)) << name;
    for (const std::string &name : snn::builtinRules())
      ASSERT_TRUE(snn::getOrInsertRule(*module, name)) << name;
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
    if (retime)
      passes.addNestedPass<snn::NetworkOp>(createSnnRetime());
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
    for (const network::Projection &projection : network->projections)
      if (const auto &rule = projection.plasticity)
        for (const std::string &name :
             {rule->onPre, rule->onPost, rule->preTrace, rule->postTrace})
          kernels.address[name] = (*library)->lookup(name);
    kernels.owner = *library;
    auto made = makeHostEngine(network, kernels, precision);
    ASSERT_TRUE(made) << made.error().text();
    engine = std::move(*made);
  }

  /// What nodes emit: [step][node][neuron].
  using Emitted = std::vector<std::vector<std::vector<double>>>;

  /// Spikes (or summed values) per node of the interpreter; `history` receives
  /// those of every step.
  std::vector<std::vector<double>> interpret(const input::Sample &sample,
                                             bool single,
                                             Emitted *history = nullptr) {
    std::vector<network::Rows> rows;
    for (const network::Projection &p : network->projections)
      rows.push_back(network::expandRows(p));
    Emitted emitted;
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
            for (uint32_t s = 0; s < rows[p].sources(); ++s)
              for (const network::Synapse &synapse : rows[p].row(s)) {
                const uint32_t delay = projection.delay + synapse.delay;
                if (delay <= t)
                  sum[synapse.target] +=
                      synapse.weight * emitted[t - delay][projection.source][s];
              }
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
    if (history)
      *history = std::move(emitted);
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

  std::string ownModels; ///< text of models that load() adds
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::shared_ptr<network::Network> network;
  std::unique_ptr<Engine> engine;
};

} // namespace limen
