#include "compiler/Conversion/SnnToSpin/StepAnalysis.h"

#include "compiler/Conversion/SnnToSpin/WholeRanges.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace limen;
using target::accum;
using target::FixedFormat;
using target::Rounding;

static constexpr double infinity = std::numeric_limits<double>::infinity();

static Interval meet(Interval a, Interval b) {
  const Interval both = {std::max(a.low, b.low), std::min(a.high, b.high)};
  return both.low <= both.high ? both : a;
}
static Interval wider(Interval a, double by) {
  return {a.low - by, a.high + by};
}
static Interval rangeOf(FixedFormat format) {
  return {format.lowest(), format.highest()};
}
/// Where the ends of `a` go in a format that saturates.
static Interval clamped(Interval a, FixedFormat format) {
  return {std::clamp(a.low, format.lowest(), format.highest()),
          std::clamp(a.high, format.lowest(), format.highest())};
}

namespace {

/// One step on ranges.
class StepAnalysis {
public:
  StepAnalysis(Block &step, const FixedPlan &plan, const StepOptions &options)
      : step(step), plan(plan), products(options.products),
        constants(options.constants), checksWidths(options.checksWidths) {}

  /// From states and inputs in `symbols`.
  StepResult run(ArrayRef<Interval> symbols) {
    ranges = symbols;
    forms.clear();
    wholes.emplace(step, [this](Value leaf) { return wholeLeaf(leaf); });
    StepResult result;
    const size_t own = step.getNumArguments() - symbols.size();
    for (auto [index, argument] : llvm::enumerate(step.getArguments()))
      if (index >= own) {
        Form form;
        form.factors.assign(symbols.size(), Interval{0, 0});
        form.factors[index - own] = {1, 1};
        form.range = form.fixed = symbols[index - own];
        forms[argument] = std::move(form);
      }
    for (Operation &op : step.without_terminator()) {
      Value value = op.getResult(0);
      if (plan.constants.contains(value) || isa<arith::ConstantOp>(op))
        continue;
      if (isWhole(value.getType()) && checksWidths)
        checkWidth(op, result);
      if (!isa<FloatType>(value.getType()))
        continue;
      const FixedFormat format = plan.formats.lookup(value);
      leaves = false;
      Form form = visit(op);
      // The uppermost unit of a format is not worth a word.
      leaves |= form.fixed.low < format.lowest() ||
                form.fixed.high > format.highest() + format.unit();
      const bool saturates = plan.saturating.contains(value);
      if (leaves)
        (saturates ? result.saturations : result.overflows).push_back(&op);
      forms[value] =
          saturates ? saturated(std::move(form), format) : std::move(form);
    }
    for (OpOperand &operand : step.getTerminator()->getOpOperands())
      if (isa<FloatType>(operand.get().getType())) {
        const unsigned index = operand.getOperandNumber();
        result.yielded.push_back(take(operand, index < plan.stateFormats.size()
                                                   ? plan.stateFormats[index]
                                                   : accum));
      }
    return result;
  }

private:
  /// Of an integer that comes from a number or a coefficient.
  Interval wholeLeaf(Value value) {
    if (plan.constants.contains(value)) {
      const auto numbers =
          plan.coefficients[plan.constants.lookup(value)].values.values;
      const auto [low, high] =
          std::minmax_element(numbers.begin(), numbers.end());
      return {*low, *high};
    }
    auto from = value.getDefiningOp<arith::FPToSIOp>();
    if (!from)
      return {-infinity, infinity};
    const Interval words = clamped(raw(from->getOpOperand(0)).fixed,
                                   formatOf(from->getOpOperand(0)));
    return {std::trunc(words.low), std::trunc(words.high)};
  }

  /// A product may have 64 bits where only a division or a shift to the right
  /// uses it.
  void checkWidth(Operation &op, StepResult &result) {
    const auto narrows = [](OpOperand &use) {
      return use.getOperandNumber() == 0 &&
             isa<arith::DivSIOp, arith::RemSIOp, arith::ShRSIOp,
                 arith::TruncIOp>(use.getOwner());
    };
    const unsigned type = op.getResult(0).getType().getIntOrFloatBitWidth();
    const bool wide = isa<arith::MulIOp>(op) &&
                      llvm::all_of(op.getResult(0).getUses(), narrows);
    const int bits = static_cast<int>(std::min(type, wide ? 64u : 32u));
    const Interval range = wholes->of(op.getResult(0));
    const double end = std::ldexp(1.0, bits - 1);
    if (!Interval{-end, end - 1}.contains(range))
      result.tooWide.emplace_back(&op, range);
  }

  double roundingOf(FixedFormat format) const {
    return products == Rounding::Nearest ? format.unit() / 2 : format.unit();
  }

