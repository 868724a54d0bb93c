// Neurons and synapses on cores of their own.
//
// A neuron core updates neurons. Their synapses are on synapse cores of the
// same chip, which hold the rows of some sources each and ring buffers for all
// neurons of the slice. Before the timer a synapse core writes the sums of the
// next tick to SDRAM, where the neuron core adds up those of all its synapse
// cores in 32 bits. Sources that draw their spikes and have one target each do
// without packets: their cores fill such buffers themselves.
#pragma once

#include "compiler/Mapping/SynapticRows.h"

namespace limen::mapping {

/// How the cores of each node are split if the machine's `cores` are; types are
/// not chosen yet. A population with a learning rule keeps its synapses. `most`
/// has the largest number of spikes of a neuron in a step, per node.
std::vector<NodeSplit> wantedSplits(const network::Network &network,
                                    const target::SpinMachine &machine,
                                    const Retiming &retiming,
                                    const std::vector<uint32_t> &spreads,
                                    const std::vector<uint32_t> &most);

/// The synaptic words by which slice `slice` of a node with a direct projection
/// fills the buffers of its targets, one per neuron; 0 where there is no
/// synapse. `layout` and `scales` are those of the targets. What rounding did
/// is added to `report`.
std::vector<uint32_t> writerWords(const network::Network &network,
                                  const Retiming &retiming, const Slice &slice,
                                  int projection, const RowLayout &layout,
                                  const std::vector<RingScale> &scales,
                                  RoundingReport &report);

/// That `words` lead every neuron of the slice to its own target, with weights
/// and delays of the projection.
Result<void> verifyWords(const network::Network &network,
                         const Retiming &retiming, const Slice &slice,
                         int projection, const RowLayout &layout,
                         const std::vector<RingScale> &scales,
                         std::span<const uint32_t> words);

/// Bytes of tightly coupled data memory that a core of a slice needs: as
/// dtcmBytes(), but a neuron core has inputs of 32 bits and two buffers for
/// slices instead of rings and rows, a synapse core no neurons.
uint64_t splitDtcmBytes(const network::Node &node, const Slice &slice,
                        const NodeSplit &split, const CoreImage &image,
                        const RowLayout &layout);

/// Bytes of SDRAM of the ring buffers that a core hands over in a tick.
uint64_t bufferBytes(const Slice &slice, const NodeSplit &split);

} // namespace limen::mapping
