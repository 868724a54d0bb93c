// Slices onto cores.
#pragma once

#include "compiler/Mapping/Netlist.h"
#include "compiler/Mapping/Partition.h"
#include "hw-models/target/SpinRouter.h"

namespace limen::mapping {

/// Per slice, its core.
using Placement = std::vector<target::CoreId>;

/// Per slice, the slices that its packets must reach, ascending.
using SliceSinks = std::vector<std::vector<unsigned>>;

/// One vertex per slice, one net per slice with sinks; groups that work
/// together share a chip. A net's weight is the number of packets that the
/// machine's `expectedActivity` makes in a step.
Netlist netlistOf(const network::Network &network, const Partition &partition,
                  const target::SpinMachine &machine,
                  const std::vector<uint64_t> &sdramBytes,
                  const SliceSinks &sinks);

/// Hop costs of a placement in packets x chips per step.
struct PlacementReport {
  double curve = 0, placed = 0;
  uint64_t moves = 0; ///< that annealing tried
};

/// Fills chips along a Hilbert curve with slices in their order, so that what
/// talks to each other lies close; `Placer::Annealing` goes on from there. Its
/// effort grows with the number of slices, up to a second or two; a result that
/// is not better than the curve's is not taken. `sdramBytes` is per slice.
/// Errors: too few cores, groups that do not find room on chips, a slice or all
/// slices that exceed SDRAM; the largest populations are named.
Result<Placement> place(const network::Network &network,
                        const Partition &partition,
                        const target::SpinMachine &machine,
                        const std::vector<uint64_t> &sdramBytes,
                        const SliceSinks &sinks = {},
                        target::Placer placer = target::Placer::Hilbert,
                        uint64_t seed = 0, PlacementReport *report = nullptr);

/// That every slice has a core of its own that exists and lives, and SDRAM
/// suffices.
Result<void> verify(const Placement &placement, const Partition &partition,
                    const target::SpinMachine &machine,
                    const std::vector<uint64_t> &sdramBytes);

} // namespace limen::mapping
