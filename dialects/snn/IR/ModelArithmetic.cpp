#include "dialects/snn/IR/ModelArithmetic.h"

#include "hw-models/base/Random.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <bit>
#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

double realAt(const Lanes &lanes, size_t i) {
  return lanes.reals.size() == 1 ? lanes.reals[0] : lanes.reals[i];
}

int64_t wholeAt(const Lanes &lanes, size_t i) {
  return lanes.wholes.size() == 1 ? lanes.wholes[0] : lanes.wholes[i];
}

bool compare(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  const bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::AlwaysTrue:
    return true;
  case P::OEQ:
    return !unordered && a == b;
  case P::OGT:
    return !unordered && a > b;
  case P::OGE:
    return !unordered && a >= b;
  case P::OLT:
    return !unordered && a < b;
  case P::OLE:
    return !unordered && a <= b;
  case P::ONE:
    return !unordered && a != b;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || a == b;
  case P::UGT:
    return unordered || a > b;
  case P::UGE:
    return unordered || a >= b;
  case P::ULT:
    return unordered || a < b;
  case P::ULE:
    return unordered || a <= b;
  case P::UNE:
    return unordered || a != b;
  case P::UNO:
    return unordered;
  }
  return false;
}

/// The low `width` bits of x as an unsigned number.
uint64_t unsignedOf(int64_t x, unsigned width) {
  return width >= 64 ? static_cast<uint64_t>(x)
                     : static_cast<uint64_t>(x) & ((uint64_t(1) << width) - 1);
}

/// The low `width` bits of x as Lanes hold them.
int64_t wrap(uint64_t x, unsigned width) {
  if (width >= 64)
    return static_cast<int64_t>(x);
  const uint64_t low = x & ((uint64_t(1) << width) - 1);
  const bool negative = width > 1 && (low >> (width - 1)) != 0;
  return static_cast<int64_t>(negative ? low - (uint64_t(1) << width) : low);
}

/// The i1 that Lanes hold as 1 is -1 where its sign counts.
int64_t signedOf(int64_t x, unsigned width) { return width == 1 ? -x : x; }

bool compare(arith::CmpIPredicate predicate, int64_t a, int64_t b,
             unsigned width) {
  using P = arith::CmpIPredicate;
  const int64_t sa = signedOf(a, width);
  const int64_t sb = signedOf(b, width);
  const uint64_t ua = unsignedOf(a, width);
  const uint64_t ub = unsignedOf(b, width);
  switch (predicate) {
  case P::eq:
    return a == b;
  case P::ne:
    return a != b;
  case P::slt:
    return sa < sb;
  case P::sle:
    return sa <= sb;
  case P::sgt:
    return sa > sb;
  case P::sge:
    return sa >= sb;
  case P::ult:
    return ua < ub;
  case P::ule:
    return ua <= ub;
  case P::ugt:
    return ua > ub;
  case P::uge:
    return ua >= ub;
  }
  return false;
}

/// x as a signed integer of `width` bits; beyond its ends the nearer end.
int64_t saturateSigned(double x, unsigned width) {
  if (std::isnan(x))
    return 0;
  const double end = std::ldexp(1.0, static_cast<int>(width) - 1);
  if (x >= end)
    return static_cast<int64_t>((uint64_t(1) << (width - 1)) - 1);
  if (x < -end)
    return -static_cast<int64_t>((uint64_t(1) << (width - 1)) - 1) - 1;
  return static_cast<int64_t>(x);
}

uint64_t saturateUnsigned(double x, unsigned width) {
  if (std::isnan(x) || x <= 0)
    return 0;
  if (x >= std::ldexp(1.0, static_cast<int>(width)))
    return unsignedOf(-1, width);
  return static_cast<uint64_t>(x);
}

/// One op on all neurons.
class OpEvaluator {
public:
  OpEvaluator(Operation &op, ArrayRef<const Lanes *> in, size_t size,
              bool single, const Draws &draws)
      : op(op), in(in), size(size), draws(draws) {
    const Type type = op.getResult(0).getType();
    rounds = single && type.isF32();
    width = type.isInteger() ? type.getIntOrFloatBitWidth() : 0;
    if (op.getNumOperands() > 0 && op.getOperand(0).getType().isInteger())
      widthIn = op.getOperand(0).getType().getIntOrFloatBitWidth();
    for (const Lanes *lanes : in)
      count = std::max(count, lanes->size());
  }

