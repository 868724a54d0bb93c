// The state of a Network, for Network.cpp.
#pragma once

#include "hw-models/spin/noc/Network.h"

#include <algorithm>
#include <bit>
#include <deque>

namespace limen::spin::noc {

namespace model {

constexpr Time never = ~Time(0);
constexpr unsigned maxBuffer = 4, maxChannelBuffer = 64, maxStages = 16;
constexpr unsigned links = 6, outputs = 24;

/// A short queue of packets, by index into the pool.
template <unsigned Capacity> struct Queue {
  uint32_t slot[Capacity];
  uint8_t head = 0, count = 0;

  uint32_t front() const { return slot[head]; }
  void push(uint32_t packet) { slot[(head + count++) % Capacity] = packet; }
  uint32_t pop() {
    const uint32_t packet = slot[head];
    head = (head + 1) % Capacity;
    --count;
    return packet;
  }
};
using Fifo = Queue<maxBuffer>;

/// A queue that another chip or an FPGA fills. What happens in a cycle is
/// decided on the queue as it was at the cycle's start, whoever is visited
/// first.
template <unsigned Capacity> struct Inlet {
  Queue<Capacity> queue;
  bool senderWaits = false;
  uint32_t sender = 0;    ///< who to wake when there is room
  uint8_t senderLink = 0; ///< the link that it sends by
  Time popped = never;    ///< cycle of the last pop

  /// Packets at the start of the cycle, for its sender, who did not push yet.
  unsigned before(Time now) const { return queue.count + (popped == now); }
};

/// Where a link leads.
struct Wire {
  uint32_t to = 0;     ///< chip, or trunk
  uint8_t input = 0;   ///< of the chip
  uint8_t channel = 0; ///< of the trunk
  bool trunk = false;
};

struct Outlet {
  Time ready = 0; ///< of a core: when its head may leave, once there is one
  Fifo queue;
  Wire wire; ///< of a link
};

// Buffers of a chip as bits. Inputs stand in the order of the arbiters' pairs.
constexpr unsigned inputOf[links] = {0, 2, 3, 4, 5, 1};
constexpr unsigned leafBit = 6, middleBit = 9, injectBit = 11, rootBit = 12;
constexpr uint32_t inputBits = 0x3f;
constexpr uint32_t treeBits = ((1u << (rootBit + 1)) - 1) & ~inputBits;
/// Cycles from an input or the injection of a packet to the pipeline.
constexpr Time treeTime = 3;

struct Stage {
  uint32_t packet = 0;
  uint32_t outputs = 0;
  Time entered = 0;
};

struct Pending {
  Packet packet;
  Time time;
};

struct Node {
  uint32_t filled = 0;   ///< buffers that hold a packet
  uint32_t ports = 0;    ///< outputs that exist
  uint32_t room = 0;     ///< buffers that are not full
  uint32_t full = 0;     ///< outputs that are full
  uint32_t busy = 0;     ///< outputs that hold a packet
  uint32_t arrivals = 0; ///< inputs that were empty until the cycle `arrived`
  uint8_t turn = 0;      ///< by arbiter: whether its second input goes first
  uint8_t stages = 0, firstStage = 0;
  bool reinjecting = false;
  Time arrived = never;
  Time headTime = 0;    ///< when the pipeline's head may leave
  Time offered = never; ///< when the first waiting packet may enter
  /// When the heads of links may leave; never: nothing to send, or no room at
  /// the far end, which will say when there is.
  Time ready[links] = {never, never, never, never, never, never};
  // A packet alone in the tree is not moved step by step: it left its input or
  // was injected in cycle `alone`, and reaches the pipeline treeTime later
  // unless another packet comes.
  Time alone = never;
  Stage single;
  uint8_t origin = 0; ///< input that it came by, or `links`
  Fifo leaf[3], middle[2], root, injected;
  Inlet<maxBuffer> in[links];
  Outlet link[links];
  Stage pipe[maxStages];
  Counters counters;
  std::deque<Pending> pending;
  std::deque<Packet> dropped; ///< waiting for reinjection
  Time reinjectAt = never;

  /// Inputs that held a packet when the cycle began.
  uint32_t inputs(Time now) const {
    return filled & inputBits & ~(arrived == now ? arrivals : 0);
  }
};

/// One of the chip links that share a serial link between boards.
struct Channel {
  Inlet<maxChannelBuffer> tx;
  Time filledAt = never; ///< cycle in which `tx` ceased to be empty
  // On the way or waiting for the chip at the far end, oldest first.
  Queue<maxChannelBuffer> flight;
  Time arrives[maxChannelBuffer];
  uint32_t chip = 0, input = 0;
};

struct Trunk {
  Channel channels[trunkChannels];
  /// When the oldest packet of a channel may enter its chip; never: there is
  /// none, or the chip has no room and will say when it has.
  Time ready[trunkChannels] = {never, never, never, never,
                               never, never, never, never};
  uint32_t credit = (1u << trunkChannels) - 1; ///< channels that may send more
  uint32_t waiting = 0;                        ///< channels with a packet in tx
  Time freeAt = 0;
  uint64_t packets = 0;
};

} // namespace model

/// What is behind a Network.
struct Network::Model {
  using Node = model::Node;
  using Stage = model::Stage;
  using Wire = model::Wire;
  using Fifo = model::Fifo;
  using Outlet = model::Outlet;

