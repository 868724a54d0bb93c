// A network of routers, cycle by cycle.
//
// A chip:
//
//   E  --|
//   S  --+- leaf --|
//   NE --|         +- middle --|
//   N  --+- leaf --|           +- root -- pipeline -- links, cores
//   W  --|                     |
//   SW --+- leaf --+- middle --|
//   local cores ---|
//
// An arbiter takes one packet a cycle from its inputs in turn, when its buffer
// had room at the start of the cycle. The pipeline takes one packet a cycle and
// gives its head to all outputs of the packet's route at once: while one of
// them is full nothing moves in the pipeline's last stage, and what is behind
// piles up. A head that waited `wait1` cycles is sent by the emergency links of
// its blocked ones, if that is on, and else dropped; so the time a chip spends
// on a packet that goes nowhere is the time-out, and everything that had to
// pass this chip waits for it. That is why less arrives beyond saturation than
// before.
//
// All decisions of a cycle are taken on the state at its start: the order in
// which chips are visited does not matter. Only what can change is looked at.
#pragma once

#include "hw-models/spin/noc/Parameters.h"
#include "hw-models/spin/noc/Routing.h"

#include <memory>

namespace limen::spin::noc {

/// What happens outside the routers. Calls come in order of time; they may
/// inject packets.
class Client {
public:
  virtual ~Client() = default;
  /// An injected packet left the core for the chip's injection buffer.
  virtual void accepted(uint32_t chip, const Packet &packet, Time now) = 0;
  /// A core took a packet.
  virtual void delivered(uint32_t chip, unsigned core, const Packet &packet,
                         Time now) = 0;
  /// A packet was dropped, by time-out or because nothing routes it.
  virtual void dropped(uint32_t chip, const Packet &packet, Time now) = 0;
};

/// Counters of one router since the start.
struct Counters {
  uint64_t injected = 0; ///< packets of local cores that entered
  uint64_t routed = 0;   ///< packets that left the pipeline for outputs
  uint64_t timedOut = 0; ///< dropped after waiting
  uint64_t unrouted = 0; ///< dropped for want of a route
  uint64_t detoured = 0; ///< sent by an emergency link
  uint64_t reinjected = 0;
  uint64_t lost = 0; ///< dropped and not reinjected
  uint64_t delivered = 0;
  uint64_t blockedCycles = 0;     ///< cycles that heads of the pipeline waited
  std::array<uint64_t, 6> sent{}; ///< by link
};

class Network {
public:
  Network(const Topology &topology, const Parameters &parameters,
          const Routing &routing, Client &client);
  ~Network();

  /// Offers a packet of a local core at `time` (the present cycle at the
  /// earliest). Packets of a chip enter in the order of the calls; one that
  /// finds the injection buffer full waits, and those after it too.
  void inject(uint32_t chip, const Packet &packet, Time time);

  /// Packets of the chip that did not enter yet.
  size_t waiting(uint32_t chip) const;

  /// Runs the cycles before `time`.
  void advance(Time time);

  Time now() const;
  const Counters &counters(uint32_t chip) const;
  /// Packets that crossed a trunk (Topology).
  uint64_t trunkPackets(unsigned trunk) const;
  /// Packets inside the network: buffers, pipelines, links.
  size_t inside() const;

private:
  struct Model;
  std::unique_ptr<Model> model;
};

} // namespace limen::spin::noc
