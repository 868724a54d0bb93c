// From a spin.program to plain data.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/program/SpinProgram.h"

#include "mlir/IR/BuiltinOps.h"

namespace limen::program {

/// The spin.program of `module`, lowered from `network`. Arrays are borrowed
/// from the module, which must outlive the result. Errors: no program or more
/// than one, a machine description that does not read, a core of a population
/// that the network does not have.
Result<SpinProgram> loadSpinProgram(mlir::ModuleOp module,
                                    const network::Network &network);

} // namespace limen::program
