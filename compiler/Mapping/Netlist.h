// What is placed: things that need cores and memory, and the traffic between
// them. Knows nothing of neurons.
#pragma once

#include "compiler/Mapping/ChipGrid.h"
#include "hw-models/base/Error.h"

#include <span>
#include <string>
#include <vector>

namespace limen::mapping {

struct Vertex {
  std::string name; ///< for messages
  unsigned cores = 1;
  uint64_t sdram = 0; ///< bytes
};

/// One multicast stream: every packet of `source` reaches all `sinks`.
struct Net {
  unsigned source = 0;
  std::vector<unsigned> sinks;
  double weight = 1; ///< packets, in any unit that all nets share
};

struct Netlist {
  std::vector<Vertex> vertices;
  std::vector<Net> nets;
  /// Vertices that must share a chip. Groups with a common vertex are one.
  std::vector<std::vector<unsigned>> sameChip;
};

/// Per vertex, the number of its chip.
using ChipAssignment = std::vector<int>;

/// Per vertex, its cluster: vertices that must share a chip have the same.
/// Numbered by first vertex.
std::vector<unsigned> clustersOf(const Netlist &netlist);

/// Errors: a net or group that names a vertex that is not there, a weight that
/// is negative or no number, a cluster that no chip holds, too few cores or too
/// little SDRAM in all. Only the largest connected part of `grid` counts.
Result<void> check(const Netlist &netlist, const ChipGrid &grid);

/// That every vertex is on a living chip of the largest connected part, chips
/// offer what their vertices need, and groups share a chip. Shares no code with
/// the placers.
Result<void> verify(const Netlist &netlist, const ChipGrid &grid,
                    std::span<const int> assignment);

/// Chips with cores in the largest connected part, along a Hilbert curve: chips
/// near in the list are near on the machine.
std::vector<int> hilbertOrder(const ChipGrid &grid);

/// Fills chips along the curve with clusters in their order; where that ends
/// before the last cluster, each takes the first chip with room, and then the
/// largest first. Errors: those of `check`, and that none of the three fits.
Result<ChipAssignment> placeAlongCurve(const Netlist &netlist,
                                       const ChipGrid &grid);

} // namespace limen::mapping
