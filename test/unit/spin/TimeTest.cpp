// What time does to a program's spikes: nothing without overload, and what it
// should with one.

#include "hw-models/target/Target.h"
#include "test/unit/spin/Lowered.h"

#include <cmath>

using namespace limen;
using test::Lowered;
using test::sampleOf;

namespace {

/// 40 cores on several chips, with inhibition, a delay and a delay extension.
const char *const wide = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<400>
  %a = snn.random "ff" %s constant(0.25, 0.0) density 0.005 gain 1.0 seed 3
      : !snn.spikes<400> -> !snn.current<9000>
  %r = snn.random "rec" %h constant(-0.125, 0.0) density 0.002 gain 1.0 seed 4 delay 18
      : !snn.spikes<9000> -> !snn.current<9000>
  %h = snn.neuron "hidden" @if(%a, %r) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<9000>, !snn.current<9000>) -> !snn.spikes<9000>
  snn.output "out" %h : !snn.spikes<9000>
})";

/// `active` of the inputs in each step.
input::Sample drive(uint32_t steps, uint32_t inputs, uint32_t active) {
  std::vector<std::vector<input::Event>> events(steps);
  for (uint32_t t = 0; t < steps; ++t)
    for (uint32_t i = 0; i < inputs; ++i)
      if ((t * 131 + i * 37) % inputs < active)
        events[t].push_back({i, 1.0f});
  return sampleOf(events);
}

struct Ran {
  engine::SampleResult result;
  std::vector<std::string> names;
  std::vector<engine::UnitLoad> loads;

  Ran(const char *text, const input::Sample &sample,
      const std::vector<std::string> &overrides,
      const std::string &model = "if") {
    Lowered lowered(text, model, {}, overrides);
    engine::SessionOptions options;
    options.recordRasters = options.recordLoads = true;
    auto session = lowered.engine->open(options);
    auto ran = session->run(sample);
    EXPECT_TRUE(bool(ran)) << ran.error().text();
    result = std::move(*ran);
    loads = lowered.engine->loads();
    for (const auto &action : lowered.engine->actions())
      names.push_back(action.name);
    // Nor do results depend on the number of threads.
    options.threads = 3;
    auto shared = lowered.engine->open(options)->run(sample);
    EXPECT_TRUE(bool(shared));
    EXPECT_EQ(shared->rasters, result.rasters);
    EXPECT_EQ(shared->actions, result.actions);
    // A session forgets its last sample.
    auto again = session->run(sample);
    EXPECT_TRUE(bool(again));
    EXPECT_EQ(again->rasters, result.rasters);
    EXPECT_EQ(again->actions, result.actions);
  }

  uint64_t count(std::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] == name)
        return result.actions[i];
    ADD_FAILURE() << name;
    return 0;
  }
  double rows() const { return static_cast<double>(count("sdram.row")); }
};

} // namespace

TEST(SpinTime, WithoutOverloadAllModelsGiveTheSameSpikes) {
  const input::Sample sample = drive(60, 400, 12);
  const Ran waits(wide, sample, {"model.overload=waits"});
  EXPECT_GT(waits.result.spikes[1], 1000u);
  EXPECT_EQ(waits.count("core.overrun"), 0u);
  for (const char *fidelity : {"model.fidelity=tick", "model.fidelity=event"}) {
    const Ran acts(wide, sample, {fidelity});
    EXPECT_EQ(acts.result.rasters, waits.result.rasters) << fidelity;
    EXPECT_EQ(acts.result.actions, waits.result.actions) << fidelity;
    EXPECT_EQ(acts.count("core.late_row"), 0u);
    EXPECT_EQ(acts.result.cycles, waits.result.cycles);
    for (size_t k = 0; k < acts.loads.size(); ++k)
      EXPECT_EQ(acts.loads[k].peak, waits.loads[k].peak) << fidelity;
  }
}

TEST(SpinTime, DelayExtensionsPayForThePacketsTheyGet) {
  // The price of a packet changes the busy cycles by itself times the packets.
  const input::Sample sample = drive(40, 400, 12);
  for (const char *model : {"model.overload=waits", "model.fidelity=tick",
                            "model.fidelity=event"}) {
    const auto active = [&](const char *price) {
      const Ran ran(wide, sample, {model, price});
      EXPECT_GT(ran.result.spikes[1], 1000u);
      return ran.count("core.active_cycle");
    };
    const uint64_t free = active("costs.delay_receive=0 cycles");
    const uint64_t seven = active("costs.delay_receive=7 cycles");
    const Ran ran(wide, sample, {model});
    // Every core of `hidden` has one extension for its delay of 18 steps.
    EXPECT_EQ(seven - free, 7 * ran.result.spikes[1]) << model;
  }
}

TEST(SpinTime, OverloadMakesRowsLateInBothModels) {
  // Cores four times slower.
  const std::vector<std::string> slow = {"clocks.cpu=50 MHz"};
  const input::Sample sample = drive(30, 400, 60);
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), slow.begin(), slow.end());
    return Ran(wide, sample, more);
  };
  const Ran waits = with({"model.overload=waits"});
  const Ran tick = with({"model.fidelity=tick"});
  const Ran event = with({"model.fidelity=event"});
  for (const Ran *run : {&tick, &event}) {
    EXPECT_NE(run->result.rasters, waits.result.rasters);
    EXPECT_GT(run->count("core.late_row"), 100u);
    EXPECT_GT(run->count("core.overrun"), 100u);
    EXPECT_EQ(run->count("core.late_drop"), 0u);
    uint64_t late = 0, steps = 0;
    for (const auto &load : run->loads)
      late += load.late;
    for (const auto &step : run->result.loads)
      steps += step.late;
    EXPECT_EQ(steps, late);
    EXPECT_EQ(run->count("core.late_row"), late);
  }
  EXPECT_NEAR(tick.rows() / event.rows(), 1, 0.05);
}

