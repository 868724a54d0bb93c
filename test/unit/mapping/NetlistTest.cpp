// Placement and routing of netlists: closed formulas, exhaustive search on tiny
// meshes, and detours.

#include "compiler/Mapping/Annealing.h"
#include "hw-models/base/Random.h"
#include "test/benchmark/spinnaker/NetlistFile.h"
#include "test/unit/TestData.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <gtest/gtest.h>
#include <numeric>
#include <set>

using namespace limen;
using namespace limen::mapping;

namespace {

/// Draws that differ from those of the compiler.
class Dice {
public:
  explicit Dice(uint64_t seed) : stream(seed, Purpose::Shuffle, 78) {}
  int below(int n) {
    return static_cast<int>(stream.words(count++)[0] %
                            static_cast<uint32_t>(n));
  }

private:
  RandomStream stream;
  uint64_t count = 0;
};

Netlist vertices(unsigned count) {
  Netlist netlist;
  for (unsigned v = 0; v < count; ++v)
    netlist.vertices.push_back({fmt::format("v{}", v), 1, 0});
  return netlist;
}

/// Hop cost by routing and proof.
double routedCost(const Netlist &netlist, const ChipGrid &grid,
                  const ChipAssignment &assignment) {
  auto placed = verify(netlist, grid, assignment);
  EXPECT_TRUE(bool(placed)) << placed.error().text();
  auto trees = routeNets(netlist, grid, assignment);
  EXPECT_TRUE(bool(trees)) << trees.error().text();
  auto routed = verify(netlist, grid, assignment, *trees);
  EXPECT_TRUE(bool(routed)) << routed.error().text();
  return hopCost(netlist, grid, *trees).total;
}

double annealedCost(const Netlist &netlist, const ChipGrid &grid,
                    uint64_t seed = 1, uint64_t work = 20'000'000) {
  auto start = placeAlongCurve(netlist, grid);
  EXPECT_TRUE(bool(start)) << start.error().text();
  AnnealReport report;
  const ChipAssignment placed =
      anneal(netlist, grid, *start, {seed, work}, &report);
  const double cost = routedCost(netlist, grid, placed);
  // The search counts what routing makes.
  EXPECT_NEAR(report.after, cost, 1e-9 * cost);
  EXPECT_LE(report.after, report.before);
  return cost;
}

/// Links of shortest living ways from `from`, by breadth-first search.
std::vector<int> livingDistances(const ChipGrid &grid, int from) {
  std::vector<int> distance(static_cast<size_t>(grid.size()), -1);
  std::vector<int> queue = {from};
  distance[static_cast<size_t>(from)] = 0;
  for (size_t head = 0; head < queue.size(); ++head)
    for (unsigned link = 0; link < 6; ++link)
      if (const int next = grid.neighbour(queue[head], link);
          next >= 0 && distance[static_cast<size_t>(next)] < 0) {
        distance[static_cast<size_t>(next)] =
            distance[static_cast<size_t>(queue[head])] + 1;
        queue.push_back(next);
      }
  return distance;
}

/// The fewest chips of any tree from `source` to `sinks`: the smallest
/// connected set of living chips with all of them, by trying all sets of a tiny
/// grid.
int fewestChips(const ChipGrid &grid, int source, const std::set<int> &sinks) {
  uint32_t wanted = 1u << source;
  for (int sink : sinks)
    wanted |= 1u << sink;
  int best = 99;
  for (uint32_t set = 0; set < 1u << grid.size(); ++set) {
    if ((set & wanted) != wanted || __builtin_popcount(set) >= best)
      continue;
    uint32_t reached = 1u << source, before = 0;
    while (reached != before) {
      before = reached;
      for (int chip = 0; chip < grid.size(); ++chip)
        for (unsigned link = 0; link < 6; ++link)
          if (const int next = grid.neighbour(chip, link);
              next >= 0 && (before >> chip & 1) && (set >> next & 1))
            reached |= 1u << next;
    }
    if (reached == set)
      best = __builtin_popcount(set);
  }
  return best;
}

} // namespace

