// Network descriptions in YAML (docs/network-description.md).
#pragma once

#include "hw-models/base/Error.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace limen {

/// Reads a network description and returns a verified module with one
/// snn.network and the neuron models that it uses. Ops are located at their
/// lines in `file`. What the file left open and was assumed is appended to
/// `assumptions`. Errors have file, line, column and culprit; when there are
/// several, the others are notes of the first.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importDescription(const std::string &file, mlir::MLIRContext *context,
                  std::vector<std::string> &assumptions);

/// The same from `text`; `file` is its name in messages.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importDescriptionText(const std::string &text, const std::string &file,
                      mlir::MLIRContext *context,
                      std::vector<std::string> &assumptions);

} // namespace limen
