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
  if (getInitial() && getInitial()->size() != getStates().size())
    return emitOpError() << "initial has " << getInitial()->size()
                         << " numbers for " << getStates().size() << " states";

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
          dialect != "arith" && dialect != "math")
        return op.emitOpError()
               << "is not allowed in a neuron model; only arith and math are";
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

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

static LogicalResult verifyWeights(Operation *op, StringRef what,
                                   ElementsAttr weights) {
  if (!weights)
    return success();
  if (!weights.getElementType().isF32())
    return op->emitOpError()
           << what << " must be f32, got " << weights.getElementType();
  auto resource = dyn_cast<DenseResourceElementsAttr>(weights);
  if (!resource)
    return success();
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return op->emitOpError()
           << "the resource '" << resource.getRawHandle().getKey() << "' of "
           << what << " is missing (was this text printed with elided "
           << "resources?)";
  const size_t bytes = static_cast<size_t>(weights.getNumElements()) * 4;
  if (blob->getData().size() != bytes)
    return op->emitOpError()
           << "the resource '" << resource.getRawHandle().getKey() << "' of "
           << what << " has " << blob->getData().size() << " bytes; " << bytes
           << " were wanted";
  return success();
}

static LogicalResult verifyShapeIs(Operation *op, StringRef what,
                                   ElementsAttr value,
                                   ArrayRef<int64_t> wanted) {
  if (value.getShapedType().getShape() == wanted)
    return success();
  InFlightDiagnostic error = op->emitOpError() << what << " have shape [";
  llvm::interleaveComma(value.getShapedType().getShape(), error);
  error << "]; [";
  llvm::interleaveComma(wanted, error);
  return error << "] was wanted";
}

LogicalResult DenseOp::verify() {
  const int64_t inputs = sizeOf(getInput().getType());
  const int64_t outputs = sizeOf(getType());
  // dense_c1
  if (failed(verifyShapeIs(*this, "weights", getWeights(), {outputs, inputs})))
    return failure();
  // dense_c2
  if (getBias() && getBias()->getNumElements() != outputs)
    return emitOpError() << "bias has " << getBias()->getNumElements()
                         << " elements for " << outputs << " outputs";
  // dense_c3
  return success(succeeded(verifyWeights(*this, "weights", getWeights())) &&
                 succeeded(verifyWeights(*this, "bias", getBiasAttr())));
}

/// The extents of one spatial op; returns failure after an error.
static LogicalResult
verifyWindow(Operation *op, ArrayRef<int64_t> in, ArrayRef<int64_t> out,
             ArrayRef<int64_t> kernel, ArrayRef<int64_t> stride,
             ArrayRef<int64_t> padding, ArrayRef<int64_t> dilation) {
  if (in.size() != 3 || out.size() != 3)
    return op->emitOpError()
           << "works on channels x height x width, got " << in.size() << " and "
           << out.size() << " dimensions";
  for (ArrayRef<int64_t> pair : {kernel, stride, padding, dilation})
    if (pair.size() != 2)
      return op->emitOpError()
             << "kernel, stride, padding and dilation have two numbers each";
  for (int axis : {0, 1}) {
    if (kernel[axis] < 1 || stride[axis] < 1 || dilation[axis] < 1 ||
        padding[axis] < 0)
      return op->emitOpError() << "kernel, stride and dilation must be "
                                  "positive, padding not negative";
    const int64_t wanted =
        windowExtent(in[axis + 1], kernel[axis], stride[axis], padding[axis],
                     dilation[axis]);
    if (wanted < 1)
      return op->emitOpError()
             << "a window of " << kernel[axis] << " does not fit into "
             << in[axis + 1] << " elements with padding " << padding[axis];
    if (out[axis + 1] != wanted)
      return op->emitOpError()
             << "output extent " << out[axis + 1] << " along "
             << (axis == 0 ? "height" : "width") << " should be " << wanted;
  }
  return success();
}

LogicalResult Conv2dOp::verify() {
  const ArrayRef<int64_t> in = shapeOf(getInput().getType());
  const ArrayRef<int64_t> out = shapeOf(getType());
  const ArrayRef<int64_t> shape = getWeights().getShapedType().getShape();
  // conv2d_c2
  if (shape.size() != 4)
    return emitOpError() << "weights need 4 dimensions, got " << shape.size();
  // conv2d_c1, conv2d_c3, conv2d_c4
  if (failed(verifyWindow(*this, in, out, shape.drop_front(2), getStride(),
                          getPadding(), getDilation())))
    return failure();
  const int64_t groups = getGroups();
  if (in[0] % groups != 0 || out[0] % groups != 0)
    return emitOpError() << "groups " << groups << " must divide " << in[0]
                         << " input and " << out[0] << " output channels";
  if (failed(verifyShapeIs(*this, "weights", getWeights(),
                           {out[0], in[0] / groups, shape[2], shape[3]})))
    return failure();
  // conv2d_c5
  if (getBias()) {
    const int64_t count = getBias()->getNumElements();
    if (count != 1 && count != out[0] && count != sizeOf(getType()))
      return emitOpError() << "bias has " << count << " elements; 1, " << out[0]
                           << " (one per channel) or " << sizeOf(getType())
                           << " were wanted";
  }
  // conv2d_c6
  return success(succeeded(verifyWeights(*this, "weights", getWeights())) &&
                 succeeded(verifyWeights(*this, "bias", getBiasAttr())));
}

