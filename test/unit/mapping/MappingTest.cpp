// Stages of the mapping against their definitions and by their inverses.

#include "compiler/Mapping/SpinMapping.h"
#include "hw-models/base/Random.h"
#include "hw-models/target/Target.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <map>

using namespace limen;
using namespace limen::mapping;

static target::SpinMachine
machineWith(std::vector<std::string> overrides = {}) {
  auto target = target::loadDocument("spinnaker1-48", overrides);
  EXPECT_TRUE(bool(target)) << target.error().text();
  auto machine = target::SpinMachine::parse(target->document);
  EXPECT_TRUE(bool(machine)) << machine.error().text();
  return std::move(*machine);
}

static unsigned addNode(network::Network &net, std::string name, int64_t size,
                        bool input) {
  network::Node node;
  node.name = std::move(name);
  node.shape = {size};
  node.size = size;
  node.isInput = input;
  if (!input) {
    node.model.name = "if";
    node.model.receptors = {"in"};
    node.model.states = {{"v", network::Array<double>::own({0.0})}};
  }
  net.nodes.push_back(std::move(node));
  return static_cast<unsigned>(net.nodes.size() - 1);
}

static void connect(network::Network &net, unsigned source, unsigned target,
                    unsigned delay, double density = 0.3) {
  const int64_t in = net.nodes[source].size, out = net.nodes[target].size;
  const RandomStream draws(11, Purpose::Weight,
                           static_cast<uint32_t>(net.projections.size()));
  std::vector<float> weights(static_cast<size_t>(in * out), 0.0f);
  for (size_t i = 0; i < weights.size(); ++i)
    if (draws.uniform(i, 0) < density)
      weights[i] = static_cast<float>(draws.uniform(i, 1) - 0.4);
  network::Projection projection;
  projection.name = net.nodes[source].name + " -> " + net.nodes[target].name;
  projection.source = source;
  projection.target = target;
  projection.delay = delay;
  projection.stages.push_back(
      {network::Dense{network::Array<float>::own(std::move(weights))},
       in,
       out,
       {}});
  net.projections.push_back(std::move(projection));
}

TEST(Target, UnknownNameListsTheKnownOnes) {
  auto target = target::loadDocument("loihi");
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().text().find("spinnaker1-48"), std::string::npos);
}

TEST(SpinMachine, BoardIsAHexagonOfFortyEightChips) {
  const target::SpinMachine machine = machineWith();
  EXPECT_EQ(machine.chips().size(), 48u);
  EXPECT_EQ(machine.chips().size() * machine.coresPerChip, 816u);
  EXPECT_EQ(machine.tickBudget().value(), 200000u);
  EXPECT_EQ(machineWith({"boards=3"}).chips().size(), 144u);
}

TEST(SpinMachine, TwoBoardsMakeNoTorus) {
  auto target = target::loadDocument("spinnaker1-48", {"boards=2"});
  ASSERT_TRUE(bool(target));
  EXPECT_FALSE(target::SpinMachine::parse(target->document));
}

TEST(Retiming, KeepsTheDelayOfEveryCycle) {
  network::Network net;
  const unsigned in = addNode(net, "in", 4, true);
  const unsigned a = addNode(net, "a", 4, false);
  const unsigned b = addNode(net, "b", 4, false);
  connect(net, in, a, 0);
  connect(net, a, b, 0);
  connect(net, b, a, 3);
  connect(net, a, a, 1);
  auto retiming = retime(net, 16);
  ASSERT_TRUE(bool(retiming)) << retiming.error().text();
  EXPECT_EQ(retiming->latency, (std::vector<unsigned>{0, 1, 2}));
  EXPECT_EQ(retiming->delays, (std::vector<unsigned>{1, 1, 2, 1}));
}

TEST(Retiming, NamesTheCycleThatPreventsIt) {
  network::Network net;
  const unsigned in = addNode(net, "in", 4, true);
  const unsigned a = addNode(net, "a", 4, false);
  const unsigned b = addNode(net, "b", 4, false);
  connect(net, in, a, 0);
  connect(net, a, b, 0);
  connect(net, b, a, 1);
  auto retiming = retime(net, 16);
  ASSERT_FALSE(retiming);
  EXPECT_NE(
      retiming.error().message.find("2 connection(s) but a total delay of "
                                    "1 step(s)"),
      std::string::npos);
}

