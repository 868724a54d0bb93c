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
  NetworkBuilder(const Graph &graph, const Topology &topology,
                 const BuildOptions &options, ModuleOp module,
                 std::vector<std::string> &assumptions)
      : graph(graph), topology(topology), options(options), module(module),
        assumptions(assumptions), context(module.getContext()),
        builder(context), values(graph.nodes.size()),
        weights(graph.nodes.size()), biases(graph.nodes.size()) {
    builder.setInsertionPointToEnd(module.getBody());
    network = snn::NetworkOp::create(
        builder, module.getLoc(), builder.getStringAttr("network"),
        builder.getF64FloatAttr(options.dt.value()));
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
  void join(unsigned i, ArrayRef<Path> paths, snn::NeuronOp neuron);
  Result<void> makeOutput(unsigned i);
  Value follow(const Path &path, unsigned &delay);
  Value apply(unsigned i, Value input, bool biased, unsigned &delay);
  Value reshaped(unsigned i, Value input, const Shape &shape);
  ElementsAttr weightOf(unsigned i);
  ElementsAttr biasOf(unsigned i);
  ElementsAttr floats(const std::vector<float> &data, ArrayRef<int64_t> shape,
                      const std::string &name);
  DictionaryAttr parametersOf(unsigned i);
  /// Whether the op of a linear node takes the delay of its path.
  bool takesDelay(unsigned i) const {
    const Node &node = graph.nodes[i];
    return node.kind == Kind::Affine || node.kind == Kind::Linear ||
           node.kind == Kind::Scale || node.kind == Kind::Conv1d ||
           node.kind == Kind::Conv2d || node.delaySteps.size() > 1;
  }

  const Graph &graph;
  const Topology &topology;
  const BuildOptions &options;
  ModuleOp module;
  std::vector<std::string> &assumptions;
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
  if (node.kind == Kind::Scale && llvm::all_equal(node.weight.values))
    return weights[i] = floats({node.weight.values[0]}, {}, name);
  if (node.kind == Kind::Conv1d || node.kind == Kind::Conv2d ||
      node.kind == Kind::Scale || shape.size() == 2)
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
  const bool convolves = node.kind == Kind::Conv1d || node.kind == Kind::Conv2d;
  const int64_t count = convolves ? topology.out[i][0] : snn::sizeOf(spikes(i));
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
        value *= options.timeScale;
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
  case Kind::Delay: {
    if (node.delaySteps.size() == 1) // part of the path's delay
      return reshaped(i, input, topology.out[i]);
    const auto type =
        RankedTensorType::get(topology.out[i], builder.getI32Type());
    const std::vector<int32_t> steps(node.delaySteps.begin(),
                                     node.delaySteps.end());
    return snn::OneToOneOp::create(
        builder, loc, current, input, floats({1.0f}, {}, node.name),
        DenseElementsAttr::get(type, ArrayRef<int32_t>(steps)),
        std::exchange(delay, 0));
  }
  case Kind::Conv1d:
  case Kind::Conv2d: {
    Shape in = topology.in[i];
    Shape out = topology.out[i];
    if (node.kind == Kind::Conv1d) {
      in.insert(in.begin() + 1, 1);
      out.insert(out.begin() + 1, 1);
    }
    const Value convolved = snn::Conv2dOp::create(
        builder, loc, snn::CurrentType::get(context, out),
        reshaped(i, input, in), weightOf(i), bias, node.stride, node.padding,
        node.dilation, node.groups, std::exchange(delay, 0));
    return reshaped(i, convolved, topology.out[i]);
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

/// The signal at the end of a path, its ops made where they are missing.
/// `delay` is the path's; what no op on it could take is left.
Value NetworkBuilder::follow(const Path &path, unsigned &delay) {
  Value value = values[path.source];
  std::string key = std::to_string(delay) + "|" + std::to_string(path.source);
  for (size_t k = 0; k < path.nodes.size(); ++k) {
    key += (path.biased[k] ? "+" : "-") + std::to_string(path.nodes[k]);
    Value &known = made[key];
    if (!known)
      known = apply(path.nodes[k], value, path.biased[k], delay);
    else if (takesDelay(path.nodes[k]))
      delay = 0;
    value = known;
  }
  return value;
}

Result<void> NetworkBuilder::connect(unsigned i) {
  Result<std::vector<Path>> paths = pathsInto(graph, topology, i);
  if (!paths)
    return paths.takeError();
  join(i, *paths, values[i].getDefiningOp<snn::NeuronOp>());
  return {};
}

/// Makes the signals of `paths` into node `i` currents of `neuron`.
void NetworkBuilder::join(unsigned i, ArrayRef<Path> paths,
                          snn::NeuronOp neuron) {
  builder.setInsertionPoint(neuron);
  SmallVector<Value> currents;
  for (const Path &path : paths) {
    unsigned delay = isNeuron(graph.nodes[i].kind)
                         ? std::max(path.delay, options.leastDelay)
                         : path.delay;
    Value value = follow(path, delay);
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
}

Result<void> NetworkBuilder::makeOutput(unsigned i) {
  Result<std::vector<Path>> paths = pathsInto(graph, topology, i);
  if (!paths)
    return paths.takeError();
  const auto passes = [&](unsigned node) {
    const Kind kind = graph.nodes[node].kind;
    return kind == Kind::Port || kind == Kind::Flatten || kind == Kind::Delay;
  };
  builder.setInsertionPointToEnd(&network.getBody().front());
  Value value = values[paths->front().source];
  if (const Path &first = paths->front(); paths->size() != 1 ||
                                          first.delay != 0 ||
                                          !llvm::all_of(first.nodes, passes)) {
    // An output returns what a population emits.
    assumptions.push_back(graph.nodes[i].path +
                          " returns the sum of what it is given, step by step, "
                          "by units of the model relay");
    snn::getOrInsertModel(module, "relay");
    auto relay = snn::NeuronOp::create(
        builder, locOf(i), snn::CurrentType::get(context, topology.in[i]),
        graph.nodes[i].name, "relay", ValueRange(),
        builder.getDictionaryAttr({}), nullptr, nullptr, nullptr);
    join(i, *paths, relay);
    builder.setInsertionPointToEnd(&network.getBody().front());
    value = relay;
  }
  snn::OutputOp::create(builder, locOf(i), graph.nodes[i].name, value);
  return {};
}

} // namespace

Result<void> limen::nir::buildNetwork(const Graph &graph,
                                      const Topology &topology,
                                      const BuildOptions &options,
                                      ModuleOp module,
                                      std::vector<std::string> &assumptions) {
  return NetworkBuilder(graph, topology, options, module, assumptions).run();
}
