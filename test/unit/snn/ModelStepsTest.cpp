// Neuron models with several receptors, refractory times or draws: compiled
// kernels and the evaluator against the equations written in C++. Bit for bit
// in float32 where the step has no transcendental function.

#include "test/unit/snn/ModelSteps.h"
#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "hw-models/base/Random.h"
#include "runtime/jit/Jit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

#include <gtest/gtest.h>
#include <random>

using namespace limen;

namespace {

constexpr int neurons = 37; // not a multiple of a vector
constexpr int steps = 300;
constexpr uint64_t seed = 0x123456789abcdef0ull;

float f(double x) { return static_cast<float>(x); }

class ModelStepsTest : public ::testing::TestWithParam<std::string> {
protected:
  ModelStepsTest() : of(stepCases().at(GetParam())) {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, mlir::arith::ArithDialect,
                    mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    model = snn::getOrInsertModel(*module, GetParam());
  }

  /// Draws parameters, prepares coefficients, compiles.
  void prepare(std::mt19937 &generator) {
    ASSERT_TRUE(model);
    ASSERT_TRUE(mlir::succeeded(mlir::verify(*module)));
    parameters.resize(neurons);
    std::vector<std::vector<double>> arguments = {{of.dt}};
    for (auto name :
         model.getParameters().getAsValueRange<mlir::StringAttr>()) {
      const auto [low, high] = of.parameters.at(name.str());
      std::uniform_real_distribution<double> values(low, high);
      arguments.emplace_back();
      for (Parameters &neuron : parameters)
        arguments.back().push_back(neuron[name.str()] = values(generator));
    }
    auto prepared =
        snn::evaluate(model.getPrepare().front(), arguments, neurons, false);
    ASSERT_TRUE(mlir::succeeded(prepared));
    StepSignature signature;
    signature.states = model.getStates().size();
    signature.receptors = model.getReceptors().size();
    for (const auto &values : *prepared) {
      coefficients.emplace_back(values.begin(), values.end());
      signature.uniform.push_back(values.size() == 1);
    }
    ASSERT_EQ(signature.receptors, of.inputs.size());
    ASSERT_TRUE(mlir::succeeded(
        buildStepKernel(*module, "step", model.getStep().front(), signature,
                        mlir::Builder(&context).getF32Type())));
    auto compiled = jit::Library::compile(*module);
    ASSERT_TRUE(compiled) << compiled.error().text();
    library = *compiled;
    kernel = library->step<float>("step");
    ASSERT_TRUE(kernel);
  }

  float initial(size_t state, const Parameters &p) const {
    if (of.initial.empty())
      return 0;
    const std::string &text = of.initial[state];
    auto it = p.find(text);
    return f(it == p.end() ? std::stod(text) : it->second);
  }

  const StepCase &of;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  snn::ModelOp model;
  std::vector<Parameters> parameters;
  std::vector<std::vector<float>> coefficients;
  std::shared_ptr<jit::Library> library;
  jit::StepKernel<float> kernel = nullptr;
};

} // namespace

