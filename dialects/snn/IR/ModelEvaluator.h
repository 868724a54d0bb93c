// Evaluates neuron models on numbers, op by op.
//
// The compiler uses it to run `prepare` once; tests use it as a reference that
// shares no code with the compiled kernels.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "runtime/network/Network.h"

namespace limen::snn {

/// What snn.uniform draws from: the same bits as the compiled kernels.
struct Draws {
  uint64_t seed = 1;
  uint32_t identity = 0; ///< identityOf the population's name
  uint32_t step = 0;
  uint32_t sample = 0; ///< identityOf the sample's id

  /// Draw `number` of a neuron, in [0, 1).
  double uniform(uint64_t neuron, uint32_t number) const;
};

/// Evaluates a region's block on arrays, element-wise. `arguments[k]` has one
/// value or `size` values; results have one value where they depend on uniform
/// values only. Floats are computed in double; with `single` every f32 result
/// is rounded to float, which makes it the exact value of an f32 computation
/// for all ops of arith and for math.sqrt, math.fma and roundings. Integers
/// wrap at their width and are passed as numbers (booleans 0 and 1), exact
/// below 2^53 at the block's borders. Fails on an op that it does not know,
/// after a diagnostic at that op.
mlir::FailureOr<std::vector<std::vector<double>>>
evaluate(mlir::Block &block, std::vector<std::vector<double>> arguments,
         size_t size, bool single, const Draws &draws = {});

/// The neuron model of `op`, prepared: coefficients from its parameters and dt.
mlir::FailureOr<network::Model> prepareModel(NeuronOp op);

/// The values of a parameter attribute (number or f64 tensor).
std::vector<double> parameterValues(mlir::Attribute attribute);

} // namespace limen::snn
