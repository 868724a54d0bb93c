// From snn text to an engine of a SpiNNaker-style machine.
#pragma once

#include "compiler/Conversion/SnnToSpin/SnnToSpin.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/IR/NetworkView.h"
#include "dialects/spin/IR/Spin.h"
#include "hw-models/target/SpinKernelName.h"
#include "runtime/engine/SpinEngine.h"
#include "runtime/jit/Jit.h"
#include "runtime/program/SpinLoader.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

namespace limen::test {

/// A module, lowered, compiled and loaded.
struct Lowered {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::shared_ptr<network::Network> network;
  std::unique_ptr<engine::Engine> engine;

  explicit Lowered(const std::string &text, const std::string &model,
                   const std::vector<std::string> &more = {},
                   const std::vector<std::string> &overrides = {}) {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, spin::SpinDialect,
                    mlir::arith::ArithDialect, mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    mlir::ParserConfig config(&context, /*verifyAfterParse=*/false);
    module = mlir::parseSourceString<mlir::ModuleOp>(text, config);
    snn::getOrInsertModel(*module, model);
    for (const std::string &other : more)
      snn::getOrInsertModel(*module, other);
    mlir::PassManager passes(&context);
    ConvertSnnToSpinOptions options;
    for (const std::string &set : overrides)
      options.overrides.push_back(set);
    passes.addPass(createConvertSnnToSpin(options));
    passes.addPass(createConvertSpinKernelsToLLVM());
    EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
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

} // namespace limen::test
