// Verifiers of single ops. The labels (dense_c1, ...) are those of SnnOps.td.

#include "dialects/snn/IR/Arrays.h"
#include "dialects/snn/IR/Snn.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/OpImplementation.h"

#include <cmath>

using namespace mlir;
using namespace limen::snn;

static ParseResult parseDistribution(OpAsmParser &parser,
                                     DistributionKindAttr &kind, FloatAttr &a,
                                     FloatAttr &b) {
  StringRef keyword;
  const SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  const std::optional<DistributionKind> found =
      symbolizeDistributionKind(keyword);
  if (!found)
    return parser.emitError(loc)
           << "unknown distribution '" << keyword
           << "'; constant, normal, uniform, lognormal, formed_pair are known";
  double first = 0;
  double second = 0;
  if (parser.parseLParen() || parser.parseFloat(first) || parser.parseComma() ||
      parser.parseFloat(second) || parser.parseRParen())
    return failure();
  kind = DistributionKindAttr::get(parser.getContext(), *found);
  a = parser.getBuilder().getF64FloatAttr(first);
  b = parser.getBuilder().getF64FloatAttr(second);
  return success();
}

static void printDistribution(OpAsmPrinter &printer, Operation *,
                              DistributionKindAttr kind, FloatAttr a,
                              FloatAttr b) {
  printer << stringifyDistributionKind(kind.getValue()) << '(';
  printer.printFloat(a.getValue());
  printer << ", ";
  printer.printFloat(b.getValue());
  printer << ')';
}

#define GET_OP_CLASSES
#include "dialects/snn/IR/SnnOps.cpp.inc"

void InputOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getName());
}
void NeuronOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getName());
}
void ReadoutOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getName());
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

unsigned ModelOp::getCoefficientCount() {
  return getPrepare().front().getTerminator()->getNumOperands();
}

bool ModelOp::isSpiking() {
  return getStep()
      .front()
      .getTerminator()
      ->getOperands()
      .back()
      .getType()
      .isInteger(1);
}

StringRef ModelOp::unitOf(StringRef name) {
  const DictionaryAttr units = getUnitsAttr();
  const auto unit = units ? units.getAs<StringAttr>(name) : StringAttr();
  return unit ? unit.getValue() : StringRef();
}

static LogicalResult verifyUnits(ModelOp op) {
  const DictionaryAttr units = op.getUnitsAttr();
  if (!units)
    return success();
  for (NamedAttribute entry : units) {
    const StringRef name = entry.getName().strref();
    const auto has = [&](ArrayAttr names) {
      return llvm::is_contained(names.getAsValueRange<StringAttr>(), name);
    };
    if (!has(op.getParameters()) && !has(op.getStates()) &&
        !has(op.getReceptors()))
      return op.emitOpError() << "unit of '" << name
                              << "', which is no parameter, state or receptor";
    const auto unit = dyn_cast<StringAttr>(entry.getValue());
    if (!unit ||
        !llvm::is_contained({"s", "Hz", "mV", "nA", "nF", "uS", "MOhm"}, unit))
      return op.emitOpError()
             << "'" << name << "' has the unit " << entry.getValue()
             << "; s, Hz, mV, nA, nF, uS or MOhm was wanted";
  }
  return success();
}

