// What one multicast router does with a packet, and what a chain of them does.
#pragma once

#include "hw-models/target/RouteWord.h"
#include "hw-models/target/SpinMachine.h"

#include <map>
#include <span>
#include <vector>

namespace limen::target {

/// One line of a routing table.
struct RoutingEntry {
  uint32_t key = 0, mask = 0;
  RouteWord route;
  bool operator==(const RoutingEntry &) const = default;
};

inline constexpr uint32_t linkBits = 0x3f;
/// Of a core below 26.
constexpr uint32_t coreBit(unsigned core) { return 1u << (6 + core); }

/// Routing tables of all chips that have one.
using RoutingTables = std::map<Chip, std::vector<RoutingEntry>>;

/// The first entry that matches `key`; null when none does.
const RoutingEntry *lookUp(std::span<const RoutingEntry> table, uint32_t key);

/// A core on a chip.
struct CoreId {
  Chip chip;
  unsigned core = 0;
  auto operator<=>(const CoreId &) const = default;
};

/// Where one packet went.
struct Journey {
  std::vector<CoreId> cores; ///< every delivery, in the order of arrival
  unsigned routers = 0;      ///< routers passed, the first one included
  unsigned links = 0;        ///< links crossed
};

/// Sends a packet with `key` from a core of `from` through the tables: the
/// first match wins; without one a packet goes straight on, and one from a
/// local core is dropped. Errors: a drop, a link that leads out of the machine,
/// a packet that reaches a chip twice.
Result<Journey> follow(const SpinMachine &machine, const RoutingTables &tables,
                       Chip from, uint32_t key);

} // namespace limen::target
