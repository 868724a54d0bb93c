#include "compiler/Mapping/ImcPacker.h"

#include <algorithm>

using namespace limen;
using namespace limen::mapping;

std::optional<ImcSpot> ImcPacker::place(uint32_t height, uint32_t width) {
  auto shelf = std::ranges::find_if(shelves, [&](const Shelf &s) {
    return s.macro < limit && height <= s.height && s.used + width <= cols;
  });
  if (shelf == shelves.end()) {
    unsigned macro = 0;
    const unsigned known = std::min(used(), limit);
    while (macro < known && filled[macro] + height > rows)
      ++macro;
    if (macro == known) {
      if (macro >= limit)
        return std::nullopt;
      filled.push_back(0);
    }
    shelf = shelves.insert(shelves.end(), {macro, filled[macro], height, 0});
    filled[macro] += height;
  }
  const ImcSpot spot{shelf->macro, shelf->row, shelf->used};
  shelf->used += width;
  return spot;
}
