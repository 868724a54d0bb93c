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

void limen::snn::setScheme(ModelOp model, Scheme scheme) {
  if (scheme == Scheme::Euler)
    return;
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
    OpBuilder builder(model.getContext());
    builder.setInsertionPointAfter(divide);
    const Location loc = divide.getLoc();
    const Value negative =
        arith::NegFOp::create(builder, loc, divide.getResult());
    const Value decay = math::ExpOp::create(builder, loc, negative);
    const Value one =
        arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(1.0));
    const Value rate = arith::SubFOp::create(builder, loc, one, decay);
    divide.getResult().replaceAllUsesExcept(rate, negative.getDefiningOp());
  }
}
