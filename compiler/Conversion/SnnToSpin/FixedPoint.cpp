#include "compiler/Conversion/SnnToSpin/FixedPoint.h"

#include "compiler/Conversion/SnnToSpin/WholeRanges.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace limen;
using target::accum;
using target::FixedFormat;
using target::Rounding;

namespace {

/// A 64-bit integer of a kernel. Computing with it adds operations, so that
/// target::FixedFunctions writes them.
class Recorded {
public:
  Recorded(OpBuilder &builder, Location loc, Value value)
      : builder(&builder), loc(loc), value(value) {}

  operator Value() const { return value; }

  Recorded constant(int64_t number) const {
    return {*builder, loc,
            arith::ConstantOp::create(*builder, loc,
                                      builder->getI64IntegerAttr(number))};
  }
  template <typename Op> Recorded with(Value other) const {
    return {*builder, loc, Op::create(*builder, loc, value, other)};
  }
  Recorded whereLess(Value limit, Value then, Value otherwise) const {
    Value less = arith::CmpIOp::create(*builder, loc, arith::CmpIPredicate::slt,
                                       value, limit);
    return {*builder, loc,
            arith::SelectOp::create(*builder, loc, less, then, otherwise)};
  }

#define LIMEN_RECORD(symbol, Op)                                               \
  friend Recorded operator symbol(Recorded a, Recorded b) {                    \
    return a.with<Op>(b);                                                      \
  }                                                                            \
  friend Recorded operator symbol(Recorded a, int64_t b) {                     \
    return a.with<Op>(a.constant(b));                                          \
  }
  LIMEN_RECORD(+, arith::AddIOp)
  LIMEN_RECORD(-, arith::SubIOp)
  LIMEN_RECORD(*, arith::MulIOp)
  LIMEN_RECORD(&, arith::AndIOp)
  LIMEN_RECORD(<<, arith::ShLIOp)
  LIMEN_RECORD(>>, arith::ShRSIOp)
#undef LIMEN_RECORD

  friend Recorded likewise(Recorded a, int64_t number) {
    return a.constant(number);
  }
  friend Recorded smaller(Recorded a, Recorded b) {
    return a.with<arith::MinSIOp>(b);
  }
  friend Recorded larger(Recorded a, Recorded b) {
    return a.with<arith::MaxSIOp>(b);
  }
  friend Recorded whereLess(Recorded a, Recorded b, Recorded then,
                            Recorded otherwise) {
    return a.whereLess(b, then, otherwise);
  }

private:
  OpBuilder *builder;
  Location loc;
  Value value;
};

class KernelWriter {
public:
  KernelWriter(OpBuilder &builder, Block &step, const FixedPlan &plan,
               Rounding products, Rounding constants)
      : builder(builder), step(step), plan(plan), products(products),
        constants(constants), word(builder.getI32Type()),
        wide(builder.getI64Type()) {}

  void write(Block &into) {
    const size_t all = plan.coefficients.size();
    size_t own = 0;
    for (auto [index, argument] : llvm::enumerate(step.getArguments())) {
      if (plan.constants.contains(argument))
        own = index + 1;
      else
        mapping.map(argument, into.getArgument(all + index - own));
    }
    for (size_t k = 0; k < all; ++k)
      coefficients.push_back(into.getArgument(k));
    builder.setInsertionPointToEnd(&into);
    for (Operation &op : step.without_terminator())
      if (Value value = rewrite(&op))
        mapping.map(op.getResult(0), value);
    loc = step.getTerminator()->getLoc();
    SmallVector<Value> results;
    for (OpOperand &operand : step.getTerminator()->getOpOperands()) {
      const unsigned index = operand.getOperandNumber();
      results.push_back(isa<FloatType>(operand.get().getType())
                            ? take(operand, index < plan.stateFormats.size()
                                                ? plan.stateFormats[index]
                                                : accum)
                            : mapping.lookup(operand.get()));
    }
    spin::YieldOp::create(builder, loc, results);
  }

private:
  Value constant(Type type, int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getIntegerAttr(type, value));
  }

  Value widen(Value value, FixedFormat format) {
    return format.isSigned
               ? Value(arith::ExtSIOp::create(builder, loc, wide, value))
               : Value(arith::ExtUIOp::create(builder, loc, wide, value));
  }

  Value narrow(Value value) {
    return arith::TruncIOp::create(builder, loc, word, value);
  }

