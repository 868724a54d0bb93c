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

  /// Per core of group `g`, the rows of what `senders` (cores that fired,
  /// ascending) fired, but for senders with few targets. `out` has a list per
  /// core of the group.
  template <typename FiredOf>
  void collect(unsigned g, std::span<const unsigned> senders, FiredOf firedOf,
               std::vector<std::vector<Work>> &out) const {
    const unsigned first = split[g];
    out.resize(std::max<size_t>(out.size(), split[g + 1] - first + 1));
    for (std::vector<Work> &list : out)
      list.clear();
    for (unsigned s : senders) {
      const Sender &sender = many[s];
      if (sender.groups.empty())
        continue;
      const std::span<const SpinFired> fired = firedOf(s);
      for (uint32_t k = sender.groups[g]; k < sender.groups[g + 1]; ++k) {
        const Link &link = sender.links[k];
        for (const SpinFired &one : fired)
          out[link.core - first].push_back(
              {link.rows + uint64_t(one.index) * link.words, one.count,
               link.words});
      }
    }
  }

  /// Adds rows to the ring buffers of core `c`: those of senders with few
  /// targets, then `work`. Rows of `next` are fetched for the next call.
  template <typename FiredOf>
  Delivered deliver(unsigned c, FiredOf firedOf, std::span<const Work> work,
                    std::span<const Work> next, uint32_t tick,
                    spinhw::RingBuffers &ring) const {
    // Rows come from main memory: so many are under way at a time.
    constexpr size_t ahead = 12;
    Delivered done;
    for (const Link &link : few[c])
      for (const SpinFired &one : firedOf(link.core))
        add({link.rows + uint64_t(one.index) * link.words, one.count,
             link.words},
            tick, ring, done);
    for (size_t k = 0; k < work.size(); ++k) {
      if (k + ahead < work.size())
        fetch(work[k + ahead]);
      else if (k + ahead - work.size() < next.size())
        fetch(next[k + ahead - work.size()]);
      add(work[k], tick, ring, done);
    }
    return done;
  }

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

  static void fetch(const Work &work) {
    constexpr uint32_t line = 16; // words
    __builtin_prefetch(work.row);
    __builtin_prefetch(work.row + (work.words > line ? line : work.words - 1));
  }

  static void add(const Work &work, uint32_t tick, spinhw::RingBuffers &ring,
                  Delivered &done) {
    const uint32_t words = work.row[1];
    ring.add({work.row + target::RowBlock::header, words}, tick, work.count);
    done.rows += work.count;
    done.synapses += uint64_t(work.count) * words;
    done.bytes += uint64_t(work.count) * 4 * work.words;
  }

  std::vector<unsigned> split = {0};  ///< first core of each group, and the end
  std::vector<Sender> many;           ///< per core: targets, if there are many
  std::vector<std::vector<Link>> few; ///< per core: senders with few targets
};

} // namespace limen::engine
