#include "dialects/snn/Transforms/NeuronRules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace limen::snn;

static Value spikeOf(ModelOp model) {
  return model.getStep().front().getTerminator()->getOperands().back();
}

/// `value` if it is a comparison with > or >=.
static arith::CmpFOp greaterThan(Value value) {
  auto compare = value.getDefiningOp<arith::CmpFOp>();
  const bool greater =
      compare &&
      llvm::is_contained({arith::CmpFPredicate::OGT, arith::CmpFPredicate::UGT,
                          arith::CmpFPredicate::OGE, arith::CmpFPredicate::UGE},
                         compare.getPredicate());
  return greater ? compare : arith::CmpFOp();
}

/// The comparison v > threshold that yields the spike, alone or together with
/// another condition (no refractory time); null after a diagnostic.
static arith::CmpFOp comparisonOf(ModelOp model) {
  if (arith::CmpFOp compare = greaterThan(spikeOf(model)))
    return compare;
  if (auto both = spikeOf(model).getDefiningOp<arith::AndIOp>())
    for (Value condition : both->getOperands())
      if (arith::CmpFOp compare = greaterThan(condition))
        return compare;
  model.emitOpError() << "does not compare with > or >= to spike, so its rule "
                         "cannot be changed";
  return {};
}

LogicalResult limen::snn::setSpikeRule(ModelOp model, SpikeRule rule) {
  if (!model.isSpiking())
    return success();
  arith::CmpFOp compare = comparisonOf(model);
  if (!compare)
    return failure();
  compare.setPredicate(rule == SpikeRule::Greater ? arith::CmpFPredicate::OGT
                                                  : arith::CmpFPredicate::OGE);
  return success();
}

LogicalResult limen::snn::setResetRule(ModelOp model, ResetRule rule) {
  if (!model.isSpiking() || model.getStates().empty() ||
      rule == ResetRule::Zero)
    return success();
  arith::CmpFOp compare = comparisonOf(model);
  if (!compare)
    return failure();
  bool changed = false;
  for (Value state :
       model.getStep().front().getTerminator()->getOperands().drop_back()) {
    auto select = state.getDefiningOp<arith::SelectOp>();
    if (!select || select.getCondition() != spikeOf(model) ||
        select.getFalseValue() != compare.getLhs())
      continue;
    OpBuilder builder(select);
    const Value rest = arith::SubFOp::create(
        builder, select.getLoc(), compare.getLhs(), compare.getRhs());
    select.getTrueValueMutable().assign(rest);
    changed = true;
  }
  if (!changed)
    return model.emitOpError()
           << "has no state that the spike resets, so reset by subtraction "
              "cannot be set";
  return success();
}

/// The states that a spike resets: selects between a reset value and the
/// compared value.
static SmallVector<unsigned> resetStates(ModelOp model, arith::CmpFOp compare) {
  SmallVector<unsigned> found;
  for (auto [k, state] : llvm::enumerate(
           model.getStep().front().getTerminator()->getOperands().drop_back()))
    if (auto select = state.getDefiningOp<arith::SelectOp>();
        select && select.getCondition() == compare.getResult() &&
        select.getFalseValue() == compare.getLhs())
      found.push_back(k);
  return found;
}

LogicalResult limen::snn::setSpikeTiming(ModelOp model, SpikeTiming timing) {
  if (!model.isSpiking() || model.getStates().empty() ||
      timing == SpikeTiming::SameStep)
    return success();
  arith::CmpFOp compare = comparisonOf(model);
  if (!compare)
    return failure();
  const SmallVector<unsigned> states = resetStates(model, compare);
  if (states.size() != 1)
    return model.emitOpError()
           << "resets " << states.size()
           << " states on a spike, so the time of its reset cannot be set; one "
              "was wanted";
  Block &step = model.getStep().front();
  Operation *yield = step.getTerminator();
  // What the last step left decides.
  const Value left =
      step.getArgument(model.getCoefficientCount() + states.front());
  const Location loc = compare.getLoc();
  OpBuilder builder(compare);
  auto early = arith::CmpFOp::create(builder, loc, compare.getPredicate(), left,
                                     compare.getRhs());
  Value spike = early;
  if (timing == SpikeTiming::ResetLater) {
    builder.setInsertionPoint(yield);
    spike = arith::CmpFOp::create(builder, loc, compare.getPredicate(),
                                  yield->getOperand(states.front()),
                                  compare.getRhs());
  }
  yield->setOperand(yield->getNumOperands() - 1, spike);
  compare.getResult().replaceAllUsesWith(early.getResult());
  compare.erase();
  return success();
}

//===----------------------------------------------------------------------===//
// Schemes
//===----------------------------------------------------------------------===//

namespace {

/// A term of a sum, and whether it is subtracted.
struct Term {
  Value value;
  bool negative = false;
};

void collectTerms(Value sum, bool negative, SmallVectorImpl<Term> &out) {
  Operation *op = sum.getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::SubFOp>(op)) {
    out.push_back({sum, negative});
    return;
  }
  collectTerms(op->getOperand(0), negative, out);
  collectTerms(op->getOperand(1), negative != isa<arith::SubFOp>(op), out);
}

