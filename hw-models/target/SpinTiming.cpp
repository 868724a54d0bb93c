#include "hw-models/target/SpinTiming.h"

#include "hw-models/target/YamlChoice.h"
#include "hw-models/target/YamlRange.h"

using namespace limen;
using namespace limen::target;

static constexpr std::array<std::pair<const char *, Fidelity>, 2> fidelities = {
    {{"tick", Fidelity::Tick}, {"event", Fidelity::Event}}};
static constexpr std::array<std::pair<const char *, Overload>, 2> overloads = {
    {{"acts", Overload::Acts}, {"waits", Overload::Waits}}};

SpinTiming SpinTiming::read(YamlMap model) {
  SpinTiming out;
  out.fidelity = readChoice(model.requiredMap("fidelity"), fidelities);
  out.overload = readChoice(model.requiredMap("overload"), overloads);
  out.dropLateSpikes = model.required<bool>("drop_late_spikes");
  out.spikeBuffer = readWhole(model, "spike_buffer", 1, 1 << 20);
  out.phaseStep = readTime(model, "phase_step", 0, 1);
  out.sdramLatency = readTime(model, "sdram_latency", 0, 1);
  out.sdramCoreRate = readNumber(model, "sdram_core_rate", 1e3, 1e15);
  out.sdramChipRate = readNumber(model, "sdram_chip_rate", 1e3, 1e15);
  out.sdramBurst = readWhole(model, "sdram_burst", 1, 1 << 20);
  model.finish();
  return out;
}
