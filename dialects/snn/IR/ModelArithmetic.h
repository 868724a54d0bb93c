// The meaning of arith, math and snn.uniform on numbers, one op at a time.
#pragma once

#include "dialects/snn/IR/ModelEvaluator.h"

namespace limen::snn {

/// A value of a region for every neuron: one number for all, or one each.
/// Floats lie in `reals`, integers of any width in `wholes`, sign-extended (an
/// i1 is 0 or 1).
struct Lanes {
  std::vector<double> reals;
  std::vector<int64_t> wholes;
  bool isWhole = false;

  size_t size() const { return isWhole ? wholes.size() : reals.size(); }
};

/// The result of `op` on `in`. With `single`, results of type f32 are rounded
/// to float: exact values of single precision for +, -, *, /, sqrt and
/// conversions. Nothing for an op that it does not know.
std::optional<Lanes> evaluateOp(mlir::Operation &op,
                                llvm::ArrayRef<const Lanes *> in, size_t size,
                                bool single, const Draws &draws);

} // namespace limen::snn
