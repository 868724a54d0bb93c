// The memory image of a core: synaptic rows in SDRAM and the master population
// table that finds them, in the word formats of the published runtime.
//
// Synaptic word, from the high end: weight:16 | ... | delay | type | index.
// A delay of 2^delayBits is encoded as 0.
// Row: [plastic words = 0][fixed words n][plastic controls = 0][n words][pad];
// all rows of a block have the same length, 1 to 256 words after the header.
// Rows of synapses that a rule changes have a plastic region of p words
// instead:
//   [p][history of the source, 1 or 2 words][16-bit weights, two a word][0]
//   [plastic controls n][n half-words: delay | type | index][pad]
// Master population table, 5 words per entry, ascending keys:
//   key, mask, {start:13, colour bits:3, count:16}, {core mask:16, shift:16},
//   {neurons:16, words:16}
// `start` and `count` select address words {row length - 1 : 8, address : 24},
// the address in units of 16 bytes. (Bit fields are listed lowest bit first.)
#pragma once

#include "compiler/Mapping/Partition.h"
#include "compiler/Mapping/Retiming.h"
#include "compiler/Mapping/RingScale.h"
#include "hw-models/target/SpinMemory.h"

#include <span>

namespace limen::mapping {

inline constexpr unsigned rowHeaderWords = 3;
inline constexpr uint32_t longestRow = 256;
inline constexpr unsigned tableEntryWords = 5;

/// Widths of the fields of a synaptic word.
using RowLayout = target::RowFormat;

/// A synapse as a core sees it: indices within source and target slice, weight
/// in units of its ring buffer, delay in steps.
struct Connection {
  uint32_t source, target, type, delay, weight;
  auto operator<=>(const Connection &) const = default;
};

/// What one core holds.
struct CoreImage {
  RowLayout layout;
  std::vector<uint32_t> table;     ///< master population table
  std::vector<uint32_t> addresses; ///< its address words
  std::vector<uint32_t> rows;      ///< SDRAM
  /// Of plastic rows; 0 where there are none.
  unsigned historyWords = 0;

  // Where the rows are left to the loader: no `rows`, but
  uint64_t drawnWords = 0;        ///< how many words they will be
  std::vector<uint32_t> drawnFor; ///< per address word, a projection
  /// Per address word, the synapses of all rows of its block; those of a row
  /// too long for one block are counted in the first.
  std::vector<uint64_t> drawnSynapses;

  uint64_t sdramBytes() const {
    return 4 * std::max<uint64_t>(rows.size(), drawnWords);
  }
  size_t tableEntries() const { return table.size() / tableEntryWords; }
  /// Synapses of the `rowCount` rows of address word `address`, see
  /// drawnSynapses.
  uint64_t synapsesOf(uint32_t address, uint32_t rowCount) const;
};

/// What rounding to 16 bits did to the weights of a population.
struct RoundingReport {
  uint64_t synapses = 0; ///< in the network
  uint64_t vanished = 0; ///< rounded to 0 and left out
  uint64_t clipped = 0;  ///< above the largest weight that fits
  double largestError = 0;
};

/// Writes the population table and the address words of a core. Blocks must
/// come by ascending key, those of one key together.
class TableWriter {
public:
  TableWriter(const Partition &partition, CoreImage &image)
      : partition(partition), image(image) {}

  /// Appends a block of rows of `length` words for every key of slice `source`,
  /// which is to begin at word `begin` of SDRAM, a multiple of 4.
  void add(unsigned source, uint32_t length, uint64_t begin);
  /// More address words or bytes than the fields can tell.
  bool overflows() const { return startOverflow || addressOverflow; }

private:
  const Partition &partition;
  CoreImage &image;
  bool startOverflow = false, addressOverflow = false;
};

/// The error of such a core of population `name`.
Error overflowError(std::string_view name);

/// Builds the image of every slice of population `node`. Rows with synapses of
/// several projections are one block each; those of a projection with a rule
/// are plastic, their histories of `historyWords`. Synapses with more delay
/// than the ring buffers' `slots` are rows of the delay-extension core that
/// sends their spike again in time. Errors: more table entries, rows or bytes
/// than the fields above can address (the population is named).
Result<std::vector<CoreImage>>
buildImages(const network::Network &network, const Retiming &retiming,
            const Partition &partition, unsigned node, unsigned delayBits,
            unsigned slots, const std::vector<Incoming> &incoming,
            const std::vector<RingScale> &scales, unsigned historyWords,
            RoundingReport &report);

/// The inverse: looks `key` up in the image and appends the connections of that
/// source neuron. False when the table has no entry for the key. Errors: an
/// image that points outside itself.
Result<bool> readConnections(const CoreImage &image, uint32_t key,
                             std::vector<Connection> &out);

/// That every image gives back, directly and through delay-extension cores,
/// exactly the quantised synapses of `incoming`.
Result<void> verify(const network::Network &network, const Retiming &retiming,
                    const Partition &partition, unsigned node, unsigned slots,
                    const std::vector<Incoming> &incoming,
                    const std::vector<RingScale> &scales,
                    const std::vector<CoreImage> &images);

} // namespace limen::mapping