TEST(RingScale, IsTheSmallestShiftThatHoldsTheWorstCase) {
  network::Network net;
  addNode(net, "a", 1, false);
  const target::SpinMachine machine = machineWith();
  for (double total : {0.5, 1.9, 2.1, 7.5, 1000.0}) {
    network::Rows rows;
    rows.offsets = {0, 1};
    rows.synapses = {{0, static_cast<float>(total)}};
    auto scales = chooseScales(net.nodes[0], {{0, &rows, 1, 0}}, machine);
    ASSERT_TRUE(bool(scales));
    const unsigned shift = (*scales)[0].shift;
    EXPECT_LE(total * std::ldexp(32768.0, -int(shift)) + 0.5, 65535);
    if (shift > 0) {
      EXPECT_GT(total * std::ldexp(32768.0, 1 - int(shift)) + 0.5, 65535);
    }
    EXPECT_EQ((*scales)[1].shift, 0u);
  }
}

TEST(RingScale, PublishedRuleInClosedForm) {
  network::Network net;
  addNode(net, "a", 2, false);
  const target::SpinMachine machine = machineWith();
  const auto shiftOf = [&](const std::vector<network::Synapse> &synapses,
                           unsigned multiplicity = 1, unsigned fraction = 15) {
    network::Rows rows;
    rows.offsets = {0, synapses.size()};
    rows.synapses = synapses;
    auto scales = chooseScales(net.nodes[0], {{0, &rows, multiplicity, 0}},
                               machine, ScaleRule::Published, {fraction});
    EXPECT_TRUE(bool(scales));
    return (*scales)[0].shift;
  };
  // Constant delays: the largest number of synapses times the largest weight.
  // 2^shift must be above it.
  EXPECT_EQ(shiftOf({{0, 1.5f}, {0, 0.1f}, {1, 0.1f}}), 2u); // 3
  EXPECT_EQ(shiftOf({{0, 2.0f}, {0, 2.0f}}), 3u);            // 4
  EXPECT_EQ(shiftOf({{0, 0.25f}}), 0u);
  EXPECT_EQ(shiftOf({{0, 1.0f}}), 1u);
  EXPECT_EQ(shiftOf({{0, 1.5f}}, 4), 3u); // 6
  // Delays vary: 1000 synapses of 1 at 30 Hz and 1 ms are 30 + 5 sqrt(30)
  // = 57.4.
  std::vector<network::Synapse> many(1000, {0, 1.0f, 0});
  EXPECT_EQ(shiftOf(many), 10u); // 1000
  many[0].delay = 1;
  EXPECT_EQ(shiftOf(many), 6u);
  // Weights of 0 and 2 half each have a variance of 1: 30 + 5 sqrt(60) = 68.7.
  for (size_t i = 0; i < many.size(); ++i)
    many[i].weight = i % 2 ? 2.0f : 1e-30f;
  EXPECT_EQ(shiftOf(many), 7u);
  // A weight above the expected sum counts.
  many[0].weight = 300;
  EXPECT_EQ(shiftOf(many), 9u);
  // Conductances in s6.25 are 1024 times as large, but not their total.
  EXPECT_EQ(shiftOf({{0, 0.01f}, {0, 0.01f}}, 1, 25), 4u); // 10.24
}

TEST(Routing, WaysAreAsLongAsTheHexagonalDistance) {
  const target::SpinMachine machine = machineWith();
  const ChipGrid grid = ChipGrid::of(machine);
  for (target::Chip from : machine.chips())
    for (target::Chip to : machine.chips()) {
      const int dx = to.x - from.x, dy = to.y - from.y;
      const int distance =
          std::max({std::abs(dx), std::abs(dy), std::abs(dx - dy)});
      target::Chip at = from;
      const Way &way = grid.way(grid.indexOf(from), grid.indexOf(to));
      for (size_t leg = 0; leg < 3; ++leg)
        for (unsigned i = 0; i < way.counts[leg]; ++i)
          ASSERT_TRUE(machine.neighbour(at, way.links[leg], at));
      EXPECT_EQ(at, to);
      EXPECT_EQ(static_cast<int>(way.length), distance);
      EXPECT_TRUE(way.counts[0] >= way.counts[1] &&
                  way.counts[1] >= way.counts[2]);
    }
}

