#include "compiler/Import/Description.h"

#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/base/Files.h"
#include "hw-models/base/Random.h"

#include <gtest/gtest.h>

using namespace limen;

static const std::string source = LIMEN_SOURCE_DIR;

/// A small good network; tests replace parts of it.
static const char *const good = R"(network: net
dt: 1 ms
inputs:
  in: {shape: [2, 2], spike_bits: 3}
populations:
  a:
    model: lif
    shape: [4]
    parameters: {tau: 10 ms, r: 2.0, v_leak: 0.0, v_threshold: 0.5}
  b:
    model: if
    shape: [3]
    parameters: {r: 1.0, v_threshold: [1.0, 2.0, 3.0]}
projections:
  in_a:
    from: in
    to: a
    rule: one_to_one
    weights: {distribution: constant, value: 2.0}
    gain: 0.25
  a_a: {from: a, to: a, delay: 3 ms, rule: random, density: 0.5, weights: {distribution: normal, mean: 0.5, std: 2.0}, gain: 0.1, seed: 9}
  a_b:
    from: a
    to: b
    delay: 1
    rule: dense
    weights: {distribution: constant, value: 0.5}
outputs: [b]
)";

static std::string replaced(const std::string &from, const std::string &to) {
  std::string text = good;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

namespace {

struct Read {
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  network::Network network;

  explicit Read(const std::string &text) {
    auto result =
        importDescriptionText(text, "net.yaml", &context, assumptions);
    if (!result) {
      ADD_FAILURE() << result.error().text();
      return;
    }
    module = std::move(*result);
    auto view = snn::viewNetwork(snn::theNetwork(*module));
    if (mlir::failed(view))
      ADD_FAILURE() << "no view";
    else
      network = std::move(*view);
  }
};

} // namespace

static std::string errorOf(const std::string &text) {
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto result = importDescriptionText(text, "net.yaml", &context, assumptions);
  return result ? "no error" : result.error().text();
}

#define EXPECT_ERROR(text, ...)                                                \
  do {                                                                         \
    const std::string message = errorOf(text);                                 \
    for (const std::string part : {__VA_ARGS__})                               \
      EXPECT_NE(message.find(part), std::string::npos)                         \
          << "wanted: " << part << "\ngot: " << message;                       \
  } while (false)

TEST(Description, BuildsTheNetworkItDescribes) {
  Read read(good);
  const network::Network &net = read.network;
  EXPECT_EQ(net.name, "net");
  EXPECT_EQ(net.dt.value(), 1e-3);
  ASSERT_EQ(net.nodes.size(), 3u);
  EXPECT_EQ(net.nodes[0].name, "in");
  EXPECT_TRUE(net.nodes[0].isInput);
  EXPECT_EQ(net.nodes[0].spikeBits, 3u);
  EXPECT_EQ(net.nodes[0].shape, (network::Shape{2, 2}));
  EXPECT_EQ(net.nodes[1].model.name, "lif");
  // dt / tau, in double.
  EXPECT_EQ(net.nodes[1].model.coefficients[0].values[0], 1e-3 / 10e-3);
  EXPECT_EQ(net.nodes[2].model.name, "if");
  ASSERT_EQ(net.nodes[2].model.coefficients[1].values.size(), 3u);
  EXPECT_EQ(net.nodes[2].model.coefficients[1].values[2], 3.0);
  ASSERT_EQ(net.projections.size(), 3u);
  ASSERT_EQ(net.outputs.size(), 1u);
  EXPECT_EQ(net.outputs[0].index, 2u);
}

TEST(Description, ProjectionsKeepTheirNumbers) {
  Read read(good);
  for (const network::Projection &p : read.network.projections) {
    ASSERT_EQ(p.stages.size(), 1u);
    const network::StageKind &kind = p.stages.front().kind;
    if (p.source == 0) {
      EXPECT_EQ(p.delay, 0u);
      EXPECT_EQ(std::get<network::OneToOne>(kind).weights[0], 0.5f);
    } else if (p.target == 1) {
      EXPECT_EQ(p.delay, 3u);
      const auto &random = std::get<network::Random>(kind);
      EXPECT_EQ(random.distribution, network::Distribution::Normal);
      EXPECT_EQ(random.a, 0.5);
      EXPECT_EQ(random.b, 2.0);
      EXPECT_EQ(random.density, 0.5);
      EXPECT_EQ(random.gain, 0.1);
      EXPECT_EQ(random.seed, 9u);
      EXPECT_EQ(random.identity, identityOf("a_a"));
    } else {
      EXPECT_EQ(p.delay, 1u);
      const auto &dense = std::get<network::Dense>(kind);
      ASSERT_EQ(dense.weights.size(), 12u);
      EXPECT_EQ(dense.weights[11], 0.5f);
    }
  }
}

TEST(Description, OpsAreLocatedAtTheirLines) {
  Read read(good);
  bool seen = false;
  read.module->walk([&](snn::RandomOp op) {
    auto loc = mlir::dyn_cast<mlir::FileLineColLoc>(op.getLoc());
    ASSERT_TRUE(loc);
    EXPECT_EQ(loc.getFilename().str(), "net.yaml");
    EXPECT_EQ(loc.getLine(), 21u);
    seen = true;
  });
  EXPECT_TRUE(seen);
}

TEST(Description, SaysWhatItAssumes) {
  Read read(good);
  auto has = [&](const std::string &text) {
    return std::find(read.assumptions.begin(), read.assumptions.end(), text) !=
           read.assumptions.end();
  };
  EXPECT_TRUE(has("projection 'in_a': delay 0 steps (none was given)"));
  EXPECT_TRUE(has("population 'a': v_reset = 0 (default of the model 'lif')"));
  EXPECT_EQ(read.assumptions.size(), 3u); // v_reset of 'b' too
}

TEST(Description, AReadoutIsTheFirstOutput) {
  Read read(replaced("outputs: [b]",
                     "readout: {from: b, classes: 5}\noutputs: [b, a]"));
  const network::Network &net = read.network;
  ASSERT_EQ(net.readouts.size(), 1u);
  EXPECT_EQ(net.readouts[0].classes, 5);
  EXPECT_EQ(net.readouts[0].source, 2u);
  ASSERT_EQ(net.outputs.size(), 3u);
  EXPECT_TRUE(net.outputs[0].isReadout);
  EXPECT_EQ(net.outputs[2].index, 1u);
}

TEST(Description, AReadoutWithHiddenLayersIsAChain) {
  Read read(replaced(
      "outputs: [b]",
      "readout:\n  from: a\n  classes: 2\n"
      "  weights: {values: [[1, 0, -1], [0, 1, 0]]}\n"
      "  hidden:\n"
      "    - {size: 2, activation: gelu, weights: {values: [[1, 2, 3, 4], [5, "
      "6, 7, 8]]}}\n"
      "    - {size: 3, activation: relu, weights: {values: [[1, -1], [0, 1], "
      "[1, 1]]}, bias: {values: [0, 0.5, 1]}}"));
  const network::Network &net = read.network;
  ASSERT_EQ(net.readouts.size(), 3u);
  EXPECT_EQ(net.readouts[0].name, "readout_hidden0");
  EXPECT_EQ(net.readouts[0].activation, network::Activation::Gelu);
  EXPECT_FALSE(net.readouts[0].before);
  EXPECT_EQ(net.readouts[0].weights[5], 6.0f);
  EXPECT_EQ(net.readouts[1].before, 0u);
  EXPECT_EQ(net.readouts[1].activation, network::Activation::Relu);
  EXPECT_EQ(net.readouts[1].bias[1], 0.5f);
  EXPECT_EQ(net.readouts[2].before, 1u);
  EXPECT_EQ(net.readouts[2].source, 1u);
  EXPECT_EQ(net.readouts[2].classes, 2);
  ASSERT_EQ(net.outputs.size(), 1u);
  EXPECT_EQ(net.outputs[0].index, 2u);
  // By hand: sums of the layers for x = (1, 0, 0, 1) are (5, 13), (-8, 13.5,
  // 19), (-19, 13.5); gelu of 5 and 13 is 5 and 13 but for 1.4e-6.
  const double x[] = {1, 0, 0, 1};
  std::vector<double> values(x, x + 4);
  for (const network::Readout &layer : net.readouts) {
    const std::vector<float> next = layer.apply(values);
    values.assign(next.begin(), next.end());
  }
  EXPECT_NEAR(values[0], -19, 1e-5);
  EXPECT_EQ(values[1], 13.5);
  // 2 x 4 + 3 x 2 + 2 x 3 weights, 3 biases.
  uint64_t adds = 0;
  for (const network::Readout &layer : net.readouts)
    adds += layer.operations().add;
  EXPECT_EQ(adds, 8u + 6 + 3 + 6);
  EXPECT_EQ(net.readouts[0].operations().multiply, 8u + 4 + 2);
  EXPECT_EQ(net.readouts[0].operations().other, 2u);
  EXPECT_EQ(net.readouts[1].operations().compare, 3u);
}

TEST(Description, SeveralReadoutsAreNamedAndReturnedInOrder) {
  Read read(replaced("outputs: [b]",
                     "readouts:\n"
                     "  second: {from: b, classes: 5}\n"
                     "  first:\n    from: a\n    classes: 2\n"
                     "    hidden: [{size: 3, activation: relu}]\n"
                     "outputs: [a]"));
  const network::Network &net = read.network;
  ASSERT_EQ(net.readouts.size(), 3u);
  EXPECT_EQ(net.readouts[0].name, "second");
  EXPECT_EQ(net.readouts[0].source, 2u);
  EXPECT_EQ(net.readouts[0].classes, 5);
  EXPECT_EQ(net.readouts[1].name, "first_hidden0");
  EXPECT_EQ(net.readouts[2].name, "first");
  EXPECT_EQ(net.readouts[2].before, 1u);
  EXPECT_EQ(net.readouts[2].source, 1u);
  ASSERT_EQ(net.outputs.size(), 3u);
  EXPECT_EQ(net.outputs[0].name, "second");
  EXPECT_EQ(net.outputs[0].index, 0u);
  EXPECT_EQ(net.outputs[1].name, "first");
  EXPECT_EQ(net.outputs[1].index, 2u);
  EXPECT_FALSE(net.outputs[2].isReadout);
}

TEST(Description, TheExampleIsGood) {
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto module = importDescription(source + "/docs/examples/lsm-fashion.yaml",
                                  &context, assumptions);
  ASSERT_TRUE(module) << module.error().text();
  auto net = snn::viewNetwork(snn::theNetwork(**module));
  ASSERT_TRUE(mlir::succeeded(net));
  EXPECT_EQ(net->neuronCount(), 1000);
  EXPECT_EQ(net->nodes[0].size, 784);
  EXPECT_EQ(assumptions.size(), 1u); // the readout is not fitted yet
}

TEST(Description, TheExampleOfTheDocsIsGood) {
  Result<std::string> page = readFile(source + "/docs/network-description.md");
  ASSERT_TRUE(page);
  const size_t start = page->find("```yaml\n") + 8;
  Read read(page->substr(start, page->find("```", start) - start));
  EXPECT_EQ(read.network.projections.size(), 3u);
  EXPECT_EQ(read.network.nodes[2].model.coefficients[1].values[3], 2.0);
}

TEST(Description, ZeroDelayCyclesAreNamedWithTheirPlace) {
  EXPECT_ERROR(replaced("delay: 3 ms, ", ""),
               "net.yaml:", "is on a cycle whose total delay is 0",
               "snn.random \"a_a\"", "snn.neuron \"a\"");
}

TEST(Description, UnknownNamesListWhatThereIs) {
  EXPECT_ERROR(replaced("model: lif", "model: liff"),
               "net.yaml:7:12: error: 'a' has the unknown model 'liff'",
               "known models: adex, cuba_li, cuba_lif, decay, ");
  EXPECT_ERROR(replaced("tau: 10 ms", "tao: 10 ms"), "has no parameter 'tao'",
               "tau, r, v_leak", "net.yaml:9:");
  EXPECT_ERROR(replaced("r: 2.0, ", ""), "'a' lacks the parameter 'r'");
  EXPECT_ERROR(replaced("from: in\n", "from: inn\n"),
               "net.yaml:16:11: error: there is no input or population 'inn'",
               "known: in, a, b");
  EXPECT_ERROR(replaced("to: b\n", "to: in\n"), "there is no population 'in'",
               "known: a, b");
  EXPECT_ERROR(replaced("[b]", "[b, c]"), "there is no input or population 'c'",
               "net.yaml:28:");
  EXPECT_ERROR(replaced("rule: dense", "rule: dens"), "unknown rule 'dens'",
               "random, all_to_all, one_to_one");
  EXPECT_ERROR(replaced("normal", "gauss"), "unknown distribution 'gauss'",
               "formed_pair");
  EXPECT_ERROR(replaced("to: a\n", "to: a\n    receptor: out\n"),
               "'a' has no receptor 'out'", "'lif' are in");
  EXPECT_ERROR(replaced("gain: 0.25", "gian: 0.25"), "unknown key 'gian'",
               "net.yaml:20:5");
}

TEST(Description, ImpossibleNumbersAreRefused) {
  EXPECT_ERROR(replaced("density: 0.5", "density: 1.5"),
               "density of 'a_a' is 1.5", "0 to 1");
  EXPECT_ERROR(replaced("density: 0.5", "density: -0.1"), "is -0.1");
  EXPECT_ERROR(replaced("std: 2.0", "std: -2.0"), "std of 'a_a' is -2");
  EXPECT_ERROR(replaced("normal, mean: 0.5, std: 2.0",
                        "formed_pair, median: -1, sigma: 0.1"),
               "median of 'a_a' is -1");
  EXPECT_ERROR(replaced("normal, mean: 0.5, std: 2.0",
                        "lognormal, median: 1, sigma: -0.1"),
               "sigma of 'a_a' is -0.1");
  EXPECT_ERROR(
      replaced("normal, mean: 0.5, std: 2.0", "uniform, low: 1, high: -1"),
      "high of 'a_a' is -1");
  EXPECT_ERROR(replaced("shape: [3]", "shape: [0]"), "is 0; 1 or more");
  EXPECT_ERROR(replaced("shape: [3]", "shape: []"), "is empty");
  EXPECT_ERROR(replaced("shape: [3]", "shape: [70000, 70000]"), "elements");
  EXPECT_ERROR(replaced("spike_bits: 3", "spike_bits: 40"), "1 to 32");
  EXPECT_ERROR(replaced("[1.0, 2.0, 3.0]", "[1.0, 2.0]"),
               "has 2 values for 3 neurons");
  EXPECT_ERROR(replaced("to: a\n", "to: b\n"), "'in' has 4 elements",
               "'b' has 3");
  EXPECT_ERROR(replaced("delay: 1\n", "delay: -1\n"), "'-1'");
  EXPECT_ERROR(replaced("delay: 1\n", "delay: 1000000\n"), "65535 steps");
  EXPECT_ERROR(replaced("outputs: [b]", "readouts: {}"), "no readout is named");
  EXPECT_ERROR(replaced("outputs: [b]", "readouts: {b: {from: b, classes: 2}}"),
               "the name 'b' is taken");
  EXPECT_ERROR(replaced("outputs: [b]", "readout: {from: b, classes: 2}\n"
                                        "readouts: {x: {from: b, classes: 2}}"),
               "'readout' and 'readouts' are both there");
  EXPECT_ERROR(replaced("outputs: [b]", "readout: {from: b, classes: 0}"),
               "0 classes");
  EXPECT_ERROR(replaced("outputs: [b]\n", ""), "returns nothing");
}

TEST(Description, TimesNeedTheirUnit) {
  EXPECT_ERROR(replaced("dt: 1 ms", "dt: 1"), "net.yaml:2:5", "has no unit");
  EXPECT_ERROR(replaced("dt: 1 ms", "dt: 0 ms"), "a time above 0");
  EXPECT_ERROR(replaced("dt: 1 ms", "dt: 1 mV"), "the unit 'mV'");
  EXPECT_ERROR(replaced("tau: 10 ms", "tau: 10"), "'tau' of 'a'",
               "has no unit");
  EXPECT_ERROR(replaced("tau: 10 ms", "tau: 0 s"), "a time above 0");
  EXPECT_ERROR(replaced("r: 2.0", "r: 2 ms"), "without a unit");
  EXPECT_ERROR(replaced("delay: 3 ms", "delay: 2.5 ms"), "2.5 steps of 1 ms",
               "whole");
  EXPECT_ERROR(replaced("delay: 3 ms", "delay: 3 mV"), "'mV'");
}

TEST(Description, SeveralErrorsAreReportedTogether) {
  EXPECT_ERROR(replaced("density: 0.5, weights: {distribution: normal",
                        "density: 2, weights: {distribution: gauss"),
               "density of 'a_a' is 2",
               "also at net.yaml:21:", "unknown distribution 'gauss'");
}

TEST(Description, BrokenFiles) {
  EXPECT_ERROR("", "empty");
  EXPECT_ERROR("network: [", "is not YAML");
  EXPECT_ERROR("network: x\n", "'dt' is missing", "'populations' is missing");
  EXPECT_ERROR(replaced("  b:\n    model: if", "  in:\n    model: if"),
               "the name 'in' is taken");
  EXPECT_ERROR(replaced("projections:\n  in_a:\n    from: in",
                        "projections: 3\nx:\n  y:\n    from: in"),
               "'projections' must be a map");
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto missing = importDescription("no-such.yaml", &context, assumptions);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text().find("no-such.yaml"), std::string::npos);
}