/// Whether `value` is made of coefficients and `state` alone.
bool isLeak(Value value, Value state, unsigned coefficients) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument == state || argument.getArgNumber() < coefficients;
  return llvm::all_of(value.getDefiningOp()->getOperands(), [&](Value operand) {
    return isLeak(operand, state, coefficients);
  });
}

/// The terms added up. The first one's sign is left out and returned in
/// `negative`: the whole sum counts with it.
Value addUp(OpBuilder &builder, Location loc, ArrayRef<Term> terms,
            bool &negative) {
  negative = terms.front().negative;
  Value sum = terms.front().value;
  for (const Term &term : terms.drop_front())
    sum =
        term.negative == negative
            ? arith::AddFOp::create(builder, loc, sum, term.value).getResult()
            : arith::SubFOp::create(builder, loc, sum, term.value).getResult();
  return sum;
}

/// Gives `leak` terms of the product `rate` * (sum) the new coefficient
/// `decay`, in place. Fails where the product is not the change of a state.
LogicalResult splitChange(ModelOp model, BlockArgument rate,
                          BlockArgument decay) {
  const unsigned coefficients = model.getCoefficientCount();
  for (Operation *user : llvm::make_early_inc_range(rate.getUsers())) {
    auto change = dyn_cast<arith::MulFOp>(user);
    BlockArgument state;
    if (change && change->hasOneUse())
      if (auto next = dyn_cast<arith::AddFOp>(*change->user_begin()))
        state = dyn_cast<BlockArgument>(next.getLhs() == change.getResult()
                                            ? next.getRhs()
                                            : next.getLhs());
    if (!state || state.getArgNumber() < coefficients)
      return user->emitOpError()
             << "uses dt / tau other than as the factor of a state's change, "
                "so leak and input cannot be told apart";
    const Value slope =
        change.getLhs() == rate ? change.getRhs() : change.getLhs();
    SmallVector<Term> terms, leak, drive;
    collectTerms(slope, false, terms);
    for (const Term &term : terms)
      (isLeak(term.value, state, coefficients) ? leak : drive).push_back(term);
    if (leak.empty())
      continue;
    OpBuilder builder(change);
    const Location loc = change.getLoc();
    bool negative = false;
    const Value leakSum = addUp(builder, loc, leak, negative);
    Value total = arith::MulFOp::create(builder, loc, decay, leakSum);
    if (drive.empty()) {
      if (negative)
        total = arith::NegFOp::create(builder, loc, total);
    } else {
      bool opposed = false;
      const Value driveSum = addUp(builder, loc, drive, opposed);
      const Value gain = arith::MulFOp::create(builder, loc, rate, driveSum);
      if (opposed && negative)
        total = arith::NegFOp::create(
            builder, loc, arith::AddFOp::create(builder, loc, total, gain));
      else if (opposed)
        total = arith::SubFOp::create(builder, loc, total, gain);
      else if (negative)
        total = arith::SubFOp::create(builder, loc, gain, total);
      else
        total = arith::AddFOp::create(builder, loc, total, gain);
    }
    change.getResult().replaceAllUsesWith(total);
    change.erase();
  }
  return success();
}

/// 1 - exp(-dt / tau), after the division `divide`.
Value decayOf(arith::DivFOp divide, Operation *&negation) {
  OpBuilder builder(divide);
  builder.setInsertionPointAfter(divide);
  const Location loc = divide.getLoc();
  const Value negative = arith::NegFOp::create(builder, loc, divide);
  negation = negative.getDefiningOp();
  const Value decay = math::ExpOp::create(builder, loc, negative);
  const Value one =
      arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(1.0));
  return arith::SubFOp::create(builder, loc, one, decay);
}

} // namespace

/// Yields `value` of `prepare` as one more coefficient, the last.
static BlockArgument addCoefficient(ModelOp model, Value value) {
  const unsigned count = model.getCoefficientCount();
  Operation *yield = model.getPrepare().front().getTerminator();
  yield->insertOperands(count, value);
  return model.getStep().front().insertArgument(
      count, Float32Type::get(model.getContext()), value.getLoc());
}

LogicalResult limen::snn::setScheme(ModelOp model, Scheme scheme) {
  if (scheme == Scheme::Euler)
    return success();
  Block &prepare = model.getPrepare().front();
  for (auto divide :
       llvm::make_early_inc_range(prepare.getOps<arith::DivFOp>())) {
    auto tau = dyn_cast<BlockArgument>(divide.getRhs());
    // Argument 0 is dt, the parameters follow.
    if (divide.getLhs() != prepare.getArgument(0) || !tau ||
        tau.getArgNumber() == 0 ||
        !cast<StringAttr>(model.getParameters()[tau.getArgNumber() - 1])
             .getValue()
             .starts_with("tau"))
      continue;
    Operation *negation = nullptr;
    const Value decay = decayOf(divide, negation);
    if (scheme == Scheme::Exponential) {
      divide.getResult().replaceAllUsesExcept(decay, negation);
      continue;
    }
    const BlockArgument coefficient = addCoefficient(model, decay);
    for (auto [k, yielded] :
         llvm::enumerate(prepare.getTerminator()->getOperands()))
      if (yielded == divide.getResult() &&
          failed(splitChange(model, model.getStep().front().getArgument(k),
                             coefficient)))
        return failure();
  }
  return success();
}
