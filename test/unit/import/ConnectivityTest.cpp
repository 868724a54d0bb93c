// Rules, distributions, delays, signs and lists of network descriptions.

#include "compiler/Import/Description.h"

#include "dialects/snn/IR/NetworkView.h"
#include "runtime/network/Rows.h"
#include "test/unit/TemporaryFolder.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace limen;

namespace {

/// Two 6 x 6 populations behind an input, with `projection` from a to `to`.
std::string with(const std::string &projection, const std::string &to = "b") {
  return R"(network: net
dt: 0.5 ms
inputs:
  in: {shape: [36]}
populations:
  a: {model: if, shape: [6, 6], parameters: {r: 1.0, v_threshold: 1.0, v_reset: 0.0}}
  b: {model: if, shape: [6, 6], sign: inhibitory, parameters: {r: 1.0, v_threshold: 1.0, v_reset: 0.0}}
projections:
  in_a: {from: in, to: a, delay: 0, rule: one_to_one, weights: {distribution: constant, value: 1.0}}
  p: {from: a, to: )" +
         to + ", " + projection + R"(}
outputs: [b]
)";
}

struct Read {
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  network::Network network;

  explicit Read(const std::string &text, const std::string &file = "net.yaml") {
    auto result = importDescriptionText(text, file, &context, assumptions);
    if (!result) {
      ADD_FAILURE() << result.error().text();
      return;
    }
    module = std::move(*result);
    auto view = snn::viewNetwork(snn::theNetwork(*module));
    if (mlir::succeeded(view))
      network = std::move(*view);
  }

  const network::Projection &projection() const {
    for (const network::Projection &p : network.projections)
      if (!network.nodes[p.source].isInput)
        return p;
    return network.projections.front();
  }
  network::Rows rows() const { return network::expandRows(projection()); }
};

void expectError(const std::string &text, const std::string &part) {
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto result = importDescriptionText(text, "net.yaml", &context, assumptions);
  ASSERT_FALSE(result) << "wanted: " << part;
  EXPECT_NE(result.error().text().find(part), std::string::npos)
      << "wanted: " << part << "\ngot: " << result.error().text();
}

const std::string one = "weights: {distribution: constant, value: 1.0}";

} // namespace

TEST(Connectivity, RulesOfExactNumbers) {
  Read total(with("delay: 1, rule: fixed_total, number: 100, seed: 1, " + one));
  EXPECT_EQ(total.rows().synapses.size(), 100u);
  Read in(with("delay: 1, rule: fixed_in_degree, number: 4, seed: 1, " + one));
  EXPECT_EQ(in.rows().synapses.size(), 4u * 36);
  Read out(
      with("delay: 1, rule: fixed_out_degree, number: 5, seed: 1, " + one));
  EXPECT_EQ(out.rows().row(7).size(), 5u);
  Read all(with("delay: 1, rule: all_to_all, " + one));
  EXPECT_EQ(all.rows().synapses.size(), 36u * 36);
  Read self(with("delay: 1, rule: all_to_all, autapses: false, " + one, "a"));
  EXPECT_EQ(self.rows().synapses.size(), 36u * 35);
  Read near(with("delay: 1, rule: distance, profile: exponential, scale: 0.01, "
                 "density: 1.0, seed: 1, " +
                 one));
  EXPECT_EQ(near.rows().synapses.size(), 36u) << "only d = 0 connects";
}

TEST(Connectivity, OneWeightForMorePairsThanAnArrayHoldsIsARule) {
  // 65,535^2 weights are still an array, 65,536^2 are more than 2^32 - 1.
  for (const int64_t size : {65535, 65536}) {
    std::string text = with("delay: 3, rule: all_to_all, gain: 0.5, " + one);
    const std::string extent = std::to_string(size);
    for (const std::string old : {"[36]", "[6, 6]", "[6, 6]"})
      text.replace(text.find(old), old.size(), "[" + extent + "]");
    mlir::MLIRContext context;
    std::vector<std::string> assumptions;
    auto module =
        importDescriptionText(text, "net.yaml", &context, assumptions);
    ASSERT_TRUE(bool(module)) << module.error().text();
    unsigned rules = 0;
    (*module)->walk([&](snn::RandomOp) { ++rules; });
    ASSERT_EQ(rules, size == 65536 ? 1u : 0u);
    if (rules == 0)
      continue; // its array would be 16 GiB
    auto view = snn::viewNetwork(snn::theNetwork(**module));
    ASSERT_TRUE(mlir::succeeded(view));
    for (const network::Projection &projection : view->projections) {
      if (view->nodes[projection.source].isInput)
        continue;
      EXPECT_EQ(projection.delay, 3u);
      const network::RowExpander expander(projection);
      ASSERT_TRUE(expander.weights());
      network::Rows rows;
      expander.expand(65535, 65536, true, rows);
      ASSERT_EQ(rows.synapses.size(), 65536u);
      for (uint32_t k = 0; k < 65536; ++k) {
        ASSERT_EQ(rows.synapses[k].target, k);
        ASSERT_EQ(rows.synapses[k].weight, 0.5f);
      }
    }
  }
}

