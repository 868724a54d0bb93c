#include "compiler/Pipelines/Pipelines.h"

#include "compiler/Conversion/SnnToImc/SnnToImc.h"
#include "compiler/Conversion/SnnToLLVM/SnnToLLVM.h"
#include "compiler/Conversion/SnnToSpin/SnnToSpin.h"
#include "compiler/Transforms/TransformPasses.h"
#include "dialects/imc/Transforms/ImcPasses.h"
#include "dialects/snn/Transforms/SnnPasses.h"
#include "dialects/spin/Transforms/SpinPasses.h"
#include "dialects/support/Diagnostics.h"
#include "hw-models/target/HostMachine.h"

#include "mlir/IR/Builders.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace limen;

// Attributes of a lowered module.
static constexpr StringLiteral targetAttr = "limen.target";
static constexpr StringLiteral assumptionsAttr = "limen.assumptions";

void limen::populatePipeline(OpPassManager &passes,
                             const target::Target &target) {
  passes.addPass(createCanonicalizerPass());
  ConvertSnnToLLVMOptions host;
  if (target.kind == target::Kind::Host)
    if (auto machine = target::HostMachine::parse(target.document);
        machine && machine->doublePrecision)
      host.precision = "float64";
  passes.addPass(createConvertSnnToLLVM(host));
  if (target.kind == target::Kind::Spinnaker) {
    ConvertSnnToSpinOptions options;
    options.target = target.nameOrFile;
    options.overrides.assign(target.overrides.begin(), target.overrides.end());
    passes.addPass(createConvertSnnToSpin(options));
    passes.addNestedPass<spin::ProgramOp>(createSpinVerifyProgram());
    passes.addPass(createConvertSpinKernelsToLLVM());
  } else if (target.kind == target::Kind::Rram) {
    ConvertSnnToImcOptions options;
    options.target = target.nameOrFile;
    options.overrides.assign(target.overrides.begin(), target.overrides.end());
    passes.addPass(createConvertSnnToImc(options));
    passes.addNestedPass<imc::ProgramOp>(createImcVerifyProgram());
  }
}

void limen::registerPasses() {
  registerConvertSnnToImcPass();
  registerConvertSnnToLLVMPass();
  registerConvertSnnToSpinPass();
  registerConvertSpinKernelsToLLVMPass();
  registerImcVerifyProgramPass();
  registerSpinVerifyProgramPass();
  registerSnnTransformsPasses();
  registerLimenTransformsPasses();
}

Result<std::vector<std::string>> limen::transform(ModuleOp module,
                                                  const std::string &passes) {
  static const bool registered = [] {
    registerPasses();
    return true;
  }();
  (void)registered;
  PassManager manager(module.getContext());
  std::string problem;
  llvm::raw_string_ostream errors(problem);
  if (failed(parsePassPipeline("snn.network(" + passes + ")", manager, errors)))
    return Error("--transform '" + passes + "' is not a list of passes")
        .note(StringRef(problem).trim().str())
        .note("snn-fold-linear, snn-remove-dead, snn-prune, "
              "snn-quantize-weights, snn-spike-bits, snn-retime, "
              "snn-legalize-delays; e.g. snn-prune{fraction=0.5}");
  DiagnosticCollector diagnostics(module.getContext());
  if (failed(manager.run(module)))
    return diagnostics.takeError("--transform '" + passes + "' failed");
  return diagnostics.remarks();
}

Result<void> limen::lower(ModuleOp module, const target::Target &target) {
  DiagnosticCollector diagnostics(module.getContext());
  Builder builder(module.getContext());
  module->setAttr(targetAttr, builder.getStringAttr(target.document.text()));
  PassManager passes(module.getContext());
  populatePipeline(passes, target);
  if (failed(passes.run(module)))
    return diagnostics.takeError("the network cannot be lowered to target '" +
                                 target.name + "'");
  return {};
}

Result<target::Target> limen::targetOf(ModuleOp module) {
  auto text = module->getAttrOfType<StringAttr>(targetAttr);
  if (!text)
    return Error("the program names no target; was it lowered?");
  return target::parseTarget(text.str(), "target of the program");
}

void limen::setAssumptions(ModuleOp module,
                           const std::vector<std::string> &assumptions) {
  SmallVector<StringRef> texts(assumptions.begin(), assumptions.end());
  module->setAttr(assumptionsAttr,
                  Builder(module.getContext()).getStrArrayAttr(texts));
}

std::vector<std::string> limen::assumptionsOf(ModuleOp module) {
  std::vector<std::string> out;
  if (auto texts = module->getAttrOfType<ArrayAttr>(assumptionsAttr))
    for (StringAttr text : texts.getAsRange<StringAttr>())
      out.push_back(text.str());
  return out;
}
