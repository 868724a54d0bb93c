#include "compiler/Export/NIR/NIRWrite.h"

#include "compiler/Import/NIR/NIRKinds.h"
#include "runtime/hdf5/FileWriter.h"

using namespace limen;
using namespace limen::nir;

/// Version of the reference package whose layout is written.
static constexpr const char *layoutVersion = "1.0.7";

namespace {

class NodeWriter {
public:
  NodeWriter(h5::FileWriter &file, const Node &node)
      : file(file), node(node), path("/node/nodes/" + node.name) {}

  void write() {
    file.string(path + "/type", std::string(toString(node.kind)));
    for (const auto &[name, parameter] : node.parameters)
      file.numbers<double>(path + "/" + name, parameter.shape,
                           parameter.values);
    switch (node.kind) {
    case Kind::Input:
    case Kind::Output:
      whole("shape", node.shape);
      break;
    case Kind::Affine:
      floats("bias", node.bias);
      [[fallthrough]];
    case Kind::Linear:
      floats("weight", node.weight);
      break;
    case Kind::Scale:
      floats("scale", node.weight);
      break;
    case Kind::Flatten:
      whole("input_type", node.shape);
      one("start_dim", node.startDim);
      one("end_dim", node.endDim);
      break;
    case Kind::SumPool2d:
    case Kind::AvgPool2d:
      pair("kernel_size", node.kernel);
      pair("stride", node.stride);
      pair("padding", node.padding);
      break;
    case Kind::Conv1d: {
      h5::Data<float> weight = node.weight; // without the height of 1
      weight.shape.erase(weight.shape.begin() + 2);
      floats("weight", weight);
      floats("bias", node.bias);
      one("input_shape", node.shape[0]);
      one("stride", node.stride[1]);
      one("padding", node.padding[1]);
      one("dilation", node.dilation[1]);
      one("groups", node.groups);
      break;
    }
    case Kind::Conv2d:
      floats("weight", node.weight);
      floats("bias", node.bias);
      whole("input_shape", node.shape);
      pair("stride", node.stride);
      pair("padding", node.padding);
      pair("dilation", node.dilation);
      one("groups", node.groups);
      break;
    default:
      break;
    }
  }

private:
  void floats(const std::string &name, const h5::Data<float> &data) {
    file.numbers<float>(path + "/" + name, data.shape, data.values);
  }
  void whole(const std::string &name, const Shape &values) {
    file.numbers<int64_t>(path + "/" + name,
                          {static_cast<int64_t>(values.size())}, values);
  }
  void pair(const std::string &name, const std::array<int64_t, 2> &values) {
    file.numbers<int64_t>(path + "/" + name, {2}, values);
  }
  void one(const std::string &name, int64_t value) {
    file.numbers<int64_t>(path + "/" + name, {}, std::span(&value, 1));
  }

  h5::FileWriter &file;
  const Node &node;
  std::string path;
};

} // namespace

Result<void> limen::nir::writeGraph(const Graph &graph,
                                    const std::string &path) {
  h5::FileWriter file;
  file.string("/version", layoutVersion);
  file.string("/node/type", "NIRGraph");
  file.numbers<double>("/node/metadata/dt", {}, std::span(&graph.dt, 1));
  file.string("/node/metadata/time_unit", "s");
  for (const Node &node : graph.nodes)
    NodeWriter(file, node).write();
  std::vector<std::string> edges;
  for (const Edge &edge : graph.edges) {
    edges.push_back(graph.nodes[edge.source].name);
    edges.push_back(graph.nodes[edge.target].name);
  }
  file.strings("/node/edges", {static_cast<int64_t>(graph.edges.size()), 2},
               edges);
  return file.save(path);
}
