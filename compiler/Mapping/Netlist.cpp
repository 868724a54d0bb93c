#include "compiler/Mapping/Netlist.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>

using namespace limen;
using namespace limen::mapping;
using target::Chip;

namespace {

/// What a cluster needs, or a chip has left.
struct Room {
  uint64_t cores = 0, sdram = 0;
  bool holds(const Room &need) const {
    return need.cores <= cores && need.sdram <= sdram;
  }
  Room &operator+=(const Room &other) {
    cores += other.cores;
    sdram += other.sdram;
    return *this;
  }
  Room &operator-=(const Room &other) {
    cores -= other.cores;
    sdram -= other.sdram;
    return *this;
  }
};

} // namespace

std::vector<unsigned> limen::mapping::clustersOf(const Netlist &netlist) {
  std::vector<unsigned> root(netlist.vertices.size());
  std::iota(root.begin(), root.end(), 0u);
  const auto find = [&](unsigned v) {
    while (root[v] != v)
      v = root[v] = root[root[v]];
    return v;
  };
  for (const std::vector<unsigned> &group : netlist.sameChip)
    for (unsigned v : group) {
      const unsigned a = find(group.front()), b = find(v);
      root[std::max(a, b)] = std::min(a, b);
    }
  std::vector<unsigned> cluster(root.size());
  unsigned count = 0;
  for (unsigned v = 0; v < root.size(); ++v)
    cluster[v] = root[v] == v ? count++ : cluster[find(v)];
  return cluster;
}

static std::vector<Room> needs(const Netlist &netlist,
                               const std::vector<unsigned> &cluster) {
  std::vector<Room> out;
  for (size_t v = 0; v < cluster.size(); ++v) {
    if (cluster[v] >= out.size())
      out.resize(cluster[v] + 1);
    out[cluster[v]] +=
        Room{netlist.vertices[v].cores, netlist.vertices[v].sdram};
  }
  return out;
}

Result<void> limen::mapping::check(const Netlist &netlist,
                                   const ChipGrid &grid) {
  const size_t count = netlist.vertices.size();
  for (size_t n = 0; n < netlist.nets.size(); ++n) {
    const Net &net = netlist.nets[n];
    unsigned largest = net.source;
    for (unsigned sink : net.sinks)
      largest = std::max(largest, sink);
    if (largest >= count)
      return Error(fmt::format("net {} names vertex {}; there are {}", n,
                               largest, count));
    if (!std::isfinite(net.weight) || net.weight < 0)
      return Error(fmt::format("net {} of vertex '{}' has weight {}; a number "
                               "of packets was wanted",
                               n, netlist.vertices[net.source].name,
                               net.weight));
  }
  for (size_t g = 0; g < netlist.sameChip.size(); ++g)
    for (unsigned v : netlist.sameChip[g])
      if (v >= count)
        return Error(fmt::format("same-chip group {} names vertex {}; there "
                                 "are {}",
                                 g, v, count));

  Room total, most;
  const std::vector<int> chips = hilbertOrder(grid);
  for (int chip : chips) {
    const auto c = static_cast<size_t>(chip);
    total += Room{grid.cores[c], grid.sdram[c]};
    most.cores = std::max<uint64_t>(most.cores, grid.cores[c]);
    most.sdram = std::max(most.sdram, grid.sdram[c]);
  }
  const std::vector<unsigned> cluster = clustersOf(netlist);
  const std::vector<Room> need = needs(netlist, cluster);
  Room all;
  for (size_t v = 0; v < count; ++v) {
    const Room &wanted = need[cluster[v]];
    if (!most.holds(wanted))
      return Error(fmt::format("vertex '{}' and those that must share its chip "
                               "need {} cores and {} bytes of SDRAM; a chip "
                               "has up to {} and {}",
                               netlist.vertices[v].name, wanted.cores,
                               wanted.sdram, most.cores, most.sdram));
    all += Room{netlist.vertices[v].cores, netlist.vertices[v].sdram};
  }
  if (!total.holds(all))
    return Error(fmt::format("the netlist needs {} cores and {} bytes of "
                             "SDRAM; the {} chips that reach each other have "
                             "{} and {}",
                             all.cores, all.sdram, chips.size(), total.cores,
                             total.sdram));
  return {};
}

