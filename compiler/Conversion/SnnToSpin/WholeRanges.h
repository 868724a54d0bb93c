// Ranges of the integers of a neuron step.
//
// An integer is an interval. Choices are told apart: a value is looked at under
// every outcome of the comparisons that it depends on, each of which narrows
// what was compared and what that came from. So u - 2^24 where u > 2^23 is
// known to stay above -2^23, and wrapping by hand has a range.
#pragma once

#include "compiler/Conversion/SnnToSpin/Interval.h"

#include "mlir/IR/Block.h"
#include "llvm/ADT/DenseMap.h"

#include <functional>

namespace limen {

class WholeRanges {
public:
  /// `leaf` has the range of an integer that no other integer determines: a
  /// conversion from a float, a coefficient. It is asked once per value.
  WholeRanges(mlir::Block &step, std::function<Interval(mlir::Value)> leaf)
      : step(step), leaf(std::move(leaf)) {}

  /// What `value` can be.
  Interval of(mlir::Value value);

private:
  using Ranges = llvm::DenseMap<mlir::Value, Interval>;

  Interval known(mlir::Value value);
  Interval compute(mlir::Operation &op, const Ranges &ranges);
  bool narrow(mlir::Value value, Interval to, Ranges &ranges);
  bool decide(mlir::Operation &compare, bool outcome, Ranges &ranges);

  mlir::Block &step;
  std::function<Interval(mlir::Value)> leaf;
  Ranges leaves;
  /// Outcomes of the comparisons that are told apart at the moment.
  llvm::DenseMap<mlir::Value, bool> outcomes;
};

/// Whether `op` computes an integer from integers, in a way that a core does.
bool isWholeOp(mlir::Operation &op);

/// Whether the type is an integer of more than a bit.
bool isWhole(mlir::Type type);

} // namespace limen
