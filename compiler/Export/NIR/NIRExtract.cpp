#include "compiler/Export/NIR/NIRExtractor.h"
#include "compiler/Export/NIR/NIRModels.h"
#include "compiler/Import/NIR/NIRTopology.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace mlir;
using namespace limen;
using namespace limen::nir;

int64_t limen::nir::countOf(const Shape &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

static Shape squeezed(const Shape &shape) {
  Shape out;
  llvm::copy_if(shape, std::back_inserter(out),
                [](int64_t extent) { return extent != 1; });
  return out;
}

Shape limen::nir::shapeOf(Value value) {
  const ArrayRef<int64_t> shape = snn::shapeOf(value.getType());
  return Shape(shape.begin(), shape.end());
}

//===----------------------------------------------------------------------===//
// Nodes and edges
//===----------------------------------------------------------------------===//

unsigned Extractor::add(Kind kind, const std::string &name) {
  std::string usable = name.empty() || name == "." || name == ".." ? "_" : name;
  std::replace(usable.begin(), usable.end(), '/', '_');
  std::string unique = usable;
  for (unsigned k = 1; !names.insert(unique).second; ++k)
    unique = usable + "_" + std::to_string(k);
  if (unique != name)
    if (kind == Kind::Input || kind == Kind::Output || isNeuron(kind))
      remarks.push_back("'" + name + "' is named '" + unique + "'");
  Node node;
  node.kind = kind;
  node.name = unique;
  node.path = "/node/nodes/" + unique;
  graph.nodes.push_back(std::move(node));
  return static_cast<unsigned>(graph.nodes.size() - 1);
}

/// The name of an op that comes from a NIR file, else one after its type.
std::string Extractor::nameOf(Operation *op, Kind kind) {
  constexpr StringLiteral nodes = "/nodes/";
  StringRef text;
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    text = name.getName().getValue();
  const size_t start = text.find(": /node/nodes/");
  if (start == StringRef::npos)
    return StringRef(toString(kind)).lower();
  SmallVector<StringRef> parts;
  text.substr(start + 2 + StringRef("/node/nodes/").size()).split(parts, nodes);
  return llvm::join(parts, ".");
}

void Extractor::connect(const Signal &signal, unsigned target, int64_t delay) {
  unsigned source = signal.node;
  delay += signal.delay;
  const unsigned connection = connections++;
  if (delay > 1 || (delay == 1 && written.contains(connection))) {
    const unsigned node = addDelay(signal.shape, {static_cast<uint32_t>(delay)},
                                   graph.nodes[source].name + "_delay");
    graph.edges.push_back({source, node});
    edges.insert({source, node});
    source = node;
    delay = 0;
  }
  // An edge counts once, however often it is listed.
  if (!edges.insert({source, target}).second) {
    const unsigned node = add(Kind::Scale, graph.nodes[source].name + "_again");
    graph.nodes[node].weight = {
        signal.shape, std::vector<float>(countOf(signal.shape), 1.0f)};
    graph.edges.push_back({source, node});
    edges.insert({source, node});
    source = node;
    edges.insert({source, target});
  }
  graph.edges.push_back({source, target});
  if (delay == 1)
    lastSteps[{source, target}] = connection;
}

unsigned Extractor::addDelay(const Shape &shape, std::vector<uint32_t> steps,
                             const std::string &name) {
  const unsigned i = add(Kind::Delay, name);
  Parameter delay{shape, {}};
  for (int64_t k = 0; k < countOf(shape); ++k)
    delay.values.push_back(steps[steps.size() == 1 ? 0 : k] * graph.dt);
  graph.nodes[i].parameters["delay"] = std::move(delay);
  graph.nodes[i].delaySteps = std::move(steps);
  return i;
}

/// The signal under another shape, by a Flatten where one is needed.
Result<Signal> Extractor::adapt(Signal signal, const Shape &wanted,
                                Operation *user) {
  const Shape given = signal.shape;
  if (given == wanted)
    return signal;
  // Dimensions from `first` on, `merged` of them, become one.
  size_t first = 0;
  while (first < wanted.size() && first < given.size() &&
         given[first] == wanted[first])
    ++first;
  const size_t merged = given.size() - wanted.size() + 1;
  const bool flattens =
      given.size() > wanted.size() && first < wanted.size() &&
      countOf(Shape(given.begin() + first, given.begin() + first + merged)) ==
          wanted[first] &&
      std::equal(given.begin() + first + merged, given.end(),
                 wanted.begin() + first + 1, wanted.end());
  // Readers disagree whether dimension 0 is the batch: never leave that open.
  if (flattens && !(first == 1 && first + merged == given.size())) {
    const unsigned i = add(Kind::Flatten, nameOf(user, Kind::Flatten));
    Node &node = graph.nodes[i];
    node.shape = given;
    node.startDim = static_cast<int64_t>(first);
    node.endDim = static_cast<int64_t>(first + merged - 1);
    connect({signal.node, given, 0}, i, 0);
    return Signal{i, wanted, signal.delay};
  }
  if (squeezed(given) == squeezed(wanted)) {
    remarks.push_back(graph.nodes[signal.node].name + " gives shape " +
                      h5::toString(given) + " where " + h5::toString(wanted) +
                      " is taken: the same but for dimensions of extent 1");
    return signal;
  }
  return fail(user, "takes shape " + h5::toString(wanted) + ", but '" +
                        graph.nodes[signal.node].name + "' gives " +
                        h5::toString(given) +
                        "; NIR can only flatten dimensions");
}

/// Leads the input of the synapse op `op` to `target`.
Result<void> Extractor::feed(Operation *op, unsigned target,
                             const Shape &wanted, int64_t delay) {
  Result<Signals> signals = signalsOf(op->getOperand(0));
  if (!signals)
    return signals.takeError();
  for (const Signal &signal : *signals) {
    Result<Signal> adapted = adapt(signal, wanted, op);
    if (!adapted)
      return adapted.takeError();
    connect(*adapted, target, delay);
  }
  return {};
}

/// Populations of several dimensions become flat where a matrix leads into
/// them, or one-to-one synapses from a flat population.
void Extractor::findFlat() {
  bool changed = true;
  while (changed) {
    changed = false;
    for (auto neuron : network.getBody().front().getOps<snn::NeuronOp>()) {
      if (flat.contains(neuron) || shapeOf(neuron.getResult()).size() < 2)
        continue;
      for (Value current : neuron.getCurrents()) {
        Operation *op = current.getDefiningOp();
        while (isa_and_nonnull<snn::OneToOneOp>(op))
          op = op->getOperand(0).getDefiningOp();
        auto dense = dyn_cast_or_null<snn::DenseOp>(op);
        const bool matrix = isa_and_nonnull<snn::SparseOp>(op) ||
                            (dense && leadingShape(dense).empty());
        if (matrix || (op && flat.contains(op)))
          changed |= flat.insert(neuron).second;
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

Result<Graph> Extractor::run() {
  Block &body = network.getBody().front();
  findFlat();
  SmallVector<std::pair<snn::NeuronOp, unsigned>> populations;
  for (Operation &op : body) {
    if (op.hasAttr(snn::plasticityName))
      return fail(&op, "synapses have a learning rule, which NIR cannot say");
    if (auto input = dyn_cast<snn::InputOp>(op)) {
      if (input->hasAttr("clip"))
        return fail(input, "'" + input.getName().str() +
                               "' clips its values, which NIR cannot say");
      const unsigned i = add(Kind::Input, input.getName().str());
      graph.nodes[i].shape = shapeOf(input.getResult());
      if (input.getType().getBits() > 1)
        remarks.push_back("NIR does not hold the width of input '" +
                          input.getName().str() + "'");
      known[input.getResult()] = {{i, graph.nodes[i].shape, 0}};
    } else if (auto neuron = dyn_cast<snn::NeuronOp>(op)) {
      if (neuron.getModel() == "relay")
        continue;
      Result<Kind> kind = kindOfNeuron(neuron, remarks);
      if (!kind)
        return kind.takeError();
      const unsigned i = add(*kind, neuron.getName().str());
      const Shape shape = neuronShape(neuron);
      graph.nodes[i].parameters = parametersOfNeuron(neuron, *kind, shape);
      known[neuron.getResult()] = {{i, shape, 0}};
      populations.emplace_back(neuron, i);
    } else if (auto readout = dyn_cast<snn::ReadoutOp>(op)) {
      return fail(readout, "'" + readout.getName().str() +
                               "' is a readout of spike counts, which NIR "
                               "cannot say");
    }
    if (op.hasAttr("weight_bits"))
      remarks.push_back("NIR does not hold the number of bits of weights");
    if (op.hasAttr("latency"))
      remarks.push_back("NIR does not hold the latency of retimed populations");
  }
  std::vector<unsigned> outputs;
  for (auto output : body.getOps<snn::OutputOp>())
    outputs.push_back(add(Kind::Output, output.getName().str()));
  for (auto [neuron, i] : populations)
    for (Value current : neuron.getCurrents()) {
      Result<Signals> signals = signalsOf(current);
      if (!signals)
        return signals.takeError();
      for (const Signal &signal : *signals) {
        Result<Signal> adapted = adapt(signal, neuronShape(neuron), neuron);
        if (!adapted)
          return adapted.takeError();
        connect(*adapted, i, 0);
      }
    }
  for (auto [output, i] : llvm::zip(body.getOps<snn::OutputOp>(), outputs)) {
    Result<Signals> signals = signalsOf(output.getValue());
    if (!signals)
      return signals.takeError();
    if (signals->empty())
      return fail(output, "'" + output.getName().str() + "' returns nothing");
    graph.nodes[i].shape = signals->front().shape;
    for (const Signal &signal : *signals) {
      Result<Signal> adapted = adapt(signal, graph.nodes[i].shape, output);
      if (!adapted)
        return adapted.takeError();
      connect(*adapted, i, 0);
    }
  }
  llvm::sort(graph.edges, [&](const Edge &a, const Edge &b) {
    return std::pair(graph.nodes[a.source].name, graph.nodes[a.target].name) <
           std::pair(graph.nodes[b.source].name, graph.nodes[b.target].name);
  });
  return std::move(graph);
}

Result<Graph> limen::nir::extractGraph(snn::NetworkOp network,
                                       std::vector<std::string> &remarks) {
  // An edge that closes a cycle takes a step by itself. Which edges do is asked
  // of the importer; what it sees otherwise is written as a Delay.
  std::set<unsigned> written;
  while (true) {
    std::vector<std::string> said;
    Extractor extractor(network, written, said);
    Result<Graph> graph = extractor.run();
    if (!graph)
      return graph;
    std::vector<std::string> ignored;
    Result<Topology> topology = analyze(*graph, ignored);
    if (!topology) {
      Error error = topology.takeError();
      error.place.path.clear();
      error.message = "as a NIR graph: " + error.message;
      return error;
    }
    bool changed = false;
    for (unsigned e = 0; e < graph->edges.size(); ++e) {
      const auto last = extractor.lastSteps.find(
          {graph->edges[e].source, graph->edges[e].target});
      const bool wanted = last != extractor.lastSteps.end();
      if (wanted == topology->carriesLast[e])
        continue;
      if (wanted)
        changed |= written.insert(last->second).second;
      else
        for (unsigned k = 0; k < extractor.connections; ++k)
          changed |= written.insert(k).second;
    }
    if (!changed) {
      remarks.insert(remarks.end(), said.begin(), said.end());
      return graph;
    }
  }
}
