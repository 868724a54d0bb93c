#include "hw-models/spin/noc/Routing.h"

#include <algorithm>
#include <cstdlib>

using namespace limen;
using namespace limen::spin::noc;
using target::Chip;

TableRouting::TableRouting(const Topology &topology,
                           const target::RoutingTables &all)
    : tables(topology.chips.size()) {
  for (const auto &[chip, table] : all)
    if (const int32_t at = topology.at(chip); at >= 0)
      tables[static_cast<size_t>(at)] = table;
}

uint32_t TableRouting::route(uint32_t chip, const Packet &packet) const {
  if (const auto *entry = target::lookUp(tables[chip], packet.key))
    return entry->route;
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

static Steps stepsBetween(const Topology &topology, Chip from, Chip to) {
  const int dx = to.x - from.x, dy = to.y - from.y;
  Steps best = shortest(dx, dy);
  if (!topology.wraps || from == to)
    return best;
  const int wx = otherWay(dx, topology.width);
  const int wy = otherWay(dy, topology.height);
  for (const auto &[x, y] : {std::pair(dx, wy), {wx, dy}, {wx, wy}})
    if (const Steps other = shortest(x, y); other.length() < best.length())
      best = other;
  return best;
}

PathRouting::PathRouting(const Topology &topology, unsigned core)
    : chips(topology.chips.size()), local(target::coreBit(core)),
      legs(chips * chips) {
  for (uint32_t from = 0; from < chips; ++from)
    for (uint32_t to = 0; to < chips; ++to) {
      const Steps steps =
          stepsBetween(topology, topology.chips[from], topology.chips[to]);
      Legs &out = legs[key(from, to)];
      unsigned leg = 0;
      const auto add = [&](int length, uint8_t forth, uint8_t back) {
        if (length == 0)
          return;
        out.link[leg] = length > 0 ? forth : back;
        out.length[leg++] = static_cast<uint16_t>(std::abs(length));
      };
      add(steps.x, 0, 3);
      add(steps.y, 2, 5);
      add(steps.z, 4, 1);
    }
}

std::vector<unsigned> PathRouting::path(uint32_t from, uint32_t to) const {
  const Legs &legs = this->legs[key(from, to)];
  std::vector<unsigned> out(legs.length[0], legs.link[0]);
  out.insert(out.end(), legs.length[1], legs.link[1]);
  return out;
}

uint32_t PathRouting::route(uint32_t, const Packet &packet) const {
  const Legs &legs = this->legs[packet.key];
  if (packet.hops < legs.length[0])
    return 1u << legs.link[0];
  if (packet.hops < legs.length[0] + legs.length[1])
    return 1u << legs.link[1];
  return local;
}
