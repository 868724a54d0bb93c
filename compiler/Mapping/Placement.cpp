#include "compiler/Mapping/Placement.h"

#include "compiler/Mapping/Annealing.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <set>

using namespace limen;
using namespace limen::mapping;
using target::Chip;
using target::SpinMachine;

/// "conv1: 16 cores, conv2: 8 cores, and 3 more", the largest first.
static std::string largestNodes(const network::Network &network,
                                const Partition &partition) {
  std::vector<unsigned> nodes(network.nodes.size());
  std::iota(nodes.begin(), nodes.end(), 0);
  const auto cores = [&](unsigned n) {
    return (partition.firstSlice[n + 1] - partition.firstSlice[n]) *
           (1 + partition.splits[n].parts);
  };
  std::stable_sort(nodes.begin(), nodes.end(),
                   [&](unsigned a, unsigned b) { return cores(a) > cores(b); });
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(3, nodes.size()); ++i)
    text += fmt::format("{}'{}' {} for {} neurons", i ? ", " : "",
                        network.nodes[nodes[i]].name, cores(nodes[i]),
                        network.nodes[nodes[i]].size);
  if (nodes.size() > 3)
    text += fmt::format(", and {} more", nodes.size() - 3);
  return text;
}

/// What the machine is, and how to get a larger one.
static std::string boardsNote(const SpinMachine &machine, size_t reachable) {
  std::string text =
      fmt::format("target '{}' has boards = {}; more boards (3, 6, ...) are "
                  "set with boards=N",
                  machine.name, machine.boards);
  if (const size_t living = machine.chips().size(); reachable < living)
    text += fmt::format("; dead chips, cores and links leave {} of {} living "
                        "chips out",
                        living - reachable, living);
  return text;
}

Netlist limen::mapping::netlistOf(const network::Network &network,
                                  const Partition &partition,
                                  const SpinMachine &machine,
                                  const std::vector<uint64_t> &sdramBytes,
                                  const SliceSinks &sinks) {
  Netlist netlist;
  for (size_t s = 0; s < partition.slices.size(); ++s) {
    const Slice &slice = partition.slices[s];
    netlist.vertices.push_back(
        {fmt::format("{}[{}..{}]", network.nodes[slice.node].name, slice.begin,
                     slice.end - 1),
         1, sdramBytes[s]});
    if (s < sinks.size() && !sinks[s].empty())
      netlist.nets.push_back({static_cast<unsigned>(s), sinks[s],
                              machine.expectedActivity * slice.keys()});
  }
  netlist.sameChip = groupsOf(network, partition);
  return netlist;
}

/// Steps of annealing: some 20 ms for 100 slices, two seconds for 1400 and
/// more, and less where few nets are to be shortened.
static uint64_t annealingWork(const Netlist &netlist) {
  constexpr double perSlice = 2e4, perPin = 1e5, most = 1e9;
  double pins = 0;
  for (const Net &net : netlist.nets)
    pins += static_cast<double>(1 + net.sinks.size());
  const auto slices = static_cast<double>(netlist.vertices.size());
  return static_cast<uint64_t>(
      std::min({most, perSlice * std::pow(slices, 1.5), perPin * pins}));
}

/// Anneals `curve` and routes both: the better one.
static Result<ChipAssignment> improve(const Netlist &netlist,
                                      const ChipGrid &grid,
                                      ChipAssignment curve, uint64_t seed,
                                      bool search, PlacementReport &report) {
  auto before = routeNets(netlist, grid, curve);
  if (!before)
    return before.takeError();
  report.curve = report.placed = hopCost(netlist, grid, *before).total;
  if (!search)
    return curve;
  AnnealReport annealing;
  ChipAssignment placed =
      anneal(netlist, grid, curve, {seed, annealingWork(netlist)}, &annealing);
  report.moves = annealing.moves;
  auto after = routeNets(netlist, grid, placed);
  if (!after)
    return after.takeError();
  // Detours around what is dead are not in the estimate.
  const double cost = hopCost(netlist, grid, *after).total;
  if (cost >= report.curve)
    return curve;
  report.placed = cost;
  return placed;
}

