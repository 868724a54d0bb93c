#include "compiler/Conversion/StepToLLVM/StepOps.h"

#include "hw-models/base/Random.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace limen;

static Value integer(OpBuilder &builder, Location loc, Type type,
                     const APInt &value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getIntegerAttr(type, value));
}

static Value integer(OpBuilder &builder, Location loc, Type type,
                     uint64_t value) {
  return integer(builder, loc, type,
                 APInt(type.getIntOrFloatBitWidth(), value, /*isSigned=*/false,
                       /*implicitTrunc=*/true));
}

/// `divisor`, or 1 where the division would trap.
static Value safeDivisor(OpBuilder &builder, Operation &op, Value dividend,
                         Value divisor) {
  const Location loc = op.getLoc();
  const Type type = divisor.getType();
  const bool isSigned = isa<arith::DivSIOp, arith::RemSIOp, arith::CeilDivSIOp,
                            arith::FloorDivSIOp>(op);
  if (auto constant = divisor.getDefiningOp<arith::ConstantOp>())
    if (auto value = dyn_cast<IntegerAttr>(constant.getValue()))
      if (!value.getValue().isZero() &&
          !(isSigned && value.getValue().isAllOnes()))
        return divisor;
  auto equals = [&](Value a, const APInt &b) -> Value {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a,
                                 integer(builder, loc, type, b));
  };
  const unsigned width = type.getIntOrFloatBitWidth();
  Value traps = equals(divisor, APInt::getZero(width));
  if (isSigned) {
    // The smallest number divided by 1 is what wrapping makes of -1.
    Value overflows = arith::AndIOp::create(
        builder, loc, equals(dividend, APInt::getSignedMinValue(width)),
        equals(divisor, APInt::getAllOnes(width)));
    traps = arith::OrIOp::create(builder, loc, traps, overflows);
  }
  return arith::SelectOp::create(builder, loc, traps,
                                 integer(builder, loc, type, 1), divisor);
}

static Value saturatingConversion(OpBuilder &builder, Operation &op, Value from,
                                  bool isSigned) {
  return LLVM::CallIntrinsicOp::create(
             builder, op.getLoc(), op.getResult(0).getType(),
             builder.getStringAttr(isSigned ? "llvm.fptosi.sat"
                                            : "llvm.fptoui.sat"),
             ValueRange{from})
      .getResult(0);
}

Value limen::emitStepOp(OpBuilder &builder, Operation &op, IRMapping &mapping,
                        Type element) {
  auto convert = [&](Type type) { return type.isF32() ? element : type; };
  const Type type = convert(op.getResult(0).getType());
  if (isa<arith::FPToSIOp, arith::FPToUIOp>(op))
    return saturatingConversion(builder, op, mapping.lookup(op.getOperand(0)),
                                isa<arith::FPToSIOp>(op));
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    if (Value from = mapping.lookup(op.getOperand(0)); from.getType() == type)
      return from; // the host computes in double
  if (isa<arith::BitcastOp>(op) && element.isF64() &&
      (op.getOperand(0).getType().isF32() ||
       op.getResult(0).getType().isF32())) {
    op.emitOpError()
        << "reinterprets the bits of an f32, which is an f64 here; "
           "run the network in float32";
    return {};
  }
  Operation *copy = builder.clone(op, mapping);
  copy->getResult(0).setType(type);
  if (auto constant = dyn_cast<arith::ConstantOp>(copy))
    if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
      constant.setValueAttr(FloatAttr::get(type, number.getValueAsDouble()));
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
          arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(copy)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(copy);
    copy->setOperand(1, safeDivisor(builder, *copy, copy->getOperand(0),
                                    copy->getOperand(1)));
  }
  return copy->getResult(0);
}

namespace {

/// Philox4x32-10 (Salmon et al., SC 2011) in ops of arith.
class Philox {
public:
  Philox(OpBuilder &builder, Location loc)
      : builder(builder), loc(loc), word(builder.getI32Type()),
        wide(builder.getI64Type()) {}

  /// The first word of the block.
  Value first(std::array<Value, 4> c, std::array<Value, 2> key) {
    for (int round = 0; round < 10; ++round) {
      const auto [high0, low0] = product(c[0], 0xD2511F53u);
      const auto [high1, low1] = product(c[2], 0xCD9E8D57u);
      c = {mix(high1, c[1], key[0]), low1, mix(high0, c[3], key[1]), low0};
      key = {add(key[0], 0x9E3779B9u), add(key[1], 0xBB67AE85u)};
    }
    return c[0];
  }

  Value add(Value a, uint32_t b) {
    return arith::AddIOp::create(builder, loc, a,
                                 integer(builder, loc, word, b));
  }

private:
  std::pair<Value, Value> product(Value a, uint32_t factor) {
    Value long_ = arith::ExtUIOp::create(builder, loc, wide, a);
    Value full = arith::MulIOp::create(builder, loc, long_,
                                       integer(builder, loc, wide, factor));
    Value shifted = arith::ShRUIOp::create(builder, loc, full,
                                           integer(builder, loc, wide, 32));
    return {arith::TruncIOp::create(builder, loc, word, shifted),
            arith::TruncIOp::create(builder, loc, word, full)};
  }

  Value mix(Value a, Value b, Value c) {
    return arith::XOrIOp::create(builder, loc,
                                 arith::XOrIOp::create(builder, loc, a, b), c);
  }

  OpBuilder &builder;
  Location loc;
  Type word, wide;
};

} // namespace

Value limen::emitDraw(OpBuilder &builder, Location loc, uint64_t number,
                      ValueRange key, Value neuron) {
  const Type word = builder.getI32Type();
  Philox philox(builder, loc);
  // RandomStream::words(step << 32 | neuron, sample, number).
  const auto folded = static_cast<uint32_t>(number) * RandomStream::draws;
  Value index = arith::AddIOp::create(
      builder, loc, arith::TruncIOp::create(builder, loc, word, neuron),
      key[5]);
  return philox.first({index, key[3], key[4], philox.add(key[2], folded)},
                      {key[0], key[1]});
}

Value limen::emitUniform(OpBuilder &builder, snn::UniformOp draw,
                         ValueRange key, Value neuron, Type element) {
  const Location loc = draw.getLoc();
  const Type word = builder.getI32Type();
  Value bits = emitDraw(builder, loc, static_cast<uint64_t>(draw.getNumber()),
                        key, neuron);
  Value top = arith::ShRUIOp::create(builder, loc, bits,
                                     integer(builder, loc, word, 8));
  // 24 bits: exact in float, and a signed conversion, which vectors have.
  Value number = arith::SIToFPOp::create(builder, loc, element, top);
  Value unit =
      arith::ConstantOp::create(builder, loc, FloatAttr::get(element, 0x1p-24));
  return arith::MulFOp::create(builder, loc, number, unit);
}

bool limen::isApproximated(StringRef name) {
  return llvm::is_contained({"math.exp", "math.expm1", "math.log", "math.log1p",
                             "math.log2", "math.tanh", "math.sin", "math.cos"},
                            name);
}
