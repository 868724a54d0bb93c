#include "test/unit/noc/ReferenceNetwork.h"

#include <algorithm>

using namespace limen;
using namespace limen::spin::noc;

/// Where the arbiters have the input of a link: E S NE N W SW.
static constexpr unsigned place[6] = {0, 2, 3, 4, 5, 1};

ReferenceNetwork::ReferenceNetwork(const Topology &topology,
                                   const Parameters &parameters,
                                   const Routing &routing, Client &client)
    : topology(topology), p(parameters), routing(routing), client(client),
      chips(topology.chips.size()), trunks(topology.trunks) {
  for (const auto &links : topology.links)
    for (unsigned link = 0; link < 6; ++link)
      if (const auto &to = links[link]; to.to >= 0 && to.trunk >= 0) {
        Trunk &trunk = trunks[static_cast<size_t>(to.trunk)];
        const auto channel = static_cast<size_t>(to.channel);
        trunk.chip[channel] = static_cast<uint32_t>(to.to);
        trunk.input[channel] = place[(link + 3) % 6];
      }
}

template <typename Act> void ReferenceNetwork::forEachQueue(Act act) {
  for (Chip &chip : chips) {
    for (Queue &queue : chip.in)
      act(queue);
    for (Queue &queue : chip.leaf)
      act(queue);
    for (Queue &queue : chip.middle)
      act(queue);
    act(chip.root);
    act(chip.injected);
    for (Queue &queue : chip.link)
      act(queue);
    for (Queue &queue : chip.core)
      act(queue);
  }
  for (Trunk &trunk : trunks)
    for (unsigned c = 0; c < trunkChannels; ++c) {
      act(trunk.tx[c]);
      act(trunk.flight[c]);
    }
}

void ReferenceNetwork::inject(uint32_t chip, const Packet &packet, Time time) {
  auto &pending = chips[chip].pending;
  time = std::max(time, now);
  if (!pending.empty())
    time = std::max(time, pending.back().second);
  pending.emplace_back(packet, time);
}

size_t ReferenceNetwork::inside() const {
  size_t sum = 0;
  const_cast<ReferenceNetwork *>(this)->forEachQueue(
      [&](const Queue &queue) { sum += queue.packets.size(); });
  for (const Chip &chip : chips)
    sum += chip.pipe.size();
  return sum;
}

void ReferenceNetwork::advance(Time time) {
  for (; now < time; ++now) {
    forEachQueue([](Queue &queue) { queue.before = queue.packets.size(); });
    for (Chip &chip : chips)
      chip.pipeBefore = chip.pipe.size();
    for (uint32_t chip = 0; chip < chips.size(); ++chip)
      stepChip(chip);
    for (uint32_t chip = 0; chip < chips.size(); ++chip)
      stepLinks(chip);
    for (Trunk &trunk : trunks)
      stepTrunk(trunk);
  }
}

uint32_t ReferenceNetwork::fullOutputs(const Chip &chip) const {
  uint32_t full = 0;
  for (unsigned link = 0; link < 6; ++link)
    full |= uint32_t(chip.link[link].before >= p.linkOutput) << link;
  for (unsigned core = 0; core < 18; ++core)
    full |= uint32_t(chip.core[core].before >= p.coreBuffer) << (6 + core);
  return full;
}

uint32_t ReferenceNetwork::routeOf(uint32_t chip, const Packet &packet) const {
  uint32_t route = 0;
  if (packet.detour != Detour::First)
    route = routing.route(chip, packet);
  if (packet.detour == Detour::First || packet.detour == Detour::Combined)
    route |= 1u << ((packet.inLink + 5) % 6);
  for (unsigned link = 0; link < 6; ++link)
    if (topology.links[chip][link].to < 0)
      route &= ~(1u << link);
  return route & 0xffffff;
}

void ReferenceNetwork::drop(uint32_t at, const Packet &packet, bool timedOut) {
  Chip &chip = chips[at];
  ++(timedOut ? chip.counters.timedOut : chip.counters.unrouted);
  client.dropped(at, packet, now);
  if (!p.reinject || !timedOut || chip.dropped.size() >= p.reinjectQueue) {
    ++chip.counters.lost;
    return;
  }
  chip.dropped.push_back(packet);
  if (chip.reinjectAt == ~Time(0))
    chip.reinjectAt = (now / p.reinjectPeriod + 1) * p.reinjectPeriod;
}

