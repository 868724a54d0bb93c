// Integers and functions in neuron steps: the compiled kernel and the evaluator
// against C++ integers and double precision.

#include "compiler/Conversion/StepToLLVM/StepToLLVM.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "runtime/jit/Jit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace limen;

namespace {

/// A model with states a and b, a value output and no coefficients.
class Arithmetic : public ::testing::Test {
protected:
  Arithmetic() {
    mlir::DialectRegistry registry;
    registry.insert<snn::SnnDialect, mlir::arith::ArithDialect,
                    mlir::math::MathDialect>();
    jit::registerTranslations(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Compiles `body`, which may use %a, %b, %in and must define %x, %y, %out.
  template <typename Real> void compile(const std::string &body) {
    module = mlir::parseSourceString<mlir::ModuleOp>(
        "snn.model @m parameters [] states [\"a\", \"b\"] receptors [\"in\"]\n"
        "prepare {\n^bb0(%dt: f64):\n  snn.yield\n} step {\n"
        "^bb0(%a: f32, %b: f32, %in: f32):\n" +
            body + "  snn.yield %x, %y, %out : f32, f32, f32\n}\n",
        &context);
    ASSERT_TRUE(module);
    mlir::Builder builder(&context);
    ASSERT_TRUE(mlir::succeeded(
        buildStepKernel(*module, "step", step(), {2, 1, {}},
                        sizeof(Real) == 4 ? mlir::Type(builder.getF32Type())
                                          : mlir::Type(builder.getF64Type()))));
    auto compiled = jit::Library::compile(*module);
    ASSERT_TRUE(compiled) << compiled.error().text();
    library = *compiled;
  }

  mlir::Block &step() {
    return (*module->getOps<snn::ModelOp>().begin()).getStep().front();
  }

  /// New a, new b and output of the kernel; all have one element per neuron.
  template <typename Real>
  std::array<std::vector<Real>, 3> run(std::vector<Real> a, std::vector<Real> b,
                                       const std::vector<Real> &in) {
    std::vector<Real> out(in.size());
    Real *states[] = {a.data(), b.data()};
    const Real *inputs[] = {in.data()};
    library->step<Real>("step")(0, static_cast<int64_t>(in.size()), nullptr,
                                states, inputs, out.data(), nullptr);
    return {a, b, out};
  }

  std::vector<std::vector<double>> evaluate(const std::vector<float> &a,
                                            const std::vector<float> &b,
                                            const std::vector<float> &in) {
    auto results = snn::evaluate(
        step(),
        {{a.begin(), a.end()}, {b.begin(), b.end()}, {in.begin(), in.end()}},
        in.size(), true);
    EXPECT_TRUE(mlir::succeeded(results));
    return *results;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::shared_ptr<jit::Library> library;
};

} // namespace

// The update of an integer neuron: states up to 2^23, products up to 2^36.
TEST_F(Arithmetic, IntegerDecaysAreExact) {
  ASSERT_NO_FATAL_FAILURE(compile<float>(R"(
  %ai = arith.fptosi %a : f32 to i64
  %bi = arith.fptosi %b : f32 to i32
  %one = arith.constant 4096 : i64
  %decay = arith.constant 819 : i64
  %rest = arith.subi %one, %decay : i64
  %product = arith.muli %ai, %rest : i64
  %twelve = arith.constant 12 : i64
  %floored = arith.shrsi %product, %twelve : i64
  %inward = arith.divsi %product, %one : i64
  %x32 = arith.trunci %inward : i64 to i32
  %y32 = arith.trunci %floored : i64 to i32
  %x = arith.sitofp %x32 : i32 to f32
  %y = arith.sitofp %y32 : i32 to f32
  %sum = arith.addi %bi, %x32 : i32
  %out = arith.sitofp %sum : i32 to f32
)"));
  std::mt19937 generator(5);
  std::vector<float> a, b, in;
  for (int i = 0; i < 1003; ++i) {
    a.push_back(float(int(generator() % (1 << 24)) - (1 << 23)));
    b.push_back(float(int(generator() % (1 << 20)) - (1 << 19)));
    in.push_back(0);
  }
  a[0] = 1 << 23;
  a[1] = -(1 << 23);
  const auto [x, y, out] = run<float>(a, b, in);
  const auto evaluated = evaluate(a, b, in);
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t product = int64_t(a[i]) * (4096 - 819);
    ASSERT_EQ(x[i], float(product / 4096));
    ASSERT_EQ(y[i], float(product >> 12));
    ASSERT_EQ(out[i], float(int64_t(b[i]) + product / 4096));
    ASSERT_EQ(evaluated[0][i], x[i]);
    ASSERT_EQ(evaluated[1][i], y[i]);
    ASSERT_EQ(evaluated[2][i], out[i]);
  }
}

TEST_F(Arithmetic, ConversionsSaturateAndDivisionsDoNotTrap) {
  ASSERT_NO_FATAL_FAILURE(compile<float>(R"(
  %ai = arith.fptosi %a : f32 to i32
  %bi = arith.fptosi %b : f32 to i32
  %quotient = arith.divsi %ai, %bi : i32
  %remainder = arith.remsi %ai, %bi : i32
  %au = arith.fptoui %a : f32 to i8
  %x = arith.sitofp %quotient : i32 to f32
  %y = arith.sitofp %remainder : i32 to f32
  %out = arith.uitofp %au : i8 to f32
)"));
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> a = {7, -7, 7, -inf, inf, NAN, 1e20f, -3e9f, 300, 5};
  const std::vector<float> b = {2, 2, 0, -1, 3, 4, 0, -1, 7, -inf};
  const std::vector<float> in(a.size());
  const auto [x, y, out] = run<float>(a, b, in);
  const double low = -2147483648.0, high = 2147483647.0;
  const std::vector<double> quotients = {3, -3,   7,   low, 715827882,
                                         0, high, low, 42,  0};
  const std::vector<double> remainders = {1, -1, 0, 0, 1, 0, 0, 0, 6, 5};
  const std::vector<double> bytes = {7, 0, 7, 0, 255, 0, 255, 0, 255, 5};
  const auto evaluated = evaluate(a, b, in);
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(x[i], float(quotients[i])) << i;
    EXPECT_EQ(y[i], float(remainders[i])) << i;
    EXPECT_EQ(out[i], float(bytes[i])) << i;
    EXPECT_EQ(evaluated[0][i], x[i]) << i;
    EXPECT_EQ(evaluated[1][i], y[i]) << i;
    EXPECT_EQ(evaluated[2][i], out[i]) << i;
  }
}

// Every function that is approximated, over its range, against double.
TEST_F(Arithmetic, FunctionsAreNearDouble) {
  struct Function {
    const char *name;
    double (*exact)(double);
    float low, high;
    double floor; ///< absolute error allowed near zeros of the result
  };
  const Function functions[] = {
      {"exp", std::exp, -87, 88, 0},
      {"expm1", std::expm1, -20, 80, 0},
      {"log", std::log, 1e-30f, 1e6f, 0},
      {"log1p", std::log1p, -.99f, 1e4f, 0},
      {"log2", std::log2, 1e-30f, 1e6f, 0},
      {"tanh", std::tanh, -12, 12, 0},
      {"sin", std::sin, -7, 7, 5e-7},
      {"cos", std::cos, -7, 7, 5e-7},
      {"sqrt", std::sqrt, 0, 1e6f, 0},
  };
  std::vector<float> in(200001);
  const std::vector<float> zeros(in.size());
  for (const Function &function : functions) {
    ASSERT_NO_FATAL_FAILURE(compile<float>(fmt::format(
        "  %out = math.{} %in : f32\n  %x = arith.addf %a, %b : f32\n"
        "  %y = arith.addf %b, %a : f32\n",
        function.name)));
    for (size_t i = 0; i < in.size(); ++i)
      in[i] = function.low + (function.high - function.low) *
                                 (float(i) / float(in.size() - 1));
    const auto out = run<float>(zeros, zeros, in)[2];
    double worst = 0;
    float at = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      const double exact = function.exact(in[i]);
      const float rounded = float(exact);
      const double ulp = std::max<double>(
          std::nextafter(std::abs(rounded), INFINITY) - std::abs(rounded),
          1.2e-38);
      const double error =
          std::max(0.0, std::abs(out[i] - exact) - function.floor) / ulp;
      if (error > worst)
        worst = error, at = in[i];
    }
    EXPECT_LE(worst, 5) << function.name << " at " << at;
    RecordProperty(function.name, fmt::format("{:.2f} ulp", worst));
  }
}

TEST_F(Arithmetic, DoublePrecisionKeepsDouble) {
  ASSERT_NO_FATAL_FAILURE(compile<double>(R"(
  %wide = arith.extf %in : f32 to f64
  %e = math.exp %wide : f64
  %x = arith.truncf %e : f64 to f32
  %y = math.tanh %in : f32
  %i = arith.fptosi %in : f32 to i64
  %out = arith.sitofp %i : i64 to f32
)"));
  const std::vector<double> in = {0.1, -2.7, 3.3, 1e15 + 1};
  const std::vector<double> zeros(in.size());
  const auto [x, y, out] = run<double>(zeros, zeros, in);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(x[i], std::exp(in[i]), 1e-15 * std::exp(in[i]));
    EXPECT_NEAR(y[i], std::tanh(in[i]), 1e-15);
  }
  EXPECT_EQ(out[3], in[3]);
}

TEST_F(Arithmetic, BitsOfAFloatHaveNoMeaningInDouble) {
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    message += d.str();
    return mlir::success();
  });
  module = mlir::parseSourceString<mlir::ModuleOp>(R"(
snn.model @m parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  %bits = arith.bitcast %in : f32 to i32
  %out = arith.sitofp %bits : i32 to f32
  snn.yield %out : f32
})",
                                                   &context);
  ASSERT_TRUE(module);
  EXPECT_TRUE(
      mlir::failed(buildStepKernel(*module, "step", step(), {0, 1, {}},
                                   mlir::Builder(&context).getF64Type())));
  EXPECT_NE(message.find("run the network in float32"), std::string::npos)
      << message;
}
