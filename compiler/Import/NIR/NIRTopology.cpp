#include "compiler/Import/NIR/NIRTopology.h"

#include "dialects/snn/IR/Snn.h"

#include <algorithm>

using namespace limen;
using namespace limen::nir;

namespace {

/// More paths than this into one node are taken for a mistake.
constexpr size_t maxPaths = 4096;

int64_t countOf(const Shape &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

/// `shape` without its dimensions of extent 1.
Shape squeezed(const Shape &shape) {
  Shape out;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(out),
               [](int64_t extent) { return extent != 1; });
  return out;
}

bool isSource(const Node &node) {
  return node.kind == Kind::Input || isNeuron(node.kind);
}

class Analyzer {
public:
  Analyzer(const Graph &graph, std::vector<std::string> &assumptions)
      : graph(graph), assumptions(assumptions) {}

  Result<Topology> run() {
    const size_t count = graph.nodes.size();
    topology.recurrent.assign(graph.edges.size(), false);
    topology.carriesLast.assign(graph.edges.size(), false);
    topology.incoming.resize(count);
    topology.in.resize(count);
    topology.out.resize(count);
    outgoing.resize(count);
    for (unsigned e = 0; e < graph.edges.size(); ++e) {
      topology.incoming[graph.edges[e].target].push_back(e);
      outgoing[graph.edges[e].source].push_back(e);
    }
    if (Result<void> checked = checkEnds(); !checked)
      return checked.takeError();
    search();
    findLoops();
    for (unsigned i = 0; i < count; ++i)
      if (state[i] != Done)
        return fail(i, "is not reached from any Input node");
    for (unsigned i : topology.order)
      if (Result<void> inferred = infer(i); !inferred)
        return inferred.takeError();
    for (unsigned e = 0; e < graph.edges.size(); ++e)
      if (topology.recurrent[e])
        if (Result<void> fits = checkEdge(e); !fits)
          return fits.takeError();
    return std::move(topology);
  }

private:
  enum State { Unseen, Open, Done };

  Error fail(unsigned node, std::string message) const {
    return Error(std::move(message), graph.place(node));
  }

  Result<void> checkEnds();
  void search();
  void findLoops();
  Result<void> infer(unsigned index);
  Result<void> checkEdge(unsigned edge);
  Result<Shape> takes(unsigned index, const Shape &given);
  Result<Shape> gives(unsigned index, const Shape &in);
  Result<Shape> neuronShape(unsigned index, const Shape &given);
  Result<Shape> flattened(unsigned index, const Shape &in);
  bool wantsPlanes(unsigned index, const Shape &planes);
  Result<Shape> windowed(unsigned index, const Shape &in);

  const Graph &graph;
  std::vector<std::string> &assumptions;
  Topology topology;
  std::vector<std::vector<unsigned>> outgoing;
  std::vector<State> state;
};

Result<void> Analyzer::checkEnds() {
  bool input = false;
  bool output = false;
  for (unsigned i = 0; i < graph.nodes.size(); ++i) {
    const Node &node = graph.nodes[i];
    const size_t edges = topology.incoming[i].size();
    input |= node.kind == Kind::Input;
    output |= node.kind == Kind::Output;
    if (node.kind == Kind::Input && edges != 0)
      return fail(
          i, "is an Input, but " +
                 graph.nodes[graph.edges[topology.incoming[i][0]].source].path +
                 " leads to it");
    if (node.kind != Kind::Input && edges == 0)
      return fail(i, "has no incoming edge");
  }
  if (!input || !output)
    return Error(std::string("has no ") + (input ? "Output" : "Input") +
                     " node",
                 {graph.file, 0, 0, "/node/nodes"});
  return {};
}

/// Depth-first from the inputs; fills `recurrent` and `order`.
void Analyzer::search() {
  state.assign(graph.nodes.size(), Unseen);
  std::vector<unsigned> roots;
  for (unsigned i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].kind == Kind::Input)
      roots.push_back(i);
  std::sort(roots.begin(), roots.end(), [&](unsigned a, unsigned b) {
    return graph.nodes[a].name < graph.nodes[b].name;
  });
  for (unsigned root : roots) {
    std::vector<std::pair<unsigned, size_t>> stack{{root, 0}};
    state[root] = Open;
    while (!stack.empty()) {
      auto &[node, next] = stack.back();
      if (next == outgoing[node].size()) {
        state[node] = Done;
        topology.order.push_back(node);
        stack.pop_back();
        continue;
      }
      const unsigned edge = outgoing[node][next++];
      const unsigned target = graph.edges[edge].target;
      if (state[target] == Open) {
        topology.recurrent[edge] = true;
      } else if (state[target] == Unseen) {
        state[target] = Open;
        stack.emplace_back(target, 0);
      }
    }
  }
  std::reverse(topology.order.begin(), topology.order.end());
}

