// Verifiers of synapse ops, pools and readouts. The labels (dense_c1, ...) are
// those of SnnOps.td.

#include "dialects/snn/IR/Arrays.h"
#include "dialects/snn/IR/Snn.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace limen::snn;

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

template <typename T>
ArrayRef<T> limen::snn::integersOf(ElementsAttr attribute,
                                   std::vector<T> &storage) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    const ArrayRef<char> bytes = resource.getData();
    return {reinterpret_cast<const T *>(bytes.data()),
            bytes.size() / sizeof(T)};
  }
  auto dense = cast<DenseElementsAttr>(attribute);
  if (!dense.isSplat()) {
    const ArrayRef<char> bytes = dense.getRawData();
    return {reinterpret_cast<const T *>(bytes.data()),
            bytes.size() / sizeof(T)};
  }
  storage.assign(static_cast<size_t>(dense.getNumElements()),
                 dense.getSplatValue<T>());
  return storage;
}
template ArrayRef<int32_t> limen::snn::integersOf(ElementsAttr,
                                                  std::vector<int32_t> &);
template ArrayRef<int64_t> limen::snn::integersOf(ElementsAttr,
                                                  std::vector<int64_t> &);

static std::pair<int64_t, int64_t> rangeOf(ElementsAttr delays) {
  if (!delays)
    return {0, 0};
  if (auto dense = dyn_cast<DenseElementsAttr>(delays);
      dense && dense.isSplat()) {
    const auto all = dense.getSplatValue<int32_t>();
    return {all, all};
  }
  std::vector<int32_t> storage;
  const ArrayRef<int32_t> values = integersOf(delays, storage);
  if (values.empty())
    return {0, 0};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

std::pair<int64_t, int64_t> limen::snn::ownDelays(Operation *op) {
  using Range = std::pair<int64_t, int64_t>;
  return TypeSwitch<Operation *, Range>(op)
      .Case<DenseOp, OneToOneOp, SparseOp>(
          [](auto synapse) { return rangeOf(synapse.getDelaysAttr()); })
      .Case([](Conv2dOp conv) -> Range {
        const ArrayRef<int64_t> shape =
            conv.getWeights().getShapedType().getShape();
        return {0, shape.size() == 5 ? shape[2] - 1 : 0};
      })
      .Case([](RandomOp random) -> Range {
        const auto delays = random.getDelaysAttr();
        return delays ? Range{delays.getFrom(), delays.getTo()} : Range{0, 0};
      })
      .Default([](Operation *) { return Range{0, 0}; });
}

int64_t limen::snn::countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count) ||
        count > maxElements)
      return -1;
  return count;
}

LogicalResult limen::snn::verifyArray(Operation *op, StringRef what,
                                      ElementsAttr array) {
  if (!array)
    return success();
  const int64_t count = countElements(array.getShapedType().getShape());
  if (count < 0)
    return op->emitOpError() << what << " have more than " << maxElements
                             << " elements: " << array.getType();
  auto resource = dyn_cast<DenseResourceElementsAttr>(array);
  if (!resource) {
    if (isa<DenseElementsAttr>(array))
      return success();
    return op->emitOpError() << what << " must be dense or a resource";
  }
  const StringRef key = resource.getRawHandle().getKey();
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return op->emitOpError()
           << "the resource '" << key << "' of " << what
           << " is missing (was this text printed with elided resources?)";
  const size_t width = array.getElementType().getIntOrFloatBitWidth() / 8;
  const size_t bytes = static_cast<size_t>(count) * width;
  if (blob->getData().size() != bytes)
    return op->emitOpError()
           << "the resource '" << key << "' of " << what << " has "
           << blob->getData().size() << " bytes; " << bytes << " were wanted";
  if (reinterpret_cast<uintptr_t>(blob->getData().data()) % width != 0)
    return op->emitOpError() << "the resource '" << key << "' of " << what
                             << " is not aligned to " << width << " bytes";
  return success();
}

