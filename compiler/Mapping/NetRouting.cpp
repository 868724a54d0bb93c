#include "compiler/Mapping/NetRouting.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

using namespace limen;
using namespace limen::mapping;

static constexpr unsigned chipBits = 20;

NetRouter::NetRouter(const ChipGrid &grid)
    : grid(grid), stamp(static_cast<size_t>(grid.size()), 0) {}

/// The tree is `source`; every sink but it waits once.
void NetRouter::start(int source, std::span<const int> sinks) {
  waiting.clear();
  ++now;
  stamp[static_cast<size_t>(source)] = now;
  for (int sink : sinks) {
    if (!isNew(sink))
      continue;
    stamp[static_cast<size_t>(sink)] = now;
    waiting.push_back(
        {grid.distance(source, sink) << chipBits | static_cast<uint32_t>(sink),
         source, grid.slot(sink)});
  }
  work += 2 * sinks.size() + 20;
  // Sinks were marked to find doubles; they are not in the tree yet.
  ++now;
  stamp[static_cast<size_t>(source)] = now;
}

/// Takes `chip` into the tree: it leaves the waiting, and may be near others.
void NetRouter::join(int chip) {
  stamp[static_cast<size_t>(chip)] = now;
  const uint16_t *from = grid.distanceTable() + grid.centre() - grid.slot(chip);
  work += 2 * waiting.size() + 16;
  size_t kept = 0;
  for (const Sink &sink : waiting) {
    const uint32_t distance = from[sink.slot];
    Sink next = sink;
    if (distance < sink.key >> chipBits) {
      next.key =
          distance << chipBits | (sink.key & ((uint32_t(1) << chipBits) - 1));
      next.from = chip;
    }
    waiting[kept] = next;
    kept += distance != 0;
  }
  waiting.resize(kept);
}

static int chipOfKey(uint32_t key) {
  return static_cast<int>(key & ((uint32_t(1) << chipBits) - 1));
}

unsigned NetRouter::estimate(int source, std::span<const int> sinks) {
  start(source, sinks);
  unsigned visited = 1;
  while (!waiting.empty()) {
    size_t best = 0;
    for (size_t i = 1; i < waiting.size(); ++i)
      if (waiting[i].key < waiting[best].key)
        best = i;
    work += waiting.size();
    int at = waiting[best].from;
    const Way &way = grid.way(at, chipOfKey(waiting[best].key));
    for (size_t leg = 0; leg < 3; ++leg)
      for (unsigned i = 0; i < way.counts[leg]; ++i) {
        at = grid.step(at, way.links[leg]);
        join(at);
        ++visited;
      }
  }
  return visited;
}

/// Adds the shortest living way from the tree to `sink`.
Result<void> NetRouter::detour(int sink, std::vector<int> &nodeOf,
                               ChipTree &tree) {
  std::map<int, std::pair<int, unsigned>> towards; // chip -> next chip, link
  std::vector<int> queue = {sink};
  towards[sink] = {-1, 0};
  for (size_t head = 0; head < queue.size(); ++head) {
    int at = queue[head];
    if (!isNew(at)) {
      for (auto [next, link] = towards[at]; next >= 0;
           std::tie(next, link) = towards[at]) {
        tree.nodes.push_back({next, nodeOf[static_cast<size_t>(at)], link});
        nodeOf[static_cast<size_t>(next)] =
            static_cast<int>(tree.nodes.size()) - 1;
        at = next;
        join(at);
      }
      return {};
    }
    for (unsigned link = 0; link < 6; ++link)
      if (const int next = grid.neighbour(at, link);
          next >= 0 &&
          towards.try_emplace(next, at, target::oppositeLink(link)).second)
        queue.push_back(next);
  }
  const target::Chip from = grid.chipOf(tree.nodes.front().chip),
                     to = grid.chipOf(sink);
  return Error(fmt::format("no way over living chips and links leads from "
                           "chip ({}, {}) to chip ({}, {})",
                           from.x, from.y, to.x, to.y));
}