TEST_P(ModelStepsTest, KernelAndEvaluatorEqualTheEquation) {
  std::mt19937 generator(11);
  ASSERT_NO_FATAL_FAILURE(prepare(generator));
  const size_t stateCount = model.getStates().size();
  std::vector<std::vector<float>> states(stateCount,
                                         std::vector<float>(neurons));
  std::vector<std::vector<float>> expected(neurons,
                                           std::vector<float>(stateCount));
  for (size_t k = 0; k < stateCount; ++k)
    for (int i = 0; i < neurons; ++i)
      states[k][i] = expected[i][k] = initial(k, parameters[i]);
  std::vector<std::vector<double>> evaluated;
  for (const auto &values : states)
    evaluated.emplace_back(values.begin(), values.end());

  const uint32_t identity = identityOf("population");
  const RandomStream stream(seed, Purpose::NeuronDraw, identity);
  std::uniform_real_distribution<double> unit(0, 1);
  int events = 0;
  for (int t = 0; t < steps; ++t) {
    std::vector<std::vector<float>> inputs(of.inputs.size(),
                                           std::vector<float>(neurons, 0.0f));
    for (size_t r = 0; r < inputs.size(); ++r)
      for (float &x : inputs[r])
        if (unit(generator) < 0.33)
          x = f(of.inputs[r].first +
                unit(generator) * (of.inputs[r].second - of.inputs[r].first));

    std::vector<const float *> c, in;
    std::vector<float *> s;
    for (const auto &values : coefficients)
      c.push_back(values.data());
    for (auto &values : states)
      s.push_back(values.data());
    for (const auto &values : inputs)
      in.push_back(values.data());
    std::vector<uint8_t> flags(neurons);
    std::vector<float> values(neurons);
    void *out = model.isSpiking() ? static_cast<void *>(flags.data())
                                  : static_cast<void *>(values.data());
    const jit::DrawKey draws{
        {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
        stream.word(),
        static_cast<uint32_t>(t),
        42};
    kernel(0, neurons, c.data(), s.data(), in.data(), out, &draws);

    std::vector<std::vector<double>> arguments;
    for (const auto &k : coefficients)
      arguments.emplace_back(k.begin(), k.end());
    arguments.insert(arguments.end(), evaluated.begin(), evaluated.end());
    for (const auto &x : inputs)
      arguments.emplace_back(x.begin(), x.end());
    auto results =
        snn::evaluate(model.getStep().front(), arguments, neurons, true,
                      {seed, identity, static_cast<uint32_t>(t), 42});
    ASSERT_TRUE(mlir::succeeded(results));
    std::copy_n(results->begin(), stateCount, evaluated.begin());

    for (int i = 0; i < neurons; ++i) {
      std::vector<float> x;
      for (const auto &receptor : inputs)
        x.push_back(receptor[i]);
      const float output =
          of.step(parameters[i], expected[i], x, [&](uint32_t number) {
            // The definition, not the code under test.
            const uint64_t at = static_cast<uint64_t>(t) << 32 | uint64_t(i);
            return f((stream.words(at, 42, number)[0] >> 8) * 0x1p-24);
          });
      const float got = model.isSpiking() ? float(flags[i]) : values[i];
      ASSERT_NEAR(got, output, of.tolerance) << "step " << t;
      ASSERT_NEAR(results->back()[i], output, of.tolerance) << "step " << t;
      for (size_t k = 0; k < stateCount; ++k) {
        ASSERT_NEAR(states[k][i], expected[i][k], of.tolerance)
            << "step " << t << " state " << k;
        ASSERT_NEAR(evaluated[k][i], expected[i][k], of.tolerance)
            << "step " << t << " state " << k;
      }
      events += output != 0;
    }
  }
  // The comparison saw spikes or values, and rests.
  EXPECT_GT(events, steps);
  if (model.isSpiking()) {
    EXPECT_LT(events, steps * neurons / 2);
  }
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, ModelStepsTest, ::testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto &[name, of] : stepCases())
                             names.push_back(name);
                           return names;
                         }()),
                         [](const auto &info) { return info.param; });

// The propagator of if_curr_exp against the differential equations, integrated
// with many small steps; also where both time constants are equal.
TEST(IfCurrExp, StepSolvesTheDifferentialEquation) {
  for (double tausyn : {2e-3, 0.02, 0.0200001}) {
    const double dt = 1e-3, taum = 0.02, cm = 0.7;
    double v = 0, i = 1;
    const int parts = 200000;
    const double h = dt / parts;
    for (int k = 0; k < parts; ++k) { // midpoint
      const double im = i * (1 - h / 2 / tausyn);
      const double vm = v + h / 2 * (-v / taum + 1000 / cm * i);
      v += h * (-vm / taum + 1000 / cm * im);
      i -= h * im / tausyn;
    }
    EXPECT_NEAR(propagator(dt, taum, cm, tausyn), v, 1e-9 * v) << tausyn;
  }
}
