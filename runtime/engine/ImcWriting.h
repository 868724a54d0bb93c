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

/// Loads of one sample: regions written over what is in their cells.
class ImcLoads {
public:
  explicit ImcLoads(const ImcShared &shared)
      : shared(&shared), loads(shared.program->regions.size(), 0) {}

  /// Writes `regions`, counting into `actions` [ImcActionCount]. Macros work
  /// side by side: returns the cycles of the slowest.
  Cycles write(std::span<const unsigned> regions,
               std::vector<uint64_t> &actions);

  /// Loads of a region so far.
  uint64_t of(unsigned region) const { return loads[region]; }

  /// Writes of the cell that has most of them, so far.
  uint64_t wear() const;

private:
  const ImcShared *shared;
  std::vector<uint64_t> loads; ///< per region
};

} // namespace limen::engine
