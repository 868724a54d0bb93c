#include "compiler/Import/NIR/NIRGraph.h"

#include "compiler/Import/NIR/NIRKinds.h"

#include "hw-models/base/Quantity.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

using namespace limen;
using namespace limen::nir;

namespace {

// More elements than 32-bit indices can name are refused.
constexpr double maxElements = 4294967295.0;
constexpr unsigned maxDepth = 32;

/// One graph of the file, for resolving its edges.
struct Scope {
  std::string path;
  std::map<std::string, unsigned> nodes;
  std::map<std::string, std::unique_ptr<Scope>> graphs;

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto &entry : nodes)
      all.push_back(entry.first);
    for (const auto &entry : graphs)
      all.push_back(entry.first);
    std::sort(all.begin(), all.end());
    return all;
  }
};

std::string joinNames(const std::vector<std::string> &names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i == 20)
      return text + " and " + std::to_string(names.size() - i) + " more";
    text += (i ? ", " : "") + names[i];
  }
  return text;
}

class Reader {
public:
  Reader(const h5::File &file, Graph &graph,
         std::vector<std::string> &assumptions)
      : file(file), graph(graph), assumptions(assumptions) {}

  Result<void> run() {
    if (file.kind("/node") != h5::Kind::Group)
      return Error("has no group /node, so it is not a NIR file",
                   file.place("/node"));
    if (file.exists("/version")) {
      Result<std::string> version = file.readString("/version");
      if (!version)
        return version.takeError();
      graph.version = *version;
    }
    Result<std::string> type = file.readString("/node/type");
    if (!type)
      return type.takeError();
    if (*type != "NIRGraph")
      return Error("the top node is a '" + *type + "'; a NIRGraph was wanted",
                   file.place("/node/type"));
    Scope top;
    if (Result<void> done = readScope("/node", "", 0, top); !done)
      return done;
    return finishEdges();
  }

private:
  Result<void> readScope(const std::string &path, const std::string &prefix,
                         unsigned depth, Scope &scope);
  Result<void> readEdges(const Scope &scope);
  Result<void> finishEdges();
  Result<unsigned> resolve(const Scope &scope, const std::string &name,
                           bool asSource);
  Result<void> readNode(Node &node);
  Result<void> readNeuron(Node &node);
  Result<void> readWindow(Node &node);
  Result<void> readPadding(Node &node);

  Result<Shape> readShape(const std::string &path);
  Result<h5::Data<float>> readWeights(const std::string &path,
                                      std::vector<size_t> ranks);
  Result<void> readPair(const Node &node, const char *name,
                        std::array<int64_t, 2> &out, bool required);
  Result<void> readInteger(const Node &node, const char *name, int64_t &out);

  Error fail(std::string message, const std::string &path) const {
    return Error(std::move(message), file.place(path));
  }

  const h5::File &file;
  Graph &graph;
  std::vector<std::string> &assumptions;
};

Result<void> Reader::readScope(const std::string &path,
                               const std::string &prefix, unsigned depth,
                               Scope &scope) {
  if (depth > maxDepth)
    return fail("graphs are nested more than " + std::to_string(maxDepth) +
                    " deep",
                path);
  scope.path = path;
  const std::string group = h5::join(path, "nodes");
  Result<std::vector<std::string>> names = file.links(group);
  if (!names)
    return names.takeError();
  for (const std::string &name : *names) {
    const std::string at = h5::join(group, name);
    Result<std::string> type = file.readString(h5::join(at, "type"));
    if (!type)
      return type.takeError();
    if (*type == "NIRGraph") {
      auto inner = std::make_unique<Scope>();
      if (Result<void> done =
              readScope(at, prefix + name + ".", depth + 1, *inner);
          !done)
        return done;
      scope.graphs[name] = std::move(inner);
      continue;
    }
    Node node;
    node.name = prefix + name;
    node.path = at;
    const std::optional<Kind> kind = kindOf(*type);
    if (!kind)
      return fail("the node type '" + *type + "' is not supported", at)
          .note("supported are " + supportedTypes() + ", NIRGraph");
    node.kind = *kind;
    if (Result<void> done = readNode(node); !done)
      return done;
    if (depth > 0 && (node.kind == Kind::Input || node.kind == Kind::Output))
      node.kind = Kind::Port;
    for (const Node &other : graph.nodes)
      if (other.name == node.name)
        return fail(
            "has the same full name '" + node.name + "' as " + other.path, at);
    scope.nodes[name] = static_cast<unsigned>(graph.nodes.size());
    graph.nodes.push_back(std::move(node));
  }
  return readEdges(scope);
}

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

