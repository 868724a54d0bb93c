// Neuron steps from floating point to s16.15.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "dialects/spin/IR/Spin.h"
#include "hw-models/base/Error.h"

namespace limen {

/// x in units of 2^-15, rounded down: what the recorded membrane traces of the
/// published runtime require of its coefficients. Errors: not in
/// [-65536, 65536), which an s16.15 does not hold.
Result<int32_t> toFixed(double x);

/// Adds `spin.kernel @name` with the arithmetic of `model`'s step in s16.15 at
/// the builder's insertion point. Additions wrap at 32 bits; a product is the
/// 64-bit product shifted right by 15 (rounds down); comparisons, selections,
/// minima and maxima are those of integers; constants are rounded down. Fails
/// after a diagnostic at an op that has no such form.
mlir::FailureOr<spin::KernelOp>
buildFixedPointKernel(mlir::OpBuilder &builder, llvm::StringRef name,
                      snn::ModelOp model, llvm::ArrayRef<bool> uniform);

} // namespace limen
