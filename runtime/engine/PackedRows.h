// Synaptic rows as the host engine reads them.
//
// One row per source neuron holds all that a spike of it does, over all
// projections of its node: segments by (partition of targets, delay), targets
// ascending in each. A row is one stream of 32-bit words:
//
//   [segment count] ([partition << 16 | delay] [synapse count])* synapses...
//
// A synapse is 8 bytes {target, float weight}, or 4 bytes {weight:16,
// target:16} when every weight of the store is a 16-bit integer times one power
// of two, so that packing loses nothing. Targets count within their partition
// of 2^16 slots.
#pragma once

#include "runtime/network/Rows.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace limen::engine {

/// One projection's rows with where its targets start in the slot space.
struct RowsInput {
  const network::Rows *rows = nullptr;
  uint64_t firstSlot = 0;
  uint32_t delay = 0;
};

class PackedRows {
public:
  static constexpr uint32_t partitionBits = 16;
  static constexpr uint32_t maxDelay = 1u << 16; ///< delays are below

  PackedRows() = default;
  PackedRows(uint32_t sources, const std::vector<RowsInput> &inputs);

  bool empty() const { return words.empty(); }
  /// True when synapses take 4 bytes.
  bool isCompact() const { return compact; }
  uint64_t bytes() const { return words.size() * 4 + offsets.size() * 8; }
  uint64_t fanOut(uint32_t source) const { return fan[source]; }

  /// Asks the memory system for the row of a source that is needed soon.
  void prefetch(uint32_t source) const {
    const uint32_t *row = words.data() + offsets[source];
    const uint32_t *end = words.data() + offsets[source + 1];
    for (int line = 0; row < end && line < 64; row += 16, ++line)
      __builtin_prefetch(row);
  }

  /// Adds `value` times the row of `source` to the ring: `slot(delay)` gives
  /// the first slot of the buffer that is due in `delay` steps.
  template <typename Real, typename Slot>
  void deliver(uint32_t source, Real value, Slot slot) const {
    const uint32_t *row = words.data() + offsets[source];
    if (row == words.data() + offsets[source + 1])
      return;
    const uint32_t segments = *row++;
    const uint32_t *synapse = row + 2 * segments;
    for (uint32_t s = 0; s < segments; ++s) {
      const uint32_t key = row[2 * s];
      const uint32_t count = row[2 * s + 1];
      Real *target = slot(key & 0xFFFFu) +
                     (static_cast<uint64_t>(key >> 16) << partitionBits);
      if (compact) {
        const Real unit = static_cast<Real>(scale) * value;
        for (uint32_t k = 0; k < count; ++k) {
          const uint32_t word = *synapse++;
          target[word & 0xFFFFu] +=
              unit * static_cast<Real>(static_cast<int16_t>(word >> 16));
        }
      } else {
        for (uint32_t k = 0; k < count; ++k, synapse += 2)
          target[synapse[0]] +=
              value * static_cast<Real>(std::bit_cast<float>(synapse[1]));
      }
    }
  }

private:
  std::vector<uint64_t> offsets; ///< sources + 1, in words
  std::vector<uint32_t> words;
  std::vector<uint32_t> fan; ///< synapses per row
  float scale = 1;           ///< of compact weights, a power of two
  bool compact = false;
};

} // namespace limen::engine
