#include "hw-models/spin/noc/NetworkModel.h"

#include <cassert>
#include <numeric>

using namespace limen;
using namespace limen::spin::noc;
using namespace limen::spin::noc::model;

Network::Model::Model(const Topology &topology, const Parameters &parameters,
                      const Routing &routing, Client &client)
    : topology(topology), p(parameters), routing(routing), client(client),
      chips(topology.chips.size()), trees(chips),
      moves{List(chips), List(chips), List(chips),
            List(chips), List(chips), List(chips)},
      enters(chips), admits(chips), nodes(chips),
      coreSlots(chips * localPorts * p.coreBuffer),
      coreHeld(chips * localPorts), ports(chips), wires(chips * linkStep),
      senderOf(chips * links), edges(chips), counters(chips),
      trunks(topology.trunks),
      freed(chips * links + topology.trunks * trunkChannels),
      words((chips + topology.trunks + 63) / 64), visits(horizon * words) {
  assert(p.pipelineStages >= 1 && p.pipelineStages <= maxStages);
  const auto size = [&](unsigned from, unsigned to, unsigned packets) {
    assert(packets >= 1 && packets <= maxBuffer);
    for (unsigned buffer = from; buffer < to; ++buffer)
      capacity[buffer] = static_cast<uint16_t>(packets);
  };
  size(Root, Middle, p.rootBuffer);
  size(Middle, Leaf, p.middleBuffer);
  size(Leaf, Injection, p.leafBuffer);
  size(Injection, Input, p.injectBuffer);
  size(Input, Buffers, p.linkInput);
  linkTimes[0] = p.linkShort;
  linkTimes[1] = p.linkLong;
  linkTimes[2] = p.channelShort;
  linkTimes[3] = p.channelLong;

  for (uint32_t chip = 0; chip < chips; ++chip) {
    ports[chip] = outputBits & ~target::linkBits;
    for (unsigned link = 0; link < links; ++link) {
      const Topology::Link &to = topology.links[chip][link];
      if (to.to < 0)
        continue;
      ports[chip] |= 1u << link;
      const unsigned from = target::oppositeLink(link);
      const auto number = static_cast<uint32_t>(chip * linkStep + link);
      Wire &wire = wires[number];
      wire.to = wire.chip = static_cast<uint32_t>(to.to);
      wire.input = static_cast<uint8_t>(inputOf[from]);
      uint32_t &sender = senderOf[(inputOf[from] - Input) * chips + wire.chip];
      sender = number;
      if (!p.boardLinks || to.trunk < 0)
        continue;
      wire.trunk = true;
      nodes[chip].board |= 1u << link;
      wire.to = static_cast<uint32_t>(to.trunk);
      wire.channel = static_cast<uint8_t>(to.channel);
      sender = static_cast<uint32_t>(chips * linkStep) +
               wire.to * trunkChannels + wire.channel;
      Channel &channel = trunks[wire.to].channels[wire.channel];
      channel.sender = number;
      channel.chip = wire.chip;
      channel.input = inputOf[from];
    }
  }
}

/// Routes a packet on its way to, or at, a chip.
uint32_t Network::Model::routed(size_t chip, uint32_t index) {
  const Packet &packet = pool.data()[index];
  uint32_t mask = packet.secondLeg();
  if (packet.detour != Detour::First)
    mask |= routing.route(static_cast<uint32_t>(chip), packet);
  routes.data()[index] =
      (mask & ports[chip]) | (packet.hasPayload ? longBit : 0);
  return index;
}

