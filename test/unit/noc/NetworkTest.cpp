// One packet, one link, one blocked port at a time: times that can be computed
// by hand from the parameters.
#include "hw-models/spin/noc/Network.h"
#include "hw-models/target/Target.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <numeric>

using namespace limen;
using namespace limen::spin::noc;
using target::Chip;

namespace {

struct Event {
  uint32_t chip = 0;
  unsigned core = 0;
  Packet packet;
  Time time = 0;
};

struct Recorder : Client {
  std::vector<Event> in, out, lost;
  std::function<void(uint32_t, Time)> onAccepted;

  void accepted(uint32_t chip, const Packet &packet, Time now) override {
    in.push_back({chip, 0, packet, now});
    if (onAccepted)
      onAccepted(chip, now);
  }
  void delivered(uint32_t chip, unsigned core, const Packet &packet,
                 Time now) override {
    out.push_back({chip, core, packet, now});
  }
  void dropped(uint32_t chip, const Packet &packet, Time now) override {
    lost.push_back({chip, 0, packet, now});
  }
};

/// Route words by chip; packets of all keys go the same way.
struct FixedRouting : Routing {
  std::map<uint32_t, uint32_t> words;
  uint32_t route(uint32_t chip, const Packet &) const override {
    const auto found = words.find(chip);
    return found == words.end() ? 0 : found->second;
  }
};

/// Route words by chip and key.
struct KeyRouting : Routing {
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> words;
  uint32_t route(uint32_t chip, const Packet &packet) const override {
    const auto found = words.find({chip, packet.key});
    return found == words.end() ? 0 : found->second;
  }
};

Packet keyed(uint32_t key, bool payload = false) {
  Packet packet;
  packet.key = key;
  packet.hasPayload = payload;
  return packet;
}

constexpr uint32_t E = 1, N = 4, core1 = target::coreBit(1);

} // namespace

TEST(Timeouts, EightBitFloats) {
  EXPECT_EQ(timeoutCycles(0x00), 0u);
  EXPECT_EQ(timeoutCycles(0x0f), 15u);
  EXPECT_EQ(timeoutCycles(0x10), 16u);
  EXPECT_EQ(timeoutCycles(0x40), 240u); // the boot code's default
  EXPECT_EQ(timeoutCycles(0x4f), 480u);
  EXPECT_EQ(timeoutCycles(0x50), 512u);
  EXPECT_EQ(timeoutCycles(0xff), 31u << 15);
}

// An injected packet passes the tree in 3 cycles and the pipeline in its
// stages; every link adds its own time and 4 more in the next chip's tree (one
// to leave the input); the core takes its time at the end.
TEST(Network, LatencyOfOnePacket) {
  const Topology torus = makeTorus(8, 8);
  const PathRouting routing(torus);
  const Parameters p;
  for (int hops = 0; hops <= 3; ++hops)
    for (bool payload : {false, true}) {
      Recorder client;
      Network network(torus, p, routing, client);
      const auto to = static_cast<uint32_t>(torus.at({hops, 0}));
      network.inject(0, keyed(routing.key(0, to), payload), 100);
      network.advance(1000);
      ASSERT_EQ(client.out.size(), 1u);
      EXPECT_EQ(client.in[0].time, 100u);
      const Time link = payload ? p.linkLong : p.linkShort;
      const Time expected =
          100 + 3 + p.pipelineStages +
          static_cast<Time>(hops) * (link + 4 + p.pipelineStages) +
          p.coreCycles;
      EXPECT_EQ(client.out[0].time, expected) << hops << " hops";
      EXPECT_EQ(client.out[0].chip, to);
      EXPECT_EQ(client.out[0].core, 1u);
      EXPECT_EQ(client.out[0].packet.hops, hops);
      EXPECT_EQ(network.inside(), 0u);
    }
}

TEST(Network, LinkSaturatesAtItsRate) {
  const Topology torus = makeTorus(8, 8);
  const PathRouting routing(torus);
  Recorder client;
  Network network(torus, {}, routing, client);
  const Packet packet = keyed(routing.key(0, 1));
  for (int i = 0; i < 1000; ++i)
    network.inject(0, packet, 0);
  network.advance(1000);
  const uint64_t before = network.counters(0).sent[0];
  network.advance(1000 + 16 * 500);
  EXPECT_EQ(network.counters(0).sent[0] - before, 500u);
  // Nobody waits longer than a link time: nothing times out.
  EXPECT_TRUE(client.lost.empty());
}

