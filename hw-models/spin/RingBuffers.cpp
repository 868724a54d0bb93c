#include "hw-models/spin/RingBuffers.h"

#include <algorithm>

using namespace limen::spinhw;

void RingBuffers::addOften(std::span<const uint32_t> words, uint32_t time,
                           uint32_t times) {
  if (words.size() == 1 && words[0] >> 16 != 0) {
    // All at once: of `times` additions the first few fit.
    uint16_t &slot = slots[(words[0] + slotBase(time)) & ringMask];
    const uint32_t weight = words[0] >> 16;
    const uint32_t fit = std::min(times, (0xffffu - slot) / weight);
    slot = static_cast<uint16_t>(fit < times ? 0xffff : slot + fit * weight);
    saturated += times - fit;
    return;
  }
  for (uint32_t i = 0; i < times; ++i)
    add(words, time);
}

std::span<const uint16_t> RingBuffers::due(uint32_t time, unsigned type) const {
  const uint32_t first = slotBase(time) + (type << format.indexBits);
  return std::span(slots).subspan(first, size_t(1) << format.indexBits);
}

void RingBuffers::clear(uint32_t time) {
  const auto first = slots.begin() + slotBase(time);
  std::fill(first, first + (1 << (format.typeBits + format.indexBits)), 0);
}

void RingBuffers::reset() {
  std::fill(slots.begin(), slots.end(), 0);
  saturated = 0;
}
