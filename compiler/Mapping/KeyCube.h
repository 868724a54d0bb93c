// Sets of packet keys as a ternary memory writes them.
#pragma once

#include <bit>
#include <cstdint>

namespace limen::mapping {

/// All keys that agree with `key` in the bits set in `mask`. `key` has no bit
/// outside `mask`.
struct KeyCube {
  uint32_t key = 0, mask = 0;
  bool operator==(const KeyCube &) const = default;
};

/// Whether some key is in both.
constexpr bool intersect(KeyCube a, KeyCube b) {
  return ((a.key ^ b.key) & a.mask & b.mask) == 0;
}

/// Whether every key of `inner` is in `outer`.
constexpr bool contains(KeyCube outer, KeyCube inner) {
  return ((outer.key ^ inner.key) & outer.mask) == 0 &&
         (outer.mask & ~inner.mask) == 0;
}

/// The smallest cube that contains both.
constexpr KeyCube join(KeyCube a, KeyCube b) {
  const uint32_t mask = a.mask & b.mask & ~(a.key ^ b.key);
  return {a.key & mask, mask};
}

/// The keys that are in both; only for cubes that intersect.
constexpr KeyCube meet(KeyCube a, KeyCube b) {
  return {a.key | b.key, a.mask | b.mask};
}

/// Number of bits that a key of the cube is tested on.
constexpr int fixedBits(KeyCube cube) { return std::popcount(cube.mask); }

} // namespace limen::mapping
