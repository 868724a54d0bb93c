// Machines with dead chips, cores and links, and what is mapped onto them.

#include "compiler/Mapping/SpinMapping.h"
#include "hw-models/base/Random.h"
#include "hw-models/target/Target.h"
#include "test/unit/TemporaryFolder.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::mapping;
using target::Chip;
using target::SpinMachine;

static Result<SpinMachine> machineOf(const std::string &yaml,
                                     const std::string &base = "spinnaker1-48",
                                     std::vector<std::string> overrides = {}) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file(
      "dead-parts.yaml",
      "limen_target: spinnaker\nname: mine\nextends: " + base + "\n" + yaml);
  auto target = target::loadDocument(path, overrides);
  if (!target)
    return target.takeError();
  return SpinMachine::parse(target->document);
}

TEST(DeadParts, AreLeftOut) {
  auto machine = machineOf("dead:\n"
                           "  chips: [[3, 4]]\n"
                           "  cores: [[0, 0, 17], [0, 0, 2], [1, 1, 1]]\n"
                           "  links: [[5, 5, NE], [2, 2, N]]\n");
  ASSERT_TRUE(bool(machine)) << machine.error().text();
  EXPECT_EQ(machine->chips().size(), 47u);
  EXPECT_FALSE(machine->hasChip({3, 4}));
  EXPECT_EQ(machine->coresOf({0, 0}).size(), 15u);
  EXPECT_FALSE(machine->hasCore({0, 0}, 17));
  EXPECT_TRUE(machine->hasCore({0, 0}, 16));
  EXPECT_TRUE(machine->coresOf({3, 4}).empty());
  Chip next;
  EXPECT_FALSE(machine->neighbour({5, 5}, 1, next));
  EXPECT_FALSE(machine->neighbour({6, 6}, 4, next)); // the other direction
  EXPECT_FALSE(machine->neighbour({2, 4}, 0, next)); // to the dead chip
  EXPECT_TRUE(machine->neighbour({2, 2}, 1, next));
  const ChipGrid grid = ChipGrid::of(*machine);
  EXPECT_EQ(grid.cores[size_t(grid.indexOf({0, 0}))], 15u);
  EXPECT_EQ(grid.neighbour(grid.indexOf({2, 2}), 2), -1);
  EXPECT_EQ(hilbertOrder(grid).size(), 47u);
}

TEST(DeadParts, OfAnotherMachineAreRefused) {
  const std::pair<const char *, const char *> cases[] = {
      {"dead:\n  chips: [[8, 0]]\n", "no chip (8, 0)"},
      {"dead:\n  chips: [[7, 0]]\n", "no chip (7, 0)"}, // corner of the hexagon
      {"dead:\n  chips: [3, 4]\n", "not of the form [x, y]"},
      {"dead:\n  cores: [[0, 0, 18]]\n", "cores 1 to 17"},
      {"dead:\n  cores: [[0, 0, 0]]\n", "cores 1 to 17"},
      {"dead:\n  links: [[0, 0, NW]]\n", "'NW' is no link; E, NE"},
      {"dead:\n  links: [[0, 0, W]]\n", "leads out of the machine"},
      {"dead:\n  boards: []\n", "unknown key 'boards'"},
      {"board_chips: 5\n", "4 or 48 was wanted"},
      {"board_chips: 4\nboards: 3\n", "a board of 4 chips stands alone"}};
  for (const auto &[yaml, wanted] : cases) {
    auto machine = machineOf(yaml);
    ASSERT_FALSE(machine) << yaml;
    EXPECT_NE(machine.error().text().find(wanted), std::string::npos)
        << machine.error().text();
    EXPECT_NE(machine.error().text().find("dead-parts.yaml:"),
              std::string::npos);
  }
  // A torus has these.
  EXPECT_TRUE(bool(machineOf("boards: 3\ndead:\n  chips: [[7, 0]]\n"
                             "  links: [[0, 0, W]]\n")));
}