  std::optional<Lanes> run() {
    if (!evaluate() && !floats() && !integers() && !conversions())
      return std::nullopt;
    return std::move(out);
  }

private:
  // Results, by what an op works on.
  template <typename F> bool reals(F f) {
    out.reals.resize(count);
    for (size_t i = 0; i < count; ++i) {
      const double x = f(i);
      out.reals[i] = rounds ? static_cast<double>(static_cast<float>(x)) : x;
    }
    return true;
  }
  template <typename F> bool wholes(F f) {
    out.isWhole = true;
    out.wholes.resize(count);
    for (size_t i = 0; i < count; ++i)
      out.wholes[i] = wrap(static_cast<uint64_t>(f(i)), width);
    return true;
  }
  template <typename F> bool unary(F f) {
    return reals([&](size_t i) { return f(realAt(*in[0], i)); });
  }
  template <typename F> bool binary(F f) {
    return reals(
        [&](size_t i) { return f(realAt(*in[0], i), realAt(*in[1], i)); });
  }
  /// On bits, where only the result's width matters.
  template <typename F> bool bits(F f) {
    return wholes([&](size_t i) {
      return f(static_cast<uint64_t>(wholeAt(*in[0], i)),
               static_cast<uint64_t>(wholeAt(*in[1], i)));
    });
  }
  template <typename F> bool signedBinary(F f) {
    return wholes([&](size_t i) {
      return f(signedOf(wholeAt(*in[0], i), width),
               signedOf(wholeAt(*in[1], i), width));
    });
  }
  template <typename F> bool unsignedBinary(F f) {
    return wholes([&](size_t i) {
      return f(unsignedOf(wholeAt(*in[0], i), width),
               unsignedOf(wholeAt(*in[1], i), width));
    });
  }

  bool constant(Attribute value) {
    if (auto number = dyn_cast<FloatAttr>(value))
      return reals([&](size_t) { return number.getValueAsDouble(); });
    auto integer = dyn_cast<IntegerAttr>(value);
    return integer && wholes([&](size_t) {
             return integer.getValue().sextOrTrunc(64).getZExtValue();
           });
  }

  bool evaluate() {
    return TypeSwitch<Operation *, bool>(&op)
        .Case([&](arith::ConstantOp c) { return constant(c.getValue()); })
        .Case([&](UniformOp uniform) {
          count = size;
          return reals([&](size_t i) {
            return draws.uniform(i, static_cast<uint32_t>(uniform.getNumber()));
          });
        })
        .Case([&](arith::SelectOp) {
          const auto pick = [&](size_t i) {
            return wholeAt(*in[0], i) != 0 ? in[1] : in[2];
          };
          if (in[1]->isWhole)
            return wholes([&](size_t i) { return wholeAt(*pick(i), i); });
          return reals([&](size_t i) { return realAt(*pick(i), i); });
        })
        .Case([&](arith::CmpFOp cmp) {
          return wholes([&](size_t i) {
            return compare(cmp.getPredicate(), realAt(*in[0], i),
                           realAt(*in[1], i));
          });
        })
        .Case([&](arith::CmpIOp cmp) {
          return wholes([&](size_t i) {
            return compare(cmp.getPredicate(), wholeAt(*in[0], i),
                           wholeAt(*in[1], i), widthIn);
          });
        })
        .Default([](Operation *) { return false; });
  }

