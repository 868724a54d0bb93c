// From snn text to spikes: the whole path against a direct computation.

#include "dialects/snn/IR/ModelEvaluator.h"
#include "hw-models/base/Random.h"
#include "runtime/network/Rows.h"
#include "test/unit/spin/Lowered.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace limen;
using test::Lowered;
using test::sampleOf;

namespace {

const char *const recurrent = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<8>
  %a = snn.random "ff" %s normal(0.3, 0.5) density 0.5 gain 1.0 seed 3
      : !snn.spikes<8> -> !snn.current<300>
  %r = snn.random "rec" %h constant(-0.125, 0.0) density 0.1 gain 1.0 seed 4 delay 2
      : !snn.spikes<300> -> !snn.current<300>
  %h = snn.neuron "hidden" @if(%a, %r) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<300>, !snn.current<300>) -> !snn.spikes<300>
  %b = snn.random "out" %h constant(0.0625, 0.0) density 0.5 gain 1.0 seed 5
      : !snn.spikes<300> -> !snn.current<10>
  %o = snn.neuron "o" @if(%b) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<10>) -> !snn.spikes<10>
  snn.output "out" %o : !snn.spikes<10>
})";

/// Steps an integrate-and-fire network in double, with weights rounded to
/// 2^-grid. No code of the path under test is used but the rows.
std::vector<std::vector<uint32_t>> reference(const network::Network &net,
                                             const input::Sample &sample,
                                             const std::vector<double> &unit) {
  std::vector<network::Rows> rows;
  for (const auto &projection : net.projections)
    rows.push_back(network::expandRows(projection));
  std::vector<std::vector<double>> v(net.nodes.size());
  std::vector<std::vector<uint32_t>> counts(net.nodes.size());
  // history[node][step] lists spikes.
  std::vector<std::vector<std::vector<uint32_t>>> history(net.nodes.size());
  for (size_t n = 0; n < net.nodes.size(); ++n) {
    v[n].assign(net.nodes[n].size, 0);
    counts[n].assign(net.nodes[n].size, 0);
    history[n].resize(sample.steps);
  }
  for (uint32_t t = 0; t < sample.steps; ++t) {
    for (const input::Event &event : sample.at(t))
      for (int k = 0; k < static_cast<int>(event.value); ++k) {
        history[0][t].push_back(event.index);
        ++counts[0][event.index];
      }
    for (unsigned n = 0; n < net.nodes.size(); ++n)
      for (size_t k = 0; k < net.nodes[n].events.size(); k += 2)
        if (static_cast<uint32_t>(net.nodes[n].events[k]) == t) {
          history[n][t].push_back(net.nodes[n].events[k + 1]);
          ++counts[n][net.nodes[n].events[k + 1]];
        }
    for (unsigned n : net.order) {
      std::vector<double> in(net.nodes[n].size, 0);
      for (size_t p = 0; p < rows.size(); ++p) {
        const auto &projection = net.projections[p];
        if (projection.target != n)
          continue;
        for (uint32_t past = 0; past <= t; ++past)
          for (uint32_t s : history[projection.source][past])
            for (const network::Synapse &synapse : rows[p].row(s))
              if (past + projection.delay + synapse.delay == t)
                in[synapse.target] += std::copysign(
                    std::floor(std::abs(synapse.weight) / unit[p] + 0.5) *
                        unit[p],
                    synapse.weight);
      }
      for (size_t i = 0; i < in.size(); ++i) {
        v[n][i] += in[i];
        if (v[n][i] > 1) {
          v[n][i] = 0;
          history[n][t].push_back(static_cast<uint32_t>(i));
          ++counts[n][i];
        }
      }
    }
  }
  return counts;
}

} // namespace

TEST(SpinEngine, ExactWeightsGiveTheSpikesOfTheAlgorithm) {
  // Weights that are powers of two pass through 16 bits unchanged.
  std::string text = recurrent;
  const std::string from = "normal(0.3, 0.5)";
  text.replace(text.find(from), from.size(), "constant(0.25, 0.0)");
  Lowered lowered(text, "if");
  std::vector<std::vector<input::Event>> steps(40);
  for (uint32_t t = 0; t < 40; ++t)
    for (uint32_t i = 0; i < 8; ++i)
      if ((t * 7 + i * 3) % 5 < 2)
        steps[t].push_back({i, 1.0f});
  const input::Sample sample = sampleOf(steps);
  auto session = lowered.engine->open({.recordRasters = true, .traces = {}});
  auto result = session->run(sample);
  ASSERT_TRUE(bool(result)) << result.error().text();
  const auto wanted = reference(*lowered.network, sample,
                                std::vector<double>(3, std::ldexp(1.0, -15)));
  for (size_t n = 0; n < wanted.size(); ++n)
    EXPECT_EQ(result->counts[n], wanted[n]) << lowered.network->nodes[n].name;
  uint64_t total = 0;
  for (uint32_t count : wanted.back())
    total += count;
  EXPECT_GT(total, 0u) << "a silent network tests nothing";
  EXPECT_EQ(lowered.engine->latency(2), 2u);
  // The same again: a session forgets its last sample.
  auto again = session->run(sample);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->rasters, result->rasters);
  EXPECT_EQ(again->actions, result->actions);
}