  /// A 64-bit number in units of `format`, as its word.
  Value narrow(Value value, FixedFormat format, bool saturates) {
    using Functions = target::FixedFunctions<Recorded>;
    return narrow(saturates
                      ? Functions::cut(Recorded(builder, loc, value), format)
                      : value);
  }

  bool saturates(Value value) const { return plan.saturating.contains(value); }

  /// A 64-bit number over 2^bits, rounded.
  Value shiftRight(Value value, unsigned bits, bool isSigned) {
    if (bits == 0)
      return value;
    Value by = constant(wide, bits);
    if (products == Rounding::Nearest)
      value = arith::AddIOp::create(builder, loc, value,
                                    constant(wide, int64_t(1) << (bits - 1)));
    if (!isSigned)
      return arith::ShRUIOp::create(builder, loc, value, by);
    if (products == Rounding::TowardZero) {
      // A negative number is rounded up.
      Value sign =
          arith::ShRSIOp::create(builder, loc, value, constant(wide, 63));
      Value more = arith::AndIOp::create(
          builder, loc, sign, constant(wide, (int64_t(1) << bits) - 1));
      value = arith::AddIOp::create(builder, loc, value, more);
    }
    return arith::ShRSIOp::create(builder, loc, value, by);
  }

  Value convert(Value value, FixedFormat from, FixedFormat to, bool saturates) {
    if (from == to)
      return value;
    Value all = widen(value, from);
    all =
        to.fraction >= from.fraction
            ? arith::ShLIOp::create(builder, loc, all,
                                    constant(wide, to.fraction - from.fraction))
            : shiftRight(all, from.fraction - to.fraction, from.isSigned);
    return narrow(all, to, saturates);
  }

  /// In what format `operand` lies before it is converted.
  FixedFormat formatOf(OpOperand &operand) const {
    if (const auto at = plan.wanted.find(&operand); at != plan.wanted.end())
      return at->second;
    return plan.formats.lookup(operand.get());
  }

  /// `operand` in `format`.
  Value take(OpOperand &operand, FixedFormat format) {
    Value value = operand.get();
    if (auto literal = value.getDefiningOp<arith::ConstantOp>()) {
      const double x = cast<FloatAttr>(literal.getValue()).getValueAsDouble();
      auto bits = target::toFixed(x, format, constants);
      // The planner takes s16.15 only where nothing else holds the number.
      return constant(word, bits    ? *bits
                            : x < 0 ? std::numeric_limits<int32_t>::min()
                                    : std::numeric_limits<int32_t>::max());
    }
    if (const auto at = plan.constants.find(value); at != plan.constants.end())
      return convert(coefficients[at->second],
                     plan.coefficientFormats[at->second], format,
                     /*saturates=*/false);
    return convert(mapping.lookup(value), plan.formats.lookup(value), format,
                   saturates(value));
  }

  /// An integer of the step in 32 bits.
  Value whole(OpOperand &operand) {
    Value value = operand.get();
    if (auto literal = value.getDefiningOp<arith::ConstantOp>())
      return constant(
          word,
          cast<IntegerAttr>(literal.getValue()).getValue().getSExtValue());
    if (plan.constants.contains(value))
      return take(operand, wholeFormat);
    Value mapped = mapping.lookup(value);
    return mapped.getType() == wide ? narrow(mapped) : mapped;
  }

  /// Likewise in 64 bits.
  Value wideWhole(OpOperand &operand) {
    Value mapped = mapping.lookupOrNull(operand.get());
    return mapped && mapped.getType() == wide
               ? mapped
               : widen(whole(operand), wholeFormat);
  }

  /// Of 32-bit operands; of 64 bits where the first is a product, which the
  /// result is not.
  template <typename To> Value wholes(Operation *op) {
    OpOperand &a = op->getOpOperand(0), &b = op->getOpOperand(1);
    Value product = mapping.lookupOrNull(a.get());
    if (isa<arith::DivSIOp, arith::RemSIOp, arith::ShRSIOp>(op) && product &&
        product.getType() == wide)
      return narrow(To::create(builder, loc, product, wideWhole(b)));
    return To::create(builder, loc, whole(a), whole(b));
  }

  /// The whole part of a number.
  Value truncated(Operation *op) {
    OpOperand &from = op->getOpOperand(0);
    const FixedFormat format = formatOf(from);
    Value number = widen(raw(from), format);
    if (format.fraction > 0) {
      Value sign =
          arith::ShRSIOp::create(builder, loc, number, constant(wide, 63));
      Value below = arith::AndIOp::create(
          builder, loc, sign,
          constant(wide, (int64_t(1) << format.fraction) - 1));
      number = arith::ShRSIOp::create(
          builder, loc, arith::AddIOp::create(builder, loc, number, below),
          constant(wide, format.fraction));
    }
    return narrow(number);
  }

