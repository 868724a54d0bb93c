#include "compiler/Conversion/SnnToSpin/Ranges.h"

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

static constexpr StringLiteral boundsName = "spin.bounds";
static constexpr double infinity = std::numeric_limits<double>::infinity();

static Interval operator+(Interval a, Interval b) {
  return {a.low + b.low, a.high + b.high};
}
static Interval operator-(Interval a) { return {-a.high, -a.low}; }
static Interval operator*(Interval a, Interval b) {
  // 0 times an unknown is 0.
  const auto times = [](double x, double y) {
    return x == 0 || y == 0 ? 0 : x * y;
  };
  const double p[] = {times(a.low, b.low), times(a.low, b.high),
                      times(a.high, b.low), times(a.high, b.high)};
  return {*std::min_element(p, p + 4), *std::max_element(p, p + 4)};
}
static Interval hull(Interval a, Interval b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}
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

/// rest + sum of factors x symbols, and an interval that it lies in anyway.
struct Form {
  SmallVector<Interval> factors; ///< per state, then receptor; or empty
  Interval rest;
  Interval range; ///< of the exact value
  Interval fixed; ///< of the fixed-point number
  double error = 0;
  /// The error is also at most `flat` and `relative` times the exact number.
  double flat = infinity, relative = 0;
  bool whole = false; ///< always a whole number
  double grid = 0;    ///< a multiple of this; 0 where none is known

  double flatError() const { return std::isfinite(flat) ? flat : error; }
  bool isProportional() const { return std::isfinite(flat); }
};

/// One step on ranges.
class StepAnalysis {
public:
  StepAnalysis(Block &step, const FixedPlan &plan, Rounding products,
               Rounding constants)
      : step(step), plan(plan), products(products), constants(constants) {}

  struct Result {
    std::vector<Form> yielded;
    std::vector<Operation *> overflows, saturations;
  };

  /// From states and inputs in `symbols`.
  Result run(ArrayRef<Interval> symbols) {
    ranges = symbols;
    forms.clear();
    Result result;
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
      if (!isa<FloatType>(value.getType()) || plan.constants.contains(value) ||
          isa<arith::ConstantOp>(op))
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
  ArrayRef<Interval> ranges;
  llvm::DenseMap<Value, Form> forms;
  bool leaves = false; ///< the op's exact result may not fit its format
};

/// The search for ranges that a step does not leave.
class StateSearch {
public:
  using Origin = StepRanges::Origin;

  StateSearch(StepAnalysis &analysis, const FixedPlan &plan,
              std::vector<Interval> start, std::vector<Origin> origins,
              ArrayRef<Interval> inputs)
      : analysis(analysis), plan(plan), states(std::move(start)),
        origins(std::move(origins)), inputs(inputs) {}

  void run() {
    // Each failure gives up on at least one more state.
    for (size_t round = 0; round <= states.size(); ++round)
      if (settle())
        return;
  }

  std::vector<Interval> symbols() const {
    std::vector<Interval> all = states;
    all.insert(all.end(), inputs.begin(), inputs.end());
    return all;
  }

  StepAnalysis &analysis;
  const FixedPlan &plan;
  std::vector<Interval> states;
  std::vector<Origin> origins;

private:
  /// Where a step leads from `from`, together with `from`.
  std::vector<Interval> after(const std::vector<Interval> &from) {
    std::vector<Interval> all = from;
    all.insert(all.end(), inputs.begin(), inputs.end());
    const StepAnalysis::Result result = analysis.run(all);
    std::vector<Interval> out = from;
    for (size_t k = 0; k < from.size(); ++k)
      if (origins[k] == Origin::Derived) {
        const Form &form = result.yielded[k];
        // An error without bound says nothing that the format does not.
        const FixedFormat format = plan.stateFormats[k];
        out[k] = hull(from[k],
                      std::isfinite(form.error) ? form.fixed : rangeOf(format));
      }
    return out;
  }

  static bool inside(const std::vector<Interval> &a,
                     const std::vector<Interval> &b) {
    for (size_t k = 0; k < a.size(); ++k)
      if (!b[k].contains(a[k]))
        return false;
    return true;
  }

  /// Where a growth that shrinks by the same factor each step ends.
  static double limit(double before, double now, double next) {
    const double last = now - before, step = next - now;
    if (step == 0)
      return next;
    const double ratio = last == 0 ? 0.5 : step / last;
    if (!(ratio > 0 && ratio < 1))
      return next + step;
    return next + step * ratio / (1 - ratio);
  }

