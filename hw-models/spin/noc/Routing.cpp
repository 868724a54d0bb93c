#include "hw-models/spin/noc/Routing.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

using namespace limen;
using namespace limen::spin::noc;
using target::Chip;

TableRouting::TableRouting(const Topology &topology,
                           const target::RoutingTables &all)
    : tables(topology.chips.size()) {
  for (const auto &[chip, table] : all)
    if (const int32_t at = topology.at(chip); at >= 0)
      for (const target::RoutingEntry &entry : table)
        tables[static_cast<size_t>(at)].push_back(
            {entry.key, entry.mask, entry.route.part(0)});
}

uint32_t TableRouting::route(uint32_t chip, const Packet &packet) const {
  for (const Line &line : tables[chip])
    if ((packet.key & line.mask) == line.key)
      return line.route;
  if (packet.inLink < 0)
    return 0;
  return 1u << target::oppositeLink(static_cast<unsigned>(packet.inLink));
}

namespace {

/// Steps along E, N and SW: (1, 1, 1) leads nowhere.
struct Steps {
  int x = 0, y = 0, z = 0;
  int length() const { return std::abs(x) + std::abs(y) + std::abs(z); }
};

/// The shortest way to go (dx, dy): one of the three is 0 and the other two
/// have no common part.
Steps shortest(int dx, int dy) {
  const int middle = std::max(std::min(dx, dy), std::min(std::max(dx, dy), 0));
  return {dx - middle, dy - middle, -middle};
}

} // namespace

/// The other way around an axis of `size` chips.
static int otherWay(int d, int size) { return d > 0 ? d - size : d + size; }

static Steps stepsOver(const Topology &topology, int dx, int dy) {
  Steps best = shortest(dx, dy);
  if (!topology.wraps || (dx == 0 && dy == 0))
    return best;
  const int wx = otherWay(dx, topology.width);
  const int wy = otherWay(dy, topology.height);
  for (const auto &[x, y] : {std::pair(dx, wy), {wx, dy}, {wx, wy}})
    if (const Steps other = shortest(x, y); other.length() < best.length())
      best = other;
  return best;
}

PathRouting::PathRouting(const Topology &topology, unsigned core)
    : topology(topology), local(target::coreBit(core)) {
  const int w = topology.width, h = topology.height;
  for (int dy = 1 - h; dy < h; ++dy)
    for (int dx = 1 - w; dx < w; ++dx) {
      const Steps steps = stepsOver(topology, dx, dy);
      Legs &out = legs.emplace_back();
      unsigned leg = 0, end = 0;
      const auto add = [&](int length, unsigned forth, unsigned back) {
        if (length == 0)
          return;
        out.words[leg] = 1u << (length > 0 ? forth : back);
        end += static_cast<unsigned>(std::abs(length));
        out.ends[leg++] = static_cast<uint16_t>(end);
      };
      add(steps.x, 0, 3);
      add(steps.y, 2, 5);
      add(steps.z, 4, 1);
      for (; leg < 2; ++leg)
        out.ends[leg] = static_cast<uint16_t>(end);
      out.words[2] = local;
    }
}

uint32_t PathRouting::key(uint32_t from, uint32_t to) const {
  const Chip a = topology.chips[from], b = topology.chips[to];
  const int w = topology.width, h = topology.height;
  return static_cast<uint32_t>((b.y - a.y + h - 1) * (2 * w - 1) + b.x - a.x +
                               w - 1);
}

std::vector<unsigned> PathRouting::path(uint32_t from, uint32_t to) const {
  const Legs &legs = this->legs[key(from, to)];
  std::vector<unsigned> out;
  for (unsigned leg = 0; leg < 2; ++leg)
    while (out.size() < legs.ends[leg])
      out.push_back(static_cast<unsigned>(std::countr_zero(legs.words[leg])));
  return out;
}

uint32_t PathRouting::route(uint32_t, const Packet &packet) const {
  // Called for every link that a packet crosses: without branches.
  const Legs &legs = this->legs.data()[packet.key];
  return legs
      .words[(packet.hops >= legs.ends[0]) + (packet.hops >= legs.ends[1])];
}
