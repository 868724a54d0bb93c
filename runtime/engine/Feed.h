// What one sample is for the nodes of a network with several inputs, or of
// several independent networks.
#pragma once

#include "runtime/input/Sample.h"
#include "runtime/network/Parts.h"

namespace limen::engine {

/// An independent network runs for the steps of its own inputs, the longest of
/// them; an input that is shorter goes on without events. A network without
/// inputs to feed runs as long as the longest other. Draws are keyed by the
/// sample of a network's first input, so that it behaves as by itself.
class Feed {
public:
  /// Borrows `sample`. Errors: not one sample for each input that needs one; an
  /// event outside of its input.
  static Result<Feed> make(const network::Network &network,
                           const network::Parts &parts,
                           const input::Sample &sample);

  struct Open {
    unsigned node;
    const input::Sample *sample;
  };
  /// Inputs that samples feed, in the order of nodes.
  const std::vector<Open> &inputs() const { return open; }
  /// Events of an input in a step, none after its sample.
  static std::span<const input::Event> events(const Open &input,
                                              uint32_t step) {
    return step < input.sample->steps ? input.sample->at(step)
                                      : std::span<const input::Event>();
  }

  uint32_t longest() const { return longestSteps; }
  uint32_t steps(unsigned node) const { return stepsOf[parts->of[node]]; }
  /// Identity of the sample that keys a node's draws.
  uint32_t identity(unsigned node) const { return identities[parts->of[node]]; }
  /// SampleResult::nodeSteps: empty where all nodes run for as many.
  std::vector<uint32_t> nodeSteps() const;

private:
  explicit Feed(const network::Parts &parts) : parts(&parts) {}

  const network::Parts *parts;
  std::vector<Open> open;
  std::vector<uint32_t> stepsOf, identities; ///< per part
  uint32_t longestSteps = 0;
};

/// The spikes that inputs bring along, the same in every sample.
class OwnEvents {
public:
  /// Borrows `network`.
  explicit OwnEvents(const network::Network &network) : network(&network) {
    restart();
  }
  void restart() { next.assign(network->nodes.size(), 0); }
  /// Those of an input in a step; each node is asked for its steps from 0 on.
  /// Valid until the next call.
  std::span<input::Event> at(unsigned node, uint32_t step);

private:
  const network::Network *network;
  std::vector<size_t> next; ///< per node, into its events
  std::vector<input::Event> events;
};

/// Class of every independent network in a sample: that of the first of its
/// inputs that has one, else -1.
std::vector<int> labelsOf(const network::Network &network,
                          const network::Parts &parts,
                          const input::Sample &sample);

} // namespace limen::engine