  /// The lowest bits, with their sign.
  Value shortened(Operation *op) {
    const unsigned bits = op->getResult(0).getType().getIntOrFloatBitWidth();
    Value value = whole(op->getOpOperand(0));
    if (bits >= 32)
      return value;
    Value by = constant(word, 32 - bits);
    return arith::ShRSIOp::create(
        builder, loc, arith::ShLIOp::create(builder, loc, value, by), by);
  }

  /// Null for ops without integers.
  Value wholeOp(Operation *op) {
    if (auto compare = dyn_cast<arith::CmpIOp>(op);
        compare && isWhole(compare.getLhs().getType()))
      return arith::CmpIOp::create(builder, loc, compare.getPredicate(),
                                   whole(op->getOpOperand(0)),
                                   whole(op->getOpOperand(1)));
    if (isa<arith::SIToFPOp>(op) && isWhole(op->getOperand(0).getType()))
      return convert(whole(op->getOpOperand(0)), wholeFormat,
                     plan.formats.lookup(op->getResult(0)),
                     saturates(op->getResult(0)));
    if (isa<arith::FPToSIOp>(op))
      return truncated(op);
    if (!isWholeOp(*op))
      return {};
    return TypeSwitch<Operation *, Value>(op)
        .Case([&](arith::AddIOp) { return wholes<arith::AddIOp>(op); })
        .Case([&](arith::SubIOp) { return wholes<arith::SubIOp>(op); })
        .Case([&](arith::MulIOp) {
          return arith::MulIOp::create(builder, loc,
                                       wideWhole(op->getOpOperand(0)),
                                       wideWhole(op->getOpOperand(1)));
        })
        .Case([&](arith::DivSIOp) { return wholes<arith::DivSIOp>(op); })
        .Case([&](arith::RemSIOp) { return wholes<arith::RemSIOp>(op); })
        .Case([&](arith::ShLIOp) { return wholes<arith::ShLIOp>(op); })
        .Case([&](arith::ShRSIOp) { return wholes<arith::ShRSIOp>(op); })
        .Case([&](arith::AndIOp) { return wholes<arith::AndIOp>(op); })
        .Case([&](arith::OrIOp) { return wholes<arith::OrIOp>(op); })
        .Case([&](arith::XOrIOp) { return wholes<arith::XOrIOp>(op); })
        .Case([&](arith::MinSIOp) { return wholes<arith::MinSIOp>(op); })
        .Case([&](arith::MaxSIOp) { return wholes<arith::MaxSIOp>(op); })
        .Case([&](arith::SelectOp chosen) -> Value {
          return arith::SelectOp::create(
              builder, loc, mapping.lookup(chosen.getCondition()),
              whole(op->getOpOperand(1)), whole(op->getOpOperand(2)));
        })
        .Case([&](arith::ExtUIOp) -> Value {
          return arith::ExtUIOp::create(builder, loc, word,
                                        mapping.lookup(op->getOperand(0)));
        })
        .Case([&](arith::TruncIOp) { return shortened(op); })
        .Default([&](Operation *) { return whole(op->getOpOperand(0)); });
  }

  Value raw(OpOperand &operand) { return take(operand, formatOf(operand)); }

  Value multiply(OpOperand &left, Value factor, FixedFormat factorFormat,
                 Value product) {
    const FixedFormat result = plan.formats.lookup(product);
    const FixedFormat from = formatOf(left);
    const bool isSigned = from.isSigned || factorFormat.isSigned;
    Value all = arith::MulIOp::create(builder, loc, widen(raw(left), from),
                                      widen(factor, factorFormat));
    const int bits = static_cast<int>(from.fraction + factorFormat.fraction) -
                     static_cast<int>(result.fraction);
    all = bits < 0
              ? arith::ShLIOp::create(builder, loc, all, constant(wide, -bits))
              : shiftRight(all, static_cast<unsigned>(bits), isSigned);
    return narrow(all, result, saturates(product));
  }

  Value multiply(Operation *op) {
    OpOperand &a = op->getOpOperand(0), &b = op->getOpOperand(1);
    return multiply(a, raw(b), formatOf(b), op->getResult(0));
  }

