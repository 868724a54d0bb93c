#include "compiler/Conversion/SnnToSpin/FixedPlan.h"

#include "compiler/Conversion/SnnToSpin/WholeRanges.h"
#include "dialects/snn/IR/ModelArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace limen;
using target::accum;
using target::FixedFormat;

static constexpr StringLiteral formatsName = "spin.formats";
static constexpr StringLiteral formatName = "spin.format";

/// Formats that the model gives its states or receptors.
static FailureOr<std::vector<FixedFormat>> declared(snn::ModelOp model,
                                                    ArrayAttr names) {
  std::vector<FixedFormat> out;
  const auto given = model->getAttrOfType<DictionaryAttr>(formatsName);
  for (StringRef name : names.getAsValueRange<StringAttr>()) {
    out.push_back(accum);
    const Attribute text = given ? given.get(name) : Attribute();
    if (!text)
      continue;
    auto spelling = dyn_cast<StringAttr>(text);
    Result<FixedFormat> format =
        target::parseFormat(spelling ? spelling.getValue().str() : "");
    if (!format || !format->isSigned)
      return model.emitOpError()
             << formatsName << ": '" << name << "' has the format " << text
             << "; a signed one such as \"s16.15\" was wanted";
    out.back() = *format;
  }
  if (given)
    for (NamedAttribute entry : given) {
      const auto is = [&](StringRef name) {
        return name == entry.getName().getValue();
      };
      if (!llvm::any_of(model.getStates().getAsValueRange<StringAttr>(), is) &&
          !llvm::any_of(model.getReceptors().getAsValueRange<StringAttr>(), is))
        return model.emitOpError()
               << formatsName << ": '" << entry.getName().getValue()
               << "' is no state or receptor of the model";
    }
  return out;
}

std::optional<target::FixedFunction> limen::functionOf(Operation &op) {
  const StringRef name = op.getName().getStringRef();
  if (!name.starts_with("math.") || op.getNumOperands() != 1)
    return std::nullopt;
  return target::parseFixedFunction(name.drop_front(5).str());
}

/// What a target prices for `function`.
static const char *priceOf(target::FixedFunction function) {
  using F = target::FixedFunction;
  switch (function) {
  case F::Exp:
  case F::Exp2:
  case F::Expm1:
    return "exp";
  case F::Log:
  case F::Log1p:
  case F::Log2:
    return "log";
  case F::Sqrt:
    return "sqrt";
  case F::Tanh:
    return "tanh";
  case F::Sin:
  case F::Cos:
    return "sine";
  }
  return "";
}

std::map<std::string, uint64_t> limen::countFunctions(snn::ModelOp model) {
  std::map<std::string, uint64_t> counts;
  Block &step = model.getStep().front();
  llvm::DenseSet<Value> changing;
  for (BlockArgument argument :
       step.getArguments().drop_front(model.getCoefficientCount()))
    changing.insert(argument);
  const auto changes = [&](Value value) { return changing.contains(value); };
  for (Operation &op : step.without_terminator()) {
    if (op.getNumResults() != 1 ||
        !(isa<snn::UniformOp>(op) || llvm::any_of(op.getOperands(), changes)))
      continue;
    changing.insert(op.getResult(0));
    if (const auto function = functionOf(op))
      ++counts[priceOf(*function)];
    else if (isa<arith::DivFOp>(op) && changes(op.getOperand(1)))
      ++counts["divide"];
  }
  return counts;
}

FailureOr<std::vector<FixedFormat>> limen::receptorFormats(snn::ModelOp model) {
  return declared(model, model.getReceptors());
}

namespace {

class Planner {
public:
  Planner(snn::ModelOp model, const network::Model &prepared)
      : model(model), step(model.getStep().front()) {
    plan.coefficients = prepared.coefficients;
  }

  FailureOr<FixedPlan> run() {
    auto states = declared(model, model.getStates());
    auto receptors = declared(model, model.getReceptors());
    if (failed(states) || failed(receptors) || failed(fold()))
      return failure();
    plan.stateFormats = std::move(*states);
    plan.receptorFormats = std::move(*receptors);
    size_t at = model.getCoefficientCount();
    for (FixedFormat format : plan.stateFormats)
      plan.formats[step.getArgument(at++)] = format;
    for (FixedFormat format : plan.receptorFormats)
      plan.formats[step.getArgument(at++)] = format;
    for (Operation &op : step.without_terminator())
      if (failed(visit(op)))
        return failure();
    for (auto [index, operand] :
         llvm::enumerate(step.getTerminator()->getOpOperands()))
      if (isStatic(operand.get()))
        want(operand, index < plan.stateFormats.size()
                          ? plan.stateFormats[index]
                          : accum);
    chooseStorage();
    return std::move(plan);
  }

private:
  /// Values of what does not change; null for what does.
  const snn::Lanes *numbersOf(Value value) const {
    const auto found = numbers.find(value);
    return found == numbers.end() ? nullptr : &found->second;
  }
  bool isStatic(Value value) const { return numbers.contains(value); }

