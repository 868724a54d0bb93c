// Parts of a network that can run one after another over a whole sample.
#pragma once

#include "compiler/Mapping/ImcTiling.h"

namespace limen::mapping {

/// Populations that cycles of projections join, whatever their delays.
struct ImcStage {
  unsigned part = 0;                 ///< of network::partsOf
  std::vector<unsigned> populations; ///< in Network::order
  std::vector<unsigned> tiles;       ///< written ones, in the order of reads
};

/// All populations by stages: those of one independent network follow one
/// another, each after the stages that it receives from, else in the order of
/// Network::order.
std::vector<ImcStage> stagesOf(const network::Network &network,
                               const ImcPlan &plan);

} // namespace limen::mapping