TEST(Connectivity, WeightsAndDelaysAreDrawnInTheirUnits) {
  Read read(
      with("rule: all_to_all, gain: 2.0, seed: 3, "
           "weights: {distribution: truncated_normal, mean: 0.5, std: 1.0, "
           "min: 0.25, max: 1.0}, "
           "delays: {distribution: uniform, low: 1 ms, high: 4 ms, min: "
           "1 ms, max: 3 ms}"));
  EXPECT_EQ(read.projection().delay, 2u); // 1 ms of 0.5 ms
  EXPECT_EQ(read.projection().spread(), 4u);
  for (const network::Synapse &synapse : read.rows().synapses) {
    ASSERT_GE(synapse.weight, 0.5f);
    ASSERT_LE(synapse.weight, 2.0f);
    ASSERT_LE(synapse.delay, 4u);
  }
}

TEST(Connectivity, DalesRuleHolds) {
  Read read(
      with("delay: 1, rule: all_to_all, sign: excitatory, gain: -0.5, "
           "seed: 3, weights: {distribution: normal, mean: 0.0, std: 1.0}"));
  for (const network::Synapse &synapse : read.rows().synapses)
    ASSERT_GT(synapse.weight, 0);
  expectError(with("delay: 1, rule: all_to_all, sign: inhibitory, " + one),
              "'p' is inhibitory, but has the weight 1");
  expectError(with("delay: 1, rule: all_to_all, sign: both, " + one),
              "excitatory or inhibitory was wanted");
  // Population b is inhibitory as a whole.
  std::string text = with("delay: 1, rule: all_to_all, " + one);
  text.replace(text.find("from: a, to: b"), 14, "from: b, to: a");
  expectError(text, "'p' is inhibitory, but has the weight 1");
}

TEST(Connectivity, ListsInPlaceAndInFiles) {
  Read read(with("rule: list, gain: 2.0, "
                 "synapses: [[0, 5, 0.5, 3], [2, 1, 0.25, 1], [0, 4, 1.0, 9], "
                 "[0, 5, -1.0, 3]]"));
  const network::Rows rows = read.rows();
  EXPECT_EQ(read.projection().delay, 1u);
  ASSERT_EQ(rows.row(0).size(), 3u);
  EXPECT_EQ(rows.row(0)[0].target, 4u);
  EXPECT_EQ(rows.row(0)[0].delay, 8u);
  EXPECT_EQ(rows.row(0)[1].weight, 1.0f);
  EXPECT_EQ(rows.row(0)[2].weight, -2.0f);
  EXPECT_EQ(rows.row(2).size(), 1u);

  const test::TemporaryFolder folder;
  ASSERT_TRUE(bool(writeFile(folder / "s.csv",
                             "# pre, post, weight, delay\n0,5,0.5,3\n2 1 0.25 "
                             "1\n\n0,4,1.0,9\n0,5,-1.0,3\n")));
  Read file(with("rule: list, gain: 2.0, file: s.csv"), folder / "net.yaml");
  const network::Rows other = file.rows();
  ASSERT_EQ(other.synapses.size(), rows.synapses.size());
  for (size_t i = 0; i < rows.synapses.size(); ++i)
    EXPECT_EQ(other.synapses[i].weight, rows.synapses[i].weight);
  ASSERT_TRUE(bool(writeFile(folder / "s.csv", "0,5,0.5\n1,x,0.5\n")));
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto broken =
      importDescriptionText(with("rule: list, file: s.csv"),
                            folder / "net.yaml", &context, assumptions);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().text().find("s.csv:2: 'x' is not a number"),
            std::string::npos)
      << broken.error().text();
}

TEST(Connectivity, ConvolutionsWithADelayAxis) {
  const std::string text = R"(network: net
dt: 1 ms
inputs:
  in: {shape: [1, 5, 5]}
populations:
  a: {model: if, shape: [2, 4, 4], parameters: {r: 1.0, v_threshold: 1.0, v_reset: 0.0}}
projections:
  p: {from: in, to: a, delay: 1, rule: conv2d, kernel: [3, 2, 2],
      weights: {values: [[[[[1, 2], [3, 4]], [[0, 0], [0, 5]], [[6, 0], [0, 0]]]],
                         [[[[1, 1], [1, 1]], [[1, 1], [1, 1]], [[1, 1], [1, 1]]]]]}}
outputs: [a]
)";
  Read read(text);
  const network::Rows rows = read.rows();
  EXPECT_EQ(read.projection().spread(), 2u);
  // Pixel (1, 1) reaches position (0, 0) through tap (1, 1): weights 4 and 5.
  std::vector<std::pair<uint32_t, float>> found; // delay, weight
  for (const network::Synapse &synapse : rows.row(6))
    if (synapse.target == 0)
      found.emplace_back(synapse.delay, synapse.weight);
  EXPECT_EQ(found, (std::vector<std::pair<uint32_t, float>>{{0, 4}, {1, 5}}));
  std::string wrong = text;
  wrong.replace(wrong.find("kernel: [3, 2, 2]"), 17, "kernel: [2, 2, 2]");
  expectError(wrong, "'p' has 24 weights; 16 were wanted");
}

