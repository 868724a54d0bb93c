// Simulated annealing of a placement on hop cost.
#pragma once

#include "compiler/Mapping/NetRouting.h"

namespace limen::mapping {

struct AnnealOptions {
  uint64_t seed = 0;
  /// Steps to take, as NetRouter counts them: some 1e9 a second. Only the
  /// proposal under way exceeds them.
  uint64_t work = 0;
};

struct AnnealReport {
  double before = 0, after = 0; ///< hop cost where nothing is dead
  uint64_t moves = 0, accepted = 0;
  uint64_t work = 0; ///< steps taken
};

/// Moves and swaps clusters of `start`, which must be valid, between chips, and
/// returns the best placement seen: never worse than `start` in the estimated
/// hop cost, which counts the chips of each net's tree as if nothing were dead.
/// A function of its arguments alone.
ChipAssignment anneal(const Netlist &netlist, const ChipGrid &grid,
                      const ChipAssignment &start, const AnnealOptions &options,
                      AnnealReport *report = nullptr);

} // namespace limen::mapping