  unsigned addCoefficient(snn::Lanes lanes, StringRef what) {
    if (lanes.isWhole)
      lanes.reals.assign(lanes.wholes.begin(), lanes.wholes.end());
    plan.coefficients.push_back(
        {what.str(), network::Array<double>::own(std::move(lanes.reals))});
    return static_cast<unsigned>(plan.coefficients.size() - 1);
  }

  LogicalResult checkFinite(Operation &op, const snn::Lanes &lanes) {
    for (double value : lanes.reals)
      if (!std::isfinite(value))
        return op.emitOpError()
               << "is not finite for some of the population's coefficients";
    for (int64_t value : lanes.wholes)
      if (value != static_cast<int32_t>(value))
        return op.emitOpError()
               << "is " << value << ", which 32 bits do not hold";
    return success();
  }

  /// Rule 1.
  LogicalResult fold() {
    for (unsigned k = 0; k < model.getCoefficientCount(); ++k) {
      const auto values = plan.coefficients[k].values.values;
      numbers[step.getArgument(k)].reals.assign(values.begin(), values.end());
      plan.constants[step.getArgument(k)] = k;
    }
    for (Operation &op : step.without_terminator()) {
      if (op.getNumResults() != 1 ||
          !(isa<FloatType>(op.getResult(0).getType()) ||
            isWhole(op.getResult(0).getType())))
        continue;
      const bool constant = isa<arith::ConstantOp>(op);
      if (!constant && (op.getNumOperands() == 0 ||
                        !llvm::all_of(op.getOperands(), [&](Value operand) {
                          return isStatic(operand);
                        }))) {
        if (failed(foldDivisor(op)))
          return failure();
        continue;
      }
      SmallVector<const snn::Lanes *> in;
      for (Value operand : op.getOperands())
        in.push_back(numbersOf(operand));
      std::optional<snn::Lanes> out =
          snn::evaluateOp(op, in, 0, /*single=*/false, {});
      if (!out)
        return op.emitOpError() << "cannot be evaluated in a neuron model";
      if (failed(checkFinite(op, *out)))
        return failure();
      if (!constant) {
        plan.constants[op.getResult(0)] =
            addCoefficient(*out, op.getName().getStringRef());
      }
      numbers[op.getResult(0)] = std::move(*out);
    }
    return success();
  }

  LogicalResult foldDivisor(Operation &op) {
    if (!isa<arith::DivFOp>(op) || !isStatic(op.getOperand(1)))
      return success();
    snn::Lanes inverse = *numbersOf(op.getOperand(1));
    for (double &value : inverse.reals)
      value = 1 / value;
    if (failed(checkFinite(op, inverse)))
      return failure();
    reciprocals[&op] = inverse;
    plan.reciprocals[&op] = addCoefficient(std::move(inverse), "reciprocal");
    return success();
  }

  FixedFormat formatOf(Value value) const { return plan.formats.lookup(value); }

  void want(OpOperand &operand, FixedFormat format) {
    plan.wanted[&operand] = format;
  }

  bool holds(FixedFormat format, const snn::Lanes &lanes) const {
    return llvm::all_of(lanes.reals, [&](double x) {
      return x >= format.lowest() && x < format.highest() + format.unit();
    });
  }

  /// What `spin.format` of an op says, or `otherwise`.
  static FailureOr<FixedFormat> given(Operation &op, FixedFormat otherwise) {
    const Attribute text = op.getAttr(formatName);
    if (!text)
      return otherwise;
    auto spelling = dyn_cast<StringAttr>(text);
    Result<FixedFormat> format =
        target::parseFormat(spelling ? spelling.getValue().str() : "");
    if (!format)
      return op.emitOpError() << formatName << ": " << format.error().message;
    return *format;
  }