Result<unsigned> Reader::resolve(const Scope &scope, const std::string &name,
                                 bool asSource) {
  if (auto node = scope.nodes.find(name); node != scope.nodes.end())
    return node->second;
  if (auto inner = scope.graphs.find(name); inner != scope.graphs.end()) {
    // The ports of a graph are its own Input and Output nodes.
    const std::string wanted = asSource ? "Output" : "Input";
    std::vector<std::pair<std::string, unsigned>> ports;
    for (const auto &[port, index] : inner->second->nodes) {
      Result<std::string> type =
          file.readString(h5::join(graph.nodes[index].path, "type"));
      if (type && *type == wanted)
        ports.emplace_back(port, index);
    }
    if (ports.size() == 1)
      return ports.front().second;
    return fail("the graph '" + name + "' has " + std::to_string(ports.size()) +
                    " " + wanted + " nodes; an edge to it needs one",
                inner->second->path)
        .note("address a port as '" + name + ".PORT'");
  }
  for (size_t dot = name.find('.'); dot != std::string::npos;
       dot = name.find('.', dot + 1))
    if (auto inner = scope.graphs.find(name.substr(0, dot));
        inner != scope.graphs.end())
      return resolve(*inner->second, name.substr(dot + 1), asSource);
  return fail("names the node '" + name + "', which does not exist in " +
                  scope.path,
              h5::join(scope.path, "edges"))
      .note("the nodes there are " + joinNames(scope.names()));
}

Result<void> Reader::readEdges(const Scope &scope) {
  const std::string path = h5::join(scope.path, "edges");
  Result<h5::DatasetInfo> info = file.info(path);
  if (!info)
    return info.takeError();
  // Without edges, h5py writes an empty array of numbers.
  if (!info->shape.empty() && info->shape[0] == 0)
    return {};
  if (info->shape.size() != 2 || info->shape[1] != 2)
    return fail("edges have shape " + h5::toString(info->shape) +
                    "; [number of edges, 2] was wanted",
                path);
  Result<h5::Data<std::string>> names = file.readStrings(path);
  if (!names)
    return names.takeError();
  for (size_t i = 0; i + 1 < names->values.size(); i += 2) {
    const std::string &from = names->values[i];
    const std::string &to = names->values[i + 1];
    Result<unsigned> source = resolve(scope, from, true);
    Result<unsigned> target =
        source ? resolve(scope, to, false) : Result<unsigned>(0u);
    Error *problem = nullptr;
    Error found;
    if (!source)
      found = source.takeError(), problem = &found;
    else if (!target)
      found = target.takeError(), problem = &found;
    if (problem) {
      found.message = "the edge ['" + from + "', '" + to + "'] " +
                      (found.message.starts_with("names")
                           ? found.message
                           : "cannot be resolved: " + found.message);
      return found;
    }
    graph.edges.push_back({*source, *target});
  }
  return {};
}

