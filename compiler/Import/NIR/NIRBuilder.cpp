#include "compiler/Import/NIR/NIRBuilder.h"

#include "dialects/snn/IR/ModelLibrary.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <algorithm>
#include <map>

using namespace mlir;
using namespace limen;
using namespace limen::nir;

namespace {

/// Tensors above this size become resources, which are not printed inline.
constexpr size_t inlineElements = 64;

class NetworkBuilder {
public:
  NetworkBuilder(const Graph &graph, const Topology &topology, Seconds dt,
                 double timeScale, ModuleOp module)
      : graph(graph), topology(topology), timeScale(timeScale), module(module),
        context(module.getContext()), builder(context),
        values(graph.nodes.size()), weights(graph.nodes.size()),
        biases(graph.nodes.size()) {
    builder.setInsertionPointToEnd(module.getBody());
    network = snn::NetworkOp::create(builder, module.getLoc(),
                                     builder.getStringAttr("network"),
                                     builder.getF64FloatAttr(dt.value()));
    network.getBody().emplaceBlock();
    builder.setInsertionPointToEnd(&network.getBody().front());
  }

  Result<void> run() {
    // Sources first: a recurrent path reads a neuron that comes after it.
    for (unsigned i : topology.order)
      if (graph.nodes[i].kind == Kind::Input)
        values[i] = snn::InputOp::create(builder, locOf(i), spikes(i),
                                         graph.nodes[i].name, nullptr);
      else if (isNeuron(graph.nodes[i].kind))
        values[i] = makeNeuron(i);
    for (unsigned i : topology.order)
      if (isNeuron(graph.nodes[i].kind))
        if (Result<void> done = connect(i); !done)
          return done;
    for (unsigned i : topology.order)
      if (graph.nodes[i].kind == Kind::Output)
        if (Result<void> done = makeOutput(i); !done)
          return done;
    return {};
  }

private:
  Location locOf(unsigned i) {
    return NameLoc::get(StringAttr::get(context, graph.place(i).text()));
  }
  snn::SpikesType spikes(unsigned i) {
    return snn::SpikesType::get(context, topology.out[i]);
  }

  snn::NeuronOp makeNeuron(unsigned i);
  Result<void> connect(unsigned i);
  Result<void> makeOutput(unsigned i);
  Value follow(const Path &path);
  Value apply(unsigned i, Value input, bool biased, unsigned &delay);
  Value reshaped(unsigned i, Value input, const Shape &shape);
  ElementsAttr weightOf(unsigned i);
  ElementsAttr biasOf(unsigned i);
  ElementsAttr floats(const std::vector<float> &data, ArrayRef<int64_t> shape,
                      const std::string &name);
  DictionaryAttr parametersOf(unsigned i);

  const Graph &graph;
  const Topology &topology;
  double timeScale;
  ModuleOp module;
  MLIRContext *context;
  OpBuilder builder;
  snn::NetworkOp network;
  std::vector<Value> values;         ///< of inputs and neurons
  std::vector<ElementsAttr> weights; ///< per node, made once
  std::vector<ElementsAttr> biases;
  std::map<std::string, Value> made; ///< ops shared by paths that begin alike
};

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

ElementsAttr NetworkBuilder::floats(const std::vector<float> &data,
                                    ArrayRef<int64_t> shape,
                                    const std::string &name) {
  const auto type = RankedTensorType::get(shape, builder.getF32Type());
  if (data.size() <= inlineElements)
    return DenseElementsAttr::get(type, ArrayRef<float>(data));
  const ArrayRef<char> bytes(reinterpret_cast<const char *>(data.data()),
                             data.size() * sizeof(float));
  return DenseResourceElementsAttr::get(
      type, name, HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64));
}

