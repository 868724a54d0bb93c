#include "hw-models/spin/noc/NetworkModel.h"

#include <cassert>

using namespace limen;
using namespace limen::spin::noc;
using namespace limen::spin::noc::model;

Network::Model::Model(const Topology &topology, const Parameters &parameters,
                      const Routing &routing, Client &client)
    : topology(topology), p(parameters), routing(routing), client(client),
      nodes(topology.chips.size()), trunks(topology.trunks),
      cores(nodes.size() * (outputs - links)),
      words((nodes.size() + trunks.size() + 63) / 64), visits(horizon * words) {
  assert(p.pipelineStages >= 1 && p.pipelineStages <= maxStages);
  const auto count = static_cast<uint32_t>(nodes.size());
  for (uint32_t chip = 0; chip < count; ++chip) {
    Node &node = nodes.data()[chip];
    node.room = (1u << (rootBit + 1)) - 1;
    node.ports = ((1u << outputs) - 1) & ~target::linkBits;
    for (unsigned link = 0; link < links; ++link) {
      const Topology::Link &to = topology.links[chip][link];
      if (to.to < 0)
        continue;
      const auto next = static_cast<uint32_t>(to.to);
      const unsigned input = inputOf[target::oppositeLink(link)];
      node.ports |= 1u << link;
      if (!p.boardLinks || to.trunk < 0) {
        node.link[link].wire = {next, static_cast<uint8_t>(input), 0, false};
        nodes.data()[next].in[input].sender = chip;
        nodes.data()[next].in[input].senderLink = static_cast<uint8_t>(link);
        continue;
      }
      const auto trunk = static_cast<uint32_t>(to.trunk);
      node.link[link].wire = {trunk, static_cast<uint8_t>(input),
                              static_cast<uint8_t>(to.channel), true};
      Channel &channel =
          trunks[trunk].channels[static_cast<size_t>(to.channel)];
      channel.tx.sender = chip;
      channel.tx.senderLink = static_cast<uint8_t>(link);
      channel.chip = next;
      channel.input = input;
      nodes.data()[next].in[input].sender = count + trunk;
      nodes.data()[next].in[input].senderLink =
          static_cast<uint8_t>(to.channel);
    }
  }
}

void Network::Model::drop(uint32_t chip, Node &node, uint32_t packet,
                          uint64_t &counter) {
  ++counter;
  client.dropped(chip, pool.data()[packet], now);
  if (p.reinject && &counter == &node.counters.timedOut &&
      node.dropped.size() < p.reinjectQueue) {
    node.dropped.push_back(pool.data()[packet]);
    if (node.reinjectAt == never)
      node.reinjectAt = (now / p.reinjectPeriod + 1) * p.reinjectPeriod;
  } else {
    ++node.counters.lost;
  }
  spare.push_back(packet);
}

/// Moves the links' heads to the next chip or FPGA.
void Network::Model::sendLinks(uint32_t chip, Node &node, Time &next) {
  uint32_t due = 0;
  for (unsigned link = 0; link < links; ++link)
    due |= uint32_t(node.ready[link] <= now) << link;
  for (; due; due &= due - 1) {
    const unsigned link = static_cast<unsigned>(std::countr_zero(due));
    Outlet &out = node.link[link];
    const Wire wire = out.wire;
    Channel *channel =
        wire.trunk ? &trunks[wire.to].channels[wire.channel] : nullptr;
    // Room made in this very cycle can be used in the next.
    const auto blocked = [&](auto &inlet, unsigned room) {
      if (inlet.before(now) < room)
        return false;
      if (inlet.queue.count < room) {
        next = now + 1;
      } else {
        inlet.senderWaits = true;
        node.ready[link] = never;
      }
      return true;
    };
    if (channel ? blocked(channel->tx, p.channelInput)
                : blocked(nodes.data()[wire.to].in[wire.input], p.linkInput))
      continue;
    const uint32_t index = out.queue.pop();
    node.full &= ~(1u << link);
    if (out.queue.count == 0)
      node.busy &= ~(1u << link);
    node.ready[link] =
        out.queue.count == 0 ? never : now + wireTime(wire, out.queue.front());
    ++node.counters.sent[link];
    Packet &packet = pool.data()[index];
    packet.inLink = static_cast<int8_t>(target::oppositeLink(link));
    packet.hops += packet.emergency != 1;
    if (packet.emergency == 2) {
      // The detour is over: as if it had come by the link it was meant to.
      packet.inLink = static_cast<int8_t>((link + 2) % links);
      packet.emergency = 0;
    }
    if (!channel) {
      arrive(wire.to, wire.input, index);
      continue;
    }
    if (channel->tx.queue.count == 0)
      channel->filledAt = now;
    trunks[wire.to].waiting |= 1u << wire.channel;
    channel->tx.queue.push(index);
    visit(nodes.size() + wire.to, now + 1);
  }
}

