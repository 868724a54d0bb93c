// Node types and graphs that only some exporters write.

#include "runtime/network/Rows.h"
#include "test/unit/import_nir/Support.h"

#include <functional>
#include <map>

using namespace limen;
using namespace limen::test;

namespace {

/// (target, source, delay) -> weight of everything that enters `target`.
using Synapses = std::map<std::array<uint32_t, 3>, float>;
Synapses synapsesInto(const network::Network &network,
                      const std::string &target) {
  Synapses all;
  for (const network::Projection &p : network.projections) {
    if (network.nodes[p.target].name != target)
      continue;
    const network::Rows rows = network::expandRows(p);
    for (uint32_t source = 0; source < network.nodes[p.source].size; ++source)
      for (const network::Synapse &s : rows.row(source))
        all[{s.target, source, p.delay + s.delay}] += s.weight;
  }
  return all;
}

/// in [2, length] -> Conv1d of `taps` taps, 2 to 1 channels -> n -> out.
std::string conv1d(const TemporaryFolder &folder, hsize_t length, hsize_t taps,
                   const std::function<void(NirWriter &, std::string)> &more,
                   hsize_t width, bool shape) {
  const std::string path = folder / "conv.nir";
  NirWriter w(path);
  w.port("in", "Input", {2, double(length)});
  const std::string c = w.node("c", "Conv1d");
  std::vector<double> weight;
  for (hsize_t k = 0; k < 2 * taps; ++k)
    weight.push_back(double(k + 1));
  w.numbers(c + "/weight", {1, 2, taps}, weight, H5T_IEEE_F64LE);
  w.numbers(c + "/bias", {1}, {0.5});
  if (shape)
    w.integers(c + "/input_shape", {}, {double(length)});
  w.integers(c + "/groups", {}, {1});
  more(w, c);
  w.integrateAndFire("n", {1, width});
  w.port("out", "Output", {1, double(width)});
  w.edges({"in", "c", "c", "n", "n", "out"});
  return path;
}

TEST(ImportNirNodes, conv1dWithStrideAndPadding) {
  const TemporaryFolder folder;
  Imported imported(conv1d(
      folder, 6, 3,
      [](NirWriter &w, const std::string &c) {
        w.integers(c + "/stride", {1}, {2}).integers(c + "/padding", {}, {1});
        w.integers(c + "/dilation", {}, {1});
      },
      3, true));
  ASSERT_TRUE(imported.module) << imported.error();
  Synapses expected;
  for (int n = 0; n < 3; ++n)
    for (int channel : {0, 1})
      for (int k = 0; k < 3; ++k)
        if (const int x = 2 * n + k - 1; x >= 0 && x < 6)
          expected[{unsigned(n), unsigned(channel * 6 + x), 0}] =
              float(channel * 3 + k + 1);
  const network::Network network = imported.view();
  EXPECT_EQ(synapsesInto(network, "n"), expected);
  EXPECT_EQ(network::totalBias(network, 1, 0),
            (std::vector<float>{0.5, 0.5, 0.5}));
  EXPECT_EQ(network.nodes[1].shape, (network::Shape{1, 3}));
}

TEST(ImportNirNodes, samePaddingOfEvenKernels) {
  // The smaller half of the padding comes first, with and without gaps.
  for (int dilation : {1, 3}) {
    const TemporaryFolder folder;
    Imported imported(conv1d(
        folder, 9, 4,
        [&](NirWriter &w, const std::string &c) {
          w.strings(c + "/padding", {}, {"same"});
          w.integers(c + "/dilation", {}, {double(dilation)});
        },
        9, false));
    ASSERT_TRUE(imported.module) << imported.error();
    Synapses expected;
    for (int n = 0; n < 9; ++n)
      for (int channel : {0, 1})
        for (int k = 0; k < 4; ++k)
          if (const int x = n + k * dilation - 3 * dilation / 2;
              x >= 0 && x < 9)
            expected[{unsigned(n), unsigned(channel * 9 + x), 0}] =
                float(channel * 4 + k + 1);
    EXPECT_EQ(synapsesInto(imported.view(), "n"), expected) << dilation;
  }
}

/// in [3] -> d (Delay) -> a (Linear, unit) -> n -> out, and n -> n.
std::string delayed(const TemporaryFolder &folder,
                    const std::vector<double> &delay, bool loop = false) {
  const std::string path = folder / "delay.nir";
  NirWriter w(path);
  w.port("in", "Input", {3});
  w.numbers(w.node("d", "Delay") + "/delay",
            delay.size() == 1 ? std::vector<hsize_t>{}
                              : std::vector<hsize_t>{delay.size()},
            delay, H5T_IEEE_F64LE);
  w.linear("a", 3, 3, {1, 0, 0, 0, 1, 0, 0, 0, 1});
  w.integrateAndFire("n", {3});
  w.port("out", "Output", {3});
  if (loop)
    w.edges({"in", "n", "n", "d", "d", "a", "a", "n", "n", "out"});
  else
    w.edges({"in", "d", "d", "a", "a", "n", "n", "out"});
  return path;
}

TEST(ImportNirNodes, delaysBecomeSteps) {
  const TemporaryFolder folder;
  const auto into = [&](const std::string &path) {
    Imported imported(path);
    EXPECT_TRUE(imported.module) << imported.error();
    return synapsesInto(imported.view(), "n");
  };
  EXPECT_EQ(into(delayed(folder, {2e-4})),
            (Synapses{{{0, 0, 2}, 1}, {{1, 1, 2}, 1}, {{2, 2, 2}, 1}}));
  EXPECT_EQ(into(delayed(folder, {0, 2e-4, 5e-4})),
            (Synapses{{{0, 0, 0}, 1}, {{1, 1, 2}, 1}, {{2, 2, 5}, 1}}));
  // A Delay on a cycle is the whole delay of it, unless it is 0.
  EXPECT_EQ(into(delayed(folder, {3e-4}, true)).count({0, 0, 3}), 1u);
  EXPECT_EQ(into(delayed(folder, {0}, true)).count({0, 0, 1}), 1u);
  // Only delays of at least 1: steps.
  EXPECT_EQ(into(delayed(folder, {4})).count({0, 0, 4}), 1u);
}

TEST(ImportNirNodes, delaysAreRoundedInTheOpen) {
  const TemporaryFolder folder;
  Imported imported(delayed(folder, {2.4e-4}));
  ASSERT_TRUE(imported.module) << imported.error();
  EXPECT_TRUE(imported.assumed("nodes/d: delays are rounded to whole steps"));
  EXPECT_NE(Imported(delayed(folder, {-1e-4}))
                .error()
                .find("/node/nodes/d/delay: error: element 0 is -"),
            std::string::npos);
  EXPECT_NE(Imported(delayed(folder, {100000})).error().find("65535"),
            std::string::npos);
}

TEST(ImportNirNodes, outputsThatNoNeuronFeeds) {
  const TemporaryFolder folder;
  const std::string path = folder / "linear.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {2});
    w.linear("a", 2, 2, {1, 2, 3, 4}, {0.5, 0});
    w.linear("b", 2, 2, {10, 0, 0, 10});
    w.port("out", "Output", {2});
    w.edges({"in", "a", "in", "b", "a", "out", "b", "out"});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  const network::Network network = imported.view();
  EXPECT_EQ(network.nodes.at(1).model.name, "relay");
  EXPECT_EQ(
      synapsesInto(network, "out"),
      (Synapses{
          {{0, 0, 0}, 11}, {{0, 1, 0}, 2}, {{1, 0, 0}, 3}, {{1, 1, 0}, 14}}));
  EXPECT_TRUE(imported.assumed("/node/nodes/out returns the sum"));
}

TEST(ImportNirNodes, edgesToTheInsideOfNestedGraphs) {
  // outer: in -> g.h.n, g.h -> out; the ports on the way in have no signal.
  const TemporaryFolder folder;
  const std::string path = folder / "deep.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {2});
    w.port("out", "Output", {2});
    const std::string g = "/node/nodes/g", h = g + "/nodes/h";
    w.strings(g + "/type", {}, {"NIRGraph"})
        .strings(h + "/type", {}, {"NIRGraph"});
    w.port("input", "Input", {2}, g);
    w.port("output", "Output", {2}, g);
    w.port("input", "Input", {2}, h);
    w.integrateAndFire("n", {2}, 1, h);
    w.port("output", "Output", {2}, h);
    w.edges({"input", "n", "n", "output"}, h);
    w.edges({"input", "h.input", "h", "output"}, g);
    w.edges({"in", "g.h.n", "g", "out"});
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module) << imported.error();
  EXPECT_EQ(imported.view().nodes.at(1).name, "g.h.n");
  EXPECT_TRUE(imported.assumed("nodes/h/nodes/input receives nothing"));
}

} // namespace
