// Slices onto cores.
#pragma once

#include "compiler/Mapping/Partition.h"
#include "hw-models/target/SpinRouter.h"

namespace limen::mapping {

/// Per slice, its core.
using Placement = std::vector<target::CoreId>;

/// Chips along a Hilbert curve: chips near in the list are near on the machine.
std::vector<target::Chip> hilbertOrder(const target::SpinMachine &machine);

/// Fills chips along a Hilbert curve with slices in their order, so that what
/// talks to each other lies close. `sdramBytes` is per slice. Errors: too few
/// cores, a slice or all slices that exceed SDRAM; the largest populations are
/// named.
Result<Placement> place(const network::Network &network,
                        const Partition &partition,
                        const target::SpinMachine &machine,
                        const std::vector<uint64_t> &sdramBytes);

/// That every slice has a core of its own that exists, and SDRAM suffices.
Result<void> verify(const Placement &placement, const Partition &partition,
                    const target::SpinMachine &machine,
                    const std::vector<uint64_t> &sdramBytes);

} // namespace limen::mapping