void ReferenceNetwork::send(Chip &chip, const Stage &head, uint32_t mask,
                            uint32_t detours) {
  ++chip.counters.routed;
  const bool first = head.packet.detour == Detour::First;
  const bool combined = head.packet.detour == Detour::Combined;
  for (unsigned port = 0; port < 24; ++port) {
    if (!(mask >> port & 1))
      continue;
    Packet copy = head.packet;
    copy.detour = Detour::None;
    if (port >= 6) {
      chip.core[port - 6].push(copy, now);
      continue;
    }
    if (detours >> port & 1) {
      copy.detour = head.route >> port & 1 ? Detour::Combined : Detour::First;
      ++chip.counters.detoured;
    } else if ((first || combined) &&
               port == static_cast<unsigned>(copy.inLink + 5) % 6) {
      copy.detour = Detour::Second;
      copy.hops -= combined;
    }
    chip.link[port].push(copy, now);
  }
}

/// Whether the pipeline's head left or was dropped.
bool ReferenceNetwork::leavePipeline(uint32_t at) {
  Chip &chip = chips[at];
  if (chip.pipe.empty())
    return false;
  const Stage head = chip.pipe.front();
  const Time ready = std::max(head.entered + p.pipelineStages, chip.freeAt);
  if (ready > now)
    return false;
  const uint32_t full = fullOutputs(chip), blocked = head.route & full;
  const Time waited = now - ready;
  const bool turned = head.packet.detour == Detour::First ||
                      head.packet.detour == Detour::Combined;
  if (!blocked) {
    send(chip, head, head.route, 0);
  } else {
    if (waited < p.wait1)
      return false;
    uint32_t detours = 0;
    bool possible = p.emergency && !turned && !(blocked >> 6);
    for (unsigned link = 0; link < 6; ++link)
      if (blocked >> link & 1) {
        const unsigned instead = (link + 5) % 6;
        possible &=
            topology.links[at][instead].to >= 0 && !(full >> instead & 1);
        detours |= 1u << instead;
      }
    if (possible)
      send(chip, head, (head.route & ~full) | detours, detours);
    else if (p.emergency && !turned && waited < p.wait1 + p.wait2)
      return false;
    else
      drop(at, head.packet, true);
  }
  chip.counters.blockedCycles += waited;
  chip.pipe.pop_front();
  chip.freeAt = now + 1;
  return true;
}

void ReferenceNetwork::arbitrate(Chip &chip, unsigned number, Queue &first,
                                 Queue &second, Queue &to, unsigned capacity) {
  if (to.before >= capacity || (!first.before && !second.before))
    return;
  const bool useSecond =
      second.before && (!first.before || chip.secondFirst[number]);
  to.push((useSecond ? second : first).pop(now), now);
  chip.secondFirst[number] = !useSecond;
}

void ReferenceNetwork::admit(uint32_t at) {
  Chip &chip = chips[at];
  if (p.reinject && (!chip.dropped.empty() || chip.reinjecting)) {
    if (chip.reinjectAt <= now) {
      chip.reinjecting = true;
      chip.reinjectAt = now + p.reinjectPeriod;
    }
    if (chip.dropped.empty()) {
      chip.reinjecting = false;
      chip.reinjectAt = ~Time(0);
    } else if (!chip.pipe.empty()) {
      chip.reinjecting = false;
    }
  }
  if (chip.injected.before >= p.injectBuffer)
    return;
  if (chip.reinjecting && !chip.dropped.empty()) {
    chip.injected.push(chip.dropped.front(), now);
    chip.dropped.pop_front();
    ++chip.counters.reinjected;
    return;
  }
  if (chip.pending.empty() || chip.pending.front().second > now)
    return;
  Packet packet = chip.pending.front().first;
  chip.pending.pop_front();
  packet.injected = now;
  packet.source = at;
  chip.injected.push(packet, now);
  ++chip.counters.injected;
  client.accepted(at, packet, now);
}

