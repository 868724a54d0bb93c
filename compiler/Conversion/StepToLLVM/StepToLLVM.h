// From one step of one neuron to a loop over a population.
//
// The step may be in floating point (a host kernel) or integers (an s16.15
// kernel of a SpiNNaker core): the same loop is built around it.
#pragma once

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace limen {

/// How the arguments of a step block are laid out, and what is uniform.
struct StepSignature {
  unsigned states = 0;
  unsigned receptors = 0;
  /// One entry per coefficient: true where all neurons share one value.
  std::vector<bool> uniform;
};

/// Adds `llvm.func @name` to `module`: the loop over neurons of runtime/jit's
/// StepKernel around a clone of `step` (arguments: coefficients, states,
/// receptors; its terminator's operands: states, then the output). Floats of
/// type f32 in the step become `element` (f32 or f64); f64 and integers keep
/// their type. Ops mean what snn.model says, on every machine; functions of f32
/// (math.exp, math.tanh, ...) are within 5 units in the last place, math.sin
/// and math.cos within 5e-7 for arguments of up to 7. Fails after a diagnostic
/// if an op of the step has no LLVM form.
mlir::FailureOr<mlir::LLVM::LLVMFuncOp>
buildStepKernel(mlir::ModuleOp module, llvm::StringRef name, mlir::Block &step,
                const StepSignature &signature, mlir::Type element);

} // namespace limen
