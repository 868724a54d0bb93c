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

#include <algorithm>
#include <cmath>
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

/// The membrane of the iaf models, relative to rest: what it keeps in a step,
/// what the offset current adds (mV), threshold and reset.
struct Iaf {
  explicit Iaf(const std::map<std::string, double> &p)
      : keep(static_cast<float>(std::exp(-dt / p.at("tau_m")))),
        constant(static_cast<float>(1e3 * p.at("tau_m") / p.at("cm") *
                                    -std::expm1(-dt / p.at("tau_m")) *
                                    p.at("i_offset"))),
        threshold(static_cast<float>(p.at("v_thresh") - p.at("v_rest"))),
        reset(static_cast<float>(p.at("v_reset") - p.at("v_rest"))),
        period(static_cast<float>(p.at("tau_refrac") / dt)) {}

  /// Integrates, or holds v while `left` steps are left; returns the spike.
  bool step(float &v, float &left, float drive) const {
    if (left > 0.5f)
      left = std::max(left - 1, 0.0f);
    else {
      v = keep * v + drive;
      left = 0;
    }
    if (v < threshold)
      return false;
    v = reset;
    left = period;
    return true;
  }

  float keep, constant, threshold, reset, period;
};

/// Integral over a step of exp(-(dt - t)/tau_m) exp(-t/tau) (t/dt)^power, times
/// 1e3/cm: what a current of that shape adds to v in mV. By Simpson's rule.
float shareOf(const std::map<std::string, double> &p, double tau, int power) {
  constexpr int parts = 200;
  double sum = 0;
  for (int k = 0; k <= parts; ++k) {
    const double t = dt * k / parts;
    const double f =
        std::exp(-(dt - t) / p.at("tau_m") - t / tau) * std::pow(t / dt, power);
    sum += f * (k == 0 || k == parts ? 1 : k % 2 ? 4 : 2);
  }
  return static_cast<float>(sum * dt / parts / 3 * 1e3 / p.at("cm"));
}

const std::map<std::string, Equation> equations = {
    {"iaf_psc_alpha",
     [](const auto &p, std::vector<float> &s, float x) -> float {
       const Iaf iaf(p);
       float drive[2];
       for (int k = 0; k < 2; ++k) {
         const double tau = p.at(k ? "tau_syn_i" : "tau_syn_e");
         float &i = s[1 + 2 * k], &a = s[2 + 2 * k];
         drive[k] = shareOf(p, tau, 0) * i + shareOf(p, tau, 1) * a;
         const auto keep = float(std::exp(-dt / tau));
         i = keep * (i + a);
         a = keep * a + float(std::exp(1.0) * dt / tau) * x;
       }
       return iaf.step(s[0], s[5], (drive[0] + drive[1]) + iaf.constant);
     }},
    {"iaf_psc_delta",
     [](const auto &p, std::vector<float> &s, float x) -> float {
       const Iaf iaf(p);
       return iaf.step(s[0], s[1], iaf.constant + x);
     }},
    // Shifts of absolute values, as Lava writes them.
    {"lava_cuba",
     [](const auto &p, std::vector<float> &s, float x) -> float {
       const auto faded = [](float state, double decay) {
         const int64_t product =
             static_cast<int64_t>(state) * (4096 - static_cast<int64_t>(decay));
         return product < 0 ? -(-product >> 12) : product >> 12;
       };
       constexpr int64_t limit = 1 << 23;
       int64_t u =
           faded(s[0], p.at("i_decay")) + (static_cast<int64_t>(x) << 6);
       if (u > limit)
         u -= 2 * limit;
       else if (u <= -limit)
         u += 2 * limit;
       int64_t v = faded(s[1], p.at("v_decay")) + u +
                   64 * static_cast<int64_t>(p.at("bias"));
       v = std::clamp(v, 1 - limit, limit - 1);
       const bool spike = v > 64 * static_cast<int64_t>(p.at("v_threshold"));
       s[0] = static_cast<float>(u);
       s[1] = spike ? 0.0f : static_cast<float>(v);
       return spike;
     }},
    {"int_fire1",
     [](const auto &p, std::vector<float> &s, float x) -> float {
       const bool held = s[1] > 0.5f;
       s[0] = held ? 0 : float(std::exp(-dt / p.at("tau"))) * s[0] + x;
       s[1] = std::max(s[1] - 1, 0.0f);
       if (!(s[0] > 1))
         return 0;
       s[0] = 0;
       s[1] = float(p.at("tau_refrac") / dt - 1);
       return 1;
     }},
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
    {"relay", [](const auto &, std::vector<float> &, float x) { return x; }},
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
  if (name == "v_threshold" || name == "v_thresh")
    return 0.5 + u(generator);
  if (name == "v_leak" || name == "v_reset" || name == "v_rest")
    return 0.2 * u(generator) - 0.1;
  if (name == "decay")
    return 0.5 + 0.5 * u(generator);
  return 0.5 + 3 * u(generator); // r, w_in
}

/// What `draw` gives, as the whole numbers that integer models want: decays of
/// 12 bits, mantissas.
double drawWhole(const std::string &name, std::mt19937 &generator) {
  const auto between = [&](int low, int high) {
    return double(std::uniform_int_distribution<int>(low, high)(generator));
  };
  if (name.ends_with("_decay"))
    return between(0, 4096);
  return name == "v_threshold" ? between(0, 5000) : between(-300, 300);
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
  const bool whole = GetParam() == "lava_cuba";

  // Parameters of each neuron, and the coefficients that `prepare` makes.
  std::vector<std::map<std::string, double>> parameters(neurons);
  std::vector<std::vector<double>> arguments = {{dt}};
  for (auto name : model.getParameters().getAsValueRange<mlir::StringAttr>()) {
    arguments.emplace_back();
    for (auto &neuron : parameters) {
      neuron[name.str()] = (whole ? drawWhole : draw)(name.str(), generator);
      arguments.back().push_back(neuron[name.str()]);
    }
  }
  auto prepared =
      snn::evaluate(model.getPrepare().front(), arguments, neurons, false);
  ASSERT_TRUE(mlir::succeeded(prepared));

  StepSignature signature;
  signature.states = model.getStates().size();
  signature.receptors = model.getReceptors().size();
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
      // Sums of whole weights, some of them beyond the registers.
      x = whole ? std::round(drive(generator) * (t % 8 == 7 ? 2e5f : 100.0f))
                : drive(generator);

    std::vector<const float *> c;
    for (const auto &values : coefficients)
      c.push_back(values.data());
    std::vector<float *> s;
    for (auto &values : states)
      s.push_back(values.data());
    // Every receptor gets the same.
    const std::vector<const float *> in(signature.receptors, input.data());
    std::vector<uint8_t> flags(neurons);
    std::vector<float> values(neurons);
    void *out = model.isSpiking() ? static_cast<void *>(flags.data())
                                  : static_cast<void *>(values.data());
    kernel(0, neurons, c.data(), s.data(), in.data(), out, nullptr);

    std::vector<std::vector<double>> step;
    for (const auto &k : coefficients)
      step.emplace_back(k.begin(), k.end());
    step.insert(step.end(), evaluated.begin(), evaluated.end());
    for (unsigned k = 0; k < signature.receptors; ++k)
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
