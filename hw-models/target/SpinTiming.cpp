#include "hw-models/target/SpinTiming.h"

#include "hw-models/target/YamlChoice.h"

#include <cmath>

using namespace limen;
using namespace limen::target;

static constexpr std::array<std::pair<const char *, Fidelity>, 2> fidelities = {
    {{"tick", Fidelity::Tick}, {"event", Fidelity::Event}}};
static constexpr std::array<std::pair<const char *, Overload>, 2> overloads = {
    {{"acts", Overload::Acts}, {"waits", Overload::Waits}}};

/// A number from `low` to `high` with its source.
static Sourced<double> number(YamlMap &map, const char *key, double low,
                              double high) {
  const YamlValue value = map.requiredValue(key);
  Sourced<double> out;
  if (!value)
    return out;
  out = value.as<Sourced<double>>();
  if (!(out.value >= low && out.value <= high)) {
    value.fail(fmt::format("'{}' is {}; {} to {} was wanted", key,
                           formatNumber(out.value), formatNumber(low),
                           formatNumber(high)));
    out.value = low;
  }
  return out;
}

/// A time from 0 to `high` seconds with its source.
static Sourced<Seconds> duration(YamlMap &map, const char *key, double high) {
  const YamlValue value = map.requiredValue(key);
  Sourced<Seconds> out;
  if (!value)
    return out;
  out = value.as<Sourced<Seconds>>();
  if (!(out.value.value() >= 0 && out.value.value() <= high)) {
    value.fail(fmt::format("'{}' is {} s; 0 s to {} s was wanted", key,
                           formatNumber(out.value.value()),
                           formatNumber(high)));
    out.value = Seconds(0);
  }
  return out;
}

SpinTiming SpinTiming::read(YamlMap model) {
  SpinTiming out;
  out.fidelity = readChoice(model.requiredMap("fidelity"), fidelities);
  out.overload = readChoice(model.requiredMap("overload"), overloads);
  out.dropLateSpikes = model.required<bool>("drop_late_spikes");
  out.spikeBuffer = number(model, "spike_buffer", 1, 1 << 20);
  out.spikeBuffer.value = std::floor(out.spikeBuffer.value);
  out.phaseStep = duration(model, "phase_step", 1);
  out.sdramLatency = duration(model, "sdram_latency", 1);
  out.sdramCoreRate = number(model, "sdram_core_rate", 1e3, 1e15);
  out.sdramChipRate = number(model, "sdram_chip_rate", 1e3, 1e15);
  out.sdramBurst = number(model, "sdram_burst", 1, 1 << 20);
  out.sdramBurst.value = std::floor(out.sdramBurst.value);
  model.finish();
  return out;
}
