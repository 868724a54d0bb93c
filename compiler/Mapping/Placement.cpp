#include "compiler/Mapping/Placement.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <set>

using namespace limen;
using namespace limen::mapping;
using target::Chip;
using target::SpinMachine;

/// Coordinates of position `d` on the Hilbert curve over a square of `side`.
static Chip hilbertPoint(unsigned side, unsigned d) {
  unsigned x = 0, y = 0;
  for (unsigned s = 1; s < side; s *= 2, d /= 4) {
    const unsigned rx = d / 2 & 1;
    const unsigned ry = (d ^ rx) & 1;
    if (ry == 0) {
      if (rx == 1) {
        x = s - 1 - x;
        y = s - 1 - y;
      }
      std::swap(x, y);
    }
    x += s * rx;
    y += s * ry;
  }
  return {static_cast<int>(x), static_cast<int>(y)};
}

std::vector<Chip> limen::mapping::hilbertOrder(const SpinMachine &machine) {
  const unsigned side = std::bit_ceil(
      static_cast<unsigned>(std::max(machine.width, machine.height)));
  std::vector<Chip> out;
  for (unsigned d = 0; d < side * side; ++d)
    if (const Chip chip = hilbertPoint(side, d); machine.hasChip(chip))
      out.push_back(chip);
  return out;
}

/// "conv1: 16 cores, conv2: 8 cores, and 3 more", the largest first.
static std::string largestNodes(const network::Network &network,
                                const Partition &partition) {
  std::vector<unsigned> nodes(network.nodes.size());
  std::iota(nodes.begin(), nodes.end(), 0);
  const auto cores = [&](unsigned n) {
    return partition.firstSlice[n + 1] - partition.firstSlice[n];
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

static std::string boardsNote(const SpinMachine &machine) {
  return fmt::format("target '{}' has boards = {}; more boards (3, 6, ...) are "
                     "set with boards=N",
                     machine.name, machine.boards);
}

Result<Placement>
limen::mapping::place(const network::Network &network,
                      const Partition &partition, const SpinMachine &machine,
                      const std::vector<uint64_t> &sdramBytes) {
  const std::vector<Chip> chips = hilbertOrder(machine);
  const size_t cores = chips.size() * machine.coresPerChip;
  if (partition.slices.size() > cores)
    return Error(
               fmt::format("network '{}' needs {} cores; the machine has {} on "
                           "{} chips",
                           network.name, partition.slices.size(), cores,
                           chips.size()))
        .note("cores by population: " + largestNodes(network, partition))
        .note(boardsNote(machine));

  Placement placement;
  size_t chip = 0;
  unsigned used = 0;
  uint64_t bytes = 0;
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
    if (used == machine.coresPerChip ||
        bytes + sdramBytes[s] > machine.sdramBytes) {
      ++chip;
      used = 0;
      bytes = 0;
    }
    if (chip == chips.size())
      return Error(fmt::format(
                       "network '{}' needs {} bytes of synaptic rows in {} "
                       "slices; {} chips of {} bytes do not hold them",
                       network.name,
                       std::accumulate(sdramBytes.begin(), sdramBytes.end(),
                                       uint64_t(0)),
                       partition.slices.size(), chips.size(),
                       machine.sdramBytes))
          .note("cores by population: " + largestNodes(network, partition))
          .note(boardsNote(machine));
    placement.push_back({chips[chip], ++used});
    bytes += sdramBytes[s];
  }
  return placement;
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
    if (!machine.hasChip(at.chip) || at.core < 1 ||
        at.core > machine.coresPerChip || !taken.insert(at).second ||
        bytes[at.chip] > machine.sdramBytes)
      return Error(
          fmt::format("slice {} is placed on core {} of chip ({}, {}), "
                      "which is missing, taken or full",
                      s, at.core, at.chip.x, at.chip.y));
  }
  return {};
}
