// What NIR cannot say is refused by name, and nothing is written.

#include "test/unit/export_nir/Support.h"

using namespace limen;
using namespace limen::test;

namespace {

void expectRefusal(const std::string &body,
                   const std::vector<std::string> &parts) {
  const TemporaryFolder folder;
  Parsed parsed(folder, body);
  ASSERT_TRUE(parsed.module) << parsed.module.error().text();
  const std::string error = Exported(**parsed.module, folder / "a.nir").error();
  for (const std::string &part : parts)
    EXPECT_NE(error.find(part), std::string::npos)
        << "'" << part << "' is not in: " << error;
  EXPECT_FALSE(std::filesystem::exists(folder / "a.nir"));
}

const char *neuron = R"(
    %n = snn.neuron "n" @if(%i) {r = 1.0 : f64, v_threshold = 1.0 : f64} : (!snn.current<4>) -> !snn.spikes<4>
)";

TEST(NirRefusal, randomSynapses) {
  expectRefusal(std::string(R"(
    %in = snn.input "in" : !snn.spikes<4>
    %i = snn.random "wild" %in normal(0.0, 1.0) density 0.5 gain 1.0 seed 7 : !snn.spikes<4> -> !snn.current<4>
)") + neuron + "snn.output \"out\" %n : !snn.spikes<4>\n",
                {"net.mlir:", "'wild'", "random"});
}

TEST(NirRefusal, otherModels) {
  expectRefusal(R"(
    %in = snn.input "in" : !snn.spikes<4>
    %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
    %n = snn.neuron "liquid" @lif_lsm(%i) {decay = 0.5 : f64, v_threshold = 1.0 : f64} : (!snn.current<4>) -> !snn.spikes<4>
    snn.output "out" %n : !snn.spikes<4>
)",
                {"'liquid'", "lif_lsm"});
}

TEST(NirRefusal, readoutsAndUnflattening) {
  expectRefusal(std::string(R"(
    %in = snn.input "in" : !snn.spikes<4>
    %i = snn.one_to_one %in weights(dense<2.0> : tensor<f32>) : !snn.spikes<4> -> !snn.current<4>
)") + neuron + R"(
    %y = snn.readout "head" %n weights(dense<0.0> : tensor<2x4xf32>) : !snn.spikes<4> -> !snn.scores<2>
    snn.output "out" %y : !snn.scores<2>
)",
                {"'head'", "readout"});
  expectRefusal(std::string(R"(
    %in = snn.input "in" : !snn.spikes<4>
    %plane = snn.reshape %in : !snn.spikes<4> -> !snn.spikes<1x2x2>
    %c = snn.conv2d %plane weights(dense<1.0> : tensor<1x1x1x1xf32>) stride [1, 1] padding [0, 0] : !snn.spikes<1x2x2> -> !snn.current<1x2x2>
    %i = snn.reshape %c : !snn.current<1x2x2> -> !snn.current<4>
)") + neuron + "snn.output \"out\" %n : !snn.spikes<4>\n",
                {"[1, 2, 2]", "[4]", "only flatten"});
}

TEST(NirRefusal, rulesThatAreNotNirs) {
  const auto refuse = [](const nir::NIROptions &options, const char *part) {
    const TemporaryFolder folder;
    {
      NirWriter w(folder / "a.nir");
      w.port("in", "Input", {2});
      const std::string n = w.node("cell", "LIF");
      for (const char *name : {"/tau", "/r", "/v_leak", "/v_threshold"})
        w.numbers(n + name, {2}, {0.5, 0.5});
      w.port("out", "Output", {2});
      w.edges({"in", "cell", "cell", "out"});
    }
    Imported imported(folder / "a.nir", options);
    ASSERT_TRUE(imported.module) << imported.error();
    const Exported exported(**imported.module, folder / "b.nir");
    EXPECT_NE(exported.error().find(part), std::string::npos)
        << exported.error();
    EXPECT_NE(exported.error().find("'cell'"), std::string::npos);
  };
  nir::NIROptions options;
  options.reset = snn::ResetRule::Subtract;
  options.scheme = snn::Scheme::Impulse;
  refuse(options, "resets by subtraction");
  options = {};
  options.spikeRule = snn::SpikeRule::GreaterEqual;
  refuse(options, "v >= threshold");
  options = {};
  options.spikeTiming = snn::SpikeTiming::NextStep;
  refuse(options, "a step after");
}

} // namespace
