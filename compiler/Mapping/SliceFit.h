// Neurons per core, and synapse cores per neuron core, that are expected to be
// done in time.
//
// Before images are made this is a bound from the synapses of each neuron; the
// images tell how full the cores really are (CoreLoads::of).
#pragma once

#include "compiler/Mapping/CoreLoads.h"

namespace limen::mapping {

/// What one projection means for the cores of its targets, target by target.
class SynapseCounts {
public:
  /// Takes the rows of sources [first, ...) into `targets` neurons.
  void add(uint32_t first, const network::Rows &rows, int64_t targets);

  /// Synapses per target neuron; empty where there are none at all.
  std::vector<uint32_t> synapses;
  /// Per target neuron, its first and last source.
  std::vector<uint32_t> firstSource, lastSource;
  /// Whether no target has more than one source.
  bool oneSourceEach() const;
  bool positive = false, negative = false; ///< signs of weights
};

/// The slices of a network, and what is known to choose them.
class SliceFit {
public:
  /// `counts` are those of every projection, `longest` the longest delay of
  /// what each node sends; `sizes` what memory allows, `splits` as wanted, with
  /// no types. Populations whose number of synapse cores is to be chosen
  /// have 1.
  SliceFit(const network::Network &network, const target::SpinMachine &machine,
           const CoreLoads &loads, const Retiming &retiming,
           const std::vector<uint32_t> &spreads,
           const std::vector<SynapseCounts> &counts,
           const std::vector<unsigned> &longest, std::vector<uint32_t> sizes,
           std::vector<NodeSplit> splits);

  /// Chooses: sizes certainly in time if sources spike as expected, where
  /// cycles limit them, but 1 at least; synapse cores, where they are to be
  /// chosen, as few as are in time, or as many as there may be.
  void choose();
  /// Makes the cores of slices whose `loads` exceed the limit less full, with
  /// one more synapse core or fewer neurons. False if there are none, or
  /// nothing can be done.
  bool relieve(const Partition &partition, const std::vector<double> &loads);

  /// The most neurons of each node that a delay-extension core is expected to
  /// repeat in time; at least 1. Empty where cycles do not limit them.
  std::vector<uint32_t> delaySizes() const;

  const std::vector<uint32_t> &sizes() const { return size; }
  const std::vector<NodeSplit> &splits() const { return split; }

private:
  bool limited() const {
    return machine.partition == target::PartitionRule::Cycles;
  }
  bool choosesParts(unsigned node) const {
    return machine.synapseCores == 0 && split[node].parts > 0;
  }
  unsigned mostParts(unsigned node) const;
  /// Cycles of the rows of the fullest of slices of `cut` neurons; with
  /// `withNeurons` those of its neurons, too.
  double fullest(unsigned node, uint32_t cut, bool withNeurons) const;
  /// The part of the rows for `node` that the fullest of `parts` cores gets.
  double largestShare(unsigned node, unsigned parts) const;
  /// Whether slices of `cut` neurons are in time; chooses their synapse cores.
  bool fits(unsigned node, uint32_t cut);
  /// Neurons of a slice of the source of `projection`, if its target is cut
  /// into slices of `cut`: one-to-one sources are cut like it, as every neuron
  /// of a source slice has a row where one of them has.
  uint32_t sourceSize(size_t projection, uint32_t cut) const;
  void setSize(unsigned node, uint32_t cut);

  const network::Network &network;
  const target::SpinMachine &machine;
  const CoreLoads &loads;
  const Retiming &retiming;
  const std::vector<uint32_t> &spreads;
  const std::vector<SynapseCounts> &counts;
  std::vector<unsigned> stages; ///< of delay-extension cores, per node
  std::vector<char> oneToOne;   ///< per projection
  std::vector<uint32_t> size;
  std::vector<NodeSplit> split;
};

} // namespace limen::mapping