/// Slices in their order take the living cores of their chips.
static Placement giveCores(const SpinMachine &machine, const ChipGrid &grid,
                           const ChipAssignment &assignment) {
  std::map<int, std::vector<unsigned>> cores;
  std::map<int, size_t> used;
  Placement placement;
  for (int chip : assignment) {
    const auto [at, fresh] = cores.try_emplace(chip);
    if (fresh)
      at->second = machine.coresOf(grid.chipOf(chip));
    placement.push_back({grid.chipOf(chip), at->second[used[chip]++]});
  }
  return placement;
}

Result<Placement> limen::mapping::place(const network::Network &network,
                                        const Partition &partition,
                                        const SpinMachine &machine,
                                        const std::vector<uint64_t> &sdramBytes,
                                        const SliceSinks &sinks,
                                        target::Placer placer, uint64_t seed,
                                        PlacementReport *report) {
  const ChipGrid grid = ChipGrid::of(machine);
  const std::vector<int> chips = hilbertOrder(grid);
  size_t cores = 0;
  for (int chip : chips)
    cores += grid.cores[static_cast<size_t>(chip)];
  if (partition.slices.size() > cores)
    return Error(
               fmt::format("network '{}' needs {} cores; the machine has {} on "
                           "{} chips",
                           network.name, partition.slices.size(), cores,
                           chips.size()))
        .note("cores by population: " + largestNodes(network, partition))
        .note(boardsNote(machine, chips.size()));
  for (size_t s = 0; s < partition.slices.size(); ++s) {
    const Slice &slice = partition.slices[s];
    if (sdramBytes[s] > machine.sdramBytes)
      return Error(fmt::format("neurons {} to {} of '{}' need {} bytes of "
                               "synaptic rows; a chip has {}",
                               slice.begin, slice.end - 1,
                               network.nodes[slice.node].name, sdramBytes[s],
                               machine.sdramBytes))
          .note("the limits are chip.sdram_bytes and "
                "software.neurons_per_core of the target");
  }
  const Netlist netlist =
      netlistOf(network, partition, machine, sdramBytes, sinks);
  auto curve = placeAlongCurve(netlist, grid);
  if (!curve && !netlist.sameChip.empty())
    return Error(fmt::format("network '{}' needs {} cores in {} groups of up "
                             "to {} that must share a chip; {} chips of {} "
                             "cores do not hold them",
                             network.name, partition.slices.size(),
                             netlist.sameChip.size(),
                             std::max_element(netlist.sameChip.begin(),
                                              netlist.sameChip.end(),
                                              [](const auto &a, const auto &b) {
                                                return a.size() < b.size();
                                              })
                                 ->size(),
                             chips.size(), machine.coresPerChip))
        .note(curve.error().message)
        .note("cores by population: " + largestNodes(network, partition))
        .note(boardsNote(machine, chips.size()));
  if (!curve)
    return Error(fmt::format(
                     "network '{}' needs {} bytes of synaptic rows in {} "
                     "slices; {} chips of {} bytes do not hold them",
                     network.name,
                     std::accumulate(sdramBytes.begin(), sdramBytes.end(),
                                     uint64_t(0)),
                     partition.slices.size(), chips.size(), machine.sdramBytes))
        .note("cores by population: " + largestNodes(network, partition))
        .note(boardsNote(machine, chips.size()));
  PlacementReport local;
  auto assignment =
      improve(netlist, grid, std::move(*curve), seed,
              placer == target::Placer::Annealing, report ? *report : local);
  if (!assignment)
    return assignment.takeError();
  if (auto fine = verify(netlist, grid, *assignment); !fine)
    return fine.takeError();
  return giveCores(machine, grid, *assignment);
}

Result<void> limen::mapping::verify(const Placement &placement,
                                    const Partition &partition,
                                    const SpinMachine &machine,
                                    const std::vector<uint64_t> &sdramBytes) {
  std::set<target::CoreId> taken;
  std::map<Chip, uint64_t> bytes;
  if (placement.size() != partition.slices.size())
    return Error(fmt::format("{} of {} slices are placed", placement.size(),
                             partition.slices.size()));
  for (size_t s = 0; s < placement.size(); ++s) {
    const target::CoreId &at = placement[s];
    bytes[at.chip] += sdramBytes[s];
    if (!machine.hasCore(at.chip, at.core) || !taken.insert(at).second ||
        bytes[at.chip] > machine.sdramBytes)
      return Error(
          fmt::format("slice {} is placed on core {} of chip ({}, {}), "
                      "which is missing, dead, taken or full",
                      s, at.core, at.chip.x, at.chip.y));
  }
  return {};
}
