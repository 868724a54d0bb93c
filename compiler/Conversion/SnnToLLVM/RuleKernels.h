// Events of a learning rule as host code.
#pragma once

#include "dialects/snn/IR/Snn.h"

namespace limen {

/// Adds kernels (runtime/jit/Kernels.h) of the events of `rule` in `element`
/// (f32 or f64) to `module`, if it has none yet:
///   rule_NAME_on_pre, rule_NAME_on_post    one synapse each: state weight;
///   inputs
///                                          traces of the source, of the
///                                          target;
///   rule_NAME_pre_trace, ..._post_trace    one neuron each: states its traces.
/// All take the rule's coefficients and the lowest and highest weight as
/// uniform coefficients; the outputs repeat the first state. The names are
/// those that snn::viewNetwork gives (network::Plasticity). Fails after a
/// diagnostic.
mlir::LogicalResult buildRuleKernels(mlir::ModuleOp module, snn::RuleOp rule,
                                     mlir::Type element);

} // namespace limen