/// An edge back carries the signal of the last step if some cycle through it
/// has no Delay that takes time by itself.
void Analyzer::findLoops() {
  for (unsigned e = 0; e < graph.edges.size(); ++e) {
    if (!topology.recurrent[e])
      continue;
    const auto [source, target] = graph.edges[e];
    std::vector<bool> seen(graph.nodes.size(), false);
    std::vector<unsigned> open;
    const auto visit = [&](unsigned node) {
      if (!seen[node] && !graph.nodes[node].takesTime()) {
        seen[node] = true;
        open.push_back(node);
      }
    };
    visit(target);
    while (!open.empty() && !seen[source]) {
      const unsigned node = open.back();
      open.pop_back();
      for (unsigned next : outgoing[node])
        visit(graph.edges[next].target);
    }
    topology.carriesLast[e] = seen[source];
  }
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Result<void> Analyzer::infer(unsigned index) {
  Shape given;
  for (unsigned edge : topology.incoming[index])
    if (!topology.recurrent[edge]) {
      given = topology.out[graph.edges[edge].source];
      break;
    }
  Result<Shape> in = takes(index, given);
  if (!in)
    return in.takeError();
  topology.in[index] = *in;
  for (unsigned edge : topology.incoming[index])
    if (!topology.recurrent[edge])
      if (Result<void> fits = checkEdge(edge); !fits)
        return fits;
  Result<Shape> out = gives(index, *in);
  if (!out)
    return out.takeError();
  topology.out[index] = std::move(*out);
  return {};
}

Result<void> Analyzer::checkEdge(unsigned edge) {
  const auto [source, target] = graph.edges[edge];
  const Shape &given = topology.out[source];
  const Shape &wanted = topology.in[target];
  const Kind kind = graph.nodes[target].kind;
  if (given == wanted)
    return {};
  // A Flatten takes whatever has the right number of elements; so may an
  // Output, whose declared shape has no effect.
  const bool loose = kind == Kind::Flatten || kind == Kind::Output;
  if (squeezed(given) == squeezed(wanted) ||
      (loose && countOf(given) == countOf(wanted))) {
    if (kind != Kind::Flatten)
      assumptions.push_back(
          graph.nodes[target].path + " takes shape " + h5::toString(wanted) +
          "; the shape " + h5::toString(given) + " of " +
          graph.nodes[source].path + " is taken for the same");
    return {};
  }
  return fail(target, "takes shape " + h5::toString(wanted) + ", but " +
                          graph.nodes[source].path + " gives shape " +
                          h5::toString(given));
}

/// The shape that a node takes when it is given `given`.
Result<Shape> Analyzer::takes(unsigned index, const Shape &given) {
  const Node &node = graph.nodes[index];
  switch (node.kind) {
  case Kind::Input:
  case Kind::Output:
  case Kind::Port:
    return node.shape.empty() ? given : node.shape;
  case Kind::Affine:
  case Kind::Linear: {
    Shape in(node.weight.shape.begin(), node.weight.shape.end() - 2);
    in.push_back(node.weight.shape.back());
    return in;
  }
  case Kind::Conv1d: {
    const int64_t channels = node.weight.shape[1] * node.groups;
    if (!node.shape.empty())
      return Shape{channels, node.shape[0]};
    if (given.empty())
      return fail(index, "is given shape " + h5::toString(given) +
                             "; channels x length were wanted");
    return Shape{channels, given.back()};
  }
  case Kind::Conv2d: {
    const int64_t channels = node.weight.shape[1] * node.groups;
    if (!node.shape.empty())
      return Shape{channels, node.shape[0], node.shape[1]};
    // Only height and width may be taken from what comes in.
    if (given.size() < 2)
      return fail(index, "is given shape " + h5::toString(given) +
                             "; channels x height x width were wanted");
    return Shape{channels, given[given.size() - 2], given.back()};
  }
  case Kind::SumPool2d:
  case Kind::AvgPool2d: {
    const Shape tail(given.end() - std::min<size_t>(given.size(), 3),
                     given.end());
    if (tail.size() == 3)
      return tail;
    if (tail.size() == 2)
      return Shape{1, tail[0], tail[1]};
    return fail(index, "is given shape " + h5::toString(given) +
                           "; channels x height x width were wanted");
  }
  case Kind::Flatten:
    return node.shape.empty() ? given : node.shape;
  case Kind::Scale:
    // One factor is for every element.
    return node.weight.values.size() == 1 ? given : node.weight.shape;
  case Kind::IF:
  case Kind::LIF:
  case Kind::CubaLIF:
  case Kind::LI:
  case Kind::CubaLI:
  case Kind::I:
  case Kind::Threshold:
  case Kind::Delay:
    return neuronShape(index, given);
  }
  return given;
}

Result<Shape> Analyzer::neuronShape(unsigned index, const Shape &given) {
  const Node &node = graph.nodes[index];
  const std::string *first = nullptr;
  Shape shape;
  for (const auto &[name, parameter] : node.parameters) {
    if (parameter.values.size() == 1)
      continue;
    if (first && squeezed(parameter.shape) != squeezed(shape))
      return fail(index, "has " + *first + " of shape " + h5::toString(shape) +
                             " but " + name + " of shape " +
                             h5::toString(parameter.shape));
    if (!first)
      shape = parameter.shape;
    first = &name;
  }
  if (first)
    return shape;
  // One value for all neurons: there are as many as signals.
  bool declared = false;
  for (const auto &[name, parameter] : node.parameters)
    declared |= !parameter.shape.empty();
  if (declared && countOf(given) > 1)
    assumptions.push_back(node.path + " has one value per parameter for " +
                          std::to_string(countOf(given)) +
                          (isNeuron(node.kind) ? " neurons" : " signals"));
  return given;
}

Result<Shape> Analyzer::gives(unsigned index, const Shape &in) {
  const Node &node = graph.nodes[index];
  switch (node.kind) {
  case Kind::Affine:
  case Kind::Linear:
    return Shape(node.weight.shape.begin(), node.weight.shape.end() - 1);
  case Kind::Conv1d: {
    Result<Shape> out = windowed(index, {in[0], 1, in[1]});
    if (!out)
      return out;
    return Shape{(*out)[0], (*out)[2]};
  }
  case Kind::Conv2d:
  case Kind::SumPool2d:
  case Kind::AvgPool2d:
    return windowed(index, in);
  case Kind::Flatten:
    return flattened(index, in);
  default:
    return in;
  }
}

Result<Shape> Analyzer::windowed(unsigned index, const Shape &in) {
  const Node &node = graph.nodes[index];
  const bool pools =
      node.kind == Kind::SumPool2d || node.kind == Kind::AvgPool2d;
  Shape out{pools ? in[0] : node.weight.shape[0], 0, 0};
  for (int axis : {0, 1}) {
    const int64_t padding = node.padding[axis];
    out[axis + 1] =
        snn::windowExtent(in[axis + 1], node.kernel[axis], node.stride[axis],
                          padding, node.dilation[axis]);
    if (out[axis + 1] < 1)
      return fail(
          index, "has a window of " + std::to_string(node.kernel[axis]) +
                     " that does not fit into " + std::to_string(in[axis + 1]) +
                     " elements with padding " + std::to_string(padding));
  }
  return out;
}

/// Whether a node behind the Flatten `index` takes `planes` but not as many
/// elements in one row.
bool Analyzer::wantsPlanes(unsigned index, const Shape &planes) {
  const size_t said = assumptions.size();
  const auto fits = [&](unsigned target, const Shape &shape) {
    const Result<Shape> taken = takes(target, shape);
    return taken && squeezed(*taken) == squeezed(shape);
  };
  bool wanted = false;
  for (unsigned edge : outgoing[index]) {
    const unsigned target = graph.edges[edge].target;
    wanted |= fits(target, planes) && !fits(target, {countOf(planes)});
  }
  assumptions.resize(said);
  return wanted;
}

Result<Shape> Analyzer::flattened(unsigned index, const Shape &in) {
  const Node &node = graph.nodes[index];
  const auto rank = static_cast<int64_t>(in.size());
  int64_t start = node.startDim < 0 ? node.startDim + rank : node.startDim;
  int64_t end = node.endDim < 0 ? node.endDim + rank : node.endDim;
  if (start == 1 && rank > 1 && end == rank - 1 &&
      !wantsPlanes(index, {in[0], countOf(in) / in[0]})) {
    // Dimensions exclude the batch, but files count it as dimension 0.
    assumptions.push_back(node.path + " has start_dim 1: dimension 0 is taken "
                                      "for the batch, everything is flattened");
    start = 0;
  }
  if (rank == 1 && start == 1)
    start = 0;
  if (start < 0 || end >= rank || start > end)
    return fail(index, "flattens dimensions " + std::to_string(node.startDim) +
                           " to " + std::to_string(node.endDim) + " of shape " +
                           h5::toString(in));
  Shape out(in.begin(), in.begin() + start);
  out.push_back(countOf(Shape(in.begin() + start, in.begin() + end + 1)));
  out.insert(out.end(), in.begin() + end + 1, in.end());
  return out;
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

class PathFinder {
public:
  PathFinder(const Graph &graph, const Topology &topology)
      : graph(graph), topology(topology) {}

  /// Appends every path that enters by `edge`.
  Result<void> enter(unsigned edge, std::vector<Path> &out) {
    const unsigned source = graph.edges[edge].source;
    const Node &node = graph.nodes[source];
    // A Delay that is the same for all signals only adds to the path.
    const unsigned own =
        node.delaySteps.size() == 1 ? node.delaySteps.front() : 0;
    const unsigned delay = topology.carriesLast[edge] + own;
    if (isSource(graph.nodes[source])) {
      out.push_back({source, {}, {}, delay});
      return {};
    }
    if (std::find(open.begin(), open.end(), source) != open.end()) {
      std::string names;
      for (unsigned node : open)
        names += graph.nodes[node].name + " <- ";
      return Error("is on a cycle without neurons: " + names +
                       graph.nodes[source].name,
                   graph.place(source));
    }
    open.push_back(source);
    std::vector<Path> paths;
    for (unsigned next : topology.incoming[source])
      if (Result<void> done = enter(next, paths); !done)
        return done;
    open.pop_back();
    if (out.size() + paths.size() > maxPaths)
      return Error("is reached on more than " + std::to_string(maxPaths) +
                       " paths of linear nodes",
                   graph.place(graph.edges[edge].target));
    for (size_t i = 0; i < paths.size(); ++i) {
      paths[i].nodes.push_back(source);
      paths[i].biased.push_back(i == 0);
      paths[i].delay += delay;
      out.push_back(std::move(paths[i]));
    }
    return {};
  }

private:
  const Graph &graph;
  const Topology &topology;
  std::vector<unsigned> open; ///< linear nodes on the path so far
};

} // namespace

Result<Topology> limen::nir::analyze(const Graph &graph,
                                     std::vector<std::string> &assumptions) {
  return Analyzer(graph, assumptions).run();
}

Result<std::vector<Path>> limen::nir::pathsInto(const Graph &graph,
                                                const Topology &topology,
                                                unsigned node) {
  std::vector<Path> paths;
  PathFinder finder(graph, topology);
  for (unsigned edge : topology.incoming[node])
    if (Result<void> done = finder.enter(edge, paths); !done)
      return done.takeError();
  return paths;
}
