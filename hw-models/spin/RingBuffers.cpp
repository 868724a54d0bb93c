#include "hw-models/spin/RingBuffers.h"

#include <algorithm>

using namespace limen::spinhw;

void RingBuffers::add(std::span<const uint32_t> words, uint32_t time,
                      uint32_t times) {
  const uint32_t base = slotBase(time);
  const uint32_t mask = ringMask;
  uint16_t *const ring = slots.data();
  uint64_t clipped = 0;
  if (times > 1 && words.size() == 1 && words[0] >> 16 != 0) {
    // All at once: of `times` additions the first few fit.
    uint16_t &slot = ring[(words[0] + base) & mask];
    const uint32_t weight = words[0] >> 16;
    const uint32_t fit = std::min(times, (0xffffu - slot) / weight);
    slot = static_cast<uint16_t>(fit < times ? 0xffff : slot + fit * weight);
    saturated += times - fit;
    return;
  }
  for (uint32_t i = 0; i < times; ++i)
    for (const uint32_t word : words) {
      uint16_t &slot = ring[(word + base) & mask];
      const uint32_t sum = slot + (word >> 16);
      clipped += sum >> 16;
      slot = static_cast<uint16_t>(sum > 0xffff ? 0xffff : sum);
    }
  saturated += clipped;
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
