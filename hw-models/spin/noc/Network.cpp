#include "hw-models/spin/noc/Network.h"

#include <algorithm>
#include <bit>
#include <cassert>

using namespace limen;
using namespace limen::spin::noc;

namespace {

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
  uint32_t sender = 0; ///< who to wake when there is room
  Time popped = never; ///< cycle of the last pop

  /// Packets at the start of the cycle, for its sender, who did not push yet.
  unsigned before(Time now) const { return queue.count + (popped == now); }
};

struct Outlet {
  Fifo queue;
  Time ready = 0; ///< when its head may leave, once there is one
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
  uint32_t room = 0;     ///< buffers that are not full
  uint32_t full = 0;     ///< outputs that are full
  uint32_t busy = 0;     ///< outputs that hold a packet
  uint32_t arrivals = 0; ///< inputs that were empty until the cycle `arrived`
  uint8_t turn = 0;      ///< by arbiter: whether its second input goes first
  uint8_t stages = 0, firstStage = 0;
  bool reinjecting = false;
  Time arrived = never;
  Time headTime = 0; ///< when the pipeline's head may leave
  // A packet alone in the tree is not moved step by step: it left its input or
  // was injected in cycle `alone`, and reaches the pipeline treeTime later
  // unless another packet comes.
  Time alone = never;
  Stage single;
  uint8_t origin = 0; ///< input that it came by, or `links`
  Fifo leaf[3], middle[2], root, injected;
  Inlet<maxBuffer> in[links];
  Stage pipe[maxStages];
  Outlet out[outputs];
  Counters counters;
  std::deque<Pending> pending;
  std::deque<Packet> dropped; ///< waiting for reinjection
  Time reinjectAt = never;

  /// Inputs that held a packet when the cycle began.
  uint32_t inputs(Time now) const {
    return filled & inputBits & ~(arrived == now ? arrivals : 0);
  }
};

struct Channel {
  Inlet<maxChannelBuffer> tx;
  Time filledAt = never; ///< cycle in which `tx` ceased to be empty
  struct Flight {
    uint32_t packet;
    Time arrives;
  };
  std::deque<Flight> flight; ///< on the way or waiting for the chip
  Time ready = 0;            ///< when the first of them may enter the chip
  uint32_t chip = 0, input = 0;
};

struct Trunk {
  Channel channels[trunkChannels];
  Time freeAt = 0;
  uint64_t packets = 0;
};

} // namespace

struct Network::Model {
  Model(const Topology &topology, const Parameters &parameters,
        const Routing &routing, Client &client);

  const Topology &topology;
  const Parameters p;
  const Routing &routing;
  Client &client;
  std::vector<Node> nodes;
  std::vector<Trunk> trunks;
  std::vector<Packet> pool;
  std::vector<uint32_t> spare;
  Time now = 0;

  // Visits by cycle: a ring of bit sets over chips, then trunks.
  static constexpr Time horizon = 512;
  size_t words;
  std::vector<uint64_t> visits;