Result<void> Reader::finishEdges() {
  auto key = [&](const Edge &e) {
    return std::pair(std::string_view(graph.nodes[e.source].name),
                     std::string_view(graph.nodes[e.target].name));
  };
  std::sort(graph.edges.begin(), graph.edges.end(),
            [&](const Edge &a, const Edge &b) { return key(a) < key(b); });
  const auto same = [](const Edge &a, const Edge &b) {
    return a.source == b.source && a.target == b.target;
  };
  for (size_t i = 1; i < graph.edges.size(); ++i)
    if (same(graph.edges[i - 1], graph.edges[i]))
      assumptions.push_back("the edge " +
                            graph.nodes[graph.edges[i].source].name + " -> " +
                            graph.nodes[graph.edges[i].target].name +
                            " is listed more than once and counts once");
  graph.edges.erase(std::unique(graph.edges.begin(), graph.edges.end(), same),
                    graph.edges.end());
  return {};
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

Result<Shape> Reader::readShape(const std::string &path) {
  Result<h5::Data<int64_t>> data = file.read<int64_t>(path);
  if (!data)
    return data.takeError();
  double count = 1;
  for (int64_t extent : data->values) {
    if (extent < 1)
      return fail("has the extent " + std::to_string(extent) +
                      "; extents must be positive",
                  path);
    count *= static_cast<double>(extent);
  }
  if (data->values.empty() || data->values.size() > 16 || count > maxElements)
    return fail("the shape " + h5::toString(data->values) +
                    " is empty or too large",
                path);
  return data->values;
}

Result<h5::Data<float>> Reader::readWeights(const std::string &path,
                                            std::vector<size_t> ranks) {
  Result<h5::Data<float>> data = file.read<float>(path);
  if (!data)
    return data;
  if (data->shape.size() < ranks[0] || data->shape.size() > ranks[1])
    return fail("has shape " + h5::toString(data->shape) + "; " +
                    std::to_string(ranks[0]) + " dimensions were wanted",
                path);
  if (data->values.empty())
    return fail("has shape " + h5::toString(data->shape) + ", no elements",
                path);
  for (size_t i = 0; i < data->values.size(); ++i)
    if (!std::isfinite(data->values[i]))
      return fail("element " + std::to_string(i) + " is " +
                      (std::isnan(data->values[i]) ? "not a number"
                                                   : "not a finite float32"),
                  path);
  return data;
}

Result<void> Reader::readInteger(const Node &node, const char *name,
                                 int64_t &out) {
  const std::string path = h5::join(node.path, name);
  if (!file.exists(path))
    return {};
  Result<h5::Data<int64_t>> data = file.read<int64_t>(path);
  if (!data)
    return data.takeError();
  if (data->values.size() != 1)
    return fail("has shape " + h5::toString(data->shape) +
                    "; one number was wanted",
                path);
  out = data->values[0];
  return {};
}

Result<void> Reader::readPair(const Node &node, const char *name,
                              std::array<int64_t, 2> &out, bool required) {
  const std::string path = h5::join(node.path, name);
  if (!required && !file.exists(path)) {
    assumptions.push_back(node.path + " has no " + name + ": [" +
                          std::to_string(out[0]) + ", " +
                          std::to_string(out[1]) + "] is taken");
    return {};
  }
  Result<h5::Data<int64_t>> data = file.read<int64_t>(path);
  if (!data)
    return data.takeError();
  const std::vector<int64_t> &values = data->values;
  if (values.size() != 1 && values.size() != 2)
    return fail("has shape " + h5::toString(data->shape) +
                    "; one number or two were wanted",
                path);
  out = {values.front(), values.back()};
  const int64_t least = std::string_view(name) == "padding" ? 0 : 1;
  for (int64_t value : out)
    if (value < least || value > 1 << 20)
      return fail("is " + std::to_string(value) + ", at least " +
                      std::to_string(least) + " was wanted",
                  path);
  return {};
}

Result<void> Reader::readPadding(Node &node) {
  const std::string path = h5::join(node.path, "padding");
  if (file.exists(path)) {
    Result<h5::DatasetInfo> info = file.info(path);
    if (!info)
      return info.takeError();
    if (info->elements == h5::ElementClass::String) {
      Result<std::string> word = file.readString(path);
      if (!word)
        return word.takeError();
      if (*word != "same" && *word != "valid")
        return fail(
            "is '" + *word + "'; 'same', 'valid' or numbers were wanted", path);
      node.samePadding = *word == "same";
      return {};
    }
  }
  return readPair(node, "padding", node.padding, false);
}

Result<void> Reader::readWindow(Node &node) {
  if (node.kind == Kind::Conv2d) {
    Result<h5::Data<float>> weight =
        readWeights(h5::join(node.path, "weight"), {4, 4});
    if (!weight)
      return weight.takeError();
    node.weight = std::move(*weight);
    node.kernel = {node.weight.shape[2], node.weight.shape[3]};
    const std::string bias = h5::join(node.path, "bias");
    if (file.exists(bias)) {
      Result<h5::Data<float>> data = readWeights(bias, {0, 16});
      if (!data)
        return data.takeError();
      node.bias = std::move(*data);
      const auto count = static_cast<int64_t>(node.bias.values.size());
      if (count != node.weight.shape[0] && count != 1)
        return fail("has " + std::to_string(count) + " elements for " +
                        std::to_string(node.weight.shape[0]) +
                        " output channels",
                    bias);
    }
    const std::string input = h5::join(node.path, "input_shape");
    if (file.exists(input)) {
      Result<Shape> shape = readShape(input);
      if (!shape)
        return shape.takeError();
      node.shape = *shape;
      if (node.shape.size() == 1)
        node.shape.push_back(node.shape[0]);
      if (node.shape.size() != 2)
        return fail("is " + h5::toString(node.shape) +
                        "; [height, width] was wanted",
                    input);
    }
    if (Result<void> r = readInteger(node, "groups", node.groups); !r)
      return r;
    if (node.groups < 1 || node.weight.shape[0] % node.groups != 0)
      return fail("is " + std::to_string(node.groups) +
                      ", which does not divide " +
                      std::to_string(node.weight.shape[0]) + " output channels",
                  h5::join(node.path, "groups"));
    if (Result<void> r = readPair(node, "stride", node.stride, false); !r)
      return r;
    if (Result<void> r = readPair(node, "dilation", node.dilation, false); !r)
      return r;
    return readPadding(node);
  }
  if (Result<void> r = readPair(node, "kernel_size", node.kernel, true); !r)
    return r;
  node.stride = node.kernel;
  if (Result<void> r = readPair(node, "stride", node.stride, false); !r)
    return r;
  return readPair(node, "padding", node.padding, false);
}

Result<void> Reader::readNeuron(Node &node) {
  for (const ParameterRule &rule : parametersOf(node.kind)) {
    const std::string path = h5::join(node.path, rule.name);
    if (!file.exists(path) && !std::isnan(rule.fallback)) {
      assumptions.push_back(node.path + " has no " + rule.name + ": " +
                            formatNumber(rule.fallback) + " is taken");
      node.parameters[rule.name] = {{}, {rule.fallback}};
      continue;
    }
    Result<Parameter> data = file.read<double>(path);
    if (!data)
      return data.takeError();
    if (data->values.empty())
      return fail("has shape " + h5::toString(data->shape) + ", no elements",
                  path);
    for (size_t i = 0; i < data->values.size(); ++i) {
      const double value = data->values[i];
      if (!std::isfinite(value) || std::abs(value) > 3e38)
        return fail("element " + std::to_string(i) +
                        (std::isnan(value) ? " is not a number"
                                           : " is not a finite float32"),
                    path);
      if (rule.timeConstant && value <= 0)
        return fail("element " + std::to_string(i) + " is " +
                        formatNumber(value) +
                        "; a time constant must be positive",
                    path);
    }
    node.parameters[rule.name] = std::move(*data);
  }
  return {};
}

Result<void> Reader::readNode(Node &node) {
  switch (node.kind) {
  case Kind::Input:
  case Kind::Output:
  case Kind::Port: {
    Result<Shape> shape = readShape(h5::join(node.path, "shape"));
    if (!shape)
      return shape.takeError();
    node.shape = std::move(*shape);
    return {};
  }
  case Kind::Affine:
  case Kind::Linear: {
    Result<h5::Data<float>> weight =
        readWeights(h5::join(node.path, "weight"), {2, 16});
    if (!weight)
      return weight.takeError();
    node.weight = std::move(*weight);
    if (node.kind == Kind::Linear)
      return {};
    const std::string path = h5::join(node.path, "bias");
    Result<h5::Data<float>> bias = readWeights(path, {0, 16});
    if (!bias)
      return bias.takeError();
    node.bias = std::move(*bias);
    const Shape &shape = node.weight.shape;
    const auto count = static_cast<int64_t>(node.bias.values.size());
    const int64_t outputs =
        static_cast<int64_t>(node.weight.values.size()) / shape.back();
    if (count != 1 && count != outputs)
      return fail("has shape " + h5::toString(node.bias.shape) +
                      ", but the weight has shape " + h5::toString(shape) +
                      ", so " + std::to_string(outputs) + " were wanted",
                  path);
    return {};
  }
  case Kind::Conv2d:
  case Kind::SumPool2d:
  case Kind::AvgPool2d:
    return readWindow(node);
  case Kind::Flatten: {
    const std::string path = h5::join(node.path, "input_type");
    if (file.exists(path)) {
      Result<Shape> shape = readShape(path);
      if (!shape)
        return shape.takeError();
      node.shape = std::move(*shape);
    }
    if (Result<void> r = readInteger(node, "start_dim", node.startDim); !r)
      return r;
    return readInteger(node, "end_dim", node.endDim);
  }
  case Kind::IF:
  case Kind::LIF:
  case Kind::CubaLIF:
  case Kind::LI:
  case Kind::CubaLI:
  case Kind::I:
  case Kind::Threshold:
    return readNeuron(node);
  case Kind::Scale: {
    Result<h5::Data<float>> factors =
        readWeights(h5::join(node.path, "scale"), {0, 16});
    if (!factors)
      return factors.takeError();
    node.weight = std::move(*factors);
    return {};
  }
  }
  return {};
}

} // namespace

Result<Graph> limen::nir::readGraph(const std::string &path,
                                    std::vector<std::string> &assumptions) {
  Result<h5::File> file = h5::File::open(path);
  if (!file)
    return file.takeError();
  Graph graph;
  graph.file = path;
  if (Result<void> done = Reader(*file, graph, assumptions).run(); !done)
    return done.takeError();
  return graph;
}