TEST(Routing, TreesOnATorusReachWhatTheyShould) {
  const target::SpinMachine machine = machineWith({"boards=3"});
  const RandomStream draws(5, Purpose::Placement, 1);
  Partition partition;
  Placement placement;
  Destinations destinations;
  network::Network net;
  addNode(net, "n", 40 * 256, false);
  for (uint32_t s = 0; s < 40; ++s) {
    partition.slices.push_back(
        {0, s * 256, (s + 1) * 256, s << 8, 0xffffff00, true});
    placement.push_back({{static_cast<int>(12 * draws.uniform(s, 0)),
                          static_cast<int>(12 * draws.uniform(s, 1))},
                         1});
    destinations.emplace_back();
    for (uint32_t d = 0; d < 30; ++d)
      destinations.back().insert(
          {{static_cast<int>(12 * draws.uniform(s, 2, d)),
            static_cast<int>(12 * draws.uniform(s, 3, d))},
           1 + d % 17});
  }
  auto tables = makeTables(net, partition, machine, placement, destinations);
  ASSERT_TRUE(bool(tables));
  auto fine = verify(partition, machine, placement, destinations, *tables);
  EXPECT_TRUE(bool(fine)) << fine.error().text();
  // A lost entry must be noticed.
  tables->begin()->second.pop_back();
  EXPECT_FALSE(verify(partition, machine, placement, destinations, *tables));
}

