#include "compiler/Conversion/SnnToLLVM/SnnToLLVM.h"

#include "compiler/Conversion/SnnToLLVM/RuleKernels.h"
#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/RuleEvaluator.h"
#include "dialects/snn/IR/Snn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace limen {
#define GEN_PASS_DEF_CONVERTSNNTOLLVM
#include "compiler/Conversion/SnnToLLVM/SnnToLLVMPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;

namespace {

class ConvertSnnToLLVM
    : public limen::impl::ConvertSnnToLLVMBase<ConvertSnnToLLVM> {
public:
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (precision != "float32" && precision != "float64") {
      module.emitError() << "precision '" << precision
                         << "' is unknown; float32 or float64 was wanted";
      return signalPassFailure();
    }
    for (snn::NetworkOp network : module.getOps<snn::NetworkOp>())
      for (snn::NeuronOp neuron :
           network.getBody().front().getOps<snn::NeuronOp>())
        if (failed(compile(module, neuron)))
          return signalPassFailure();
    for (snn::NetworkOp network : module.getOps<snn::NetworkOp>())
      for (Operation &op : network.getBody().front())
        if (auto plasticity =
                op.getAttrOfType<snn::PlasticityAttr>(snn::plasticityName)) {
          auto rule = module.lookupSymbol<snn::RuleOp>(plasticity.getRule());
          if (failed(snn::prepareRule(&op)))
            return signalPassFailure();
          if (failed(buildRuleKernels(module, rule, element())))
            return op.emitOpError() << "has a rule that cannot be compiled for "
                                       "the host",
                   signalPassFailure();
        }
  }

private:
  Type element() {
    Builder builder(&getContext());
    return precision == "float64" ? Type(builder.getF64Type())
                                  : Type(builder.getF32Type());
  }

  LogicalResult compile(ModuleOp module, snn::NeuronOp neuron) {
    auto model = module.lookupSymbol<snn::ModelOp>(neuron.getModelAttr());
    FailureOr<network::Model> prepared = snn::prepareModel(neuron);
    if (failed(prepared))
      return failure();
    StepSignature signature;
    signature.states = prepared->states.size();
    signature.receptors = prepared->receptors.size();
    for (const network::Coefficient &coefficient : prepared->coefficients)
      signature.uniform.push_back(coefficient.values.size() == 1);
    const std::string name = ("step_" + neuron.getName()).str();
    FailureOr<LLVM::LLVMFuncOp> kernel = buildStepKernel(
        module, name, model.getStep().front(), signature, element());
    if (failed(kernel))
      return neuron.emitOpError() << "cannot be compiled for the host";
    neuron.setKernelAttr(FlatSymbolRefAttr::get(&getContext(), name));
    return success();
  }
};

} // namespace
