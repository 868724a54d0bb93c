// Attributes of random synapses: how they are written, and their limits.

#include "dialects/snn/IR/Snn.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace limen::snn;

#define GET_ATTRDEF_CLASSES
#include "dialects/snn/IR/SnnAttrs.cpp.inc"

void SnnDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/snn/IR/SnnAttrs.cpp.inc"
      >();
}

/// Rows of a random projection count in 32 bits.
static constexpr uint64_t largestNumber = 0xFFFFFFFFu;
static constexpr int64_t largestDelay = 65535;

LogicalResult
limen::snn::verifyDistribution(function_ref<InFlightDiagnostic()> emitError,
                               DistributionKind kind, double a, double b) {
  switch (kind) {
  case DistributionKind::Constant:
    return success();
  case DistributionKind::Normal:
    if (b < 0)
      return emitError() << "deviation " << b << " is negative";
    return success();
  case DistributionKind::Uniform:
    if (a > b)
      return emitError() << "the range " << a << " to " << b << " is empty";
    return success();
  case DistributionKind::LogNormal:
  case DistributionKind::FormedPair:
    if (a <= 0)
      return emitError() << "median " << a << " must be positive";
    if (b < 0)
      return emitError() << "log-deviation " << b << " is negative";
    return success();
  }
  return failure();
}

static bool hasNumber(WiringKind kind) {
  return kind == WiringKind::FixedTotal || kind == WiringKind::FixedInDegree ||
         kind == WiringKind::FixedOutDegree;
}
static bool hasScale(WiringKind kind) {
  return kind == WiringKind::Gaussian || kind == WiringKind::Exponential;
}

//===----------------------------------------------------------------------===//
// Wiring
//===----------------------------------------------------------------------===//

Attribute WiringAttr::parse(AsmParser &parser, Type) {
  StringRef keyword;
  const SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&keyword))
    return {};
  const std::optional<WiringKind> kind = symbolizeWiringKind(keyword);
  if (!kind) {
    parser.emitError(loc) << "unknown wiring '" << keyword << "'";
    return {};
  }
  uint64_t number = 0;
  double scale = 1;
  if ((hasNumber(*kind) && parser.parseInteger(number)) ||
      (hasScale(*kind) && parser.parseFloat(scale)))
    return {};
  bool autapses = true, periodic = false;
  while (succeeded(parser.parseOptionalComma())) {
    const SMLoc flag = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return {};
    if (keyword == "no_autapses") {
      autapses = false;
    } else if (keyword == "periodic") {
      periodic = true;
    } else {
      parser.emitError(flag)
          << "'" << keyword << "'; no_autapses or periodic was wanted";
      return {};
    }
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    *kind, number, parser.getBuilder().getF64FloatAttr(scale),
                    autapses, periodic);
}

void WiringAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyWiringKind(getKind());
  if (hasNumber(getKind()))
    printer << ' ' << getNumber();
  if (hasScale(getKind())) {
    printer << ' ';
    printer.printFloat(getScale().getValue());
  }
  if (!getAutapses())
    printer << ", no_autapses";
  if (getPeriodic())
    printer << ", periodic";
  printer << '>';
}

LogicalResult WiringAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 WiringKind kind, uint64_t number,
                                 FloatAttr scale, bool, bool periodic) {
  if (hasNumber(kind) && number > largestNumber)
    return emitError() << "a rule draws at most " << largestNumber
                       << " synapses, got " << number;
  if (hasScale(kind) &&
      (!(scale.getValueAsDouble() > 0) || !scale.getValue().isFinite()))
    return emitError() << "the scale of distances must be positive, got "
                       << scale.getValueAsDouble();
  if (periodic && !hasScale(kind))
    return emitError() << "only distances are periodic";
  return success();
}

//===----------------------------------------------------------------------===//
// Delays
//===----------------------------------------------------------------------===//

Attribute DelaysAttr::parse(AsmParser &parser, Type) {
  StringRef keyword;
  const SMLoc loc = parser.getCurrentLocation();
  double a = 0, b = 0;
  int64_t from = 0, to = 0;
  if (parser.parseLess() || parser.parseKeyword(&keyword) ||
      parser.parseLParen() || parser.parseFloat(a) || parser.parseComma() ||
      parser.parseFloat(b) || parser.parseRParen() || parser.parseComma() ||
      parser.parseInteger(from) || parser.parseKeyword("to") ||
      parser.parseInteger(to) || parser.parseGreater())
    return {};
  const std::optional<DistributionKind> kind =
      symbolizeDistributionKind(keyword);
  if (!kind) {
    parser.emitError(loc) << "unknown distribution '" << keyword << "'";
    return {};
  }
  Builder &builder = parser.getBuilder();
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    *kind, builder.getF64FloatAttr(a),
                    builder.getF64FloatAttr(b), from, to);
}

void DelaysAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyDistributionKind(getDistribution()) << '(';
  printer.printFloat(getA().getValue());
  printer << ", ";
  printer.printFloat(getB().getValue());
  printer << "), " << getFrom() << " to " << getTo() << '>';
}

LogicalResult DelaysAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 DistributionKind kind, FloatAttr a,
                                 FloatAttr b, int64_t from, int64_t to) {
  if (kind == DistributionKind::FormedPair)
    return emitError() << "delays are not formed_pair";
  if (!a.getValue().isFinite() || !b.getValue().isFinite())
    return emitError() << "the numbers of the delays must be finite";
  if (from < 0 || to < from || to > largestDelay)
    return emitError() << "delays must be from 0 or more to at most "
                       << largestDelay << " steps, got " << from << " to "
                       << to;
  return verifyDistribution(emitError, kind, a.getValueAsDouble(),
                            b.getValueAsDouble());
}