TEST(SpinMachine, FourChipsWrapAround) {
  auto machine = machineOf("", "spinnaker1-4");
  ASSERT_TRUE(bool(machine)) << machine.error().text();
  EXPECT_EQ(machine->chips().size(), 4u);
  for (Chip chip : machine->chips())
    for (unsigned link = 0; link < 6; ++link) {
      Chip next;
      ASSERT_TRUE(machine->neighbour(chip, link, next));
      EXPECT_NE(next, chip);
      Chip back;
      ASSERT_TRUE(machine->neighbour(next, target::oppositeLink(link), back));
      EXPECT_EQ(back, chip);
    }
  EXPECT_EQ(machine->energy.boardIdle.value.value(), 3.56);
}

TEST(SpinMachine, BoardsMakeARectangleOfTriads) {
  for (const auto &[boards, chips] :
       {std::pair{"1", 48u}, {"3", 144u}, {"24", 1152u}}) {
    auto machine =
        machineOf("", "spinnaker1-48", {std::string("boards=") + boards});
    ASSERT_TRUE(bool(machine));
    EXPECT_EQ(machine->chips().size(), chips);
  }
}

/// `layers` populations of `size` neurons, each onto the next and the one after
/// it, or onto the one `jump` later.
static network::Network layersOf(unsigned layers, int64_t size,
                                 unsigned jump = 0) {
  network::Network net;
  net.name = "net";
  for (unsigned n = 0; n <= layers; ++n) {
    network::Node node;
    node.name = n == 0 ? "in" : "layer" + std::to_string(n);
    node.shape = {size};
    node.size = size;
    node.isInput = n == 0;
    if (n > 0) {
      node.model.name = "if";
      node.model.receptors = {"in"};
      node.model.states = {{"v", network::Array<double>::own({0.0})}};
    }
    net.nodes.push_back(std::move(node));
  }
  const auto connect = [&](unsigned source, unsigned target, unsigned delay) {
    const RandomStream draws(3, Purpose::Weight, source * 100 + target);
    std::vector<float> weights(size_t(size * size), 0.0f);
    for (size_t i = 0; i < weights.size(); ++i)
      if (draws.uniform(i, 0) < 0.02)
        weights[i] = static_cast<float>(draws.uniform(i, 1));
    network::Projection projection;
    projection.name = "p";
    projection.source = source;
    projection.target = target;
    projection.delay = delay;
    projection.stages.push_back(
        {network::Dense{network::Array<float>::own(std::move(weights))},
         size,
         size,
         {}});
    net.projections.push_back(std::move(projection));
  };
  for (unsigned n = 1; jump > 0 && n <= layers; ++n)
    connect(n > jump ? n - jump : 0, n, 0);
  for (unsigned n = 1; jump == 0 && n <= layers; ++n) {
    connect(n - 1, n, 0);
    if (n + 2 <= layers)
      connect(n, n + 2, 1);
  }
  return net;
}

TEST(DeadParts, PacketsGoAroundThem) {
  const network::Network net = layersOf(6, 500);
  const std::string small =
      "software:\n  neurons_per_core: {value: 20, status: "
      "assumed, source: \"many slices\"}\n";
  const std::string dead = "dead:\n"
                           "  chips: [[1, 1], [3, 2]]\n"
                           "  cores: [[0, 0, 1], [0, 1, 5], [2, 2, 17]]\n"
                           "  links: [[0, 0, E], [2, 2, NE], [2, 1, N], "
                           "[4, 4, N], [3, 3, E], [5, 4, W]]\n";
  auto machine = machineOf(small + dead);
  ASSERT_TRUE(bool(machine)) << machine.error().text();
  for (target::Placer placer :
       {target::Placer::Hilbert, target::Placer::Annealing}) {
    SpinOptions options;
    options.placer = placer;
    // mapToSpin follows packets through the tables of this machine.
    auto mapping = mapToSpin(net, *machine, options);
    ASSERT_TRUE(bool(mapping)) << mapping.error().text();
    for (const target::CoreId &at : mapping->placement)
      EXPECT_TRUE(machine->hasCore(at.chip, at.core));
    EXPECT_LE(mapping->hops.placed, mapping->hops.curve);
    // The same tables let no packet through where one more link is dead.
    target::SpinMachine worse = *machine;
    const auto &[chip, table] = *mapping->tables.begin();
    for (unsigned link = 0; link < 6; ++link)
      worse.deadLinks.insert({chip, link});
    EXPECT_FALSE(verify(mapping->partition, worse, mapping->placement,
                        mapping->destinations, mapping->tables));
  }
}

