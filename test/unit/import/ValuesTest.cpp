// What descriptions list or draw value by value: parameters, initial states,
// spikes of inputs, units, weights and delays of single synapses, windows,
// models of the user's own; and what every key refuses, with its place.

#include "compiler/Import/Description.h"

#include "dialects/snn/IR/NetworkView.h"
#include "runtime/network/Rows.h"
#include "test/unit/TemporaryFolder.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen;

namespace {

/// A neuron in physical units, as a user writes it.
const char *const unitModel = R"(
snn.model @unit_lif parameters ["tau_m", "cm", "v_rest", "v_thresh", "i_offset", "t_ref", "rate", "g", "r_in"]
    defaults {t_ref = 0.0 : f64, rate = 0.0 : f64, g = 0.0 : f64, r_in = 0.0 : f64}
    states ["v"] initial [-65.0] receptors ["exc"]
    units {tau_m = "s", cm = "nF", v_rest = "mV", v_thresh = "mV", i_offset = "nA",
           t_ref = "s", rate = "Hz", g = "uS", r_in = "MOhm", v = "mV", exc = "nA"}
prepare {
^bb0(%dt: f64, %tau: f64, %cm: f64, %rest: f64, %threshold: f64, %offset: f64,
     %ref: f64, %rate: f64, %g: f64, %r: f64):
  snn.yield %tau, %cm, %rest, %threshold, %offset, %ref, %rate, %g, %r
      : f64, f64, f64, f64, f64, f64, f64, f64, f64
} step {
^bb0(%tau: f32, %cm: f32, %rest: f32, %threshold: f32, %offset: f32, %ref: f32,
     %rate: f32, %g: f32, %r: f32, %v: f32, %exc: f32):
  %next = arith.addf %v, %exc : f32
  %spike = arith.cmpf ogt, %next, %threshold : f32
  snn.yield %next, %spike : f32, i1
}
)";

/// A folder with the model in it.
struct Folder : test::TemporaryFolder {
  Folder() { file("unit.mlir", unitModel); }
};

/// Line numbers of the errors below are those of this text.
const char *const good = R"(network: net
dt: 0.5 ms
seed: 3
models: [unit.mlir]
inputs:
  in: {shape: [2, 6], spike_bits: 2}
  ticks: {shape: [3], spikes: [[0 ms, 2.5 ms], [], [1 ms]]}
populations:
  a: {model: unit_lif, shape: [4], sign: excitatory, parameters: {tau_m: 10 ms, cm: 250 pF, v_rest: -65 mV, v_thresh: [-50 mV, -51 mV, -0.052 V, -53000 uV], i_offset: 87.8 pA, rate: 8 Hz, g: 4 nS, r_in: 40 MOhm}, initial: {v: {distribution: normal, mean: -58 mV, std: 10 mV, min: -70 mV, max: -50 mV, seed: 4}}}
  b: {model: lif, shape: [2, 3], parameters: {tau: {distribution: uniform, low: 5 ms, high: 20 ms}, r: 1.0, v_leak: 0.0, v_threshold: {file: thresholds.csv}}}
  c: {model: if, shape: [2, 5], parameters: {r: 1.0, v_threshold: 1.0}}
projections:
  ticks_c: {from: ticks, to: c, delay: 1, rule: csr, offsets: [0, 2, 2, 3], targets: [0, 9, 4], weights: {values: [1.0, 2.0, 3.0]}}
  ticks_a: {from: ticks, to: a, delay: 1 ms, rule: fixed_in_degree, number: 2, weights: {distribution: constant, value: 87.8 pA}}
  a_a: {from: a, to: a, receptor: exc, rule: fixed_total, density: 0.5, weights: {distribution: normal, mean: 0.1 nA, std: 10 pA, max: 1 nA}, delays: {distribution: normal, mean: 1.5 ms, std: 0.75 ms, min: 0.5 ms, max: 4 ms}, seed: 9}
  in_b: {from: in, to: b, delay: 0, rule: sum_pool, kernel: [2], weights: {distribution: constant, value: 0.5}}
  in_c: {from: in, to: c, delay: 0, rule: conv1d, kernel: [2, 2], stride: [1], weights: {values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]}}
  b_b: {from: b, to: b, rule: one_to_one, weights: {values: [1, 2, 3, 4, 5, 6]}, delays: {values: [1, 2, 3, 1 ms, 5, 6]}}
