// import(export(x)) is x.

#include "runtime/network/Rows.h"
#include "test/unit/export_nir/Support.h"

#include <map>

using namespace limen;
using namespace limen::test;

namespace {

/// Imports `file`, exports it, imports that: the same IR, and the same bytes
/// when it is exported again.
void expectRoundTrip(const std::string &file,
                     const nir::NIROptions &options = {}) {
  const TemporaryFolder folder;
  Imported first(file, options);
  ASSERT_TRUE(first.module) << first.error();
  const Exported exported(**first.module, folder / "a.nir");
  ASSERT_TRUE(exported.done) << exported.error();
  Imported second(folder / "a.nir");
  ASSERT_TRUE(second.module) << second.error();
  EXPECT_EQ(Canonical(snn::theNetwork(**first.module)).texts(),
            Canonical(snn::theNetwork(**second.module)).texts());
  EXPECT_EQ(modelsOf(**first.module), modelsOf(**second.module));
  const Exported again(**second.module, folder / "b.nir");
  ASSERT_TRUE(again.done) << again.error();
  EXPECT_TRUE(*readFile(folder / "a.nir") == *readFile(folder / "b.nir"));
}

TEST(NirRoundTrip, recordedFiles) {
  for (const char *name :
       {"lif/lif_norse.nir", "lif/lif_rockpool.nir", "lif/two_lif_neurons.nir",
        "braille/braille_noDelay_bias_zero.nir",
        "nmnist_scnn/cnn_sinabs.nir"}) {
    LIMEN_DATA_OR_SKIP(path, std::string("nir/") + name);
    SCOPED_TRACE(name);
    expectRoundTrip(path);
  }
}

/// A chain in -> `nodes` -> out; each writes its parameters.
struct Step {
  const char *name, *type;
  std::function<void(NirWriter &, const std::string &)> write;
};
void chain(const std::string &path, std::vector<double> in,
           const std::vector<Step> &steps, std::vector<double> out) {
  NirWriter w(path);
  w.port("in", "Input", in);
  std::vector<std::string> edges = {"in"};
  for (const Step &step : steps) {
    step.write(w, w.node(step.name, step.type) + "/");
    edges.insert(edges.end(), {step.name, step.name});
  }
  w.port("out", "Output", out);
  edges.push_back("out");
  w.edges(edges);
}

/// Numbers that are all different.
std::vector<double> ramp(size_t count, double from = 0.125) {
  std::vector<double> values;
  for (size_t k = 0; k < count; ++k)
    values.push_back(from * double(k + 1));
  return values;
}

TEST(NirRoundTrip, everyNodeType) {
  const TemporaryFolder folder;
  const auto population = [](std::initializer_list<const char *> names,
                             std::vector<hsize_t> shape) {
    return [=](NirWriter &w, const std::string &at) {
      size_t count = 1;
      for (hsize_t extent : shape)
        count *= extent;
      double from = 1e-3;
      for (const char *name : names)
        w.numbers(at + name, shape, ramp(count, from *= 1.5), H5T_IEEE_F64LE);
    };
  };
  chain(folder / "planes.nir", {2, 8, 8},
        {{"c", "Conv2d",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "weight", {4, 1, 3, 2}, ramp(24));
            w.numbers(at + "bias", {4}, ramp(4));
            w.integers(at + "groups", {}, {2})
                .integers(at + "stride", {2}, {1, 2});
            w.integers(at + "padding", {2}, {1, 0})
                .integers(at + "dilation", {}, {1});
          }},
         {"if", "IF", population({"r", "v_threshold", "v_reset"}, {4, 8, 4})},
         {"s", "SumPool2d",
          [](NirWriter &w, const std::string &at) {
            w.integers(at + "kernel_size", {}, {2})
                .integers(at + "stride", {}, {2});
            w.integers(at + "padding", {}, {0});
          }},
         {"a", "AvgPool2d",
          [](NirWriter &w, const std::string &at) {
            w.integers(at + "kernel_size", {2}, {2, 1})
                .integers(at + "stride", {2}, {2, 1});
            w.integers(at + "padding", {2}, {0, 0});
          }},
         {"f", "Flatten",
          [](NirWriter &w, const std::string &at) {
            w.integers(at + "start_dim", {}, {0})
                .integers(at + "end_dim", {}, {-1});
            w.integers(at + "input_type", {3}, {4, 2, 2});
          }},
         {"d", "Delay",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "delay", {16}, ramp(16, 1e-4), H5T_IEEE_F64LE);
          }},
         {"l", "Affine",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "weight", {5, 16}, ramp(80))
                .numbers(at + "bias", {5}, ramp(5));
          }},
         {"lif", "LIF",
          population({"tau", "r", "v_leak", "v_threshold", "v_reset"}, {5})}},
        {5});
  expectRoundTrip(folder / "planes.nir");

  chain(folder / "rows.nir", {2, 9},
        {{"c", "Conv1d",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "weight", {3, 2, 4}, ramp(24))
                .numbers(at + "bias", {3}, ramp(3));
            w.strings(at + "padding", {}, {"same"});
          }},
         {"cuba", "CubaLIF",
          population({"tau_syn", "tau_mem", "r", "v_leak", "w_in",
                      "v_threshold", "v_reset"},
                     {3, 9})},
         {"m", "Linear",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "weight", {3, 2, 9}, ramp(54));
          }},
         {"d", "Delay",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "delay", {}, {3e-4}, H5T_IEEE_F64LE);
          }},
         {"li", "LI", population({"tau", "r", "v_leak"}, {3, 2})},
         {"s", "Scale",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "scale", {3, 2}, ramp(6));
          }},
         {"culi", "CubaLI",
          population({"tau_syn", "tau_mem", "r", "v_leak", "w_in"}, {3, 2})},
         {"i", "I", population({"r"}, {3, 2})},
         {"z", "Threshold", population({"threshold"}, {3, 2})}},
        {3, 2});
  expectRoundTrip(folder / "rows.nir");
  nir::NIROptions slow;
  slow.dt = Seconds(2e-4);
  slow.timeUnit = nir::TimeUnit::Milliseconds;
  expectRoundTrip(folder / "rows.nir", slow);

  chain(folder / "relay.nir", {3},
        {{"s", "Scale",
          [](NirWriter &w, const std::string &at) {
            w.numbers(at + "scale", {3}, ramp(3));
          }}},
        {3});
  expectRoundTrip(folder / "relay.nir");
}