  /// Whether a step stays in `guess`, or in what little more it takes: where a
  /// step leads out of it, several times as far is tried.
  bool confirm(std::vector<Interval> &guess) {
    constexpr int attempts = 10;
    for (int attempt = 0; attempt < attempts; ++attempt) {
      const std::vector<Interval> image = after(guess);
      if (inside(image, guess))
        return true;
      const double times = std::ldexp(4.0, attempt);
      for (size_t k = 0; k < guess.size(); ++k) {
        guess[k].low -= times * (guess[k].low - image[k].low);
        guess[k].high += times * (image[k].high - guess[k].high);
        if (!rangeOf(plan.stateFormats[k]).contains(guess[k]))
          return false;
      }
    }
    return false;
  }

  bool settle() {
    constexpr int rounds = 60, steps = 10;
    std::vector<Interval> now = states, before = states, next;
    for (int round = 0; round < rounds; ++round) {
      for (int k = 0; k < steps; ++k) {
        next = after(now);
        if (inside(next, now)) {
          states = now;
          return true;
        }
        before = std::exchange(now, std::move(next));
      }
      next = after(now);
      std::vector<Interval> guess = next;
      for (size_t k = 0; k < guess.size(); ++k) {
        const double low = limit(before[k].low, now[k].low, next[k].low);
        const double high = limit(before[k].high, now[k].high, next[k].high);
        const auto beyond = [&](double end, double reached) {
          return 1e-3 * std::abs(end - reached) +
                 16 * plan.stateFormats[k].unit();
        };
        if (next[k].low < now[k].low)
          guess[k].low = low - beyond(low, next[k].low);
        if (next[k].high > now[k].high)
          guess[k].high = high + beyond(high, next[k].high);
      }
      if (confirm(guess)) {
        states = guess;
        return true;
      }
      now = next;
    }
    // What still grows has no bound.
    next = after(now);
    for (size_t k = 0; k < now.size(); ++k) {
      const Interval all = rangeOf(plan.stateFormats[k]);
      if (origins[k] == Origin::Derived && !now[k].contains(next[k])) {
        origins[k] = Origin::Unknown;
        states[k] = all;
      }
    }
    return false;
  }

  ArrayRef<Interval> inputs;
};

} // namespace

/// Ranges that the model declares for its states.
static LogicalResult readBounds(snn::ModelOp model,
                                std::vector<Interval> &states,
                                std::vector<StepRanges::Origin> &origins) {
  auto given = model->getAttrOfType<DictionaryAttr>(boundsName);
  if (!given)
    return success();
  for (NamedAttribute entry : given) {
    const StringRef name = entry.getName().getValue();
    std::optional<size_t> index;
    for (auto [k, state] :
         llvm::enumerate(model.getStates().getAsValueRange<StringAttr>()))
      if (state == name)
        index = k;
    auto list = dyn_cast<ArrayAttr>(entry.getValue());
    SmallVector<double> ends;
    if (list)
      for (FloatAttr end : list.getAsRange<FloatAttr>())
        ends.push_back(end.getValueAsDouble());
    if (!index || ends.size() != 2 || !(ends[0] < ends[1]))
      return model.emitOpError()
             << boundsName << ": '" << name
             << "' needs to be a state, and its bounds [low, high]";
    states[*index] = hull(states[*index], {ends[0], ends[1]});
    origins[*index] = StepRanges::Origin::Declared;
  }
  return success();
}

FailureOr<StepRanges>
limen::analyseRanges(snn::ModelOp model, const FixedPlan &plan,
                     const network::Model &prepared, ArrayRef<Interval> inputs,
                     Rounding products, Rounding constants) {
  std::vector<Interval> start;
  for (const network::State &state : prepared.states) {
    const auto values = state.initial.values;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    start.push_back({*low, *high});
  }
  std::vector<StepRanges::Origin> origins(start.size(),
                                          StepRanges::Origin::Derived);
  if (failed(readBounds(model, start, origins)))
    return failure();
  StepAnalysis analysis(model.getStep().front(), plan, products, constants);
  StateSearch search(analysis, plan, std::move(start), std::move(origins),
                     inputs);
  search.run();
  StepRanges out;
  StepAnalysis::Result result = analysis.run(search.symbols());
  out.states = search.states;
  out.origins = search.origins;
  for (size_t k = 0; k < out.states.size(); ++k)
    out.errors.push_back(result.yielded[k].error);
  if (result.yielded.size() > out.states.size()) {
    const Form &last = result.yielded.back();
    out.output = last.range;
    out.outputError = last.error;
    out.outputIsWhole = last.whole;
  }
  out.overflows = std::move(result.overflows);
  out.saturations = std::move(result.saturations);
  return out;
}
