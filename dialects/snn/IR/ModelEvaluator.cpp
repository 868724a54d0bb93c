#include "dialects/snn/IR/ModelEvaluator.h"

#include "dialects/snn/IR/ModelArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

using Values = std::vector<double>;

network::StepOps countOps(Block &step) {
  network::StepOps ops;
  for (Operation &op : step.without_terminator())
    TypeSwitch<Operation *>(&op)
        .Case<arith::AddFOp, arith::SubFOp>([&](auto) { ++ops.add; })
        .Case([&](arith::MulFOp) { ++ops.multiply; })
        .Case<arith::CmpFOp, arith::MaximumFOp, arith::MinimumFOp>(
            [&](auto) { ++ops.compare; })
        .Case([&](arith::SelectOp) { ++ops.select; })
        .Case([](arith::ConstantOp) {})
        .Default([&](Operation *) { ++ops.other; });
  return ops;
}

} // namespace

/// What `evaluate` takes and returns, as Lanes and back.
static Lanes lanesOf(Type type, Values values) {
  Lanes lanes;
  lanes.isWhole = type.isInteger();
  if (lanes.isWhole)
    lanes.wholes.assign(values.begin(), values.end());
  else
    lanes.reals = std::move(values);
  return lanes;
}

static Values valuesOf(const Lanes &lanes) {
  return lanes.isWhole ? Values(lanes.wholes.begin(), lanes.wholes.end())
                       : lanes.reals;
}

FailureOr<std::vector<Values>>
limen::snn::evaluate(Block &block, std::vector<Values> arguments, size_t size,
                     bool single, const Draws &draws) {
  llvm::DenseMap<Value, Lanes> values;
  for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
    values[argument] = lanesOf(argument.getType(), std::move(value));
  for (Operation &op : block.without_terminator()) {
    SmallVector<const Lanes *> in;
    for (Value operand : op.getOperands())
      in.push_back(&values[operand]);
    std::optional<Lanes> out = evaluateOp(op, in, size, single, draws);
    if (!out)
      return op.emitOpError() << "cannot be evaluated in a neuron model";
    values[op.getResult(0)] = std::move(*out);
  }
  std::vector<Values> results;
  for (Value operand : block.getTerminator()->getOperands())
    results.push_back(valuesOf(values[operand]));
  return results;
}

std::vector<double> limen::snn::parameterValues(Attribute attribute) {
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return {number.getValueAsDouble()};
  auto elements = cast<ElementsAttr>(attribute);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    const ArrayRef<char> bytes = resource.getData();
    const auto *first = reinterpret_cast<const double *>(bytes.data());
    return {first, first + bytes.size() / sizeof(double)};
  }
  std::vector<double> values;
  for (double value : elements.getValues<double>())
    values.push_back(value);
  return values;
}

/// What `op` gives for a parameter, or the model's default.
static Attribute parameterOf(NeuronOp op, ModelOp model, StringRef name) {
  const Attribute value = op.getParameters().get(name);
  return value ? value : model.getDefaultsAttr().get(name);
}

FailureOr<network::Model> limen::snn::prepareModel(NeuronOp op) {
  auto module = op->getParentOfType<ModuleOp>();
  auto model = module.lookupSymbol<ModelOp>(op.getModelAttr());
  auto network = op->getParentOfType<NetworkOp>();
  if (!model)
    return op.emitOpError()
           << "model " << op.getModelAttr() << " does not exist";
  const size_t size = sizeOf(op.getType());

  std::vector<Values> arguments = {{network.getDt().convertToDouble()}};
  for (StringRef name : model.getParameters().getAsValueRange<StringAttr>()) {
    arguments.push_back(parameterValues(parameterOf(op, model, name)));
  }
  FailureOr<std::vector<Values>> coefficients = evaluate(
      model.getPrepare().front(), std::move(arguments), size, /*single=*/false);
  if (failed(coefficients))
    return failure();

  network::Model prepared;
  prepared.name = model.getSymName().str();
  prepared.spiking = model.isSpiking();
  prepared.ops = countOps(model.getStep().front());
  for (auto [index, values] : llvm::enumerate(*coefficients)) {
    for (double value : values)
      if (!std::isfinite(value))
        return op.emitOpError()
               << "coefficient " << index << " of model " << op.getModelAttr()
               << " is not finite: check time constants of zero";
    prepared.coefficients.push_back(
        {"c" + std::to_string(index),
         network::Array<double>::own(std::move(values))});
  }
  for (auto [index, name] :
       llvm::enumerate(model.getStates().getAsValueRange<StringAttr>())) {
    Values initial = {0.0};
    if (const ArrayAttr given = model.getInitialAttr()) {
      Attribute value = given[index];
      if (auto parameter = dyn_cast<StringAttr>(value))
        value = parameterOf(op, model, parameter);
      initial = parameterValues(value);
    }
    prepared.states.push_back(
        {name.str(), network::Array<double>::own(std::move(initial))});
  }
  for (StringRef name : model.getReceptors().getAsValueRange<StringAttr>())
    prepared.receptors.push_back(name.str());
  return prepared;
}
