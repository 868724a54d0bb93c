// From a lowered module to engines that run it.
#pragma once

#include "hw-models/target/Target.h"
#include "runtime/engine/Engine.h"

#include "mlir/IR/BuiltinOps.h"

namespace limen::program {

struct LoadOptions {
  uint64_t seed = 1; ///< of neuron draws, the chip instance and its noise
  /// For a chip, also make the float32 reference of the same network, which
  /// costs the memory of its synapses.
  bool reference = true;
};

/// A program ready to run. Engines borrow from the module, which must outlive
/// them.
struct LoadedProgram {
  std::unique_ptr<engine::Engine> engine;
  /// The host reference of the same network, null when `engine` is it.
  std::unique_ptr<engine::Engine> reference;
};

/// Compiles the kernels of a module lowered to `target` and loads it.
Result<LoadedProgram> load(mlir::ModuleOp module, const target::Target &target,
                           const LoadOptions &options);

} // namespace limen::program