  bool floats() {
    using D = double;
    const bool single = rounds;
    return TypeSwitch<Operation *, bool>(&op)
        .Case([&](arith::AddFOp) {
          return binary([](D a, D b) { return a + b; });
        })
        .Case([&](arith::SubFOp) {
          return binary([](D a, D b) { return a - b; });
        })
        .Case([&](arith::MulFOp) {
          return binary([](D a, D b) { return a * b; });
        })
        .Case([&](arith::DivFOp) {
          return binary([](D a, D b) { return a / b; });
        })
        .Case([&](arith::RemFOp) {
          return binary([](D a, D b) { return std::fmod(a, b); });
        })
        .Case([&](arith::NegFOp) { return unary([](D a) { return -a; }); })
        .Case([&](arith::MaximumFOp) {
          return binary([](D a, D b) {
            return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
          });
        })
        .Case([&](arith::MinimumFOp) {
          return binary([](D a, D b) {
            return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
          });
        })
        .Case([&](arith::MaxNumFOp) {
          return binary([](D a, D b) { return std::fmax(a, b); });
        })
        .Case([&](arith::MinNumFOp) {
          return binary([](D a, D b) { return std::fmin(a, b); });
        })
        .Case([&](math::PowFOp) {
          return binary([](D a, D b) { return std::pow(a, b); });
        })
        .Case([&](math::CopySignOp) {
          return binary([](D a, D b) { return std::copysign(a, b); });
        })
        .Case([&](math::FmaOp) {
          return reals([&](size_t i) {
            const D a = realAt(*in[0], i), b = realAt(*in[1], i),
                    c = realAt(*in[2], i);
            return single
                       ? std::fma(static_cast<float>(a), static_cast<float>(b),
                                  static_cast<float>(c))
                       : std::fma(a, b, c);
          });
        })
        .Case([&](math::AbsFOp) {
          return unary([](D a) { return std::fabs(a); });
        })
        .Case([&](math::SqrtOp) {
          return unary([](D a) { return std::sqrt(a); });
        })
        .Case([&](math::RsqrtOp) {
          return unary([](D a) { return 1 / std::sqrt(a); });
        })
        .Case(
            [&](math::ExpOp) { return unary([](D a) { return std::exp(a); }); })
        .Case([&](math::Exp2Op) {
          return unary([](D a) { return std::exp2(a); });
        })
        .Case([&](math::ExpM1Op) {
          return unary([](D a) { return std::expm1(a); });
        })
        .Case(
            [&](math::LogOp) { return unary([](D a) { return std::log(a); }); })
        .Case([&](math::Log2Op) {
          return unary([](D a) { return std::log2(a); });
        })
        .Case([&](math::Log10Op) {
          return unary([](D a) { return std::log10(a); });
        })
        .Case([&](math::Log1pOp) {
          return unary([](D a) { return std::log1p(a); });
        })
        .Case([&](math::TanhOp) {
          return unary([](D a) { return std::tanh(a); });
        })
        .Case(
            [&](math::SinOp) { return unary([](D a) { return std::sin(a); }); })
        .Case(
            [&](math::CosOp) { return unary([](D a) { return std::cos(a); }); })
        .Case(
            [&](math::ErfOp) { return unary([](D a) { return std::erf(a); }); })
        .Case([&](math::FloorOp) {
          return unary([](D a) { return std::floor(a); });
        })
        .Case([&](math::CeilOp) {
          return unary([](D a) { return std::ceil(a); });
        })
        .Case([&](math::TruncOp) {
          return unary([](D a) { return std::trunc(a); });
        })
        .Case([&](math::RoundOp) {
          return unary([](D a) { return std::round(a); });
        })
        .Case([&](math::RoundEvenOp) {
          return unary([](D a) { return std::nearbyint(a); });
        })
        .Default([](Operation *) { return false; });
  }

  bool integers() {
    using S = int64_t;
    using U = uint64_t;
    return TypeSwitch<Operation *, bool>(&op)
        .Case(
            [&](arith::AddIOp) { return bits([](U a, U b) { return a + b; }); })
        .Case(
            [&](arith::SubIOp) { return bits([](U a, U b) { return a - b; }); })
        .Case(
            [&](arith::MulIOp) { return bits([](U a, U b) { return a * b; }); })
        .Case(
            [&](arith::AndIOp) { return bits([](U a, U b) { return a & b; }); })
        .Case(
            [&](arith::OrIOp) { return bits([](U a, U b) { return a | b; }); })
        .Case(
            [&](arith::XOrIOp) { return bits([](U a, U b) { return a ^ b; }); })
        .Case([&](arith::DivSIOp) {
          return signedBinary([](S a, S b) {
            return b == 0    ? a
                   : b == -1 ? static_cast<S>(U(0) - static_cast<U>(a))
                             : a / b;
          });
        })
        .Case([&](arith::RemSIOp) {
          return signedBinary(
              [](S a, S b) { return b == 0 || b == -1 ? 0 : a % b; });
        })
        .Case([&](arith::DivUIOp) {
          return unsignedBinary([](U a, U b) { return b == 0 ? a : a / b; });
        })
        .Case([&](arith::RemUIOp) {
          return unsignedBinary([](U a, U b) { return b == 0 ? 0 : a % b; });
        })
        .Case([&](arith::ShLIOp) {
          return unsignedBinary([](U a, U b) { return b < 64 ? a << b : 0; });
        })
        .Case([&](arith::ShRUIOp) {
          return unsignedBinary([](U a, U b) { return b < 64 ? a >> b : 0; });
        })
        .Case([&](arith::ShRSIOp) {
          return signedBinary(
              [](S a, S b) { return a >> std::min<U>(static_cast<U>(b), 63); });
        })
        .Case([&](arith::MaxSIOp) {
          return signedBinary([](S a, S b) { return std::max(a, b); });
        })
        .Case([&](arith::MinSIOp) {
          return signedBinary([](S a, S b) { return std::min(a, b); });
        })
        .Case([&](arith::MaxUIOp) {
          return unsignedBinary([](U a, U b) { return std::max(a, b); });
        })
        .Case([&](arith::MinUIOp) {
          return unsignedBinary([](U a, U b) { return std::min(a, b); });
        })
        .Case([&](math::AbsIOp) {
          return wholes([&](size_t i) {
            const S a = wholeAt(*in[0], i);
            return a < 0 ? U(0) - static_cast<U>(a) : static_cast<U>(a);
          });
        })
        .Default([](Operation *) { return false; });
  }

