#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "test/unit/import_nir/Support.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include <cmath>
#include <functional>
#include <map>

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

/// States and output of one step of `name` after `adapt`.
std::vector<double> stepOf(const char *name,
                           const std::function<void(ModelOp)> &adapt,
                           const std::vector<double> &parameters,
                           const std::vector<double> &rest) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<SnnDialect, mlir::arith::ArithDialect,
                      mlir::math::MathDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  ModelOp model = getOrInsertModel(*module, name);
  adapt(model);
  EXPECT_TRUE(succeeded(mlir::verify(*module)));
  std::vector<std::vector<double>> arguments;
  for (double value : parameters)
    arguments.push_back({value});
  auto prepared =
      evaluate(model.getPrepare().front(), std::move(arguments), 1, false);
  EXPECT_TRUE(succeeded(prepared));
  for (double value : rest)
    prepared->push_back({value});
  auto results =
      evaluate(model.getStep().front(), std::move(*prepared), 1, false);
  EXPECT_TRUE(succeeded(results));
  std::vector<double> out;
  for (const std::vector<double> &values : *results)
    out.push_back(values[0]);
  return out;
}

TEST(NeuronRules, impulseDecaysExactlyAndAddsTheInput) {
  const auto impulse = [](ModelOp model) {
    EXPECT_TRUE(succeeded(setScheme(model, Scheme::Impulse)));
  };
  // LI: dt 1, tau 4, r 3, leak 0.5; from v 2 with x 5.
  const double keep = std::exp(-0.25);
  const double v = 0.5 + (2 - 0.5) * keep + 0.25 * 3 * 5;
  EXPECT_NEAR(stepOf("li", impulse, {1, 4, 3, 0.5}, {2, 5})[0], v, 1e-12);
  // CubaLI: tau_syn 2, tau_mem 4, r 3, leak 0.5, w_in 7; from i 1, v 2.
  const double i = std::exp(-0.5) + 0.5 * 7 * 5;
  const std::vector<double> cuba =
      stepOf("cuba_li", impulse, {1, 2, 4, 3, 0.5, 7}, {1, 2, 5});
  EXPECT_NEAR(cuba[0], i, 1e-12);
  EXPECT_NEAR(cuba[1], 0.5 + 1.5 * keep + 0.25 * 3 * i, 1e-12);
}

TEST(NeuronRules, spikesAndResetsOfTheNextStep) {
  const auto with = [](SpikeTiming timing, ResetRule reset) {
    return [=](ModelOp model) {
      EXPECT_TRUE(succeeded(setResetRule(model, reset)));
      EXPECT_TRUE(succeeded(setSpikeTiming(model, timing)));
    };
  };
  // IF: dt 1, r 1, threshold 1, reset 0.25: the next v and the spike.
  const auto step = [&](SpikeTiming timing, ResetRule reset, double v,
                        double x) {
    return stepOf("if", with(timing, reset), {1, 1, 1, 0.25}, {v, x});
  };
  using Out = std::vector<double>;
  EXPECT_EQ(step(SpikeTiming::NextStep, ResetRule::Zero, 0.5, 1),
            Out({1.5, 0}));
  EXPECT_EQ(step(SpikeTiming::NextStep, ResetRule::Zero, 1.5, 1),
            Out({0.25, 1}));
  EXPECT_EQ(step(SpikeTiming::NextStep, ResetRule::Subtract, 1.5, 1),
            Out({1.5, 1}));
  EXPECT_EQ(step(SpikeTiming::ResetLater, ResetRule::Zero, 0.5, 1),
            Out({1.5, 1}));
  EXPECT_EQ(step(SpikeTiming::ResetLater, ResetRule::Zero, 1.5, 1),
            Out({0.25, 0}));
  EXPECT_EQ(step(SpikeTiming::ResetLater, ResetRule::Subtract, 1.5, 1),
            Out({1.5, 1}));
}

/// Which of the rules `name` refuses, each on a model of its own.
std::string refusedRules(const std::string &name) {
  const std::vector<
      std::pair<std::string, std::function<mlir::LogicalResult(ModelOp)>>>
      rules = {{"spike",
                [](ModelOp model) {
                  return setSpikeRule(model, SpikeRule::GreaterEqual);
                }},
               {"reset",
                [](ModelOp model) {
                  return setResetRule(model, ResetRule::Subtract);
                }},
               {"timing", [](ModelOp model) {
                  return setSpikeTiming(model, SpikeTiming::NextStep);
                }}};
  std::string refused;
  for (const auto &[rule, apply] : rules) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    context.loadDialect<SnnDialect, mlir::arith::ArithDialect,
                        mlir::math::MathDialect>();
    unsigned messages = 0;
    mlir::ScopedDiagnosticHandler count(&context, [&](mlir::Diagnostic &) {
      ++messages;
      return mlir::success();
    });
    mlir::OwningOpRef<mlir::ModuleOp> module =
        mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    ModelOp model = getOrInsertModel(*module, name);
    const bool done = succeeded(apply(model));
    EXPECT_EQ(messages, done ? 0u : 1u) << name << ", " << rule;
    EXPECT_TRUE(!done || succeeded(mlir::verify(*module))) << name;
    if (!done)
      refused += (refused.empty() ? "" : " ") + rule;
  }
  return refused;
}

TEST(NeuronRules, everyLibraryModelTakesARuleOrRefusesItByName) {
  // A model that compares otherwise, resets no state on the bare comparison or
  // resets several has no such variant.
  const std::map<std::string, std::string> refusals = {
      {"diehl_cook_exc", "timing"},        {"diehl_cook_inh", "timing"},
      {"if_cond_exp", "timing"},           {"if_curr_exp", "timing"},
      {"lava_cuba", "spike reset timing"},
  };
  for (const std::string &name : builtinModels()) {
    const auto known = refusals.find(name);
    EXPECT_EQ(refusedRules(name), known == refusals.end() ? "" : known->second)
        << name;
  }
}

} // namespace
