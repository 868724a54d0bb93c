// Single ops of a neuron step, in a form that is defined for all operands.
#pragma once

#include "dialects/snn/IR/Snn.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace limen {

/// Adds `op` with the operands of `mapping`, f32 results as `element`, where
/// conversions to integers saturate and divisions by 0 yield the dividend. Null
/// after a diagnostic: reinterpreting the bits of an f32 that is an f64.
mlir::Value emitStepOp(mlir::OpBuilder &builder, mlir::Operation &op,
                       mlir::IRMapping &mapping, mlir::Type element);

/// Adds the Philox4x32-10 block of draw `number`, in integer arithmetic, and
/// returns its first word (i32). `key` holds the words of jit::DrawKey,
/// `neuron` (i64) is who draws.
mlir::Value emitDraw(mlir::OpBuilder &builder, mlir::Location loc,
                     uint64_t number, mlir::ValueRange key, mlir::Value neuron);

/// Adds a draw as a number in [0, 1).
mlir::Value emitUniform(mlir::OpBuilder &builder, snn::UniformOp draw,
                        mlir::ValueRange key, mlir::Value neuron,
                        mlir::Type element);

/// Whether a function of f32 with this name ("math.exp") is approximated by a
/// polynomial.
bool isApproximated(llvm::StringRef name);

} // namespace limen
