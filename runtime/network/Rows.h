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

/// Expands `projection` from `sources` source elements. Stages are composed in
/// double precision, paths of equal delay adding up; a bias of an inner stage
/// is pushed through the later ones.
Rows expandRows(const Projection &projection);

/// The total bias per target of all projections into `receptor` of node
/// `target`; empty when there is none.
std::vector<float> totalBias(const Network &network, unsigned target,
                             unsigned receptor);

} // namespace limen::network
