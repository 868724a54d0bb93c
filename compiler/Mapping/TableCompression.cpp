#include "compiler/Mapping/TableCompression.h"

#include "compiler/Mapping/KeyIndex.h"
#include "compiler/Mapping/RuleSearch.h"

#include <algorithm>
#include <map>

using namespace limen;
using namespace limen::mapping;
using target::RoutingEntry;

bool limen::mapping::isDefaultRoute(uint32_t sources, uint32_t route) {
  if (!std::has_single_bit(sources) || (sources & ~target::linkBits) != 0)
    return false;
  const auto link = static_cast<unsigned>(std::countr_zero(sources));
  return route == 1u << target::oppositeLink(link);
}

static KeyCube cubeOf(const RoutingEntry &entry) {
  return {entry.key, entry.mask};
}

/// The lines that some packet can reach: those that can match, and not only
/// what one line above matches.
static std::vector<TableLine> reachable(std::span<const TableLine> table) {
  std::vector<TableLine> lines;
  std::vector<KeyCube> cubes;
  for (const TableLine &line : table)
    if ((line.entry.key & ~line.entry.mask) == 0) {
      lines.push_back(line);
      cubes.push_back(cubeOf(line.entry));
    }
  const KeyIndex index(cubes);
  std::vector<TableLine> out;
  std::vector<uint32_t> near;
  for (uint32_t i = 0; i < lines.size(); ++i) {
    near.clear();
    index.find(cubes[i], near);
    const bool hidden = std::any_of(near.begin(), near.end(), [&](uint32_t j) {
      return j < i && contains(cubes[j], cubes[i]);
    });
    if (!hidden)
      out.push_back(lines[i]);
  }
  return out;
}

/// Per line, whether it overlaps a later one with another route, so that it
/// must stay above that one.
static std::vector<bool> overlapsLater(std::span<const TableLine> lines) {
  std::vector<KeyCube> cubes;
  for (const TableLine &line : lines)
    cubes.push_back(cubeOf(line.entry));
  const KeyIndex index(cubes);
  std::vector<bool> out(lines.size(), false);
  std::vector<uint32_t> near;
  for (uint32_t i = 0; i < lines.size(); ++i) {
    near.clear();
    index.find(cubes[i], near);
    out[i] = std::any_of(near.begin(), near.end(), [&](uint32_t j) {
      return j > i && lines[j].entry.route != lines[i].entry.route;
    });
  }
  return out;
}

std::vector<RoutingEntry>
limen::mapping::compressTable(std::span<const TableLine> table,
                              const CompressionOptions &options) {
  const std::vector<TableLine> lines = reachable(table);
  // Lines in `top` keep their order above all rules, so that a line that must
  // stay above another one does, whatever becomes of the other.
  std::vector<bool> top = overlapsLater(lines);
  std::map<uint32_t, std::vector<uint32_t>> byRoute;
  for (uint32_t i = 0; i < lines.size(); ++i)
    if (!top[i])
      byRoute[lines[i].entry.route].push_back(i);

  std::vector<ColouredKeys> sets;
  std::vector<uint32_t> lineOf, routes;
  for (const auto &[route, members] : byRoute) {
    // A route with one line needs that line and nothing else from the search.
    if (members.size() == 1 && !lines[members[0]].defaultable) {
      top[members[0]] = true;
      continue;
    }
    for (uint32_t i : members) {
      sets.push_back({cubeOf(lines[i].entry),
                      static_cast<uint32_t>(routes.size()),
                      lines[i].defaultable});
      lineOf.push_back(i);
    }
    routes.push_back(route);
  }
  const uint64_t work =
      std::clamp(options.workPerLine * sets.size(), options.leastWork,
                 std::max(options.leastWork, options.mostWork));
  const RuleList list = searchRules(sets, work, options.seed);

  for (uint32_t k : list.exceptions)
    top[lineOf[k]] = true;
  std::vector<RoutingEntry> out;
  for (uint32_t i = 0; i < lines.size(); ++i)
    if (top[i])
      out.push_back(lines[i].entry);
  for (const Rule &rule : list.rules)
    out.push_back({rule.cube.key, rule.cube.mask, routes[rule.colour]});
  return out;
}
