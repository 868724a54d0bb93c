#include "compiler/Mapping/TableCompression.h"

#include "compiler/Mapping/KeyIndex.h"
#include "compiler/Mapping/RuleSearch.h"

#include <algorithm>
#include <map>

using namespace limen;
using namespace limen::mapping;
using target::RoutingEntry;

bool limen::mapping::isDefaultRoute(uint32_t sources,
                                    const target::RouteWord &route) {
  if (!std::has_single_bit(sources) || (sources & ~target::linkBits) != 0)
    return false;
  const auto link = static_cast<unsigned>(std::countr_zero(sources));
  return route == target::RouteWord::link(target::oppositeLink(link));
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

namespace {

/// Keys of a line, all or some of them.
struct Piece {
  uint32_t line = 0;
  KeyCube cube;
};

} // namespace

/// Replaces the cubes of `from` by what `hole` leaves of them.
static void cutOut(KeyCube hole, std::vector<KeyCube> &from) {
  std::vector<KeyCube> left;
  for (KeyCube cube : from) {
    if (!intersect(cube, hole)) {
      left.push_back(cube);
      continue;
    }
    // Bit by bit, the half of the cube that is not the hole's.
    for (uint32_t rest = hole.mask & ~cube.mask; rest; rest &= rest - 1) {
      const uint32_t bit = rest & -rest;
      cube.mask |= bit;
      left.push_back({cube.key | (~hole.key & bit), cube.mask});
      cube.key |= hole.key & bit;
    }
  }
  from = std::move(left);
}

/// What lines of another route above leave of every line, so that their order
/// no longer matters. Nothing if that takes more than `most` pieces.
static std::vector<Piece> split(std::span<const TableLine> lines, size_t most) {
  std::vector<KeyCube> cubes;
  for (const TableLine &line : lines)
    cubes.push_back(cubeOf(line.entry));
  const KeyIndex index(cubes);
  std::vector<Piece> pieces;
  std::vector<uint32_t> near;
  for (uint32_t i = 0; i < lines.size(); ++i) {
    near.clear();
    index.find(cubes[i], near);
    std::vector<KeyCube> left = {cubes[i]};
    for (uint32_t j : near)
      if (j < i && lines[j].entry.route != lines[i].entry.route) {
        cutOut(cubes[j], left);
        if (pieces.size() + left.size() > most)
          return {};
      }
    for (KeyCube cube : left)
      pieces.push_back({i, cube});
  }
  return pieces;
}

/// A table for `pieces` of `lines`; those in `top` keep their order above all
/// else. Pieces of different routes that are not in `top` do not intersect.
static std::vector<RoutingEntry> shorten(std::span<const TableLine> lines,
                                         std::span<const Piece> pieces,
                                         std::vector<bool> top,
                                         const CompressionOptions &options) {
  std::map<target::RouteWord, std::vector<uint32_t>> byRoute;
  for (uint32_t i = 0; i < pieces.size(); ++i)
    if (!top[i])
      byRoute[lines[pieces[i].line].entry.route].push_back(i);

  std::vector<ColouredKeys> sets;
  std::vector<uint32_t> pieceOf;
  std::vector<target::RouteWord> routes;
  for (const auto &[route, members] : byRoute) {
    // A route with one line needs that line and nothing else from the search.
    if (members.size() == 1 && !lines[pieces[members[0]].line].defaultable) {
      top[members[0]] = true;
      continue;
    }
    for (uint32_t i : members) {
      sets.push_back({pieces[i].cube, static_cast<uint32_t>(routes.size()),
                      lines[pieces[i].line].defaultable});
      pieceOf.push_back(i);
    }
    routes.push_back(route);
  }
  const uint64_t work =
      std::clamp(options.workPerLine * sets.size(), options.leastWork,
                 std::max(options.leastWork, options.mostWork));
  const RuleList list = searchRules(sets, work, options.seed);

  for (uint32_t k : list.exceptions)
    top[pieceOf[k]] = true;
  std::vector<RoutingEntry> out;
  for (uint32_t i = 0; i < pieces.size(); ++i)
    if (top[i])
      out.push_back({pieces[i].cube.key, pieces[i].cube.mask,
                     lines[pieces[i].line].entry.route});
  for (const Rule &rule : list.rules)
    out.push_back({rule.cube.key, rule.cube.mask, routes[rule.colour]});
  return out;
}

std::vector<RoutingEntry>
limen::mapping::compressTable(std::span<const TableLine> table,
                              const CompressionOptions &options) {
  const std::vector<TableLine> lines = reachable(table);
  // A line that must stay above another one may stay as it is, whatever becomes
  // of the other, or may be cut out of it: what takes fewer lines.
  const std::vector<bool> bound = overlapsLater(lines);
  std::vector<Piece> whole;
  for (uint32_t i = 0; i < lines.size(); ++i)
    whole.push_back({i, cubeOf(lines[i].entry)});
  std::vector<RoutingEntry> out = shorten(lines, whole, bound, options);
  if (std::find(bound.begin(), bound.end(), true) == bound.end())
    return out;
  const std::vector<Piece> pieces =
      split(lines, options.piecesPerLine * lines.size() + options.leastPieces);
  if (pieces.empty())
    return out;
  std::vector<RoutingEntry> other =
      shorten(lines, pieces, std::vector<bool>(pieces.size(), false), options);
  return other.size() < out.size() ? other : out;
}
