// The arbiters and pipelines of the routers.

#include "hw-models/spin/noc/NetworkModel.h"

using namespace limen;
using namespace limen::spin::noc;
using namespace limen::spin::noc::model;

/// Moves packets through an arbiter of the chips where it has one and room for
/// it. Arbiters go from the root to the leaves, so that none sees what others
/// do in the same cycle.
template <unsigned Arbiter> void Network::Model::arbitrate() {
  constexpr unsigned first = 2 * Arbiter + 1;
  const unsigned stages = p.pipelineStages;
  moves[Arbiter].forEach([&](uint32_t chip) {
    Tree &tree = trees[chip];
    tree.listed &= ~(1u << Arbiter);
    const unsigned a = tree.count[first], b = tree.count[first + 1];
    const bool second = b && (!a || (tree.turn >> Arbiter & 1));
    tree.turn = (tree.turn & ~(1u << Arbiter)) | uint32_t(!second) << Arbiter;
    const unsigned from = first + second;
    tree.put(Arbiter, tree.take(from));
    schedule(chip, tree, Arbiter, hasRoom(tree, Arbiter) && a + b > 1);
    // Who takes it from here.
    if constexpr (Arbiter == 0)
      schedule(chip, tree, entering, nodes[chip].stages < stages);
    else
      schedule(chip, tree, (Arbiter - 1) / 2, hasRoom(tree, (Arbiter - 1) / 2));
    // Who fills the buffer that it left.
    if constexpr (first >= Input) {
      freed[freedCount++] = senderOf[(from - Input) * chips + chip];
    } else if (from == Injection) {
      schedule(chip, tree, admitting,
               nodes[chip].offered | nodes[chip].reinjecting);
    } else if (second) {
      constexpr unsigned behind = 2 * (first + 1) + 1;
      if constexpr (first + 1 < Injection)
        schedule(chip, tree, first + 1,
                 tree.count[behind] + tree.count[behind + 1]);
    } else {
      constexpr unsigned behind = 2 * first + 1;
      schedule(chip, tree, first, tree.count[behind] + tree.count[behind + 1]);
    }
  });
}

void Network::Model::moveAll() {
  enters.forEach([&](uint32_t chip) { enter(chip); });
  arbitrate<0>();
  arbitrate<1>();
  arbitrate<2>();
  arbitrate<3>();
  arbitrate<4>();
  arbitrate<5>();
  admits.forEach([&](uint32_t chip) { admit(chip); });
}

/// In this cycle the chip's cores may have a packet that enters.
void Network::Model::admitNow(size_t chip) {
  Tree &tree = trees[chip];
  if (tree.listed >> admitting & 1 || !hasRoom(tree, Injection))
    return;
  tree.listed |= 1u << admitting;
  admits.addNow(chip);
}

/// Lets the first waiting packet of the chip's cores in, for which there is
/// room. Dropped packets go in front of them while the pipeline is empty.
void Network::Model::admit(size_t chip) {
  Tree &tree = trees[chip];
  Node &node = nodes[chip];
  Edge &edge = edges[chip];
  tree.listed &= ~(1u << admitting);
  const auto put = [&](const Packet &packet) {
    tree.put(Injection, routed(chip, keep(packet)));
    schedule(chip, tree, Middle + 1, hasRoom(tree, Middle + 1));
  };
  node.reinjecting &= !edge.dropped.empty() && node.stages == 0;
  if (node.reinjecting) {
    put(edge.dropped.front());
    edge.dropped.pop_front();
    --waitingToReinject;
    ++counters[chip].reinjected;
  } else if (node.offered) {
    Packet packet = edge.pending.front().packet;
    edge.pending.pop_front();
    packet.injected = now;
    packet.source = static_cast<uint32_t>(chip);
    ++counters[chip].injected;
    if (edge.pending.empty() || edge.pending.front().time > now + 1) {
      node.offered = false;
      if (!edge.pending.empty())
        visit(chip, edge.pending.front().time);
    }
    put(packet);
    client.accepted(static_cast<uint32_t>(chip), packet, now);
  }
  schedule(chip, tree, admitting,
           (node.offered | node.reinjecting) && hasRoom(tree, Injection));
}

/// The packet at the root enters the pipeline, which has room.
void Network::Model::enter(size_t chip) {
  Tree &tree = trees[chip];
  Node &node = nodes[chip];
  tree.listed &= ~(1u << entering);
  const uint32_t packet = tree.take(Root), route = routes.data()[packet];
  schedule(chip, tree, 0, tree.count[Middle] + tree.count[Middle + 1]);
  if (route & outputBits) {
    unsigned at = node.first + node.stages++;
    if (at >= p.pipelineStages)
      at -= p.pipelineStages;
    node.pipe[at] = {packet, route, now};
    node.reinjecting = false;
    pipeTimers.push(now + p.pipelineStages, chip);
  } else {
    drop(chip, packet, counters[chip].unrouted);
  }
  schedule(chip, tree, entering,
           tree.count[Root] && node.stages < p.pipelineStages);
}

/// From this cycle on the pipeline's head may leave.
void Network::Model::readyHead(size_t chip) {
  Node &node = nodes[chip];
  node.headTime = now;
  node.blocked = node.head().route & node.full;
  if (node.blocked)
    timeouts.push(now + p.wait1, chip);
  else
    leave(chip);
}

/// The head has left the pipeline; the next one may leave a cycle later or when
/// it has passed all stages.
void Network::Model::nextHead(size_t chip, Node &node) {
  node.blocked = false;
  Tree &tree = trees[chip];
  if (tree.count[Root] && !(tree.listed >> entering & 1)) {
    tree.listed |= 1u << entering;
    enters.addNow(chip);
  }
  if (++node.first == p.pipelineStages)
    node.first = 0;
  if (--node.stages && node.head().entered + p.pipelineStages <= now)
    nextHeads.push_back(static_cast<uint32_t>(chip));
}

