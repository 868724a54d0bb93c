// Which fixed-point format every value of a neuron step has.
//
//   1. What depends on coefficients and constants only is computed by the
//      compiler, once for each neuron and in double: a further coefficient. A
//      division by such a number becomes a product with its reciprocal.
//   2. States and inputs are s16.15, or what the model's attribute
//      `spin.formats = {NAME = "s6.25"}` says. Random numbers are u0.32.
//   3. A product with a coefficient or constant has the format of its other
//      factor; the coefficient is u0.32 if all its values lie in [0, 1) and not
//      all are s16.15 numbers, s0.31 if they lie in (-1, 1), else s16.15. An
//      attribute `spin.format` of the product says otherwise. Other products
//      are s16.15, but for those of two fractions.
//   4. Sums, choices and extremes have the format of their operands if it is
//      the same, else s16.15; coefficients take the format of what they meet.
//   5. A coefficient that different ops want in different formats is s16.15.
//   6. A function of what changes is s16.15, or what its attribute
//      `spin.format` says, as a sum may say too. Functions saturate, and so
//      does everything that a step computes from one: 1 + exp(x) must not wrap.
//   7. Integers are computed as what they are, in 32 bits; a product has 64. A
//      number from one is s16.15, or what `spin.format` of sitofp says. Whether
//      they fit is not decided here (Ranges.h).
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "hw-models/target/FixedFunctions.h"
#include "runtime/network/Network.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace limen {

struct FixedPlan {
  /// The model's coefficients, then those that the compiler computes.
  std::vector<network::Coefficient> coefficients;
  std::vector<target::FixedFormat> coefficientFormats, stateFormats,
      receptorFormats;
  /// Values of the step that are a coefficient: its first arguments and what
  /// the compiler computes.
  llvm::DenseMap<mlir::Value, unsigned> constants;
  /// Division -> the coefficient that is the reciprocal of its divisor.
  llvm::DenseMap<mlir::Operation *, unsigned> reciprocals;
  /// Formats of values that change from step to step.
  llvm::DenseMap<mlir::Value, target::FixedFormat> formats;
  /// In what format an op takes an operand that does not change.
  llvm::DenseMap<mlir::OpOperand *, target::FixedFormat> wanted;
  /// Functions of what changes, and what depends on them within a step.
  llvm::DenseSet<mlir::Value> saturating;
};

/// The function that `op` computes in fixed point, if there is one.
std::optional<target::FixedFunction> functionOf(mlir::Operation &op);

/// Whole numbers: an integer of a step.
inline constexpr target::FixedFormat wholeFormat = {true, 0};

/// How many functions of what changes, and divisions by it, the step of `model`
/// computes, by the names of their prices (target::SpinCosts::functions).
std::map<std::string, uint64_t> countFunctions(snn::ModelOp model);

/// Plans the step of `model` for a population with the coefficients of
/// `prepared`. Fails after a diagnostic at an op that has no fixed-point form.
mlir::FailureOr<FixedPlan> planFixedPoint(snn::ModelOp model,
                                          const network::Model &prepared);

/// Formats of the receptors of `model`: s16.15, or what it says itself. Fails
/// after a diagnostic.
mlir::FailureOr<std::vector<target::FixedFormat>>
receptorFormats(snn::ModelOp model);

} // namespace limen
