// Tiles on macros: all at once, or in turns on the same cells.
//
// What takes turns, when everything at once does not fit:
//
// - *Formed* tiles are never written again. Those of one independent network
// may
//   be a window of the formed cells of another: the same random array, read at
//   another time and with another scale. That is allowed where the cells are
//   formed alike (median, sigma, share, sign of the gain).
// - *Written* tiles are loaded. Populations that a cycle of projections joins
//   are a stage; stages in the order of the network are run one after another
//   over all steps of a sample, spikes buffered between them. A stage that is
//   larger than the chip is loaded piece by piece in every step.
//
// As many tiles as possible stay where they are: the number of macros that are
// left for loading is the one with the fewest cells written, per step first.
// Complexity O(macros x tiles x shelves).
#pragma once

#include "compiler/Mapping/ImcTiling.h"

namespace limen::mapping {

/// Places all tiles, tallest first, on as many macros as they take, in one
/// turn. Returns that number.
unsigned placeAtOnce(const network::Network &network,
                     const target::ImcMacro &machine, ImcPlan &plan);

/// Places all tiles on the macros that there are. `needed` is what placeAtOnce
/// said. Errors: formed cells that fit neither into free cells nor into a
/// window; no room for a tile to be written.
Result<void> placeInTurns(const network::Network &network,
                          const target::ImcMacro &machine, ImcPlan &plan,
                          unsigned needed);

/// Proves the turns of a plan by following what every cell holds through two
/// samples of two steps: each tile is in all of its cells when it is read,
/// nothing is written to a formed cell, formed cells that two tiles share hold
/// the same weights for both and belong to different networks, populations run
/// once and after their sources.
Result<void> verifyTurns(const network::Network &network,
                         const target::ImcMacro &machine, const ImcPlan &plan);

/// What mapToMacros says about a network that needs `needed` macros.
Error doesNotFit(const network::Network &network,
                 const target::ImcMacro &machine, const ImcPlan &plan,
                 unsigned needed);

/// The random stage that a formed block stores.
const network::Random &formedStage(const network::Network &network,
                                   const ImcBlock &block);

/// The block that row `row` of a group belongs to.
const ImcBlock &blockOf(const ImcGroup &group, uint32_t row);

} // namespace limen::mapping