TEST(Routing, CompressesTablesThatDoNotFit) {
  // 64 slices on one chip go to the same cores of another, but for every
  // eighth.
  network::Network net;
  addNode(net, "even", 56 * 256, false);
  addNode(net, "odd", 8 * 256, false);
  Partition partition;
  Placement placement;
  Destinations destinations;
  for (uint32_t s = 0; s < 64; ++s) {
    const unsigned node = s % 8 == 7;
    partition.slices.push_back({node, 0, 256, s << 8, 0xffffff00, true});
    placement.push_back({{0, 0}, 1 + s % 17});
    destinations.push_back({{{2, 0}, 3 + node}});
  }
  const auto build = [&](std::vector<std::string> overrides,
                         TableSizes &sizes) {
    overrides.push_back("chip.router_entries=20");
    return makeTables(net, partition, machineWith(overrides), placement,
                      destinations, &sizes);
  };
  TableSizes sizes;
  auto tables = build({}, sizes);
  ASSERT_TRUE(bool(tables)) << tables.error().text();
  EXPECT_EQ(sizes.before, 128u); // (1, 0) routes by default
  EXPECT_EQ(sizes.largestBefore, 64u);
  EXPECT_EQ(sizes.compressed, 2u);
  // One rule for everything at the source; two at the target.
  EXPECT_EQ(sizes.after, 3u);
  EXPECT_EQ(tables->at({2, 0}).size(), 2u);
  auto fine =
      verify(partition, machineWith(), placement, destinations, *tables);
  EXPECT_TRUE(bool(fine)) << fine.error().text();

  auto never = build({"software.compress_tables=never"}, sizes);
  ASSERT_FALSE(never);
  const std::string text = never.error().text();
  EXPECT_NE(text.find("chip (0, 0) needs 64 routing entries; a router has 20"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("'even' 56, 'odd' 8"), std::string::npos) << text;
}

TEST(Routing, SaysWhichCompressedTableOverflows) {
  network::Network net;
  addNode(net, "n", 40 * 256, false);
  Partition partition;
  Placement placement;
  Destinations destinations;
  for (uint32_t s = 0; s < 40; ++s) { // 40 routes are 40 lines
    partition.slices.push_back({0, 0, 256, s << 8, 0xffffff00, true});
    placement.push_back({{0, 0}, 1});
    destinations.push_back({{{0, 0}, 1 + s % 17}, {{0, 0}, 1 + s / 17}});
  }
  auto tables =
      makeTables(net, partition, machineWith({"chip.router_entries=30"}),
                 placement, destinations);
  ASSERT_FALSE(tables);
  const std::string text = tables.error().text();
  EXPECT_NE(text.find("routing entries after compression; a router has 30"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("chip (0, 0) needs "), std::string::npos) << text;
  EXPECT_NE(text.find("'n' 40"), std::string::npos) << text;
  EXPECT_NE(text.find("raise software.neurons_per_core"), std::string::npos)
      << text;
}

TEST(SpinMachine, UnknownTableCompressionIsRefused) {
  auto target = target::loadDocument("spinnaker1-48",
                                     {"software.compress_tables=sometimes"});
  ASSERT_TRUE(bool(target)) << target.error().text();
  auto machine = target::SpinMachine::parse(target->document);
  ASSERT_FALSE(machine);
  EXPECT_NE(
      machine.error().text().find("always, if_needed or never was wanted"),
      std::string::npos);
}

TEST(SpinMapping, ImagesAndTablesReadBack) {
  network::Network net;
  net.name = "net";
  const unsigned in = addNode(net, "in", 300, true);
  const unsigned a = addNode(net, "a", 600, false);
  const unsigned b = addNode(net, "b", 40, false);
  connect(net, in, a, 0);
  connect(net, a, a, 1, 0.05);
  connect(net, a, b, 17);
  const target::SpinMachine machine = machineWith();
  auto mapping = mapToSpin(net, machine);
  ASSERT_TRUE(bool(mapping)) << mapping.error().text();
  EXPECT_EQ(mapping->partition.slices.size(), 2u + 3u + 1u);
  // Delay 17 - 1 of retiming: 16 slots, encoded as 0.
  EXPECT_EQ(mapping->images.back().layout.delayBits, 4u);
  std::vector<Connection> found;
  const Slice &source = mapping->partition.slices[2];
  auto read = readConnections(mapping->images.back(), source.key, found);
  ASSERT_TRUE(read && *read);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].delay, 16u);
}

/// Packets that neuron `i` of node `n` causes, itself (ticks 0) and by its
/// delay-extension cores: key -> ticks after the spike.
static std::map<uint32_t, uint32_t>
packetsOf(const SpinMapping &mapping, unsigned n, uint32_t i, uint32_t slots) {
  std::map<uint32_t, uint32_t> packets;
  for (const Slice &slice : mapping.partition.slices) {
    if (slice.node != n || i < slice.begin || i >= slice.end)
      continue;
    if (slice.stages == 0)
      packets[slice.key + i - slice.begin] = 0;
    for (uint32_t stage = 1; stage <= slice.stages; ++stage)
      packets[slice.key + (stage - 1) * (slice.end - slice.begin) + i -
              slice.begin] = stage * slots;
  }
  return packets;
}

