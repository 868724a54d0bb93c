#include "hw-models/spin/BufferTransfer.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::spinhw;

BufferTransfer::BufferTransfer(const target::SpinMachine &machine)
    : latency(machine.timing.sdramLatency.value.value() *
              machine.cpuClock.value()),
      perCore(machine.timing.sdramCoreRate.value.value() /
              machine.cpuClock.value()),
      perChip(machine.timing.sdramChipRate.value.value() /
              machine.cpuClock.value()),
      overhead(machine.costs.transferOverhead.value) {}

Cycles BufferTransfer::move(uint64_t bytes, unsigned cores) const {
  const double perByte = std::max(1 / perCore, std::max(1u, cores) / perChip);
  return Cycles(static_cast<uint64_t>(
      std::ceil(latency + perByte * static_cast<double>(bytes))));
}

Cycles BufferTransfer::wait(std::span<const BufferSlice> slices,
                            unsigned cores) const {
  Cycles sum(0);
  for (size_t k = 0; k < slices.size(); ++k) {
    const Cycles moved = move(slices[k].bytes, cores);
    const Cycles hidden = k == 0 ? Cycles(0) : slices[k - 1].apply;
    if (moved > hidden)
      sum += Cycles(moved.value() - hidden.value());
  }
  return sum;
}
