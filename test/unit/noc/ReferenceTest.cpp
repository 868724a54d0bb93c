// Network against the slow reference: random machines, traffic and parameters.
#include "test/unit/noc/ReferenceNetwork.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <tuple>

using namespace limen;
using namespace limen::spin::noc;

namespace {

/// What a client saw; within a cycle in any order.
struct Log : Client {
  using Entry = std::tuple<Time, int, uint32_t, unsigned, uint32_t, uint16_t,
                           int, uint64_t>;
  std::vector<Entry> entries;

  void note(Time now, int what, uint32_t chip, unsigned core,
            const Packet &packet) {
    entries.emplace_back(now, what, chip, core, packet.payload, packet.hops,
                         packet.inLink, packet.injected);
  }
  void accepted(uint32_t chip, const Packet &packet, Time now) override {
    note(now, 0, chip, 0, packet);
  }
  void delivered(uint32_t chip, unsigned core, const Packet &packet,
                 Time now) override {
    note(now, 1, chip, core, packet);
  }
  void dropped(uint32_t chip, const Packet &packet, Time now) override {
    note(now, 2, chip, 0, packet);
  }
  void sort() { std::sort(entries.begin(), entries.end()); }
};

/// A random tree per key: words by chip and key, cores here and there.
struct Trees : Routing {
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> words;
  std::vector<uint32_t> sources;

  uint32_t route(uint32_t chip, const Packet &packet) const override {
    const auto found = words.find({chip, packet.key});
    return found == words.end() ? 0 : found->second;
  }

  Trees(const Topology &topology, unsigned keys, std::mt19937 &draw) {
    for (uint32_t key = 0; key < keys; ++key) {
      std::vector<bool> seen(topology.chips.size());
      std::vector<uint32_t> open = {
          static_cast<uint32_t>(draw() % topology.chips.size())};
      sources.push_back(open[0]);
      seen[open[0]] = true;
      const size_t most = 2 + draw() % 12;
      for (size_t k = 0; k < open.size(); ++k) {
        uint32_t word = draw() % 3 ? 0 : 1u << (6 + draw() % 3);
        for (unsigned link = 0; link < 6; ++link) {
          const int32_t to = topology.links[open[k]][link].to;
          if (to < 0 || open.size() >= most || seen[static_cast<size_t>(to)] ||
              draw() % 2)
            continue;
          seen[static_cast<size_t>(to)] = true;
          open.push_back(static_cast<uint32_t>(to));
          word |= 1u << link;
        }
        if (word || draw() % 4) // else nothing routes it there
          words[{open[k], key}] = word ? word : 1u << 6;
      }
    }
  }
};

Parameters randomParameters(std::mt19937 &draw) {
  Parameters p;
  p.pipelineStages = 1 + draw() % 6;
  p.leafBuffer = 1 + draw() % 2;
  p.middleBuffer = 1 + draw() % 2;
  p.rootBuffer = 1 + draw() % 3;
  p.wait1 = draw() % 4 ? 20 + draw() % 100 : draw() % 3;
  p.wait2 = draw() % 60;
  p.emergency = draw() % 2;
  p.linkInput = 1 + draw() % 3;
  p.linkOutput = 1 + draw() % 3;
  p.linkShort = 1 + draw() % 30;
  p.linkLong = p.linkShort * 9 / 5 + 1;
  p.boardLinks = draw() % 4;
  p.channelShort = 1 + draw() % 40;
  p.channelLong = p.channelShort * 9 / 5 + 1;
  p.channelInput = 1 + draw() % 3;
  p.channelCredit = 1 + draw() % 4;
  p.sharedCredit = draw() % 2;
  p.frameCycles = draw() % 10;
  p.trunkShort = 1 + draw() % 4;
  p.trunkLong = p.trunkShort + 2;
  p.trunkLatency = draw() % 50;
  p.injectBuffer = 1 + draw() % 3;
  p.coreBuffer = 1 + draw() % 3;
  p.coreCycles = 1 + draw() % 40;
  p.reinject = draw() % 2;
  p.reinjectQueue = 1 + draw() % 20;
  p.reinjectPeriod = 50 + draw() % 1000;
  return p;
}

void expectSame(const Counters &a, const Counters &b) {
  EXPECT_EQ(a.injected, b.injected);
  EXPECT_EQ(a.routed, b.routed);
  EXPECT_EQ(a.timedOut, b.timedOut);
  EXPECT_EQ(a.unrouted, b.unrouted);
  EXPECT_EQ(a.detoured, b.detoured);
  EXPECT_EQ(a.reinjected, b.reinjected);
  EXPECT_EQ(a.lost, b.lost);
  EXPECT_EQ(a.delivered, b.delivered);
  EXPECT_EQ(a.blockedCycles, b.blockedCycles);
  EXPECT_EQ(a.sent, b.sent);
}

/// Runs both; returns the counters of all chips, summed.
Counters compare(const Topology &topology, const Parameters &p,
                 const Routing &routing,
                 const std::vector<std::tuple<Time, uint32_t, Packet>> &traffic,
                 Time end) {
  Log fast, slow;
  Network network(topology, p, routing, fast);
  ReferenceNetwork reference(topology, p, routing, slow);
  for (const auto &[time, chip, packet] : traffic) {
    network.inject(chip, packet, time);
    reference.inject(chip, packet, time);
  }
  Counters sum;
  for (Time time = end / 4; time <= end; time += end / 4) {
    network.advance(time);
    reference.advance(time);
    EXPECT_EQ(network.inside(), reference.inside());
    for (uint32_t chip = 0; chip < topology.chips.size(); ++chip)
      expectSame(network.counters(chip), reference.counters(chip));
    for (unsigned trunk = 0; trunk < topology.trunks; ++trunk)
      EXPECT_EQ(network.trunkPackets(trunk), reference.trunkPackets(trunk));
    fast.sort();
    slow.sort();
    EXPECT_EQ(fast.entries, slow.entries);
    if (testing::Test::HasFailure())
      break;
  }
  for (uint32_t chip = 0; chip < topology.chips.size(); ++chip) {
    const Counters &one = reference.counters(chip);
    sum.routed += one.routed;
    sum.timedOut += one.timedOut;
    sum.unrouted += one.unrouted;
    sum.detoured += one.detoured;
    sum.reinjected += one.reinjected;
    sum.delivered += one.delivered;
  }
  return sum;
}

} // namespace

