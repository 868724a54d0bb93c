// Sizes of a network that a report is made of, counted from the plain network.
#pragma once

#include "runtime/network/Network.h"

namespace limen::report {

/// Synapses of a projection once expanded (weights that are exactly 0 left
/// out). Rows are visited one at a time, never kept.
uint64_t countSynapses(const network::Projection &projection);

/// Stored weights of a stage and how many of them are 0. Pools and random
/// stages store none.
struct WeightCounts {
  uint64_t all = 0;
  uint64_t zeros = 0;
};
WeightCounts countWeights(const network::Stage &stage);

/// Multiply-accumulates of one step with every input active and every weight
/// present, padding not counted (NeuroBench "dense" synaptic operations).
/// Pools are not counted.
uint64_t denseOperations(const network::Stage &stage);

/// Weights that a random stage draws; 0 for other stages.
uint64_t drawnWeights(const network::Stage &stage);

} // namespace limen::report