  Value divide(Operation *op) {
    OpOperand &a = op->getOpOperand(0), &b = op->getOpOperand(1);
    if (const auto at = plan.reciprocals.find(op); at != plan.reciprocals.end())
      return multiply(a, coefficients[at->second],
                      plan.coefficientFormats[at->second], op->getResult(0));
    Value above =
        arith::ShLIOp::create(builder, loc, widen(take(a, accum), accum),
                              constant(wide, accum.fraction));
    Value quotient = arith::DivSIOp::create(builder, loc, above,
                                            widen(take(b, accum), accum));
    return narrow(quotient, accum, /*saturates=*/true);
  }

  Value function(Operation *op, target::FixedFunction which) {
    OpOperand &operand = op->getOpOperand(0);
    const FixedFormat from = formatOf(operand);
    const FixedFormat to = plan.formats.lookup(op->getResult(0));
    return narrow(target::FixedFunctions<Recorded>::apply(
        which, Recorded(builder, loc, widen(raw(operand), from)), from, to));
  }

  /// A sum or difference.
  template <typename To> Value sum(Operation *op) {
    if (!saturates(op->getResult(0)))
      return alike<To>(op);
    const FixedFormat format = plan.formats.lookup(op->getResult(0));
    Value all = To::create(builder, loc,
                           widen(take(op->getOpOperand(0), format), format),
                           widen(take(op->getOpOperand(1), format), format));
    return narrow(all, format, /*saturates=*/true);
  }

  /// Of operands in the format of the result.
  template <typename To> Value alike(Operation *op) {
    const FixedFormat format = plan.formats.lookup(op->getResult(0));
    return To::create(builder, loc, take(op->getOpOperand(0), format),
                      take(op->getOpOperand(1), format));
  }

  template <typename Signed, typename Unsigned> Value extreme(Operation *op) {
    return plan.formats.lookup(op->getResult(0)).isSigned ? alike<Signed>(op)
                                                          : alike<Unsigned>(op);
  }

  /// Fixed-point numbers are never NaN: ordered and unordered are the same.
  static arith::CmpIPredicate predicate(arith::CmpFPredicate from) {
    using F = arith::CmpFPredicate;
    using I = arith::CmpIPredicate;
    switch (from) {
    case F::OGT:
    case F::UGT:
      return I::sgt;
    case F::OGE:
    case F::UGE:
      return I::sge;
    case F::OLT:
    case F::ULT:
      return I::slt;
    case F::OLE:
    case F::ULE:
      return I::sle;
    case F::OEQ:
    case F::UEQ:
      return I::eq;
    default:
      return I::ne;
    }
  }

  Value compare(arith::CmpFOp op) {
    using F = arith::CmpFPredicate;
    const F wanted = op.getPredicate();
    if (wanted == F::AlwaysFalse || wanted == F::UNO)
      return constant(builder.getI1Type(), 0);
    if (wanted == F::AlwaysTrue || wanted == F::ORD)
      return constant(builder.getI1Type(), 1);
    OpOperand &a = op->getOpOperand(0), &b = op->getOpOperand(1);
    const FixedFormat left = formatOf(a), right = formatOf(b);
    Value x = raw(a), y = raw(b);
    // In 64 bits with as many behind the point, nothing is lost.
    if (!(left == right && left.isSigned)) {
      const unsigned fraction = std::max(left.fraction, right.fraction);
      const auto align = [&](Value value, FixedFormat format) -> Value {
        Value all = widen(value, format);
        if (format.fraction == fraction)
          return all;
        return arith::ShLIOp::create(
            builder, loc, all, constant(wide, fraction - format.fraction));
      };
      x = align(x, left);
      y = align(y, right);
    }
    return arith::CmpIOp::create(builder, loc, predicate(wanted), x, y);
  }

  Value select(arith::SelectOp op) {
    Value condition = mapping.lookup(op.getCondition());
    if (op.getType().isInteger(1))
      return arith::SelectOp::create(builder, loc, condition,
                                     mapping.lookup(op.getTrueValue()),
                                     mapping.lookup(op.getFalseValue()));
    const FixedFormat format = plan.formats.lookup(op.getResult());
    return arith::SelectOp::create(builder, loc, condition,
                                   take(op->getOpOperand(1), format),
                                   take(op->getOpOperand(2), format));
  }