TEST(SpinMapping, LongDelaysAreRepeatedPackets) {
  network::Network net;
  net.name = "net";
  const unsigned in = addNode(net, "in", 300, true);
  const unsigned a = addNode(net, "a", 600, false);
  connect(net, in, a, 5, 0.1);
  connect(net, a, a, 16, 0.02);
  connect(net, a, a, 17, 0.02);
  connect(net, in, a, 200, 0.1);
  const target::SpinMachine machine = machineWith();
  auto mapping = mapToSpin(net, machine);
  ASSERT_TRUE(bool(mapping)) << mapping.error().text();
  // 2 + 3 slices; 200 steps are 12 stages of 16 and 8, 17 one of 16 and 1. A
  // history of 256 ticks fits 64 KiB for a slice of 256.
  EXPECT_EQ(mapping->partition.slices.size(), 2u + 3u + 2u + 3u);
  for (const Slice &slice : mapping->partition.slices)
    if (slice.stages > 0) {
      EXPECT_EQ(slice.stages, slice.node == in ? 12u : 1u);
    }
  // Delays found in the images, source by source and target by target.
  using Found = std::map<std::array<uint32_t, 3>, uint32_t>; // s, t, delay: n
  for (unsigned n : {in, a}) {
    Found found, wanted;
    for (uint32_t i = 0; i < net.nodes[n].size; ++i)
      for (auto [key, ticks] : packetsOf(*mapping, n, i, 16)) {
        for (unsigned s = mapping->partition.firstSlice[a];
             s < mapping->partition.firstSlice[a + 1]; ++s) {
          std::vector<Connection> connections;
          ASSERT_TRUE(readConnections(mapping->images[s], key, connections));
          for (const Connection &c : connections) {
            EXPECT_GE(c.delay, 1u);
            EXPECT_LE(c.delay, 16u);
            ++found[{i, mapping->partition.slices[s].begin + c.target,
                     ticks + c.delay}];
          }
        }
      }
    for (const network::Projection &projection : net.projections) {
      if (projection.source != n)
        continue;
      const network::Rows rows = network::expandRows(projection);
      for (uint32_t i = 0; i < net.nodes[n].size; ++i)
        for (const network::Synapse &synapse : rows.row(i))
          if (quantise(synapse.weight, mapping->scales[a][synapse.weight < 0]) >
              0)
            ++wanted[{i, synapse.target, projection.delay}];
    }
    EXPECT_EQ(found, wanted);
    EXPECT_GT(found.size(), 1000u);
  }
  // The check notices a stage that is one too late.
  std::vector<network::Rows> rows;
  std::vector<Incoming> incoming;
  for (const network::Projection &projection : net.projections)
    rows.push_back(network::expandRows(projection));
  for (unsigned p = 0; p < rows.size(); ++p)
    incoming.push_back({p, &rows[p], 1, 0});
  const unsigned first = mapping->partition.firstSlice[a];
  const std::vector<CoreImage> images(mapping->images.begin() + first,
                                      mapping->images.begin() +
                                          mapping->partition.firstSlice[a + 1]);
  EXPECT_TRUE(bool(verify(net, mapping->retiming, mapping->partition, a, 16,
                          incoming, mapping->scales[a], images)));
  Partition late = mapping->partition;
  late.slices.back().key += late.slices.back().size();
  EXPECT_FALSE(verify(net, mapping->retiming, late, a, 16, incoming,
                      mapping->scales[a], images));
}

TEST(SpinMapping, ADelayBeyondTheMemoryOfACoreIsRefused) {
  network::Network net;
  net.name = "net";
  const unsigned in = addNode(net, "in", 3, true);
  const unsigned a = addNode(net, "a", 2, false);
  connect(net, in, a, 70000, 1.0);
  auto mapping = mapToSpin(net, machineWith());
  ASSERT_FALSE(mapping);
  EXPECT_NE(
      mapping.error().text().find("a delay of 70000 steps from 'in' needs "
                                  "131072 bytes of DTCM"),
      std::string::npos)
      << mapping.error().text();
  // 300 steps need a history of 512 ticks: 128 neurons a core.
  net.nodes[in].size = 300;
  net.projections.clear();
  connect(net, in, a, 300, 1.0);
  auto split = mapToSpin(net, machineWith());
  ASSERT_TRUE(bool(split)) << split.error().text();
  EXPECT_EQ(split->partition.slices.size(), 2u + 1u + 2u + 1u);
}

TEST(SpinMapping, SaysWhatDoesNotFit) {
  network::Network net;
  net.name = "large";
  const unsigned in = addNode(net, "in", 1, true);
  const unsigned a = addNode(net, "cortex", 300000, false);
  connect(net, in, a, 0);
  auto mapping = mapToSpin(net, machineWith());
  ASSERT_FALSE(mapping);
  const std::string text = mapping.error().text();
  EXPECT_NE(text.find("needs 1173 cores; the machine has 816"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("'cortex'"), std::string::npos);
  EXPECT_TRUE(bool(mapToSpin(net, machineWith({"boards=3"}))));
}
