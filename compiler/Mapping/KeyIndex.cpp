#include "compiler/Mapping/KeyIndex.h"

#include <array>

using namespace limen::mapping;

KeyIndex::KeyIndex(std::span<const KeyCube> cubes) {
  const size_t words = (cubes.size() + 63) / 64;
  all.assign(words, 0);
  planes.assign(words * 64, 0);
  uint32_t tested = 0;
  for (size_t i = 0; i < cubes.size(); ++i) {
    const KeyCube cube = cubes[i];
    const uint64_t bit = uint64_t(1) << i % 64;
    uint64_t *plane = &planes[i / 64 * 64];
    all[i / 64] |= bit;
    for (unsigned b = 0; b < 32; ++b) {
      const bool free = !(cube.mask >> b & 1), one = cube.key >> b & 1;
      if (free || !one)
        plane[2 * b] |= bit;
      if (free || one)
        plane[2 * b + 1] |= bit;
    }
    tested |= cube.mask;
    hull = i == 0 ? cube : join(hull, cube);
  }
  telling = tested & ~hull.mask;
}

uint64_t KeyIndex::find(KeyCube cube, std::vector<uint32_t> &out) const {
  if (!intersect(cube, hull))
    return 1;
  std::array<uint8_t, 32> rows;
  size_t count = 0;
  for (uint32_t rest = cube.mask & telling; rest; rest &= rest - 1) {
    const unsigned b = static_cast<unsigned>(std::countr_zero(rest));
    rows[count++] = static_cast<uint8_t>(2 * b + (cube.key >> b & 1));
  }
  const size_t before = out.size();
  for (size_t w = 0; w < all.size(); ++w) {
    uint64_t found = all[w];
    const uint64_t *plane = &planes[w * 64];
    for (size_t r = 0; r < count && found; ++r)
      found &= plane[rows[r]];
    for (; found; found &= found - 1)
      out.push_back(static_cast<uint32_t>(
          w * 64 + static_cast<size_t>(std::countr_zero(found))));
  }
  return 4 * all.size() + 4 * (out.size() - before);
}
