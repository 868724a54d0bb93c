// Where a router sends a packet, as its table says.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <fmt/format.h>
#include <string>

namespace limen::target {

/// Bits 0-5 are links, bit 6 + p is core p. SpiNNaker 1 has 24 bits; chips with
/// more cores have more. Computes as an unsigned number of 192 bits does.
class RouteWord {
public:
  static constexpr unsigned links = 6, parts = 6;
  /// Ids of cores are below this.
  static constexpr unsigned cores = 32 * parts - links;

  /// The first 32 bits: cores below 26.
  constexpr RouteWord(uint32_t low = 0) : words{low} {}

  static constexpr RouteWord link(unsigned link) {
    return RouteWord(1u << link);
  }
  static constexpr RouteWord core(unsigned core) {
    RouteWord word;
    word.words[(links + core) / 32] = 1u << (links + core) % 32;
    return word;
  }

  /// The parts that words of a machine with ids up to `lastCore` have.
  static constexpr unsigned partsFor(unsigned lastCore) {
    return (links + lastCore) / 32 + 1;
  }

  constexpr bool hasLink(unsigned link) const { return words[0] >> link & 1; }
  constexpr bool hasCore(unsigned core) const {
    return words[(links + core) / 32] >> (links + core) % 32 & 1;
  }
  constexpr bool empty() const { return *this == RouteWord(); }

  /// 32 bits, the lowest first.
  constexpr uint32_t part(unsigned k) const { return words[k]; }
  constexpr void setPart(unsigned k, uint32_t bits) { words[k] = bits; }

  /// Calls `visit` with every core, ascending.
  template <typename Visit> void forEachCore(Visit visit) const {
    for (unsigned k = 0; k < parts; ++k)
      for (uint32_t left = words[k]; left; left &= left - 1)
        if (const auto bit =
                32 * k + static_cast<unsigned>(std::countr_zero(left));
            bit >= links)
          visit(bit - links);
  }

  constexpr RouteWord &operator|=(const RouteWord &other) {
    for (unsigned k = 0; k < parts; ++k)
      words[k] |= other.words[k];
    return *this;
  }
  friend constexpr RouteWord operator|(RouteWord a, const RouteWord &b) {
    return a |= b;
  }
  constexpr bool operator==(const RouteWord &) const = default;
  /// Any order: for maps.
  constexpr auto operator<=>(const RouteWord &) const = default;

  /// Hexadecimal, "0x0000c1" or as many digits as it takes.
  std::string text() const {
    unsigned last = parts - 1;
    while (last > 0 && words[last] == 0)
      --last;
    std::string out = last ? fmt::format("{:#x}", words[last])
                           : fmt::format("{:#08x}", words[last]);
    while (last-- > 0)
      out += fmt::format("{:08x}", words[last]);
    return out;
  }

private:
  std::array<uint32_t, parts> words{};
};

} // namespace limen::target
