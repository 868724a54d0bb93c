#include "hw-models/target/SpinTiming.h"

#include "hw-models/target/YamlChoice.h"
#include "hw-models/target/YamlRange.h"

using namespace limen;
using namespace limen::target;

static constexpr std::array<std::pair<const char *, Fidelity>, 2> fidelities = {
    {{"tick", Fidelity::Tick}, {"event", Fidelity::Event}}};
static constexpr std::array<std::pair<const char *, Overload>, 2> overloads = {
    {{"acts", Overload::Acts}, {"waits", Overload::Waits}}};

/// A rate of 1 kB/s at least.
static Sourced<BytesPerSecond> rate(YamlMap &map, const char *key) {
  const YamlValue value = map.requiredValue(key);
  Sourced<BytesPerSecond> out;
  if (!value)
    return out;
  out = value.as<Sourced<BytesPerSecond>>();
  if (!(out.value.value() >= 1e3)) {
    value.fail(fmt::format("'{}' is {}; at least 1 kB/s was wanted", key,
                           format(out.value)));
    out.value = BytesPerSecond(1e3);
  }
  return out;
}

SpinTiming SpinTiming::read(YamlMap model) {
  SpinTiming out;
  out.fidelity = readChoice(model.requiredMap("fidelity"), fidelities);
  out.overload = readChoice(model.requiredMap("overload"), overloads);
  out.dropLateSpikes = model.required<bool>("drop_late_spikes");
  out.spikeBuffer = readWhole(model, "spike_buffer", 1, 1 << 20);
  out.phaseStep = readTime(model, "phase_step", 0, 1);
  out.sdramLatency = readTime(model, "sdram_latency", 0, 1);
  out.sdramCoreRate = rate(model, "sdram_core_rate");
  out.sdramChipRate = rate(model, "sdram_chip_rate");
  out.sdramBurst = readWhole(model, "sdram_burst", 1, 1 << 20);
  model.finish();
  return out;
}
