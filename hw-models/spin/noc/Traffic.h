// The saturation experiment: every chip sends packets at one rate, and what
// arrives is counted.
#pragma once

#include "hw-models/spin/noc/Network.h"

#include <optional>
#include <string_view>

namespace limen::spin::noc {

enum class Pattern {
  Cyclic,     ///< all other chips in turn, beginning after the sender
  Complement, ///< (W - 1 - x, H - 1 - y)
  Tornado,    ///< ((x + W / 2) mod W, y)
  Transpose,  ///< (y, x)
};

std::optional<Pattern> parsePattern(std::string_view name);

/// The chip that `from` sends its packet number `count` to; -1 when it sends
/// none in this pattern (its target does not exist).
int32_t targetOf(Pattern pattern, const Topology &topology, uint32_t from,
                 uint64_t count);

struct TrafficPlan {
  Pattern pattern = Pattern::Cyclic;
  double load = 0;             ///< packets per chip and `unit`
  double unit = 16;            ///< cycles that one packet takes at load 1
  Time warmUp = 0, sample = 0; ///< cycles
  /// A sender whose packet cannot enter gives it up and waits for its next
  /// turn; otherwise it tries until it can, and counts its interval from then.
  bool giveUp = false;
  /// Senders start at random times within so many cycles.
  Time spread = 0;
  uint64_t seed = 1;
};

struct TrafficResult {
  double offered = 0;  ///< packets that senders tried, per chip and unit
  double entered = 0;  ///< packets that entered the network
  double accepted = 0; ///< packets that arrived
  double dropped = 0;  ///< part of the packets that entered
  uint64_t hops = 0;   ///< packets through routers in the sample
};

TrafficResult runTraffic(const Topology &topology, const Parameters &parameters,
                         const PathRouting &routing, const TrafficPlan &plan);

} // namespace limen::spin::noc
