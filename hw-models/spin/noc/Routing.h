// Where a router sends a packet.
#pragma once

#include "hw-models/spin/noc/Topology.h"
#include "hw-models/target/SpinRouter.h"

#include <cstdint>
#include <vector>

namespace limen::spin::noc {

/// Of a packet that goes around a blocked link: where it is on its way.
enum class Detour : uint8_t {
  None,
  First,  ///< by the first leg only: the next router sends it on by the second
  Second, ///< by the second leg: where it arrives it goes on as if it had not
  /// By the first leg, which is also a link of its route: the next router sends
  /// one copy by the second leg and routes the packet like any other.
  Combined,
};

struct Packet {
  uint32_t key = 0;
  uint32_t payload = 0;
  uint64_t injected = 0; ///< cycle in which it entered the network
  uint32_t source = 0;   ///< index of the chip that it was sent from
  uint16_t hops = 0;     ///< links of its route crossed
  bool hasPayload = false;
  int8_t inLink = -1; ///< link of this chip that it came by; -1: a core
  Detour detour = Detour::None;

  /// It came by the first leg of a detour.
  bool onFirstLeg() const {
    return detour == Detour::First || detour == Detour::Combined;
  }
  /// Links of the second leg, from where the first one led: E is reached by S
  /// and then NE, and so on.
  uint32_t secondLeg() const {
    return onFirstLeg() ? 1u << ((static_cast<unsigned>(inLink) + 5) % 6) : 0;
  }
};

/// A route word has links in bits 0-5 and core p in bit 6 + p. Packets whose
/// word is 0 are dropped.
class Routing {
public:
  virtual ~Routing() = default;
  virtual uint32_t route(uint32_t chip, const Packet &packet) const = 0;
};

/// Multicast by routing tables: first match wins, an unmatched packet goes
/// straight on, an unmatched packet of a local core is dropped. Routes may have
/// cores below 26 only.
class TableRouting : public Routing {
public:
  TableRouting(const Topology &topology, const target::RoutingTables &tables);
  uint32_t route(uint32_t chip, const Packet &packet) const override;

private:
  /// A line whose route has no core above 25.
  struct Line {
    uint32_t key, mask, route;
  };
  std::vector<std::vector<Line>> tables; ///< by chip
};

/// Point to point along a minimal path in dimension order: E or W first, then N
/// or S, then the diagonal. Of the (up to four) ways around a torus the
/// shortest is taken, on a tie one that does not wrap; this is how the machines
/// of the published measurements were routed (tickysim). The key stands for the
/// difference of the two chips' coordinates.
class PathRouting : public Routing {
public:
  explicit PathRouting(const Topology &topology, unsigned core = 1);
  /// The key of packets from one chip to another.
  uint32_t key(uint32_t from, uint32_t to) const;
  /// Links from one chip to another, in order.
  std::vector<unsigned> path(uint32_t from, uint32_t to) const;
  uint32_t route(uint32_t chip, const Packet &packet) const override;

private:
  /// Route words of the two legs and of the end, and how many links lead to the
  /// end of each leg.
  struct Legs {
    uint32_t words[3] = {};
    uint16_t ends[2] = {};
  };
  const Topology &topology;
  uint32_t local;
  std::vector<Legs> legs; ///< by key
};

} // namespace limen::spin::noc
