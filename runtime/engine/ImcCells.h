// The cells of a chip instance: as they were formed or written, and as loads
// over other regions leave them.
#pragma once

#include "runtime/engine/ImcSession.h"

#include <memory>

namespace limen::engine {

/// The cells of a region, written by `load` or formed. Errors: wires whose
/// network has no solution, with region and macro.
Result<imchw::Crossbar> makeCells(const ImcShared &shared,
                                  const program::ImcRegion &region,
                                  imchw::Load load = {});

/// Whether loads leave other conductances each time: a device with programming
/// errors.
bool redrawsLoads(const ImcShared &shared);

/// The cells that one sample reads: those of the chip instance, and those of
/// regions that take turns as their last load left them.
class ImcCells {
public:
  explicit ImcCells(const ImcShared &shared);

  /// The cells of a region. The reference stays; what it refers to changes with
  /// each load, and is empty while other regions are in its place.
  const imchw::Crossbar &of(size_t region) const {
    return own[region] ? *own[region] : shared->cells[region];
  }

  /// What load `load` of a region leaves. Errors: as makeCells().
  Result<void> write(unsigned region, imchw::Load load);

private:
  const ImcShared *shared;
  std::vector<std::unique_ptr<imchw::Crossbar>> own; ///< null: the instance's
};

} // namespace limen::engine
