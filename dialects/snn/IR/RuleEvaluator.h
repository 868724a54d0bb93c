// Learning rules on numbers.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "runtime/network/Network.h"

namespace limen::snn {

/// The rule of synapse op `op`, prepared: decays, bounds and coefficients from
/// its parameters and the network's dt. Fails after a diagnostic where a decay
/// is not in [0, 1], bounds are in the wrong order or a number is not finite.
mlir::FailureOr<network::Plasticity> prepareRule(mlir::Operation *op);

} // namespace limen::snn
