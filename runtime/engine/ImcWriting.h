// What it takes to write the cells of a chip, once and in turns.
#pragma once

#include "runtime/engine/ImcSession.h"

namespace limen::engine {

/// Fills what each region costs to write, which are loaded in turns, and which
/// of these meet in a cell.
void planWrites(ImcShared &shared);

/// Engine::writing(). Energy is that of the rows "loads" of `engine.price()`.
/// Nothing where no cell is written, or nothing says how.
std::optional<Writing> writingOf(const ImcShared &shared, const Engine &engine,
                                 std::span<const uint64_t> counts);

} // namespace limen::engine
