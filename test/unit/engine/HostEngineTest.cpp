// The host engine against the interpreter of HostEngineFixture.h.

#include "test/unit/engine/HostEngineFixture.h"

using namespace limen;

namespace {

// Weights are multiples of 2^-6, so sums are exact in any order.
const char *recurrent = R"(
  %in = snn.input "in" : !snn.spikes<1x6x6, 2>
  %i0 = snn.conv2d %in weights(dense<[[[[0.25, -0.125], [0.5, 0.0625]]], [[[0.375, 0.25], [-0.25, 0.125]]]]> : tensor<2x1x2x2xf32>)
      stride [2, 2] padding [0, 0] : !snn.spikes<1x6x6, 2> -> !snn.current<2x3x3>
  %s0 = snn.neuron "first" @if(%i0) {r = 1.0, v_threshold = 0.5}
      : (!snn.current<2x3x3>) -> !snn.spikes<2x3x3>
  %i1 = snn.random "ff" %s0 uniform(0.0, 1.0) density 1.0 gain 0.25 seed 3
      : !snn.spikes<2x3x3> -> !snn.current<30>
  %i2 = snn.random "rec" %s1 normal(0.0, 1.0) density 0.3 gain 0.25 seed 4 delay 2
      : !snn.spikes<30> -> !snn.current<30>
  %s1 = snn.neuron "liquid" @cuba_lif(%i1, %i2)
      {tau_syn = 2.0e-3, tau_mem = 5.0e-3, r = 5.0, v_leak = 0.0, v_threshold = 0.5}
      : (!snn.current<30>, !snn.current<30>) -> !snn.spikes<30>
  %i3 = snn.dense %s1 weights(dense<0.125> : tensor<4x30xf32>) bias(dense<[0.0, 0.25, -0.5, 0.0625]> : tensor<4xf32>)
      : !snn.spikes<30> -> !snn.current<4>
  %v = snn.neuron "read" @li(%i3) {tau = 10.0e-3, r = 1.0, v_leak = 0.0}
      : (!snn.current<4>) -> !snn.current<4>
  snn.output "values" %v : !snn.current<4>
  snn.output "spikes" %s1 : !snn.spikes<30>
)";

} // namespace

TEST_F(HostEngineTest, EqualsTheInterpreterInFloat64) {
  load(recurrent, Precision::Float64);
  const input::Sample sample = randomSample(60, 36, 0.3, 1);
  SessionOptions options;
  options.recordRasters = true;
  const auto result = engine->open(options)->run(sample);
  ASSERT_TRUE(result) << result.error().text();
  const auto expected = interpret(sample, false);
  uint64_t spikes = 0;
  for (size_t n = 0; n < network->nodes.size(); ++n) {
    if (!network->nodes[n].model.spiking)
      continue;
    for (int64_t i = 0; i < network->nodes[n].size; ++i)
      EXPECT_EQ(result->counts[n][i], expected[n][i])
          << network->nodes[n].name << " " << i;
    spikes += result->spikes[n];
    if (!network->nodes[n].isInput) {
      EXPECT_EQ(result->rasters[n].size(), result->spikes[n]);
    }
  }
  EXPECT_GT(spikes, 500u); // the network is alive
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(result->outputs[0][i], expected[3][i], 1e-4);
}

TEST_F(HostEngineTest, SessionsForgetTheLastSample) {
  load(recurrent, Precision::Float32);
  const input::Sample sample = randomSample(40, 36, 0.3, 2);
  const input::Sample other = randomSample(25, 36, 0.9, 3);
  auto session = engine->open({});
  const auto first = session->run(sample);
  ASSERT_TRUE(session->run(other));
  const auto again = session->run(sample);
  EXPECT_EQ(first->counts, again->counts);
  EXPECT_EQ(first->outputs, again->outputs);
}

TEST_F(HostEngineTest, RefusesEventsOutsideTheInput) {
  load(recurrent, Precision::Float32);
  input::Sample sample;
  sample.id = "bad";
  sample.steps = 1;
  sample.offsets = {0, 1};
  sample.events = {{36, 1.0f}};
  const auto result = engine->open({})->run(sample);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("element 36"), std::string::npos);
}

TEST_F(HostEngineTest, LifFollowsItsClosedForm) {
  // From rest under constant input x the membrane is x (1 - (1 - a)^n), a =
  // dt/tau, until it crosses the threshold.
  load(R"(
    %in = snn.input "in" : !snn.spikes<1>
    %i = snn.one_to_one %in weights(dense<1.0> : tensor<f32>) : !snn.spikes<1> -> !snn.current<1>
    %s = snn.neuron "lif" @lif(%i) {tau = 20.0e-3, r = 1.0, v_leak = 0.0, v_threshold = 0.9}
        : (!snn.current<1>) -> !snn.spikes<1>
    snn.output "out" %s : !snn.spikes<1>
  )",
       Precision::Float64);
  input::Sample sample;
  sample.steps = 100;
  sample.offsets.push_back(0);
  for (uint32_t t = 0; t < sample.steps; ++t) {
    sample.events.push_back({0, 1.0f});
    sample.offsets.push_back(t + 1);
  }
  SessionOptions options;
  options.traces = {{1, 0}, {1, -1}};
  const auto result = engine->open(options)->run(sample);
  ASSERT_TRUE(result);
  // 1 - 0.95^n > 0.9 first at n = 45: 0.95^44 = 0.1047, 0.95^45 = 0.0994.
  for (int t = 0; t < 44; ++t) {
    EXPECT_NEAR(result->traces[0][t], 1 - std::pow(0.95, t + 1), 1e-6);
    EXPECT_EQ(result->traces[1][t], 0.0f);
  }
  EXPECT_EQ(result->traces[1][44], 1.0f);
  EXPECT_EQ(result->traces[0][44], 0.0f);
  EXPECT_EQ(result->counts[1][0], 2u); // again after 45 steps
}
