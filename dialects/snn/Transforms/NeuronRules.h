// Rewrites the comparison and the reset of a neuron model.
#pragma once

#include "dialects/snn/IR/Snn.h"

namespace limen::snn {

/// When a neuron fires: v > threshold, or v >= threshold.
enum class SpikeRule { Greater, GreaterEqual };

/// What a spike leaves: the model's reset value, or v - threshold.
enum class ResetRule { Zero, Subtract };

/// How an equation tau v' = ... becomes a step: forward Euler, v += dt/tau ...,
/// or exponential Euler, v += (1 - exp(-dt/tau)) ..., which is exact while the
/// input is constant.
enum class Scheme { Euler, Exponential };

/// Makes the comparison that yields the spike of `model` use `rule`. Fails,
/// after a diagnostic, if the spike is not an arith.cmpf with > or >=. A
/// non-spiking model is left alone.
mlir::LogicalResult setSpikeRule(ModelOp model, SpikeRule rule);

/// With Subtract, every state that the spike selects becomes the compared value
/// minus the threshold when it fires; Zero leaves the model's own reset. Fails,
/// after a diagnostic, if no state is selected by the spike. A
/// non-spiking model and one without states are left alone.
mlir::LogicalResult setResetRule(ModelOp model, ResetRule rule);

/// With Exponential, every dt / tau that `prepare` of `model` divides becomes
/// 1 - exp(-dt / tau); a parameter is a time constant if its name begins with
/// "tau". A model without time constants is left alone, and so is every model
/// with Euler.
void setScheme(ModelOp model, Scheme scheme);

} // namespace limen::snn
