#include "hw-models/spin/core/Trees.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::spinhw;

Tree limen::spinhw::growTree(const spin::noc::Topology &topology,
                             const target::RoutingTables &tables,
                             target::Chip from, uint32_t key) {
  struct Visit {
    uint32_t chip = 0;
    int32_t branch = -1;
    int inLink = -1;
    unsigned hops = 0;
  };
  Tree tree;
  std::vector<bool> seen(topology.chips.size(), false);
  std::vector<Visit> open = {
      {static_cast<uint32_t>(topology.at(from)), -1, -1, 0}};
  for (size_t k = 0; k < open.size(); ++k) {
    const Visit visit = open[k];
    if (seen[visit.chip])
      continue;
    seen[visit.chip] = true;
    target::RouteWord route;
    const auto table = tables.find(topology.chips[visit.chip]);
    const target::RoutingEntry *entry =
        table == tables.end() ? nullptr : target::lookUp(table->second, key);
    if (entry)
      route = entry->route;
    else if (visit.inLink >= 0)
      route = target::RouteWord::link(
          target::oppositeLink(static_cast<unsigned>(visit.inLink)));
    route.forEachCore([&](unsigned core) {
      tree.leaves.push_back(
          {{topology.chips[visit.chip], core}, visit.branch, visit.hops});
    });
    for (unsigned link = 0; link < 6; ++link) {
      const int32_t to = topology.links[visit.chip][link].to;
      if (!route.hasLink(link) || to < 0)
        continue;
      tree.branches.push_back({visit.branch, 6 * visit.chip + link});
      open.push_back({static_cast<uint32_t>(to),
                      static_cast<int32_t>(tree.branches.size()) - 1,
                      static_cast<int>(target::oppositeLink(link)),
                      visit.hops + 1});
    }
  }
  return tree;
}

LinkLoads::LinkLoads(const spin::noc::Topology &topology, double packet,
                     double trunk)
    : loads(6 * topology.chips.size()), times(6 * topology.chips.size()) {
  for (size_t chip = 0; chip < topology.chips.size(); ++chip)
    for (unsigned link = 0; link < 6; ++link)
      times[6 * chip + link] =
          topology.links[chip][link].trunk < 0 ? packet : trunk;
}

void LinkLoads::clear() {
  for (uint32_t link : links)
    loads[link] = Load();
  links.clear();
}

void LinkLoads::add(const Tree &tree, uint64_t packets, uint64_t first,
                    uint64_t last) {
  if (packets == 0)
    return;
  for (const Tree::Branch &branch : tree.branches) {
    Load &load = loads[branch.link];
    if (load.packets == 0) {
      links.push_back(branch.link);
      load = {0, first, last};
    }
    load.packets += packets;
    load.first = std::min(load.first, first);
    load.last = std::max(load.last, last);
  }
}

double LinkLoads::excess(uint32_t link) const {
  const Load &load = loads[link];
  if (load.packets < 2)
    return 0;
  return std::max(0.0, static_cast<double>(load.packets - 1) * times[link] -
                           static_cast<double>(load.last - load.first));
}

uint64_t LinkLoads::delay(const Tree &tree, const Tree::Leaf &leaf,
                          uint64_t time) const {
  double worst = 0;
  for (int32_t at = leaf.branch; at >= 0; at = tree.branches[at].parent) {
    const uint32_t link = tree.branches[at].link;
    const Load &load = loads[link];
    const double whole = excess(link);
    const double part =
        load.last > load.first
            ? static_cast<double>(std::clamp(time, load.first, load.last) -
                                  load.first) /
                  static_cast<double>(load.last - load.first)
            : 1;
    worst = std::max(worst, whole * part);
  }
  return static_cast<uint64_t>(std::llround(worst));
}

uint64_t LinkLoads::longestDelay() const {
  double worst = 0;
  for (uint32_t link : links)
    worst = std::max(worst, excess(link));
  return static_cast<uint64_t>(std::llround(worst));
}

double LinkLoads::loss(uint32_t link, uint64_t budget) const {
  const double needed = static_cast<double>(loads[link].packets) * times[link];
  return needed > static_cast<double>(budget)
             ? 1 - static_cast<double>(budget) / needed
             : 0;
}

uint64_t LinkLoads::lost(uint32_t link, uint64_t budget) const {
  return static_cast<uint64_t>(std::llround(
      loss(link, budget) * static_cast<double>(loads[link].packets)));
}