TEST(NetRouting, TwoChipsCostTheirDistancePlusOne) {
  for (bool wraps : {false, true}) {
    const ChipGrid grid = ChipGrid::uniform(7, 5, wraps, 1, 0);
    NetRouter router(grid);
    for (int from = 0; from < grid.size(); ++from) {
      const std::vector<int> distance = livingDistances(grid, from);
      for (int to = 0; to < grid.size(); ++to) {
        const std::vector<int> sinks = {to};
        auto tree = router.route(from, sinks);
        ASSERT_TRUE(bool(tree));
        ASSERT_TRUE(bool(verify(grid, from, sinks, *tree)));
        EXPECT_EQ(static_cast<int>(tree->nodes.size()),
                  distance[static_cast<size_t>(to)] + 1);
        EXPECT_EQ(router.estimate(from, sinks), tree->nodes.size());
      }
    }
  }
}

TEST(NetRouting, ATorusWraps) {
  const ChipGrid mesh = ChipGrid::uniform(12, 12, false, 1, 0);
  const ChipGrid torus = ChipGrid::uniform(12, 12, true, 1, 0);
  const int a = mesh.indexOf({0, 0}), b = mesh.indexOf({11, 11});
  EXPECT_EQ(mesh.distance(a, b), 11u);
  EXPECT_EQ(torus.distance(a, b), 1u);
  EXPECT_EQ(torus.neighbour(a, 4), b); // SW
  EXPECT_EQ(mesh.neighbour(a, 4), -1);
}

TEST(NetRouting, LongestDimensionFirst) {
  const ChipGrid grid = ChipGrid::uniform(9, 9, false, 1, 0);
  NetRouter router(grid);
  // (6, 2): two diagonal links and four across; across is longer.
  const std::vector<int> sinks = {grid.indexOf({7, 3})};
  auto tree = router.route(grid.indexOf({1, 1}), sinks);
  ASSERT_TRUE(bool(tree));
  std::vector<unsigned> links;
  for (size_t n = 1; n < tree->nodes.size(); ++n)
    links.push_back(tree->nodes[n].link);
  EXPECT_EQ(links, (std::vector<unsigned>{0, 0, 0, 0, 1, 1}));
}

TEST(NetRouting, TreesAreWithinAFewChipsOfTheFewest) {
  Dice dice(3);
  int total = 0, fewest = 0;
  for (int run = 0; run < 60; ++run) {
    const ChipGrid grid = ChipGrid::uniform(4, 3, run % 2 == 1, 1, 0);
    NetRouter router(grid);
    const int source = dice.below(grid.size());
    std::set<int> set;
    for (int i = 0; i < 2 + run % 4; ++i)
      set.insert(dice.below(grid.size()));
    std::vector<int> sinks(set.begin(), set.end());
    auto tree = router.route(source, sinks);
    ASSERT_TRUE(bool(tree));
    ASSERT_TRUE(bool(verify(grid, source, sinks, *tree)));
    const int least = fewestChips(grid, source, set);
    EXPECT_GE(static_cast<int>(tree->nodes.size()), least);
    total += static_cast<int>(tree->nodes.size());
    fewest += least;
    // Neither the order of sinks nor doubles matter.
    std::reverse(sinks.begin(), sinks.end());
    sinks.push_back(sinks.front());
    EXPECT_EQ(router.estimate(source, sinks), tree->nodes.size());
  }
  EXPECT_LE(total, 1.05 * fewest);
}

TEST(NetRouting, GoesAroundDeadLinksAndChips) {
  ChipGrid grid = ChipGrid::uniform(5, 5, false, 1, 0);
  const int from = grid.indexOf({0, 2}), to = grid.indexOf({4, 2});
  grid.killLink(grid.indexOf({1, 2}), 0);
  EXPECT_EQ(grid.neighbour(grid.indexOf({2, 2}), 3), -1);
  grid.killChip(grid.indexOf({3, 2}));
  NetRouter router(grid);
  const std::vector<int> sinks = {to};
  auto tree = router.route(from, sinks);
  ASSERT_TRUE(bool(tree)) << tree.error().text();
  auto fine = verify(grid, from, sinks, *tree);
  EXPECT_TRUE(bool(fine)) << fine.error().text();
  EXPECT_EQ(static_cast<int>(tree->nodes.size()),
            livingDistances(grid, from)[static_cast<size_t>(to)] + 1);
  EXPECT_EQ(tree->nodes.size(), 6u); // four links would do without deaths
}