TEST(SpinEngine, SynapsesKeepTheirOwnDelays) {
  // Up to 11 steps in the network, and pairs with several synapses: rows are
  // longer than the 256 words of a block.
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<8>
  %a = snn.random "ff" %s constant(0.25, 0.0) density 1.0 gain 1.0 seed 3
      wiring <fixed_in_degree 16> delays <uniform(0.0, 11.0), 1 to 11>
      : !snn.spikes<8> -> !snn.current<300>
  %r = snn.random "rec" %h constant(-0.125, 0.0) density 0.1 gain 1.0 seed 4
      delays <normal(5.0, 3.0), 1 to 10> : !snn.spikes<300> -> !snn.current<300>
  %h = snn.neuron "hidden" @if(%a, %r) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<300>, !snn.current<300>) -> !snn.spikes<300>
  snn.output "out" %h : !snn.spikes<300>
})";
  Lowered lowered(text, "if");
  std::vector<std::vector<input::Event>> steps(40);
  for (uint32_t t = 0; t < 40; ++t)
    for (uint32_t i = 0; i < 8; ++i)
      if ((t * 7 + i * 3) % 5 < 2)
        steps[t].push_back({i, 1.0f});
  const input::Sample sample = sampleOf(steps);
  auto session = lowered.engine->open({.recordRasters = true, .traces = {}});
  auto result = session->run(sample);
  ASSERT_TRUE(bool(result)) << result.error().text();
  const auto wanted = reference(*lowered.network, sample,
                                std::vector<double>(2, std::ldexp(1.0, -15)));
  EXPECT_EQ(result->counts[1], wanted[1]);
  uint64_t total = 0;
  for (uint32_t count : wanted[1])
    total += count;
  EXPECT_GT(total, 300u);
}

TEST(SpinEngine, LongDelaysPassThroughDelayExtensionCores) {
  // Up to 70 steps: four stages. Sources of two slices, one of them recurrent;
  // inputs of several spikes a step.
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<300, 2>
  %a = snn.random "ff" %s constant(0.0625, 0.0) density 0.1 gain 1.0 seed 3
      delays <uniform(0.0, 70.0), 1 to 70> : !snn.spikes<300, 2> -> !snn.current<300>
  %r = snn.random "rec" %h constant(-0.125, 0.0) density 0.1 gain 1.0 seed 4
      delays <normal(30.0, 20.0), 1 to 60> : !snn.spikes<300> -> !snn.current<300>
  %h = snn.neuron "hidden" @if(%a, %r) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<300>, !snn.current<300>) -> !snn.spikes<300>
  snn.output "out" %h : !snn.spikes<300>
})";
  Lowered lowered(text, "if");
  std::vector<std::vector<input::Event>> steps(150);
  for (uint32_t t = 0; t < 150; ++t)
    for (uint32_t i = 0; i < 300; ++i)
      if ((t * 7 + i * 3) % 50 < 2)
        steps[t].push_back({i, 1.0f + (i + t) % 3});
  const input::Sample sample = sampleOf(steps);
  auto session = lowered.engine->open({.recordRasters = true, .traces = {}});
  auto result = session->run(sample);
  ASSERT_TRUE(bool(result)) << result.error().text();
  const auto wanted = reference(*lowered.network, sample,
                                std::vector<double>(2, std::ldexp(1.0, -15)));
  EXPECT_EQ(result->counts[1], wanted[1]);
  uint64_t total = 0;
  for (uint32_t count : wanted[1])
    total += count;
  EXPECT_GT(total, 1000u);
  auto again = session->run(sample);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->rasters, result->rasters) << "spikes of a sample before it";
  // Two slices of the input and two of the population, each with its extension.
  unsigned extensions = 0;
  for (const engine::UnitLoad &unit : lowered.engine->loads())
    extensions += unit.population.ends_with("(delay extension)");
  EXPECT_EQ(extensions, 4u);
}