TEST(SpinTime, LateRowsMayBeDropped) {
  const input::Sample sample = drive(30, 400, 60);
  for (const char *fidelity : {"model.fidelity=tick", "model.fidelity=event"}) {
    const Ran late(wide, sample, {"clocks.cpu=50 MHz", fidelity});
    const Ran drop(
        wide, sample,
        {"clocks.cpu=50 MHz", fidelity, "model.drop_late_spikes=true"});
    EXPECT_GT(drop.count("core.late_drop"), 100u);
    EXPECT_LT(drop.count("core.late_row"), late.count("core.late_row"));
  }
}

TEST(SpinTime, AFullSpikeBufferLosesRows) {
  // 300 packets of one tick for one core, in which it can do all.
  const char *const one = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<300>
  %a = snn.random "a" %s constant(0.0009765625, 0.0) density 1.0 gain 1.0 seed 3
      : !snn.spikes<300> -> !snn.current<1>
  %o = snn.neuron "o" @relay(%a) {} : (!snn.current<1>) -> !snn.current<1>
  snn.output "out" %o : !snn.current<1>
})";
  std::vector<std::vector<input::Event>> steps(5);
  for (uint32_t i = 0; i < 300; ++i)
    steps[1].push_back({i, 1.0f});
  for (const char *fidelity : {"model.fidelity=tick", "model.fidelity=event"}) {
    const Ran fine(one, sampleOf(steps), {fidelity, "model.spike_buffer=400"},
                   "relay");
    EXPECT_FLOAT_EQ(fine.result.outputs[0][0], 300 / 1024.0f);
    const Ran full(one, sampleOf(steps), {fidelity, "model.spike_buffer=100"},
                   "relay");
    const uint64_t lost = full.count("core.buffer_drop");
    EXPECT_GT(lost, 50u) << fidelity;
    EXPECT_LT(lost, 200u) << fidelity;
    EXPECT_FLOAT_EQ(full.result.outputs[0][0],
                    static_cast<float>(300 - lost) / 1024.0f);
  }
}

TEST(SpinTime, LinksThatPassTooLittleLosePackets) {
  // A link passes 10 packets a tick.
  const input::Sample sample = drive(20, 400, 60);
  const Ran tick(wide, sample, {"links.packet_time=100 us"});
  EXPECT_GT(tick.count("router.drop"), 100u);
  EXPECT_LT(tick.rows(), Ran(wide, sample, {}).rows());
  const Ran event(wide, sample,
                  {"links.packet_time=100 us", "model.fidelity=event"});
  EXPECT_GT(event.count("router.drop"), 100u);
}

TEST(SpinEnergyTable, FormulasOfTheSoftware) {
  const auto machine = [](const char *name,
                          const std::vector<std::string> &set) {
    auto target = target::loadDocument(name, set);
    EXPECT_TRUE(bool(target));
    auto machine = target::SpinMachine::parse(target->document);
    EXPECT_TRUE(bool(machine)) << machine.error().text();
    return std::move(*machine);
  };
  const auto power = [](const target::SpinMachine &m, bool running = true) {
    double sum = 0;
    for (const auto &part : m.energy.idle(m.boards, m.chips().size(), running))
      sum += part.power.value.value();
    return sum;
  };
  const auto board = machine("spinnaker1-48", {});
  EXPECT_NEAR(power(board), 26.84 + 5.04, 1e-9);
  // 806 busy cores draw what was measured of a full boxed board, 59.38 W.
  EXPECT_NEAR(power(board) +
                  806 * board.energy.activeCycle.value.value() * 200e6,
              59.38, 0.2);
  EXPECT_NEAR(power(machine("spinnaker1-48", {"boards=24"})),
              24 * 26.84 + 117 + 37.163558, 1e-9);
  EXPECT_NEAR(power(machine("spinnaker1-48", {"boards=24"}), false),
              24 * 26.84 + 117, 1e-9);
  EXPECT_NEAR(power(machine("spinnaker1-48", {"boards=27"})),
              27 * 26.84 + 2 * (117 + 37.163558), 1e-9);
  EXPECT_NEAR(power(machine("spinnaker1-4", {})), 3.56, 1e-9);
  EXPECT_NEAR(power(machine("spinnaker1-48", {"energy.idle_by=chips"})),
              48 * 0.35 + 5.04, 1e-9);
  const auto old = machine("spinnaker1-48", {"energy.table=until-2024"});
  EXPECT_EQ(old.energy.table, "until-2024");
  EXPECT_NEAR(power(old), 48 * 0.36 + 3 * 0.584635 + 4.583, 1e-9);
  EXPECT_NEAR(old.energy.packet.value.value(), 0.8e-9, 1e-15);
  auto wrong = target::loadDocument("spinnaker1-48", {"energy.table=2020"});
  auto parsed = target::SpinMachine::parse(wrong->document);
  ASSERT_FALSE(bool(parsed));
  EXPECT_NE(parsed.error().text().find("known: current, until-2024"),
            std::string::npos)
      << parsed.error().text();
}
