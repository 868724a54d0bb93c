// Small NIR files and what tests ask of their import.
#pragma once

#include "compiler/Import/NIR/NIRImport.h"
#include "test/unit/Imported.h"
#include "test/unit/TestData.h"
#include "test/unit/hdf5/Writer.h"

namespace limen::test {

/// Writes a NIR file node by node.
class NirWriter : public Writer {
public:
  explicit NirWriter(const std::string &path) : Writer(path) {
    strings("/version", {}, {"1.0.7"});
    strings("/node/type", {}, {"NIRGraph"});
  }
  /// A node of `type`; its parameters are added below the returned path.
  std::string node(const std::string &name, const std::string &type,
                   const std::string &graph = "/node") {
    const std::string path = graph + "/nodes/" + name;
    strings(path + "/type", {}, {type});
    return path;
  }
  void port(const std::string &name, const std::string &type,
            const std::vector<double> &shape,
            const std::string &graph = "/node") {
    integers(node(name, type, graph) + "/shape", {shape.size()}, shape);
  }
  void linear(const std::string &name, hsize_t rows, hsize_t columns,
              const std::vector<double> &weight,
              const std::vector<double> &bias = {},
              const std::string &graph = "/node") {
    const std::string path =
        node(name, bias.empty() ? "Linear" : "Affine", graph);
    numbers(path + "/weight", {rows, columns}, weight);
    if (!bias.empty())
      numbers(path + "/bias", {bias.size()}, bias);
  }
  void integrateAndFire(const std::string &name, std::vector<hsize_t> shape,
                        double threshold = 1,
                        const std::string &graph = "/node") {
    const std::string path = node(name, "IF", graph);
    size_t count = 1;
    for (hsize_t extent : shape)
      count *= extent;
    numbers(path + "/r", shape, std::vector<double>(count, 1));
    numbers(path + "/v_threshold", shape,
            std::vector<double>(count, threshold));
  }
  void edges(const std::vector<std::string> &flat,
             const std::string &graph = "/node") {
    strings(graph + "/edges", {flat.size() / 2, 2}, flat);
  }
};

/// An import and what came of it.
struct Imported : ImportedModule {
  explicit Imported(const std::string &file,
                    const nir::NIROptions &options = {})
      : ImportedModule([&](auto *context, auto &assumptions) {
          return nir::importNIR(file, options, context, assumptions);
        }) {}
};

} // namespace limen::test