  /// Rule 3.
  FailureOr<FixedFormat> factorFormat(Operation &op, const snn::Lanes &lanes) {
    if (op.hasAttr(formatName))
      return given(op, accum);
    const bool exact = llvm::all_of(lanes.reals, [](double x) {
      const double units = std::ldexp(x, accum.fraction);
      return units == std::floor(units);
    });
    if (exact)
      return accum;
    for (FixedFormat format : {target::unsignedFract, target::signedFract})
      if (holds(format, lanes))
        return format;
    return accum;
  }

  static FixedFormat common(FixedFormat a, FixedFormat b) {
    return a == b ? a : accum;
  }

  LogicalResult product(Operation &op) {
    for (unsigned k = 0; k < 2; ++k)
      if (const snn::Lanes *lanes = numbersOf(op.getOperand(k))) {
        auto format = factorFormat(op, *lanes);
        if (failed(format))
          return failure();
        want(op.getOpOperand(k), *format);
        const FixedFormat other = formatOf(op.getOperand(1 - k));
        // A fraction times more than a fraction is no fraction.
        plan.formats[op.getResult(0)] =
            other.isFraction() && (!format->isFraction() ||
                                   format->isSigned != other.isSigned)
                ? accum
                : other;
        return success();
      }
    const FixedFormat a = formatOf(op.getOperand(0));
    const FixedFormat b = formatOf(op.getOperand(1));
    plan.formats[op.getResult(0)] = a.isFraction() && a == b ? a : accum;
    return success();
  }

  LogicalResult quotient(Operation &op) {
    if (const auto found = reciprocals.find(&op); found != reciprocals.end()) {
      auto format = factorFormat(op, found->second);
      if (failed(format))
        return failure();
      want(op.getOpOperand(1), *format);
      const FixedFormat other = formatOf(op.getOperand(0));
      plan.formats[op.getResult(0)] = other.isFraction() ? accum : other;
      return success();
    }
    for (OpOperand &operand : op.getOpOperands())
      if (isStatic(operand.get()))
        want(operand, accum);
    plan.formats[op.getResult(0)] = accum;
    return success();
  }

  /// Rule 4. Fractions keep their format only where nothing can leave it.
  LogicalResult alike(Operation &op, unsigned first, bool staysInside) {
    std::optional<FixedFormat> format;
    for (OpOperand &operand : op.getOpOperands().drop_front(first))
      if (!isStatic(operand.get()))
        format = format ? common(*format, formatOf(operand.get()))
                        : formatOf(operand.get());
    FixedFormat chosen = format.value_or(accum);
    if (chosen.isFraction() && !staysInside)
      chosen = accum;
    for (OpOperand &operand : op.getOpOperands().drop_front(first))
      if (const snn::Lanes *lanes = numbersOf(operand.get()))
        if (!holds(chosen, *lanes))
          chosen = accum;
    if (!staysInside) {
      auto own = given(op, chosen);
      if (failed(own))
        return failure();
      chosen = *own;
    }
    for (OpOperand &operand : op.getOpOperands().drop_front(first))
      if (isStatic(operand.get()))
        want(operand, chosen);
    if (isa<FloatType>(op.getResult(0).getType()))
      plan.formats[op.getResult(0)] = chosen;
    return success();
  }

  /// Rule 7. Nothing for an op without integers.
  std::optional<LogicalResult> whole(Operation &op) {
    const auto wantAll = [&](FixedFormat format) {
      for (OpOperand &operand : op.getOpOperands())
        if (isStatic(operand.get()))
          want(operand, format);
      return success();
    };
    if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
      using P = arith::CmpIPredicate;
      if (!isWhole(compare.getLhs().getType()))
        return success();
      return llvm::is_contained({P::eq, P::ne, P::slt, P::sle, P::sgt, P::sge},
                                compare.getPredicate())
                 ? wantAll(wholeFormat)
                 : refuse(op);
    }
    if (isa<arith::SIToFPOp>(op) && isWhole(op.getOperand(0).getType())) {
      auto format = given(op, accum);
      if (failed(format))
        return failure();
      plan.formats[op.getResult(0)] = *format;
      return wantAll(wholeFormat);
    }
    if (isa<arith::FPToSIOp>(op) && isWhole(op.getResult(0).getType()))
      return success();
    if (!isWholeOp(op))
      return std::nullopt;
    const bool ofFlag = op.getOperand(0).getType().isInteger(1);
    if ((isa<arith::ExtUIOp>(op) && !ofFlag) ||
        (isa<arith::ExtSIOp>(op) && ofFlag))
      return refuse(op);
    return wantAll(wholeFormat);
  }