void Network::Model::serveCores(uint32_t chip, Node &node) {
  for (uint32_t left = node.busy & ~target::linkBits; left; left &= left - 1) {
    const unsigned port = static_cast<unsigned>(std::countr_zero(left));
    Outlet &out = outlet(chip, node, port);
    if (out.ready > now)
      continue;
    const uint32_t index = out.queue.pop();
    node.full &= ~(1u << port);
    if (out.queue.count == 0)
      node.busy &= ~(1u << port);
    else
      out.ready = now + p.coreCycles;
    ++node.counters.delivered;
    const Packet packet = pool.data()[index];
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
        first ? head.packet : keep(Packet(pool.data()[head.packet]));
    first = false;
    Outlet &out = outlet(chip, node, port);
    if (port < links) {
      // A packet on its first leg turns here; its second leg ends the detour.
      uint8_t &emergency = pool.data()[index].emergency;
      emergency = detours >> port & 1 ? 1 : emergency == 1 ? 2 : 0;
      node.counters.detoured += emergency == 1;
    }
    if (out.queue.count == 0) {
      node.busy |= 1u << port;
      (port < links ? node.ready[port] : out.ready) =
          now + (port >= links ? p.coreCycles : wireTime(out.wire, index));
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
  if (!p.emergency || pool.data()[head.packet].emergency == 1)
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
  } else if (p.emergency && pool.data()[head.packet].emergency != 1 &&
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
  else
    node.firstStage = 0;
  return true;
}

uint32_t Network::Model::routeOf(uint32_t chip, uint32_t index) const {
  const Packet &packet = pool.data()[index];
  // On the first leg of a detour, E is reached by S and then NE, and so on.
  uint32_t mask =
      packet.emergency == 1
          ? 1u << ((static_cast<unsigned>(packet.inLink) + 5) % links)
          : routing.route(chip, packet);
  return mask & nodes.data()[chip].ports;
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
  if (since == 0) { // it is still in its input, where it is not alone
    node.in[node.origin].queue.push(node.single.packet);
    node.filled |= 1u << node.origin;
    node.alone = never;
    return;
  }
  // The arbiters that it passed serve their other input next.
  if (node.origin < links)
    serve(node, 3 + node.origin / 2, node.origin & 1);
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

/// Sends a packet through the empty tree from cycle `time` on; false if nothing
/// routes it.
bool Network::Model::startAlone(uint32_t chip, Node &node, uint32_t packet,
                                unsigned origin, Time time) {
  const uint32_t mask = routeOf(chip, packet);
  if (mask == 0)
    return false;
  node.alone = time;
  node.single = {packet, mask, 0};
  node.origin = static_cast<uint8_t>(origin);
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
  if (!startAlone(chip, node, node.in[input].queue.front(), input, now))
    return false;
  takeInput(node, input);
  return true;
}

/// Whether some arbiter has a packet at an input and room behind it.
static bool canMove(uint32_t filled, uint32_t room) {
  const uint32_t pairs = filled | filled >> 1;
  const uint32_t leaves =
      ((pairs & 1) | (pairs >> 1 & 2) | (pairs >> 2 & 4)) & room >> leafBit;
  const auto both = [&](uint32_t from, unsigned to) {
    return (filled & from) && (room >> to & 1);
  };
  return leaves || both(3u << middleBit, rootBit) ||
         both(3u << leafBit, middleBit) ||
         both(1u << (leafBit + 2) | 1u << injectBit, middleBit + 1);
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
  if (!again && node.offered > now)
    return;
  Packet packet = again ? node.dropped.front() : node.pending.front().packet;
  if (again) {
    node.dropped.pop_front();
    ++node.counters.reinjected;
  } else {
    node.pending.pop_front();
    node.offered = node.pending.empty() ? never : node.pending.front().time;
    packet.injected = now;
    packet.source = chip;
    ++node.counters.injected;
  }
  const uint32_t index = keep(packet);
  if (node.alone != never || (node.filled & (treeBits | inputBits)) ||
      node.stages >= p.pipelineStages ||
      !startAlone(chip, node, index, links, now))
    put(node, node.injected, injectBit, p.injectBuffer, index);
  if (!again)
    client.accepted(chip, packet, now);
}

// All of a visit in one function: 9 % faster.
[[gnu::flatten]] void Network::Model::stepNode(uint32_t chip) {
  Node &node = nodes.data()[chip];
  Time next = never;
  uint32_t inputs = node.inputs(now);
  if (node.alone <= now) {
    settle(node, inputs || (node.filled & treeBits) || node.reinjecting ||
                     node.offered <= now);
    inputs = node.inputs(now);
  }
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
        node.alone == never && node.stages < p.pipelineStages &&
        startInput(chip, node, inputs))
      ; // alone in the tree
    else if (canMove((node.filled & treeBits) | inputs, room))
      arbitrate(node, room, inputs);
  }
  if (p.reinject && (!node.dropped.empty() || node.reinjecting))
    reinject(node);
  admit(chip, node, room);

  // When this chip can next do something on its own.
  if (node.filled &&
      (canMove(node.filled, node.room) ||
       (node.root.count > 0 && node.stages < p.pipelineStages))) {
    visit(chip, now + 1);
    return;
  }
  if (node.busy & target::linkBits) {
    Time soonest = never;
    for (const Time ready : node.ready)
      soonest = std::min(soonest, ready);
    next = std::min(next, std::max(soonest, now + 1));
  }
  for (uint32_t busy = node.busy & ~target::linkBits; busy; busy &= busy - 1)
    next = std::min(
        next, outlet(chip, node, static_cast<unsigned>(std::countr_zero(busy)))
                  .ready);
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
    if (node.offered != never)
      next = std::min(next, std::max(node.offered, now + 1));
    if (node.reinjecting)
      next = now + 1;
  }
  if (node.reinjectAt != never)
    next = std::min(next, std::max(node.reinjectAt, now + 1));
  if (next != never)
    visit(chip, next);
}

Network::Network(const Topology &topology, const Parameters &parameters,
                 const Routing &routing, Client &client)
    : model(std::make_unique<Model>(topology, parameters, routing, client)) {}

Network::~Network() = default;

void Network::inject(uint32_t chip, const Packet &packet, Time time) {
  Node &node = model->nodes[chip];
  // What is decided in a cycle enters in the next.
  time = std::max(time, model->now + (model->running ? 1 : 0));
  if (!node.pending.empty())
    time = std::max(time, node.pending.back().time);
  node.pending.push_back({packet, time});
  if (node.pending.size() == 1) {
    node.offered = time;
    model->visit(chip, time);
  }
}

size_t Network::waiting(uint32_t chip) const {
  return model->nodes[chip].pending.size();
}

void Network::advance(Time time) {
  Model &m = *model;
  m.running = true;
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
  m.running = false;
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
