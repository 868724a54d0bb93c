// Multicast trees and the routing tables that make them.
#pragma once

#include "compiler/Mapping/Placement.h"

#include <set>

namespace limen::mapping {

/// What a tree does on one chip.
struct TreeNode {
  int arrival = -1;   ///< link that packets come in by; -1 at the source
  uint32_t route = 0; ///< links and cores, as in target::RoutingEntry
};
using RoutingTree = std::map<target::Chip, TreeNode>;

/// Per slice, the cores that its packets must reach.
using Destinations = std::vector<std::set<target::CoreId>>;

/// The shortest way from `from` to `to` on the hexagonal grid: links in the
/// order taken, the longest dimension first.
std::vector<unsigned> shortestWay(const target::SpinMachine &machine,
                                  target::Chip from, target::Chip to);

/// A tree from `source` to `cores`: longest-dimension-first ways, each joining
/// the tree at the last chip that it already has.
RoutingTree routeTree(const target::SpinMachine &machine, target::Chip source,
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
/// lines are named.
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