  /// Rule 6.
  LogicalResult function(Operation &op) {
    auto format = given(op, accum);
    if (failed(format))
      return failure();
    plan.formats[op.getResult(0)] = *format;
    return success();
  }

  LogicalResult refuse(Operation &op) {
    return op.emitOpError()
           << "has no s16.15 form; a step for this machine may use addf, subf, "
              "mulf, divf, negf, absf, minimumf, maximumf, cmpf, select, "
              "uitofp of a flag, exp, exp2, expm1, log, log1p, log2, sqrt, "
              "tanh, sin, cos, snn.uniform, logic on flags, signed arithmetic "
              "of integers, fptosi, sitofp and constants, and any op on "
              "coefficients alone";
  }

  LogicalResult visit(Operation &op) {
    if (failed(choose(op)))
      return failure();
    const auto saturates = [&](Value operand) {
      return plan.saturating.contains(operand);
    };
    if (op.getNumResults() == 1 && isa<FloatType>(op.getResult(0).getType()) &&
        !isStatic(op.getResult(0)) &&
        (functionOf(op) || llvm::any_of(op.getOperands(), saturates)))
      plan.saturating.insert(op.getResult(0));
    return success();
  }

  LogicalResult choose(Operation &op) {
    if (op.getNumResults() == 1 && isStatic(op.getResult(0)))
      return success();
    if (functionOf(op))
      return function(op);
    if (const auto done = whole(op))
      return *done;
    return TypeSwitch<Operation *, LogicalResult>(&op)
        .Case([&](arith::MulFOp) { return product(op); })
        .Case([&](arith::DivFOp) { return quotient(op); })
        .Case<arith::AddFOp, arith::SubFOp>(
            [&](auto) { return alike(op, 0, false); })
        .Case<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp,
              arith::MinNumFOp>([&](auto) { return alike(op, 0, true); })
        .Case([&](arith::CmpFOp) { return alike(op, 0, true); })
        .Case([&](arith::SelectOp) -> LogicalResult {
          if (op.getResult(0).getType().isInteger(1))
            return success();
          return isa<FloatType>(op.getResult(0).getType()) ? alike(op, 1, true)
                                                           : refuse(op);
        })
        .Case<arith::NegFOp, math::AbsFOp>([&](auto) {
          const FixedFormat from = formatOf(op.getOperand(0));
          plan.formats[op.getResult(0)] = from.isSigned ? from : accum;
          return success();
        })
        .Case([&](snn::UniformOp) {
          plan.formats[op.getResult(0)] = target::unsignedFract;
          return success();
        })
        .Case([&](arith::UIToFPOp) -> LogicalResult {
          if (!op.getOperand(0).getType().isInteger(1))
            return refuse(op);
          plan.formats[op.getResult(0)] = accum;
          return success();
        })
        .Case([](arith::ConstantOp) { return success(); })
        .Case<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(
            [&](auto) -> LogicalResult {
              return op.getResult(0).getType().isInteger(1) ? success()
                                                            : refuse(op);
            })
        .Default([&](Operation *) { return refuse(op); });
  }

  /// Rule 5: the format of the words that hold a coefficient.
  void chooseStorage() {
    std::vector<std::optional<FixedFormat>> chosen(plan.coefficients.size());
    for (auto [operand, format] : plan.wanted) {
      std::optional<unsigned> index;
      if (plan.reciprocals.contains(operand->getOwner()))
        index = plan.reciprocals.lookup(operand->getOwner());
      else if (plan.constants.contains(operand->get()))
        index = plan.constants.lookup(operand->get());
      if (index)
        chosen[*index] =
            chosen[*index] ? common(*chosen[*index], format) : format;
    }
    for (auto [k, format] : llvm::enumerate(chosen)) {
      // What only the compiler reads may be anything.
      const auto values = plan.coefficients[k].values.values;
      snn::Lanes lanes;
      lanes.reals.assign(values.begin(), values.end());
      plan.coefficientFormats.push_back(format                ? *format
                                        : holds(accum, lanes) ? accum
                                                              : wholeFormat);
    }
  }

  snn::ModelOp model;
  Block &step;
  FixedPlan plan;
  llvm::DenseMap<Value, snn::Lanes> numbers;
  llvm::DenseMap<Operation *, snn::Lanes> reciprocals;
};

} // namespace

FailureOr<FixedPlan> limen::planFixedPoint(snn::ModelOp model,
                                           const network::Model &prepared) {
  return Planner(model, prepared).run();
}