readout: {from: b, classes: 2, weights: {values: [[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]]}, bias: {values: [0.5, -0.5]}}
outputs: [a, c]
)";

struct Read {
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  network::Network network;

  Read(const std::string &text, const Folder &folder) {
    auto result =
        importDescriptionText(text, folder / "net.yaml", &context, assumptions);
    if (!result) {
      ADD_FAILURE() << result.error().text();
      return;
    }
    module = std::move(*result);
    auto view = snn::viewNetwork(snn::theNetwork(*module));
    if (mlir::succeeded(view))
      network = std::move(*view);
  }

  const network::Node &node(const std::string &name) const {
    for (const network::Node &node : network.nodes)
      if (node.name == name)
        return node;
    ADD_FAILURE() << name;
    return network.nodes.front();
  }
  network::Rows rows(const std::string &name) const {
    for (const network::Projection &projection : network.projections)
      if (projection.name == name)
        return network::expandRows(projection);
    ADD_FAILURE() << name;
    return {};
  }
};

std::string replaced(const std::string &from, const std::string &to) {
  std::string text = good;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

} // namespace

TEST(Values, ParametersAreInTheUnitsOfTheModel) {
  const Folder folder;
  folder.file("thresholds.csv", "1 2 3\n4,5,6 # six\n");
  const Read read(good, folder);
  const auto &c = read.node("a").model.coefficients;
  EXPECT_EQ(c[0].values[0], 0.01);
  EXPECT_DOUBLE_EQ(c[1].values[0], 0.25);
  EXPECT_EQ(c[2].values[0], -65.0);
  ASSERT_EQ(c[3].values.size(), 4u);
  EXPECT_EQ(c[3].values[0], -50.0);
  EXPECT_DOUBLE_EQ(c[3].values[2], -52.0);
  EXPECT_DOUBLE_EQ(c[3].values[3], -53.0);
  EXPECT_DOUBLE_EQ(c[4].values[0], 0.0878);
  EXPECT_EQ(c[6].values[0], 8.0);
  EXPECT_DOUBLE_EQ(c[7].values[0], 0.004);
  EXPECT_EQ(c[8].values[0], 40.0);
  const auto &b = read.node("b").model.coefficients;
  ASSERT_EQ(b[0].values.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_GE(b[0].values[i], 0.5e-3 / 20e-3);
    EXPECT_LE(b[0].values[i], 0.5e-3 / 5e-3);
    EXPECT_EQ(b[3].values[i], 1.0 + static_cast<double>(i));
  }
  EXPECT_NE(b[0].values[0], b[0].values[1]);
  const auto &v = read.node("a").model.states[0].initial;
  ASSERT_EQ(v.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_GE(v[i], -70.0);
    EXPECT_LE(v[i], -50.0);
  }
}

TEST(Values, InputsBringTheirOwnSpikes) {
  const Folder folder;
  folder.file("thresholds.csv", "1 2 3 4 5 6");
  const Read read(good, folder);
  const network::Array<int32_t> &events = read.node("ticks").events;
  const std::vector<int32_t> wanted = {0, 0, 2, 2, 5, 0};
  EXPECT_EQ(std::vector<int32_t>(events.values.begin(), events.values.end()),
            wanted);
  EXPECT_EQ(read.network.openInputs(), 1u);
  EXPECT_EQ(read.network.nodes[read.network.inputNode()].name, "in");
  folder.file("spikes.csv", "# element, time\n0, 2.5\n2 1\n0 0\n");
  const Read file(replaced("spikes: [[0 ms, 2.5 ms], [], [1 ms]]",
                           "spikes: {file: spikes.csv, unit: ms}"),
                  folder);
  const network::Array<int32_t> &same = file.node("ticks").events;
  EXPECT_EQ(std::vector<int32_t>(same.values.begin(), same.values.end()),
            wanted);
}

