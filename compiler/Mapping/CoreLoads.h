// Cycles that cores are expected to need in a tick, and slices that fit them.
//
// A neuron core's tick is its overhead, its neurons, the packets that they
// send, and the rows of what arrives: as many a tick as sources are expected to
// spike, each with its synapses in the slice. Before images are made this is a
// bound from the synapses of each neuron; images give it exactly.
#pragma once

#include "compiler/Mapping/SynapticRows.h"
#include "hw-models/spin/CoreCosts.h"

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
};

/// Expected work of the cores of `network`.
class CoreLoads {
public:
  /// `spikes` has, per node, the spikes of a neuron in a step; a negative
  /// number or no entry means `spikesPerSecond` of the machine.
  CoreLoads(const network::Network &network, const target::SpinMachine &machine,
            const std::vector<double> &spikes);

  /// Cycles that expected work may take in a tick.
  double limit() const { return share; }
  /// Spikes of a neuron of `node` in a step.
  double spikes(unsigned node) const { return rates[node]; }

  /// Cycles of a tick of `count` neurons or elements of `node`, without rows.
  double neurons(unsigned node, uint32_t count) const;
  /// Of a delay-extension core for `count` neurons of `node` and `stages`.
  double delays(unsigned node, uint32_t count, unsigned stages) const;
  /// Of one row, and of one synapse.
  double row() const { return perRow; }
  double synapse() const { return perSynapse; }

  /// The most neurons of each node that a core certainly updates in time, if
  /// sources spike as expected; 1 where none may. `counts` are those of every
  /// projection, `most` what memory allows, `stages` those of each node's
  /// delay-extension cores.
  std::vector<uint32_t> fit(const Retiming &retiming,
                            const std::vector<uint32_t> &spreads,
                            const std::vector<SynapseCounts> &counts,
                            const std::vector<unsigned> &stages,
                            std::vector<uint32_t> most) const;

  /// The most neurons of each node that a delay-extension core is expected to
  /// repeat in time, `stages` times; at least 1.
  std::vector<uint32_t> fitDelays(const std::vector<unsigned> &stages) const;

  /// Per slice, the cycles of a tick with the rows of its image.
  std::vector<double> of(const Partition &partition,
                         const std::vector<CoreImage> &images) const;

private:
  /// Of the fullest core if `node` is cut into slices of `size`, with the
  /// slices of other nodes as in `sizes`.
  double fullest(unsigned node, uint32_t size, const Retiming &retiming,
                 const std::vector<uint32_t> &spreads,
                 const std::vector<SynapseCounts> &counts,
                 const std::vector<unsigned> &stages,
                 const std::vector<uint32_t> &sizes) const;

  const network::Network &network;
  const target::SpinMachine &machine;
  spinhw::TableCosts costs;
  std::vector<double> rates;
  std::vector<char> sends; ///< per node
  double share, perRow, perSynapse, perSend;
};

/// Names the fullest slice whose load exceeds the limit. `loads` are those of
/// CoreLoads::of().
Result<void> verify(const network::Network &network, const Partition &partition,
                    const CoreLoads &model, const std::vector<double> &loads);

} // namespace limen::mapping
