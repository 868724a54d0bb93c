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

LogicalResult CellsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                EncodingStyle style, unsigned slices,
                                unsigned weightBits, unsigned cellBits,
                                bool unitColumn) {
  const bool sliced = style == EncodingStyle::SlicedPairs ||
                      style == EncodingStyle::SlicedOffset;
  const bool pairs =
      style != EncodingStyle::Offset && style != EncodingStyle::SlicedOffset;
  if (!sliced && (slices != 1 || weightBits != 0))
    return emitError() << "cells that are not sliced have one slice and no "
                          "weight bits, got "
                       << slices << " and " << weightBits;
  if (sliced &&
      (weightBits < 2 || weightBits > 32 || slices < 1 || slices > weightBits))
    return emitError() << "2 to 32 weight bits in at least 1 and at most as "
                          "many slices were wanted, got "
                       << weightBits << " in " << slices;
  if (cellBits > 16)
    return emitError() << "a cell has 0 (any level) to 16 bits, got "
                       << cellBits;
  if (pairs && unitColumn)
    return emitError() << "pairs have no unit column: their zero is no current";
  return success();
}

LogicalResult DriveAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                DriveKind kind, unsigned bits,
                                unsigned sliceBits, bool once, bool sign,
                                bool calibrated, FloatAttr scale) {
  if (kind == DriveKind::Pulses) {
    if (bits != 0 || sliceBits != 1 || once || sign || calibrated || scale)
      return emitError() << "pulses have no bits, sign or scale";
    return success();
  }
  const unsigned least = sign ? 2 : 1;
  const bool ideal = bits == 0 && kind == DriveKind::Levels;
  if ((bits < least && !ideal) || bits > 24)
    return emitError() << "a driver of this kind has " << least
                       << " to 24 bits, got " << bits;
  if (kind == DriveKind::BitSerial &&
      (sliceBits < 1 || sliceBits > bits - (sign ? 1 : 0)))
    return emitError() << "a turn drives 1 to " << bits - (sign ? 1 : 0)
                       << " bits, got " << sliceBits;
  if (kind == DriveKind::Levels && (sliceBits != 1 || once))
    return emitError() << "levels are driven in one turn";
  if (!scale || !(scale.getValueAsDouble() > 0) || !scale.getValue().isFinite())
    return emitError() << "the scale of a driver must be positive";
  return success();
}
