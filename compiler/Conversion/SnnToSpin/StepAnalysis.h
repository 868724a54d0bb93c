// One step of a neuron on ranges (Ranges.h).
#pragma once

#include "compiler/Conversion/SnnToSpin/FixedPlan.h"
#include "compiler/Conversion/SnnToSpin/Interval.h"

#include <limits>

namespace limen {

/// rest + sum of factors x symbols, and an interval that it lies in anyway.
struct Form {
  llvm::SmallVector<Interval> factors; ///< per state, then receptor; or empty
  Interval rest;
  Interval range; ///< of the exact value
  Interval fixed; ///< of the fixed-point number
  double error = 0;
  /// The error is also at most `flat` and `relative` times the exact number.
  double flat = std::numeric_limits<double>::infinity(), relative = 0;
  bool whole = false; ///< always a whole number
  double grid = 0;    ///< a multiple of this; 0 where none is known

  double flatError() const { return std::isfinite(flat) ? flat : error; }
  bool isProportional() const { return std::isfinite(flat); }
};

struct StepResult {
  std::vector<Form> yielded; ///< states, then an output that is a number
  /// Ops that may leave their format, and integers that may be too wide.
  std::vector<mlir::Operation *> overflows, saturations;
  std::vector<std::pair<mlir::Operation *, Interval>> tooWide;
};

/// How numbers are rounded, and what is looked for.
struct StepOptions {
  target::Rounding products, constants;
  bool checksWidths = false; ///< whether to fill StepResult::tooWide
};

/// From states and inputs in `symbols`.
StepResult analyseStep(mlir::Block &step, const FixedPlan &plan,
                       llvm::ArrayRef<Interval> symbols,
                       const StepOptions &options);

} // namespace limen
