#include "compiler/Import/NIR/NIRGraph.h"

#include "compiler/Import/NIR/NIRKinds.h"
#include "compiler/Import/NIR/NIRNodeReader.h"

#include <algorithm>
#include <cmath>
#include <memory>

using namespace limen;
using namespace limen::nir;

namespace {

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
    if (Result<void> done = readStep(); !done)
      return done;
    finishEdges();
    dropIdlePorts();
    return {};
  }

private:
  Result<void> readScope(const std::string &path, const std::string &prefix,
                         unsigned depth, Scope &scope);
  Result<void> readEdges(const Scope &scope);
  Result<void> readStep();
  void finishEdges();
  void dropIdlePorts();
  Result<unsigned> resolve(const Scope &scope, const std::string &name,
                           bool asSource);
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
    if (Result<void> done = readNode(file, node, assumptions); !done)
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

void Reader::finishEdges() {
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
}

/// Where edges lead straight to the inside of a graph, its own ports may be
/// left without a signal. They go if whatever they lead to has others.
void Reader::dropIdlePorts() {
  std::vector<unsigned> incoming(graph.nodes.size(), 0);
  std::vector<bool> gone(graph.nodes.size(), false);
  for (const Edge &edge : graph.edges)
    ++incoming[edge.target];
  bool changed = true;
  while (changed) {
    changed = false;
    for (unsigned i = 0; i < graph.nodes.size(); ++i) {
      const auto loses = [&](const Edge &edge) {
        return edge.source == i && incoming[edge.target] == 1 &&
               graph.nodes[edge.target].kind != Kind::Port;
      };
      if (graph.nodes[i].kind != Kind::Port || gone[i] || incoming[i] != 0 ||
          std::any_of(graph.edges.begin(), graph.edges.end(), loses))
        continue;
      assumptions.push_back(graph.nodes[i].path +
                            " receives nothing and is left out");
      std::erase_if(graph.edges, [&](const Edge &edge) {
        incoming[edge.target] -= edge.source == i;
        return edge.source == i;
      });
      gone[i] = changed = true;
    }
  }
  std::vector<unsigned> place(graph.nodes.size(), 0);
  std::vector<Node> kept;
  for (unsigned i = 0; i < graph.nodes.size(); ++i) {
    place[i] = static_cast<unsigned>(kept.size());
    if (!gone[i])
      kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
  for (Edge &edge : graph.edges)
    edge = {place[edge.source], place[edge.target]};
}

/// The step that our own export leaves in the metadata of the graph. Metadata
/// is free, so nothing else is believed.
Result<void> Reader::readStep() {
  const std::string unit = "/node/metadata/time_unit";
  const std::string step = "/node/metadata/dt";
  if (!file.exists(unit) || !file.exists(step))
    return {};
  Result<std::string> word = file.readString(unit);
  Result<h5::Data<double>> dt = file.read<double>(step);
  if (!word || *word != "s" || !dt || dt->values.size() != 1)
    return {};
  if (!(dt->values[0] > 0) || !std::isfinite(dt->values[0]))
    return Error("is not a positive number of seconds", file.place(step));
  graph.dt = dt->values[0];
  return {};
}

} // namespace

bool Node::takesTime() const {
  return kind == Kind::Delay && !delaySteps.empty() &&
         std::all_of(delaySteps.begin(), delaySteps.end(),
                     [](uint32_t steps) { return steps > 0; });
}

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
