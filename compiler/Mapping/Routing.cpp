#include "compiler/Mapping/Routing.h"

#include "compiler/Mapping/TableCompression.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace limen;
using namespace limen::mapping;
using target::Chip;
using target::CoreId;
using target::RoutingEntry;
using target::RoutingTables;
using target::SpinMachine;
using target::TableCompression;

Result<RoutingTree> limen::mapping::routeTree(NetRouter &router,
                                              const ChipGrid &grid, Chip source,
                                              const std::set<CoreId> &cores) {
  std::vector<int> sinks;
  for (const CoreId &core : cores)
    sinks.push_back(grid.indexOf(core.chip));
  auto chips = router.route(grid.indexOf(source), sinks);
  if (!chips)
    return chips.takeError();
  RoutingTree tree;
  for (const ChipTree::Node &node : chips->nodes) {
    TreeNode &here = tree[grid.chipOf(node.chip)];
    if (node.parent < 0)
      continue;
    here.arrival = static_cast<int>(target::oppositeLink(node.link));
    const int parent = chips->nodes[static_cast<size_t>(node.parent)].chip;
    tree[grid.chipOf(parent)].route |= target::RouteWord::link(node.link);
  }
  for (const CoreId &core : cores)
    tree[core.chip].route |= target::RouteWord::core(core.core);
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
                  : "the limit is chip.router_entries of the target; fewer "
                    "and larger slices need fewer entries: raise "
                    "software.neurons_per_core and sources_per_core, or give "
                    "the target more boards");
}

/// Lines of all chips that the slices' trees pass, ascending by key.
static Result<std::map<Chip, std::vector<TableLine>>>
makeLines(const network::Network &network, const Partition &partition,
          const SpinMachine &machine, const Placement &placement,
          const Destinations &destinations) {
  const ChipGrid grid = ChipGrid::of(machine);
  NetRouter router(grid);
  std::map<Chip, std::vector<TableLine>> lines;
  for (size_t s = 0; s < partition.slices.size(); ++s) {
    const Slice &slice = partition.slices[s];
    if (destinations[s].empty())
      continue;
    const auto tree =
        routeTree(router, grid, placement[s].chip, destinations[s]);
    if (!tree)
      return Error(tree.error())
          .note(fmt::format("the packets are those of neurons {} to {} of "
                            "'{}'; dead parts are listed in 'dead' of the "
                            "target",
                            slice.begin, slice.end - 1,
                            network.nodes[slice.node].name));
    for (const auto &[chip, node] : *tree) {
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
  const auto made =
      makeLines(network, partition, machine, placement, destinations);
  if (!made)
    return made.error();
  for (const auto &[chip, lines] : *made) {
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
