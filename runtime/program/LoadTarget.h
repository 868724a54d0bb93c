// Engines of chips from lowered modules.
#pragma once

#include "runtime/engine/KernelTable.h"
#include "runtime/program/Load.h"

namespace limen::program {

/// The engine of a module lowered to a chip. Errors: a module of another
/// target, a program that does not load.
Result<std::unique_ptr<engine::Engine>>
loadTarget(mlir::ModuleOp module, const target::Target &target,
           std::shared_ptr<const network::Network> network,
           const engine::KernelTable &kernels, const LoadOptions &options);

} // namespace limen::program
