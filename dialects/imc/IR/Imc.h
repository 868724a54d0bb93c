// Attributes and ops of the imc dialect.
#pragma once

#include "hw-models/target/ImcDac.h"
#include "hw-models/target/ImcEncoding.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/imc/IR/ImcDialect.h.inc"
#include "dialects/imc/IR/ImcEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/imc/IR/ImcAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/imc/IR/ImcOps.h.inc"

namespace limen::imc {

/// How a read without `drive` drives its rows, and the driver of one that has
/// one.
inline bool isPulsed(DriveAttr drive) {
  return !drive || drive.getKind() == DriveKind::Pulses;
}
target::Dac dacOf(DriveAttr drive);

/// Largest code of a sign-magnitude converter of `bits` bits.
inline int64_t largestCode(unsigned bits) {
  return (int64_t(1) << (bits - 1)) - 1;
}

} // namespace limen::imc
