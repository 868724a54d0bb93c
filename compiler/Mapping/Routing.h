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

/// Routing tables of all chips, without the entries that default routing
/// replaces, ascending by key. Errors: a table that overflows; chip and the
/// populations with most entries are named.
Result<target::RoutingTables> makeTables(const network::Network &network,
                                         const Partition &partition,
                                         const target::SpinMachine &machine,
                                         const Placement &placement,
                                         const Destinations &destinations);

/// Follows the packets of every slice's first and last neuron through the
/// tables: they must reach exactly the destinations, and no other slice's entry
/// may match.
Result<void> verify(const Partition &partition,
                    const target::SpinMachine &machine,
                    const Placement &placement,
                    const Destinations &destinations,
                    const target::RoutingTables &tables);

} // namespace limen::mapping