  Value negative(Operation *op) {
    const FixedFormat format = plan.formats.lookup(op->getResult(0));
    Value from = take(op->getOpOperand(0), format);
    if (!saturates(op->getResult(0)))
      return arith::SubIOp::create(builder, loc, constant(word, 0), from);
    return narrow(arith::SubIOp::create(builder, loc, constant(wide, 0),
                                        widen(from, format)),
                  format, /*saturates=*/true);
  }

  /// Null for what is a coefficient or a literal.
  Value rewrite(Operation *op) {
    loc = op->getLoc();
    Value result = op->getResult(0);
    if (plan.constants.contains(result) ||
        (isa<arith::ConstantOp>(op) && !result.getType().isInteger(1)))
      return {};
    if (const auto which = functionOf(*op))
      return function(op, *which);
    if (Value value = wholeOp(op))
      return value;
    return TypeSwitch<Operation *, Value>(op)
        .Case([&](arith::AddFOp) { return sum<arith::AddIOp>(op); })
        .Case([&](arith::SubFOp) { return sum<arith::SubIOp>(op); })
        .Case([&](arith::MulFOp) { return multiply(op); })
        .Case([&](arith::DivFOp) { return divide(op); })
        .Case([&](arith::CmpFOp compared) { return compare(compared); })
        .Case([&](arith::SelectOp selected) { return select(selected); })
        .Case([&](arith::NegFOp) { return negative(op); })
        .Case([&](math::AbsFOp) -> Value {
          Value minus = negative(op);
          return arith::MaxSIOp::create(
              builder, loc, minus,
              take(op->getOpOperand(0), plan.formats.lookup(result)));
        })
        .Case<arith::MaximumFOp, arith::MaxNumFOp>(
            [&](auto) { return extreme<arith::MaxSIOp, arith::MaxUIOp>(op); })
        .Case<arith::MinimumFOp, arith::MinNumFOp>(
            [&](auto) { return extreme<arith::MinSIOp, arith::MinUIOp>(op); })
        .Case([&](arith::UIToFPOp) -> Value {
          return arith::SelectOp::create(
              builder, loc, mapping.lookup(op->getOperand(0)),
              constant(word, 1 << accum.fraction), constant(word, 0));
        })
        .Case([&](snn::UniformOp draw) -> Value {
          // The upper 24 bits of the word are the number.
          Value bits = spin::DrawOp::create(
              builder, loc, word, builder.getI64IntegerAttr(draw.getNumber()));
          return arith::AndIOp::create(builder, loc, bits,
                                       constant(word, -256));
        })
        .Default([&](Operation *flags) {
          return builder.clone(*flags, mapping)->getResult(0);
        });
  }

  OpBuilder &builder;
  Block &step;
  const FixedPlan &plan;
  const Rounding products, constants;
  const Type word, wide;
  Location loc = builder.getUnknownLoc();
  IRMapping mapping;
  SmallVector<Value> coefficients;
};

} // namespace

static StringRef roundingName(Rounding rounding) {
  return rounding == Rounding::Down      ? "down"
         : rounding == Rounding::Nearest ? "nearest"
                                         : "toward_zero";
}

spin::KernelOp limen::buildFixedPointKernel(OpBuilder &builder, StringRef name,
                                            snn::ModelOp model,
                                            ArrayRef<bool> uniform,
                                            const FixedPlan &plan,
                                            Rounding products,
                                            Rounding constants) {
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Attribute> formats;
  for (const auto *list :
       {&plan.coefficientFormats, &plan.stateFormats, &plan.receptorFormats})
    for (FixedFormat format : *list)
      formats.push_back(builder.getStringAttr(target::toString(format)));
  SmallVector<NamedAttribute> functions;
  for (const auto &[function, count] : countFunctions(model))
    functions.push_back(builder.getNamedAttr(
        function, builder.getI64IntegerAttr(static_cast<int64_t>(count))));
  auto kernel = spin::KernelOp::create(
      builder, model.getLoc(), name, uniform,
      static_cast<uint64_t>(plan.stateFormats.size()),
      static_cast<uint64_t>(plan.receptorFormats.size()),
      builder.getArrayAttr(formats), roundingName(products),
      functions.empty() ? DictionaryAttr()
                        : builder.getDictionaryAttr(functions));
  Block &body = kernel.getBody().emplaceBlock();
  for (size_t i = 0; i < formats.size(); ++i)
    body.addArgument(builder.getI32Type(), model.getLoc());
  KernelWriter(builder, model.getStep().front(), plan, products, constants)
      .write(body);
  return kernel;
}
