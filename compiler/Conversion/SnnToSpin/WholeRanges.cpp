#include "compiler/Conversion/SnnToSpin/WholeRanges.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace limen;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr Interval all = {-infinity, infinity};

bool limen::isWhole(Type type) {
  return isa<IntegerType>(type) && !type.isInteger(1);
}

bool limen::isWholeOp(Operation &op) {
  if (op.getNumResults() != 1 || !isWhole(op.getResult(0).getType()))
    return false;
  return isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::DivSIOp,
             arith::RemSIOp, arith::ShLIOp, arith::ShRSIOp, arith::AndIOp,
             arith::OrIOp, arith::XOrIOp, arith::MinSIOp, arith::MaxSIOp,
             arith::SelectOp, arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp>(
      op);
}

static Interval intersection(Interval a, Interval b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

/// All numbers of `bits` bits.
static Interval ofWidth(unsigned bits) {
  return {-std::ldexp(1.0, static_cast<int>(bits) - 1),
          std::ldexp(1.0, static_cast<int>(bits) - 1) - 1};
}

static Interval quotient(Interval a, Interval b) {
  if (b.low <= 0 && b.high >= 0) // by 0 it is the dividend
    return hull(a, -a);
  const double q[] = {a.low / b.low, a.low / b.high, a.high / b.low,
                      a.high / b.high};
  return {std::trunc(*std::min_element(q, q + 4)),
          std::trunc(*std::max_element(q, q + 4))};
}

static Interval remainder(Interval a, Interval b) {
  const double most = std::min(a.magnitude(), std::max(b.magnitude(), 1.0) - 1);
  // By 0 the dividend is taken for a divisor of 1: 0.
  return {a.low < 0 ? -most : 0, a.high > 0 ? most : 0};
}

/// Of bitwise logic: as many bits as the longer operand has.
static Interval bitwise(Operation &op, Interval a, Interval b) {
  const double most = std::max(a.magnitude(), b.magnitude());
  if (!std::isfinite(most))
    return all;
  if (isa<arith::AndIOp>(op) && (a.low >= 0 || b.low >= 0)) {
    // A mask of no sign keeps no more than itself.
    const double mask = a.low >= 0 && b.low >= 0 ? std::min(a.high, b.high)
                        : a.low >= 0             ? a.high
                                                 : b.high;
    return {0, mask};
  }
  const double end = std::ldexp(1.0, std::ilogb(most + 1) + 1);
  return {a.low >= 0 && b.low >= 0 ? 0 : -end, end - 1};
}

Interval WholeRanges::known(Value value) {
  if (auto constant = value.getDefiningOp<arith::ConstantOp>()) {
    const auto number = static_cast<double>(
        cast<IntegerAttr>(constant.getValue()).getValue().getSExtValue());
    return {number, number};
  }
  const auto [at, fresh] = leaves.try_emplace(value);
  if (fresh)
    at->second = leaf(value);
  return at->second;
}

Interval WholeRanges::compute(Operation &op, const Ranges &ranges) {
  const auto in = [&](unsigned k) {
    const auto at = ranges.find(op.getOperand(k));
    return at == ranges.end() ? all : at->second;
  };
  const unsigned width = op.getResult(0).getType().getIntOrFloatBitWidth();
  return TypeSwitch<Operation *, Interval>(&op)
      .Case([&](arith::AddIOp) { return in(0) + in(1); })
      .Case([&](arith::SubIOp) { return in(0) + -in(1); })
      .Case([&](arith::MulIOp) { return in(0) * in(1); })
      .Case([&](arith::DivSIOp) { return quotient(in(0), in(1)); })
      .Case([&](arith::RemSIOp) { return remainder(in(0), in(1)); })
      .Case<arith::ShLIOp, arith::ShRSIOp>([&](auto) -> Interval {
        const Interval by = in(1);
        if (!(by.low >= 0 && by.high < 64))
          return all;
        const bool left = isa<arith::ShLIOp>(op);
        const auto times = [&](double power) {
          return std::ldexp(1.0, static_cast<int>(left ? power : -power));
        };
        const Interval product =
            in(0) * Interval{std::min(times(by.low), times(by.high)),
                             std::max(times(by.low), times(by.high))};
        return {std::floor(product.low), std::floor(product.high)};
      })
      .Case<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(
          [&](auto) { return bitwise(op, in(0), in(1)); })
      .Case([&](arith::MinSIOp) -> Interval {
        return {std::min(in(0).low, in(1).low),
                std::min(in(0).high, in(1).high)};
      })
      .Case([&](arith::MaxSIOp) -> Interval {
        return {std::max(in(0).low, in(1).low),
                std::max(in(0).high, in(1).high)};
      })
      .Case([&](arith::SelectOp select) {
        const auto at = outcomes.find(select.getCondition());
        return at == outcomes.end() ? hull(in(1), in(2))
                                    : in(at->second ? 1 : 2);
      })
      .Case([&](arith::ExtSIOp) { return in(0); })
      .Case([&](arith::ExtUIOp) -> Interval {
        return {0, 1}; // of a flag
      })
      .Case([&](arith::TruncIOp) {
        const Interval fits = ofWidth(width);
        return fits.contains(in(0)) ? in(0) : fits;
      })
      .Default([&](Operation *) { return all; });
}

/// Notes that `value` lies in `to`, and what follows for what it comes from.
/// False if that cannot be.
bool WholeRanges::narrow(Value value, Interval to, Ranges &ranges) {
  Interval &range = ranges.try_emplace(value, all).first->second;
  range = intersection(range, to);
  const Interval now = range;
  if (now.isEmpty())
    return false;
  Operation *op = value.getDefiningOp();
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    if (const auto at = outcomes.find(select.getCondition());
        at != outcomes.end())
      return narrow(at->second ? select.getTrueValue() : select.getFalseValue(),
                    now, ranges);
  if (isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op)) {
    const auto other = ranges.find(op->getOperand(1));
    if (other != ranges.end()) {
      const Interval by = other->second;
      return narrow(op->getOperand(0),
                    now + (isa<arith::AddIOp>(op) ? -by : by), ranges);
    }
  }
  return true;
}

