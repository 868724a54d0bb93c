// Types, attributes and ops of the snn dialect.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/snn/IR/SnnDialect.h.inc"
#include "dialects/snn/IR/SnnEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/snn/IR/SnnAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/snn/IR/SnnTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/snn/IR/SnnOps.h.inc"

namespace limen::snn {

/// Shape of a spikes, current or scores type.
llvm::ArrayRef<int64_t> shapeOf(mlir::Type type);

/// Number of elements of a spikes, current or scores type.
int64_t sizeOf(mlir::Type type);

/// Output extent of a window of `kernel` taps; negative when it does not fit.
inline int64_t windowExtent(int64_t in, int64_t kernel, int64_t stride,
                            int64_t padding, int64_t dilation) {
  const int64_t room = in + 2 * padding - dilation * (kernel - 1) - 1;
  return room < 0 ? -1 : room / stride + 1;
}

/// Bits that hold counts up to `area` times the largest count of `bits` bits.
unsigned pooledBits(unsigned bits, int64_t area);

/// That the numbers a and b suit a distribution: a deviation of 0 or more, a
/// positive median, a range that is not empty.
llvm::LogicalResult
verifyDistribution(llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
                   DistributionKind kind, double a, double b);

/// Steps that the op gives its synapses one by one, in addition to `delay`: the
/// shortest and the longest. (0, 0) when all are alike.
std::pair<int64_t, int64_t> ownDelays(mlir::Operation *op);

/// The delay of a synapse op's fastest synapses, 0 for pools and reshapes.
int64_t delayOf(mlir::Operation *op);

/// The attribute of synapses that a rule changes.
inline constexpr llvm::StringLiteral plasticityName = "plasticity";

/// That `op` may have the plasticity that it has (plasticity_c1 to c6).
llvm::LogicalResult verifyPlasticity(mlir::Operation *op);

/// Elements of an i32 or i64 attribute; borrows where they lie in one piece,
/// else fills `storage`.
template <typename T>
llvm::ArrayRef<T> integersOf(mlir::ElementsAttr attribute,
                             std::vector<T> &storage);

} // namespace limen::snn
