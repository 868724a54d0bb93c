// Ring buffers of a core: what will arrive for each neuron in the next steps.
//
// One unsigned 16-bit sum per (delay slot, synapse type, neuron). A sum that
// would exceed 16 bits becomes 0xFFFF and is counted.
#pragma once

#include "hw-models/target/SpinMemory.h"

namespace limen::spinhw {

using target::RowFormat;

class RingBuffers {
public:
  explicit RingBuffers(RowFormat format)
      : format(format), slots(size_t(1) << format.ringBits(), 0),
        ringMask((1u << format.ringBits()) - 1) {}

  /// Adds the synaptic words of a row that arrives in tick `time`, `times`
  /// times. A word with delay d is due in tick time + d; 0 means 2^delayBits.
  void add(std::span<const uint32_t> words, uint32_t time, uint32_t times = 1) {
    const uint32_t base = slotBase(time);
    const uint32_t mask = ringMask;
    uint16_t *const ring = slots.data();
    if (times != 1) {
      // A sum that fits needs no counting.
      if (words.size() == 1) {
        uint16_t &slot = ring[(words[0] + base) & mask];
        const uint64_t sum = slot + uint64_t(words[0] >> 16) * times;
        if (sum <= 0xffff) {
          slot = static_cast<uint16_t>(sum);
          return;
        }
      }
      return addOften(words, time, times);
    }
    uint32_t clipped = 0;
    for (const uint32_t word : words) {
      uint16_t &slot = ring[(word + base) & mask];
      const uint32_t sum = slot + (word >> 16);
      clipped += sum >> 16;
      slot = static_cast<uint16_t>(sum > 0xffff ? 0xffff : sum);
    }
    saturated += clipped;
  }

  /// The sums of `type` due in tick `time`, by neuron index. Valid until
  /// `clear`.
  std::span<const uint16_t> due(uint32_t time, unsigned type) const;

  /// Empties the slot of tick `time`, after its sums were read.
  void clear(uint32_t time);
  /// Empties everything.
  void reset();

  /// Additions that saturated since construction or `reset`.
  uint64_t saturations() const { return saturated; }

private:
  void addOften(std::span<const uint32_t> words, uint32_t time, uint32_t times);

  uint32_t slotBase(uint32_t time) const {
    return (time << (format.typeBits + format.indexBits)) & ringMask;
  }

  RowFormat format;
  std::vector<uint16_t> slots;
  uint32_t ringMask;
  uint64_t saturated = 0;
};

} // namespace limen::spinhw
