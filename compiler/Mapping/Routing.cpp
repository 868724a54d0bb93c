#include "compiler/Mapping/Routing.h"

#include "compiler/Mapping/TableCompression.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

using namespace limen;
using namespace limen::mapping;
using target::Chip;
using target::CoreId;
using target::RoutingEntry;
using target::RoutingTables;
using target::SpinMachine;
using target::TableCompression;

/// Hops of the hexagonal vector (dx, dy): diagonal links serve both at once
/// where the signs agree.
static int hops(int dx, int dy) {
  return dx * dy > 0 ? std::max(std::abs(dx), std::abs(dy))
                     : std::abs(dx) + std::abs(dy);
}

std::vector<unsigned> limen::mapping::shortestWay(const SpinMachine &machine,
                                                  Chip from, Chip to) {
  const int dx = to.x - from.x, dy = to.y - from.y;
  std::optional<Chip> best;
  const int reach = machine.wraps ? 1 : 0;
  for (int i = -reach; i <= reach; ++i)
    for (int j = -reach; j <= reach; ++j) {
      const Chip vector = {dx + i * machine.width, dy + j * machine.height};
      if (!best || hops(vector.x, vector.y) < hops(best->x, best->y))
        best = vector;
    }
  // Links E NE N W SW S are 0 to 5.
  int diagonal = 0;
  if (best->x * best->y > 0)
    diagonal =
        best->x > 0 ? std::min(best->x, best->y) : std::max(best->x, best->y);
  const int across = best->x - diagonal, up = best->y - diagonal;
  struct Leg {
    int count;
    unsigned link;
  };
  std::array<Leg, 3> legs = {{{std::abs(across), across > 0 ? 0u : 3u},
                              {std::abs(diagonal), diagonal > 0 ? 1u : 4u},
                              {std::abs(up), up > 0 ? 2u : 5u}}};
  std::stable_sort(legs.begin(), legs.end(), [](const Leg &a, const Leg &b) {
    return a.count > b.count;
  });
  std::vector<unsigned> way;
  for (const Leg &leg : legs)
    way.insert(way.end(), static_cast<size_t>(leg.count), leg.link);
  return way;
}

RoutingTree limen::mapping::routeTree(const SpinMachine &machine, Chip source,
                                      const std::set<CoreId> &cores) {
  RoutingTree tree;
  tree[source];
  for (const CoreId &core : cores) {
    const std::vector<unsigned> way = shortestWay(machine, source, core.chip);
    std::vector<Chip> chips = {source};
    for (unsigned link : way) {
      Chip next;
      machine.neighbour(chips.back(), link, next);
      chips.push_back(next);
    }
    size_t join = chips.size() - 1;
    while (!tree.contains(chips[join]))
      --join;
    for (size_t i = join; i < way.size(); ++i) {
      tree[chips[i]].route |= 1u << way[i];
      tree[chips[i + 1]].arrival =
          static_cast<int>(target::oppositeLink(way[i]));
    }
    tree[core.chip].route |= target::coreBit(core.core);
  }
  return tree;
}

static Error overflow(const network::Network &network,
                      const Partition &partition, const SpinMachine &machine,
                      Chip chip, const std::vector<TableLine> &lines,
                      size_t left) {
  std::map<unsigned, unsigned> perNode;
  for (const TableLine &line : lines)
    for (const Slice &slice : partition.slices)
      if (!line.defaultable && slice.sends && slice.key == line.entry.key)
        ++perNode[slice.node];
  std::vector<std::pair<unsigned, unsigned>> order;
  for (auto [node, count] : perNode)
    order.emplace_back(count, node);
  std::sort(order.rbegin(), order.rend());
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min<size_t>(3, order.size()); ++i)
    names.push_back(fmt::format("'{}' {}", network.nodes[order[i].second].name,
                                order[i].first));
  const bool never = machine.compressTables == TableCompression::Never;
  return Error(fmt::format("chip ({}, {}) needs {} routing entries{}; a router "
                           "has {}",
                           chip.x, chip.y, left,
                           never ? "" : " after compression",
                           machine.routerEntries))
      .note(fmt::format("entries by source population before compression: {}",
                        fmt::join(names, ", ")))
      .note(never ? "software.compress_tables of the target is never; "
                    "if_needed makes tables shorter"
                  : "the limit is chip.router_entries of the target");
}

