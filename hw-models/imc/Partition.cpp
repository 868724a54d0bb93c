#include "hw-models/imc/Partition.h"

#include <cmath>

using namespace limen::imchw;

std::vector<uint32_t> limen::imchw::partition(uint32_t count, uint32_t limit,
                                              PartitionStyle style) {
  const uint32_t parts = limit == 0 ? 1 : (count + limit - 1) / limit;
  uint32_t size = count / (parts == 0 ? 1 : parts);
  if (parts > 1 && count % parts != 0)
    size = style == PartitionStyle::Max
               ? limit
               : static_cast<uint32_t>(std::nearbyint(
                     static_cast<double>(count) / static_cast<double>(parts)));
  // Rounded down, the last part could be left with more than an array holds.
  if (parts > 1 && count - (parts - 1) * size > limit)
    ++size;
  std::vector<uint32_t> bounds = {0};
  for (uint32_t part = 1; part < parts; ++part)
    bounds.push_back(part * size);
  bounds.push_back(count);
  return bounds;
}