void Network::Model::startTimers() {
  for (auto &timers : linkTimers)
    for (; timers.due(now); timers.pop()) {
      const uint32_t link = timers.front().who;
      Node &node = nodes[link / linkStep];
      const uint32_t bit = 1u << link % linkStep;
      node.ready |= bit;
      if (node.linkRoom & bit) {
        __builtin_prefetch(&pool.data()[node.queue[0][link % linkStep]], 1);
        sending.push_back(link);
      }
    }
  for (; pipeTimers.due(now); pipeTimers.pop()) {
    // Others are seen when they become the first.
    const uint32_t chip = pipeTimers.front().who;
    if (nodes[chip].head().entered + p.pipelineStages == now)
      readyHead(chip);
  }
  working.swap(nextHeads);
  for (const uint32_t chip : working)
    readyHead(chip);
  working.clear();
  if (waitingToReinject && now % p.reinjectPeriod == 0)
    for (size_t chip = 0; chip < chips; ++chip)
      if (!edges[chip].dropped.empty()) {
        nodes[chip].reinjecting = true;
        admitNow(chip);
      }
}

/// Local packets that may enter from now on, and trunks to step.
void Network::Model::startVisits() {
  const Time row = now % horizon;
  if (!(visited[row / 64] >> (row % 64) & 1))
    return;
  visited[row / 64] &= ~(uint64_t(1) << (row % 64));
  for (size_t w = 0; w < words; ++w)
    forEachBit(std::exchange(visits[row * words + w], 0), [&](unsigned k) {
      const size_t who = w * 64 + k;
      if (who >= chips)
        dueTrunks.push_back(static_cast<uint32_t>(who - chips));
      else if (const Time time = edges[who].pending.front().time; time > now)
        visit(who, time);
      else {
        nodes[who].offered = true;
        admitNow(who);
      }
    });
}

static constexpr int8_t opposite[links] = {3, 4, 5, 0, 1, 2};

/// Moves the head of a link to the next chip or FPGA, which has room.
void Network::Model::send(size_t number) {
  const size_t chip = number / linkStep;
  const auto link = static_cast<unsigned>(number % linkStep);
  Node &node = nodes[chip];
  const uint32_t index = node.queue[0][link];
  node.ready &= ~(1u << link);
  if (const unsigned left = --node.queued[link]) {
    for (unsigned k = 0; k < left; ++k)
      node.queue[k][link] = node.queue[k + 1][link];
    startLink(number, node, node.queue[0][link]);
  }
  outputFreed(chip, node, link);
  ++counters[chip].sent.data()[link];
  Packet &packet = pool.data()[index];
  packet.inLink = opposite[link];
  packet.hops += packet.detour != Detour::First;
  if (packet.detour == Detour::Second) {
    // The detour is over: as if it had come by the link it was meant to.
    packet.inLink = static_cast<int8_t>((link + 2) % links);
    packet.detour = Detour::None;
  }
  const Wire &wire = wires[number];
  routed(wire.chip, index);
  bool full = false;
  if (wire.trunk) {
    Trunk &trunk = trunks[wire.to];
    trunk.waiting |= 1u << wire.channel;
    trunk.channels[wire.channel].tx.push(index);
    full = trunk.channels[wire.channel].tx.count >= p.channelInput;
    visit(chips + wire.to, now + 1);
  } else {
    full = arrive(wire.chip, wire.input, index);
  }
  if (full)
    node.linkRoom &= ~(1u << link);
}

void Network::Model::serveCores() {
  for (; coreTimers.due(now); coreTimers.pop()) {
    const uint32_t core = coreTimers.front().who;
    const uint32_t chip = core / localPorts, port = core % localPorts;
    uint32_t *const first = &coreSlots[size_t(core) * p.coreBuffer];
    const uint32_t index = *first;
    for (unsigned k = 1; k < p.coreBuffer; ++k)
      first[k - 1] = first[k];
    if (--coreHeld[core])
      coreTimers.push(now + p.coreCycles, core);
    outputFreed(chip, nodes[chip], links + port);
    ++counters[chip].delivered;
    const Packet packet = pool.data()[index];
    spare.push_back(index);
    client.delivered(chip, port, packet, now);
  }
}