TEST(Reference, RandomTreesAndParameters) {
  Counters all;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 draw(seed);
    const unsigned kind = seed % 3;
    const Topology topology = kind == 0   ? makeTorus(4, 4)
                              : kind == 1 ? makeBoard()
                                          : makeTorus(12, 12);
    const Parameters p = randomParameters(draw);
    const auto chips = static_cast<unsigned>(topology.chips.size());
    const Trees trees(topology, 2 * chips, draw);
    const Time end = chips > 100 ? 3000 : 6000;
    const unsigned each = 1 + draw() % 60;
    std::vector<std::tuple<Time, uint32_t, Packet>> traffic;
    for (unsigned k = 0; k < each * chips; ++k) {
      Packet packet;
      packet.key = draw() % (2 * chips);
      packet.payload = k;
      packet.hasPayload = draw() % 4 == 0;
      traffic.emplace_back(draw() % end, trees.sources[packet.key], packet);
    }
    std::stable_sort(traffic.begin(), traffic.end(),
                     [](const auto &a, const auto &b) {
                       return std::get<0>(a) < std::get<0>(b);
                     });
    const Counters sum = compare(topology, p, trees, traffic, end);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    all.timedOut += sum.timedOut;
    all.unrouted += sum.unrouted;
    all.detoured += sum.detoured;
    all.reinjected += sum.reinjected;
    all.delivered += sum.delivered;
  }
  // Everything happened, and often.
  EXPECT_GT(all.timedOut, 10'000u);
  EXPECT_GT(all.unrouted, 1'000u);
  EXPECT_GT(all.detoured, 1'000u);
  EXPECT_GT(all.reinjected, 1'000u);
  EXPECT_GT(all.delivered, 10'000u);
}

// Point to point, from idle to saturation, with long silences in between.
TEST(Reference, RandomPaths) {
  for (uint32_t seed = 0; seed < 12; ++seed) {
    std::mt19937 draw(1000 + seed);
    const Topology topology = seed % 2 ? makeTorus(12, 12) : makeTorus(5, 5);
    const PathRouting routing(topology);
    const Parameters p = randomParameters(draw);
    const auto chips = static_cast<uint32_t>(topology.chips.size());
    const Time end = 4000;
    const unsigned each = 1u << (seed % 7);
    std::vector<std::tuple<Time, uint32_t, Packet>> traffic;
    for (uint32_t chip = 0; chip < chips; ++chip)
      for (unsigned k = 0; k < each; ++k) {
        Packet packet;
        packet.key = routing.key(chip, draw() % chips);
        packet.payload = k;
        traffic.emplace_back(k * end / each + draw() % 50, chip, packet);
      }
    compare(topology, p, routing, traffic, end);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}