  Model(const Topology &topology, const Parameters &parameters,
        const Routing &routing, Client &client);

  const Topology &topology;
  const Parameters p;
  const Routing &routing;
  Client &client;
  std::vector<Node> nodes;
  std::vector<model::Trunk> trunks;
  std::vector<Outlet> cores; ///< of all chips
  std::vector<Packet> pool;
  std::vector<uint32_t> spare;
  Time now = 0;
  bool running = false; ///< inside advance()

  // Visits by cycle: a ring of bit sets over chips, then trunks.
  static constexpr Time horizon = 512;
  size_t words;
  std::vector<uint64_t> visits;

  void visit(size_t who, Time time) {
    time = std::min(time, now + horizon - 1);
    visits.data()[(time % horizon) * words + who / 64] |= uint64_t(1)
                                                          << (who % 64);
  }
  uint32_t keep(const Packet &packet) {
    if (spare.empty()) {
      pool.push_back(packet);
      return static_cast<uint32_t>(pool.size() - 1);
    }
    const uint32_t index = spare.back();
    spare.pop_back();
    pool.data()[index] = packet;
    return index;
  }
  Time wireTime(const Wire &wire, uint32_t packet) const {
    return wire.trunk                       ? channelTime(packet)
           : pool.data()[packet].hasPayload ? p.linkLong
                                            : p.linkShort;
  }
  Time channelTime(uint32_t packet) const {
    return pool.data()[packet].hasPayload ? p.channelLong : p.channelShort;
  }

  Outlet &outlet(uint32_t chip, Node &node, unsigned port) {
    return port < model::links ? node.link[port]
                               : cores[chip * (model::outputs - model::links) +
                                       port - model::links];
  }

  void stepNode(uint32_t chip);
  void sendLinks(uint32_t chip, Node &node, Time &next);
  void serveCores(uint32_t chip, Node &node);
  bool leavePipeline(uint32_t chip, Node &node);
  void forward(uint32_t chip, Node &node, const Stage &head, uint32_t mask,
               uint32_t detours);
  void drop(uint32_t chip, Node &node, uint32_t packet, uint64_t &counter);
  uint32_t routeOf(uint32_t chip, uint32_t packet) const;
  uint32_t detour(const Node &node, const Stage &head, uint32_t &first) const;
  void enter(uint32_t chip, Node &node);
  void push(Node &node, const Stage &stage);
  void settle(Node &node, bool company);
  bool startAlone(uint32_t chip, Node &node, uint32_t packet, unsigned origin,
                  Time time);
  bool startInput(uint32_t chip, Node &node, uint32_t inputs);
  void arbitrate(Node &node, uint32_t room, uint32_t inputs);
  void admit(uint32_t chip, Node &node, uint32_t room);
  void reinject(Node &node);
  void stepTrunk(uint32_t trunk);

  void arrive(uint32_t chip, unsigned input, uint32_t packet) {
    Node &node = nodes.data()[chip];
    if (node.alone == model::never &&
        !(node.filled & (model::treeBits | model::inputBits)) &&
        node.stages < p.pipelineStages && p.linkInput > 1 &&
        startAlone(chip, node, packet, input, now + 1)) {
      if (node.stages == 0)
        visit(chip, now + 1 + model::treeTime + p.pipelineStages);
      return;
    }
    if (node.arrived != now) {
      node.arrived = now;
      node.arrivals = 0;
    }
    if (node.in[input].queue.count == 0)
      node.arrivals |= 1u << input;
    node.filled |= 1u << input;
    node.in[input].queue.push(packet);
    visit(chip, now + 1);
  }
  /// Lets the other input of an arbiter go first the next time.
  static void serve(Node &node, unsigned arbiter, bool second) {
    node.turn = static_cast<uint8_t>((node.turn & ~(1u << arbiter)) |
                                     (second ? 0u : 1u << arbiter));
  }
  void put(Node &node, Fifo &to, unsigned bit, unsigned capacity,
           uint32_t packet) {
    to.push(packet);
    node.filled |= 1u << bit;
    if (to.count >= capacity)
      node.room &= ~(1u << bit);
  }
  uint32_t takeInput(Node &node, unsigned input) {
    const uint32_t packet = take(node.in[input]);
    if (node.in[input].queue.count == 0)
      node.filled &= ~(1u << input);
    return packet;
  }
  template <unsigned Capacity> uint32_t take(model::Inlet<Capacity> &inlet) {
    const uint32_t packet = inlet.queue.pop();
    inlet.popped = now;
    if (inlet.senderWaits) {
      inlet.senderWaits = false;
      visit(inlet.sender, now + 1);
      if (inlet.sender < nodes.size())
        nodes.data()[inlet.sender].ready[inlet.senderLink] = now + 1;
      else
        trunks[inlet.sender - nodes.size()].ready[inlet.senderLink] = now + 1;
    }
    return packet;
  }
};

} // namespace limen::spin::noc
