#include "compiler/Mapping/Retiming.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Projection;

unsigned Retiming::depth() const {
  return latency.empty() ? 0
                         : *std::max_element(latency.begin(), latency.end());
}

/// The cycle through `last`, found by walking back along `via`, the projection
/// that last raised each node.
static Error cycleError(const Network &network, const std::vector<int> &via,
                        unsigned last) {
  // After as many steps back as there are nodes the walk is inside the cycle.
  unsigned node = last;
  for (size_t i = 0; i < network.nodes.size(); ++i)
    node = network.projections[via[node]].source;
  std::vector<const Projection *> cycle;
  unsigned at = node;
  do {
    cycle.push_back(&network.projections[via[at]]);
    at = cycle.back()->source;
  } while (at != node);
  std::reverse(cycle.begin(), cycle.end());

  std::string path = network.nodes[node].name;
  unsigned delay = 0;
  for (const Projection *projection : cycle) {
    path += " -> " + network.nodes[projection->target].name;
    delay += projection->delay;
  }
  return Error(
             fmt::format("the cycle {} has {} connection(s) but a total delay "
                         "of {} step(s); this machine needs at least one step "
                         "per connection",
                         path, cycle.size(), delay))
      .note(fmt::format("give the connections of the cycle {} step(s) of delay "
                        "in total",
                        cycle.size()));
}

Result<Retiming> limen::mapping::retime(const Network &network,
                                        unsigned maxDelay) {
  const size_t count = network.nodes.size();
  for (const network::Node &node : network.nodes)
    if (node.latency > 0)
      return Error(fmt::format("population '{}' is retimed already, by {} "
                               "step(s)",
                               node.name, node.latency))
          .note("targets that need it retime networks themselves");
  std::vector<int> latency(count, 0), via(count, -1);
  int raised = -1;
  for (size_t round = 0; round <= count; ++round) {
    raised = -1;
    for (size_t p = 0; p < network.projections.size(); ++p) {
      const Projection &projection = network.projections[p];
      const int wanted =
          latency[projection.source] + 1 - static_cast<int>(projection.delay);
      if (wanted <= latency[projection.target])
        continue;
      latency[projection.target] = wanted;
      via[projection.target] = static_cast<int>(p);
      raised = static_cast<int>(projection.target);
    }
    if (raised < 0)
      break;
  }
  if (raised >= 0)
    return cycleError(network, via, static_cast<unsigned>(raised));

  Retiming retiming;
  retiming.latency.assign(latency.begin(), latency.end());
  for (const Projection &projection : network.projections)
    retiming.delays.push_back(projection.delay +
                              retiming.latency[projection.target] -
                              retiming.latency[projection.source]);
  if (auto fine = verify(network, retiming, maxDelay); !fine)
    return fine.takeError();
  return retiming;
}

Result<void> limen::mapping::verify(const Network &network,
                                    const Retiming &retiming,
                                    unsigned maxDelay) {
  for (size_t p = 0; p < network.projections.size(); ++p) {
    const Projection &projection = network.projections[p];
    const int64_t delay = static_cast<int64_t>(projection.delay) +
                          retiming.latency[projection.target] -
                          retiming.latency[projection.source];
    if (delay != retiming.delays[p] || delay < 1)
      return Error(fmt::format("projection '{}' is retimed to {} step(s) where "
                               "its nodes' latencies give {}",
                               projection.name, retiming.delays[p], delay));
    const int64_t longest = delay + projection.spread();
    if (longest > maxDelay)
      return Error(
                 fmt::format(
                     "projection '{}' needs a delay of {} steps ({} in the "
                     "network, the rest from the latencies of '{}' and '{}'); "
                     "cores hold at most {}",
                     projection.name, longest,
                     projection.delay + projection.spread(),
                     network.nodes[projection.source].name,
                     network.nodes[projection.target].name, maxDelay))
          .note("the limit is software.delay_slots of the target");
  }
  return {};
}
