#include "dialects/imc/IR/Imc.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace limen::imc;

#include "dialects/imc/IR/ImcDialect.cpp.inc"
#include "dialects/imc/IR/ImcEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/imc/IR/ImcAttrs.cpp.inc"

void ImcDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/imc/IR/ImcAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/imc/IR/ImcOps.cpp.inc"
      >();
}

LogicalResult AdcAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              unsigned bits, RangeKind, FloatAttr range) {
  if (bits == 1 || bits > 24)
    return emitError() << "a converter has 0 (ideal) or 2 to 24 bits, got "
                       << bits;
  const double value = range.getValueAsDouble();
  if (!(value > 0) || !range.getValue().isFinite())
    return emitError() << "the range of a converter must be positive, got "
                       << value << " S";
  return success();
}
