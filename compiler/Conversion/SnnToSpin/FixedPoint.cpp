#include "compiler/Conversion/SnnToSpin/FixedPoint.h"

#include "hw-models/base/Quantity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace limen;

static constexpr unsigned fractionBits = 15;

Result<int32_t> limen::toFixed(double x) {
  const double units = std::floor(std::ldexp(x, fractionBits));
  if (!(units >= -2147483648.0 && units <= 2147483647.0))
    return Error(formatNumber(x) +
                 " does not fit s16.15, which holds -65536 to 65536");
  return static_cast<int32_t>(units);
}

namespace {

class KernelWriter {
public:
  KernelWriter(OpBuilder &builder, Block &step)
      : builder(builder), step(step) {}

  LogicalResult write(Block &into) {
    for (auto [from, to] :
         llvm::zip_equal(step.getArguments(), into.getArguments()))
      mapping.map(from, to);
    builder.setInsertionPointToEnd(&into);
    for (Operation &op : step.without_terminator()) {
      Value value = rewrite(&op);
      if (!value)
        return failure();
      mapping.map(op.getResult(0), value);
    }
    SmallVector<Value> results;
    for (Value value : step.getTerminator()->getOperands())
      results.push_back(mapping.lookup(value));
    spin::YieldOp::create(builder, step.getTerminator()->getLoc(), results);
    return success();
  }

private:
  Value operand(Operation *op, unsigned index) {
    return mapping.lookup(op->getOperand(index));
  }

  template <typename To> Value binary(Operation *op) {
    return To::create(builder, op->getLoc(), operand(op, 0), operand(op, 1));
  }

  Value constant(Location loc, Type type, int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getIntegerAttr(type, value));
  }

  Value multiply(Operation *op) {
    const Location loc = op->getLoc();
    const Type wide = builder.getI64Type();
    Value left = arith::ExtSIOp::create(builder, loc, wide, operand(op, 0));
    Value right = arith::ExtSIOp::create(builder, loc, wide, operand(op, 1));
    Value product = arith::MulIOp::create(builder, loc, left, right);
    Value shifted = arith::ShRSIOp::create(builder, loc, product,
                                           constant(loc, wide, fractionBits));
    return arith::TruncIOp::create(builder, loc, builder.getI32Type(), shifted);
  }

  Value number(arith::ConstantOp op) {
    if (auto integer = dyn_cast<IntegerAttr>(op.getValue()))
      return arith::ConstantOp::create(builder, op.getLoc(), integer);
    auto real = dyn_cast<FloatAttr>(op.getValue());
    if (!real)
      return {};
    Result<int32_t> fixed = toFixed(real.getValueAsDouble());
    if (!fixed) {
      op.emitOpError() << fixed.error().message;
      return {};
    }
    return constant(op.getLoc(), builder.getI32Type(), *fixed);
  }

  /// Fixed-point numbers are never NaN: ordered and unordered are the same.
  static std::optional<arith::CmpIPredicate>
  predicate(arith::CmpFPredicate from) {
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
    case F::ONE:
    case F::UNE:
      return I::ne;
    default:
      return std::nullopt;
    }
  }

  Value compare(arith::CmpFOp op) {
    if (auto found = predicate(op.getPredicate()))
      return arith::CmpIOp::create(builder, op.getLoc(), *found, operand(op, 0),
                                   operand(op, 1));
    op.emitOpError() << "has a predicate without a fixed-point form";
    return {};
  }

  /// Logic on spikes and flags is the same on both sides.
  Value copy(Operation *op) {
    const bool flags =
        llvm::all_of(op->getResultTypes(),
                     [](Type type) { return type.isInteger(1); }) &&
        llvm::all_of(op->getOperandTypes(),
                     [](Type type) { return type.isInteger(1); });
    if (isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op) && flags)
      return builder.clone(*op, mapping)->getResult(0);
    op->emitOpError() << "has no s16.15 form; a step for this machine may use "
                         "addf, subf, mulf, negf, minimumf, maximumf, cmpf, "
                         "select and constants";
    return {};
  }

  Value rewrite(Operation *op) {
    return TypeSwitch<Operation *, Value>(op)
        .Case([&](arith::AddFOp) { return binary<arith::AddIOp>(op); })
        .Case([&](arith::SubFOp) { return binary<arith::SubIOp>(op); })
        .Case([&](arith::MulFOp) { return multiply(op); })
        .Case([&](arith::CmpFOp compared) { return compare(compared); })
        .Case([&](arith::ConstantOp literal) { return number(literal); })
        .Case([&](arith::SelectOp) -> Value {
          return arith::SelectOp::create(builder, op->getLoc(), operand(op, 0),
                                         operand(op, 1), operand(op, 2));
        })
        .Case([&](arith::NegFOp) -> Value {
          return arith::SubIOp::create(
              builder, op->getLoc(),
              constant(op->getLoc(), builder.getI32Type(), 0), operand(op, 0));
        })
        .Case<arith::MaximumFOp, arith::MaxNumFOp>(
            [&](auto) { return binary<arith::MaxSIOp>(op); })
        .Case<arith::MinimumFOp, arith::MinNumFOp>(
            [&](auto) { return binary<arith::MinSIOp>(op); })
        .Default([&](Operation *other) { return copy(other); });
  }

  OpBuilder &builder;
  Block &step;
  IRMapping mapping;
};

} // namespace

FailureOr<spin::KernelOp> limen::buildFixedPointKernel(OpBuilder &builder,
                                                       StringRef name,
                                                       snn::ModelOp model,
                                                       ArrayRef<bool> uniform) {
  OpBuilder::InsertionGuard guard(builder);
  Block &step = model.getStep().front();
  auto kernel = spin::KernelOp::create(
      builder, model.getLoc(), name, uniform,
      static_cast<uint64_t>(model.getStates().size()),
      static_cast<uint64_t>(model.getReceptors().size()));
  Block &body = kernel.getBody().emplaceBlock();
  for (unsigned i = 0; i < step.getNumArguments(); ++i)
    body.addArgument(builder.getI32Type(), step.getArgument(i).getLoc());
  if (failed(KernelWriter(builder, step).write(body)))
    return failure();
  return kernel;
}