TEST(NetRouting, SurvivesManyDeaths) {
  Dice dice(4);
  int detours = 0;
  for (int run = 0; run < 200; ++run) {
    ChipGrid grid = ChipGrid::uniform(8, 8, run % 2 == 0, 1, 0);
    for (int i = 0; i < 6; ++i)
      grid.killChip(dice.below(grid.size()));
    for (int i = 0; i < 25; ++i)
      grid.killLink(dice.below(grid.size()),
                    static_cast<unsigned>(dice.below(6)));
    const std::vector<int> part = grid.parts();
    NetRouter router(grid);
    std::vector<int> reachable;
    for (int chip = 0; chip < grid.size(); ++chip)
      if (part[static_cast<size_t>(chip)] == 0)
        reachable.push_back(chip);
    const int source =
        reachable[static_cast<size_t>(dice.below(int(reachable.size())))];
    std::vector<int> sinks;
    for (int i = 0; i < 12; ++i)
      sinks.push_back(
          reachable[static_cast<size_t>(dice.below(int(reachable.size())))]);
    auto tree = router.route(source, sinks);
    ASSERT_TRUE(bool(tree)) << tree.error().text();
    auto fine = verify(grid, source, sinks, *tree);
    ASSERT_TRUE(bool(fine)) << fine.error().text();
    detours += tree->nodes.size() != router.estimate(source, sinks);
  }
  EXPECT_GT(detours, 20);
}

TEST(NetRouting, RefusesWhatIsCutOff) {
  ChipGrid grid = ChipGrid::uniform(4, 1, false, 1, 0);
  grid.killLink(2, 0);
  NetRouter router(grid);
  const std::vector<int> sinks = {3};
  auto tree = router.route(0, sinks);
  ASSERT_FALSE(tree);
  EXPECT_NE(tree.error().text().find("from chip (0, 0) to chip (3, 0)"),
            std::string::npos)
      << tree.error().text();
  // The placer leaves it out.
  EXPECT_EQ(hilbertOrder(grid).size(), 3u);
  auto placed = placeAlongCurve(vertices(4), grid);
  ASSERT_FALSE(placed);
  EXPECT_NE(placed.error().text().find("the 3 chips that reach each other"),
            std::string::npos)
      << placed.error().text();
}

TEST(NetRouting, VerifyNoticesDamage) {
  const ChipGrid grid = ChipGrid::uniform(6, 6, false, 1, 0);
  NetRouter router(grid);
  const std::vector<int> sinks = {grid.indexOf({5, 1}), grid.indexOf({1, 5})};
  auto tree = router.route(0, sinks);
  ASSERT_TRUE(bool(tree));
  ASSERT_TRUE(bool(verify(grid, 0, sinks, *tree)));
  EXPECT_FALSE(verify(grid, 1, sinks, *tree)); // another source
  EXPECT_FALSE(verify(grid, 0, std::vector<int>{sinks[0]}, *tree)); // stray end
  EXPECT_FALSE(
      verify(grid, 0, std::vector<int>{sinks[0], sinks[1], 35}, *tree));
  ChipTree broken = *tree;
  broken.nodes.back().link = (broken.nodes.back().link + 1) % 6;
  EXPECT_FALSE(verify(grid, 0, sinks, broken));
  broken = *tree;
  broken.nodes.push_back({0, 1, 3}); // a loop to the source
  EXPECT_FALSE(verify(grid, 0, sinks, broken));
  ChipGrid dead = grid;
  dead.killLink(tree->nodes[0].chip, tree->nodes[1].link);
  EXPECT_FALSE(verify(dead, 0, sinks, *tree));
}

