// The network as its description reads: every chip and trunk in every cycle,
// packets by value, no short cuts. Slow; Network must do the same.
#pragma once

#include "hw-models/spin/noc/Network.h"

#include <deque>

namespace limen::spin::noc {

class ReferenceNetwork {
public:
  ReferenceNetwork(const Topology &topology, const Parameters &parameters,
                   const Routing &routing, Client &client);

  void inject(uint32_t chip, const Packet &packet, Time time);
  void advance(Time time);
  const Counters &counters(uint32_t chip) const { return chips[chip].counters; }
  uint64_t trunkPackets(unsigned trunk) const { return trunks[trunk].packets; }
  size_t inside() const;

private:
  /// A queue, how many it held when the cycle began, and since when its first
  /// packet is the first.
  struct Queue {
    std::deque<Packet> packets;
    size_t before = 0;
    Time since = 0;

    void push(const Packet &packet, Time now) {
      if (packets.empty())
        since = now;
      packets.push_back(packet);
    }
    Packet pop(Time now) {
      const Packet packet = packets.front();
      packets.pop_front();
      since = now;
      return packet;
    }
  };
  struct Stage {
    Packet packet;
    uint32_t route = 0;
    Time entered = 0;
  };
  struct Chip {
    Queue in[6], leaf[3], middle[2], root, injected, link[6], core[18];
    std::deque<Stage> pipe;
    size_t pipeBefore = 0;
    Time freeAt = 0; ///< when the next head may leave at the earliest
    bool secondFirst[6] = {};
    std::deque<std::pair<Packet, Time>> pending;
    std::deque<Packet> dropped;
    Time reinjectAt = ~Time(0);
    bool reinjecting = false;
    Counters counters;
  };
  struct Trunk {
    Queue tx[trunkChannels], flight[trunkChannels];
    std::deque<Time> arrives[trunkChannels];
    uint32_t chip[trunkChannels] = {}, input[trunkChannels] = {};
    Time freeAt = 0;
    uint64_t packets = 0;
  };

  template <typename Act> void forEachQueue(Act act);
  uint32_t fullOutputs(const Chip &chip) const;
  uint32_t routeOf(uint32_t chip, const Packet &packet) const;
  bool leavePipeline(uint32_t chip);
  void send(Chip &chip, const Stage &head, uint32_t mask, uint32_t detours);
  void arbitrate(Chip &chip, unsigned number, Queue &first, Queue &second,
                 Queue &to, unsigned capacity);
  void drop(uint32_t chip, const Packet &packet, bool timedOut);
  void admit(uint32_t chip);
  void stepChip(uint32_t chip);
  void stepLinks(uint32_t chip);
  void stepTrunk(Trunk &trunk);

  const Topology &topology;
  const Parameters p;
  const Routing &routing;
  Client &client;
  std::vector<Chip> chips;
  std::vector<Trunk> trunks;
  Time now = 0;
};

} // namespace limen::spin::noc
