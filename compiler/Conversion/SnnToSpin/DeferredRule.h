// Learning rules that cores of a SpiNNaker-style machine can defer.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "hw-models/target/StdpRule.h"
#include "runtime/network/Network.h"

namespace limen {

/// The rule of synapse op `op`, prepared as `rule`, in the form that a core
/// has: read off the regions of its snn.rule, not off its name.
///
/// Weights must change by sums of a constant times a trace, and that times the
/// weight: w + A+ x or w + A+ (highest - w) x at a target spike, w - A- y or
/// w - A- (w - lowest) y at a source spike. Traces grow by 1 at each spike of
/// their side (every pair), or become 1 (nearest pair); then the target's
/// change must be left out where a trace of the target that decays like x, is 1
/// at its spikes and is above x says that the target fired since the source
/// did. Fails after a diagnostic at the op that stands against it.
mlir::FailureOr<target::StdpRule>
recogniseRule(mlir::Operation *op, const network::Plasticity &rule);

} // namespace limen