TEST(HopCost, CountsWeightsTimesChipsAndTheWorstChip) {
  const ChipGrid grid = ChipGrid::uniform(4, 1, false, 2, 0);
  Netlist netlist = vertices(4);
  netlist.nets = {{0, {1, 2}, 3}, {3, {2}, 5}, {1, {}, 7}};
  const ChipAssignment assignment = {0, 1, 3, 3};
  auto trees = routeNets(netlist, grid, assignment);
  ASSERT_TRUE(bool(trees));
  const HopCost cost = hopCost(netlist, grid, *trees);
  EXPECT_EQ(cost.total, 3 * 4 + 5 * 1 + 7 * 1);
  EXPECT_EQ(cost.worstChip, 3 + 7); // chip 1
}

TEST(Netlist, VerifyNoticesEveryViolation) {
  ChipGrid grid = ChipGrid::uniform(3, 1, false, 2, 100);
  Netlist netlist = vertices(3);
  netlist.vertices[2].sdram = 60;
  netlist.vertices[1].sdram = 60;
  netlist.sameChip = {{0, 1}};
  EXPECT_TRUE(bool(verify(netlist, grid, ChipAssignment{0, 0, 1})));
  EXPECT_FALSE(verify(netlist, grid, ChipAssignment{0, 0, 0})); // cores
  EXPECT_FALSE(verify(netlist, grid, ChipAssignment{0, 1, 1})); // group, SDRAM
  EXPECT_FALSE(verify(netlist, grid, ChipAssignment{0, 2, 1})); // group
  EXPECT_FALSE(verify(netlist, grid, ChipAssignment{0, 0, 3})); // no chip
  EXPECT_FALSE(verify(netlist, grid, ChipAssignment{0, 0}));
  grid.killChip(2);
  EXPECT_FALSE(verify(netlist, grid, ChipAssignment{0, 0, 2}));
}

TEST(Netlist, GroupsWithACommonVertexAreOneCluster) {
  Netlist netlist = vertices(6);
  netlist.sameChip = {{1, 3}, {5, 4}, {4, 3}, {}};
  EXPECT_EQ(clustersOf(netlist), (std::vector<unsigned>{0, 1, 2, 1, 1, 1}));
  auto fine = check(netlist, ChipGrid::uniform(4, 4, false, 3, 0));
  ASSERT_FALSE(fine);
  EXPECT_NE(fine.error().text().find("'v1' and those that must share its chip "
                                     "need 4 cores"),
            std::string::npos)
      << fine.error().text();
}

TEST(Netlist, FillsWhatOnlyFitsOutOfOrder) {
  // In turn: 2 | 3 | 2 and no chip for 3. The first with room: 2+2 | 3+1 | 3+1.
  Netlist netlist = vertices(6);
  const unsigned cores[] = {2, 3, 2, 3, 1, 1};
  for (size_t v = 0; v < 6; ++v)
    netlist.vertices[v].cores = cores[v];
  const ChipGrid grid = ChipGrid::uniform(3, 1, false, 4, 0);
  auto placed = placeAlongCurve(netlist, grid);
  ASSERT_TRUE(bool(placed)) << placed.error().text();
  EXPECT_TRUE(bool(verify(netlist, grid, *placed)));
}

TEST(Annealing, AStarFillsTheRingAroundItsCentre) {
  // One vertex a chip: six leaves around the hub, the next twelve one further.
  for (bool wraps : {false, true}) {
    const ChipGrid grid = ChipGrid::uniform(9, 9, wraps, 1, 0);
    Netlist netlist = vertices(19);
    for (unsigned leaf = 1; leaf < 19; ++leaf)
      netlist.nets.push_back({0, {leaf}, 1});
    EXPECT_EQ(annealedCost(netlist, grid), 6 * 2 + 12 * 3);
  }
}

TEST(Annealing, ARingNeedsTwoChipsPerNet) {
  const ChipGrid grid = ChipGrid::uniform(6, 6, false, 1, 0);
  Netlist netlist = vertices(20);
  for (unsigned v = 0; v < 20; ++v)
    netlist.nets.push_back({v, {(v + 7) % 20}, 2});
  EXPECT_EQ(annealedCost(netlist, grid), 2 * 2 * 20);
}

