#include "compiler/Conversion/SnnToSpin/DeferredRule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace limen;

namespace {

/// A polynomial in traces and the weight: products of variables (sorted) and
/// their factors.
using Terms = std::map<std::vector<unsigned>, double>;

/// What is known of a value of an event.
struct Form {
  Terms terms;
  /// Of a condition: variable `above` is larger than variable `below`.
  std::optional<std::pair<unsigned, unsigned>> larger;
  /// Of a number: `terms`, except where this condition holds; then the weight.
  std::optional<std::pair<unsigned, unsigned>> unless;
};

Terms sum(const Terms &a, const Terms &b, double factor) {
  Terms out = a;
  for (const auto &[product, value] : b)
    if ((out[product] += factor * value) == 0)
      out.erase(product);
  return out;
}

Terms product(const Terms &a, const Terms &b) {
  Terms out;
  for (const auto &[left, x] : a)
    for (const auto &[right, y] : b) {
      std::vector<unsigned> both = left;
      both.insert(both.end(), right.begin(), right.end());
      std::sort(both.begin(), both.end());
      out[both] += x * y;
    }
  std::erase_if(out, [](const auto &term) { return term.second == 0; });
  return out;
}

/// A change of the weight: constant * trace + slope * weight * trace.
struct Change {
  std::optional<unsigned> trace;
  double constant = 0, slope = 0;
};

class Recogniser {
public:
  Recogniser(Operation *synapses, snn::RuleOp rule,
             const network::Plasticity &given)
      : synapses(synapses), rule(rule), given(given),
        traces(given.preTraces + given.postTraces) {}

  FailureOr<target::StdpRule> run() {
    auto pre = evaluate(rule.getOnPre().front());
    if (failed(pre))
      return failure();
    auto post = evaluate(rule.getOnPost().front());
    if (failed(post))
      return failure();
    Operation *preYield = rule.getOnPre().front().getTerminator();
    Operation *postYield = rule.getOnPost().front().getTerminator();
    auto down = changeOf(pre->back(), preYield, given.preTraces, traces);
    auto up = changeOf(post->back(), postYield, 0, given.preTraces);
    if (failed(down) || failed(up))
      return failure();
    if (pre->back().unless)
      return refuse(preYield, "changes the weight under a condition");

    target::StdpRule out;
    out.lowest = given.lowest;
    out.highest = given.highest;
    if (out.lowest < 0) {
      synapses->emitOpError()
          << "has weights from " << out.lowest
          << "; plastic rows hold weights from 0 up, inhibition has a receptor "
             "of its own";
      return failure();
    }
    // Multiplicative changes vanish at the bound.
    const bool soft = up->slope != 0 || down->slope != 0;
    if (soft && !(vanishes(*up, out.highest) && vanishes(*down, out.lowest)))
      return refuse(up->slope != 0 ? postYield : preYield,
                    "changes the weight by neither a constant nor what is left "
                    "to its bound");
    if (soft)
      out.dependence = target::Dependence::Multiplicative;
    out.aPlus = soft ? -up->slope : up->constant;
    out.aMinus = soft ? -down->slope : -down->constant;

    std::optional<bool> nearest;
    for (auto [change, forms, yield, first, tau] :
         {std::tuple(&*up, &*pre, preYield, 0u, &out.tauPlus),
          std::tuple(&*down, &*post, postYield, given.preTraces,
                     &out.tauMinus)}) {
      if (!change->trace)
        continue;
      const auto kind =
          growth((*forms)[*change->trace - first].terms, *change->trace);
      if (!kind || (nearest && *nearest != *kind))
        return refuse(yield,
                      "keeps a trace that neither grows by 1 nor becomes "
                      "1 at each spike, like the other side's");
      nearest = kind;
      const double decay = given.decays[*change->trace];
      if (!(decay > 0 && decay < 1))
        return refuse(yield, "keeps a trace that does not decay exponentially");
      *tau = -1 / std::log(decay);
    }
    out.pairing = nearest.value_or(false) ? target::Pairing::Nearest
                                          : target::Pairing::AllToAll;
    if (up->trace &&
        !firstOnly(post->back(), *post, *up, nearest.value_or(false)))
      return refuse(postYield,
                    nearest.value_or(false)
                        ? "pairs the source's last spike with more than the "
                          "first of the target after it"
                        : "changes the weight under a condition");
    return out;
  }

private:
  LogicalResult refuse(Operation *op, StringRef what) {
    InFlightDiagnostic error = op->emitOpError()
                               << what
                               << "; cores of this target have pair and "
                                  "nearest-pair rules, additive and "
                                  "multiplicative";
    error.attachNote(synapses->getLoc())
        << "rule @" << rule.getSymName() << " of these synapses";
    return failure();
  }

