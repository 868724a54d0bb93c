// Neuron steps from floating point to fixed point.
#pragma once

#include "compiler/Conversion/SnnToSpin/FixedPlan.h"
#include "dialects/spin/IR/Spin.h"

namespace limen {

/// Adds `spin.kernel @name` with the arithmetic of `model`'s step in the
/// formats of `plan` at the builder's insertion point. Additions wrap at 32
/// bits; a product is the 64-bit product shifted right, rounded as `products`
/// says, and cut to 32 bits; a quotient of s16.15 numbers is the quotient of
/// 64-bit integers, rounded towards zero and saturated; comparisons,
/// selections, minima and maxima are those of integers; functions are those of
/// target::FixedFunctions, and what depends on one saturates. Integers of any
/// width become those of 32 bits, products of 64 that are divided or shifted.
spin::KernelOp buildFixedPointKernel(mlir::OpBuilder &builder,
                                     llvm::StringRef name, snn::ModelOp model,
                                     llvm::ArrayRef<bool> uniform,
                                     const FixedPlan &plan,
                                     target::Rounding products,
                                     target::Rounding constants);

} // namespace limen