/// That `list` holds integers of the width of T.
template <typename T>
static LogicalResult verifyIntegers(Operation *op, StringRef what,
                                    ElementsAttr list) {
  if (!list.getElementType().isInteger(8 * sizeof(T)))
    return op->emitOpError() << what << " must be i" << 8 * sizeof(T)
                             << ", got " << list.getElementType();
  return verifyArray(op, what, list);
}

/// That `delays`, if there, are whole steps of 0 or more of the shape wanted.
static LogicalResult verifyDelays(Operation *op, ElementsAttr delays,
                                  int64_t count) {
  if (!delays)
    return success();
  if (failed(verifyIntegers<int32_t>(op, "delays", delays)))
    return failure();
  if (delays.getNumElements() != count)
    return op->emitOpError() << "has " << delays.getNumElements()
                             << " delays for " << count << " synapses";
  if (const auto [low, high] = rangeOf(delays); low < 0)
    return op->emitOpError() << "the delay " << low << " is negative";
  return success();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static LogicalResult verifyWeights(Operation *op, StringRef what,
                                   ElementsAttr weights) {
  if (!weights)
    return success();
  if (!weights.getElementType().isF32())
    return op->emitOpError()
           << what << " must be f32, got " << weights.getElementType();
  return verifyArray(op, what, weights);
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
  // dense_c4
  if (getDelays() &&
      failed(verifyShapeIs(*this, "delays", *getDelays(), {outputs, inputs})))
    return failure();
  // dense_c3
  return success(succeeded(verifyWeights(*this, "weights", getWeights())) &&
                 succeeded(verifyWeights(*this, "bias", getBiasAttr())) &&
                 succeeded(verifyDelays(*this, getDelaysAttr(),
                                        getWeights().getNumElements())));
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
    for (ArrayRef<int64_t> pair : {kernel, stride, padding, dilation})
      if (pair[axis] > std::numeric_limits<int32_t>::max())
        return op->emitOpError()
               << "the extent " << pair[axis] << " of a window is too large";
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
  if (shape.size() != 4 && shape.size() != 5)
    return emitOpError() << "weights need 4 dimensions, or 5 with an axis of "
                            "delays, got "
                         << shape.size();
  // conv2d_c1, conv2d_c3, conv2d_c4
  if (failed(verifyWindow(*this, in, out, shape.take_back(2), getStride(),
                          getPadding(), getDilation())))
    return failure();
  const int64_t groups = getGroups();
  if (in[0] % groups != 0 || out[0] % groups != 0)
    return emitOpError() << "groups " << groups << " must divide " << in[0]
                         << " input and " << out[0] << " output channels";
  SmallVector<int64_t> wanted(shape);
  wanted[0] = out[0];
  wanted[1] = in[0] / groups;
  if (failed(verifyShapeIs(*this, "weights", getWeights(), wanted)))
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
  // one_to_one_c3, one_to_one_c4
  return success(succeeded(verifyWeights(*this, "weights", getWeights())) &&
                 succeeded(verifyDelays(*this, getDelaysAttr(), size)));
}

LogicalResult SparseOp::verify() {
  // sparse_c1 to sparse_c5
  if (failed(verifyIntegers<int64_t>(*this, "offsets", getOffsets())) ||
      failed(verifyIntegers<int32_t>(*this, "targets", getTargets())) ||
      failed(verifyWeights(*this, "weights", getWeights())))
    return failure();
  const int64_t inputs = sizeOf(getInput().getType());
  const int64_t outputs = sizeOf(getType());
  const int64_t count = getTargets().getNumElements();
  const auto offsetsFail = [&] {
    return emitOpError() << "offsets must be " << inputs + 1
                         << " numbers that never fall from 0 to " << count;
  };
  if (getOffsets().getNumElements() != inputs + 1)
    return offsetsFail();
  // Splats may stand for more elements than memory holds.
  std::vector<int64_t> offsetStorage;
  ArrayRef<int64_t> offsets;
  if (auto dense = dyn_cast<DenseElementsAttr>(getOffsets());
      dense && dense.isSplat()) {
    if (count != 0 || dense.getSplatValue<int64_t>() != 0)
      return offsetsFail();
  } else {
    offsets = integersOf(getOffsets(), offsetStorage);
    if (offsets.front() != 0 || offsets.back() != count ||
        !std::is_sorted(offsets.begin(), offsets.end()))
      return offsetsFail();
  }
  const auto misses = [&](int64_t synapse, int32_t target) {
    return emitOpError() << "synapse " << synapse << " leads to element "
                         << target << " of " << outputs;
  };
  if (auto dense = dyn_cast<DenseElementsAttr>(getTargets());
      dense && dense.isSplat()) {
    if (const auto all = dense.getSplatValue<int32_t>();
        count != 0 && (all < 0 || all >= outputs))
      return misses(0, all);
  } else {
    std::vector<int32_t> targetStorage;
    const ArrayRef<int32_t> targets = integersOf(getTargets(), targetStorage);
    for (size_t source = 0; source + 1 < offsets.size(); ++source) {
      int32_t last = 0;
      for (int64_t k = offsets[source]; k < offsets[source + 1]; ++k) {
        if (targets[k] < 0 || targets[k] >= outputs)
          return misses(k, targets[k]);
        if (targets[k] < last)
          return emitOpError()
                 << "the targets of source " << source << " must not fall; "
                 << targets[k] << " comes after " << last;
        last = targets[k];
      }
    }
  }
  if (const int64_t weights = getWeights().getNumElements();
      weights != 1 && weights != count)
    return emitOpError() << "has " << weights << " weights for " << count
                         << " synapses; 1 or " << count << " were wanted";
  return verifyDelays(*this, getDelaysAttr(), count);
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
  if (failed(verifyDistribution([&] { return emitOpError(); },
                                getDistribution(), a, b)))
    return failure();
  const bool pair = getDistribution() == DistributionKind::FormedPair;
  // random_c4
  if (const auto bounds = getBounds()) {
    if (bounds->size() != 2 || !((*bounds)[0] < (*bounds)[1]))
      return emitOpError() << "bounds must be two numbers, the first below the "
                              "second";
    if (pair)
      return emitOpError() << "a formed_pair has no bounds";
  }
  // random_c7
  if (getWindow() || getWindowOf()) {
    if (!pair || !getWindowOf() || !getWindow() || getWindow()->size() != 2 ||
        (*getWindow())[0] < 0 || (*getWindow())[1] < 0)
      return emitOpError()
             << "a window is of a formed_pair and has the name of "
                "an op, a first row and a first column";
  }
  const WiringAttr wiring = getWiringAttr();
  if (!wiring)
    return success();
  // random_c5
  if (pair && wiring.getKind() != WiringKind::Pairwise)
    return emitOpError() << "a formed_pair is wired pairwise, not "
                         << stringifyWiringKind(wiring.getKind());
  // random_c6
  const bool oneToOne = wiring.getKind() == WiringKind::OneToOne;
  if ((!wiring.getAutapses() || oneToOne) &&
      sizeOf(getInput().getType()) != sizeOf(getType()))
    return emitOpError() << (oneToOne ? "one_to_one" : "no_autapses")
                         << " needs as many elements in as out, got "
                         << sizeOf(getInput().getType()) << " and "
                         << sizeOf(getType());
  const bool distances = wiring.getKind() == WiringKind::Gaussian ||
                         wiring.getKind() == WiringKind::Exponential;
  if (distances &&
      shapeOf(getInput().getType()).size() != shapeOf(getType()).size())
    return emitOpError() << "distances need grids of as many axes, got "
                         << getInput().getType() << " and " << getType();
  return success();
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
  if (!isa_and_nonnull<NeuronOp, ReadoutOp>(getInput().getDefiningOp()))
    return emitOpError() << "must read the result of an snn.neuron or of an "
                            "snn.readout";
  // readout_c3
  return success(succeeded(verifyWeights(*this, "weights", getWeights())) &&
                 succeeded(verifyWeights(*this, "bias", getBiasAttr())));
}