Result<ChipTree> NetRouter::route(int source, std::span<const int> sinks) {
  start(source, sinks);
  ChipTree tree;
  tree.nodes.push_back({source, -1, 0});
  nodes.resize(static_cast<size_t>(grid.size()));
  nodes[static_cast<size_t>(source)] = 0;
  while (!waiting.empty()) {
    const auto best = std::min_element(
        waiting.begin(), waiting.end(),
        [](const Sink &a, const Sink &b) { return a.key < b.key; });
    const int sink = chipOfKey(best->key), from = best->from;
    const Way &way = grid.way(from, sink);
    bool lives = true;
    int at = from;
    for (size_t leg = 0; leg < 3 && lives; ++leg)
      for (unsigned i = 0; i < way.counts[leg] && lives; ++i) {
        at = grid.neighbour(at, way.links[leg]);
        lives = at >= 0;
      }
    if (!lives) {
      if (auto done = detour(sink, nodes, tree); !done)
        return done.takeError();
      continue;
    }
    at = from;
    for (size_t leg = 0; leg < 3; ++leg)
      for (unsigned i = 0; i < way.counts[leg]; ++i) {
        const int parent = nodes[static_cast<size_t>(at)];
        at = grid.step(at, way.links[leg]);
        nodes[static_cast<size_t>(at)] = static_cast<int>(tree.nodes.size());
        tree.nodes.push_back({at, parent, way.links[leg]});
        join(at);
      }
  }
  return tree;
}

Result<void> limen::mapping::verify(const ChipGrid &grid, int source,
                                    std::span<const int> sinks,
                                    const ChipTree &tree) {
  if (tree.nodes.empty() || tree.nodes.front().chip != source ||
      tree.nodes.front().parent >= 0)
    return Error(
        fmt::format("a tree does not start at its source, chip {}", source));
  std::set<int> visited = {source}, branches;
  for (size_t n = 1; n < tree.nodes.size(); ++n) {
    const ChipTree::Node &node = tree.nodes[n];
    if (node.parent < 0 || node.parent >= static_cast<int>(n))
      return Error(
          fmt::format("chip {} of a tree has no parent before it", node.chip));
    const int parent = tree.nodes[static_cast<size_t>(node.parent)].chip;
    if (grid.neighbour(parent, node.link) != node.chip)
      return Error(
          fmt::format("no living link {} leads from chip {} to chip {}",
                      node.link, parent, node.chip));
    if (!visited.insert(node.chip).second)
      return Error(fmt::format("a tree visits chip {} twice", node.chip));
    branches.insert(parent);
  }
  const std::set<int> wanted(sinks.begin(), sinks.end());
  for (int sink : wanted)
    if (!visited.contains(sink))
      return Error(
          fmt::format("a tree from chip {} misses chip {}", source, sink));
  for (int chip : visited)
    if (chip != source && !branches.contains(chip) && !wanted.contains(chip))
      return Error(fmt::format("a tree from chip {} ends at chip {}, which is "
                               "no sink",
                               source, chip));
  return {};
}

static std::vector<int> sinkChips(const Net &net,
                                  std::span<const int> assignment) {
  std::vector<int> chips;
  for (unsigned sink : net.sinks)
    chips.push_back(assignment[sink]);
  return chips;
}

Result<std::vector<ChipTree>>
limen::mapping::routeNets(const Netlist &netlist, const ChipGrid &grid,
                          std::span<const int> assignment) {
  NetRouter router(grid);
  std::vector<ChipTree> trees;
  for (const Net &net : netlist.nets) {
    auto tree =
        router.route(assignment[net.source], sinkChips(net, assignment));
    if (!tree)
      return tree.takeError().note(fmt::format(
          "the packets are those of '{}'", netlist.vertices[net.source].name));
    trees.push_back(std::move(*tree));
  }
  return trees;
}

Result<void> limen::mapping::verify(const Netlist &netlist,
                                    const ChipGrid &grid,
                                    std::span<const int> assignment,
                                    std::span<const ChipTree> trees) {
  if (trees.size() != netlist.nets.size())
    return Error(fmt::format("{} of {} nets have a tree", trees.size(),
                             netlist.nets.size()));
  for (size_t n = 0; n < trees.size(); ++n) {
    const Net &net = netlist.nets[n];
    if (auto fine = verify(grid, assignment[net.source],
                           sinkChips(net, assignment), trees[n]);
        !fine)
      return fine.takeError().note(
          fmt::format("the tree is that of net {}, source '{}'", n,
                      netlist.vertices[net.source].name));
  }
  return {};
}

HopCost limen::mapping::hopCost(const Netlist &netlist, const ChipGrid &grid,
                                std::span<const ChipTree> trees) {
  HopCost cost;
  std::vector<double> perChip(static_cast<size_t>(grid.size()), 0.0);
  for (size_t n = 0; n < trees.size(); ++n) {
    const double weight = netlist.nets[n].weight;
    cost.total += weight * static_cast<double>(trees[n].nodes.size());
    for (const ChipTree::Node &node : trees[n].nodes)
      perChip[static_cast<size_t>(node.chip)] += weight;
  }
  for (double load : perChip)
    cost.worstChip = std::max(cost.worstChip, load);
  return cost;
}
