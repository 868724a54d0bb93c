// SONATA spike files: which node emits when.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace limen::sonata {

struct Spike {
  int64_t node = 0; ///< node id
  double time = 0;  ///< ms
};

/// The spikes of one population. `population` is "" for old files, which have
/// /spikes/{gids, timestamps} for all.
struct SpikeTrain {
  std::string population;
  std::string path; ///< HDF5 path, for messages
  std::vector<Spike> spikes;
};

/// Reads all spikes of `path`: /spikes/POPULATION/{timestamps, node_ids}, or
/// the older /spikes/{timestamps, gids}. Errors: not HDF5, damaged, no spikes
/// group, lengths that differ, times that are negative or not finite, a unit of
/// time other than ms.
Result<std::vector<SpikeTrain>> readSpikes(const std::string &path);

} // namespace limen::sonata
