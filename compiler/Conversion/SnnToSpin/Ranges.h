// Ranges and errors of a neuron step in fixed point.
//
// Every value of the step is a sum of states and inputs with factors that are
// intervals, so that v + rate (leak - v) is known to shrink v; where a product
// of two such sums leaves this form, its interval remains. The ranges of the
// states are a fixed point: initial values lie in them, and a step leads from
// them into them, with its error. Where no such range is found, a state may
// have any value of its format.
//
// The error of a value is the largest distance between the fixed-point number
// and the exact one that the same states and inputs give: rounded coefficients,
// products, conversions and functions, carried through the ops. It holds where
// both decide every comparison alike and nothing saturates; a conversion to an
// integer decides as well.
#pragma once

#include "compiler/Conversion/SnnToSpin/FixedPlan.h"
#include "compiler/Conversion/SnnToSpin/Interval.h"

namespace limen {

struct StepRanges {
  std::vector<Interval> states;
  /// How a state's range came about.
  enum class Origin { Derived, Declared, Unknown };
  std::vector<Origin> origins;
  /// Per state, of one step.
  std::vector<double> errors;
  // Of an output that is a value and no spike.
  Interval output;
  double outputError = 0;
  bool outputIsWhole = false; ///< always a whole number
  /// Ops whose exact result may lie outside of its format: there they wrap, or
  /// saturate (FixedPlan::saturating).
  std::vector<mlir::Operation *> overflows, saturations;
  /// Integers that 32 bits, or those of their type, may not hold.
  std::vector<std::pair<mlir::Operation *, Interval>> tooWide;
};

/// `inputs` has the range of every receptor. A model's attribute
/// `spin.bounds = {NAME = [low, high]}` declares a state's range beside its
/// initial values. Fails after a diagnostic: bounds of something else.
mlir::FailureOr<StepRanges>
analyseRanges(snn::ModelOp model, const FixedPlan &plan,
              const network::Model &prepared, llvm::ArrayRef<Interval> inputs,
              target::Rounding products, target::Rounding constants);

} // namespace limen
