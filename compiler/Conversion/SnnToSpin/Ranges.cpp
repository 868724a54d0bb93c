#include "compiler/Conversion/SnnToSpin/Ranges.h"

#include "compiler/Conversion/SnnToSpin/StepAnalysis.h"
#include "compiler/Conversion/SnnToSpin/WholeRanges.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace limen;
using target::FixedFormat;
using target::Rounding;

static constexpr StringLiteral boundsName = "spin.bounds";

static Interval meet(Interval a, Interval b) {
  const Interval both = {std::max(a.low, b.low), std::min(a.high, b.high)};
  return both.low <= both.high ? both : a;
}
static Interval rangeOf(FixedFormat format) {
  return {format.lowest(), format.highest()};
}

namespace {

/// The search for ranges that a step does not leave.
class StateSearch {
public:
  using Origin = StepRanges::Origin;

  using Analyse = llvm::function_ref<StepResult(ArrayRef<Interval>)>;

  StateSearch(Analyse analyse, const FixedPlan &plan,
              std::vector<Interval> start, std::vector<Origin> origins,
              ArrayRef<Interval> inputs)
      : analyse(analyse), plan(plan), states(std::move(start)),
        origins(std::move(origins)), inputs(inputs) {}

  void run() {
    initial = states;
    // Each failure gives up on at least one more state.
    for (size_t round = 0; round <= states.size(); ++round)
      if (settle())
        return;
  }

  /// Once found, ranges may be larger than need be: where a step leads from
  /// them is a range as well.
  void tighten() {
    const StepResult result = analyse(symbols());
    for (size_t k = 0; k < states.size(); ++k)
      if (origins[k] == Origin::Derived &&
          std::isfinite(result.yielded[k].error))
        states[k] = hull(initial[k], meet(states[k], result.yielded[k].fixed));
  }

  std::vector<Interval> symbols() const {
    std::vector<Interval> all = states;
    all.insert(all.end(), inputs.begin(), inputs.end());
    return all;
  }

  Analyse analyse;
  const FixedPlan &plan;
  std::vector<Interval> states;
  std::vector<Origin> origins;

private:
  /// Where a step leads from `from`, together with `from`.
  std::vector<Interval> after(const std::vector<Interval> &from) {
    std::vector<Interval> all = from;
    all.insert(all.end(), inputs.begin(), inputs.end());
    const StepResult result = analyse(all);
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
  std::vector<Interval> initial;
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
  Block &step = model.getStep().front();
  StepOptions options = {products, constants};
  const auto analyse = [&](ArrayRef<Interval> symbols) {
    return analyseStep(step, plan, symbols, options);
  };
  StateSearch search(analyse, plan, std::move(start), std::move(origins),
                     inputs);
  search.run();
  const bool hasWholes =
      llvm::any_of(step.without_terminator(), [](Operation &op) {
        return op.getNumResults() == 1 && isWhole(op.getResult(0).getType());
      });
  for (int round = 0; hasWholes && round < 3; ++round)
    search.tighten();
  options.checksWidths = hasWholes;
  StepRanges out;
  StepResult result = analyse(search.symbols());
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
  out.tooWide = std::move(result.tooWide);
  return out;
}
