// Multicast trees and the routing tables that make them.
#pragma once

#include "compiler/Mapping/NetRouting.h"
#include "compiler/Mapping/Placement.h"

#include <set>

namespace limen::mapping {

/// What a tree does on one chip.
struct TreeNode {
  int arrival = -1; ///< link that packets come in by; -1 at the source
  target::RouteWord route;
};
using RoutingTree = std::map<target::Chip, TreeNode>;

/// Per slice, the cores that its packets must reach.
using Destinations = std::vector<std::set<target::CoreId>>;

/// The tree of `router` from `source` to `cores`. Errors: a core that cannot be
/// reached over living chips and links.
Result<RoutingTree> routeTree(NetRouter &router, const ChipGrid &grid,
                              target::Chip source,
                              const std::set<target::CoreId> &cores);

/// What compression did to the tables of a machine. Lines that default routing
/// replaces do not count.
struct TableSizes {
  size_t before = 0, after = 0;               ///< lines of all chips
  size_t largestBefore = 0, largestAfter = 0; ///< of one chip
  size_t compressed = 0; ///< chips whose tables were minimised
};

/// Routing tables of all chips. Those that are not minimised (as
/// `machine.compressTables` says) lack the lines that default routing replaces
/// and ascend by key; minimised ones are proved to route every slice's keys as
/// before. Errors: a table that overflows; chip and the populations with most
/// lines are named; a slice whose packets cannot reach all their cores.
Result<target::RoutingTables>
makeTables(const network::Network &network, const Partition &partition,
           const target::SpinMachine &machine, const Placement &placement,
           const Destinations &destinations, TableSizes *sizes = nullptr);

/// Follows the packets of every slice's first and last neuron through the
/// tables: they must reach exactly the destinations, and no other slice's entry
/// may match.
Result<void> verify(const Partition &partition,
                    const target::SpinMachine &machine,
                    const Placement &placement,
                    const Destinations &destinations,
                    const target::RoutingTables &tables);

} // namespace limen::mapping
