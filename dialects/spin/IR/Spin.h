// Ops of the spin dialect.
#pragma once

#include "hw-models/target/SpinRouter.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/spin/IR/SpinDialect.h.inc"
#define GET_OP_CLASSES
#include "dialects/spin/IR/SpinOps.h.inc"

namespace limen::spin {

/// The words of an i32 tensor attribute, in place for resources; a splat is
/// written out into `storage`.
llvm::ArrayRef<uint32_t> wordsOf(mlir::ElementsAttr attribute,
                                 std::vector<uint32_t> &storage);

/// The spin.core whose neurons the rows drive: the core itself, or that which
/// its spin.synapses feeds; null if there is none.
CoreOp coreWithShifts(RowsOp rows);

/// The lines of a verified table.
std::vector<target::RoutingEntry> routesOf(TableOp table);

} // namespace limen::spin
