// Synaptic rows with a plastic region, and the core that processes them.
//
// A row, in words (source: sPyNNaker's runtime):
//   [p = words of the plastic region]
//   plastic region: [time of the source's last spike] [its trace]  (PreHistory)
//                   16-bit weights, two a word, the first in the low half
//   [number of fixed synapses] [number of plastic synapses]
//   fixed synapses, a word each: weight:16 | ... | delay | type | index
//   control half-words of the plastic synapses: the low 16 bits of such a word
// The trace is there for the AllToAll rule only. A row is fetched whole; its
// plastic region is written back.
#pragma once

#include "hw-models/spin/RingBuffers.h"
#include "hw-models/spin/plasticity/Stdp.h"

#include <span>

namespace limen::spinhw {

struct PlasticSynapse {
  uint16_t control = 0; ///< delay | type | index
  uint16_t weight = 0;  ///< in the unit of the ring buffer of its type
  bool operator==(const PlasticSynapse &) const = default;
};

/// The words of a row whose source has not fired yet.
std::vector<uint32_t> packRow(std::span<const uint32_t> fixed,
                              std::span<const PlasticSynapse> plastic,
                              unsigned historyWords);

/// A row in memory.
class RowView {
public:
  /// Errors: counts that do not fit the words or one another.
  static Result<RowView> over(std::span<uint32_t> words, unsigned historyWords);

  PreHistory history() const;
  void setHistory(const PreHistory &history);

  uint32_t plasticCount() const { return words[plasticWords() + 2]; }
  PlasticSynapse plastic(uint32_t i) const;
  void setWeight(uint32_t i, uint16_t weight);
  std::span<const uint32_t> fixed() const {
    return words.subspan(plasticWords() + 3, words[plasticWords() + 1]);
  }

  /// Words that a DMA transfer brings, and writes back.
  uint32_t fetchedWords() const {
    return plasticWords() + 3 + words[plasticWords() + 1] +
           (plasticCount() + 1) / 2;
  }
  uint32_t writtenWords() const { return plasticWords(); }

private:
  RowView(std::span<uint32_t> words, unsigned historyWords)
      : words(words), historyWords(historyWords) {}
  uint32_t plasticWords() const { return words[0]; }

  std::span<uint32_t> words;
  unsigned historyWords;
};

/// The plastic half of one core: when its neurons fired, and what its rule does
/// to the rows that come in.
class PlasticCore {
public:
  /// `shifts` has one ring-buffer shift per synapse type: weights are
  /// multiples of 2^(shift - 15).
  PlasticCore(Stdp rule, RowFormat format, std::vector<unsigned> shifts,
              uint32_t neurons)
      : rule(std::move(rule)), format(format), shifts(std::move(shifts)),
        posts(neurons) {}

  const Stdp &stdp() const { return rule; }

  /// Neuron `index` fires in tick `now`.
  void fired(uint32_t index, uint32_t now) { rule.fired(posts[index], now); }

  /// The source of `row` fires and the row is processed in tick `now`: plastic
  /// weights are updated in place, then all synapses added to `ring`. Errors: a
  /// type or an index that the core does not have.
  Result<void> process(RowView row, uint32_t now, RingBuffers &ring);

  /// Spikes of targets that `process` would go through, over all plastic
  /// synapses of the row.
  uint64_t replayed(const RowView &row, uint32_t now) const;

  /// Forgets all spikes of neurons; rows are the caller's.
  void reset() { std::fill(posts.begin(), posts.end(), PostHistory()); }

  /// Plastic synapses updated since construction.
  uint64_t updates() const { return updated; }

private:
  /// Steps that a synapse's spikes take; 0 stands for the longest delay.
  uint32_t delayOf(const PlasticSynapse &synapse) const;

  Stdp rule;
  RowFormat format;
  std::vector<unsigned> shifts;
  std::vector<PostHistory> posts;
  uint64_t updated = 0;
};

} // namespace limen::spinhw