// E and S of a chip share a leaf, N joins at the next level: packets for one
// link from E, S and N leave as 1 : 1 : 2.
TEST(Network, ArbiterTreeSharesInTurn) {
  const Topology torus = makeTorus(8, 8);
  const auto at = [&](int x, int y) {
    return static_cast<uint32_t>(torus.at({x, y}));
  };
  const uint32_t centre = at(3, 3);
  KeyRouting routing;
  const struct {
    uint32_t chip;
    unsigned link;
  } sources[] = {{at(4, 3), 3}, {at(3, 2), 2}, {at(3, 4), 5}};
  for (uint32_t i = 0; i < 3; ++i) {
    routing.words[{sources[i].chip, i}] = 1u << sources[i].link;
    routing.words[{centre, i}] = 1u << 3; // all leave by W
    routing.words[{at(2, 3), i}] = core1;
  }
  Recorder client;
  Parameters p;
  p.wait1 = 1000;
  Network network(torus, p, routing, client);
  for (uint32_t i = 0; i < 3; ++i)
    for (int k = 0; k < 2000; ++k)
      network.inject(sources[i].chip, keyed(i), 0);
  network.advance(16 * 1000);
  std::array<int, 3> counts{};
  for (const Event &event : client.out)
    ++counts[event.packet.key];
  const int total = counts[0] + counts[1] + counts[2];
  EXPECT_NEAR(total, 995, 3);
  EXPECT_NEAR(counts[0], total / 4, 2);
  EXPECT_NEAR(counts[1], total / 4, 2);
  EXPECT_NEAR(counts[2], total / 2, 2);
}

// A core that never takes a packet: its two buffers fill, the third packet
// (packets of one input follow each other in two cycles through a buffer of
// one) stands at the end of the pipeline from cycle t and goes at t + wait1.
TEST(Network, BlockedPortTimesOut) {
  const Topology torus = makeTorus(4, 4);
  FixedRouting routing;
  routing.words[5] = core1;
  Parameters p;
  p.coreCycles = 1'000'000;
  p.wait1 = 37;
  for (const bool freed : {false, true}) {
    Recorder client;
    // The port that gets room in cycle t - 1 of the time-out saves the packet:
    // the core's first packet is taken then.
    const Time stood = 2 * 2 + 3 + p.pipelineStages;
    const Time out = stood + p.wait1;
    Parameters mine = p;
    if (freed) // the first packet entered the core's buffer in cycle 8
      mine.coreCycles = out - 1 - (3 + p.pipelineStages);
    Network network(torus, mine, routing, client);
    for (int i = 0; i < 3; ++i)
      network.inject(5, keyed(0), 0);
    network.advance(out);
    EXPECT_TRUE(client.lost.empty()); // not at wait1 - 1
    EXPECT_EQ(network.inside(), freed ? 2u : 3u);
    network.advance(out + 1);
    if (freed) {
      EXPECT_TRUE(client.lost.empty());
      EXPECT_EQ(network.counters(5).routed, 3u);
    } else {
      ASSERT_EQ(client.lost.size(), 1u);
      EXPECT_EQ(client.lost[0].time, out);
      EXPECT_EQ(client.lost[0].chip, 5u);
      EXPECT_EQ(network.counters(5).timedOut, 1u);
      EXPECT_EQ(network.counters(5).lost, 1u);
      EXPECT_EQ(network.counters(5).blockedCycles, p.wait1);
    }
  }
}

// A packet for another port has to wait behind a blocked one.
TEST(Network, HeadOfLineBlocking) {
  const Topology torus = makeTorus(4, 4);
  KeyRouting routing;
  routing.words[{5, 0}] = core1;
  routing.words[{5, 1}] = target::coreBit(2);
  Parameters p;
  p.coreCycles = 100'000;
  Recorder client;
  Network network(torus, p, routing, client);
  for (const uint32_t key : {0u, 0u, 0u, 0u, 1u})
    network.inject(5, keyed(key), 0);
  const Time stood = 2 * 2 + 3 + p.pipelineStages;
  network.advance(stood + 2 * (p.wait1 + 1));
  EXPECT_EQ(network.counters(5).routed, 2u);
  network.advance(stood + 2 * (p.wait1 + 1) + 1);
  EXPECT_EQ(client.lost.size(), 2u);
  EXPECT_EQ(network.counters(5).routed, 3u);
}

