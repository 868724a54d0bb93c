// Cycles that cores are expected to need in a tick.
//
// A core's tick is its overhead, its neurons, the packets that they send, and
// the rows of what arrives: as many a tick as sources are expected to spike,
// each with its synapses in the slice. On split cores the rows are those of
// synapse cores, and ring buffers are moved (hw-models/spin/TickWork.h).
#pragma once

#include "compiler/Mapping/SynapticRows.h"
#include "hw-models/spin/TickWork.h"

namespace limen::mapping {

/// Expected work of the cores of `network`.
class CoreLoads {
public:
  /// `spikes` has, per node, the spikes of a neuron in a step; a negative
  /// number or no entry means `spikesPerSecond` of the machine. Both references
  /// must live as long.
  CoreLoads(const network::Network &network, const target::SpinMachine &machine,
            const std::vector<double> &spikes);

  /// Cycles that expected work may take in a tick.
  double limit() const { return share; }
  /// Spikes of a neuron of `node` in a step.
  double spikes(unsigned node) const { return rates[node]; }

  /// Cycles of a tick of `count` neurons or elements of `node`, without rows.
  double neurons(unsigned node, uint32_t count) const;
  /// The same of neurons that read a slice of ring buffers from each of some
  /// cores, of so many `types` each, with indices of `indexBits`.
  double neurons(unsigned node, uint32_t count, unsigned indexBits,
                 std::span<const size_t> types) const;
  /// Of a synapse core, without rows.
  double synapses(unsigned indexBits, size_t types) const;
  /// Of `count` sources of `node` that write straight to buffers.
  double writer(unsigned node, uint32_t count, unsigned indexBits,
                size_t types) const;
  /// Of a delay-extension core for `count` neurons of `node` and `stages`.
  double delays(unsigned node, uint32_t count, unsigned stages) const;
  /// Of one row, and of one synapse.
  double row() const { return perRow; }
  double synapse() const { return perSynapse; }

  /// Per slice, the cycles of a tick with the rows of its image. Ring buffers
  /// are moved as if all cores of a chip did so at once, the most that other
  /// slices on it can.
  std::vector<double> of(const Partition &partition,
                         const std::vector<CoreImage> &images) const;

  /// Of each slice of ring buffers that a neuron core of `node` reads, the
  /// number of its types.
  std::vector<size_t> slicesRead(const std::vector<NodeSplit> &splits,
                                 unsigned node) const;

private:
  double sends(unsigned node, uint32_t count) const;

  const network::Network &network;
  const target::SpinMachine &machine;
  spinhw::TableCosts costs;
  spinhw::TickWork work;
  std::vector<double> rates;
  double share, perRow, perSynapse, perSend;
};

/// Names the fullest slice whose load exceeds the limit. `loads` are those of
/// CoreLoads::of().
Result<void> verify(const network::Network &network, const Partition &partition,
                    const CoreLoads &model, const std::vector<double> &loads);

} // namespace limen::mapping