LogicalResult ModelOp::verifyRegions() {
  Block &prepare = getPrepare().front();
  Block &step = getStep().front();
  for (Block *block : {&prepare, &step})
    if (block->empty() || !isa<YieldOp>(block->back()))
      return emitOpError() << "each region must end with snn.yield";
  auto yieldsOf = [](Block &block) {
    return llvm::to_vector(block.getTerminator()->getOperandTypes());
  };

  // model_c1
  if (prepare.getNumArguments() != getParameters().size() + 1)
    return emitOpError() << "prepare takes " << prepare.getNumArguments()
                         << " arguments; dt and " << getParameters().size()
                         << " parameters were wanted";
  for (Type type : prepare.getArgumentTypes())
    if (!type.isF64())
      return emitOpError() << "prepare works in f64, got " << type;
  for (Type type : yieldsOf(prepare))
    if (!type.isF64())
      return emitOpError() << "prepare yields f64, got " << type;

  // model_c2
  const size_t wanted =
      getCoefficientCount() + getStates().size() + getReceptors().size();
  if (step.getNumArguments() != wanted)
    return emitOpError() << "step takes " << step.getNumArguments()
                         << " arguments; " << getCoefficientCount()
                         << " coefficients, " << getStates().size()
                         << " states and " << getReceptors().size()
                         << " receptors were wanted";
  for (Type type : step.getArgumentTypes())
    if (!type.isF32())
      return emitOpError() << "step works in f32, got " << type;

  // model_c3
  const SmallVector<Type> results = yieldsOf(step);
  if (results.size() != getStates().size() + 1)
    return emitOpError() << "step yields " << results.size() << " values; "
                         << getStates().size()
                         << " states and an output were wanted";
  for (Type type : llvm::drop_end(results))
    if (!type.isF32())
      return emitOpError() << "a state must be f32, got " << type;
  if (Type output = results.back(); !output.isF32() && !output.isInteger(1))
    return emitOpError() << "the output must be i1 (a spike) or f32 (a value), "
                            "got "
                         << output;

  // model_c4
  if (const ArrayAttr initial = getInitialAttr()) {
    if (initial.size() != getStates().size())
      return emitOpError() << "initial has " << initial.size()
                           << " numbers for " << getStates().size()
                           << " states";
    for (Attribute value : initial) {
      auto name = dyn_cast<StringAttr>(value);
      if (!isa<FloatAttr>(value) &&
          !(name && llvm::is_contained(getParameters(), value)))
        return emitOpError() << "initial value " << value
                             << " is neither a number nor a parameter";
    }
  }

  // model_c5
  if (DictionaryAttr defaults = getDefaultsAttr())
    for (NamedAttribute entry : defaults) {
      if (!llvm::is_contained(getParameters().getAsValueRange<StringAttr>(),
                              entry.getName().strref()))
        return emitOpError() << "default '" << entry.getName().strref()
                             << "' is not a parameter";
      if (!isa<FloatAttr>(entry.getValue()))
        return emitOpError() << "default '" << entry.getName().strref()
                             << "' must be a number";
    }

  // model_c6
  for (Block *block : {&prepare, &step})
    for (Operation &op : block->without_terminator())
      if (StringRef dialect = op.getName().getDialectNamespace();
          dialect != "arith" && dialect != "math" &&
          !(block == &step && isa<UniformOp>(op)))
        return op.emitOpError()
               << "is not allowed in a neuron model; only arith and math are, "
                  "and snn.uniform in its step";
      else
        for (Type type : op.getResultTypes())
          if (!type.isIntOrFloat())
            return op.emitOpError()
                   << "yields " << type << "; a neuron model works on scalars";

  // model_c7
  return verifyUnits(*this);
}

//===----------------------------------------------------------------------===//
// Inputs and neurons
//===----------------------------------------------------------------------===//

LogicalResult InputOp::verify() {
  // input_c1
  const ElementsAttr events = getEventsAttr();
  if (!events)
    return success();
  const ShapedType type = events.getShapedType();
  if (!type.getElementType().isInteger(32) || type.getRank() != 2 ||
      type.getDimSize(1) != 2)
    return emitOpError() << "events must be i32 of shape [n, 2], got " << type;
  std::vector<int32_t> storage;
  const ArrayRef<int32_t> values = integersOf(events, storage);
  if (static_cast<int64_t>(values.size()) != type.getNumElements())
    return emitOpError() << "events are elided";
  int32_t last = 0;
  for (size_t i = 0; i < values.size(); i += 2) {
    if (values[i] < last)
      return emitOpError() << "event " << i / 2 << " is in step " << values[i]
                           << " after one in step " << last;
    last = values[i];
    if (values[i + 1] < 0 || values[i + 1] >= sizeOf(getType()))
      return emitOpError() << "event " << i / 2 << " is at element "
                           << values[i + 1] << " of " << sizeOf(getType());
  }
  return success();
}

/// A parameter or an initial state, as `kind` says.
static LogicalResult verifyValue(NeuronOp op, StringRef kind, StringRef name,
                                 Attribute value) {
  const int64_t size = sizeOf(op.getType());
  if (isa<FloatAttr>(value))
    return success();
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || !elements.getElementType().isF64())
    return op.emitOpError()
           << kind << " '" << name << "' must be a number or an f64 tensor";
  if (failed(verifyArray(
          op, "values of " + kind.str() + " '" + name.str() + "'", elements)))
    return failure();
  // neuron_c3
  if (elements.getNumElements() != 1 && elements.getNumElements() != size)
    return op.emitOpError()
           << kind << " '" << name << "' has " << elements.getNumElements()
           << " elements for " << size << " neurons; 1 or " << size
           << " were wanted";
  return success();
}

