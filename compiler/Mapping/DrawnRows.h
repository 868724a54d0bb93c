// Images of populations with random projections: sizes only.
//
// The rows of a random projection can be hundreds of millions of synapses. They
// are not stored: the program keeps the rule, and the loader draws them into
// place (runtime/program/SynapseExpander.h), as the published stack does on the
// machine. What the compiler must know of them, it counts while drawing them a
// few sources at a time.
#pragma once

#include "compiler/Mapping/CoreLoads.h"

namespace limen::mapping {

/// Whether `projection` has stages that are drawn.
bool isDrawn(const network::Projection &projection);

/// What one pass over a projection tells without its rows.
struct Survey {
  WeightSums sums;
  /// The longest delay of a synapse beyond Projection::delay, in steps.
  uint32_t longest = 0;
  SynapseCounts counts; ///< where they were asked for
};

/// Draws `projection` once, on this thread; with `count` also for its counts.
Survey surveyProjection(const network::Network &network, unsigned projection,
                        unsigned multiplicity, bool count = false);

/// As buildImages(), for the same projections, but that the images have
/// `drawnWords` in place of rows. The blocks of both are the same.
Result<std::vector<CoreImage>>
layOutImages(const network::Network &network, const Retiming &retiming,
             const Partition &partition, unsigned node, unsigned delayBits,
             unsigned slots, const std::vector<unsigned> &projections,
             const std::vector<RingScale> &scales, RoundingReport &report);

} // namespace limen::mapping
