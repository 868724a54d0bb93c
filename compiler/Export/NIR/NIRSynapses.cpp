#include "compiler/Export/NIR/NIRExtractor.h"

using namespace mlir;
using namespace limen;
using namespace limen::nir;

/// A population may have as many different delays into it, and a list of
/// synapses as many pairs, before it is too large to be written out.
static constexpr size_t maxDelays = 64;
static constexpr int64_t maxPairs = int64_t{1} << 26;

std::vector<float> limen::nir::floatsOf(ElementsAttr attribute) {
  if (!attribute)
    return {};
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    const ArrayRef<char> bytes = resource.getData();
    const auto *first = reinterpret_cast<const float *>(bytes.data());
    return {first, first + bytes.size() / sizeof(float)};
  }
  const auto values = attribute.getValues<float>();
  return {values.begin(), values.end()};
}

Shape limen::nir::leadingShape(snn::DenseOp op) {
  const Shape in = shapeOf(op.getInput());
  const Shape out = shapeOf(op.getResult());
  if (in.size() < 2 || in.size() != out.size() || op.getDelays() ||
      !std::equal(in.begin(), in.end() - 1, out.begin()))
    return {};
  const Shape leading(in.begin(), in.end() - 1);
  const int64_t blocks = countOf(leading);
  const std::vector<float> weights = floatsOf(op.getWeights());
  const int64_t columns = blocks * in.back();
  for (int64_t r = 0; r < blocks * out.back(); ++r)
    for (int64_t c = 0; c < columns; ++c)
      if (r / out.back() != c / in.back() && weights[r * columns + c] != 0)
        return {};
  return leading;
}

//===----------------------------------------------------------------------===//
// Synapses
//===----------------------------------------------------------------------===//

Result<Signals> Extractor::signalsOf(Value value) {
  if (auto it = known.find(value); it != known.end())
    return it->second;
  Operation *op = value.getDefiningOp();
  if (!open.insert(value).second)
    return fail(op, "is on a cycle without neurons");
  Result<Signals> made = make(op);
  open.erase(value);
  if (made)
    known[value] = *made;
  return made;
}

Result<Signals> Extractor::make(Operation *op) {
  if (auto relay = dyn_cast<snn::NeuronOp>(op)) { // others are known
    Signals sum;
    for (Value current : relay.getCurrents()) {
      Result<Signals> signals = signalsOf(current);
      if (!signals)
        return signals;
      sum.append(*signals);
    }
    return sum;
  }
  if (auto reshape = dyn_cast<snn::ReshapeOp>(op)) {
    Result<Signals> signals = signalsOf(reshape.getInput());
    if (!signals)
      return signals;
    Signals out;
    // What became flat stays flat.
    for (const Signal &signal : *signals) {
      const bool flatten = shapeOf(reshape.getInput()) != signal.shape &&
                           signal.shape.size() == 1;
      Result<Signal> adapted =
          flatten ? Result<Signal>(signal)
                  : adapt(signal, shapeOf(reshape.getResult()), op);
      if (!adapted)
        return adapted.takeError();
      out.push_back(*adapted);
    }
    return out;
  }
  if (auto dense = dyn_cast<snn::DenseOp>(op))
    return makeDense(dense);
  if (auto sparse = dyn_cast<snn::SparseOp>(op))
    return makeSparse(sparse);
  if (auto conv = dyn_cast<snn::Conv2dOp>(op))
    return makeConv(conv);
  if (auto each = dyn_cast<snn::OneToOneOp>(op))
    return makeOneToOne(each);
  if (auto pool = dyn_cast<snn::SumPoolOp>(op))
    return makePool(pool, Kind::SumPool2d);
  if (auto pool = dyn_cast<snn::AvgPoolOp>(op))
    return makePool(pool, Kind::AvgPool2d);
  if (auto random = dyn_cast<snn::RandomOp>(op))
    return fail(op, "'" + random.getName().str() +
                        "' are random synapses, which NIR cannot say")
        .note("NIR holds every weight; a rule would have to be drawn first");
  return fail(op, "'" + op->getName().getStringRef().str() +
                      "' has no counterpart in NIR");
}

/// One Linear or Affine for each delay.
Result<Signals>
Extractor::makeMatrices(Operation *op, const Shape &in, const Shape &out,
                        std::map<int64_t, std::vector<float>> matrices,
                        const std::vector<float> &bias) {
  if (matrices.size() > maxDelays)
    return fail(op, "has synapses with " + std::to_string(matrices.size()) +
                        " different delays; NIR needs a matrix for each, and "
                        "at most " +
                        std::to_string(maxDelays) + " are written");
  Signals signals;
  bool biased = !bias.empty();
  for (auto &[delay, matrix] : matrices) {
    const Kind kind = biased ? Kind::Affine : Kind::Linear;
    const unsigned i = add(kind, nameOf(op, kind));
    Shape shape(out);
    shape.push_back(in.back());
    graph.nodes[i].weight = {shape, std::move(matrix)};
    if (biased)
      graph.nodes[i].bias = {out, bias};
    biased = false;
    if (Result<void> fed = feed(op, i, in, delay); !fed)
      return fed.takeError();
    signals.push_back({i, out, 0});
  }
  return signals;
}