TEST(Values, SynapsesCarryTheirWeightsAndDelays) {
  const Folder folder;
  folder.file("thresholds.csv", "1 2 3 4 5 6");
  const Read read(good, folder);
  const network::Rows csr = read.rows("ticks -> c");
  ASSERT_EQ(csr.row(0).size(), 2u);
  EXPECT_EQ(csr.row(0)[1].target, 9u);
  EXPECT_EQ(csr.row(0)[1].weight, 2.0f);
  EXPECT_EQ(csr.row(1).size(), 0u);
  EXPECT_EQ(csr.row(2)[0].weight, 3.0f);
  for (const network::Synapse &s : read.rows("ticks -> a").synapses)
    EXPECT_FLOAT_EQ(s.weight, 0.0878f);
  // ln(1/2) / ln(15/16) = 10.74 synapses.
  EXPECT_EQ(read.rows("a -> a").synapses.size(), 11u);
  for (const network::Synapse &s : read.rows("a -> a").synapses) {
    EXPECT_GE(s.weight, 0.0f);
    EXPECT_NEAR(s.weight, 0.1, 0.06);
  }
  const network::Rows own = read.rows("b -> b");
  for (uint32_t i = 0; i < 6; ++i) {
    EXPECT_EQ(own.row(i)[0].weight, static_cast<float>(i + 1));
    EXPECT_EQ(own.row(i)[0].delay + 1, i == 3 ? 2u : i + 1);
  }
}

TEST(Values, WindowsOfOneAxis) {
  const Folder folder;
  folder.file("thresholds.csv", "1 2 3 4 5 6");
  const Read read(good, folder);
  // Pool: input (c, x) goes to (c, x / 2).
  const network::Rows pool = read.rows("in -> b");
  for (uint32_t c = 0; c < 2; ++c)
    for (uint32_t x = 0; x < 6; ++x) {
      ASSERT_EQ(pool.row(c * 6 + x).size(), 1u);
      EXPECT_EQ(pool.row(c * 6 + x)[0].target, c * 3 + x / 2);
      EXPECT_EQ(pool.row(c * 6 + x)[0].weight, 0.5f);
    }
  // Convolution [2 out, 2 in, 2 delays, 2 taps]: (1, 0) meets tap 0 of
  // position 0: weights 5 (delay 0) and 7 (delay 1), and 13 and 15.
  const network::Rows conv = read.rows("in -> c");
  std::vector<std::array<uint32_t, 3>> found;
  for (const network::Synapse &s : conv.row(6))
    found.push_back({s.target, s.delay, static_cast<uint32_t>(s.weight)});
  const std::vector<std::array<uint32_t, 3>> wanted = {
      {0, 0, 5}, {0, 1, 7}, {5, 0, 13}, {5, 1, 15}};
  EXPECT_EQ(found, wanted);
}

TEST(Values, ReadoutsWithGivenWeights) {
  const Folder folder;
  folder.file("thresholds.csv", "1 2 3 4 5 6");
  const Read read(good, folder);
  ASSERT_EQ(read.network.readouts.size(), 1u);
  EXPECT_EQ(read.network.readouts[0].weights[6], 6.0f);
  EXPECT_EQ(read.network.readouts[0].bias[1], -0.5f);
  ASSERT_EQ(read.network.outputs.size(), 3u);
  EXPECT_TRUE(read.network.outputs[0].isReadout);
}

/// One wrong text in place of a good one, and where and what the error is.
struct Wrong {
  const char *from, *to, *place, *message;
};

