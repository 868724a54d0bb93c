#include "dialects/snn/IR/Arrays.h"
#include "dialects/snn/IR/Snn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace limen::snn;

#include "dialects/snn/IR/SnnDialect.cpp.inc"
#include "dialects/snn/IR/SnnEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/snn/IR/SnnTypes.cpp.inc"

void SnnDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/snn/IR/SnnTypes.cpp.inc"
      >();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialects/snn/IR/SnnOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static ParseResult parseShape(AsmParser &parser,
                              SmallVectorImpl<int64_t> &shape) {
  return parser.parseDimensionList(shape, /*allowDynamic=*/false,
                                   /*withTrailingX=*/false);
}

static LogicalResult verifyShape(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape) {
  for (int64_t extent : shape)
    if (extent <= 0)
      return emitError() << "every dimension must be positive, got " << extent;
  if (countElements(shape) < 0)
    return emitError() << "a signal has at most " << maxElements << " elements";
  if (shape.empty())
    return emitError() << "a signal needs at least one dimension";
  return success();
}

template <typename T> static Type parseShaped(AsmParser &parser) {
  SmallVector<int64_t> shape;
  const SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parseShape(parser, shape) || parser.parseGreater())
    return {};
  return T::getChecked([&] { return parser.emitError(loc); },
                       parser.getContext(), shape);
}

static void printShaped(AsmPrinter &printer, ArrayRef<int64_t> shape) {
  printer << '<';
  printer.printDimensionList(shape);
  printer << '>';
}

Type SpikesType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  unsigned bits = 1;
  const SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parseShape(parser, shape))
    return {};
  if (succeeded(parser.parseOptionalComma()) && parser.parseInteger(bits))
    return {};
  if (parser.parseGreater())
    return {};
  auto emit = [&] { return parser.emitError(loc); };
  if (failed(verify(emit, shape, bits)))
    return {};
  return get(parser.getContext(), shape, bits);
}

void SpikesType::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printDimensionList(getShape());
  if (getBits() != 1)
    printer << ", " << getBits();
  printer << '>';
}

LogicalResult SpikesType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, unsigned bits) {
  if (bits < 1 || bits > 32)
    return emitError() << "spike bits must be 1 to 32, got " << bits;
  return verifyShape(emitError, shape);
}

Type CurrentType::parse(AsmParser &parser) {
  return parseShaped<CurrentType>(parser);
}
void CurrentType::print(AsmPrinter &printer) const {
  printShaped(printer, getShape());
}
LogicalResult CurrentType::verify(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape) {
  return verifyShape(emitError, shape);
}

Type ScoresType::parse(AsmParser &parser) {
  return parseShaped<ScoresType>(parser);
}
void ScoresType::print(AsmPrinter &printer) const {
  printShaped(printer, getShape());
}
LogicalResult ScoresType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape) {
  return verifyShape(emitError, shape);
}

ArrayRef<int64_t> limen::snn::shapeOf(Type type) {
  return TypeSwitch<Type, ArrayRef<int64_t>>(type)
      .Case<SpikesType, CurrentType, ScoresType>(
          [](auto shaped) { return shaped.getShape(); })
      .Default([](Type) { return ArrayRef<int64_t>(); });
}

int64_t limen::snn::sizeOf(Type type) {
  int64_t size = 1;
  for (int64_t extent : shapeOf(type))
    size *= extent;
  return size;
}

unsigned limen::snn::pooledBits(unsigned bits, int64_t area) {
  const double largest =
      static_cast<double>(area) *
      static_cast<double>((uint64_t(1) << std::min(bits, 40u)) - 1);
  unsigned wide = 1;
  while (wide < 32 && static_cast<double>((uint64_t(1) << wide) - 1) < largest)
    ++wide;
  return wide;
}

int64_t limen::snn::delayOf(Operation *op) {
  const int64_t shortest = ownDelays(op).first;
  return TypeSwitch<Operation *, int64_t>(op)
      .Case<DenseOp, Conv2dOp, OneToOneOp, RandomOp, SparseOp>(
          [&](auto synapse) { return shortest + synapse.getDelay(); })
      .Default([](Operation *) { return 0; });
}