TEST(SpinEngine, DelayExtensionsCountTo255InATick) {
  const auto textFor = [](int delay) {
    return R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1, 10>
  %a = snn.dense %s weights(dense<0.0009765625> : tensor<1x1xf32>) delay )" +
           std::to_string(delay) + R"( : !snn.spikes<1, 10> -> !snn.current<1>
  %o = snn.neuron "o" @relay(%a) {} : (!snn.current<1>) -> !snn.current<1>
  snn.output "out" %o : !snn.current<1>
})";
  };
  for (int delay : {16, 17}) {
    // More packets at once than a core has time for.
    Lowered lowered(textFor(delay), "relay", {}, {"model.overload=waits"});
    std::vector<std::vector<input::Event>> steps(20);
    steps[1].push_back({0, 300.0f});
    auto result = lowered.engine->open({})->run(sampleOf(steps));
    ASSERT_TRUE(bool(result)) << result.error().text();
    const uint32_t arrived = delay > 16 ? 255 : 300;
    EXPECT_FLOAT_EQ(result->outputs[0][0], arrived / 1024.0f);
    const auto actions = lowered.engine->actions();
    for (size_t i = 0; i < actions.size(); ++i)
      if (actions[i].name == "delay.saturation") {
        EXPECT_EQ(result->actions[i], 300 - arrived);
      }
  }
}

TEST(SpinEngine, SpikesOfOneElementInOneStepAllArrive) {
  // Twice in step 1, in no order, over cores of 256 and a delay extension.
  Lowered lowered(R"(
snn.network @net dt 0.001 {
  %e = snn.input "list" events(dense<[[1, 300], [1, 2], [1, 300], [4, 2]]> : tensor<4x2xi32>)
      : !snn.spikes<400>
  %a = snn.dense %e weights(dense<0.5> : tensor<1x400xf32>) delay 20
      : !snn.spikes<400> -> !snn.current<1>
  %o = snn.neuron "o" @i(%a) {r = 1.0 : f64} : (!snn.current<1>) -> !snn.current<1>
  snn.output "out" %o : !snn.current<1>
})",
                  "i");
  engine::SessionOptions options;
  options.traces = {{1, 0}};
  auto result = lowered.engine->open(options)->run(
      sampleOf(std::vector<std::vector<input::Event>>(26)));
  ASSERT_TRUE(bool(result)) << result.error().text();
  EXPECT_EQ(result->counts[0][300], 2u);
  for (uint32_t t = 0; t < 26; ++t)
    EXPECT_EQ(result->traces[0][t], t < 21 ? 0 : t < 24 ? 1.5f : 2.0f) << t;
}