TEST(Network, MulticastWaitsForAllItsOutputs) {
  const Topology torus = makeTorus(8, 8);
  KeyRouting routing;
  // Key 0 fills link E; key 1 wants N and E and a core of its own chip.
  routing.words[{0, 0}] = E;
  routing.words[{1, 0}] = core1;
  routing.words[{0, 1}] = E | N | core1;
  routing.words[{1, 1}] = core1;
  routing.words[{8, 1}] = core1;
  Recorder client;
  Network network(torus, {}, routing, client);
  for (int i = 0; i < 3; ++i)
    network.inject(0, keyed(0), 0);
  network.inject(0, keyed(1), 0);
  network.advance(1000);
  std::map<uint32_t, Time> arrived;
  for (const Event &event : client.out)
    if (event.packet.key == 1)
      arrived[event.chip] = event.time;
  ASSERT_EQ(arrived.size(), 3u);
  // E has room for it when the second packet left, 2 x 16 cycles after the
  // first one got there; the router sees that in the next cycle.
  const Time left = 3 + 5 + 32 + 1;
  EXPECT_EQ(arrived[0], left + 10);
  EXPECT_EQ(arrived[8], left + 16 + 4 + 5 + 10);
  EXPECT_EQ(arrived[1], 3 + 5 + 4 * 16 + 4 + 5 + 10);
}

TEST(Network, DefaultRouteAndUnroutedPackets) {
  const Topology torus = makeTorus(8, 8);
  target::RoutingTables tables;
  tables[Chip{0, 0}] = {{7, 0xffffffff, E}};
  tables[Chip{3, 0}] = {{7, 0xffffffff, core1}};
  const TableRouting routing(torus, tables);
  Recorder client;
  Network network(torus, {}, routing, client);
  network.inject(0, keyed(7), 0); // by default through (1, 0) and (2, 0)
  network.inject(0, keyed(8), 0); // nobody knows it
  network.advance(1000);
  ASSERT_EQ(client.out.size(), 1u);
  EXPECT_EQ(client.out[0].chip, 3u);
  EXPECT_EQ(client.lost.size(), 1u);
  EXPECT_EQ(network.counters(0).unrouted, 1u);
  EXPECT_EQ(network.counters(0).timedOut, 0u);
}

// E is blocked for good: packets go by S and then NE, and arrive as if by E.
TEST(Network, EmergencyRouteGoesAround) {
  const Topology torus = makeTorus(8, 8);
  KeyRouting routing;
  const auto at = [&](int x, int y) {
    return static_cast<uint32_t>(torus.at({x, y}));
  };
  routing.words[{at(0, 2), 0}] = E;
  routing.words[{at(1, 2), 0}] = core1;
  Parameters p;
  p.emergency = true;
  p.linkShort = 100'000; // links in use hold two packets and move none
  Recorder client;
  Network network(torus, p, routing, client);
  for (int i = 0; i < 3; ++i)
    network.inject(at(0, 2), keyed(0), 0);
  const Time stood = 2 * 2 + 3 + p.pipelineStages;
  network.advance(stood + p.wait1);
  EXPECT_EQ(network.counters(at(0, 2)).detoured, 0u);
  network.advance(stood + p.wait1 + 1);
  EXPECT_EQ(network.counters(at(0, 2)).detoured, 1u);
  network.advance(1'000'000);
  EXPECT_EQ(network.counters(at(0, 2)).sent[5], 1u);
  EXPECT_EQ(network.counters(at(0, 1)).sent[1], 1u);
  ASSERT_EQ(client.out.size(), 3u);
  for (const Event &event : client.out) {
    EXPECT_EQ(event.chip, at(1, 2));
    EXPECT_EQ(event.packet.inLink, 3); // W side, the far end of E
    EXPECT_EQ(event.packet.hops, 1);
  }
}

