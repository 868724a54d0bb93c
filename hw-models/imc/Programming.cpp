#include "hw-models/imc/Programming.h"

#include "hw-models/imc/Timing.h"

#include <cmath>

using namespace limen;
using namespace limen::imchw;

WriteCost &WriteCost::operator+=(const WriteCost &other) {
  cells += other.cells;
  pulses += other.pulses;
  verifyReads += other.verifyReads;
  verifyDrives += other.verifyDrives;
  conducted += other.conducted;
  cycles += other.cycles;
  return *this;
}

Cycles imchw::writeGroupCycles(const target::ImcMacro &machine) {
  if (!machine.programming)
    return Cycles(0);
  const target::ImcProgramming &p = *machine.programming;
  // A product that should be whole must not become the next whole number.
  const auto up = [](double cycles) { return std::ceil(cycles * (1 - 1e-12)); };
  const double pulse = up(p.pulseTime.value.value() * machine.clock.value());
  const auto verify = static_cast<double>(readCycles(machine, 1, 1).value());
  return Cycles(static_cast<uint64_t>(
      up(p.pulses.value * (pulse + p.verifyReads.value * verify))));
}

WriteCost imchw::writeCost(const target::ImcMacro &machine, uint64_t rows,
                           uint64_t columns, double conductance) {
  WriteCost cost;
  if (!machine.programming)
    return cost;
  const target::ImcProgramming &p = *machine.programming;
  const auto atOnce = static_cast<uint64_t>(p.cellsAtOnce.value);
  const uint64_t groups = rows * ((columns + atOnce - 1) / atOnce);
  const auto times = [](uint64_t count, double each) {
    return static_cast<uint64_t>(
        std::llround(static_cast<double>(count) * each));
  };
  const double reads = p.pulses.value * p.verifyReads.value;
  cost.cells = rows * columns;
  cost.pulses = times(cost.cells, p.pulses.value);
  cost.verifyReads = times(cost.cells, reads);
  cost.verifyDrives = times(groups, reads);
  cost.conducted = conductance * reads;
  cost.cycles = Cycles(groups * writeGroupCycles(machine).value());
  return cost;
}