void Network::Model::leave(size_t chip) {
  Node &node = nodes[chip];
  const Stage &head = node.head();
  const uint32_t route = head.route & outputBits;
  Counters &counter = counters[chip];
  counter.blockedCycles += now - node.headTime;
  if (p.emergency || (route & (route - 1))) {
    forward(chip, head, route, 0);
  } else {
    ++counter.routed;
    toOutput(chip, node, static_cast<unsigned>(std::countr_zero(route)),
             head.packet);
  }
  nextHead(chip, node);
}

/// Puts a packet into the buffer of an output, which has room.
void Network::Model::toOutput(size_t chip, Node &node, unsigned port,
                              uint32_t packet) {
  if (port < links) {
    const unsigned count = node.queued[port]++;
    node.queue[count][port] = packet;
    node.full |= uint32_t(count + 1 >= p.linkOutput) << port;
    if (count == 0)
      startLink(chip * linkStep + port, node, packet);
    return;
  }
  const size_t core = chip * localPorts + port - links;
  const unsigned count = coreHeld[core]++;
  coreSlots[core * p.coreBuffer + count] = packet;
  if (count == 0)
    coreTimers.push(now + p.coreCycles, core);
  node.full |= uint32_t(count + 1 >= p.coreBuffer) << port;
}

/// A copy of `packet` for the output `port`. `detours` are links of first legs.
static Packet copyFor(unsigned port, const Packet &packet, uint32_t route,
                      uint32_t detours) {
  Packet out = packet;
  out.detour = Detour::None;
  if (detours >> port & 1) {
    out.detour = route >> port & 1 ? Detour::Combined : Detour::First;
  } else if (packet.secondLeg() >> port & 1) {
    out.detour = Detour::Second;
    // Its first leg was counted for the other copy.
    out.hops -= packet.detour == Detour::Combined;
  }
  return out;
}

/// Gives copies of the head to the outputs `mask`, of which `detours` are first
/// legs.
void Network::Model::forward(size_t chip, const Stage &head, uint32_t mask,
                             uint32_t detours) {
  Node &node = nodes[chip];
  ++counters[chip].routed;
  if (detours)
    counters[chip].detoured += static_cast<unsigned>(std::popcount(detours));
  const Packet packet = pool.data()[head.packet];
  uint32_t index = head.packet;
  forEachBit(mask, [&](unsigned port) {
    const Packet copy = copyFor(port, packet, head.route, detours);
    if (port == static_cast<unsigned>(std::countr_zero(mask))) {
      pool.data()[index] = copy;
    } else {
      index = keep(copy);
      routes.data()[index] = head.route;
    }
    toOutput(chip, node, port, index);
  });
}

/// The outputs that a waiting packet leaves by, 0 if it cannot: every blocked
/// one must be a link whose next link clockwise is not blocked; a packet on a
/// first leg does not turn again. `first` gets the links of first legs.
uint32_t Network::Model::detour(size_t chip, const Stage &head,
                                uint32_t &first) const {
  const Node &node = nodes[chip];
  const uint32_t wanted = head.route & outputBits;
  first = 0;
  if (!p.emergency || pool.data()[head.packet].onFirstLeg())
    return 0;
  for (uint32_t left = wanted & node.full; left; left &= left - 1) {
    const unsigned port = static_cast<unsigned>(std::countr_zero(left));
    if (port >= links)
      return 0;
    const uint32_t instead = 1u << ((port + 5) % links);
    if (node.full & instead || !(ports[chip] & instead))
      return 0;
    first |= instead;
  }
  return (wanted & ~node.full) | first;
}

/// What becomes of a head that has waited `wait1` or more and is still blocked;
/// false: it waits on for an emergency route.
bool Network::Model::giveUp(size_t chip) {
  const Stage head = nodes[chip].head();
  const Time waited = now - nodes[chip].headTime;
  uint32_t detours = 0;
  const uint32_t mask = detour(chip, head, detours);
  if (!mask && p.emergency && !pool.data()[head.packet].onFirstLeg() &&
      waited < p.wait1 + p.wait2)
    return false;
  counters[chip].blockedCycles += waited;
  if (mask)
    forward(chip, head, mask, detours);
  else
    drop(chip, head.packet, counters[chip].timedOut);
  nextHead(chip, nodes[chip]);
  return true;
}

void Network::Model::timeOut() {
  // Who is blocked and patient has the head that it had.
  size_t kept = 0;
  for (const uint32_t chip : patient)
    if (nodes[chip].blocked && !giveUp(chip))
      patient[kept++] = chip;
  patient.resize(kept);
  for (; timeouts.due(now); timeouts.pop()) {
    const uint32_t chip = timeouts.front().who;
    if (nodes[chip].blocked && nodes[chip].headTime + p.wait1 == now &&
        !giveUp(chip))
      patient.push_back(chip);
  }
}

void Network::Model::drop(size_t chip, uint32_t packet, uint64_t &counter) {
  ++counter;
  client.dropped(static_cast<uint32_t>(chip), pool.data()[packet], now);
  Edge &edge = edges[chip];
  if (p.reinject && &counter == &counters[chip].timedOut &&
      edge.dropped.size() < p.reinjectQueue) {
    edge.dropped.push_back(pool.data()[packet]);
    ++waitingToReinject;
  } else {
    ++counters[chip].lost;
  }
  spare.push_back(packet);
}