TEST(Connectivity, WhatCannotBeIsRefused) {
  expectError(with("delay: 1, rule: fixed_total, " + one),
              "lacks the key 'number'");
  expectError(
      with("delay: 1, rule: random, density: 0.5, delays: {distribution: "
           "constant, value: 2 ms}, " +
           one),
      "'p' has both delay and delays");
  expectError(with("rule: random, density: 0.5, delays: {distribution: normal, "
                   "mean: 2 ms, std: 1 ms}, " +
                   one),
              "'p' draws delays without a max");
  expectError(
      with("rule: random, density: 0.5, delays: {distribution: constant, "
           "value: 2 mV}, " +
           one),
      "delay of 'p'");
  expectError(with("delay: 1, rule: random, density: 0.5, weights: "
                   "{distribution: truncated_normal, mean: 1.0, std: 1.0}"),
              "is truncated, but has neither min nor max");
  expectError(with("delay: 1, rule: all_to_all, autapses: false, " + one),
              "'p' joins two populations and has no autapses");
  expectError(with("rule: list, synapses: [[0, 36, 1.0]]"),
              "synapse 0 of 'p' leads from 0 to 36");
  expectError(with("rule: list, synapses: [[0, 1, 1.0], [0, 2]]"),
              "synapse 1 of 'p' has 2 numbers");
  expectError(with("rule: list, synapses: [[0, 1, 1.0, 0.5]]"), "in 0.5 steps");
  expectError(with("delay: 1, rule: random, density: 0.5, weights: {values: "
                   "[1.0]}"),
              "its synapses are drawn");
  expectError(with("delay: 1, rule: distance, profile: flat, scale: 1.0, "
                   "density: 0.5, " +
                   one),
              "unknown profile 'flat'");
  expectError(with("delay: 1, rule: conv2d, kernel: [3, 3], " + one),
              "joins channels x height x width");
}

TEST(Connectivity, WeightsFitSinglePrecision) {
  const char *wanted = "at most 3.4028234663852886e+38 in size was wanted";
  expectError(with("delay: 1, rule: all_to_all, weights: {distribution: "
                   "constant, value: 1.0e39}"),
              wanted);
  expectError(with("delay: 1, rule: all_to_all, gain: -1.0e20, weights: "
                   "{distribution: uniform, low: 0.0, high: 1.0e19}"),
              wanted);
  expectError(with("delay: 1, rule: list, synapses: [[0, 1, 1.0e39]]"), wanted);
  expectError(with("delay: 1, rule: list, gain: 1.0e20, synapses: [[0, 1, "
                   "1.0e19]]"),
              wanted);
  const Read large(with("delay: 1, rule: list, gain: 1.0e19, synapses: [[0, 1, "
                        "1.0e19]]"));
  EXPECT_FLOAT_EQ(large.rows().synapses.front().weight, 1e38f);
}

TEST(Connectivity, TotalsOfMorePairsThanDoublesCount) {
  // With 2^62 pairs the total is -ln(1 - p) 2^62.
  const auto wide = [](const std::string &density) {
    std::string text =
        with("delay: 1, rule: fixed_total, density: " + density + ", " + one);
    for (const std::string shape : {"[36]", "[6, 6]"})
      for (size_t at; (at = text.find(shape)) != std::string::npos;)
        text.replace(at, shape.size(), "[2147483648]");
    return text;
  };
  expectError(wide("0.5"), "'p' has 3196577161300663808 synapses");
  const Read sparse(wide("1.0e-10"));
  std::string text;
  llvm::raw_string_ostream(text) << *sparse.module;
  EXPECT_NE(text.find("fixed_total 461168602>"), std::string::npos) << text;
}

