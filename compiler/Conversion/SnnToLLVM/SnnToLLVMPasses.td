#ifndef LIMEN_COMPILER_CONVERSION_SNNTOLLVM_SNNTOLLVMPASSES_TD
#define LIMEN_COMPILER_CONVERSION_SNNTOLLVM_SNNTOLLVMPASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSnnToLLVM : Pass<"convert-snn-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Compile the neuron models of a network for the host";
  let description = [{
    Adds one `llvm.func` per `snn.neuron`: the loop over its neurons around the
    step region of its model, coefficients uniform or per neuron as its
    parameters are. Each neuron op then names its kernel.

    Before: neuron ops without kernel. After: every neuron op has a kernel whose
    calling convention is that of runtime/jit/Kernels.h; synapses stay symbolic
    and are expanded into rows when the program is loaded.
  }];
  let options = [
    Option<"precision", "precision", "std::string", "\"float32\"",
           "Arithmetic of the neurons: float32 or float64">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // LIMEN_COMPILER_CONVERSION_SNNTOLLVM_SNNTOLLVMPASSES_TD