// E is blocked for good and S is also a link of the packet's route: one packet
// goes by S, for both. Its next chip routes it and sends a copy by NE, which
// arrives as if by E.
TEST(Network, EmergencyRouteByALinkOfTheRouteCombinesTwoCopies) {
  const Topology torus = makeTorus(8, 8);
  KeyRouting routing;
  const auto at = [&](int x, int y) {
    return static_cast<uint32_t>(torus.at({x, y}));
  };
  constexpr uint32_t S = 1u << 5;
  routing.words[{at(0, 2), 0}] = E; // and nothing routes it from there
  routing.words[{at(0, 2), 1}] = E | S | core1;
  routing.words[{at(0, 1), 1}] = S | core1;
  routing.words[{at(0, 0), 1}] = core1;
  routing.words[{at(1, 2), 1}] = core1;
  Parameters p;
  p.emergency = true;
  p.linkShort = 100'000;
  Recorder client;
  Network network(torus, p, routing, client);
  for (const uint32_t key : {0u, 0u, 1u})
    network.inject(at(0, 2), keyed(key), 0);
  const Time left = 2 * 2 + 3 + p.pipelineStages + p.wait1;
  network.advance(left);
  EXPECT_EQ(network.counters(at(0, 2)).detoured, 0u);
  network.advance(left + 1);
  EXPECT_EQ(network.counters(at(0, 2)).detoured, 1u);
  network.advance(1'000'000);
  EXPECT_EQ(network.counters(at(0, 2)).sent[5], 1u);
  EXPECT_EQ(network.counters(at(0, 1)).sent[1], 1u);
  EXPECT_EQ(network.counters(at(0, 1)).sent[5], 1u);
  struct Arrival {
    Time time;
    int hops, inLink;
  };
  std::map<uint32_t, Arrival> arrived;
  for (const Event &event : client.out) {
    ASSERT_EQ(event.packet.key, 1u);
    ASSERT_EQ(arrived.count(event.chip), 0u);
    arrived[event.chip] = {event.time, event.packet.hops, event.packet.inLink};
    EXPECT_EQ(event.packet.detour, Detour::None);
  }
  ASSERT_EQ(arrived.size(), 4u);
  const Time through = 4 + p.pipelineStages;
  const Time there = left + p.linkShort + through;
  EXPECT_EQ(arrived[at(0, 2)].time, left + p.coreCycles);
  EXPECT_EQ(arrived[at(0, 1)].time, there + p.coreCycles);
  EXPECT_EQ(arrived[at(0, 0)].time,
            there + p.linkShort + through + p.coreCycles);
  EXPECT_EQ(arrived[at(1, 2)].time,
            there + p.linkShort + through + p.coreCycles);
  EXPECT_EQ(arrived[at(0, 1)].hops, 1);
  EXPECT_EQ(arrived[at(0, 0)].hops, 2);
  EXPECT_EQ(arrived[at(1, 2)].hops, 1);
  EXPECT_EQ(arrived[at(0, 0)].inLink, 2); // the far end of S
  EXPECT_EQ(arrived[at(1, 2)].inLink, 3); // the far end of E
}

// At the edge of a board there may be no link clockwise; a link that is blocked
// itself is no way out either. Then the packet waits wait2 more and is dropped.
TEST(Network, NoEmergencyRouteWithoutAFreeLink) {
  const Topology board = makeBoard();
  KeyRouting routing;
  const auto corner = static_cast<uint32_t>(board.at({0, 0}));
  const auto inner = static_cast<uint32_t>(board.at({3, 3}));
  for (const uint32_t chip : {corner, inner})
    routing.words[{chip, 0}] = E;
  routing.words[{inner, 1}] = 1u << 5;
  Parameters p;
  p.emergency = true;
  p.wait2 = 30;
  p.linkShort = 100'000;
  for (const uint32_t chip : {corner, inner}) {
    Recorder client;
    Network network(board, p, routing, client);
    if (chip == inner)
      for (int k = 0; k < 2; ++k)
        network.inject(chip, keyed(1), 0);
    for (int k = 0; k < 3; ++k)
      network.inject(chip, keyed(0), 1000);
    const Time dropped =
        1000 + 2 * 2 + 3 + p.pipelineStages + p.wait1 + p.wait2;
    network.advance(dropped);
    EXPECT_TRUE(client.lost.empty());
    network.advance(dropped + 1);
    ASSERT_EQ(client.lost.size(), 1u);
    EXPECT_EQ(client.lost[0].packet.key, 0u);
    EXPECT_EQ(network.counters(chip).detoured, 0u);
  }
}