TEST(Connectivity, AThousandPopulationsStaySymbolic) {
  // 1,000 populations of 1,000 neurons, 10,000 projections of 10,000 synapses:
  // 10^8 synapses that are rules until they are expanded.
  std::string text = "network: large\ndt: 0.1 ms\nseed: 1\ninputs:\n  in: "
                     "{shape: [1000]}\npopulations:\n";
  for (int i = 0; i < 1000; ++i)
    text += "  p" + std::to_string(i) +
            ": {model: lif, shape: [1000], parameters: {tau: 10 ms, r: 1.0, "
            "v_leak: 0.0, v_threshold: 1.0, v_reset: 0.0}}\n";
  text += "projections:\n  in: {from: in, to: p0, delay: 0, rule: one_to_one, "
          "weights: {distribution: constant, value: 1.0}}\n";
  for (int i = 0; i < 10000; ++i)
    text += "  c" + std::to_string(i) + ": {from: p" +
            std::to_string(i % 1000) + ", to: p" +
            std::to_string(i * 7 % 1000) +
            ", rule: fixed_total, number: 10000, weights: {distribution: "
            "normal, mean: 0.1, std: 0.01}, delays: {distribution: normal, "
            "mean: 1.5 ms, std: 0.75 ms, min: 0.1 ms, max: 6.4 ms}}\n";
  text += "outputs: [p0]\n";
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto module =
      importDescriptionText(text, "large.yaml", &context, assumptions);
  ASSERT_TRUE(bool(module)) << module.error().text();
  auto view = snn::viewNetwork(snn::theNetwork(**module));
  ASSERT_TRUE(mlir::succeeded(view));
  uint64_t synapses = 0;
  for (const network::Projection &projection : view->projections)
    if (const auto *random =
            std::get_if<network::Random>(&projection.stages.front().kind))
      synapses += random->number;
  EXPECT_EQ(synapses, 100000000u);
}

TEST(Connectivity, TheMicrocircuitHasItsPublishedSynapses) {
  // Potjans and Diesmann, Cerebral Cortex 24 (2014): populations and
  // probabilities [target][source] of tables 1 and 5. The sum follows from
  // their equation 1 and the table.
  const std::array<int, 8> sizes = {20683, 5834, 21915, 5479,
                                    4850,  1065, 14395, 2948};
  const double densities[8][8] = {
      {.1009, .1689, .0437, .0818, .0323, 0, .0076, 0},
      {.1346, .1371, .0316, .0515, .0755, 0, .0042, 0},
      {.0077, .0059, .0497, .135, .0067, .0003, .0453, 0},
      {.0691, .0029, .0794, .1597, .0033, 0, .1057, 0},
      {.1004, .0622, .0505, .0057, .0831, .3726, .0204, 0},
      {.0548, .0269, .0257, .0022, .06, .3158, .0086, 0},
      {.0156, .0066, .0211, .0166, .0572, .0197, .0396, .2252},
      {.0364, .001, .0034, .0005, .0277, .008, .0658, .1443}};
  mlir::MLIRContext context;
  std::vector<std::string> assumptions;
  auto module = importDescription(std::string(LIMEN_SOURCE_DIR) +
                                      "/docs/examples/microcircuit.yaml",
                                  &context, assumptions);
  ASSERT_TRUE(bool(module)) << module.error().text();
  auto view = snn::viewNetwork(snn::theNetwork(**module));
  ASSERT_TRUE(mlir::succeeded(view));
  const std::array<std::string, 8> names = {"L23E", "L23I", "L4E", "L4I",
                                            "L5E",  "L5I",  "L6E", "L6I"};
  const auto indexOf = [&](unsigned node) {
    return std::find(names.begin(), names.end(), view->nodes[node].name) -
           names.begin();
  };
  uint64_t synapses = 0;
  for (const network::Projection &projection : view->projections) {
    const auto *random =
        std::get_if<network::Random>(&projection.stages.front().kind);
    const auto s = indexOf(projection.source), t = indexOf(projection.target);
    ASSERT_LT(t, 8);
    EXPECT_EQ(projection.receptor, s < 8 && s % 2 ? 1u : 0u);
    if (!random) {
      EXPECT_EQ(s, 8) << "background";
      continue;
    }
    ASSERT_LT(s, 8);
    const double pairs = static_cast<double>(sizes[s]) * sizes[t];
    EXPECT_EQ(static_cast<double>(random->number),
              std::nearbyint(std::log(1 - densities[t][s]) /
                             std::log((pairs - 1) / pairs)));
    // Dale's rule, and weights in nA.
    EXPECT_EQ(s % 2 ? random->high : random->low, 0.0);
    EXPECT_NEAR(random->a,
                s % 2 ? -0.3512 : (s == 2 && t == 0 ? 0.1756 : 0.0878), 1e-12);
    synapses += random->number;
  }
  EXPECT_EQ(synapses, 298880968u);
  int64_t neurons = 0;
  for (const network::Node &node : view->nodes)
    if (std::find(names.begin(), names.end(), node.name) != names.end())
      neurons += node.size;
  EXPECT_EQ(neurons, 77169);
}
