// Independent networks on one chip, side by side.
#pragma once

#include "hw-models/base/Quantity.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace limen::imchw {

/// One population's turn in one step: its macros read, then the digital unit
/// works.
struct PhaseTime {
  std::vector<std::pair<unsigned, uint64_t>> reads; ///< cycles by macro
  uint64_t unit = 0;                                ///< cycles of the unit
};

/// When a phase held what it needs.
struct PhaseSpan {
  unsigned network = 0;
  uint64_t readStart = 0, readEnd = 0, unitStart = 0, unitEnd = 0;
};

/// Cycles until the last of several networks is done. A network does its phases
/// one after another; a phase waits until all of its macros are free and keeps
/// them until the slowest has read, then waits for the one digital unit. Who
/// asks first is served first, of two at once the network of lower index.
/// `trace` gets every phase in the order in which they ended.
uint64_t sideBySide(std::span<const std::vector<PhaseTime>> networks,
                    std::vector<PhaseSpan> *trace = nullptr);

} // namespace limen::imchw
