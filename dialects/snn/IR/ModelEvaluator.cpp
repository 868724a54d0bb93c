#include "dialects/snn/IR/ModelEvaluator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

using Values = std::vector<double>;

double at(const Values &values, size_t i) {
  return values.size() == 1 ? values[0] : values[i];
}

template <typename F> Values map(const Values &a, F f) {
  Values out(a.size());
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = f(a[i]);
  return out;
}

template <typename F> Values map(const Values &a, const Values &b, F f) {
  Values out(std::max(a.size(), b.size()));
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = f(at(a, i), at(b, i));
  return out;
}

bool compare(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  const bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::AlwaysTrue:
    return true;
  case P::OEQ:
    return !unordered && a == b;
  case P::OGT:
    return !unordered && a > b;
  case P::OGE:
    return !unordered && a >= b;
  case P::OLT:
    return !unordered && a < b;
  case P::OLE:
    return !unordered && a <= b;
  case P::ONE:
    return !unordered && a != b;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || a == b;
  case P::UGT:
    return unordered || a > b;
  case P::UGE:
    return unordered || a >= b;
  case P::ULT:
    return unordered || a < b;
  case P::ULE:
    return unordered || a <= b;
  case P::UNE:
    return unordered || a != b;
  case P::UNO:
    return unordered;
  }
  return false;
}

std::optional<Values> evaluateOp(Operation &op, ArrayRef<const Values *> in) {
  using Out = std::optional<Values>;
  return TypeSwitch<Operation *, Out>(&op)
      .Case([&](arith::ConstantOp constant) -> Out {
        if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
          return Values{number.getValueAsDouble()};
        if (auto integer = dyn_cast<IntegerAttr>(constant.getValue()))
          return Values{integer.getType().isInteger(1)
                            ? static_cast<double>(integer.getValue() != 0)
                            : static_cast<double>(integer.getInt())};
        return std::nullopt;
      })
      .Case([&](arith::AddFOp) -> Out {
        return map(*in[0], *in[1], [](double a, double b) { return a + b; });
      })
      .Case([&](arith::SubFOp) -> Out {
        return map(*in[0], *in[1], [](double a, double b) { return a - b; });
      })
      .Case([&](arith::MulFOp) -> Out {
        return map(*in[0], *in[1], [](double a, double b) { return a * b; });
      })
      .Case([&](arith::DivFOp) -> Out {
        return map(*in[0], *in[1], [](double a, double b) { return a / b; });
      })
      .Case([&](arith::NegFOp) -> Out {
        return map(*in[0], [](double a) { return -a; });
      })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>([&](auto) -> Out {
        return map(*in[0], *in[1],
                   [](double a, double b) { return std::max(a, b); });
      })
      .Case<arith::MinimumFOp, arith::MinNumFOp>([&](auto) -> Out {
        return map(*in[0], *in[1],
                   [](double a, double b) { return std::min(a, b); });
      })
      .Case([&](arith::CmpFOp cmp) -> Out {
        return map(*in[0], *in[1], [&](double a, double b) {
          return compare(cmp.getPredicate(), a, b) ? 1.0 : 0.0;
        });
      })
      .Case([&](arith::SelectOp) -> Out {
        Values out(std::max({in[0]->size(), in[1]->size(), in[2]->size()}));
        for (size_t i = 0; i < out.size(); ++i)
          out[i] = at(*in[0], i) != 0 ? at(*in[1], i) : at(*in[2], i);
        return out;
      })
      .Case([&](arith::AndIOp) -> Out {
        return map(*in[0], *in[1], [](double a, double b) {
          return a != 0 && b != 0 ? 1.0 : 0.0;
        });
      })
      .Case([&](arith::OrIOp) -> Out {
        return map(*in[0], *in[1], [](double a, double b) {
          return a != 0 || b != 0 ? 1.0 : 0.0;
        });
      })
      .Case([&](arith::UIToFPOp) -> Out { return *in[0]; })
      .Case([&](math::ExpOp) -> Out {
        return map(*in[0], [](double a) { return std::exp(a); });
      })
      .Case([&](math::LogOp) -> Out {
        return map(*in[0], [](double a) { return std::log(a); });
      })
      .Case([&](math::SqrtOp) -> Out {
        return map(*in[0], [](double a) { return std::sqrt(a); });
      })
      .Case([&](math::TanhOp) -> Out {
        return map(*in[0], [](double a) { return std::tanh(a); });
      })
      .Case([&](math::AbsFOp) -> Out {
        return map(*in[0], [](double a) { return std::abs(a); });
      })
      .Case([&](math::PowFOp) -> Out {
        return map(*in[0], *in[1],
                   [](double a, double b) { return std::pow(a, b); });
      })
      .Default([](Operation *) { return std::nullopt; });
}

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

FailureOr<std::vector<Values>>
limen::snn::evaluate(Block &block, std::vector<Values> arguments, size_t size,
                     bool single) {
  llvm::DenseMap<Value, Values> values;
  for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
    values[argument] = std::move(value);
  for (Operation &op : block.without_terminator()) {
    SmallVector<const Values *> in;
    for (Value operand : op.getOperands())
      in.push_back(&values[operand]);
    std::optional<Values> out = evaluateOp(op, in);
    if (!out)
      return op.emitOpError() << "cannot be evaluated in a neuron model";
    if (single)
      for (double &x : *out)
        x = static_cast<double>(static_cast<float>(x));
    values[op.getResult(0)] = std::move(*out);
  }
  std::vector<Values> results;
  for (Value operand : block.getTerminator()->getOperands())
    results.push_back(values[operand]);
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
    Attribute value = op.getParameters().get(name);
    if (!value)
      value = model.getDefaultsAttr().get(name);
    arguments.push_back(parameterValues(value));
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
    const double initial =
        model.getInitial() ? (*model.getInitial())[index] : 0.0;
    const DictionaryAttr given = op.getInitialAttr();
    const Attribute own = given ? given.get(name) : Attribute();
    prepared.states.push_back(
        {name.str(), network::Array<double>::own(own ? parameterValues(own)
                                                     : Values{initial})});
  }
  for (StringRef name : model.getReceptors().getAsValueRange<StringAttr>())
    prepared.receptors.push_back(name.str());
  return prepared;
}