/// Whether a model has what its verifier asks for first. Neurons may be
/// verified before a model that stands below them.
static bool hasForm(ModelOp model) {
  if (model->getNumRegions() != 2)
    return false;
  for (ArrayAttr names : {model.getParametersAttr(), model.getStatesAttr(),
                          model.getReceptorsAttr()})
    if (!names || !llvm::all_of(names, llvm::IsaPred<StringAttr>))
      return false;
  for (Region *region : {&model.getPrepare(), &model.getStep()})
    if (!region->hasOneBlock() || region->front().empty() ||
        !isa<YieldOp>(region->front().back()))
      return false;
  return model.getStep().front().back().getNumOperands() != 0;
}

LogicalResult NeuronOp::verifySymbolUses(SymbolTableCollection &tables) {
  // neuron_c1
  auto module = (*this)->getParentOfType<ModuleOp>();
  auto model = tables.lookupSymbolIn<ModelOp>(module, getModelAttr());
  if (!model) {
    InFlightDiagnostic error = emitOpError() << "model " << getModelAttr()
                                             << " does not exist";
    for (ModelOp known : module.getOps<ModelOp>())
      if (const StringAttr name = known.getSymNameAttr())
        error.attachNote(known.getLoc()) << "known model @" << name.getValue();
    return error;
  }
  if (!hasForm(model))
    return success(); // the model reports it
  // neuron_c2
  DictionaryAttr defaults = model.getDefaultsAttr();
  for (StringRef name : model.getParameters().getAsValueRange<StringAttr>())
    if (!getParameters().get(name) && (!defaults || !defaults.get(name)))
      return emitOpError() << "lacks the parameter '" << name << "' of model "
                           << getModelAttr();
  for (NamedAttribute entry : getParameters()) {
    if (!llvm::is_contained(model.getParameters().getAsValueRange<StringAttr>(),
                            entry.getName().strref())) {
      InFlightDiagnostic error = emitOpError()
                                 << "parameter '" << entry.getName().strref()
                                 << "' is not one of model " << getModelAttr();
      error.attachNote(model.getLoc())
          << "its parameters are " << model.getParameters();
      return error;
    }
    if (failed(verifyValue(*this, "parameter", entry.getName().strref(),
                           entry.getValue())))
      return failure();
  }
  // neuron_c7
  if (const DictionaryAttr initial = getInitialAttr())
    for (NamedAttribute entry : initial) {
      const StringRef name = entry.getName().strref();
      if (!llvm::is_contained(model.getStates().getAsValueRange<StringAttr>(),
                              name))
        return emitOpError()
               << "initial value of '" << name
               << "', which is not a state of model " << getModelAttr()
               << "; its states are " << model.getStates();
      if (failed(verifyValue(*this, "initial", name, entry.getValue())))
        return failure();
    }
  // neuron_c5
  for (int32_t receptor : getReceptors().value_or(ArrayRef<int32_t>()))
    if (receptor < 0 ||
        receptor >= static_cast<int32_t>(model.getReceptors().size()))
      return emitOpError() << "receptor " << receptor
                           << " does not exist; model " << getModelAttr()
                           << " has " << model.getReceptors();
  // neuron_c6
  if (model.isSpiking() != isa<SpikesType>(getType()))
    return emitOpError() << "model " << getModelAttr() << " yields "
                         << (model.isSpiking() ? "spikes" : "values")
                         << ", but the result is " << getType();
  return success();
}

LogicalResult NeuronOp::verify() {
  // neuron_c4
  for (Value current : getCurrents())
    if (sizeOf(current.getType()) != sizeOf(getType()))
      return emitOpError() << "current " << current.getType()
                           << " does not match the population's shape "
                           << getType();
  // neuron_c5
  if (getReceptors() && getReceptors()->size() != getCurrents().size())
    return emitOpError() << "receptors has " << getReceptors()->size()
                         << " entries for " << getCurrents().size()
                         << " operands";
  return success();
}
