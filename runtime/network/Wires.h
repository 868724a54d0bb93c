// The ends of rules that draw them together: fixed total and fixed in-degree.
#pragma once

#include "hw-models/base/HugePages.h"
#include "hw-models/base/Random.h"
#include "hw-models/base/RandomBatch.h"
#include "runtime/network/Network.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace limen::network {

/// Draws outside of their bounds are repeated this often, then clamped: bounds
/// that hold less than about one draw in a hundred are not a truncation.
constexpr uint32_t maxAttempts = 1000;

/// The draws of a rule by source: 4 bytes each, from which the rest is drawn
/// again.
class Wires {
public:
  Wires(const Random &random, int64_t inputs, int64_t outputs);

  /// Draws all ends on so many threads (0: all processors), the first time that
  /// it is called; thread-safe.
  void draw(unsigned threads) const;

  /// After draw(): the draws of `source` are those at [begin(source),
  /// begin(source + 1)), by number.
  uint64_t begin(uint32_t source) const { return offsets[source]; }
  /// The number of the draw at `place`.
  uint64_t numberAt(uint64_t place) const {
    const Block &block = blocks[place >> blockBits];
    const uint64_t at = place & (blockSize - 1);
    const uint64_t high = block.highs() ? block.highs()[at] : 0;
    return high << 32 | block.lows()[at];
  }
  /// Frees the draws of the sources [first, last), once: they are not asked for
  /// again. Thread-safe.
  void release(uint32_t first, uint32_t last) const;
  /// What identifies draw `number`: (target, k) or (number, 0).
  std::pair<uint64_t, uint32_t> keyOf(uint64_t number) const {
    if (!inDegree)
      return {number, 0};
    return {number / random.number,
            static_cast<uint32_t>(number % random.number)};
  }
  /// Targets of the draws whose keys are in `block`; its words are overwritten.
  void targets(RandomBatch::Block &block, size_t count,
               uint32_t *targets) const;

private:
  static constexpr unsigned blockBits = 20;
  static constexpr uint64_t blockSize = uint64_t(1) << blockBits;

  /// Numbers of so many draws, and what they have above 32 bits, or null.
  struct Block {
    uint32_t *lows() const { return static_cast<uint32_t *>(low.data()); }
    uint8_t *highs() const { return static_cast<uint8_t *>(high.data()); }

    Pages low, high;
    std::atomic<uint64_t> left = 0; ///< draws that were not released
  };

  std::pair<uint32_t, uint32_t> endsOf(uint64_t a, uint32_t b,
                                       std::array<uint32_t, 4> words) const;
  template <typename Visit>
  void forRange(uint64_t first, uint64_t last, Visit visit) const;
  void drawAll(unsigned threads) const;

  const Random random;
  const bool inDegree;
  const uint64_t inputs, outputs, total;
  const RandomStream ends;
  const RandomBatch batch;
  mutable std::once_flag once;
  mutable std::vector<uint64_t> offsets;
  mutable std::vector<Block> blocks;
};

} // namespace limen::network