Result<Signals> Extractor::makeDense(snn::DenseOp op) {
  const Shape leading = leadingShape(op);
  const std::vector<float> weights = floatsOf(op.getWeights());
  const std::vector<float> bias = floatsOf(op.getBiasAttr());
  const int64_t rows = countOf(shapeOf(op.getResult()));
  const int64_t columns = countOf(shapeOf(op.getInput()));
  const auto delay = static_cast<int64_t>(op.getDelay());
  std::map<int64_t, std::vector<float>> matrices;
  if (leading.empty()) {
    if (!op.getDelays()) {
      matrices[delay] = weights;
    } else {
      std::vector<int32_t> storage;
      const ArrayRef<int32_t> delays =
          snn::integersOf<int32_t>(op.getDelaysAttr(), storage);
      for (int64_t k = 0; k < rows * columns; ++k) {
        std::vector<float> &matrix = matrices[delay + delays[k]];
        matrix.resize(rows * columns, 0.0f);
        matrix[k] = weights[k];
        if (matrices.size() > maxDelays)
          break; // refused below
      }
    }
    return makeMatrices(op, {columns}, {rows}, std::move(matrices), bias);
  }
  // Blocks on the diagonal are leading dimensions.
  const Shape in = shapeOf(op.getInput());
  const Shape out = shapeOf(op.getResult());
  std::vector<float> blocks;
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t first = r * columns + r / out.back() * in.back();
    blocks.insert(blocks.end(), weights.begin() + first,
                  weights.begin() + first + in.back());
  }
  matrices[delay] = std::move(blocks);
  return makeMatrices(op, in, out, std::move(matrices), bias);
}

Result<Signals> Extractor::makeSparse(snn::SparseOp op) {
  const int64_t rows = countOf(shapeOf(op.getResult()));
  const int64_t columns = countOf(shapeOf(op.getInput()));
  if (rows * columns > maxPairs)
    return fail(op, "lists synapses between " + std::to_string(columns) +
                        " and " + std::to_string(rows) +
                        " elements; NIR needs a full matrix, and at most " +
                        std::to_string(maxPairs) + " weights are written");
  std::vector<int64_t> offsetStorage;
  std::vector<int32_t> targetStorage, delayStorage;
  const ArrayRef<int64_t> offsets =
      snn::integersOf<int64_t>(op.getOffsets(), offsetStorage);
  const ArrayRef<int32_t> targets =
      snn::integersOf<int32_t>(op.getTargets(), targetStorage);
  ArrayRef<int32_t> delays;
  if (op.getDelays())
    delays = snn::integersOf<int32_t>(op.getDelaysAttr(), delayStorage);
  const std::vector<float> weights = floatsOf(op.getWeights());
  const auto delay = static_cast<int64_t>(op.getDelay());
  std::map<int64_t, std::vector<float>> matrices;
  for (int64_t c = 0; c < columns; ++c)
    for (int64_t k = offsets[c];
         k < offsets[c + 1] && matrices.size() <= maxDelays; ++k) {
      std::vector<float> &matrix =
          matrices[delay + (delays.empty() ? 0 : delays[k])];
      matrix.resize(rows * columns, 0.0f);
      matrix[targets[k] * columns + c] += weights[weights.size() == 1 ? 0 : k];
    }
  if (matrices.empty())
    matrices[delay].resize(rows * columns, 0.0f);
  return makeMatrices(op, {columns}, {rows}, std::move(matrices), {});
}

