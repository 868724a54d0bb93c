// The lowering to each target, as pass pipelines.
//
//   host         convert-snn-to-llvm
//   spinnaker    convert-snn-to-llvm, convert-snn-to-spin, spin-verify-program
//   rram         convert-snn-to-llvm, convert-snn-to-imc, imc-verify-program
//
// Every target keeps the snn.network and its host kernels: the network names
// what results mean, the kernels run the reference beside the target.
#pragma once

#include "hw-models/target/Target.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace limen {

/// Adds the passes that lower a module to `target`.
void populatePipeline(mlir::OpPassManager &passes,
                      const target::Target &target);

/// Registers every pass of Limen by its flag.
void registerPasses();

/// Runs passes on the module's network: flags with their options, separated by
/// commas ("snn-prune{keep=1000},snn-quantize-weights{bits=6}"). Returns what
/// they say they did. Errors: an unknown pass or option, a pass that fails.
Result<std::vector<std::string>> transform(mlir::ModuleOp module,
                                           const std::string &passes);

/// Lowers `module` to `target` and records the target in it. Errors: what the
/// target cannot represent, what does not fit, each with place and numbers.
Result<void> lower(mlir::ModuleOp module, const target::Target &target);

/// The target that a lowered module was made for. Errors: not lowered.
Result<target::Target> targetOf(mlir::ModuleOp module);

/// Records in the module what was assumed to read the network.
void setAssumptions(mlir::ModuleOp module,
                    const std::vector<std::string> &assumptions);
std::vector<std::string> assumptionsOf(mlir::ModuleOp module);

} // namespace limen
