// Evaluates neuron models on numbers, op by op.
//
// The compiler uses it to run `prepare` once; tests use it as a reference that
// shares no code with the compiled kernels.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "runtime/network/Network.h"

namespace limen::snn {

/// Evaluates a region's block on arrays, element-wise. `arguments[k]` has one
/// value or `size` values; results have one value where they depend on uniform
/// values only. Arithmetic is in double; with `single` every result is rounded
/// to float, which makes it the exact value of an f32 computation. Booleans are
/// 0 and 1. Fails on an op that it does not know, after a diagnostic at that
/// op.
mlir::FailureOr<std::vector<std::vector<double>>>
evaluate(mlir::Block &block, std::vector<std::vector<double>> arguments,
         size_t size, bool single);

/// The neuron model of `op`, prepared: coefficients from its parameters and dt.
mlir::FailureOr<network::Model> prepareModel(NeuronOp op);

/// The values of a parameter attribute (number or f64 tensor).
std::vector<double> parameterValues(mlir::Attribute attribute);

} // namespace limen::snn