  /// A coefficient's values, stored in `format`.
  Form stored(std::span<const double> values, FixedFormat format) const {
    Form form;
    form.range = {infinity, -infinity};
    form.whole = true;
    for (double x : values) {
      form.whole &= x == std::floor(x);
      form.range = hull(form.range, {x, x});
      if (auto bits = target::toFixed(x, format, constants))
        form.error = std::max(form.error,
                              std::abs(target::fromFixed(*bits, format) - x));
      else
        form.error = infinity;
    }
    form.rest = form.range;
    form.fixed = wider(form.range, form.error);
    return form;
  }

  FixedFormat formatOf(OpOperand &operand) const {
    if (const auto at = plan.wanted.find(&operand); at != plan.wanted.end())
      return at->second;
    return plan.formats.lookup(operand.get());
  }

  /// `operand` converted to `format`.
  Form take(OpOperand &operand, FixedFormat format) const {
    Value value = operand.get();
    if (auto literal = value.getDefiningOp<arith::ConstantOp>()) {
      const double x = cast<FloatAttr>(literal.getValue()).getValueAsDouble();
      return stored({&x, 1}, format);
    }
    if (const auto at = plan.constants.find(value); at != plan.constants.end())
      return converted(stored(plan.coefficients[at->second].values.values,
                              plan.coefficientFormats[at->second]),
                       plan.coefficientFormats[at->second], format);
    Form form =
        converted(forms.lookup(value), plan.formats.lookup(value), format);
    return plan.saturating.contains(value) ? saturated(std::move(form), format)
                                           : form;
  }

  /// The exact number saturates as well, so the error stays.
  static Form saturated(Form form, FixedFormat format) {
    if (!rangeOf(format).contains(form.range)) {
      for (Interval &factor : form.factors)
        factor = {};
      form.range = form.rest = clamped(form.range, format);
      form.grid = 0;
    }
    form.fixed = clamped(form.fixed, format);
    if (form.relative > 1)
      form.flat = infinity;
    return form;
  }

  Form converted(Form form, FixedFormat from, FixedFormat to) const {
    if (to.fraction < from.fraction && form.grid < to.unit()) {
      form.error += roundingOf(to);
      form.flat += roundingOf(to);
      form.fixed = wider(form.fixed, roundingOf(to));
    }
    return form;
  }

  Form raw(OpOperand &operand) const {
    return take(operand, formatOf(operand));
  }

  /// The range that the factors give, met with what is known already.
  Form closed(Form form) const {
    Interval sum = form.rest;
    for (auto [factor, range] : llvm::zip(form.factors, ranges))
      sum = sum + factor * range;
    form.range = meet(form.range, sum);
    form.fixed = wider(form.range, form.error);
    return form;
  }

  static bool isConstant(const Form &form) { return form.factors.empty(); }

  static SmallVector<Interval>
  combine(const Form &a, const Form &b,
          llvm::function_ref<Interval(Interval, Interval)> with) {
    SmallVector<Interval> out;
    const size_t size = std::max(a.factors.size(), b.factors.size());
    for (size_t k = 0; k < size; ++k)
      out.push_back(with(a.factors.empty() ? Interval{} : a.factors[k],
                         b.factors.empty() ? Interval{} : b.factors[k]));
    return out;
  }

  Form sum(const Form &a, const Form &b) const {
    Form out;
    out.factors = combine(a, b, [](Interval x, Interval y) { return x + y; });
    out.rest = a.rest + b.rest;
    out.range = a.range + b.range;
    out.error = a.error + b.error;
    if ((a.isProportional() || b.isProportional()) && a.range.low >= 0 &&
        b.range.low >= 0) {
      out.flat = a.flatError() + b.flatError();
      out.relative = std::max(a.relative, b.relative);
    }
    out.whole = a.whole && b.whole;
    return closed(out);
  }

  static Form negative(Form a) {
    for (Interval &factor : a.factors)
      factor = -factor;
    a.rest = -a.rest;
    a.range = -a.range;
    a.fixed = -a.fixed;
    return a;
  }

  Form product(const Form &a, const Form &b, FixedFormat result) const {
    if (isConstant(a) && !isConstant(b))
      return product(b, a, result);
    Form out;
    out.range = a.range * b.range;
    if (isConstant(b)) {
      for (Interval factor : a.factors)
        out.factors.push_back(factor * b.range);
      out.rest = a.rest * b.range;
    } else {
      out.factors.assign(a.factors.size(), Interval{});
      out.rest = out.range;
    }
    const auto part = [](double x, double y) {
      return x == 0 || y == 0 ? 0 : x * y;
    };
    out.error = part(b.error, a.range.magnitude()) +
                part(a.error, b.range.magnitude()) + part(a.error, b.error) +
                roundingOf(result);
    return closed(out);
  }

