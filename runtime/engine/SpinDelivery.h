// Which rows the packets of a tick lead to, target core by target core.
#pragma once

#include "hw-models/spin/RingBuffers.h"
#include "runtime/program/SpinProgram.h"

namespace limen::engine {

/// Rows of one source core on one target core.
struct SpinBlock {
  unsigned source = 0; ///< index of the sending core
  target::RowBlock rows;
};

/// A neuron of a core that sent packets in a tick, or one packet that says so
/// many.
struct SpinFired {
  uint32_t index;
  uint32_t count;
};

/// What the delivery of rows did, for the counters.
struct Delivered {
  uint64_t rows = 0;     ///< fetched, with multiplicity
  uint64_t synapses = 0; ///< processed, with multiplicity
  uint64_t bytes = 0;    ///< of the rows fetched
};

/// The way from senders to rows. Targets form groups, which threads may take
/// each; a group's ring buffers are touched by nobody else.
class DeliveryPlan {
public:
  DeliveryPlan() = default;
  /// `blocks` are those of every core, by core.
  DeliveryPlan(const program::SpinProgram &program,
               const std::vector<std::vector<SpinBlock>> &blocks);

  unsigned groups() const { return static_cast<unsigned>(split.size()) - 1; }
  /// Cores [begin, end) of a group.
  std::pair<unsigned, unsigned> group(unsigned g) const {
    return {split[g], split[g + 1]};
  }

  /// A row to process, `count` times.
  struct Work {
    const uint32_t *row;
    uint32_t count;
    uint32_t words; ///< of the row and its header, as moved
  };

  /// Per core of group `g`, the rows of what cores fired: those of `senders`
  /// (cores that fired, ascending) and of senders with few targets. The order
  /// depends on these alone. `out` has a list per core of the group.
  template <typename FiredOf>
  void collect(unsigned g, std::span<const unsigned> senders, FiredOf firedOf,
               std::vector<std::vector<Work>> &out) const {
    const unsigned first = split[g];
    out.resize(std::max<size_t>(out.size(), split[g + 1] - first));
    for (std::vector<Work> &list : out)
      list.clear();
    for (unsigned c = first; c < split[g + 1]; ++c)
      for (const Link &link : few[c])
        add(link, firedOf(link.core), out[c - first]);
    for (unsigned s : senders) {
      const Sender &sender = many[s];
      if (sender.groups.empty())
        continue;
      for (uint32_t k = sender.groups[g]; k < sender.groups[g + 1]; ++k)
        add(sender.links[k], firedOf(s), out[sender.links[k].core - first]);
    }
  }

  /// Adds rows to the ring buffers of a core.
  static Delivered deliver(std::span<const Work> work, uint32_t tick,
                           spinhw::RingBuffers &ring);

private:
  struct Link {
    uint32_t core;  ///< the target, or in `few` the sender
    uint32_t words; ///< of a row with its header
    const uint32_t *rows;
  };
  struct Sender {
    std::vector<Link> links;      ///< by target
    std::vector<uint32_t> groups; ///< first link of each group, and the end
  };

  static void add(const Link &link, std::span<const SpinFired> fired,
                  std::vector<Work> &out) {
    for (const SpinFired &one : fired)
      out.push_back({link.rows + uint64_t(one.index) * link.words, one.count,
                     link.words});
  }

  std::vector<unsigned> split = {0};  ///< first core of each group, and the end
  std::vector<Sender> many;           ///< per core: targets, if there are many
  std::vector<std::vector<Link>> few; ///< per core: senders with few targets
};

} // namespace limen::engine
