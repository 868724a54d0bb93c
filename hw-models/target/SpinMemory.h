// A core's view of its synaptic memory: the master population table and the
// rows that it leads to, in the word formats of the published runtime
// (compiler/Mapping/SynapticRows.h writes them).
#pragma once

#include "hw-models/base/Error.h"

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace limen::target {

/// Widths of the low fields of a synaptic word; the weight is in bits 16-31.
struct RowFormat {
  unsigned indexBits = 0, typeBits = 0, delayBits = 0;
  unsigned ringBits() const { return indexBits + typeBits + delayBits; }
  /// A synaptic word; a delay of 2^delayBits becomes 0.
  uint32_t encode(uint32_t weight, uint32_t delay, uint32_t type,
                  uint32_t index) const {
    const uint32_t slot = delay & ((1u << delayBits) - 1);
    return weight << 16 | (slot << typeBits | type) << indexBits | index;
  }
};

/// The ring buffer type of a weight at a receptor.
inline uint32_t ringType(unsigned receptor, float weight) {
  return 2 * receptor + (weight < 0 ? 1 : 0);
}

/// |weight| in units of 1 / `perUnit`, a power of two, rounded to nearest, at
/// most 65535.
inline uint32_t ringWeight(float weight, double perUnit) {
  const double units = std::abs(static_cast<double>(weight)) * perUnit + 0.5;
  return units >= 65535 ? 65535 : static_cast<uint32_t>(units);
}

/// Rows of equal length for the neurons of one key block.
struct RowBlock {
  uint32_t key = 0, mask = 0;
  uint32_t neurons = 0;
  uint32_t rowLength = 0; ///< words after the header, 1..256
  uint64_t base = 0;      ///< word offset of the first row

  static constexpr unsigned header = 3;
  /// Bytes that one DMA transfer of a row moves.
  uint64_t rowBytes() const { return 4 * uint64_t(rowLength + header); }
  uint64_t rowAt(uint32_t neuron) const {
    return base + uint64_t(neuron) * (rowLength + header);
  }
};

/// All blocks of a memory, in the order of the table, one for each address
/// word. Errors: words missing, an address or row outside the memory, a row
/// longer than its block.
Result<std::vector<RowBlock>> readBlocks(std::span<const uint32_t> table,
                                         std::span<const uint32_t> addresses,
                                         std::span<const uint32_t> rows);

/// The same for a memory of `words` words whose rows are not there yet.
Result<std::vector<RowBlock>> readBlocks(std::span<const uint32_t> table,
                                         std::span<const uint32_t> addresses,
                                         uint64_t words);

/// Whether the row that starts at word `at` has plastic synapses.
inline bool isPlastic(std::span<const uint32_t> rows, uint64_t at) {
  return rows[at] != 0;
}

/// The synaptic words of the row that starts at word `at`, which is not
/// plastic.
inline std::span<const uint32_t> rowWords(std::span<const uint32_t> rows,
                                          uint64_t at) {
  return rows.subspan(at + RowBlock::header, rows[at + 1]);
}

/// Synapses of the row that starts at word `at`: [plastic words][plastic]
/// [fixed words][plastic synapses][fixed][controls].
inline uint64_t rowSynapses(std::span<const uint32_t> rows, uint64_t at) {
  const uint64_t fixed = at + 1 + rows[at];
  return uint64_t(rows[fixed]) + rows[fixed + 1];
}

} // namespace limen::target