TEST(SpinMapping, AnnealingShortensWhatTheOrderScatters) {
  // Four chains, interleaved in the order of populations.
  const network::Network net = layersOf(16, 320, 4);
  auto machine = machineOf("software:\n  neurons_per_core: {value: 20, status: "
                           "assumed, source: \"many slices\"}\n");
  ASSERT_TRUE(bool(machine)) << machine.error().text();
  SpinOptions options;
  options.placer = target::Placer::Hilbert;
  auto curve = mapToSpin(net, *machine, options);
  ASSERT_TRUE(bool(curve)) << curve.error().text();
  EXPECT_EQ(curve->hops.placed, curve->hops.curve);
  EXPECT_EQ(curve->hops.moves, 0u);
  auto annealed = mapToSpin(net, *machine); // the default
  ASSERT_TRUE(bool(annealed)) << annealed.error().text();
  EXPECT_EQ(annealed->hops.curve, curve->hops.curve);
  EXPECT_LT(annealed->hops.placed, 0.9 * curve->hops.curve);
  // Routers passed by a packet of every neuron, through the tables.
  const auto routers = [&](const SpinMapping &mapping) {
    double sum = 0;
    for (size_t s = 0; s < mapping.partition.slices.size(); ++s) {
      if (mapping.destinations[s].empty())
        continue;
      auto journey =
          target::follow(*machine, mapping.tables, mapping.placement[s].chip,
                         mapping.partition.slices[s].key);
      EXPECT_TRUE(bool(journey));
      sum += journey->routers * mapping.partition.slices[s].size();
    }
    return sum * machine->expectedActivity;
  };
  EXPECT_NEAR(routers(*curve), curve->hops.placed, 1e-6 * routers(*curve));
  EXPECT_NEAR(routers(*annealed), annealed->hops.placed,
              1e-6 * routers(*annealed));
  options = {};
  options.placerSeed = 1;
  auto other = mapToSpin(net, *machine, options);
  ASSERT_TRUE(bool(other));
  EXPECT_NE(other->placement, annealed->placement);
}

TEST(DeadParts, CutOffChipsAreNotUsed) {
  // (0, 0) has links E, NE and N only; without them 47 chips are left.
  auto machine =
      machineOf("software:\n  neurons_per_core: {value: 1, status: "
                "assumed, source: \"many slices\"}\n"
                "dead:\n  links: [[0, 0, E], [0, 0, NE], [0, 0, N]]\n");
  ASSERT_TRUE(bool(machine)) << machine.error().text();
  network::Network net = layersOf(1, 399);
  auto mapping = mapToSpin(net, *machine);
  ASSERT_TRUE(bool(mapping)) << mapping.error().text();
  for (const target::CoreId &at : mapping->placement)
    EXPECT_NE(at.chip, (Chip{0, 0}));
  auto full = mapToSpin(layersOf(1, 798), *machine); // and 4 cores of sources
  ASSERT_FALSE(full);
  const std::string text = full.error().text();
  EXPECT_NE(text.find("needs 802 cores; the machine has 799 on 47 chips"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("leave 1 of 48 living chips out"), std::string::npos)
      << text;
}