ElementsAttr NetworkBuilder::weightOf(unsigned i) {
  if (weights[i])
    return weights[i];
  const Node &node = graph.nodes[i];
  const Shape &shape = node.weight.shape;
  const std::string name = node.name + ".weight";
  if (node.kind == Kind::Conv2d || node.kind == Kind::Scale ||
      shape.size() == 2)
    return weights[i] = floats(node.weight.values, shape, name);
  // Leading dimensions are independent matrices: one block each.
  const int64_t rows = shape[shape.size() - 2];
  const int64_t columns = shape.back();
  const int64_t blocks =
      static_cast<int64_t>(node.weight.values.size()) / (rows * columns);
  std::vector<float> matrix(blocks * rows * blocks * columns, 0.0f);
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t r = 0; r < rows; ++r)
      std::copy_n(node.weight.values.begin() + (b * rows + r) * columns,
                  columns,
                  matrix.begin() + ((b * rows + r) * blocks + b) * columns);
  return weights[i] = floats(matrix, {blocks * rows, blocks * columns}, name);
}

/// Null for no bias, and for one that adds nothing.
ElementsAttr NetworkBuilder::biasOf(unsigned i) {
  const Node &node = graph.nodes[i];
  if (biases[i] ||
      llvm::all_of(node.bias.values, [](float value) { return value == 0; }))
    return biases[i];
  // A single value is for every channel or output.
  std::vector<float> data = node.bias.values;
  const int64_t count =
      node.kind == Kind::Conv2d ? topology.out[i][0] : snn::sizeOf(spikes(i));
  if (data.size() == 1)
    data.assign(count, data[0]);
  return biases[i] = floats(data, {count}, node.name + ".bias");
}