/// Narrows both sides of a comparison that came out as `outcome`.
bool WholeRanges::decide(Operation &compare, bool outcome, Ranges &ranges) {
  using P = arith::CmpIPredicate;
  const P predicate = cast<arith::CmpIOp>(compare).getPredicate();
  const auto range = [&](unsigned k) {
    const auto at = ranges.find(compare.getOperand(k));
    return at == ranges.end() ? all : at->second;
  };
  Interval a = range(0), b = range(1);
  const auto below = [&](unsigned small, Interval x, Interval y, double gap) {
    return narrow(compare.getOperand(small), {-infinity, y.high - gap},
                  ranges) &&
           narrow(compare.getOperand(1 - small), {x.low + gap, infinity},
                  ranges);
  };
  switch (predicate) {
  case P::slt:
    return outcome ? below(0, a, b, 1) : below(1, b, a, 0);
  case P::sle:
    return outcome ? below(0, a, b, 0) : below(1, b, a, 1);
  case P::sgt:
    return outcome ? below(1, b, a, 1) : below(0, a, b, 0);
  case P::sge:
    return outcome ? below(1, b, a, 0) : below(0, a, b, 1);
  case P::eq:
    return !outcome || (narrow(compare.getOperand(0), b, ranges) &&
                        narrow(compare.getOperand(1), a, ranges));
  case P::ne:
    return outcome || (narrow(compare.getOperand(0), b, ranges) &&
                       narrow(compare.getOperand(1), a, ranges));
  default:
    return true;
  }
}

Interval WholeRanges::of(Value value) {
  // What it depends on, and the comparisons that choose.
  llvm::SetVector<Operation *> needed, choices;
  SmallVector<Value> open = {value};
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op || needed.contains(op))
      continue;
    auto select = dyn_cast<arith::SelectOp>(op);
    if (!isWholeOp(*op))
      continue;
    needed.insert(op);
    for (Value operand : op->getOperands())
      if (isWhole(operand.getType()))
        open.push_back(operand);
    if (!select)
      continue;
    auto compare = select.getCondition().getDefiningOp<arith::CmpIOp>();
    if (!compare || !isWhole(compare.getLhs().getType()))
      continue;
    choices.insert(compare);
    open.push_back(compare.getLhs());
    open.push_back(compare.getRhs());
  }
  constexpr size_t most = 8; // 256 cases
  while (choices.size() > most)
    choices.pop_back();

  Interval result = {infinity, -infinity};
  for (uint64_t pattern = 0; pattern < uint64_t(1) << choices.size();
       ++pattern) {
    outcomes.clear();
    for (auto [k, compare] : llvm::enumerate(choices))
      outcomes[compare->getResult(0)] = pattern >> k & 1;
    Ranges ranges;
    bool possible = true;
    const auto meet = [&](Value of, Interval with) {
      Interval &range = ranges.try_emplace(of, all).first->second;
      range = intersection(range, with);
      possible &= !range.isEmpty();
    };
    // What a later comparison says of an earlier value holds for all that
    // follows from it.
    for (int pass = 0; pass < 3 && possible; ++pass)
      for (Operation &op : step.without_terminator()) {
        if (op.getNumResults() != 1)
          continue;
        const bool chosen = choices.contains(&op);
        if (!chosen && !needed.contains(&op))
          continue;
        for (Value operand : op.getOperands())
          if (isWhole(operand.getType()) &&
              !needed.contains(operand.getDefiningOp()))
            meet(operand, known(operand));
        if (chosen)
          possible &= possible && decide(op, outcomes[op.getResult(0)], ranges);
        else
          meet(op.getResult(0), compute(op, ranges));
        if (!possible)
          break;
      }
    if (!possible)
      continue;
    if (!needed.contains(value.getDefiningOp()))
      return known(value);
    result = hull(result, ranges[value]);
  }
  outcomes.clear();
  return result;
}