/// Lines of all chips that the slices' trees pass, ascending by key.
static std::map<Chip, std::vector<TableLine>>
makeLines(const Partition &partition, const SpinMachine &machine,
          const Placement &placement, const Destinations &destinations) {
  std::map<Chip, std::vector<TableLine>> lines;
  for (size_t s = 0; s < partition.slices.size(); ++s) {
    const Slice &slice = partition.slices[s];
    if (destinations[s].empty())
      continue;
    const RoutingTree tree =
        routeTree(machine, placement[s].chip, destinations[s]);
    for (const auto &[chip, node] : tree) {
      const uint32_t sources = node.arrival < 0 ? 0 : 1u << node.arrival;
      lines[chip].push_back({{slice.key, slice.mask, node.route},
                             isDefaultRoute(sources, node.route)});
    }
  }
  for (auto &[chip, table] : lines)
    std::sort(table.begin(), table.end(),
              [](const TableLine &a, const TableLine &b) {
                return a.entry.key < b.entry.key;
              });
  return lines;
}

Result<RoutingTables> limen::mapping::makeTables(
    const network::Network &network, const Partition &partition,
    const SpinMachine &machine, const Placement &placement,
    const Destinations &destinations, TableSizes *sizes) {
  TableSizes total;
  RoutingTables tables;
  for (const auto &[chip, lines] :
       makeLines(partition, machine, placement, destinations)) {
    std::vector<RoutingEntry> table;
    for (const TableLine &line : lines)
      if (!line.defaultable)
        table.push_back(line.entry);
    total.before += table.size();
    total.largestBefore = std::max(total.largestBefore, table.size());
    const bool fits = table.size() <= machine.routerEntries;
    if (machine.compressTables == TableCompression::Always ||
        (machine.compressTables == TableCompression::IfNeeded && !fits)) {
      table = compressTable(lines);
      ++total.compressed;
      if (auto proof = verifyTable(lines, table); !proof)
        return proof.takeError().note(fmt::format(
            "the compressed table is that of chip ({}, {})", chip.x, chip.y));
    }
    if (table.size() > machine.routerEntries)
      return overflow(network, partition, machine, chip, lines, table.size());
    total.after += table.size();
    total.largestAfter = std::max(total.largestAfter, table.size());
    if (!table.empty())
      tables.emplace(chip, std::move(table));
  }
  if (sizes)
    *sizes = total;
  return tables;
}

Result<void> limen::mapping::verify(const Partition &partition,
                                    const SpinMachine &machine,
                                    const Placement &placement,
                                    const Destinations &destinations,
                                    const RoutingTables &tables) {
  for (const auto &[chip, table] : tables)
    if (table.size() > machine.routerEntries)
      return Error(fmt::format("chip ({}, {}) has {} routing entries of {}",
                               chip.x, chip.y, table.size(),
                               machine.routerEntries));
  for (size_t s = 0; s < partition.slices.size(); ++s) {
    if (destinations[s].empty())
      continue;
    const Slice &slice = partition.slices[s];
    for (uint32_t key : {slice.key, slice.key | (slice.keys() - 1)}) {
      Result<target::Journey> journey =
          target::follow(machine, tables, placement[s].chip, key);
      if (!journey)
        return journey.takeError();
      const std::set<CoreId> reached(journey->cores.begin(),
                                     journey->cores.end());
      if (reached != destinations[s] || reached.size() != journey->cores.size())
        return Error(fmt::format("packets with key {:#010x} reach {} cores; {} "
                                 "were wanted",
                                 key, journey->cores.size(),
                                 destinations[s].size()));
    }
  }
  return {};
}
