// Rewrites the comparison and the reset of a neuron model.
#pragma once

#include "dialects/snn/IR/Snn.h"

namespace limen::snn {

/// When a neuron fires: v > threshold, or v >= threshold.
enum class SpikeRule { Greater, GreaterEqual };

/// What a spike leaves: the model's reset value, or v - threshold.
enum class ResetRule { Zero, Subtract };

/// How an equation tau v' = (leak - v) + r x becomes a step.
/// Euler: v += dt/tau ((leak - v) + r x).
/// Exponential: v += (1 - exp(-dt/tau)) ((leak - v) + r x), exact while the
/// input is constant.
/// Impulse: v += (1 - exp(-dt/tau)) (leak - v) + dt/tau r x, exact when the
/// input of a step is an impulse of area x dt at its end.
enum class Scheme { Euler, Exponential, Impulse };

/// When a membrane that crosses its threshold in step t shows it.
/// SameStep: spike and reset in step t. ResetLater: spike in step t, reset in
/// step t + 1. NextStep: spike and reset in step t + 1.
enum class SpikeTiming { SameStep, ResetLater, NextStep };

/// Makes the comparison that yields the spike of `model` use `rule`. Fails,
/// after a diagnostic, if the spike is not an arith.cmpf with > or >=. A
/// non-spiking model is left alone.
mlir::LogicalResult setSpikeRule(ModelOp model, SpikeRule rule);

/// With Subtract, every state that the spike selects becomes the compared value
/// minus the threshold when it fires; Zero leaves the model's own reset. Fails,
/// after a diagnostic, if no state is selected by the spike. A
/// non-spiking model and one without states are left alone.
mlir::LogicalResult setResetRule(ModelOp model, ResetRule rule);

/// Makes every dt / tau that `prepare` of `model` divides follow `scheme`; a
/// parameter is a time constant if its name begins with "tau". A model without
/// time constants is left alone, and so is every model with Euler. With Impulse
/// the step must have the form state += (dt / tau) (sum of terms); terms of
/// parameters and the state alone are the leak, the others the input. Fails,
/// after a diagnostic, where it does not.
mlir::LogicalResult setScheme(ModelOp model, Scheme scheme);

/// Moves the spike or the reset of `model`; to be called after the other rules.
/// Fails, after a diagnostic, if no state is selected by the spike. A
/// non-spiking model and one without states are left alone.
mlir::LogicalResult setSpikeTiming(ModelOp model, SpikeTiming timing);

} // namespace limen::snn
