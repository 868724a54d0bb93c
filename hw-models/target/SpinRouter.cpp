#include "hw-models/target/SpinRouter.h"

#include <fmt/format.h>
#include <set>

using namespace limen;
using namespace limen::target;

const RoutingEntry *limen::target::lookUp(std::span<const RoutingEntry> table,
                                          uint32_t key) {
  for (const RoutingEntry &entry : table)
    if ((key & entry.mask) == entry.key)
      return &entry;
  return nullptr;
}

Result<Journey> limen::target::follow(const SpinMachine &machine,
                                      const RoutingTables &tables, Chip from,
                                      uint32_t key) {
  struct Arrival {
    Chip chip;
    int link; ///< link of `chip` that it came in by; -1 from a local core
  };
  Journey journey;
  std::set<Chip> visited;
  std::vector<Arrival> queue = {{from, -1}};
  for (size_t head = 0; head < queue.size(); ++head) {
    const Arrival at = queue[head];
    const auto fail = [&](std::string_view what) {
      return Error(
          fmt::format("a packet with key {:#010x} sent on chip ({}, {}) "
                      "{} at chip ({}, {})",
                      key, from.x, from.y, what, at.chip.x, at.chip.y));
    };
    if (!visited.insert(at.chip).second)
      return fail("arrives a second time");
    ++journey.routers;
    const auto table = tables.find(at.chip);
    const RoutingEntry *entry =
        table == tables.end() ? nullptr : lookUp(table->second, key);
    if (!entry && at.link < 0)
      return fail("matches no entry and is dropped");
    const RouteWord route =
        entry ? entry->route
              : RouteWord::link(oppositeLink(static_cast<unsigned>(at.link)));
    for (unsigned link = 0; link < 6; ++link) {
      if (!route.hasLink(link))
        continue;
      Chip next;
      if (!machine.neighbour(at.chip, link, next))
        return fail(fmt::format("leaves the machine by link {}", link));
      ++journey.links;
      queue.push_back({next, static_cast<int>(oppositeLink(link))});
    }
    route.forEachCore(
        [&](unsigned core) { journey.cores.push_back({at.chip, core}); });
  }
  return journey;
}
