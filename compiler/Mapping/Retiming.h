// Retiming: delays of at least one step on every projection, same spikes.
//
// With an integer potential per node, d' = d + phi(target) - phi(source) keeps
// the total delay of every cycle, so every spike comes exactly phi steps later
// (Leiserson and Saxe, "Retiming synchronous circuitry", 1991).
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/network/Network.h"

namespace limen::mapping {

struct Retiming {
  /// Per node, the steps by which it runs later than in the network.
  std::vector<unsigned> latency;
  /// Per projection, its delay d' in steps, 1 or more.
  std::vector<unsigned> delays;

  /// The largest latency.
  unsigned depth() const;
};

/// The smallest latencies (longest paths by Bellman-Ford; inputs keep 0).
/// Errors: a cycle with less total delay than it has projections (it is named),
/// a delay d' above `maxDelay`.
Result<Retiming> retime(const network::Network &network, unsigned maxDelay);

/// That `retiming` satisfies its definition for `network`.
Result<void> verify(const network::Network &network, const Retiming &retiming,
                    unsigned maxDelay);

} // namespace limen::mapping