  /// One of both.
  Form either(const Form &a, const Form &b) const {
    Form out;
    out.factors = combine(a, b, hull);
    out.rest = hull(a.rest, b.rest);
    out.range = hull(a.range, b.range);
    out.error = std::max(a.error, b.error);
    out.whole = a.whole && b.whole;
    out = closed(out);
    // What one of them holds exactly gets no error of the other.
    out.fixed = hull(a.fixed, b.fixed);
    return out;
  }

  /// What `value` can be where `condition` is `truth`.
  Interval known(Value value, Value condition, bool truth) const {
    Interval out = {-infinity, infinity};
    Operation *op = condition.getDefiningOp();
    if (op && truth && isa<arith::AndIOp>(op))
      return meet(known(value, op->getOperand(0), true),
                  known(value, op->getOperand(1), true));
    auto compared = dyn_cast_or_null<arith::CmpFOp>(op);
    if (!compared)
      return out;
    using P = arith::CmpFPredicate;
    const P predicate = compared.getPredicate();
    const bool above =
        llvm::is_contained({P::OGT, P::OGE, P::UGT, P::UGE}, predicate);
    const bool below =
        llvm::is_contained({P::OLT, P::OLE, P::ULT, P::ULE}, predicate);
    for (unsigned side = 0; side < 2; ++side) {
      if (compared->getOperand(side) != value || (!above && !below))
        continue;
      const Interval other = raw(compared->getOpOperand(1 - side)).fixed;
      // value > other on the left side, other > value on the right one.
      const bool larger = (above == truth) == (side == 0);
      out = larger ? Interval{other.low, infinity}
                   : Interval{-infinity, other.high};
    }
    return out;
  }

  Form branch(arith::SelectOp op, unsigned index, FixedFormat format) {
    Form form = take(op->getOpOperand(index), format);
    const Interval bounds =
        known(op->getOperand(index), op.getCondition(), index == 1);
    form.range = meet(form.range, bounds);
    form.fixed = meet(form.fixed, bounds);
    return form;
  }

  /// The largest change of `function` where its argument in `from` moves by
  /// `error`, as far as results stay in `to`.
  static double spread(target::FixedFunction function, Interval from,
                       double error, FixedFormat to) {
    using F = target::FixedFunction;
    if (error == 0)
      return 0;
    const double low = from.low - error, high = from.high + error;
    const auto rising = [&](double most) {
      return std::min(target::exactly(function, high), most) * error;
    };
    const auto inverse = [&](double least) {
      return least > 0 ? error / least : infinity;
    };
    switch (function) {
    case F::Exp:
      return rising(to.highest());
    case F::Exp2:
      return rising(to.highest()) * std::log(2.0);
    case F::Expm1:
      return rising(to.highest()) + error;
    case F::Log:
      return inverse(low);
    case F::Log2:
      return inverse(low * std::log(2.0));
    case F::Log1p:
      return inverse(1 + low);
    case F::Sqrt:
      return std::min(std::sqrt(error),
                      low > 0 ? error / (2 * std::sqrt(low)) : infinity);
    case F::Tanh:
    case F::Sin:
    case F::Cos:
      return error;
    }
    return infinity;
  }

  Form function(target::FixedFunction which, OpOperand &operand,
                FixedFormat to) {
    const Form in = raw(operand);
    const FixedFormat from = formatOf(operand);
    Form out;
    out.factors.assign(ranges.size(), Interval{});
    if (target::isMonotone(which)) {
      // What the core computes at the ends of what it may be given.
      const Interval words = clamped(in.fixed, from);
      const auto at = [&](double x) {
        const int32_t word = *target::toFixed(x, from, Rounding::Down);
        return target::fromFixed(target::applyFixed(which, word, from, to), to);
      };
      out.fixed = {at(words.low), at(words.high)};
      const Interval exact = clamped(in.range, from);
      const auto defined = [&](double x) {
        const double y = target::exactly(which, x);
        return std::isnan(y) ? to.lowest() : y;
      };
      out.range = {defined(exact.low), defined(exact.high)};
      leaves = !rangeOf(to).contains(out.range);
    } else {
      out.range = out.fixed = {-1, 1};
    }
    out.range = out.rest = clamped(out.range, to);
    out.error = spread(which, in.range, in.error, to) +
                target::errorBound(which, out.range.magnitude(), from, to);
    // An argument off by e moves an exponential by a factor of at most exp(e).
    using F = target::FixedFunction;
    if (which == F::Exp || which == F::Exp2) {
      out.flat = target::errorBound(which, 0, from, to);
      out.relative =
          std::expm1(in.error * (which == F::Exp ? 1 : std::log(2.0))) *
              (1 + 0x1p-20) +
          target::errorBound(which, 1, from, to) - out.flat;
    }
    return out;
  }

