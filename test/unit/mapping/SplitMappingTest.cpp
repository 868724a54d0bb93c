// Synapses on cores of their own: who has which, and what is refused.

#include "compiler/Mapping/SpinMapping.h"
#include "test/unit/mapping/Small.h"

#include <map>
#include <set>

using namespace limen;
using namespace limen::mapping;
using namespace limen::test;

namespace {

constexpr unsigned in = 0, noise = 1, a = 2, b = 3;

/// An input of 130, 100 sources of noise, populations of 100 and 70.
SmallNetwork circuit() {
  SmallNetwork net(Seconds(1e-3));
  net.add("in", 130, true);
  net.add("noise", 100, false, /*receives=*/false);
  net.add("a", 100, false);
  net.add("b", 70, false);
  net.connect(in, a, 1, 0.3, true);
  net.oneToOne(noise, a, 4, 0.5f);
  net.connect(a, b, 2, 0.2, true);
  net.connect(b, a, 30, 0.2, true); // through delay-extension cores
  net.connect(a, a, 3, 0.1);
  return net;
}

target::SpinMachine split(std::vector<std::string> more = {}) {
  more.insert(more.end(),
              {"software.cores=split", "software.neurons_per_core=40",
               "software.sources_per_core=16"});
  return machineWith(more);
}

Result<SpinMapping> mapped(const network::Network &net,
                           const target::SpinMachine &machine) {
  SpinOptions options;
  options.mostCounted = {0, 20, 0, 0};
  return mapToSpin(net, machine, options);
}

} // namespace

TEST(SplitMapping, SourcesAreDealtInPowersOfTwo) {
  unsigned next = 0;
  // 10 slices for 3 cores: 2^ceil(log2(10 / 3)) = 4 at a time.
  EXPECT_EQ(dealSources(10, 3, next),
            (std::vector<unsigned>{0, 0, 0, 0, 1, 1, 1, 1, 2, 2}));
  EXPECT_EQ(next, 0u);
  // 5 for 4: two at a time, to 0, 1 and 2; the next population begins at 3.
  EXPECT_EQ(dealSources(5, 4, next), (std::vector<unsigned>{0, 0, 1, 1, 2}));
  EXPECT_EQ(next, 3u);
  EXPECT_EQ(dealSources(2, 4, next), (std::vector<unsigned>{3, 0}));
  EXPECT_EQ(dealSources(0, 4, next), std::vector<unsigned>());
  EXPECT_EQ(next, 1u);
  for (unsigned slices = 1; slices < 200; ++slices)
    for (unsigned parts = 1; parts < 15; ++parts) {
      next = 0;
      std::map<unsigned, unsigned> sizes;
      for (unsigned k : dealSources(slices, parts, next))
        ++sizes[k];
      const double exact = std::pow(
          2, std::max(0.0, std::ceil(std::log2(double(slices) / parts))));
      for (auto [k, size] : sizes)
        EXPECT_TRUE(k < parts && size <= exact) << slices << " " << parts;
      EXPECT_EQ(sizes[0], std::min(double(slices), exact));
    }
}

TEST(SplitMapping, EverySynapseIsOnOneCore) {
  const SmallNetwork net = circuit();
  for (unsigned parts : {1u, 3u}) {
    const target::SpinMachine machine =
        split({"software.synapse_cores=" + std::to_string(parts)});
    auto made = mapped(net, machine);
    ASSERT_TRUE(bool(made)) << made.error().text();
    const Partition &partition = made->partition;
    EXPECT_EQ(partition.splits[a].parts, parts);
    EXPECT_EQ(partition.splits[in].parts, 0u);
    EXPECT_EQ(partition.splits[noise].direct, 1);
    EXPECT_EQ(partition.splits[a].types, (std::vector<unsigned>{0, 1}));
    EXPECT_EQ(partition.splits[noise].types, std::vector<unsigned>{0});

    // Connections of all images, by source neuron and target neuron.
    using Synapse = std::array<uint32_t, 4>; // source, target, type, delay
    std::map<std::pair<unsigned, unsigned>, std::multiset<Synapse>> found;
    std::set<std::pair<unsigned, uint32_t>> holders;
    for (unsigned s = 0; s < partition.slices.size(); ++s) {
      const Slice &slice = partition.slices[s];
      EXPECT_EQ(slice.isSynapse() || made->images[s].rows.empty(), true);
      if (!slice.isSynapse())
        continue;
      for (const Slice &source : partition.slices)
        for (uint32_t k = 0; source.sends && k < source.keys(); ++k) {
          std::vector<Connection> list;
          auto read = readConnections(made->images[s], source.key + k, list);
          ASSERT_TRUE(bool(read));
          if (*read) {
            EXPECT_TRUE(holders.insert({slice.feeds, source.key + k}).second);
          }
          const unsigned stage = source.isDelay() ? 1 + k / source.size() : 0;
          for (const Connection &one : list)
            found[{source.node, slice.node}].insert(
                {source.begin + k % source.size(), slice.begin + one.target,
                 one.type, one.delay + stage * machine.delaySlots});
        }
    }
    for (size_t p = 0; p < net.projections.size(); ++p) {
      const network::Projection &projection = net.projections[p];
      if (projection.source == noise)
        continue;
      const network::Rows rows = network::expandRows(projection);
      auto &left = found[{projection.source, projection.target}];
      for (uint32_t s = 0; s < rows.sources(); ++s)
        for (const network::Synapse &one : rows.row(s)) {
          const uint32_t type = one.weight < 0;
          if (quantise(one.weight, made->scales[projection.target][type]) == 0)
            continue;
          const auto at = left.find(
              {s, one.target, type, made->retiming.delays[p] + one.delay});
          ASSERT_NE(at, left.end()) << projection.name;
          left.erase(at);
        }
      EXPECT_TRUE(left.empty()) << projection.name;
    }

    // Groups share a chip; packets go to cores with their rows only.
    for (const auto &group : groupsOf(net, partition)) {
      const unsigned node = partition.slices[group.front()].node;
      EXPECT_EQ(group.size(), 1 + parts + (node == a));
      for (unsigned s : group)
        EXPECT_EQ(made->placement[s].chip, made->placement[group.front()].chip);
    }
    for (unsigned s = 0; s < partition.slices.size(); ++s)
      for (unsigned t = 0; t < partition.slices.size(); ++t)
        if (partition.slices[t].isSynapse()) {
          EXPECT_EQ(made->destinations[s].contains(made->placement[t]),
                    partition.slices[s].sends &&
                        partition.partFor(partition.slices[t].node, s) + 1 ==
                            partition.slices[t].part &&
                        holders.contains({partition.slices[t].feeds,
                                          partition.slices[s].key}))
              << s << " " << t;
        }
  }
}

