// Networks there and back again.
#pragma once

#include "compiler/Export/NIR/NIRExport.h"
#include "compiler/Import/Network.h"
#include "dialects/support/Diagnostics.h"
#include "test/unit/import_nir/Support.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <algorithm>

namespace limen::test {

/// What an snn.network says, free of the order of its ops and of the names of
/// its synapses: one text for each input, population and output, in which a
/// population's currents are written out down to what drives them, sorted.
class Canonical {
public:
  explicit Canonical(snn::NetworkOp network) : network(network) {}

  std::vector<std::string> texts() {
    std::vector<std::string> all = {
        "dt " + std::to_string(network.getDt().convertToDouble())};
    for (mlir::Operation &op : network.getBody().front()) {
      std::vector<std::string> currents;
      if (auto neuron = llvm::dyn_cast<snn::NeuronOp>(op))
        for (mlir::Value current : neuron.getCurrents())
          currents.push_back(of(current));
      else if (auto output = llvm::dyn_cast<snn::OutputOp>(op))
        currents.push_back(of(output.getValue()));
      else if (!llvm::isa<snn::InputOp>(op))
        continue;
      std::sort(currents.begin(), currents.end());
      std::string text = head(&op);
      for (const std::string &current : currents)
        text += "\n    " + current;
      all.push_back(text);
    }
    std::sort(all.begin(), all.end());
    return all;
  }

private:
  static std::string head(mlir::Operation *op) {
    std::string text = op->getName().getStringRef().str();
    for (mlir::Type type : op->getResultTypes())
      text += " : " + print(type);
    for (mlir::NamedAttribute attribute : op->getAttrs())
      text +=
          " " + attribute.getName().str() + "=" + print(attribute.getValue());
    return text;
  }

  std::string of(mlir::Value value) {
    mlir::Operation *op = value.getDefiningOp();
    if (auto neuron = llvm::dyn_cast<snn::NeuronOp>(op))
      return "<" + neuron.getName().str() + ">";
    if (auto input = llvm::dyn_cast<snn::InputOp>(op))
      return "<" + input.getName().str() + ">";
    return head(op) + " of " + of(op->getOperand(0));
  }

  static std::string print(mlir::Type type) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    type.print(stream);
    return text;
  }
  /// Resources by their bytes: their names do not matter.
  static std::string print(mlir::Attribute attribute) {
    if (auto data = llvm::dyn_cast<mlir::DenseResourceElementsAttr>(attribute))
      return print(data.getType()) +
             std::to_string(std::hash<std::string_view>()(std::string_view(
                 data.getData().data(), data.getData().size())));
    std::string text;
    llvm::raw_string_ostream stream(text);
    attribute.print(stream);
    return text;
  }

  snn::NetworkOp network;
};

/// Text of every model of a module, sorted.
inline std::vector<std::string> modelsOf(mlir::ModuleOp module) {
  std::vector<std::string> all;
  for (snn::ModelOp model : module.getOps<snn::ModelOp>()) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    model.print(stream);
    all.push_back(text);
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// Exports a module; the remarks, or the error.
struct Exported {
  std::vector<std::string> remarks;
  Result<void> done;

  Exported(mlir::ModuleOp module, const std::string &file)
      : done(nir::exportNIR(module, file, remarks)) {}
  std::string error() const { return done ? "no error" : done.error().text(); }
};

/// A network in IR text, with the models that it names.
struct Parsed {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::vector<std::string> assumptions;
  Result<mlir::OwningOpRef<mlir::ModuleOp>> module;

  Parsed(const TemporaryFolder &folder, const std::string &body)
      : module(parse(folder, body)) {}

private:
  Result<mlir::OwningOpRef<mlir::ModuleOp>> parse(const TemporaryFolder &folder,
                                                  const std::string &body) {
    context.loadDialect<snn::SnnDialect, mlir::arith::ArithDialect,
                        mlir::math::MathDialect>();
    return importNetwork(
        folder.file("net.mlir", "snn.network @net dt 0.001 {\n" + body + "}\n"),
        {}, &context, assumptions);
  }
};

} // namespace limen::test