static LogicalResult verifyPool(Operation *op, Type input, Type result,
                                ArrayRef<int64_t> kernel,
                                ArrayRef<int64_t> stride,
                                ArrayRef<int64_t> padding) {
  const int64_t ones[] = {1, 1};
  // pool_c1, pool_c2, pool_c3
  if (failed(verifyWindow(op, shapeOf(input), shapeOf(result), kernel, stride,
                          padding, ones)))
    return failure();
  if (shapeOf(input)[0] != shapeOf(result)[0])
    return op->emitOpError() << "channels change from " << shapeOf(input)[0]
                             << " to " << shapeOf(result)[0];
  return success();
}

LogicalResult SumPoolOp::verify() {
  if (failed(verifyPool(*this, getInput().getType(), getType(), getKernel(),
                        getStride(), getPadding())))
    return failure();
  // pool_c4
  auto in = dyn_cast<SpikesType>(getInput().getType());
  auto out = dyn_cast<SpikesType>(getType());
  if (static_cast<bool>(in) != static_cast<bool>(out))
    return emitOpError() << "spikes give spikes and currents give currents";
  if (!in)
    return success();
  const unsigned wanted =
      pooledBits(in.getBits(), getKernel()[0] * getKernel()[1]);
  if (out.getBits() < wanted)
    return emitOpError() << "counts need " << wanted << " bits, the result has "
                         << out.getBits();
  return success();
}

LogicalResult AvgPoolOp::verify() {
  return verifyPool(*this, getInput().getType(), getType(), getKernel(),
                    getStride(), getPadding());
}

LogicalResult ReshapeOp::verify() {
  // reshape_c1
  auto in = dyn_cast<SpikesType>(getInput().getType());
  auto out = dyn_cast<SpikesType>(getType());
  if (static_cast<bool>(in) != static_cast<bool>(out) ||
      (in && in.getBits() != out.getBits()) ||
      sizeOf(getInput().getType()) != sizeOf(getType()))
    return emitOpError() << "cannot turn " << getInput().getType() << " ("
                         << sizeOf(getInput().getType()) << " elements) into "
                         << getType() << " (" << sizeOf(getType())
                         << " elements)";
  return success();
}

LogicalResult OneToOneOp::verify() {
  const int64_t size = sizeOf(getType());
  // one_to_one_c1
  if (sizeOf(getInput().getType()) != size)
    return emitOpError() << "input has " << sizeOf(getInput().getType())
                         << " elements, the result " << size;
  // one_to_one_c2
  if (const int64_t count = getWeights().getNumElements();
      count != 1 && count != size)
    return emitOpError() << "weights have " << count << " elements; 1 or "
                         << size << " were wanted";
  // one_to_one_c3
  return verifyWeights(*this, "weights", getWeights());
}

LogicalResult RandomOp::verify() {
  const double density = getDensity().convertToDouble();
  const double a = getA().convertToDouble();
  const double b = getB().convertToDouble();
  // random_c1
  if (!(density >= 0 && density <= 1))
    return emitOpError() << "density " << density << " is not in [0, 1]";
  // random_c3
  if (!std::isfinite(a) || !std::isfinite(b) || !getGain().isFinite())
    return emitOpError()
           << "gain and the distribution's numbers must be finite";
  // random_c2
  switch (getDistribution()) {
  case DistributionKind::Constant:
    return success();
  case DistributionKind::Normal:
    return b >= 0 ? success()
                  : emitOpError() << "deviation " << b << " is negative";
  case DistributionKind::Uniform:
    return a <= b ? success()
                  : emitOpError()
                        << "the range " << a << " to " << b << " is empty";
  case DistributionKind::LogNormal:
  case DistributionKind::FormedPair:
    if (a <= 0)
      return emitOpError() << "median " << a << " must be positive";
    return b >= 0 ? success()
                  : emitOpError() << "log-deviation " << b << " is negative";
  }
  return failure();
}

LogicalResult ReadoutOp::verify() {
  const int64_t classes = sizeOf(getType());
  // readout_c1
  if (failed(verifyShapeIs(*this, "weights", getWeights(),
                           {classes, sizeOf(getInput().getType())})))
    return failure();
  // readout_c2
  if (getBias() && getBias()->getNumElements() != classes)
    return emitOpError() << "bias has " << getBias()->getNumElements()
                         << " elements for " << classes << " classes";
  // readout_c4
  if (!getInput().getDefiningOp<NeuronOp>())
    return emitOpError() << "must read the result of an snn.neuron";
  // readout_c3
  return success(succeeded(verifyWeights(*this, "weights", getWeights())) &&
                 succeeded(verifyWeights(*this, "bias", getBiasAttr())));
}