TEST(SplitMapping, VerifyNoticesEveryDamage) {
  const SmallNetwork net = circuit();
  const target::SpinMachine machine = split({"software.synapse_cores=3"});
  auto made = mapped(net, machine);
  ASSERT_TRUE(bool(made)) << made.error().text();
  ASSERT_TRUE(bool(verify(net, made->partition, machine)));
  const auto message = [&](auto damage) {
    Partition broken = made->partition;
    damage(broken);
    auto result = verify(net, broken, machine);
    return result ? std::string("fine") : result.error().message;
  };
  const auto has = [](const std::string &text, const char *part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(message([](Partition &p) { p.slices.pop_back(); }),
                  "lack a synapse core"));
  EXPECT_TRUE(has(message([](Partition &p) { p.slices.back().part = 1; }),
                  "one too many"));
  EXPECT_TRUE(has(message([](Partition &p) { --p.slices.back().feeds; }),
                  "feeds other neurons"));
  EXPECT_TRUE(has(message([](Partition &p) { p.partOf[a][0] = 3; }),
                  "synapse core 4 of 3"));
  EXPECT_TRUE(has(message([](Partition &p) {
                    p.splits[noise].direct = 2; // a -> b
                  }),
                  "writes to buffers of other neurons"));
  Partition fine = made->partition;
  EXPECT_TRUE(has(
      verify(net, fine,
             split({"software.group_cores=4", "software.synapse_cores=3"}))
          .error()
          .message,
      "need 5 cores together, 3 synapse cores and 1 of sources among them; 4"));
  // And the words of those that write.
  for (unsigned s = 0; s < made->words.size(); ++s) {
    if (made->words[s].empty())
      continue;
    const Slice &slice = made->partition.slices[s];
    const RowLayout &layout =
        made->images[made->partition.writesTo(net, s)].layout;
    for (uint32_t bit :
         {1u, 1u << layout.indexBits, 1u << 8, 1u << 16, 1u << 31}) {
      std::vector<uint32_t> words = made->words[s];
      ASSERT_TRUE(bool(verifyWords(net, made->retiming, slice, 1, layout,
                                   made->scales[a], words)));
      words[3] ^= bit;
      EXPECT_FALSE(bool(verifyWords(net, made->retiming, slice, 1, layout,
                                    made->scales[a], words)))
          << bit;
    }
  }
}

TEST(SplitMapping, AsManySynapseCoresAsCyclesAskFor) {
  // 60 sources of 50 spikes/s and ticks of 5,000 cycles: a synapse core has 80
  // % of them without 3,850 of overhead and what writing takes; a row of two
  // neurons 539 + 30.
  SmallNetwork net(Seconds(1e-3));
  const unsigned from = net.add("from", 64, true);
  const unsigned to = net.add("to", 2, false);
  net.connect(from, to, 1, 1.0);
  const auto parts = [&](const char *share) {
    auto made = mapToSpin(
        net, machineWith({"software.cores=split", "software.sources_per_core=2",
                          "software.spikes_per_second=50 Hz",
                          "clocks.timer_tick=30 us",
                          std::string("software.tick_share=") + share}));
    EXPECT_TRUE(bool(made)) << made.error().text();
    return made->partition.splits[to].parts;
  };
  // Two neurons of one type: 4 bytes, 17 cores at 4.5 bytes a cycle.
  const double write = std::ceil(100 + 17 * 4 / 4.5) + 200;
  const auto fits = [&](unsigned cores, double share) {
    const double group = std::pow(2, std::ceil(std::log2(32.0 / cores)));
    return 3850 + write + 2 * group * 0.05 * (539 + 30) <= share * 6000;
  };
  for (const char *share : {"0.75", "0.8", "0.9", "1"}) {
    unsigned wanted = 1;
    while (wanted < 14 && !fits(wanted, std::atof(share)))
      ++wanted;
    EXPECT_EQ(parts(share), wanted) << share;
  }
}

TEST(SplitMapping, GroupsThatDoNotFitAChipAreRefused) {
  const SmallNetwork net = circuit();
  auto made =
      mapped(net, split({"software.synapse_cores=13", "chip.cores=12"}));
  ASSERT_FALSE(bool(made));
  EXPECT_NE(made.error().message.find("in 5 groups of up to 14 that must share "
                                      "a chip; 48 chips of 11 cores"),
            std::string::npos)
      << made.error().message;
}