  FailureOr<std::vector<Form>> evaluate(Block &event) {
    llvm::DenseMap<Value, Form> forms;
    const size_t coefficients = given.coefficients.size();
    for (BlockArgument argument : event.getArguments()) {
      const unsigned k = argument.getArgNumber();
      if (k >= coefficients)
        forms[argument].terms[{unsigned(k - coefficients)}] = 1;
      else if (given.coefficients[k] != 0)
        forms[argument].terms[{}] = given.coefficients[k];
    }
    for (Operation &op : event.without_terminator()) {
      SmallVector<Form> in;
      for (Value operand : op.getOperands())
        in.push_back(forms[operand]);
      std::optional<Form> out = apply(op, in);
      if (!out)
        return refuse(&op, "has no counterpart in a core's rules");
      forms[op.getResult(0)] = std::move(*out);
    }
    std::vector<Form> out;
    for (Value value : event.getTerminator()->getOperands())
      out.push_back(forms[value]);
    return out;
  }

  std::optional<Form> apply(Operation &op, ArrayRef<Form> in) const {
    for (const Form &form : in)
      if (form.unless)
        return std::nullopt;
    const auto plain = [](Terms terms) {
      return Form{std::move(terms), {}, {}};
    };
    return TypeSwitch<Operation *, std::optional<Form>>(&op)
        .Case([&](arith::ConstantOp constant) -> std::optional<Form> {
          auto number = dyn_cast<FloatAttr>(constant.getValue());
          if (!number)
            return std::nullopt;
          Terms terms;
          if (number.getValueAsDouble() != 0)
            terms[{}] = number.getValueAsDouble();
          return plain(terms);
        })
        .Case([&](arith::AddFOp) {
          return plain(sum(in[0].terms, in[1].terms, 1));
        })
        .Case([&](arith::SubFOp) {
          return plain(sum(in[0].terms, in[1].terms, -1));
        })
        .Case([&](arith::MulFOp) {
          return plain(product(in[0].terms, in[1].terms));
        })
        .Case([&](arith::NegFOp) { return plain(sum({}, in[0].terms, -1)); })
        .Case([&](arith::CmpFOp compared) { return compare(compared, in); })
        .Case([&](arith::SelectOp) -> std::optional<Form> {
          const Terms weight = {{{traces}, 1}};
          if (!in[0].larger || in[1].terms != weight)
            return std::nullopt;
          return Form{in[2].terms, {}, in[0].larger};
        })
        .Default(
            [](Operation *) -> std::optional<Form> { return std::nullopt; });
  }

  static std::optional<unsigned> variable(const Terms &terms) {
    if (terms.size() == 1 && terms.begin()->first.size() == 1 &&
        terms.begin()->second == 1)
      return terms.begin()->first.front();
    return std::nullopt;
  }

  std::optional<Form> compare(arith::CmpFOp op, ArrayRef<Form> in) const {
    const auto left = variable(in[0].terms), right = variable(in[1].terms);
    if (!left || !right)
      return std::nullopt;
    switch (op.getPredicate()) {
    case arith::CmpFPredicate::OGT:
    case arith::CmpFPredicate::UGT:
      return Form{{}, {{*left, *right}}, {}};
    case arith::CmpFPredicate::OLT:
    case arith::CmpFPredicate::ULT:
      return Form{{}, {{*right, *left}}, {}};
    default:
      return std::nullopt;
    }
  }

  /// new weight - weight, by one trace of [begin, end).
  FailureOr<Change> changeOf(const Form &form, Operation *yield, unsigned begin,
                             unsigned end) {
    Change change;
    for (const auto &[variables, value] :
         sum(form.terms, {{{traces}, 1}}, -1)) {
      const bool withWeight = variables.size() == 2 && variables[1] == traces;
      if ((variables.size() != 1 && !withWeight) || variables[0] < begin ||
          variables[0] >= end ||
          (change.trace && *change.trace != variables[0]))
        return refuse(yield, "changes the weight by something else than one "
                             "trace of the other side");
      change.trace = variables[0];
      (withWeight ? change.slope : change.constant) = value;
    }
    return change;
  }

  static bool vanishes(const Change &change, double weight) {
    const double scale =
        std::abs(change.constant) + std::abs(change.slope * weight);
    return std::abs(change.constant + change.slope * weight) <= 1e-6 * scale;
  }

  /// Whether a trace becomes 1 (true) or grows by 1 (false) at a spike.
  static std::optional<bool> growth(const Terms &terms, unsigned trace) {
    const Terms becomes = {{{}, 1}}, grows = {{{}, 1}, {{trace}, 1}};
    if (terms == becomes)
      return true;
    if (terms == grows)
      return false;
    return std::nullopt;
  }

  bool firstOnly(const Form &weight, const std::vector<Form> &post,
                 const Change &up, bool nearest) const {
    if (!weight.unless)
      return !nearest;
    const auto [seen, source] = *weight.unless;
    return nearest && source == *up.trace && seen >= given.preTraces &&
           seen < traces && given.decays[seen] == given.decays[source] &&
           growth(post[seen - given.preTraces].terms, seen) == true;
  }

  Operation *synapses;
  snn::RuleOp rule;
  const network::Plasticity &given;
  unsigned traces; ///< the weight's variable comes after them
};

} // namespace

FailureOr<target::StdpRule>
limen::recogniseRule(Operation *op, const network::Plasticity &rule) {
  const auto attribute =
      op->getAttrOfType<snn::PlasticityAttr>(snn::plasticityName);
  auto found = op->getParentOfType<ModuleOp>().lookupSymbol<snn::RuleOp>(
      attribute.getRule());
  return Recogniser(op, found, rule).run();
}