  void visit(size_t who, Time time) {
    time = std::min(time, now + horizon - 1);
    visits[(time % horizon) * words + who / 64] |= uint64_t(1) << (who % 64);
  }
  uint32_t keep(const Packet &packet) {
    if (spare.empty()) {
      pool.push_back(packet);
      return static_cast<uint32_t>(pool.size() - 1);
    }
    const uint32_t index = spare.back();
    spare.pop_back();
    pool[index] = packet;
    return index;
  }
  Time linkTime(uint32_t packet) const {
    return pool[packet].hasPayload ? p.linkLong : p.linkShort;
  }
  Time channelTime(uint32_t packet) const {
    return pool[packet].hasPayload ? p.channelLong : p.channelShort;
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
  bool startAlone(uint32_t chip, Node &node, uint32_t packet, unsigned origin);
  bool startInput(uint32_t chip, Node &node, uint32_t inputs);
  void arbitrate(Node &node, uint32_t room, uint32_t inputs);
  void admit(uint32_t chip, Node &node, uint32_t room);
  void reinject(Node &node);
  void stepTrunk(uint32_t trunk);

  bool onTrunk(uint32_t chip, unsigned link) const {
    return p.boardLinks && topology.links[chip][link].trunk >= 0;
  }
  void arrive(uint32_t chip, unsigned input, uint32_t packet) {
    Node &node = nodes[chip];
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
  template <unsigned Capacity> uint32_t take(Inlet<Capacity> &inlet) {
    const uint32_t packet = inlet.queue.pop();
    inlet.popped = now;
    if (inlet.senderWaits) {
      inlet.senderWaits = false;
      visit(inlet.sender, now + 1);
    }
    return packet;
  }
};

Network::Model::Model(const Topology &topology, const Parameters &parameters,
                      const Routing &routing, Client &client)
    : topology(topology), p(parameters), routing(routing), client(client),
      nodes(topology.chips.size()), trunks(topology.trunks),
      words((nodes.size() + trunks.size() + 63) / 64), visits(horizon * words) {
  assert(p.pipelineStages >= 1 && p.pipelineStages <= maxStages);
  for (uint32_t chip = 0; chip < nodes.size(); ++chip) {
    nodes[chip].room = (1u << (rootBit + 1)) - 1;
    for (unsigned link = 0; link < links; ++link) {
      const Topology::Link &to = topology.links[chip][link];
      if (to.to < 0)
        continue;
      if (onTrunk(chip, link)) {
        Channel &channel = trunks[static_cast<size_t>(to.trunk)]
                               .channels[static_cast<size_t>(to.channel)];
        channel.tx.sender = chip;
        channel.chip = static_cast<uint32_t>(to.to);
        channel.input = inputOf[target::oppositeLink(link)];
        nodes[channel.chip].in[channel.input].sender =
            static_cast<uint32_t>(nodes.size()) +
            static_cast<uint32_t>(to.trunk);
      } else {
        nodes[static_cast<size_t>(to.to)]
            .in[inputOf[target::oppositeLink(link)]]
            .sender = chip;
      }
    }
  }
}

void Network::Model::drop(uint32_t chip, Node &node, uint32_t packet,
                          uint64_t &counter) {
  ++counter;
  client.dropped(chip, pool[packet], now);
  if (p.reinject && &counter == &node.counters.timedOut &&
      node.dropped.size() < p.reinjectQueue) {
    node.dropped.push_back(pool[packet]);
    if (node.reinjectAt == never)
      node.reinjectAt = (now / p.reinjectPeriod + 1) * p.reinjectPeriod;
  } else {
    ++node.counters.lost;
  }
  spare.push_back(packet);
}

/// Moves the links' heads to the next chip or FPGA.
void Network::Model::sendLinks(uint32_t chip, Node &node, Time &next) {
  for (uint32_t left = node.busy & target::linkBits; left; left &= left - 1) {
    const unsigned link = static_cast<unsigned>(std::countr_zero(left));
    Outlet &out = node.out[link];
    if (out.ready > now)
      continue;
    const Topology::Link &to = topology.links[chip][link];
    const bool trunk = onTrunk(chip, link);
    const unsigned input = inputOf[target::oppositeLink(link)];
    Channel *channel = trunk ? &trunks[static_cast<size_t>(to.trunk)]
                                    .channels[static_cast<size_t>(to.channel)]
                             : nullptr;
    // Room made in this very cycle can be used in the next.
    const auto blocked = [&](auto &inlet, unsigned room) {
      if (inlet.before(now) < room)
        return false;
      if (inlet.queue.count < room)
        next = now + 1;
      else
        inlet.senderWaits = true;
      return true;
    };
    if (trunk
            ? blocked(channel->tx, p.channelInput)
            : blocked(nodes[static_cast<size_t>(to.to)].in[input], p.linkInput))
      continue;
    const uint32_t index = out.queue.pop();
    node.full &= ~(1u << link);
    if (out.queue.count == 0)
      node.busy &= ~(1u << link);
    else
      out.ready = now + (trunk ? channelTime(out.queue.front())
                               : linkTime(out.queue.front()));
    ++node.counters.sent[link];
    Packet &packet = pool[index];
    packet.inLink = static_cast<int8_t>(target::oppositeLink(link));
    packet.hops += packet.emergency != 1;
    if (packet.emergency == 2) {
      // The detour is over: as if it had come by the link it was meant to.
      packet.inLink = static_cast<int8_t>((link + 2) % links);
      packet.emergency = 0;
    }
    if (!trunk) {
      arrive(static_cast<uint32_t>(to.to), input, index);
      continue;
    }
    if (channel->tx.queue.count == 0)
      channel->filledAt = now;
    channel->tx.queue.push(index);
    visit(nodes.size() + static_cast<size_t>(to.trunk), now + 1);
  }
}

void Network::Model::serveCores(uint32_t chip, Node &node) {
  for (uint32_t left = node.busy & ~target::linkBits; left; left &= left - 1) {
    const unsigned port = static_cast<unsigned>(std::countr_zero(left));
    Outlet &out = node.out[port];
    if (out.ready > now)
      continue;
    const uint32_t index = out.queue.pop();
    node.full &= ~(1u << port);
    if (out.queue.count == 0)
      node.busy &= ~(1u << port);
    else
      out.ready = now + p.coreCycles;
    ++node.counters.delivered;
    const Packet packet = pool[index];
    spare.push_back(index);
    client.delivered(chip, port - links, packet, now);
  }
}

void Network::Model::forward(uint32_t chip, Node &node, const Stage &head,
                             uint32_t mask, uint32_t detours) {
  ++node.counters.routed;
  bool first = true;
  for (uint32_t left = mask; left; left &= left - 1) {
    const unsigned port = static_cast<unsigned>(std::countr_zero(left));
    const uint32_t index =
        first ? head.packet : keep(Packet(pool[head.packet]));
    first = false;
    Outlet &out = node.out[port];
    if (port < links) {
      // A packet on its first leg turns here; its second leg ends the detour.
      uint8_t &emergency = pool[index].emergency;
      emergency = detours >> port & 1 ? 1 : emergency == 1 ? 2 : 0;
      node.counters.detoured += emergency == 1;
    }
    if (out.queue.count == 0) {
      node.busy |= 1u << port;
      out.ready = now + (port >= links         ? p.coreCycles
                         : onTrunk(chip, port) ? channelTime(index)
                                               : linkTime(index));
    }
    out.queue.push(index);
    if (out.queue.count >= (port < links ? p.linkOutput : p.coreBuffer))
      node.full |= 1u << port;
  }
}

/// The links that a waiting packet leaves by instead, 0 if it cannot: every
/// blocked output must be a link whose next link clockwise is neither blocked
/// nor wanted by the packet. `first` gets the links of first legs.
uint32_t Network::Model::detour(const Node &node, const Stage &head,
                                uint32_t &first) const {
  first = 0;
  if (!p.emergency || pool[head.packet].emergency == 1)
    return 0;
  for (uint32_t left = head.outputs & node.full; left; left &= left - 1) {
    const unsigned port = static_cast<unsigned>(std::countr_zero(left));
    if (port >= links)
      return 0;
    const uint32_t instead = 1u << ((port + 5) % links);
    if ((node.full | head.outputs | first) & instead)
      return 0;
    first |= instead;
  }
  return (head.outputs & ~node.full) | first;
}

/// True when the pipeline's head left or was dropped. `node.full` must be the
/// state at the start of the cycle.
bool Network::Model::leavePipeline(uint32_t chip, Node &node) {
  if (node.stages == 0 || node.headTime > now)
    return false;
  const Stage head = node.pipe[node.firstStage];
  const Time waited = now - node.headTime;
  uint32_t detours = 0;
  if (!(head.outputs & node.full)) {
    node.counters.blockedCycles += waited;
    forward(chip, node, head, head.outputs, 0);
  } else if (waited < p.wait1) {
    return false;
  } else if (const uint32_t mask = detour(node, head, detours); mask) {
    node.counters.blockedCycles += waited;
    forward(chip, node, head, mask, detours);
  } else if (p.emergency && pool[head.packet].emergency != 1 &&
             waited < p.wait1 + p.wait2) {
    return false;
  } else {
    node.counters.blockedCycles += waited;
    drop(chip, node, head.packet, node.counters.timedOut);
  }
  node.firstStage = (node.firstStage + 1) % maxStages;
  if (--node.stages)
    node.headTime = std::max(now + 1, node.pipe[node.firstStage].entered +
                                          p.pipelineStages);
  return true;
}

uint32_t Network::Model::routeOf(uint32_t chip, uint32_t index) const {
  const Packet &packet = pool[index];
  // On the first leg of a detour, E is reached by S and then NE, and so on.
  uint32_t mask =
      packet.emergency == 1
          ? 1u << ((static_cast<unsigned>(packet.inLink) + 5) % links)
          : routing.route(chip, packet);
  for (unsigned link = 0; link < links; ++link)
    if (topology.links[chip][link].to < 0)
      mask &= ~(1u << link);
  return mask;
}

void Network::Model::push(Node &node, const Stage &stage) {
  if (node.stages == 0)
    node.headTime = stage.entered + p.pipelineStages;
  node.pipe[(node.firstStage + node.stages++) % maxStages] = stage;
}

void Network::Model::enter(uint32_t chip, Node &node) {
  const uint32_t index = node.root.pop();
  node.room |= 1u << rootBit;
  if (node.root.count == 0)
    node.filled &= ~(1u << rootBit);
  const uint32_t mask = routeOf(chip, index);
  if (mask == 0)
    drop(chip, node, index, node.counters.unrouted);
  else
    push(node, {index, mask, now});
}

/// Takes note of where the packet that was alone in the tree has got to; with
/// `company` it is put into the buffer that it stands in.
void Network::Model::settle(Node &node, bool company) {
  const Time since = now - node.alone;
  if (since <= treeTime && !company)
    return;
  // The arbiters that it passed serve their other input next.
  const bool upper = node.origin > 3;
  if (since + 1 >= treeTime)
    serve(node, upper ? 2 : 1, node.origin == links || node.origin / 2 == 1);
  if (since >= treeTime)
    serve(node, 0, upper);
  if (since > treeTime) {
    node.single.entered = node.alone + treeTime;
    push(node, node.single);
  } else {
    // One cycle after its start it stands behind the first arbiter.
    const unsigned leaf = node.origin / 2;
    const bool local = node.origin == links;
    if (since == treeTime)
      put(node, node.root, rootBit, p.rootBuffer, node.single.packet);
    else if (since + 1 == treeTime)
      put(node, node.middle[upper], middleBit + upper, p.middleBuffer,
          node.single.packet);
    else if (local)
      put(node, node.injected, injectBit, p.injectBuffer, node.single.packet);
    else
      put(node, node.leaf[leaf], leafBit + leaf, p.leafBuffer,
          node.single.packet);
  }
  node.alone = never;
}

/// Sends a packet through the empty tree; false if nothing routes it.
bool Network::Model::startAlone(uint32_t chip, Node &node, uint32_t packet,
                                unsigned origin) {
  const uint32_t mask = routeOf(chip, packet);
  if (mask == 0)
    return false;
  node.alone = now;
  node.single = {packet, mask, 0};
  node.origin = static_cast<uint8_t>(origin);
  if (origin < links)
    serve(node, 3 + origin / 2, origin & 1);
  return true;
}

/// Dropped packets go in front of the queue of local packets, while the
/// pipeline is empty.
void Network::Model::reinject(Node &node) {
  if (node.reinjectAt <= now) {
    node.reinjecting = true;
    node.reinjectAt = now + p.reinjectPeriod;
  }
  if (node.dropped.empty()) {
    node.reinjecting = false;
    node.reinjectAt = never;
  } else if (node.stages > 0) {
    node.reinjecting = false;
  }
}

/// Starts the only packet of all inputs; false if it must go step by step.
bool Network::Model::startInput(uint32_t chip, Node &node, uint32_t inputs) {
  const unsigned input = static_cast<unsigned>(std::countr_zero(inputs));
  if (!startAlone(chip, node, node.in[input].queue.front(), input))
    return false;
  takeInput(node, input);
  return true;
}

/// Moves packets through the arbiters, from the root back to the inputs.
/// `room` is the state at the start of the cycle.
void Network::Model::arbitrate(Node &node, uint32_t room, uint32_t inputs) {
  const auto take = [&](Fifo &from, unsigned bit) {
    const uint32_t packet = from.pop();
    node.room |= 1u << bit;
    if (from.count == 0)
      node.filled &= ~(1u << bit);
    return packet;
  };
  // Which of an arbiter's inputs it serves: 0, 1, or -1 for none.
  const auto choose = [&](unsigned arbiter, unsigned toBit, uint32_t first,
                          uint32_t second) {
    if (!(room >> toBit & 1) || !(first | second))
      return -1;
    const bool useSecond = second && (!first || (node.turn >> arbiter & 1));
    serve(node, arbiter, useSecond);
    return useSecond ? 1 : 0;
  };
  const uint32_t filled = node.filled;
  if (const int from = choose(0, rootBit, filled >> middleBit & 1,
                              filled >> (middleBit + 1) & 1);
      from >= 0)
    put(node, node.root, rootBit, p.rootBuffer,
        take(node.middle[from], middleBit + static_cast<unsigned>(from)));
  if (const int from = choose(1, middleBit, filled >> leafBit & 1,
                              filled >> (leafBit + 1) & 1);
      from >= 0)
    put(node, node.middle[0], middleBit, p.middleBuffer,
        take(node.leaf[from], leafBit + static_cast<unsigned>(from)));
  if (const int from = choose(2, middleBit + 1, filled >> (leafBit + 2) & 1,
                              filled >> injectBit & 1);
      from >= 0)
    put(node, node.middle[1], middleBit + 1, p.middleBuffer,
        from ? take(node.injected, injectBit)
             : take(node.leaf[2], leafBit + 2));
  for (unsigned leaf = 0; inputs >> (2 * leaf); ++leaf)
    if (const int from =
            choose(3 + leaf, leafBit + leaf, inputs >> (2 * leaf) & 1,
                   inputs >> (2 * leaf + 1) & 1);
        from >= 0)
      put(node, node.leaf[leaf], leafBit + leaf, p.leafBuffer,
          takeInput(node, 2 * leaf + static_cast<unsigned>(from)));
}

/// Lets the first waiting packet of the chip's cores in. `room` is the state at
/// the start of the cycle.
void Network::Model::admit(uint32_t chip, Node &node, uint32_t room) {
  if (!(room >> injectBit & 1))
    return;
  const bool again = node.reinjecting && !node.dropped.empty();
  if (!again && (node.pending.empty() || node.pending.front().time > now))
    return;
  Packet packet = again ? node.dropped.front() : node.pending.front().packet;
  if (again) {
    node.dropped.pop_front();
    ++node.counters.reinjected;
  } else {
    node.pending.pop_front();
    packet.injected = now;
    packet.source = chip;
    ++node.counters.injected;
  }
  const uint32_t index = keep(packet);
  if (node.alone != never || (node.filled & (treeBits | inputBits)) ||
      node.stages >= p.pipelineStages || !startAlone(chip, node, index, links))
    put(node, node.injected, injectBit, p.injectBuffer, index);
  if (!again)
    client.accepted(chip, packet, now);
}

void Network::Model::stepNode(uint32_t chip) {
  Node &node = nodes[chip];
  Time next = never;
  const uint32_t inputs = node.inputs(now);
  if (node.alone != never)
    settle(node,
           inputs || (node.filled & treeBits) || node.reinjecting ||
               (!node.pending.empty() && node.pending.front().time <= now));
  const uint32_t room = node.room;
  const uint32_t full = node.full;
  const bool rootFilled = node.root.count > 0;
  const bool pipeRoom = node.stages < p.pipelineStages;

  if (node.busy) {
    sendLinks(chip, node, next);
    if (node.busy & ~target::linkBits)
      serveCores(chip, node);
  }
  bool left = false;
  if (node.stages && node.headTime <= now) {
    // The router sees the outputs as they were when the cycle began.
    const uint32_t freed = full & ~node.full;
    node.full |= freed;
    left = leavePipeline(chip, node);
    node.full &= ~freed;
  }
  if (inputs | (node.filled & treeBits)) {
    if (rootFilled && (pipeRoom || left))
      enter(chip, node);
    if (!(node.filled & treeBits) && std::has_single_bit(inputs) &&
        node.stages < p.pipelineStages && startInput(chip, node, inputs))
      ; // alone in the tree
    else
      arbitrate(node, room, inputs);
  }
  if (p.reinject && (!node.dropped.empty() || node.reinjecting))
    reinject(node);
  admit(chip, node, room);

  // When this chip can next do something on its own.
  const uint32_t filled = node.filled;
  if (filled & (treeBits | inputBits)) {
    const auto can = [&](unsigned from, unsigned to) {
      return (filled >> from & 1) && (node.room >> to & 1);
    };
    uint32_t leaves = 0;
    for (unsigned leaf = 0; leaf < 3; ++leaf)
      leaves |=
          (filled >> (2 * leaf) & 3) && (node.room >> (leafBit + leaf) & 1);
    if (leaves || can(middleBit, rootBit) || can(middleBit + 1, rootBit) ||
        can(leafBit, middleBit) || can(leafBit + 1, middleBit) ||
        can(leafBit + 2, middleBit + 1) || can(injectBit, middleBit + 1) ||
        (node.root.count > 0 && node.stages < p.pipelineStages)) {
      visit(chip, now + 1);
      return;
    }
  }
  for (uint32_t busy = node.busy; busy; busy &= busy - 1) {
    const Time ready = node.out[std::countr_zero(busy)].ready;
    if (ready > now)
      next = std::min(next, ready);
  }
  if (node.stages) {
    const uint32_t mask = node.pipe[node.firstStage].outputs;
    if (!(mask & node.full))
      next = std::min(next, std::max(node.headTime, now + 1));
    else
      next = std::min(next, std::max(node.headTime + p.wait1, now + 1));
  } else if (node.alone != never) {
    next = std::min(next, node.alone + treeTime + p.pipelineStages);
  }
  if (node.room >> injectBit & 1) {
    if (!node.pending.empty())
      next = std::min(next, std::max(node.pending.front().time, now + 1));
    if (node.reinjecting)
      next = now + 1;
  }
  if (node.reinjectAt != never)
    next = std::min(next, std::max(node.reinjectAt, now + 1));
  if (next != never)
    visit(chip, next);
}

void Network::Model::stepTrunk(uint32_t index) {
  Trunk &trunk = trunks[index];
  const size_t self = nodes.size() + index;
  Time next = never;
  // Credits at the start of the cycle.
  uint32_t credit = 0;
  for (unsigned c = 0; c < trunkChannels; ++c)
    credit |= uint32_t(trunk.channels[c].flight.size() < p.channelCredit) << c;
  for (Channel &channel : trunk.channels) {
    if (channel.flight.empty())
      continue;
    if (channel.ready > now) {
      next = std::min(next, channel.ready);
      continue;
    }
    Inlet<maxBuffer> &inlet = nodes[channel.chip].in[channel.input];
    if (inlet.before(now) >= p.linkInput) {
      if (inlet.queue.count < p.linkInput)
        next = now + 1;
      else
        inlet.senderWaits = true;
      continue;
    }
    arrive(channel.chip, channel.input, channel.flight.front().packet);
    channel.flight.pop_front();
    if (!channel.flight.empty()) {
      channel.ready = std::max(now, channel.flight.front().arrives) +
                      channelTime(channel.flight.front().packet);
      next = std::min(next, channel.ready);
    }
  }
  uint32_t willing = 0;
  for (unsigned c = 0; c < trunkChannels; ++c)
    willing |= uint32_t(trunk.channels[c].tx.queue.count > 0 &&
                        trunk.channels[c].filledAt != now)
               << c;
  willing = p.sharedCredit && credit != (1u << trunkChannels) - 1
                ? 0
                : willing & credit;
  if (willing && trunk.freeAt <= now) {
    // A frame: one packet of every channel that has one.
    Time length = p.frameCycles;
    uint32_t packets[trunkChannels];
    for (uint32_t left = willing; left; left &= left - 1) {
      const unsigned c = static_cast<unsigned>(std::countr_zero(left));
      packets[c] = take(trunk.channels[c].tx);
      length += pool[packets[c]].hasPayload ? p.trunkLong : p.trunkShort;
      ++trunk.packets;
    }
    trunk.freeAt = now + length;
    const Time arrives = trunk.freeAt + p.trunkLatency;
    for (uint32_t left = willing; left; left &= left - 1) {
      const unsigned c = static_cast<unsigned>(std::countr_zero(left));
      Channel &channel = trunk.channels[c];
      if (channel.flight.empty()) {
        channel.ready = arrives + channelTime(packets[c]);
        next = std::min(next, channel.ready);
      }
      channel.flight.push_back({packets[c], arrives});
    }
  }
  // A frame that lacks credit waits for a packet to reach its chip, which is
  // a visit of its own.
  credit = 0;
  uint32_t waiting = 0;
  for (unsigned c = 0; c < trunkChannels; ++c) {
    const Channel &channel = trunk.channels[c];
    credit |= uint32_t(channel.flight.size() < p.channelCredit) << c;
    waiting |= uint32_t(channel.tx.queue.count > 0) << c;
  }
  if (p.sharedCredit ? waiting && credit == (1u << trunkChannels) - 1
                     : (waiting & credit) != 0)
    next = std::min(next, std::max(trunk.freeAt, now + 1));
  if (next != never)
    visit(self, next);
}

Network::Network(const Topology &topology, const Parameters &parameters,
                 const Routing &routing, Client &client)
    : model(std::make_unique<Model>(topology, parameters, routing, client)) {}

Network::~Network() = default;

void Network::inject(uint32_t chip, const Packet &packet, Time time) {
  Node &node = model->nodes[chip];
  if (!node.pending.empty())
    time = std::max(time, node.pending.back().time);
  node.pending.push_back({packet, time});
  if (node.pending.size() == 1)
    model->visit(chip, std::max(time, model->now));
}

size_t Network::waiting(uint32_t chip) const {
  return model->nodes[chip].pending.size();
}

void Network::advance(Time time) {
  Model &m = *model;
  for (; m.now < time; ++m.now) {
    uint64_t *row = &m.visits[(m.now % Model::horizon) * m.words];
    for (size_t w = 0; w < m.words; ++w)
      while (row[w]) {
        const size_t who =
            w * 64 + static_cast<size_t>(std::countr_zero(row[w]));
        row[w] &= row[w] - 1;
        if (who < m.nodes.size())
          m.stepNode(static_cast<uint32_t>(who));
        else
          m.stepTrunk(static_cast<uint32_t>(who - m.nodes.size()));
      }
  }
}

Time Network::now() const { return model->now; }

const Counters &Network::counters(uint32_t chip) const {
  return model->nodes[chip].counters;
}

uint64_t Network::trunkPackets(unsigned trunk) const {
  return model->trunks[trunk].packets;
}

size_t Network::inside() const {
  return model->pool.size() - model->spare.size();
}