TEST(Annealing, AMulticastNetNeedsAsManyChipsAsItFills) {
  // 30 sinks on chips of four cores: eight chips hold them and the source.
  const ChipGrid grid = ChipGrid::uniform(8, 8, false, 4, 0);
  Netlist netlist = vertices(60);
  Net net{0, {}, 1};
  for (unsigned v = 1; v < 31; ++v)
    net.sinks.push_back((7 * v) % 60);
  netlist.nets.push_back(net);
  EXPECT_EQ(annealedCost(netlist, grid), 8);
}

TEST(Annealing, FindsTheOptimumOfTinyMeshes) {
  Dice dice(5);
  for (int run = 0; run < 6; ++run) {
    const bool wraps = run % 2 == 1;
    const ChipGrid grid = ChipGrid::uniform(3, 2, wraps, 1, 0);
    Netlist netlist = vertices(6);
    for (int n = 0; n < 7; ++n) {
      Net net{static_cast<unsigned>(dice.below(6)), {}, 1.0 + dice.below(9)};
      for (int s = 0; s < 1 + n % 3; ++s)
        net.sinks.push_back(static_cast<unsigned>(dice.below(6)));
      netlist.nets.push_back(std::move(net));
    }
    ChipAssignment all(6);
    std::iota(all.begin(), all.end(), 0);
    double best = 1e9, least = 1e9;
    do {
      best = std::min(best, routedCost(netlist, grid, all));
      double cost = 0;
      for (const Net &net : netlist.nets) {
        std::set<int> sinks;
        for (unsigned s : net.sinks)
          sinks.insert(all[s]);
        cost += net.weight * fewestChips(grid, all[net.source], sinks);
      }
      least = std::min(least, cost);
    } while (std::next_permutation(all.begin(), all.end()));
    const double found = annealedCost(netlist, grid, 1, 3'000'000);
    EXPECT_EQ(found, best) << "run " << run;
    EXPECT_GE(best, least);
    EXPECT_LE(best, 1.05 * least) << "run " << run;
  }
}

TEST(Annealing, KeepsGroupsAndCapacities) {
  Dice dice(6);
  const ChipGrid grid = ChipGrid::uniform(5, 4, false, 8, 1000);
  Netlist netlist = vertices(110);
  for (unsigned v = 0; v < 110; ++v) {
    netlist.vertices[v].sdram = static_cast<uint64_t>(dice.below(200));
    netlist.nets.push_back({v, {}, 1});
    for (int s = 0; s < 5; ++s)
      netlist.nets.back().sinks.push_back(
          static_cast<unsigned>(dice.below(110)));
  }
  for (unsigned v = 0; v + 2 < 60; v += 3)
    netlist.sameChip.push_back({v, v + 1, v + 2});
  annealedCost(netlist, grid, 2); // verifies
}

