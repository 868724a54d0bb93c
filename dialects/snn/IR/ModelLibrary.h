// The built-in neuron models: the .mlir files of dialects/snn/models.
#pragma once

#include "dialects/snn/IR/Snn.h"

#include <string>
#include <vector>

namespace limen::snn {

/// Names of the built-in models, sorted.
std::vector<std::string> builtinModels();

/// The model `name` of `module`, added from the library if it is not there yet.
/// Null if neither has it.
ModelOp getOrInsertModel(mlir::ModuleOp module, llvm::StringRef name);

} // namespace limen::snn
