// The built-in neuron models and learning rules: the .mlir files of
// dialects/snn/models and dialects/snn/rules.
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

/// Names of the built-in rules, sorted.
std::vector<std::string> builtinRules();

/// The rule `name` of `module`, added from the library if it is not there yet.
/// Null if neither has it.
RuleOp getOrInsertRule(mlir::ModuleOp module, llvm::StringRef name);

} // namespace limen::snn
