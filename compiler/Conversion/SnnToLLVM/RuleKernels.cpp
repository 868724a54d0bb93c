#include "compiler/Conversion/SnnToLLVM/RuleKernels.h"

#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace limen;

namespace {

/// Builds steps (as StepToLLVM takes them) around the events of one rule. They
/// stand in regions of a rule of their own until they are compiled.
class EventBuilder {
public:
  EventBuilder(ModuleOp module, snn::RuleOp rule, Type element)
      : module(module), rule(rule), element(element),
        builder(rule.getContext()) {}

  LogicalResult run() {
    return success(
        succeeded(weights("on_pre", rule.getOnPre().front())) &&
        succeeded(weights("on_post", rule.getOnPost().front())) &&
        succeeded(traces("pre_trace", rule.getOnPre().front(), 0,
                         rule.getPre().size())) &&
        succeeded(traces("post_trace", rule.getOnPost().front(),
                         rule.getPre().size(), rule.getPost().size())));
  }

private:
  unsigned coefficients() { return rule.getCoefficientCount(); }
  unsigned traceCount() { return rule.getPre().size() + rule.getPost().size(); }

  /// Clones `event` into `into`; `mapping` has its arguments.
  SmallVector<Value> clone(Block &event, Block &into, IRMapping &mapping) {
    builder.setInsertionPointToEnd(&into);
    for (Operation &op : event.without_terminator())
      builder.clone(op, mapping);
    SmallVector<Value> out;
    for (Value value : event.getTerminator()->getOperands())
      out.push_back(mapping.lookup(value));
    return out;
  }

  Value argument(Block &block) {
    return block.addArgument(builder.getF32Type(), rule.getLoc());
  }

  LogicalResult compile(StringRef name, Block &step, unsigned states,
                        unsigned inputs) {
    StepSignature signature;
    signature.states = states;
    signature.receptors = inputs;
    signature.uniform.assign(coefficients() + 2, true);
    return buildStepKernel(module,
                           ("rule_" + rule.getSymName() + "_" + name).str(),
                           step, signature, element);
  }

  LogicalResult weights(StringRef name, Block &event) {
    OwningOpRef<snn::RuleOp> holder = rule.cloneWithoutRegions();
    Block &step = holder->getOnPre().emplaceBlock();
    IRMapping mapping;
    const unsigned first = coefficients();
    for (unsigned k = 0; k < first; ++k)
      mapping.map(event.getArgument(k), argument(step));
    Value lowest = argument(step), highest = argument(step);
    mapping.map(event.getArguments().back(), argument(step));
    for (unsigned k = 0; k < traceCount(); ++k)
      mapping.map(event.getArgument(first + k), argument(step));
    Value weight = clone(event, step, mapping).back();
    const Location loc = rule.getLoc();
    weight = arith::MaximumFOp::create(builder, loc, weight, lowest);
    weight = arith::MinimumFOp::create(builder, loc, weight, highest);
    snn::YieldOp::create(builder, loc, ValueRange{weight, weight});
    return compile(name, step, 1, traceCount());
  }

  LogicalResult traces(StringRef name, Block &event, unsigned begin,
                       unsigned count) {
    if (count == 0)
      return success();
    OwningOpRef<snn::RuleOp> holder = rule.cloneWithoutRegions();
    Block &step = holder->getOnPre().emplaceBlock();
    builder.setInsertionPointToEnd(&step);
    IRMapping mapping;
    const unsigned first = coefficients();
    for (unsigned k = 0; k < first; ++k)
      mapping.map(event.getArgument(k), argument(step));
    argument(step); // the bounds
    argument(step);
    for (unsigned k = 0; k < count; ++k)
      mapping.map(event.getArgument(first + begin + k), argument(step));
    // What new traces do not depend on (rule_c4) may have any value.
    Value none = arith::ConstantOp::create(builder, rule.getLoc(),
                                           builder.getF32FloatAttr(0));
    for (BlockArgument other : event.getArguments())
      if (!mapping.contains(other))
        mapping.map(other, none);
    SmallVector<Value> out = clone(event, step, mapping);
    out.back() = out.front();
    snn::YieldOp::create(builder, rule.getLoc(), out);
    return compile(name, step, count, 0);
  }

  ModuleOp module;
  snn::RuleOp rule;
  Type element;
  OpBuilder builder;
};

} // namespace

LogicalResult limen::buildRuleKernels(ModuleOp module, snn::RuleOp rule,
                                      Type element) {
  if (module.lookupSymbol(("rule_" + rule.getSymName() + "_on_pre").str()))
    return success();
  return EventBuilder(module, rule, element).run();
}
