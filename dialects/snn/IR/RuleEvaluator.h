// Learning rules on numbers, and the built-in ones (dialects/snn/rules).
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "runtime/network/Network.h"

#include <string>
#include <vector>

namespace limen::snn {

/// Names of the built-in rules, sorted.
std::vector<std::string> builtinRules();

/// The rule `name` of `module`, added from the library if it is not there yet.
/// Null if neither has it.
RuleOp getOrInsertRule(mlir::ModuleOp module, llvm::StringRef name);

/// The rule of synapse op `op`, prepared: decays, bounds and coefficients from
/// its parameters and the network's dt. Fails after a diagnostic where a decay
/// is not in [0, 1], bounds are in the wrong order or a number is not finite.
mlir::FailureOr<network::Plasticity> prepareRule(mlir::Operation *op);

} // namespace limen::snn
