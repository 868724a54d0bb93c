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
  void add(std::span<const uint32_t> words, uint32_t time, uint32_t times = 1);

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
  uint32_t slotBase(uint32_t time) const {
    return (time << (format.typeBits + format.indexBits)) & ringMask;
  }

  RowFormat format;
  std::vector<uint16_t> slots;
  uint32_t ringMask;
  uint64_t saturated = 0;
};

} // namespace limen::spinhw