  Form visit(Operation &op) {
    Value value = op.getResult(0);
    const FixedFormat format = plan.formats.lookup(value);
    if (const auto which = functionOf(op))
      return function(*which, op.getOpOperand(0), format);
    const auto operand = [&](unsigned k) {
      return take(op.getOpOperand(k), format);
    };
    const auto unknown = [&] {
      Form form;
      form.factors.assign(ranges.size(), Interval{});
      return form;
    };
    return TypeSwitch<Operation *, Form>(&op)
        .Case([&](arith::AddFOp) { return sum(operand(0), operand(1)); })
        .Case([&](arith::SubFOp) {
          return sum(operand(0), negative(operand(1)));
        })
        .Case([&](arith::NegFOp) { return negative(operand(0)); })
        .Case([&](math::AbsFOp) {
          const Form a = operand(0);
          Form out = either(a, negative(a));
          out.range.low = std::max(out.range.low, 0.0);
          out.fixed.low = std::max(out.fixed.low, 0.0);
          return out;
        })
        .Case([&](arith::MulFOp) {
          return product(raw(op.getOpOperand(0)), raw(op.getOpOperand(1)),
                         format);
        })
        .Case([&](arith::DivFOp) {
          if (const auto at = plan.reciprocals.find(&op);
              at != plan.reciprocals.end())
            return product(raw(op.getOpOperand(0)),
                           stored(plan.coefficients[at->second].values.values,
                                  plan.coefficientFormats[at->second]),
                           format);
          const Form a = take(op.getOpOperand(0), accum);
          const Form b = take(op.getOpOperand(1), accum);
          Form out = unknown();
          if (b.range.low <= 0 && b.range.high >= 0) {
            out.range = out.rest = out.fixed = rangeOf(accum);
            out.error = infinity;
            return out;
          }
          out.range = a.range * Interval{1 / b.range.high, 1 / b.range.low};
          out.rest = out.range;
          const double smallest =
              std::min(std::abs(b.range.low), std::abs(b.range.high));
          if (b.isProportional() && b.range.low > 0) {
            const double kept = 1 - b.relative - b.flat / smallest;
            if (kept > 0) {
              out.error =
                  (a.range.magnitude() * (b.flat / smallest + b.relative) +
                   a.error) /
                      (kept * smallest) +
                  accum.unit();
              out.fixed = wider(out.range, out.error);
              return out;
            }
          }
          const double least = smallest - b.error;
          out.error =
              least <= 0 ? infinity
                         : (a.error + out.range.magnitude() * b.error) / least +
                               accum.unit();
          out.fixed = wider(out.range, out.error);
          return out;
        })
        .Case<arith::MaximumFOp, arith::MaxNumFOp>([&](auto) {
          const Form a = operand(0), b = operand(1);
          Form out = either(a, b);
          out.range.low = std::max({out.range.low, a.range.low, b.range.low});
          out.fixed.low = std::max(a.fixed.low, b.fixed.low);
          return out;
        })
        .Case<arith::MinimumFOp, arith::MinNumFOp>([&](auto) {
          const Form a = operand(0), b = operand(1);
          Form out = either(a, b);
          out.range.high =
              std::min({out.range.high, a.range.high, b.range.high});
          out.fixed.high = std::min(a.fixed.high, b.fixed.high);
          return out;
        })
        .Case([&](arith::SelectOp select) {
          return either(branch(select, 1, format), branch(select, 2, format));
        })
        .Case([&](arith::SIToFPOp convert) {
          Form out = unknown();
          out.range = wholes->of(convert.getIn());
          out.rest = out.fixed = out.range;
          out.whole = true;
          return out;
        })
        .Default([&](Operation *) {
          Form out = unknown(); // a draw, a flag
          out.range = out.rest = out.fixed = {0, 1};
          out.whole = isa<arith::UIToFPOp>(op);
          out.grid = out.whole ? 1 : 0x1p-24;
          return out;
        });
  }

  Block &step;
  const FixedPlan &plan;
  const Rounding products, constants;
  const bool checksWidths;
  ArrayRef<Interval> ranges;
  llvm::DenseMap<Value, Form> forms;
  std::optional<WholeRanges> wholes;
  bool leaves = false; ///< the op's exact result may not fit its format
};

} // namespace

StepResult limen::analyseStep(Block &step, const FixedPlan &plan,
                              ArrayRef<Interval> symbols,
                              const StepOptions &options) {
  return StepAnalysis(step, plan, options).run(symbols);
}
