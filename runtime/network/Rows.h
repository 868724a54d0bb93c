// Source-major synaptic rows: a projection with its chain of stages expanded.
#pragma once

#include "runtime/network/Network.h"

namespace limen::network {

/// Synapses of a projection, grouped by source, targets ascending in each row.
/// Their delays count from Projection::delay.
struct Rows {
  std::vector<uint64_t> offsets; ///< sources + 1 entries into `synapses`
  std::vector<Synapse> synapses;
  std::vector<float> bias; ///< one per target, or empty: added every step

  uint32_t sources() const {
    return static_cast<uint32_t>(offsets.empty() ? 0 : offsets.size() - 1);
  }
  std::span<const Synapse> row(uint32_t source) const {
    return std::span(synapses).subspan(offsets[source],
                                       offsets[source + 1] - offsets[source]);
  }
};

/// Expands a projection, any range of sources at a time. Stages are composed in
/// double precision, paths of equal delay adding up. Rows do not depend on
/// ranges or threads.
class RowExpander {
public:
  /// Draws the ends of rules that draw both together, on so many threads (0:
  /// all processors).
  explicit RowExpander(const Projection &projection, unsigned threads = 0);

  uint32_t sources() const {
    return static_cast<uint32_t>(stages.front().inputs);
  }
  /// About as many synapses as there are, to reserve memory once.
  uint64_t estimate() const;
  /// The weights that its synapses may have, where they are known without
  /// expanding it: as stored, or one.
  std::optional<Array<float>> weights() const;

  /// Replaces `out` by the rows of [first, last); row i of it is that of source
  /// first + i. Its bias stays empty. With `ascending` false, targets of a row
  /// may come in another order, in which synapses of one pair keep theirs; that
  /// is faster. Thread-safe.
  void expand(uint32_t first, uint32_t last, bool ascending, Rows &out) const;

  /// Frees what [first, last) needed of the draws made in advance. Must not be
  /// called twice for a source, nor before its last expand(). Thread-safe.
  void release(uint32_t first, uint32_t last) const;

private:
  std::vector<Stage> stages;
};

/// How many sources to take at a time to share `synapses` among threads with
/// little memory for each.
uint32_t sourcesAtATime(uint32_t sources, uint64_t synapses, unsigned threads);

/// Expands `projection` from `sources` source elements on so many threads (0:
/// all processors). A bias of an inner stage is pushed through the later ones.
Rows expandRows(const Projection &projection, unsigned threads = 0);

/// The bias of `projection` per target, or nothing where it is 0.
std::vector<float> biasOf(const Projection &projection);

/// The total bias per target of all projections into `receptor` of node
/// `target`; empty when there is none.
std::vector<float> totalBias(const Network &network, unsigned target,
                             unsigned receptor);

} // namespace limen::network
