#include "runtime/engine/ImcWriting.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <set>

using namespace limen;
using namespace limen::engine;
using program::ImcRegion;

void engine::planWrites(ImcShared &shared) {
  const program::ImcProgram &program = *shared.program;
  shared.isLoaded.assign(program.regions.size(), false);
  for (const program::ImcTurn &turn : program.turns) {
    for (unsigned r : turn.loads)
      shared.isLoaded[r] = true;
    for (const program::ImcPhase &phase : turn.phases)
      for (const std::vector<unsigned> &loads : phase.loads)
        for (unsigned r : loads)
          shared.isLoaded[r] = true;
  }
  for (const ImcRegion &region : program.regions) {
    imchw::WriteCost &cost = shared.writes.emplace_back();
    if (region.formed)
      continue;
    const std::span<const double> targets = region.targets.values;
    cost = imchw::writeCost(
        program.machine, region.rows, region.cells / region.rows,
        std::accumulate(targets.begin(), targets.end(), 0.0));
  }
  // Corners decide: two rectangles overlap where one has its first row and one
  // its first column.
  std::set<std::vector<unsigned>> sets;
  for (size_t a = 0; a < program.regions.size(); ++a)
    for (size_t b = 0; b < program.regions.size() && shared.isLoaded[a]; ++b) {
      if (!shared.isLoaded[b] ||
          program.regions[a].macro != program.regions[b].macro)
        continue;
      const uint32_t row = program.regions[a].row;
      const uint32_t column = program.regions[b].column;
      std::vector<unsigned> set;
      for (unsigned r = 0; r < program.regions.size(); ++r) {
        const ImcRegion &region = program.regions[r];
        if (shared.isLoaded[r] && region.macro == program.regions[a].macro &&
            row >= region.row && row < region.row + region.rows &&
            column >= region.column &&
            column < region.column + region.cells / region.rows)
          set.push_back(r);
      }
      if (!set.empty())
        sets.insert(std::move(set));
    }
  shared.wearSets.assign(sets.begin(), sets.end());
  shared.loadedOver.resize(program.regions.size());
  for (const std::vector<unsigned> &set : shared.wearSets)
    for (unsigned a : set)
      for (unsigned b : set)
        if (std::vector<unsigned> &over = shared.loadedOver[a];
            a != b && std::ranges::find(over, b) == over.end())
          over.push_back(b);
}

/// Writing in these totals, its energy priced as Engine::price() does.
static WritingCost costOf(const ImcShared &shared, const Engine &engine,
                          std::span<const uint64_t> counts) {
  WritingCost out;
  out.cells = counts[LoadedCells];
  out.pulses = counts[WritePulses];
  out.verifyReads = counts[VerifyReads];
  out.cycles = Cycles(counts[LoadCycles]);
  out.time = out.cycles / shared.program->machine.clock;
  Ledger ledger = engine.price(counts, Seconds(0));
  for (const Ledger::Row &row : ledger.rows())
    if (row.component == "loads") {
      out.energy += row.energy;
      const EnergyRange range = rangeOf(row);
      out.range.low += range.low;
      out.range.high += range.high;
    }
  return out;
}

std::optional<Writing> engine::writingOf(const ImcShared &shared,
                                         const Engine &engine,
                                         std::span<const uint64_t> counts) {
  const target::ImcMacro &machine = shared.program->machine;
  imchw::WriteCost all;
  std::map<unsigned, Cycles> byMacro;
  bool any = false;
  for (size_t r = 0; r < shared.program->regions.size(); ++r) {
    const ImcRegion &region = shared.program->regions[r];
    any |= !region.formed;
    // What is loaded in turns is not written before.
    if (region.formed || shared.isLoaded[r])
      continue;
    all += shared.writes[r];
    byMacro[region.macro] += shared.writes[r].cycles;
  }
  if (!any || !machine.programming)
    return std::nullopt;
  Writing out;
  std::vector<uint64_t> once(counts.size(), 0);
  once[LoadedCells] = all.cells;
  once[WritePulses] = all.pulses;
  once[VerifyReads] = all.verifyReads;
  once[VerifyDrives] = all.verifyDrives;
  once[VerifyNanoSiemens] =
      static_cast<uint64_t>(std::llround(all.conducted * 1e9));
  for (auto [macro, cycles] : byMacro)
    once[LoadCycles] = std::max(once[LoadCycles], cycles.value());
  out.program = costOf(shared, engine, once);
  out.loads = costOf(shared, engine, counts);
  out.regions = counts[LoadedRegions];
  out.ofProgram = all.cells > 0 ? shared.wear.writes() : 0;
  out.ofLoads = counts[CellWear];
  out.endurance = machine.device.endurance;
  const target::ImcProgramming &p = *machine.programming;
  const Price &pulse = machine.energy.writePulse;
  out.status =
      std::max({p.pulses.status, p.pulseTime.status, p.verifyReads.status,
                p.cellsAtOnce.status, pulse.status});
  out.source = fmt::format(
      "{} pulses of {} a cell ({}), {} reads after each ({}), {} cells at "
      "once ({}), {} a pulse ({})",
      formatNumber(p.pulses.value), format(p.pulseTime.value), p.pulses.source,
      formatNumber(p.verifyReads.value), p.verifyReads.source,
      formatNumber(p.cellsAtOnce.value), p.cellsAtOnce.source,
      format(pulse.value), pulse.source);
  return out;
}

Cycles ImcLoads::write(std::span<const unsigned> regions,
                       std::vector<uint64_t> &actions) {
  std::map<unsigned, Cycles> busy; // by macro
  for (unsigned index : regions) {
    const imchw::WriteCost &cost = shared->writes[index];
    busy[shared->program->regions[index].macro] += cost.cycles;
    ++loads[index];
    actions[LoadedCells] += cost.cells;
    actions[WritePulses] += cost.pulses;
    actions[VerifyReads] += cost.verifyReads;
    actions[VerifyDrives] += cost.verifyDrives;
    actions[VerifyNanoSiemens] += nanosiemens(cost.conducted);
  }
  Cycles longest;
  for (auto [macro, cycles] : busy)
    longest = std::max(longest, cycles);
  actions[LoadCycles] += longest.value();
  actions[LoadedRegions] += regions.size();
  return longest;
}

uint64_t ImcLoads::wear() const {
  uint64_t most = 0;
  for (const std::vector<unsigned> &set : shared->wearSets) {
    uint64_t wear = 0;
    for (unsigned region : set)
      wear += loads[region];
    most = std::max(most, wear);
  }
  return most;
}