TEST(Annealing, IsAFunctionOfTheSeed) {
  Dice dice(7);
  const ChipGrid grid = ChipGrid::uniform(6, 6, false, 3, 0);
  Netlist netlist = vertices(90);
  for (int n = 0; n < 200; ++n)
    netlist.nets.push_back({static_cast<unsigned>(dice.below(90)),
                            {static_cast<unsigned>(dice.below(90))},
                            1.0 + dice.below(5)});
  auto start = placeAlongCurve(netlist, grid);
  ASSERT_TRUE(bool(start));
  const auto run = [&](uint64_t seed) {
    return anneal(netlist, grid, *start, {seed, 5'000'000});
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
  // Without work nothing moves.
  EXPECT_EQ(anneal(netlist, grid, *start, {1, 0}), *start);
}

TEST(Annealing, DeadChipsStayEmpty) {
  ChipGrid grid = ChipGrid::uniform(5, 5, false, 2, 0);
  for (int chip : {6, 12, 13, 18})
    grid.killChip(chip);
  grid.killLink(0, 0);
  Netlist netlist = vertices(40);
  for (unsigned v = 0; v < 40; ++v)
    netlist.nets.push_back({v, {(v * 7 + 3) % 40}, 1});
  auto start = placeAlongCurve(netlist, grid);
  ASSERT_TRUE(bool(start));
  const ChipAssignment placed = anneal(netlist, grid, *start, {1, 10'000'000});
  EXPECT_LT(routedCost(netlist, grid, placed),
            routedCost(netlist, grid, *start));
}

TEST(NetlistFile, SaysWhatIsWrong) {
  const auto message = [](const std::string &text) {
    auto netlist = bench::parseNetlist(text, "n.json");
    return netlist ? std::string("fine") : netlist.error().text();
  };
  const std::string head =
      R"({"vertices_resources": {"a": {"Cores": 1, "SDRAM": 5}, "b": {}}, )";
  EXPECT_EQ(message(head + R"("nets": [["a", ["b", "b"], 2.5]]})"), "fine");
  const std::pair<std::string, const char *> bad[] = {
      {"", "n.json: error: is no JSON: syntax error at byte 1"},
      {"[]", "'vertices_resources' and 'nets' was wanted"},
      {R"({"vertices_resources": {"a": {"Cores": -1}}, "nets": []})",
       "/vertices_resources/a/Cores: error: is -1"},
      {R"({"vertices_resources": {"a": {"Cores": 1.5}}, "nets": []})",
       "is 1.5"},
      {R"({"vertices_resources": {"a": {"Corse": 1}}, "nets": []})",
       "is an unknown resource"},
      {head + R"("nets": [["a", ["c"], 1]]})", "/nets/0/1/0: error: names "
                                               "vertex 'c'"},
      {head + R"("nets": [["a", ["b"]]]})", "/nets/0: error: is not of the "
                                            "form"},
      {head + R"("nets": [["a", ["b"], -1]]})", "/nets/0/2: error: is -1"},
      {head + R"("nets": [["a", ["b"], "1"]]})", "a weight"},
      {head + R"("nets": [], "same_chip_constraints": [["a", "x"]]})",
       "/same_chip_constraints/0/1: error: names vertex 'x'"},
      {head + R"("nets": [], "same_chip_constraints": ["a"]})",
       "is no list of vertices"},
  };
  for (const auto &[text, wanted] : bad)
    EXPECT_NE(message(text).find(wanted), std::string::npos) << message(text);
}

TEST(NetlistFile, SurvivesDamage) {
  const std::string text =
      R"({"vertices_resources": {"a": {"Cores": 1}, "b": {"SDRAM": 4}}, )"
      R"("nets": [["a", ["b"], 1]], "same_chip_constraints": [["a", "b"]]})";
  ASSERT_TRUE(bool(bench::parseNetlist(text, "n")));
  for (size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(bench::parseNetlist(text.substr(0, i), "n"));
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 0xa5);
    (void)bench::parseNetlist(flipped, "n");
  }
}

TEST(NetlistFile, MeshSizes) {
  EXPECT_EQ(*bench::parseMesh("13x7"), (target::Chip{13, 7}));
  for (const char *bad :
       {"", "13", "x", "13x", "0x4", "4x-1", "4x4x4", "257x1"})
    EXPECT_FALSE(bench::parseMesh(bad)) << bad;
}

TEST(RecordedNetlists, AreBelowThePublishedMedians) {
  struct Case {
    const char *name;
    size_t vertices, nets;
    double median;
  };
  for (const Case &known : {Case{"card_sorting", 469, 919, 65058},
                            Case{"sudoku", 299, 109, 2.187e6},
                            Case{"microcircuit", 1338, 760, 24.16e6}}) {
    LIMEN_DATA_OR_SKIP(file,
                       fmt::format("spinnaker/placement/{}.json", known.name));
    auto netlist = bench::readNetlist(file);
    ASSERT_TRUE(bool(netlist)) << netlist.error().text();
    EXPECT_EQ(netlist->vertices.size(), known.vertices);
    EXPECT_EQ(netlist->nets.size(), known.nets);
    const ChipGrid grid =
        ChipGrid::uniform(13, 13, false, 16, uint64_t(128) << 20);
    EXPECT_LE(annealedCost(*netlist, grid, 5, 300'000'000), known.median);
  }
}