  bool conversions() {
    return TypeSwitch<Operation *, bool>(&op)
        .Case<arith::ExtFOp, arith::TruncFOp>(
            [&](auto) { return unary([](double a) { return a; }); })
        .Case([&](arith::ExtSIOp) {
          return wholes(
              [&](size_t i) { return signedOf(wholeAt(*in[0], i), widthIn); });
        })
        .Case([&](arith::ExtUIOp) {
          return wholes([&](size_t i) {
            return unsignedOf(wholeAt(*in[0], i), widthIn);
          });
        })
        .Case([&](arith::TruncIOp) {
          return wholes([&](size_t i) { return wholeAt(*in[0], i); });
        })
        .Case([&](arith::SIToFPOp) {
          return reals([&](size_t i) {
            const int64_t a = signedOf(wholeAt(*in[0], i), widthIn);
            // Rounded once.
            return rounds ? static_cast<double>(static_cast<float>(a))
                          : static_cast<double>(a);
          });
        })
        .Case([&](arith::UIToFPOp) {
          return reals([&](size_t i) {
            const uint64_t a = unsignedOf(wholeAt(*in[0], i), widthIn);
            return rounds ? static_cast<double>(static_cast<float>(a))
                          : static_cast<double>(a);
          });
        })
        .Case([&](arith::FPToSIOp) {
          return wholes([&](size_t i) {
            return saturateSigned(realAt(*in[0], i), width);
          });
        })
        .Case([&](arith::FPToUIOp) {
          return wholes([&](size_t i) {
            return saturateUnsigned(realAt(*in[0], i), width);
          });
        })
        .Default([](Operation *) { return false; });
  }

  Operation &op;
  ArrayRef<const Lanes *> in;
  size_t size;
  const Draws &draws;
  bool rounds = false;  ///< results to float
  unsigned width = 0;   ///< of an integer result
  unsigned widthIn = 0; ///< of an integer first operand
  size_t count = 1;     ///< neurons that the result tells apart
  Lanes out;
};

} // namespace

double Draws::uniform(uint64_t neuron, uint32_t number) const {
  const RandomStream stream(seed, Purpose::NeuronDraw, identity);
  const uint64_t counter = static_cast<uint64_t>(step) << 32 | neuron;
  return (stream.words(counter, sample, number)[0] >> 8) * 0x1p-24;
}

std::optional<Lanes> limen::snn::evaluateOp(Operation &op,
                                            ArrayRef<const Lanes *> in,
                                            size_t size, bool single,
                                            const Draws &draws) {
  if (op.getNumResults() != 1)
    return std::nullopt;
  const auto fits = [](Type type) {
    return type.isIntOrFloat() &&
           !(type.isInteger() && type.getIntOrFloatBitWidth() > 64);
  };
  if (!llvm::all_of(op.getOperandTypes(), fits) ||
      !fits(op.getResult(0).getType()))
    return std::nullopt;
  return OpEvaluator(op, in, size, single, draws).run();
}