void ReferenceNetwork::stepChip(uint32_t at) {
  Chip &chip = chips[at];
  const bool left = leavePipeline(at);
  if (chip.root.before && (chip.pipeBefore < p.pipelineStages || left)) {
    const Packet packet = chip.root.pop(now);
    const uint32_t route = routeOf(at, packet);
    if (route == 0)
      drop(at, packet, false);
    else
      chip.pipe.push_back({packet, route, now});
  }
  arbitrate(chip, 0, chip.middle[0], chip.middle[1], chip.root, p.rootBuffer);
  arbitrate(chip, 1, chip.leaf[0], chip.leaf[1], chip.middle[0],
            p.middleBuffer);
  arbitrate(chip, 2, chip.leaf[2], chip.injected, chip.middle[1],
            p.middleBuffer);
  for (unsigned k = 0; k < 3; ++k)
    arbitrate(chip, 3 + k, chip.in[2 * k], chip.in[2 * k + 1], chip.leaf[k],
              p.leafBuffer);
  admit(at);
}

void ReferenceNetwork::stepLinks(uint32_t at) {
  Chip &chip = chips[at];
  for (unsigned link = 0; link < 6; ++link) {
    Queue &out = chip.link[link];
    if (!out.before)
      continue;
    const Topology::Link &to = topology.links[at][link];
    const bool board = p.boardLinks && to.trunk >= 0;
    const bool payload = out.packets.front().hasPayload;
    const Time time = board     ? (payload ? p.channelLong : p.channelShort)
                      : payload ? p.linkLong
                                : p.linkShort;
    Queue &next =
        board ? trunks[static_cast<size_t>(to.trunk)]
                    .tx[static_cast<size_t>(to.channel)]
              : chips[static_cast<size_t>(to.to)].in[place[(link + 3) % 6]];
    if (now < out.since + time ||
        next.before >= (board ? p.channelInput : p.linkInput))
      continue;
    Packet packet = out.pop(now);
    ++chip.counters.sent[link];
    packet.inLink = static_cast<int8_t>((link + 3) % 6);
    if (packet.detour != Detour::First)
      ++packet.hops;
    if (packet.detour == Detour::Second) {
      packet.detour = Detour::None;
      packet.inLink = static_cast<int8_t>((link + 2) % 6);
    }
    next.push(packet, now);
  }
  for (unsigned core = 0; core < 18; ++core) {
    Queue &out = chip.core[core];
    if (!out.before || now < out.since + p.coreCycles)
      continue;
    ++chip.counters.delivered;
    client.delivered(at, core, out.pop(now), now);
  }
}

void ReferenceNetwork::stepTrunk(Trunk &trunk) {
  bool all = true;
  for (const Queue &flight : trunk.flight)
    all &= flight.before < p.channelCredit;
  for (unsigned c = 0; c < trunkChannels; ++c) {
    Queue &flight = trunk.flight[c];
    Queue &to = chips[trunk.chip[c]].in[trunk.input[c]];
    if (!flight.before || to.before >= p.linkInput)
      continue;
    const Time time =
        flight.packets.front().hasPayload ? p.channelLong : p.channelShort;
    if (now < std::max(flight.since, trunk.arrives[c].front()) + time)
      continue;
    to.push(flight.pop(now), now);
    trunk.arrives[c].pop_front();
  }
  if (trunk.freeAt > now || (p.sharedCredit && !all))
    return;
  Time length = p.frameCycles;
  std::vector<unsigned> used;
  for (unsigned c = 0; c < trunkChannels; ++c) {
    if (!trunk.tx[c].before || trunk.flight[c].before >= p.channelCredit)
      continue;
    const Packet packet = trunk.tx[c].pop(now);
    length += packet.hasPayload ? p.trunkLong : p.trunkShort;
    trunk.flight[c].push(packet, now);
    used.push_back(c);
  }
  if (used.empty())
    return;
  trunk.packets += used.size();
  trunk.freeAt = now + length;
  for (unsigned c : used)
    trunk.arrives[c].push_back(trunk.freeAt + p.trunkLatency);
}
