// Ways of packets through routing tables, and how full they make the links: the
// network as the tick model sees it.
#pragma once

#include "hw-models/spin/noc/Topology.h"
#include "hw-models/target/SpinRouter.h"

#include <span>
#include <vector>

namespace limen::spinhw {

/// Where packets with one key go. A link's number is 6 * chip + link, with the
/// chip's index in the topology.
struct Tree {
  struct Branch {
    int32_t parent = -1; ///< the branch before; -1: begins at the sender's chip
    uint32_t link = 0;
  };
  struct Leaf {
    target::CoreId core;
    int32_t branch = -1; ///< the last one; -1: on the sender's chip
    unsigned hops = 0;
  };
  std::vector<Branch> branches;
  std::vector<Leaf> leaves;
};

/// Follows a packet with `key` from a core of `from`. A packet that nothing
/// routes, or that reaches a chip twice, ends there (target::follow refuses
/// such tables).
Tree growTree(const spin::noc::Topology &topology,
              const target::RoutingTables &tables, target::Chip from,
              uint32_t key);

/// Packets of one tick on the links. Times are in cycles of the processor.
class LinkLoads {
public:
  /// `packet` is what a packet occupies a link for; `trunk`, a link between
  /// boards.
  LinkLoads(const spin::noc::Topology &topology, double packet, double trunk);

  void clear();
  /// `packets` along `tree`, sent from `first` to `last`.
  void add(const Tree &tree, uint64_t packets, uint64_t first, uint64_t last);

  /// By how much a packet of `leaf` sent at `time` is held up: a link that gets
  /// packets faster than it passes them makes those that come later wait
  /// longer.
  uint64_t delay(const Tree &tree, const Tree::Leaf &leaf, uint64_t time) const;
  /// The longest delay on any link.
  uint64_t longestDelay() const;
  /// The part of a link's packets that it loses, as it cannot pass them all
  /// within `budget`.
  double loss(uint32_t link, uint64_t budget) const;
  /// So many packets.
  uint64_t lost(uint32_t link, uint64_t budget) const;
  /// Links that got packets since `clear`.
  std::span<const uint32_t> used() const { return links; }

private:
  struct Load {
    uint64_t packets = 0, first = 0, last = 0;
  };
  double excess(uint32_t link) const;

  std::vector<Load> loads;
  std::vector<double> times; ///< per packet, by link
  std::vector<uint32_t> links;
};

} // namespace limen::spinhw