/// Senders see in the next cycle what room was made in this one.
void Network::Model::release() {
  const auto first = static_cast<uint32_t>(chips * linkStep);
  for (size_t k = 0; k < freedCount; ++k)
    if (const uint32_t sender = freed[k]; sender < first) {
      Node &node = nodes[sender / linkStep];
      const uint32_t bit = 1u << sender % linkStep;
      node.linkRoom |= bit;
      if (node.ready & bit) {
        __builtin_prefetch(&pool.data()[node.queue[0][sender % linkStep]], 1);
        sending.push_back(sender);
      }
    } else {
      const uint32_t trunk = (sender - first) / trunkChannels;
      trunks[trunk].room |= 1u << (sender - first) % trunkChannels;
      visit(chips + trunk, now + 1);
    }
  freedCount = 0;
}

// All of a cycle in one function.
[[gnu::flatten]] void Network::Model::cycle() {
  for (List &list : moves)
    list.turn();
  enters.turn();
  admits.turn();
  startTimers();
  startVisits();
  timeOut();
  // Links and cores free outputs for the next cycle.
  working.swap(leaving);
  for (const uint32_t chip : working)
    leave(chip);
  working.clear();
  moveAll();
  for (const uint32_t trunk : dueTrunks)
    stepTrunk(trunk);
  dueTrunks.clear();
  for (const uint32_t link : sending)
    send(link);
  sending.clear();
  serveCores();
  release();
}

/// Nothing was found to do in the next cycle.
bool Network::Model::idle() const {
  for (const List &list : moves)
    if (!list.empty())
      return false;
  return enters.empty() && admits.empty() && leaving.empty() &&
         nextHeads.empty() && sending.empty() && patient.empty();
}

/// The next cycle, from now on, in which something becomes due.
Time Network::Model::nextEvent() const {
  Time next = never;
  for (const Timers &timers : linkTimers)
    next = std::min(next, timers.next());
  next =
      std::min({next, pipeTimers.next(), coreTimers.next(), timeouts.next()});
  if (waitingToReinject)
    next = std::min(next, (now + p.reinjectPeriod - 1) / p.reinjectPeriod *
                              p.reinjectPeriod);
  constexpr Time rows = horizon / 64;
  for (Time k = 0; k <= rows; ++k) {
    const Time row = now % horizon, word = (row / 64 + k) % rows;
    uint64_t bits = visited[word];
    if (k == 0)
      bits &= ~uint64_t(0) << (row % 64);
    if (bits) {
      const Time found = word * 64 + static_cast<Time>(std::countr_zero(bits));
      return std::min(next, now + (found + horizon - row) % horizon);
    }
  }
  return next;
}

Network::Network(const Topology &topology, const Parameters &parameters,
                 const Routing &routing, Client &client)
    : model(std::make_unique<Model>(topology, parameters, routing, client)) {}

Network::~Network() = default;

void Network::inject(uint32_t chip, const Packet &packet, Time time) {
  auto &pending = model->edges[chip].pending;
  // What is decided in a cycle enters in the next.
  time = std::max(time, model->now + (model->running ? 1 : 0));
  if (!pending.empty())
    time = std::max(time, pending.back().time);
  pending.push_back({packet, time});
  if (pending.size() == 1)
    model->visit(chip, time);
}

size_t Network::waiting(uint32_t chip) const {
  return model->edges[chip].pending.size();
}

void Network::advance(Time time) {
  Model &m = *model;
  m.running = true;
  while (m.now < time) {
    if (m.idle())
      m.now = std::min(std::max(m.nextEvent(), m.now), time);
    if (m.now < time) {
      m.cycle();
      ++m.now;
    }
  }
  m.running = false;
}

Time Network::now() const { return model->now; }

const Counters &Network::counters(uint32_t chip) const {
  return model->counters[chip];
}

uint64_t Network::trunkPackets(unsigned trunk) const {
  return model->trunks[trunk].packets;
}

size_t Network::inside() const {
  return model->pool.size() - model->spare.size();
}
