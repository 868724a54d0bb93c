// Neurons and synapses on cores of their own: the same spikes, in time or not.

#include "test/unit/spin/Lowered.h"

#include "hw-models/base/Random.h"
#include "hw-models/spin/RingBuffers.h"
#include "hw-models/spin/TickWork.h"
#include "hw-models/target/Target.h"
#include "runtime/engine/SpinSession.h"

#include <fmt/format.h>
#include <set>

using namespace limen;
using namespace limen::test;

namespace {

/// 40 inputs and 60 neurons that talk to each other, 30 sources of one-to-one
/// noise, delays of up to 20 steps, weights of both signs.
std::string circuit(double weight = 1.0) {
  const RandomStream draws(3, Purpose::Weight, 1);
  const auto weights = [&](int rows, int columns, uint64_t from) {
    std::string text = "dense<[";
    for (int r = 0; r < rows; ++r) {
      text += r ? ", [" : "[";
      for (int k = 0; k < columns; ++k) {
        const double u = draws.uniform(from + uint64_t(r) * columns + k, 0);
        text += fmt::format("{}{:.1f}", k ? ", " : "",
                            u < 0.5 ? weight * std::floor(8 * u - 1) : 0.0);
      }
      text += "]";
    }
    return text + fmt::format("]> : tensor<{}x{}xf32>", rows, columns);
  };
  return fmt::format(
      R"(snn.network @net dt 0.001 {{
  %s = snn.input "in" : !snn.spikes<40>
  %n = snn.neuron "noise" @poisson_count() {{rate = 400.0}} : () -> !snn.current<60>
  %x = snn.one_to_one %n weights(dense<{:.1f}> : tensor<60xf32>) delay 3 : !snn.current<60> -> !snn.current<60>
  %a = snn.dense %s weights({}) delay 1 : !snn.spikes<40> -> !snn.current<60>
  %r = snn.dense %h weights({}) delay 2 : !snn.spikes<60> -> !snn.current<60>
  %q = snn.dense %h weights({}) delay 20 : !snn.spikes<60> -> !snn.current<60>
  %h = snn.neuron "hidden" @if(%a, %x, %r, %q) {{r = 1.0, v_threshold = 2.0}} : (!snn.current<60>, !snn.current<60>, !snn.current<60>, !snn.current<60>) -> !snn.spikes<60>
  snn.output "out" %h : !snn.spikes<60>
}})",
      weight, weights(60, 40, 0), weights(60, 60, 10000),
      weights(60, 60, 20000));
}

const std::vector<std::string> small = {"software.neurons_per_core=16",
                                        "software.sources_per_core=8"};

std::vector<std::string> with(std::vector<std::string> more) {
  more.insert(more.end(), small.begin(), small.end());
  return more;
}

input::Sample spikes(uint32_t steps = 60) {
  const RandomStream draws(5, Purpose::Weight, 2);
  std::vector<std::vector<input::Event>> events(steps);
  for (uint32_t t = 0; t < steps; ++t)
    for (uint32_t i = 0; i < 40; ++i)
      if (draws.uniform(uint64_t(t) * 40 + i, 0) < 0.15)
        events[t].push_back({i, 1.0f});
  return sampleOf(events);
}

engine::SampleResult run(const Lowered &lowered, unsigned threads = 1,
                         uint32_t steps = 60) {
  engine::SessionOptions options;
  options.recordRasters = true;
  options.threads = threads;
  auto result = lowered.engine->open(options)->run(spikes(steps));
  EXPECT_TRUE(bool(result)) << result.error().text();
  return std::move(*result);
}

} // namespace

TEST(SplitCores, SpikeAsCombinedCoresDo) {
  const Lowered combined(circuit(), "if", {"poisson_count"}, small);
  const engine::SampleResult wanted = run(combined);
  EXPECT_GT(wanted.spikes[2], 200u);
  ASSERT_EQ(wanted.actions[engine::Saturations], 0u);
  for (const char *cores : {"1", "2", "3", "auto"})
    for (const char *fidelity : {"tick", "event"}) {
      const Lowered split(circuit(), "if", {"poisson_count"},
                          with({"software.cores=split",
                                fmt::format("software.synapse_cores={}", cores),
                                fmt::format("model.fidelity={}", fidelity)}));
      for (unsigned threads : {1u, 3u}) {
        const engine::SampleResult found = run(split, threads);
        EXPECT_EQ(found.rasters, wanted.rasters) << cores << fidelity;
        EXPECT_EQ(found.actions[engine::LateRows], 0u);
        // Noise needs no packets and no rows, but has its events.
        EXPECT_EQ(found.synapticEvents, wanted.synapticEvents);
        EXPECT_LT(found.actions[engine::Packets],
                  wanted.actions[engine::Packets]);
      }
    }
}

