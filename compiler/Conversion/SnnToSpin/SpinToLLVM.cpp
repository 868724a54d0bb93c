#include "compiler/Conversion/SnnToSpin/SnnToSpin.h"
#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"
#include "dialects/spin/IR/Spin.h"
#include "hw-models/target/SpinKernelName.h"

namespace limen {
#define GEN_PASS_DEF_CONVERTSPINKERNELSTOLLVM
#include "compiler/Conversion/SnnToSpin/SnnToSpinPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;

namespace {

class ConvertSpinKernelsToLLVM
    : public limen::impl::ConvertSpinKernelsToLLVMBase<
          ConvertSpinKernelsToLLVM> {
public:
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    const Type word = Builder(&getContext()).getI32Type();
    for (spin::ProgramOp program : module.getOps<spin::ProgramOp>())
      for (spin::KernelOp kernel :
           program.getBody().front().getOps<spin::KernelOp>()) {
        StepSignature signature;
        signature.states = static_cast<unsigned>(kernel.getStates());
        signature.receptors = static_cast<unsigned>(kernel.getReceptors());
        signature.uniform.assign(kernel.getUniform().begin(),
                                 kernel.getUniform().end());
        const std::string name =
            target::kernelSymbol(kernel.getSymName().str());
        if (failed(buildStepKernel(module, name, kernel.getBody().front(),
                                   signature, word))) {
          kernel.emitOpError() << "cannot be compiled for the host";
          return signalPassFailure();
        }
      }
  }
};

} // namespace