TEST(Network, ReinjectionBringsDroppedPacketsBack) {
  const Topology torus = makeTorus(4, 4);
  FixedRouting routing;
  routing.words[5] = core1;
  Parameters p;
  p.coreCycles = 200;
  p.reinject = true;
  Recorder client;
  Network network(torus, p, routing, client);
  for (int i = 0; i < 6; ++i)
    network.inject(5, keyed(0), 0);
  network.advance(20'000);
  EXPECT_EQ(client.out.size(), 6u);
  EXPECT_GT(network.counters(5).timedOut, 0u);
  EXPECT_EQ(network.counters(5).reinjected, network.counters(5).timedOut);
  EXPECT_EQ(network.counters(5).lost, 0u);
  EXPECT_EQ(network.inside(), 0u);
}

TEST(Topology, EightLinksOfABoardShareATrunk) {
  const Topology triad = makeTorus(12, 12);
  EXPECT_EQ(triad.trunks, 18u); // six edges of three boards
  std::map<int, int> links;
  for (const auto &chip : triad.links)
    for (const Topology::Link &link : chip)
      if (link.trunk >= 0)
        ++links[link.trunk];
  EXPECT_EQ(links.size(), 18u);
  for (const auto &[trunk, count] : links)
    EXPECT_EQ(count, 8) << trunk;
  EXPECT_EQ(makeTorus(24, 12).trunks, 36u);
  EXPECT_EQ(makeTorus(8, 8).trunks, 0u);
  EXPECT_EQ(makeBoard().chips.size(), 48u);
  // From (3, 7) of the first board east to (4, 7): on the board; north, onto
  // the next board.
  const auto chip = static_cast<size_t>(triad.at({4, 7}));
  EXPECT_EQ(triad.links[static_cast<size_t>(triad.at({3, 6}))][0].trunk, -1);
  EXPECT_GE(triad.links[chip][2].trunk, 0);
}

TEST(Topology, SameAsTheMachine) {
  for (const char *boards : {"boards=1", "boards=3", "boards=6"}) {
    const auto target = target::loadDocument("spinnaker1-48", {boards});
    ASSERT_TRUE(target);
    const auto machine = target::SpinMachine::parse(target->document);
    ASSERT_TRUE(machine);
    const Topology topology = topologyOf(*machine);
    EXPECT_EQ(topology.chips.size(), machine->chips().size());
    EXPECT_EQ(topology.trunks, machine->boards == 1 ? 0 : machine->boards * 6);
    for (const Chip chip : machine->chips())
      for (unsigned link = 0; link < 6; ++link) {
        Chip to;
        const bool has = machine->neighbour(chip, link, to);
        const auto index = static_cast<size_t>(topology.at(chip));
        EXPECT_EQ(topology.links[index][link].to, has ? topology.at(to) : -1);
      }
  }
}

// Packets of one channel pass the serial link at the channel's rate; with all
// eight, the frame sets the rate; a channel that does not move stops the
// others exactly if they share their credit.
TEST(Network, BoardLinksShareASerialLink) {
  const Topology triad = makeTorus(12, 12);
  Parameters p;
  p.channelShort = 20;
  p.frameCycles = 30;
  p.trunkShort = 4;
  struct Pair {
    uint32_t from, to;
    unsigned link;
  };
  std::vector<Pair> pairs;
  for (uint32_t chip = 0; chip < 144; ++chip)
    for (unsigned link = 0; link < 6; ++link)
      if (triad.links[chip][link].trunk == 0)
        pairs.push_back(
            {chip, static_cast<uint32_t>(triad.links[chip][link].to), link});
  ASSERT_EQ(pairs.size(), 8u);
  // Every channel has a key; the chip at the far end drops what arrives.
  KeyRouting routing;
  for (uint32_t i = 0; i < 8; ++i)
    routing.words[{pairs[i].from, i}] = 1u << pairs[i].link;
  const auto rate = [&](unsigned channels) {
    Recorder client;
    Network network(triad, p, routing, client);
    for (int k = 0; k < 2000; ++k)
      for (uint32_t i = 0; i < channels; ++i)
        network.inject(pairs[i].from, keyed(i), 0);
    network.advance(4000);
    const uint64_t before = network.trunkPackets(0);
    network.advance(24'000);
    return double(network.trunkPackets(0) - before) / 20'000;
  };
  EXPECT_NEAR(rate(1), 1.0 / (30 + 4), 1e-3); // a frame for every packet
  p.frameCycles = 2;
  EXPECT_NEAR(rate(1), 1.0 / 20, 1e-3); // the channel is slower than a frame
  EXPECT_NEAR(rate(2), 2.0 / 20, 1e-3);

  // A chip that takes nothing stops its channel, and the other channels too
  // exactly if they share their credit.
  p.coreCycles = 1'000'000'000;
  p.wait1 = 1'000'000'000;
  routing.words[{pairs[0].to, 0}] = core1;
  for (const bool shared : {false, true}) {
    p.sharedCredit = shared;
    Recorder client;
    Network network(triad, p, routing, client);
    uint32_t other = 1;
    while (pairs[other].to == pairs[0].to || pairs[other].from == pairs[0].from)
      ++other;
    for (const uint32_t i : {0u, other})
      for (int k = 0; k < 2000; ++k)
        network.inject(pairs[i].from, keyed(i), 0);
    network.advance(4000);
    const size_t before = client.lost.size();
    network.advance(24'000);
    EXPECT_EQ(client.lost.size() - before, shared ? 0u : 1000u);
  }
}

TEST(PathRouting, ShortestWithoutWrappingOnATie) {
  const Topology torus = makeTorus(12, 12);
  const PathRouting routing(torus);
  const auto path = [&](Chip from, Chip to) {
    return routing.path(static_cast<uint32_t>(torus.at(from)),
                        static_cast<uint32_t>(torus.at(to)));
  };
  using Path = std::vector<unsigned>;
  EXPECT_EQ(path({0, 0}, {0, 0}), Path());
  EXPECT_EQ(path({0, 0}, {3, 0}), Path({0, 0, 0}));
  EXPECT_EQ(path({0, 0}, {2, 2}), Path({1, 1}));
  EXPECT_EQ(path({0, 0}, {3, 2}), Path({0, 1, 1})); // straight, then diagonal
  EXPECT_EQ(path({0, 0}, {11, 11}), Path({4}));
  EXPECT_EQ(path({0, 0}, {6, 0}), Path(6, 0)); // E, not W
  EXPECT_EQ(path({6, 0}, {0, 0}), Path(6, 3)); // and W, not E
  EXPECT_EQ(path({2, 3}, {9, 8}), Path({0, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(path({9, 8}, {2, 3}), Path({3, 3, 4, 4, 4, 4, 4}));
  EXPECT_EQ(path({1, 4}, {10, 7}), Path({3, 3, 3, 2, 2, 2}));
  // Every path leads to its end in the fewest steps that there are.
  for (uint32_t from = 0; from < 144; from += 7)
    for (uint32_t to = 0; to < 144; ++to) {
      size_t fewest = 99;
      for (int wx = -1; wx <= 1; ++wx)
        for (int wy = -1; wy <= 1; ++wy) {
          const int dx = torus.chips[to].x - torus.chips[from].x + 12 * wx;
          const int dy = torus.chips[to].y - torus.chips[from].y + 12 * wy;
          fewest = std::min<size_t>(
              fewest, dx * dy > 0 ? std::max(std::abs(dx), std::abs(dy))
                                  : std::abs(dx) + std::abs(dy));
        }
      uint32_t at = from;
      const auto links = routing.path(from, to);
      for (unsigned link : links)
        at = static_cast<uint32_t>(torus.links[at][link].to);
      EXPECT_EQ(at, to);
      EXPECT_EQ(links.size(), fewest);
    }
}

// The hexagon of a board is convex for these paths.
TEST(PathRouting, StaysOnTheBoard) {
  const Topology board = makeBoard();
  const PathRouting routing(board);
  for (uint32_t from = 0; from < 48; ++from)
    for (uint32_t to = 0; to < 48; ++to) {
      int32_t at = static_cast<int32_t>(from);
      for (unsigned link : routing.path(from, to)) {
        at = board.links[static_cast<size_t>(at)][link].to;
        ASSERT_GE(at, 0) << from << " to " << to;
      }
      EXPECT_EQ(at, static_cast<int32_t>(to));
    }
}
