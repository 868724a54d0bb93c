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
                              unsigned bits, RangeKind, FloatAttr range,
                              ConverterKind converter, Rounding, bool split,
                              FloatAttr offset, FloatAttr noise) {
  const bool sign = converter == ConverterKind::SignMagnitude;
  if (bits > 24 || (bits == 1 && sign))
    return emitError() << "a converter has 0 (ideal) or " << (sign ? 2 : 1)
                       << " to 24 bits, got " << bits;
  if (split && sign && bits > 0)
    return emitError() << "sums of one side have no sign; a sign_magnitude "
                          "converter of "
                       << bits << " bits would leave half of its codes unused";
  for (FloatAttr value : {offset, noise})
    if (value && !value.getValue().isFinite())
      return emitError() << "offset and noise of a converter must be finite";
  if (noise && noise.getValueAsDouble() < 0)
    return emitError() << "the noise of a converter must not be negative, got "
                       << noise.getValueAsDouble() << " lsb";
  const double value = range.getValueAsDouble();
  if (!(value > 0) || !range.getValue().isFinite())
    return emitError() << "the range of a converter must be positive, got "
                       << value << " S";
  return success();
}
