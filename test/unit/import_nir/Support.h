// Small NIR files and what tests ask of their import.
#pragma once

#include "compiler/Import/NIR/NIRImport.h"
#include "dialects/snn/IR/NetworkView.h"
#include "test/unit/TestData.h"
#include "test/unit/hdf5/Writer.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

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
struct Imported {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::vector<std::string> assumptions;
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module;

  explicit Imported(const std::string &file,
                    const nir::NIROptions &options = {})
      : module(nir::importNIR(file, options, &context, assumptions)) {}

  std::string error() const {
    return module ? "no error" : module.error().text();
  }
  std::string text() {
    std::string out;
    llvm::raw_string_ostream stream(out);
    if (module)
      (**module).print(stream);
    return out;
  }
  network::Network view() {
    return *snn::viewNetwork(snn::theNetwork(**module));
  }
  bool assumed(const std::string &part) const {
    for (const std::string &sentence : assumptions)
      if (sentence.find(part) != std::string::npos)
        return true;
    return false;
  }
};

} // namespace limen::test
