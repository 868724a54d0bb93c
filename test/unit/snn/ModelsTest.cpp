// Built-in neuron models: compiled kernels against the equations written in
// C++, bit for bit in float32, and the evaluator against the same.

#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "runtime/jit/Jit.h"
#include "test/unit/snn/ModelSteps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <random>

using namespace limen;

namespace {

constexpr double dt = 1e-3;
constexpr int neurons = 37; // not a multiple of a vector
constexpr int steps = 200;

/// One step of one neuron in float: parameters by name, states in place;
/// returns the output (1 or 0 for a spike).
using Equation = std::function<float(const std::map<std::string, double> &,
                                     std::vector<float> &, float)>;

float reset(float &v, float threshold, float to) {
  const bool spike = v > threshold;
  if (spike)
    v = to;
  return spike;
}

const std::map<std::string, Equation> equations = {
    {"if",
     [](const auto &p, std::vector<float> &s, float x) {
       s[0] = s[0] + float(p.at("r")) * x;
       return reset(s[0], float(p.at("v_threshold")), float(p.at("v_reset")));
     }},
    {"lif",
     [](const auto &p, std::vector<float> &s, float x) {
       const auto rate = float(dt / p.at("tau"));
       s[0] = s[0] +
              rate * ((float(p.at("v_leak")) - s[0]) + float(p.at("r")) * x);
       return reset(s[0], float(p.at("v_threshold")), float(p.at("v_reset")));
     }},
    {"cuba_lif",
     [](const auto &p, std::vector<float> &s, float x) {
       s[0] = s[0] +
              float(dt / p.at("tau_syn")) * (float(p.at("w_in")) * x - s[0]);
       s[1] = s[1] +
              float(dt / p.at("tau_mem")) *
                  ((float(p.at("v_leak")) - s[1]) + float(p.at("r")) * s[0]);
       return reset(s[1], float(p.at("v_threshold")), float(p.at("v_reset")));
     }},
    {"li",
     [](const auto &p, std::vector<float> &s, float x) {
       s[0] = s[0] + float(dt / p.at("tau")) * ((float(p.at("v_leak")) - s[0]) +
                                                float(p.at("r")) * x);
       return s[0];
     }},
    {"cuba_li",
     [](const auto &p, std::vector<float> &s, float x) {
       s[0] = s[0] +
              float(dt / p.at("tau_syn")) * (float(p.at("w_in")) * x - s[0]);
       s[1] = s[1] +
              float(dt / p.at("tau_mem")) *
                  ((float(p.at("v_leak")) - s[1]) + float(p.at("r")) * s[0]);
       return s[1];
     }},
    {"i",
     [](const auto &p, std::vector<float> &s, float x) {
       s[0] = s[0] + float(p.at("r")) * x;
       return s[0];
     }},
    {"threshold",
     [](const auto &p, std::vector<float> &, float x) -> float {
       return x > float(p.at("threshold"));
     }},
    {"lif_lsm",
     [](const auto &p, std::vector<float> &s, float x) {
       s[0] = float(p.at("decay")) * s[0] + x;
       return reset(s[0], float(p.at("v_threshold")), 0.0f);
     }},
};

/// A plausible value for a parameter, different for each neuron.
double draw(const std::string &name, std::mt19937 &generator) {
  std::uniform_real_distribution<double> u(0, 1);
  if (name.starts_with("tau"))
    return 2e-3 + 20e-3 * u(generator);
  if (name == "v_threshold")
    return 0.5 + u(generator);
  if (name == "v_leak" || name == "v_reset")
    return 0.2 * u(generator) - 0.1;
  if (name == "decay")
    return 0.5 + 0.5 * u(generator);
  return 0.5 + 3 * u(generator); // r, w_in
}

class ModelsTest : public ::testing::TestWithParam<std::string> {
protected:
  ModelsTest() {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, mlir::arith::ArithDialect,
                    mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    model = snn::getOrInsertModel(*module, GetParam());
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  snn::ModelOp model;
};

} // namespace

TEST_P(ModelsTest, KernelAndEvaluatorEqualTheEquation) {
  ASSERT_TRUE(model);
  ASSERT_TRUE(mlir::succeeded(mlir::verify(*module)));
  std::mt19937 generator(7);

  // Parameters of each neuron, and the coefficients that `prepare` makes.
  std::vector<std::map<std::string, double>> parameters(neurons);
  std::vector<std::vector<double>> arguments = {{dt}};
  for (auto name : model.getParameters().getAsValueRange<mlir::StringAttr>()) {
    arguments.emplace_back();
    for (auto &neuron : parameters) {
      neuron[name.str()] = draw(name.str(), generator);
      arguments.back().push_back(neuron[name.str()]);
    }
  }
  auto prepared =
      snn::evaluate(model.getPrepare().front(), arguments, neurons, false);
  ASSERT_TRUE(mlir::succeeded(prepared));

  StepSignature signature;
  signature.states = model.getStates().size();
  signature.receptors = 1;
  signature.uniform.assign(prepared->size(), false);
  auto built = buildStepKernel(*module, "step", model.getStep().front(),
                               signature, mlir::Builder(&context).getF32Type());
  ASSERT_TRUE(mlir::succeeded(built));
  auto library = jit::Library::compile(*module);
  ASSERT_TRUE(library) << library.error().text();
  const jit::StepKernel<float> kernel = (*library)->step<float>("step");
  ASSERT_TRUE(kernel);

  std::vector<std::vector<float>> coefficients;
  for (const auto &values : *prepared)
    coefficients.emplace_back(values.begin(), values.end());
  std::vector<std::vector<float>> states(signature.states,
                                         std::vector<float>(neurons, 0.0f));
  std::vector<std::vector<double>> evaluated(signature.states,
                                             std::vector<double>(neurons, 0.0));
  std::vector<std::vector<float>> expected(
      neurons, std::vector<float>(signature.states, 0.0f));
  const Equation &equation = equations.at(GetParam());
  std::uniform_real_distribution<float> drive(-0.2f, 1.0f);
  int spikes = 0;
  for (int t = 0; t < steps; ++t) {
    std::vector<float> input(neurons);
    for (float &x : input)
      x = drive(generator);

    std::vector<const float *> c;
    for (const auto &values : coefficients)
      c.push_back(values.data());
    std::vector<float *> s;
    for (auto &values : states)
      s.push_back(values.data());
    const float *in[] = {input.data()};
    std::vector<uint8_t> flags(neurons);
    std::vector<float> values(neurons);
    void *out = model.isSpiking() ? static_cast<void *>(flags.data())
                                  : static_cast<void *>(values.data());
    kernel(0, neurons, c.data(), s.data(), in, out, nullptr);

    std::vector<std::vector<double>> step;
    for (const auto &k : coefficients)
      step.emplace_back(k.begin(), k.end());
    step.insert(step.end(), evaluated.begin(), evaluated.end());
    step.emplace_back(input.begin(), input.end());
    auto results = snn::evaluate(model.getStep().front(), step, neurons, true);
    ASSERT_TRUE(mlir::succeeded(results));
    std::copy_n(results->begin(), signature.states, evaluated.begin());

    for (int i = 0; i < neurons; ++i) {
      const float output = equation(parameters[i], expected[i], input[i]);
      EXPECT_EQ(model.isSpiking() ? float(flags[i]) : values[i], output);
      EXPECT_EQ(results->back()[i], output);
      for (unsigned k = 0; k < signature.states; ++k) {
        ASSERT_EQ(states[k][i], expected[i][k]) << "step " << t;
        ASSERT_EQ(evaluated[k][i], expected[i][k]) << "step " << t;
      }
      spikes += model.isSpiking() && output != 0;
    }
  }
  // The comparison saw spikes and resets.
  EXPECT_EQ(spikes > neurons, model.isSpiking());
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, ModelsTest, ::testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto &[name, equation] : equations)
                             names.push_back(name);
                           return names;
                         }()),
                         [](const auto &info) { return info.param; });

TEST(ModelLibrary, EveryModelHasAnEquationHere) {
  for (const std::string &name : snn::builtinModels())
    EXPECT_TRUE(equations.count(name) || hasStepEquation(name)) << name;
}