TEST(NirRoundTrip, loops) {
  const TemporaryFolder folder;
  const std::string path = folder / "loops.nir";
  {
    NirWriter w(path);
    w.port("in", "Input", {2});
    w.linear("w", 2, 2, {1, 2, 3, 4}, {0.5, 1});
    w.linear("back", 2, 2, {5, 6, 7, 8});
    for (const char *name : {"a", "b"})
      w.integrateAndFire(name, {2});
    w.port("out", "Output", {2});
    w.edges({"in", "w", "w", "a", "a", "b", "b", "back", "back", "a", "b", "b",
             "in", "b", "b", "out"});
  }
  expectRoundTrip(path);
}

/// Every synapse of a network by names: (pre, i, post, j, delay) -> weight.
using Synapses =
    std::map<std::tuple<std::string, uint32_t, std::string, uint32_t, uint32_t>,
             float>;
Synapses synapsesOf(mlir::ModuleOp module) {
  const network::Network network = *snn::viewNetwork(snn::theNetwork(module));
  Synapses all;
  for (const network::Projection &p : network.projections) {
    const network::Rows rows = network::expandRows(p);
    const network::Node &source = network.nodes[p.source];
    for (uint32_t i = 0; i < source.size; ++i)
      for (const network::Synapse &s : rows.row(i))
        all[{source.name, i, network.nodes[p.target].name, s.target,
             p.delay + s.delay}] += s.weight;
  }
  return all;
}

TEST(NirRoundTrip, whatIsWrittenOutHasTheSameSynapses) {
  const TemporaryFolder folder;
  Parsed parsed(folder, R"(
    %in = snn.input "in" : !snn.spikes<1x3x3>
    %d = snn.dense %in weights(dense<[[1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0],[9.0,8.0,7.0,6.0,5.0,4.0,3.0,2.0,1.0]]> : tensor<2x9xf32>)
        delays(dense<[[0,1,2,0,1,2,0,1,2],[1,1,1,1,1,1,1,1,1]]> : tensor<2x9xi32>) delay 1
        : !snn.spikes<1x3x3> -> !snn.current<2x1>
    %s = snn.sparse %b offsets(dense<[0, 3, 4]> : tensor<3xi64>) targets(dense<[0, 1, 1, 0]> : tensor<4xi32>)
        weights(dense<[0.5, 0.25, 1.5, 2.0]> : tensor<4xf32>) delays(dense<[0, 7, 2, 1]> : tensor<4xi32>) delay 1
        : !snn.spikes<2> -> !snn.current<2>
    %a = snn.neuron "a" @if(%d, %s) {r = 1.0 : f64, v_threshold = 1.0 : f64} : (!snn.current<2x1>, !snn.current<2>) -> !snn.spikes<2x1>
    %one = snn.one_to_one %a weights(dense<1.0> : tensor<f32>) : !snn.spikes<2x1> -> !snn.current<2>
    %two = snn.one_to_one %a weights(dense<1.0> : tensor<f32>) : !snn.spikes<2x1> -> !snn.current<2>
    %b = snn.neuron "b" @if(%one, %two) {r = 1.0 : f64, v_threshold = 1.0 : f64} : (!snn.current<2>, !snn.current<2>) -> !snn.spikes<2>
    %c = snn.conv2d %in weights(dense<[[[[[1.0]],[[2.0]]]]]> : tensor<1x1x2x1x1xf32>) stride [1, 1] padding [0, 0]
        : !snn.spikes<1x3x3> -> !snn.current<1x3x3>
    %e = snn.neuron "e" @if(%c) {r = 1.0 : f64, v_threshold = 1.0 : f64} : (!snn.current<1x3x3>) -> !snn.spikes<1x3x3>
    snn.output "out" %b : !snn.spikes<2>
    snn.output "out2" %e : !snn.spikes<1x3x3>
)");
  ASSERT_TRUE(parsed.module) << parsed.module.error().text();
  const Exported exported(**parsed.module, folder / "a.nir");
  ASSERT_TRUE(exported.done) << exported.error();
  Imported back(folder / "a.nir");
  ASSERT_TRUE(back.module) << back.error();
  const Synapses expected = synapsesOf(**parsed.module);
  EXPECT_EQ(expected.size(), 18u + 4u + 2u + 18u);
  EXPECT_EQ(synapsesOf(**back.module), expected);
  EXPECT_EQ(back.view().dt.value(), 1e-3);
}

} // namespace