TEST(SplitCores, SaturateEachByItself) {
  // 20 inputs fire at once with a weight of half of what 16 bits hold.
  const std::string text = R"(snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<20>
  %a = snn.dense %s weights(dense<1.0> : tensor<4x20xf32>) delay 1 : !snn.spikes<20> -> !snn.current<4>
  %h = snn.neuron "out" @if(%a) {r = 1.0, v_threshold = 1.0e4} : (!snn.current<4>) -> !snn.spikes<4>
  snn.output "out" %h : !snn.spikes<4>
})";
  std::vector<input::Event> all;
  for (uint32_t i = 0; i < 20; ++i)
    all.push_back({i, 1.0f});
  const auto sample = sampleOf({all, {}, {}});
  const auto voltage = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"software.weight_scale=expected",
                             "software.expected_activity=0.05",
                             "software.ring_buffer_sigma=0",
                             "software.sources_per_core=5"});
    const Lowered lowered(text, "if", {}, more);
    engine::SessionOptions options;
    options.traces.push_back({1, 0, false});
    auto result = lowered.engine->open(options)->run(sample);
    EXPECT_TRUE(bool(result)) << result.error().text();
    return std::pair(result->traces[0][4],
                     result->actions[engine::Saturations]);
  };
  const auto [combined, lost] = voltage({});
  const auto [split, lostApart] =
      voltage({"software.cores=split", "software.synapse_cores=4"});
  // A unit of 2^-15: one ring buffer holds 1.99997, four of them 7.9999.
  EXPECT_FLOAT_EQ(combined, 65535.0f / 32768);
  EXPECT_FLOAT_EQ(split, 4 * 65535.0f / 32768);
  EXPECT_GT(lost, lostApart);
  EXPECT_GT(lostApart, 0u);
}

TEST(SplitCores, RowsInTheTimeOfTheTransferActATickLater) {
  // One synapse core; the transfer of 16 neurons' two ring buffers takes 100 +
  // 64 / 2.75 + 200 cycles. Ticks of 5,000: 3,850 of overhead.
  const std::string text = R"(snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.dense %s weights(dense<1.0> : tensor<16x2xf32>) delay 1 : !snn.spikes<2> -> !snn.current<16>
  %h = snn.neuron "out" @if(%a) {r = 1.0, v_threshold = 0.5} : (!snn.current<16>) -> !snn.spikes<16>
  snn.output "out" %h : !snn.spikes<16>
})";
  const auto late = [&](unsigned cycles, const char *fidelity) {
    const Lowered lowered(text, "if", {},
                          {"software.cores=split", "software.synapse_cores=1",
                           fmt::format("model.fidelity={}", fidelity),
                           fmt::format("clocks.timer_tick={} ns", 5 * cycles)});
    auto result = lowered.engine->open({})->run(
        sampleOf({{{0, 1.0f}, {1, 1.0f}}, {}, {}, {}, {}}));
    EXPECT_TRUE(bool(result)) << result.error().text();
    return result->actions[engine::LateRows];
  };
  // Packets leave after 3,850 of their core's overhead, and 324 sooner does the
  // tick of the synapse core begin: look-up and transfer of the first row, 466
  // + 130, the row itself, 53 + 16 x 15, then the second acts: some 5,650.
  for (const char *fidelity : {"tick", "event"}) {
    EXPECT_EQ(late(12000, fidelity), 0u) << fidelity;
    EXPECT_EQ(late(5700, fidelity), 0u) << fidelity;
    EXPECT_EQ(late(5600, fidelity), 1u) << fidelity;
  }
}

TEST(SplitCores, TicksInClosedForm) {
  auto target = target::loadDocument("spinnaker1-48", {});
  ASSERT_TRUE(bool(target));
  auto machine = target::SpinMachine::parse(target->document);
  ASSERT_TRUE(bool(machine));
  const spinhw::TableCosts costs(*machine);
  const spinhw::TickWork work(*machine, costs);
  network::Model model;
  model.name = "cuba_lif"; // 171 cycles
  // 500 ns, then 2.75 bytes a cycle, or 4.5 of all cores.
  const spinhw::BufferTransfer transfer(*machine);
  EXPECT_EQ(transfer.move(1100, 1).value(), 100u + 400);
  EXPECT_EQ(transfer.move(900, 10).value(), 100u + 2000);
  EXPECT_EQ(transfer.write(1100, 1).value(), 700u);
  // 64 neurons, three slices of two types: each is applied in 1,280 cycles, the
  // first is waited for.
  const std::vector<size_t> types = {2, 2, 2};
  const uint64_t bytes = 64 * 2 * 2;
  const uint64_t first = 100 + (bytes * 400 + 1099) / 1100;
  EXPECT_EQ(work.neurons(model, 64, 6, types, 1).value(),
            first + 64 * (171 + 3 * 2 * 10));
  EXPECT_EQ(work.synapses(6, 2, 1).value(), 3850 + first + 200);
  EXPECT_EQ(work.writer(model, 64, 6, 2, 1).value(), 64 * 171 + first + 200);
}

TEST(SplitCores, CountTheirTransfersAndLoads) {
  const Lowered split(
      circuit(), "if", {"poisson_count"},
      with({"software.cores=split", "software.synapse_cores=2"}));
  const Lowered combined(circuit(), "if", {"poisson_count"}, small);
  const engine::SampleResult a = run(split), b = run(combined);
  // 4 slices of 16 neurons; two types from two synapse cores, one of the noise;
  // written and read.
  const uint64_t ticks = a.actions[engine::Ticks];
  const uint64_t moved = 4 * (2 * 2 + 1) * 32 * 2;
  EXPECT_GT(a.actions[engine::SdramBytes], ticks * moved);
  EXPECT_EQ(a.actions[engine::NeuronUpdates], b.actions[engine::NeuronUpdates]);
  std::set<std::string> kinds;
  for (const engine::UnitLoad &load : split.engine->loads())
    kinds.insert(load.population);
  EXPECT_TRUE(kinds.contains("hidden (neurons)"));
  EXPECT_TRUE(kinds.contains("hidden (synapses)"));
  EXPECT_TRUE(kinds.contains("noise (to SDRAM)"));
}
