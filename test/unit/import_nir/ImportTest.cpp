#include "runtime/network/Rows.h"
#include "test/unit/import_nir/Support.h"

#include <algorithm>
#include <map>

using namespace limen;
using namespace limen::test;

namespace {

/// Projections by name, with their delays, in sorted order.
std::vector<std::pair<std::string, unsigned>>
delaysOf(const network::Network &network) {
  std::vector<std::pair<std::string, unsigned>> out;
  for (const network::Projection &p : network.projections)
    out.emplace_back(p.name, p.delay);
  std::sort(out.begin(), out.end());
  return out;
}

TEST(ImportNir, chainOfAffineAndNeuron) {
  const TemporaryFolder folder;
  const std::string path = folder / "chain.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {3});
    w.linear("a", 2, 3, {1, 2, 3, 4, 5, 6}, {0.5, -0.5});
    w.integrateAndFire("n", {2});
    w.port("out", "Output", {2});
    w.edges({"n", "out", "a", "n", "in", "a"});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network network = imported.view();
  ASSERT_EQ(network.nodes.size(), 2u);
  EXPECT_EQ(network.nodes[0].name, "in");
  EXPECT_EQ(network.nodes[1].name, "n");
  EXPECT_EQ(network.outputs.at(0).name, "out");
  EXPECT_EQ(network.outputs.at(0).index, 1u);
  ASSERT_EQ(network.projections.size(), 1u);
  const network::Stage &stage = network.projections[0].stages.at(0);
  EXPECT_EQ(std::get<network::Dense>(stage.kind).weights[5], 6.0f);
  EXPECT_EQ(stage.bias[1], -0.5f);
  EXPECT_TRUE(imported.assumed("/node/nodes/n has no v_reset: 0 is taken"));
  EXPECT_TRUE(imported.assumed("IF neurons integrate r x once per step"));
}

TEST(ImportNir, edgesIntoOneNodeAddUpAndBiasCountsOnce) {
  const TemporaryFolder folder;
  const std::string path = folder / "sum.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {2});
    w.linear("a", 2, 2, {1, 0, 0, 1}, {1, 1});
    w.linear("b", 2, 2, {2, 0, 0, 2});
    w.linear("c", 2, 2, {1, 2, 3, 4}, {10, 20});
    w.integrateAndFire("n", {2});
    w.port("out", "Output", {2});
    w.edges({"in", "a", "in", "b", "a", "c", "b", "c", "c", "n", "in", "n", "n",
             "out", "n", "out"});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network network = imported.view();
  // in -> a -> c, in -> b -> c, in -> n directly.
  ASSERT_EQ(network.projections.size(), 3u);
  // c (a x + b x) + bias once: C [1, 1] + [10, 20] = [13, 27].
  EXPECT_EQ(network::totalBias(network, 1, 0), (std::vector<float>{13, 27}));
  // The whole map is C (I + 2 I) + I.
  std::map<std::pair<uint32_t, uint32_t>, float> whole;
  for (const network::Projection &p : network.projections) {
    const network::Rows rows = network::expandRows(p);
    for (uint32_t source = 0; source < 2; ++source)
      for (const network::Synapse &s : rows.row(source))
        whole[{s.target, source}] += s.weight;
  }
  EXPECT_EQ((whole[{0, 0}]), 4.0f);
  EXPECT_EQ((whole[{0, 1}]), 6.0f);
  EXPECT_EQ((whole[{1, 0}]), 9.0f);
  EXPECT_EQ((whole[{1, 1}]), 13.0f);
  EXPECT_TRUE(imported.assumed("n -> out is listed more than once"));
}

TEST(ImportNir, everyCycleHasOneStepPerRecurrentEdge) {
  const TemporaryFolder folder;
  const std::string path = folder / "loops.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {2});
    w.integrateAndFire("n", {2});
    w.integrateAndFire("m", {2});
    w.linear("back", 2, 2, {1, 0, 0, 1}, {3, 4});
    w.port("out", "Output", {2});
    w.edges(
        {"in", "n", "n", "n", "n", "m", "m", "back", "back", "n", "m", "out"});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network network = imported.view();
  EXPECT_EQ(delaysOf(network),
            (std::vector<std::pair<std::string, unsigned>>{
                {"in -> n", 0}, {"m -> n", 1}, {"n -> m", 0}, {"n -> n", 1}}));
  // Node 1 is n: the bias of the recurrent Affine counts like any other.
  EXPECT_EQ(network::totalBias(network, 1, 0), (std::vector<float>{3, 4}));
}

TEST(ImportNir, convolutionsPoolsAndFlatten) {
  const TemporaryFolder folder;
  const std::string path = folder / "conv.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {1, 6, 6});
    std::string c = w.node("0", "Conv2d");
    w.numbers(c + "/weight", {2, 1, 3, 3}, std::vector<double>(18, 0.5),
              H5T_IEEE_F64LE, true);
    w.numbers(c + "/bias", {2}, {0, 0}).strings(c + "/padding", {}, {"same"});
    w.integers(c + "/stride", {}, {1}).integers(c + "/dilation", {2}, {1, 1});
    w.integers(c + "/groups", {}, {1});
    w.integrateAndFire("1", {2, 6, 6});
    std::string p = w.node("2", "SumPool2d");
    w.integers(p + "/kernel_size", {2}, {2, 2})
        .integers(p + "/stride", {}, {2});
    w.integers(p + "/padding", {2}, {0, 0});
    std::string a = w.node("3", "AvgPool2d");
    w.integers(a + "/kernel_size", {}, {3});
    w.integers(a + "/stride", {2}, {3, 3}).integers(a + "/padding", {}, {0});
    std::string f = w.node("4", "Flatten");
    w.integers(f + "/start_dim", {}, {1}).integers(f + "/end_dim", {}, {-1});
    w.integers(f + "/input_type", {3}, {2, 1, 1});
    std::string n = w.node("5", "LI");
    w.numbers(n + "/tau", {}, {0.01}).numbers(n + "/r", {}, {1});
    w.numbers(n + "/v_leak", {}, {0});
    w.port("out", "Output", {2});
    w.edges({"in", "0", "0", "1", "1", "2", "2", "3", "3", "4", "4", "5", "5",
             "out"});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const std::string text = imported.text();
  EXPECT_NE(text.find("padding [1, 1]"), std::string::npos) << text;
  EXPECT_NE(text.find("!snn.spikes<2x6x6> -> !snn.spikes<2x3x3, 3>"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("snn.reshape"), std::string::npos);
  EXPECT_EQ(text.find("bias"), std::string::npos) << "zero bias is left out";
  EXPECT_TRUE(imported.assumed("start_dim 1"));
  EXPECT_TRUE(imported.assumed("time constants are in seconds"));
  EXPECT_FALSE(imported.view().nodes.back().model.spiking);
}

/// Input 2 -> nested graph {in -> lin -> n, n -> n} -> out, by `toInner`.
std::string nested(const TemporaryFolder &folder, const std::string &toInner,
                   double extent = 2) {
  const std::string path = folder / "nested.nir";
  NirWriter w(path);
  const std::string inner = "/node/nodes/g";
  w.port("in", "Input", {2});
  w.strings(inner + "/type", {}, {"NIRGraph"});
  w.port("in", "Input", {extent}, inner);
  w.linear("lin", 2, 2, {1, 2, 3, 4}, {}, inner);
  w.integrateAndFire("n", {2}, 1, inner);
  w.port("out", "Output", {2}, inner);
  w.edges({"in", "lin", "lin", "n", "n", "n", "n", "out"}, inner);
  w.port("out", "Output", {2});
  w.edges({"in", toInner, "g", "out"});
  return path;
}

TEST(ImportNir, nestedGraphsAreInlined) {
  for (const char *address : {"g", "g.in"}) {
    const TemporaryFolder folder;
    Imported imported(nested(folder, address));
    ASSERT_TRUE(imported.module) << imported.error();
    const network::Network network = imported.view();
    EXPECT_EQ(network.nodes.at(1).name, "g.n");
    EXPECT_EQ(delaysOf(network), (std::vector<std::pair<std::string, unsigned>>{
                                     {"g.n -> g.n", 1}, {"in -> g.n", 0}}));
  }
  const TemporaryFolder folder;
  const std::string error = Imported(nested(folder, "g", 12)).error();
  EXPECT_NE(error.find("/node/nodes/g/nodes/in"), std::string::npos) << error;
  EXPECT_NE(error.find("[12]"), std::string::npos) << error;
}

TEST(ImportNir, scaleAndModelsWithoutReset) {
  const TemporaryFolder folder;
  const std::string path = folder / "chain.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {2});
    w.numbers(w.node("s", "Scale") + "/scale", {2}, {2, 3});
    w.numbers(w.node("i", "I") + "/r", {2}, {1, 1});
    const std::string c = w.node("c", "CubaLI");
    for (const char *name : {"/tau_syn", "/tau_mem", "/r", "/v_leak"})
      w.numbers(c + name, {2}, {0.5, 0.5});
    w.numbers(w.node("u", "Scale") + "/scale", {}, {4});
    w.numbers(w.node("t", "Threshold") + "/threshold", {}, {0.5});
    w.port("out", "Output", {2});
    w.edges({"in", "s", "s", "i", "i", "c", "c", "u", "u", "t", "t", "out"});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network network = imported.view();
  ASSERT_EQ(network.nodes.size(), 4u);
  // Rows of the first projection are the factors of s.
  for (const network::Projection &p : network.projections) {
    const network::Rows rows = network::expandRows(p);
    const std::string &target = network.nodes[p.target].name;
    const float expected = target == "i" ? 3 : target == "c" ? 1 : 4;
    ASSERT_EQ(rows.row(1).size(), 1u);
    EXPECT_EQ(rows.row(1)[0].weight, expected) << target;
  }
  EXPECT_TRUE(imported.assumed("c has no w_in: 1 is taken"));
  EXPECT_TRUE(imported.assumed("I nodes integrate r x once per step"));
  const std::string text = imported.text();
  for (const char *model : {"@i(", "@cuba_li(", "@threshold("})
    EXPECT_NE(text.find(model), std::string::npos) << text;
}

TEST(ImportNir, timeConstantsInEveryUnit) {
  auto write = [](const std::string &path, double tau) {
    NirWriter w(path);
    w.port("in", "Input", {2});
    const std::string n = w.node("n", "LIF");
    w.numbers(n + "/tau", {2}, {tau, 2 * tau}, H5T_IEEE_F64LE);
    for (const char *name : {"/r", "/v_leak", "/v_threshold"})
      w.numbers(n + name, {2}, {1, 1});
    w.port("out", "Output", {2});
    w.edges({"in", "n", "n", "out"});
  };
  const TemporaryFolder folder;
  const std::string path = folder / "lif.nir";
  // dt / tau is the first coefficient.
  auto rate = [&](double tau, nir::TimeUnit unit) {
    write(path, tau);
    nir::NIROptions options;
    options.timeUnit = unit;
    options.dt = Seconds(1e-3);
    Imported imported(path, options);
    EXPECT_TRUE(imported.module) << imported.error();
    return imported.view().nodes.at(1).model.coefficients.at(0).values[1];
  };
  EXPECT_DOUBLE_EQ(rate(0.02, nir::TimeUnit::Auto), 1e-3 / 0.04);
  EXPECT_DOUBLE_EQ(rate(20, nir::TimeUnit::Auto), 1.0 / 40);
  EXPECT_DOUBLE_EQ(rate(20, nir::TimeUnit::Milliseconds), 1e-3 / 0.04);
  EXPECT_DOUBLE_EQ(rate(20, nir::TimeUnit::Seconds), 1e-3 / 40);
  EXPECT_DOUBLE_EQ(rate(0.5, nir::TimeUnit::Steps), 1.0);
}

//===----------------------------------------------------------------------===//
// Recorded files
//===----------------------------------------------------------------------===//

TEST(ImportNir, recordedConvolutionalNetwork) {
  LIMEN_DATA_OR_SKIP(path, "nir/nmnist_scnn/cnn_sinabs.nir");
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network network = imported.view();
  EXPECT_EQ(network.neuronCount(), 8970);
  EXPECT_EQ(network.projections.size(), 5u);
  uint64_t weights = 0;
  for (const network::Projection &p : network.projections)
    for (const network::Stage &stage : p.stages)
      weights += network::weightCount(stage);
  EXPECT_EQ(weights, 39584u);
  EXPECT_EQ(network.nodes[0].shape, (network::Shape{2, 34, 34}));
}

TEST(ImportNir, recordedRecurrentNetwork) {
  LIMEN_DATA_OR_SKIP(path, "nir/braille/braille_noDelay_bias_zero.nir");
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network network = imported.view();
  EXPECT_EQ(delaysOf(network), (std::vector<std::pair<std::string, unsigned>>{
                                   {"input -> lif1.lif", 0},
                                   {"lif1.lif -> lif1.lif", 1},
                                   {"lif1.lif -> lif2", 0}}));
  EXPECT_TRUE(imported.assumed("file version 0.2.0"));
}

TEST(ImportNir, recordedSingleNeurons) {
  for (const char *name : {"lif_norse", "lif_rockpool", "two_lif_neurons"}) {
    LIMEN_DATA_OR_SKIP(path, std::string("nir/lif/") + name + ".nir");
    Imported imported(path);
    EXPECT_TRUE(imported.module) << imported.error();
    EXPECT_EQ(imported.assumed("[1, 1, 1]"),
              std::string(name) == "lif_rockpool");
  }
}

} // namespace
