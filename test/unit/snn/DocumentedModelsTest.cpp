// docs/neuron-models.md lists the library: every model, as it is.

#include "compiler/Conversion/SnnToSpin/FixedPlan.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/spin/IR/Spin.h"
#include "hw-models/base/Files.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sstream>

using namespace limen;

namespace {

std::string names(mlir::ArrayAttr array) {
  std::string text;
  for (llvm::StringRef name : array.getAsValueRange<mlir::StringAttr>())
    text += (text.empty() ? "" : ", ") + name.str();
  return text.empty() ? "–" : text;
}

/// Columns of a model's row after its equation.
std::string rowOf(snn::ModelOp model, bool inFixedPoint) {
  std::string parameters;
  const mlir::DictionaryAttr defaults = model.getDefaultsAttr();
  for (llvm::StringRef name :
       model.getParameters().getAsValueRange<mlir::StringAttr>()) {
    parameters += (parameters.empty() ? "" : ", ") + name.str();
    if (defaults)
      if (auto value = defaults.getAs<mlir::FloatAttr>(name))
        parameters += fmt::format(" = {:g}", value.getValueAsDouble());
  }
  std::string targets = "host";
  if (model.getStep().front().getOps<snn::UniformOp>().empty())
    targets += ", rram";
  if (inFixedPoint)
    targets += ", spinnaker";
  return fmt::format(" {} | {} | {} | {} | {} |", parameters,
                     names(model.getStates()), names(model.getReceptors()),
                     model.isSpiking() ? "spike" : "value", targets);
}

} // namespace

TEST(DocumentedModels, TableIsTheLibrary) {
  Result<std::string> page =
      readFile(std::string(LIMEN_SOURCE_DIR) + "/docs/neuron-models.md");
  ASSERT_TRUE(page) << page.error().text();
  mlir::DialectRegistry registry;
  registry.insert<snn::SnnDialect, spin::SpinDialect, mlir::arith::ArithDialect,
                  mlir::math::MathDialect>();
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  mlir::ScopedDiagnosticHandler quiet(
      &context, [](mlir::Diagnostic &) { return mlir::success(); });
  for (const std::string &name : snn::builtinModels()) {
    mlir::OwningOpRef<mlir::ModuleOp> module =
        mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    snn::ModelOp model = snn::getOrInsertModel(*module, name);
    ASSERT_TRUE(model) << name;
    network::Model prepared; // any numbers will do
    for (unsigned k = 0; k < model.getCoefficientCount(); ++k)
      prepared.coefficients.push_back(
          {"c", network::Array<double>::own({1 + 0.1 * k})});
    const bool fixed = mlir::succeeded(planFixedPoint(model, prepared));
    const std::string wanted = rowOf(model, fixed);
    std::istringstream lines(*page);
    std::string line;
    std::string found;
    while (std::getline(lines, line))
      if (line.starts_with("| `" + name + "` |"))
        found = line;
    EXPECT_TRUE(found.ends_with("|" + wanted))
        << "the row of '" << name
        << "' in docs/neuron-models.md must end with\n|" << wanted
        << "\nbut is\n"
        << found;
  }
}
