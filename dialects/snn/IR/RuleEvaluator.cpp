#include "dialects/snn/IR/RuleEvaluator.h"

#include "dialects/snn/IR/ModelEvaluator.h"

#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::snn;

FailureOr<network::Plasticity> limen::snn::prepareRule(Operation *op) {
  const auto attribute = op->getAttrOfType<PlasticityAttr>(plasticityName);
  auto rule =
      op->getParentOfType<ModuleOp>().lookupSymbol<RuleOp>(attribute.getRule());
  if (!rule)
    return op->emitOpError()
           << "rule " << attribute.getRule() << " does not exist";
  std::vector<std::vector<double>> arguments = {
      {op->getParentOfType<NetworkOp>().getDt().convertToDouble()}};
  for (StringRef name : rule.getParameters().getAsValueRange<StringAttr>()) {
    Attribute value = attribute.getParameters().get(name);
    if (!value)
      value = rule.getDefaultsAttr().get(name);
    arguments.push_back(parameterValues(value));
  }
  auto values = evaluate(rule.getPrepare().front(), std::move(arguments), 1,
                         /*single=*/false);
  if (failed(values))
    return failure();

  network::Plasticity out;
  out.rule = rule.getSymName().str();
  out.preTraces = rule.getPre().size();
  out.postTraces = rule.getPost().size();
  const std::string prefix = "rule_" + out.rule + "_";
  out.onPre = prefix + "on_pre";
  out.onPost = prefix + "on_post";
  out.preTrace = prefix + "pre_trace";
  out.postTrace = prefix + "post_trace";
  const unsigned traces = out.preTraces + out.postTraces;
  for (unsigned k = 0; k < values->size(); ++k) {
    const double value = (*values)[k].front();
    if (!std::isfinite(value))
      return op->emitOpError()
             << "value " << k << " that rule " << attribute.getRule()
             << " prepares is not finite: check time constants of zero";
    if (k < traces && !(value >= 0 && value <= 1))
      return op->emitOpError()
             << "trace " << k << " of rule " << attribute.getRule()
             << " is multiplied by " << value
             << " in each step; 0 to 1 was wanted: check its time constant";
    if (k < traces)
      out.decays.push_back(value);
    else if (k == traces)
      out.lowest = value;
    else if (k == traces + 1)
      out.highest = value;
    else
      out.coefficients.push_back(value);
  }
  if (out.lowest > out.highest)
    return op->emitOpError()
           << "rule " << attribute.getRule() << " keeps weights between "
           << out.lowest << " and " << out.highest
           << "; the lowest must not be above the highest";
  return out;
}
