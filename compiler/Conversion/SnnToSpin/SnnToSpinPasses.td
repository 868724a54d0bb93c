#ifndef LIMEN_COMPILER_CONVERSION_SNNTOSPIN_SNNTOSPINPASSES_TD
#define LIMEN_COMPILER_CONVERSION_SNNTOSPIN_SNNTOSPINPASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSnnToSpin : Pass<"convert-snn-to-spin", "::mlir::ModuleOp"> {
  let summary = "Lower a network to a program for a SpiNNaker-style machine";
  let description = [{
    Maps the module's snn.network (compiler/Mapping) and adds a spin.program
    beside it: a kernel for each neuron model and choice of fixed-point formats
    (FixedPlan.h, Ranges.h); cores, rows, delay-extension cores, tables. The
    network stays, as names, shapes and readouts are taken from it.

    Before: one snn.network. After: also one spin.program of the same meaning,
    but for the rounding of weights, coefficients and products, which is
    remarked.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"spinnaker1-48\"",
           "Machine: the name of a preset or a YAML file">,
    ListOption<"overrides", "set", "std::string",
               "Parameters of the machine: PATH=VALUE">,
    Option<"scale", "scale", "std::string", "\"target\"",
           "Room in ring buffers: auto, worst-case, expected, published, or what the "
           "machine's software.weight_scale says">,
    Option<"placer", "placer", "std::string", "\"\"",
           "Chips for slices: hilbert or annealing; empty: software.placer of "
           "the machine">,
    Option<"placerSeed", "placer-seed", "uint64_t", "0",
           "Seed of annealing">,
    Option<"rows", "rows", "std::string", "\"auto\"",
           "Rows in the program: auto leaves those of populations with random "
           "projections to the loader; stored keeps all">
  ];
  let dependentDialects = ["::limen::spin::SpinDialect", "::mlir::arith::ArithDialect"];
}

def ConvertSpinKernelsToLLVM : Pass<"convert-spin-kernels-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Compile the kernels of a spin.program for the simulating host";
  let description = [{
    Adds one `llvm.func @core_NAME` per spin.kernel: the loop over the neurons of
    a core, with the integer arithmetic of the kernel.

    Before: spin.kernel ops. After: also functions with the calling convention of
    runtime/jit/Kernels.h for int32_t.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // LIMEN_COMPILER_CONVERSION_SNNTOSPIN_SNNTOSPINPASSES_TD
