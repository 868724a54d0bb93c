// From an imc.program to plain data.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/program/ImcProgram.h"

#include "mlir/IR/BuiltinOps.h"

namespace limen::program {

/// The imc.program of `module`, lowered from `network`. Arrays are borrowed
/// from the module, which must outlive the result. Errors: no program or more
/// than one, a description that does not read, a population that the network
/// does not have.
Result<ImcProgram> loadImcProgram(mlir::ModuleOp module,
                                  const network::Network &network);

} // namespace limen::program