TEST(Values, EveryKeyRefusesWhatCannotBe) {
  const Folder folder;
  folder.file("thresholds.csv", "1 2 3 4 5 6");
  folder.file("bad.csv", "1 2 x");
  folder.file("empty.mlir", "module {}");
  folder.file("broken.mlir", "snn.model @x oops");
  const Wrong table[] = {
      {"network: net\n", "", ":1:1", "'network' is missing"},
      {"dt: 0.5 ms", "dt: 0.5", ":2:5", "has no unit"},
      {"dt: 0.5 ms", "dt: nan ms", ":2:5", "finite decimal number"},
      {"dt: 0.5 ms", "dt: -1 ms", ":2:5", "a time above 0"},
      {"dt: 0.5 ms", "dt: 0.5 mV", ":2:5", "the unit 'mV'"},
      {"dt: 0.5 ms", "dt: 00.5 ms", ":2:5", "leading zero"},
      {"seed: 3", "seed: 18446744073709551616", ":3:7", "beyond"},
      {"seed: 3", "seed: -1", ":3:7", "zero or more"},
      {"seed: 3", "seed: 010", ":3:7", "'010'"},
      {"seed: 3", "seed: 1.5", ":3:7", "'1.5'"},
      {"models: [unit.mlir]", "models: unit.mlir", ":4:9", "must be a list"},
      {"models: [unit.mlir]", "models: [none.mlir]", ":4:10", "none.mlir"},
      {"models: [unit.mlir]", "models: [unit.mlir, empty.mlir]", ":4:21",
       "holds no snn.model"},
      {"models: [unit.mlir]", "models: [unit.mlir, broken.mlir]", ":4:21",
       "broken.mlir:1"},
      {"models: [unit.mlir]", "models: [unit.mlir, unit.mlir]", ":4:21",
       "exists already"},
      {"shape: [2, 6]", "shape: [2, 06]", ":6:19", "'06'"},
      {"shape: [2, 6]", "shape: [2, -6]", ":6:19", "1 or more"},
      {"shape: [2, 6]", "shape: 12", ":6:15", "must be a list"},
      {"spike_bits: 2", "spike_bits: 0", ":6:35", "1 to 32"},
      {"spike_bits: 2", "bits: 2", ":6:23", "unknown key 'bits'"},
      {"[0 ms, 2.5 ms]", "[0 ms, 2.6 ms]", ":7:39", "at step 5."},
      {"[0 ms, 2.5 ms]", "[0 ms, -1 ms]", ":7:39", "at step -2"},
      {"[0 ms, 2.5 ms]", "[0, 2.5 ms]", ":7:33", "has no unit"},
      {"[], [1 ms]]", "[1 ms]]", ":7:31", "2 lists of times for 3"},
      {"spikes: [[0 ms, 2.5 ms], [], [1 ms]]", "spikes: {file: bad.csv}",
       ":7:", "no unit"},
      {"spikes: [[0 ms, 2.5 ms], [], [1 ms]]",
       "spikes: {file: bad.csv, unit: mV}", ":7:", "not one like 's'"},
      {"spikes: [[0 ms, 2.5 ms], [], [1 ms]]",
       "spikes: {file: bad.csv, unit: s}", ":7:", "'x' is not a number"},
      {"model: unit_lif", "model: none", ":9:14", "unknown model 'none'"},
      {"sign: excitatory", "sign: both", ":9:", "excitatory or inhibitory"},
      {"tau_m: 10 ms", "tau_m: 10", ":9:74", "has no unit"},
      {"tau_m: 10 ms", "tau_m: 10 mV", ":9:74", "the unit 'mV'"},
      {"tau_m: 10 ms", "tau_m: 0 ms", ":9:74", "a time above 0"},
      {"tau_m: 10 ms", "tau_m: -10 ms", ":9:74", "a time above 0"},
      {"tau_m: 10 ms", "tau_m: inf ms", ":9:74", "finite"},
      {"tau_m: 10 ms, ", "", ":9:", "lacks the parameter 'tau_m'"},
      {"tau_m: 10 ms", "tau_x: 10 ms", ":9:", "no parameter 'tau_x'"},
      {"cm: 250 pF", "cm: 0 pF", ":9:", "a capacitance above 0"},
      {"cm: 250 pF", "cm: 250 pA", ":9:", "the unit 'pA'"},
      {"v_rest: -65 mV", "v_rest: -65", ":9:", "has no unit"},
      {"-51 mV", "-51 ms", ":9:", "the unit 'ms'"},
      {"[-50 mV, -51 mV,", "[-51 mV,", ":9:", "has 3 values for 4 neurons"},
      {"i_offset: 87.8 pA", "i_offset: 87.8 pV", ":9:", "the unit 'pV'"},
      {"rate: 8 Hz", "rate: -8 Hz", ":9:", "0 or more"},
      {"rate: 8 Hz", "rate: 8 /s", ":9:", "the unit '/s'"},
      {"g: 4 nS", "g: -4 nS", ":9:", "0 or more"},
      {"r_in: 40 MOhm", "t_ref: -1 ms", ":9:", "a time of 0 or more"},
      {"initial: {v:", "initial: {w:", ":9:", "has no state 'w'"},
      {"std: 10 mV, min", "std: -10 mV, min", ":9:", "std of"},
      {"std: 10 mV, min", "std: 10, min", ":9:", "has no unit"},
      {"max: -50 mV", "max: -80 mV", ":9:", "min must be below max"},
      {"seed: 4", "seed: x", ":9:", "'x'"},
      {"seed: 4", "seeds: 4", ":9:", "unknown key 'seeds'"},
      {"low: 5 ms", "low: -5 ms", ":10:", "a time above 0 was wanted"},
      {"low: 5 ms", "low: 50 ms", ":10:", "a number not below 'low'"},
      {"{file: thresholds.csv}", "{file: none.csv}", ":10:", "none.csv"},
      {"{file: thresholds.csv}", "{file: bad.csv}", ":10:", "bad.csv:1"},
      {"{file: thresholds.csv}", "{file: thresholds.csv, unit: mV}",
       ":10:", "plain number"},
      {"r: 1.0, v_leak", "r: 01.0, v_leak", ":10:", "'01.0'"},
      {"r: 1.0, v_leak", "r: 1 mV, v_leak", ":10:", "without a unit"},
      {"r: 1.0, v_leak", "r: NaN, v_leak", ":10:", "finite number"},
      {"offsets: [0, 2, 2, 3]", "offsets: [0, 2, 3]",
       ":13:", "4 whole numbers"},
      {"offsets: [0, 2, 2, 3]", "offsets: [0, 2, 1, 3]", ":13:", "rise"},
      {"targets: [0, 9, 4]", "targets: [9, 0, 4]", ":13:", "target 1"},
      {"targets: [0, 9, 4]", "targets: [0, 10, 4]", ":13:", "below 10"},
      {"[1.0, 2.0, 3.0]", "[1.0, 2.0]", ":13:", "2 weights; 3 were wanted"},
      {"[1.0, 2.0, 3.0]", "[1.0, 2.0, inf]", ":13:", "finite number"},
      {"number: 2", "number: 4294967296", ":14:", "at most 4294967295"},
      {"number: 2", "number: -2", ":14:", "zero or more"},
      {"number: 2", "density: 0.5", ":14:", "lacks the key 'number'"},
      {"value: 87.8 pA", "value: 87.8", ":14:", "has no unit"},
      {"value: 87.8 pA", "value: 87.8 mV", ":14:", "the unit 'mV'"},
      {"delay: 1 ms", "delay: 0.2 ms", ":14:", "whole number of steps"},
      {"delay: 1 ms", "delay: 1 mV", ":14:", "the unit 'mV'"},
      {"density: 0.5", "density: 1", ":15:", "connects every pair"},
      {"density: 0.5", "density: 1.5", ":15:", "0 to 1"},
      {"density: 0.5", "density: 0.5, number: 3", ":15:", "both"},
      {"receptor: exc", "receptor: inh", ":15:", "no receptor 'inh'"},
      {"max: 1 nA", "max: -1 nA", ":15:", "no weight of 'a_a'"},
      {"mean: 1.5 ms", "mean: 1.5 s/s", ":15:", "delay of 'a_a'"},
      {"min: 0.5 ms, max: 4 ms", "min: 5 ms, max: 4 ms",
       ":15:", "in this order"},
      {", max: 4 ms", "", ":15:", "without a max"},
      {"seed: 9", "seed: 9999999999999999999999", ":15:", "beyond"},
      {"kernel: [2], ", "kernel: [0], ", ":16:", "1 to 65536"},
      {"kernel: [2], ", "kernel: [4], ", ":16:", "makes 1 positions"},
      {"kernel: [2], ", "kernel: [2, 2], ", ":16:", "has 2 numbers"},
      {"kernel: [2, 2]", "kernel: [2, 3]", ":17:", "makes 4 positions"},
      {"stride: [1]", "stride: [0]", ":17:", "1 to 65536"},
      {"stride: [1]", "padding: [-1]", ":17:", "0 to 65536"},
      {"stride: [1]", "groups: 3", ":17:", "a divisor"},
      {"rule: conv1d", "rule: conv2d", ":17:", "2 was wanted"},
      {"rule: one_to_one", "rule: one_to_two", ":18:", "unknown rule"},
      {"[1, 2, 3, 1 ms, 5, 6]", "[1, 2, 3, 1.2 ms, 5, 6]",
       ":18:", "delay 3 of 'b_b'"},
      {"[1, 2, 3, 1 ms, 5, 6]", "[1, 2, 3]", ":18:", "3 delays; 6 were wanted"},
      {"[1, 2, 3, 1 ms, 5, 6]", "[1, 2, 3, 02, 5, 6]", ":18:", "'02'"},
      {"classes: 2", "classes: 0", ":19:", "0 classes"},
      {"[6, 5, 4,", "[6, 1.0e39, 4,",
       ":19:", "weights of the readout has a number beyond single precision"},
      {"[6, 5, 4, 3, 2, 1]]", "[6, 5, 4, 3, 2]]",
       ":19:", "11 numbers; 12 were wanted"},
      {"[0.5, -0.5]", "[0.5]", ":19:", "1 numbers; 2 were wanted"},
      {"outputs: [a, c]", "outputs: [a, a]", ":20:14", "returned twice"},
      {"outputs: [a, c]", "outputs: [a, d]", ":20:14", "no input or"},
      {"outputs: [a, c]", "outputs: a", ":20:10", "must be a list"},
      {"outputs: [a, c]", "output: [a, c]", ":20:1", "unknown key 'output'"},
  };
  const std::string file = folder / "net.yaml";
  for (const Wrong &wrong : table) {
    mlir::MLIRContext context;
    std::vector<std::string> assumptions;
    auto result = importDescriptionText(replaced(wrong.from, wrong.to), file,
                                        &context, assumptions);
    if (result) {
      ADD_FAILURE() << wrong.to << " is taken";
      continue;
    }
    const std::string text = result.error().text();
    // Only the first error: what is wrong is said before what follows.
    const std::string first = text.substr(0, text.find('\n'));
    EXPECT_NE(first.find("net.yaml" + std::string(wrong.place)),
              std::string::npos)
        << wrong.to << "\nwanted place: " << wrong.place << "\ngot: " << text;
    EXPECT_NE(first.find(wrong.message), std::string::npos)
        << wrong.to << "\nwanted: " << wrong.message << "\ngot: " << text;
  }
}
