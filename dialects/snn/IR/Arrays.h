// Arrays in the attributes of ops: what must hold before their elements are
// read.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace limen::snn {

/// Signals, weights and lists are indexed with 32 bits.
inline constexpr int64_t maxElements = 4294967295;

/// The number of elements of a shape, or -1 if it is more than `maxElements`.
int64_t countElements(llvm::ArrayRef<int64_t> shape);

/// That `array`, which a message calls `what`, is `dense`, or a resource that
/// is there with the bytes of its type, aligned for its elements; and that it
/// has at most `maxElements` elements. Null is fine.
llvm::LogicalResult verifyArray(mlir::Operation *op, llvm::StringRef what,
                                mlir::ElementsAttr array);

} // namespace limen::snn
