#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "test/unit/import_nir/Support.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace limen;
using namespace limen::snn;

namespace {

/// State and spike of one IF step from v with input x, threshold 1, reset 0.25.
std::pair<double, double> step(SpikeRule spike, ResetRule reset, double v,
                               double x) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<SnnDialect, mlir::arith::ArithDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  ModelOp model = getOrInsertModel(*module, "if");
  EXPECT_TRUE(succeeded(setSpikeRule(model, spike)));
  EXPECT_TRUE(succeeded(setResetRule(model, reset)));
  auto results = evaluate(model.getStep().front(),
                          {{1.0}, {1.0}, {0.25}, {v}, {x}}, 1, true);
  EXPECT_TRUE(succeeded(results));
  return {(*results)[0][0], (*results)[1][0]};
}

TEST(NeuronRules, comparisonDecidesAtTheThreshold) {
  EXPECT_EQ(step(SpikeRule::Greater, ResetRule::Zero, 0.5, 0.5),
            std::pair(1.0, 0.0));
  EXPECT_EQ(step(SpikeRule::GreaterEqual, ResetRule::Zero, 0.5, 0.5),
            std::pair(0.25, 1.0));
}

TEST(NeuronRules, subtractionKeepsTheExcess) {
  EXPECT_EQ(step(SpikeRule::Greater, ResetRule::Zero, 0.5, 1.0),
            std::pair(0.25, 1.0));
  EXPECT_EQ(step(SpikeRule::Greater, ResetRule::Subtract, 0.5, 1.0),
            std::pair(0.5, 1.0));
  EXPECT_EQ(step(SpikeRule::Greater, ResetRule::Subtract, 0.25, 0.5),
            std::pair(0.75, 0.0));
}

TEST(NeuronRules, everyBuiltinModelCanBeChanged) {
  for (const std::string &name : builtinModels()) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    context.loadDialect<SnnDialect, mlir::arith::ArithDialect>();
    mlir::OwningOpRef<mlir::ModuleOp> module =
        mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    ModelOp model = getOrInsertModel(*module, name);
    EXPECT_TRUE(succeeded(setSpikeRule(model, SpikeRule::GreaterEqual)));
    EXPECT_TRUE(succeeded(setResetRule(model, ResetRule::Subtract)));
  }
}

} // namespace