Result<Signals> Extractor::makeConv(snn::Conv2dOp op) {
  const Shape in = shapeOf(op.getInput());
  const Shape out = shapeOf(op.getResult());
  std::vector<float> bias = floatsOf(op.getBiasAttr());
  if (bias.size() == 1)
    bias.assign(out[0], bias[0]);
  if (bias.empty())
    bias.assign(out[0], 0.0f);
  if (static_cast<int64_t>(bias.size()) != out[0])
    return fail(op, "has a bias for each element; a Conv2d of NIR has one for "
                    "each channel");
  // A convolution of rank 2 signals under the shape of height 1.
  auto before = op.getInput().getDefiningOp<snn::ReshapeOp>();
  const auto isRow = [&](Operation *user) {
    auto after = dyn_cast<snn::ReshapeOp>(user);
    return after && shapeOf(after.getResult()) == Shape{out[0], out[2]};
  };
  const ArrayRef<int64_t> kernel = op.getWeights().getShapedType().getShape();
  const bool row =
      before && shapeOf(before.getInput()) == Shape{in[0], in[2]} &&
      in[1] == 1 && out[1] == 1 && kernel[kernel.size() - 2] == 1 &&
      op.getPadding()[0] == 0 && llvm::all_of(op->getUsers(), isRow);
  const Kind kind = row ? Kind::Conv1d : Kind::Conv2d;
  const Shape taken = row ? Shape{in[0], in[2]} : in;
  const Shape given = row ? Shape{out[0], out[2]} : out;

  const std::vector<float> weights = floatsOf(op.getWeights());
  const int64_t depth = kernel.size() == 5 ? kernel[2] : 1;
  const int64_t area = kernel[kernel.size() - 2] * kernel.back();
  const int64_t filters = kernel[0] * kernel[1];
  Signals signals;
  for (int64_t d = 0; d < depth; ++d) {
    const unsigned i = add(kind, nameOf(op, kind));
    std::vector<float> taps;
    for (int64_t f = 0; f < filters; ++f)
      taps.insert(taps.end(), weights.begin() + (f * depth + d) * area,
                  weights.begin() + (f * depth + d + 1) * area);
    Node &node = graph.nodes[i];
    node.weight = {
        {kernel[0], kernel[1], kernel[kernel.size() - 2], kernel.back()},
        std::move(taps)};
    node.bias = {{out[0]}, d == 0 ? bias : std::vector<float>(out[0], 0.0f)};
    node.shape = row ? Shape{in[2]} : Shape{in[1], in[2]};
    node.kernel = {kernel[kernel.size() - 2], kernel.back()};
    for (int axis : {0, 1}) {
      node.stride[axis] = op.getStride()[axis];
      node.padding[axis] = op.getPadding()[axis];
      node.dilation[axis] = op.getDilation()[axis];
    }
    node.groups = static_cast<int64_t>(op.getGroups());
    const int64_t delay = static_cast<int64_t>(op.getDelay()) + d;
    if (row) {
      Result<Signals> from = signalsOf(before.getInput());
      if (!from)
        return from;
      for (const Signal &signal : *from) {
        Result<Signal> adapted = adapt(signal, taken, op);
        if (!adapted)
          return adapted.takeError();
        connect(*adapted, i, delay);
      }
    } else if (Result<void> fed = feed(op, i, taken, delay); !fed) {
      return fed.takeError();
    }
    signals.push_back({i, given, 0});
  }
  return signals;
}

template <typename PoolOp>
Result<Signals> Extractor::makePool(PoolOp op, Kind kind) {
  const unsigned i = add(kind, nameOf(op, kind));
  for (int axis : {0, 1}) {
    graph.nodes[i].kernel[axis] = op.getKernel()[axis];
    graph.nodes[i].stride[axis] = op.getStride()[axis];
    graph.nodes[i].padding[axis] = op.getPadding()[axis];
  }
  if (Result<void> fed = feed(op, i, shapeOf(op.getInput()), 0); !fed)
    return fed.takeError();
  return Signals{{i, shapeOf(op.getResult()), 0}};
}

/// Factors are a Scale, delays a Delay; an edge alone adds up spikes.
Result<Signals> Extractor::makeOneToOne(snn::OneToOneOp op) {
  Result<Signals> signals = signalsOf(op.getInput());
  if (!signals)
    return signals;
  const std::vector<float> weights = floatsOf(op.getWeights());
  const auto delay = static_cast<int64_t>(op.getDelay());
  const bool plain =
      weights.size() == 1 && weights[0] == 1 &&
      (op.getDelays() || isa<snn::SpikesType>(op.getInput().getType()) ||
       delay > 0);
  Signals out;
  for (const Signal &signal : *signals) {
    Signal last = signal;
    last.delay += delay;
    if (!plain) {
      const unsigned i = add(Kind::Scale, nameOf(op, Kind::Scale));
      const int64_t count = countOf(last.shape);
      graph.nodes[i].weight = {last.shape,
                               weights.size() == 1
                                   ? std::vector<float>(count, weights[0])
                                   : weights};
      connect(last, i, 0);
      last = {i, last.shape, 0};
    }
    if (op.getDelays()) {
      std::vector<int32_t> storage;
      const ArrayRef<int32_t> delays =
          snn::integersOf<int32_t>(op.getDelaysAttr(), storage);
      std::vector<uint32_t> steps(delays.begin(), delays.end());
      if (llvm::all_equal(steps))
        steps.resize(1);
      const unsigned i =
          addDelay(last.shape, std::move(steps), nameOf(op, Kind::Delay));
      connect(last, i, 0);
      last = {i, last.shape, 0};
    }
    out.push_back(last);
  }
  return out;
}
