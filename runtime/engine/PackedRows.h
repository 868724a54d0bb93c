// Synaptic rows as the host engine reads them.
//
// One row per source neuron holds all that a spike of it does, over all
// projections of its node: segments by (partition of targets, delay), targets
// ascending in each. A row is one stream of 32-bit words:
//
//   [segment count] ([partition << 16 | delay] [synapse count])* segments...
//
// Targets count within their partition of 2^16 slots. A synapse takes 4 bytes
// {weight:16, target:16} when every weight of the store is a 16-bit integer
// times one power of two, so that packing loses nothing. Otherwise it takes 6:
// a segment is its float weights, then its targets, two in a word.
#pragma once

#include "hw-models/base/HugePages.h"
#include "runtime/network/Rows.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace limen::engine {

/// One projection's rows with where its targets start in the slot space. Either
/// rows, or what expands them a few at a time, so that they are never there all
/// at once.
struct RowsInput {
  const network::Rows *rows = nullptr;
  uint64_t firstSlot = 0;
  uint32_t delay = 0;
  const network::RowExpander *expander = nullptr;
};

class PackedRows {
public:
  static constexpr uint32_t partitionBits = 16;
  static constexpr uint32_t maxDelay = 1u << 16; ///< delays are below

  PackedRows() = default;
  /// Packs on so many threads (0: all processors).
  PackedRows(uint32_t sources, const std::vector<RowsInput> &inputs,
             unsigned threads = 0);

  bool empty() const { return rows.empty(); }
  /// True when synapses take 4 bytes.
  bool isCompact() const { return compact; }
  uint64_t bytes() const;
  uint64_t fanOut(uint32_t source) const { return rows[source].synapses; }

  /// Asks the memory system for the row of a source that is needed soon.
  void prefetch(uint32_t source) const {
    const uint32_t *row = rows[source].words;
    const uint32_t *end = row + rows[source].size;
    for (int line = 0; row < end && line < 64; row += 16, ++line)
      __builtin_prefetch(row);
  }

  /// Adds `value` times the row of `source` to the ring: `slot(delay)` gives
  /// the first slot of the buffer that is due in `delay` steps.
  template <typename Real, typename Slot>
  void deliver(uint32_t source, Real value, Slot slot) const {
    const uint32_t *row = rows[source].words;
    if (rows[source].size == 0)
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
        const uint32_t *targets = synapse + count;
        const auto add = [&](uint32_t k, uint32_t place) {
          target[place] +=
              value * static_cast<Real>(std::bit_cast<float>(synapse[k]));
        };
        for (uint32_t k = 0; k + 1 < count; k += 2) {
          const uint32_t pair = targets[k / 2];
          add(k, pair & 0xFFFFu);
          add(k + 1, pair >> 16);
        }
        if (count % 2 != 0)
          add(count - 1, targets[count / 2]);
        synapse = targets + (count + 1) / 2;
      }
    }
  }

private:
  struct Row {
    const uint32_t *words = nullptr;
    uint32_t size = 0; ///< in words
    uint32_t synapses = 0;
  };
  std::vector<Row> rows; ///< by source
  /// What the rows point into, and its words in all.
  std::vector<Pages> blocks;
  uint64_t words = 0;
  float scale = 1; ///< of compact weights, a power of two
  bool compact = false;
};

} // namespace limen::engine