TEST(SpinEngine, SourcesBringTheirOwnSpikesAndDrawThem) {
  // Spikes of a list, a Poisson source and one of counts, on the machine.
  const std::string text = R"(
snn.network @net dt 0.001 {
  %e = snn.input "list" events(dense<[[0, 1], [3, 1], [3, 0], [9, 1]]> : tensor<4x2xi32>)
      : !snn.spikes<2>
  %p = snn.neuron "noise" @poisson() {rate = 200.0 : f64} : () -> !snn.spikes<700>
  %c = snn.neuron "counts" @poisson_count() {rate = 1500.0 : f64} : () -> !snn.current<300>
  %a = snn.dense %e weights(dense<1.0> : tensor<300x2xf32>) delay 1
      : !snn.spikes<2> -> !snn.current<300>
  %b = snn.random "pb" %p constant(0.25, 0.0) density 0.1 gain 1.0 seed 4 delay 1
      : !snn.spikes<700> -> !snn.current<300>
  %d = snn.one_to_one %c weights(dense<0.5> : tensor<f32>) delay 2
      : !snn.current<300> -> !snn.current<300>
  %o = snn.neuron "o" @relay(%a, %b, %d) {}
      : (!snn.current<300>, !snn.current<300>, !snn.current<300>) -> !snn.current<300>
  snn.output "out" %o : !snn.current<300>
})";
  Lowered lowered(text, "relay", {"poisson", "poisson_count"},
                  {"model.overload=waits"});
  const input::Sample sample =
      sampleOf(std::vector<std::vector<input::Event>>(50));
  auto result =
      lowered.engine->open({.recordRasters = true, .traces = {}})->run(sample);
  ASSERT_TRUE(bool(result)) << result.error().text();
  // The draws are those of the definition, neuron by neuron.
  const network::Network &net = *lowered.network;
  const auto uniform = [&](const char *name, uint32_t step, uint32_t neuron) {
    snn::Draws draws;
    draws.identity = identityOf(name);
    draws.step = step;
    draws.sample = identityOf("test");
    return draws.uniform(neuron, 0);
  };
  unsigned list = 0, noise = 0, out = 0, counts = 0;
  for (unsigned n = 0; n < net.nodes.size(); ++n) {
    (net.nodes[n].name == "list"    ? list
     : net.nodes[n].name == "noise" ? noise
     : net.nodes[n].name == "o"     ? out
                                    : counts) = n;
  }
  EXPECT_EQ(result->rasters[list],
            (engine::Raster{1, 3ull << 32, 3ull << 32 | 1, 9ull << 32 | 1}));
  engine::Raster wanted;
  for (uint32_t t = 0; t < 50; ++t)
    for (uint32_t i = 0; i < 700; ++i)
      if (uniform("noise", t, i) < 1 - std::exp(-0.2))
        wanted.push_back(uint64_t(t) << 32 | i);
  engine::Raster found = result->rasters[noise];
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, wanted);
  EXPECT_GT(wanted.size(), 5000u);
  // What arrives: all of it, times the weights.
  std::vector<double> sums(300, 0);
  for (uint32_t t = 0; t < 48; ++t)
    for (uint32_t i = 0; i < 300; ++i) {
      double p = std::exp(-1.5), sum = p;
      int events = 0;
      const double u = uniform("counts", t, i);
      while (events < 20 && u >= sum) {
        p *= 1.5 / ++events;
        sum += p;
      }
      sums[i] += 0.5 * events;
    }
  for (const auto &projection : net.projections) {
    if (projection.source == counts)
      continue;
    const network::Rows rows = network::expandRows(projection);
    for (uint64_t spike :
         projection.source == list ? result->rasters[list] : wanted)
      if ((spike >> 32) + projection.delay < 50)
        for (const network::Synapse &synapse :
             rows.row(static_cast<uint32_t>(spike)))
          sums[synapse.target] += synapse.weight;
  }
  for (uint32_t i = 0; i < 300; ++i)
    ASSERT_FLOAT_EQ(result->outputs[0][i], static_cast<float>(sums[i])) << i;
}

TEST(SpinEngine, StatesAreRecordedBeforeOrAfterAStep) {
  Lowered lowered(R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1>
  %a = snn.dense %s weights(dense<0.25> : tensor<1x1xf32>) delay 1
      : !snn.spikes<1> -> !snn.current<1>
  %o = snn.neuron "o" @if(%a) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
})",
                  "if");
  engine::SessionOptions options;
  options.traces = {{1, 0, /*before=*/true}, {1, 0, /*before=*/false}};
  auto result = lowered.engine->open(options)->run(
      sampleOf({{{0, 1.0f}}, {{0, 1.0f}}, {}, {}}));
  ASSERT_TRUE(bool(result)) << result.error().text();
  EXPECT_EQ(result->traces[0], (std::vector<float>{0, 0, 0.25f, 0.5f}));
  EXPECT_EQ(result->traces[1], (std::vector<float>{0, 0.25f, 0.5f, 0.5f}));
}

TEST(SpinEngine, CountsTicksAndPacketsInClosedForm) {
  Lowered lowered(recurrent, "if");
  auto session = lowered.engine->open({});
  auto result = session->run(sampleOf({{{0, 1.0f}, {3, 2.0f}}, {}, {}}));
  ASSERT_TRUE(bool(result));
  EXPECT_EQ(result->counts[0][3], 2u);
  // 3 steps and a depth of 2; nothing overruns, so every tick has its budget.
  EXPECT_EQ(result->cycles.value(), 5u * 200000u);
  EXPECT_DOUBLE_EQ(result->time.value(), 5e-3);
  const auto actions = lowered.engine->actions();
  ASSERT_EQ(result->actions.size(), actions.size());
  uint64_t spikes = result->spikes[0] + result->spikes[1];
  for (size_t i = 0; i < actions.size(); ++i)
    if (actions[i].name == "router.packet") {
      EXPECT_EQ(result->actions[i], spikes);
    }
  const Ledger ledger = lowered.engine->price(result->actions, result->time);
  EXPECT_NEAR(ledger.total().value(), (26.84 + 5.04) * 5e-3, 1e-3);
}

TEST(SpinEngine, RefusesInputsThatAreNoCounts) {
  Lowered lowered(recurrent, "if");
  auto session = lowered.engine->open({});
  for (float value : {0.5f, -1.0f})
    EXPECT_FALSE(session->run(sampleOf({{{0, value}}})));
  EXPECT_FALSE(session->run(sampleOf({{{8, 1.0f}}})));
}
