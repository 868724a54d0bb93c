// Verifiers of single ops. The labels (dense_c1, ...) are those of SnnOps.td.

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
  return success();
}

//===----------------------------------------------------------------------===//
// Neurons
//===----------------------------------------------------------------------===//

static LogicalResult verifyParameter(NeuronOp op, StringRef name,
                                     Attribute value) {
  const int64_t size = sizeOf(op.getType());
  if (isa<FloatAttr>(value))
    return success();
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || !elements.getElementType().isF64())
    return op.emitOpError()
           << "parameter '" << name << "' must be a number or an f64 tensor";
  // neuron_c3
  if (elements.getNumElements() != 1 && elements.getNumElements() != size)
    return op.emitOpError()
           << "parameter '" << name << "' has " << elements.getNumElements()
           << " elements for " << size << " neurons; 1 or " << size
           << " were wanted";
  return success();
}

LogicalResult NeuronOp::verifySymbolUses(SymbolTableCollection &tables) {
  // neuron_c1
  auto module = (*this)->getParentOfType<ModuleOp>();
  auto model = tables.lookupSymbolIn<ModelOp>(module, getModelAttr());
  if (!model) {
    InFlightDiagnostic error = emitOpError() << "model " << getModelAttr()
                                             << " does not exist";
    for (ModelOp known : module.getOps<ModelOp>())
      error.attachNote(known.getLoc()) << "known model @" << known.getSymName();
    return error;
  }
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
    if (failed(
            verifyParameter(*this, entry.getName().strref(), entry.getValue())))
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
