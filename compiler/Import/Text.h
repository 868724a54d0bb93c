// Networks as IR text.
#pragma once

#include "hw-models/base/Error.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace limen {

/// Parses and verifies IR text; built-in neuron models that it names are added.
/// `file` is its name in messages. Errors: bytecode, brackets nested deeper
/// than the recursive parser of MLIR can follow, whatever the parser and the
/// verifiers say.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importNetworkText(const std::string &text, const std::string &file,
                  mlir::MLIRContext *context);

} // namespace limen