DictionaryAttr NetworkBuilder::parametersOf(unsigned i) {
  NamedAttrList list;
  for (const auto &[name, parameter] : graph.nodes[i].parameters) {
    std::vector<double> data = parameter.values;
    if (name.starts_with("tau"))
      for (double &value : data)
        value *= timeScale;
    const bool uniform = llvm::all_equal(data);
    list.set(name, uniform ? Attribute(builder.getF64FloatAttr(data[0]))
                           : DenseElementsAttr::get(
                                 RankedTensorType::get(topology.out[i],
                                                       builder.getF64Type()),
                                 ArrayRef<double>(data)));
  }
  return list.getDictionary(context);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

snn::NeuronOp NetworkBuilder::makeNeuron(unsigned i) {
  const Node &node = graph.nodes[i];
  const char *model = node.kind == Kind::IF          ? "if"
                      : node.kind == Kind::LIF       ? "lif"
                      : node.kind == Kind::LI        ? "li"
                      : node.kind == Kind::CubaLI    ? "cuba_li"
                      : node.kind == Kind::I         ? "i"
                      : node.kind == Kind::Threshold ? "threshold"
                                                     : "cuba_lif";
  snn::getOrInsertModel(module, model);
  const Type type = isSpiking(node.kind)
                        ? Type(spikes(i))
                        : Type(snn::CurrentType::get(context, topology.out[i]));
  return snn::NeuronOp::create(builder, locOf(i), type, node.name, model,
                               ValueRange(), parametersOf(i), nullptr, nullptr,
                               nullptr);
}

Value NetworkBuilder::reshaped(unsigned i, Value input, const Shape &shape) {
  if (snn::shapeOf(input.getType()) == ArrayRef<int64_t>(shape))
    return input;
  Type type = snn::CurrentType::get(context, shape);
  if (auto events = dyn_cast<snn::SpikesType>(input.getType()))
    type = snn::SpikesType::get(context, shape, events.getBits());
  return snn::ReshapeOp::create(builder, locOf(i), type, input);
}

/// The op of one linear node. The first synapse op takes the whole delay of
/// its path.
Value NetworkBuilder::apply(unsigned i, Value input, bool biased,
                            unsigned &delay) {
  const Node &node = graph.nodes[i];
  const Location loc = locOf(i);
  const Type current = snn::CurrentType::get(context, topology.out[i]);
  const ElementsAttr bias = biased ? biasOf(i) : ElementsAttr();
  switch (node.kind) {
  case Kind::Affine:
  case Kind::Linear:
    return snn::DenseOp::create(builder, loc, current, input, weightOf(i), bias,
                                ElementsAttr(), std::exchange(delay, 0));
  case Kind::Scale:
    return snn::OneToOneOp::create(builder, loc, current, input, weightOf(i),
                                   ElementsAttr(), std::exchange(delay, 0));
  case Kind::Conv2d: {
    std::array<int64_t, 2> padding = node.padding;
    for (int axis : {0, 1})
      if (node.samePadding)
        padding[axis] = node.dilation[axis] * (node.kernel[axis] - 1) / 2;
    return snn::Conv2dOp::create(
        builder, loc, current, reshaped(i, input, topology.in[i]), weightOf(i),
        bias, node.stride, padding, node.dilation, node.groups,
        std::exchange(delay, 0));
  }
  case Kind::SumPool2d: {
    input = reshaped(i, input, topology.in[i]);
    Type type = current;
    if (auto events = dyn_cast<snn::SpikesType>(input.getType()))
      type = snn::SpikesType::get(
          context, topology.out[i],
          snn::pooledBits(events.getBits(), node.kernel[0] * node.kernel[1]));
    return snn::SumPoolOp::create(builder, loc, type, input, node.kernel,
                                  node.stride, node.padding);
  }
  case Kind::AvgPool2d:
    return snn::AvgPoolOp::create(builder, loc, current,
                                  reshaped(i, input, topology.in[i]),
                                  node.kernel, node.stride, node.padding);
  default:
    return reshaped(i, input, topology.out[i]);
  }
}

/// The current at the end of a path, its ops made where they are missing.
Value NetworkBuilder::follow(const Path &path) {
  unsigned delay = path.delay;
  Value value = values[path.source];
  std::string key =
      std::to_string(path.delay) + "|" + std::to_string(path.source);
  for (size_t k = 0; k < path.nodes.size(); ++k) {
    key += (path.biased[k] ? "+" : "-") + std::to_string(path.nodes[k]);
    Value &known = made[key];
    if (!known)
      known = apply(path.nodes[k], value, path.biased[k], delay);
    else if (isa<snn::DenseOp, snn::Conv2dOp, snn::OneToOneOp>(
                 known.getDefiningOp()))
      delay = 0;
    value = known;
  }
  return value;
}

Result<void> NetworkBuilder::connect(unsigned i) {
  Result<std::vector<Path>> paths = pathsInto(graph, topology, i);
  if (!paths)
    return paths.takeError();
  auto neuron = values[i].getDefiningOp<snn::NeuronOp>();
  builder.setInsertionPoint(neuron);
  SmallVector<Value> currents;
  for (const Path &path : *paths) {
    Value value = follow(path);
    const bool placed = llvm::any_of(path.nodes, [&](unsigned node) {
      const Kind kind = graph.nodes[node].kind;
      return kind == Kind::Affine || kind == Kind::Linear ||
             kind == Kind::Conv2d || kind == Kind::Scale;
    });
    const unsigned delay = placed ? 0 : path.delay;
    if (delay > 0 || isa<snn::SpikesType>(value.getType())) {
      const DenseElementsAttr one = DenseElementsAttr::get(
          RankedTensorType::get({}, builder.getF32Type()), 1.0f);
      value = snn::OneToOneOp::create(
          builder, locOf(i), snn::CurrentType::get(context, topology.in[i]),
          value, one, ElementsAttr(), delay);
    }
    currents.push_back(value);
  }
  neuron.getCurrentsMutable().assign(currents);
  return {};
}

Result<void> NetworkBuilder::makeOutput(unsigned i) {
  Result<std::vector<Path>> paths = pathsInto(graph, topology, i);
  if (!paths)
    return paths.takeError();
  for (const Path &path : *paths)
    for (unsigned node : path.nodes)
      if (const Kind kind = graph.nodes[node].kind;
          kind != Kind::Port && kind != Kind::Flatten)
        return Error("reads the " + std::string(toString(kind)) + " node " +
                         graph.nodes[node].path +
                         "; an output returns what neurons emit",
                     graph.place(i))
            .note("end the network with a neuron, for example LI");
  if (paths->size() != 1)
    return Error("receives " + std::to_string(paths->size()) +
                     " signals; one was wanted",
                 graph.place(i));
  builder.setInsertionPointToEnd(&network.getBody().front());
  snn::OutputOp::create(builder, locOf(i), graph.nodes[i].name,
                        values[paths->front().source]);
  return {};
}

} // namespace

Result<void> limen::nir::buildNetwork(const Graph &graph,
                                      const Topology &topology, Seconds dt,
                                      double timeScale, ModuleOp module) {
  return NetworkBuilder(graph, topology, dt, timeScale, module).run();
}