Result<void> limen::mapping::verify(const Netlist &netlist,
                                    const ChipGrid &grid,
                                    std::span<const int> assignment) {
  if (assignment.size() != netlist.vertices.size())
    return Error(fmt::format("{} of {} vertices are placed", assignment.size(),
                             netlist.vertices.size()));
  const std::vector<int> part = grid.parts();
  std::map<int, Room> used;
  for (size_t v = 0; v < assignment.size(); ++v) {
    const Vertex &vertex = netlist.vertices[v];
    const int chip = assignment[v];
    if (chip < 0 || chip >= grid.size() || part[static_cast<size_t>(chip)] != 0)
      return Error(fmt::format("vertex '{}' is placed on chip {}, which is "
                               "missing, dead or cut off",
                               vertex.name, chip));
    Room &room = used[chip];
    room += Room{vertex.cores, vertex.sdram};
    const auto c = static_cast<size_t>(chip);
    if (room.cores > grid.cores[c] || room.sdram > grid.sdram[c])
      return Error(fmt::format(
          "vertex '{}' overfills chip ({}, {}): {} cores of {}, {} bytes of "
          "SDRAM of {}",
          vertex.name, grid.chipOf(chip).x, grid.chipOf(chip).y, room.cores,
          grid.cores[c], room.sdram, grid.sdram[c]));
  }
  for (const std::vector<unsigned> &group : netlist.sameChip)
    for (unsigned v : group)
      if (assignment[v] != assignment[group.front()])
        return Error(fmt::format("vertices '{}' and '{}' must share a chip",
                                 netlist.vertices[group.front()].name,
                                 netlist.vertices[v].name));
  return {};
}

/// Coordinates of position `d` on the Hilbert curve over a square of `side`.
static Chip hilbertPoint(unsigned side, unsigned d) {
  unsigned x = 0, y = 0;
  for (unsigned s = 1; s < side; s *= 2, d /= 4) {
    const unsigned rx = d / 2 & 1;
    const unsigned ry = (d ^ rx) & 1;
    if (ry == 0) {
      if (rx == 1) {
        x = s - 1 - x;
        y = s - 1 - y;
      }
      std::swap(x, y);
    }
    x += s * rx;
    y += s * ry;
  }
  return {static_cast<int>(x), static_cast<int>(y)};
}

std::vector<int> limen::mapping::hilbertOrder(const ChipGrid &grid) {
  const unsigned side =
      std::bit_ceil(static_cast<unsigned>(std::max(grid.width, grid.height)));
  const std::vector<int> part = grid.parts();
  std::vector<int> out;
  for (unsigned d = 0; d < side * side; ++d) {
    const Chip chip = hilbertPoint(side, d);
    if (chip.x >= grid.width || chip.y >= grid.height)
      continue;
    const int i = grid.indexOf(chip);
    if (part[static_cast<size_t>(i)] == 0 &&
        grid.cores[static_cast<size_t>(i)] > 0)
      out.push_back(i);
  }
  return out;
}

Result<ChipAssignment> limen::mapping::placeAlongCurve(const Netlist &netlist,
                                                       const ChipGrid &grid) {
  if (auto fine = check(netlist, grid); !fine)
    return fine.takeError();
  const std::vector<unsigned> cluster = clustersOf(netlist);
  const std::vector<Room> need = needs(netlist, cluster);
  const std::vector<int> chips = hilbertOrder(grid);
  std::vector<unsigned> order(need.size());
  std::iota(order.begin(), order.end(), 0u);

  enum class Fill { InTurn, FirstFit, LargestFirst };
  for (Fill fill : {Fill::InTurn, Fill::FirstFit, Fill::LargestFirst}) {
    if (fill == Fill::LargestFirst)
      std::stable_sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
        return need[a].cores > need[b].cores;
      });
    std::vector<Room> left;
    for (int chip : chips)
      left.push_back({grid.cores[static_cast<size_t>(chip)],
                      grid.sdram[static_cast<size_t>(chip)]});
    std::vector<int> chipOf(need.size(), -1);
    size_t at = 0;
    bool fits = true;
    for (unsigned c : order) {
      if (fill != Fill::InTurn)
        at = 0;
      while (at < chips.size() && !left[at].holds(need[c]))
        ++at;
      if (at == chips.size()) {
        fits = false;
        break;
      }
      left[at] -= need[c];
      chipOf[c] = chips[at];
    }
    if (!fits)
      continue;
    ChipAssignment out;
    for (unsigned c : cluster)
      out.push_back(chipOf[c]);
    return out;
  }
  return Error(fmt::format("{} vertices in {} clusters were not packed onto {} "
                           "chips, though cores and SDRAM suffice in all",
                           netlist.vertices.size(), need.size(), chips.size()))
      .note("clusters of vertices that must share a chip leave cores unused; "
            "a larger machine or smaller clusters help");
}
