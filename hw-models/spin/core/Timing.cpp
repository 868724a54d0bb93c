#include "hw-models/spin/core/Timing.h"

#include <cmath>

using namespace limen;
using namespace limen::spinhw;

uint64_t CoreTiming::transfer(uint32_t bytes, double slowdown) const {
  return static_cast<uint64_t>(
      std::ceil(latency + slowdown * static_cast<double>(bytes) / coreBytes));
}

CoreTiming limen::spinhw::timingOf(const target::SpinMachine &machine,
                                   const CostProvider &costs) {
  const double clock = machine.cpuClock.value();
  const target::SpinTiming &given = machine.timing;
  CoreTiming out;
  out.budget = machine.tickBudget().value();
  out.receive = costs.receive().value();
  out.fetch = costs.fetch().value();
  out.buffer = static_cast<unsigned>(given.spikeBuffer.value);
  out.dropLate = given.dropLateSpikes;
  out.latency = given.sdramLatency.value.value() * clock;
  out.coreBytes = given.sdramCoreRate.value.value() / clock;
  out.chipBytes = given.sdramChipRate.value.value() / clock;
  out.burst = static_cast<uint32_t>(given.sdramBurst.value);
  out.phaseStep = static_cast<uint64_t>(
      std::llround(given.phaseStep.value.value() * clock));
  return out;
}
