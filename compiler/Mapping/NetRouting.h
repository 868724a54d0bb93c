// Multicast trees over the chips of a machine: neighbour exploring routing
// (NER), longest dimension first, around what is dead.
//
// A net's tree grows from its source. The sink nearest to the tree comes next;
// it is joined from the nearest chip of the tree, by a shortest way, longest
// dimension first. A way of this kind meets the tree at its first chip only, so
// that no loops arise. Where it would cross a dead chip or link, a
// breadth-first search over living links leads from the sink to the nearest
// chip of the tree.
#pragma once

#include "compiler/Mapping/Netlist.h"

namespace limen::mapping {

/// A tree; the source comes first, and every chip after its parent.
struct ChipTree {
  struct Node {
    int chip = 0;
    int parent = -1;   ///< index of a node; -1 at the source
    unsigned link = 0; ///< of the parent's chip, that leads here
  };
  std::vector<Node> nodes;
};

/// Grows trees; keeps its working memory from net to net.
class NetRouter {
public:
  explicit NetRouter(const ChipGrid &grid);

  /// A tree from `source` to all `sinks` (chips, in any order, also several
  /// times; the tree does not depend on the order). Errors: a sink that cannot
  /// be reached.
  Result<ChipTree> route(int source, std::span<const int> sinks);

  /// Chips that `route` visits where nothing is dead in the way.
  unsigned estimate(int source, std::span<const int> sinks);

  /// Steps that all calls of `estimate` took: a measure of time that is the
  /// same on every machine.
  uint64_t steps() const { return work; }

private:
  struct Sink {
    uint32_t
        key;  ///< distance to the tree, then the chip: the next is the least
    int from; ///< nearest chip of the tree
    int slot;
  };
  bool isNew(int chip) { return stamp[static_cast<size_t>(chip)] != now; }
  void start(int source, std::span<const int> sinks);
  void join(int chip);
  Result<void> detour(int sink, std::vector<int> &nodeOf, ChipTree &tree);

  const ChipGrid &grid;
  std::vector<uint32_t> stamp; ///< per chip: `now` if the tree has it
  uint32_t now = 0;
  std::vector<Sink> waiting;
  uint64_t work = 0;
  std::vector<int> nodes; ///< per chip of the tree, its node
};

/// That `tree` starts at `source`, follows living links, visits no chip twice,
/// and that its leaves are sinks and all sinks are in it.
Result<void> verify(const ChipGrid &grid, int source,
                    std::span<const int> sinks, const ChipTree &tree);

/// Traffic of a routed netlist.
struct HopCost {
  double total = 0;     ///< sum over nets of weight x chips visited
  double worstChip = 0; ///< largest sum of weights of nets that visit a chip
};

/// The trees of all nets. Errors: those of `NetRouter::route`, with the net.
Result<std::vector<ChipTree>> routeNets(const Netlist &netlist,
                                        const ChipGrid &grid,
                                        std::span<const int> assignment);

/// `verify` of every net's tree.
Result<void> verify(const Netlist &netlist, const ChipGrid &grid,
                    std::span<const int> assignment,
                    std::span<const ChipTree> trees);

HopCost hopCost(const Netlist &netlist, const ChipGrid &grid,
                std::span<const ChipTree> trees);

} // namespace limen::mapping
