// Cutting nodes into slices that one core holds, and the keys they send.
#pragma once

#include "hw-models/target/SpinMachine.h"
#include "runtime/network/Network.h"

#include <algorithm>

namespace limen::mapping {

/// Neurons [begin, end) of a node: the load of one core. A delay-extension core
/// holds spikes of neurons of another slice and sends each again 1 to `stages`
/// times the machine's delay slots later; it has a key for each stage and
/// neuron.
struct Slice {
  unsigned node = 0;
  uint32_t begin = 0, end = 0;
  /// Packets of neuron begin + i carry key | i; (packet & mask) == key.
  uint32_t key = 0, mask = 0;
  bool sends = false; ///< has a key

  unsigned stages = 0;  ///< of a delay-extension core; 0 for others
  unsigned extends = 0; ///< the slice whose spikes a delay-extension core holds

  unsigned part = 0;  ///< of a synapse core: 1, 2, ... of those of `feeds`
  unsigned feeds = 0; ///< the slice whose synapses a synapse core holds

  bool isDelay() const { return stages > 0; }
  bool isSynapse() const { return part > 0; }
  uint32_t size() const { return end - begin; }
  /// Keys that it sends, from `key` on: those of stage s (1, 2, ...) and neuron
  /// begin + i are key + (s - 1) size() + i.
  uint32_t keys() const { return isDelay() ? stages * size() : size(); }
};

/// How the cores of a node are split.
struct NodeSplit {
  unsigned parts = 0; ///< synapse cores per neuron core; 0: it has its synapses
  /// Ring buffers that each synapse core hands over, or that the node itself
  /// writes, ascending.
  std::vector<unsigned> types;
  /// The projection by which the node's cores, which draw their spikes, write
  /// straight to the ring buffers of their targets, slice by slice; -1: none.
  int direct = -1;
};

struct Partition {
  /// By node, then by neuron; then delay-extension cores; then synapse cores.
  std::vector<Slice> slices;
  std::vector<unsigned> firstSlice; ///< per node, and one past the last
  std::vector<uint32_t> sliceSize;  ///< per node: neurons of a full slice

  std::vector<NodeSplit> splits;   ///< per node
  std::vector<unsigned> firstPart; ///< per slice of neurons: its synapse cores
  /// Per node and slice, which of the node's synapse cores (from 0) has the
  /// rows of that slice's packets; empty where there are none.
  std::vector<std::vector<unsigned>> partOf;

  /// Cores with rows for a slice of `node`: one, or its synapse cores.
  unsigned rowCores(unsigned node) const {
    return std::max(1u, splits[node].parts);
  }
  /// Core `k` of these.
  unsigned rowCore(unsigned slice, unsigned k) const {
    return splits[slices[slice].node].parts == 0 ? slice : firstPart[slice] + k;
  }
  /// The `k` of the core with the rows of slice `source` for `node`.
  unsigned partFor(unsigned node, unsigned source) const {
    return partOf[node].empty() ? 0 : partOf[node][source];
  }
  /// Of a node that writes straight to buffers: the slice whose buffers `slice`
  /// fills.
  unsigned writesTo(const network::Network &network, unsigned slice) const {
    const unsigned node = slices[slice].node;
    const unsigned target =
        network.projections[static_cast<size_t>(splits[node].direct)].target;
    return firstSlice[target] + (slice - firstSlice[node]);
  }

  /// The slice that holds `neuron` of `node`.
  unsigned sliceOf(unsigned node, uint32_t neuron) const {
    return firstSlice[node] + neuron / sliceSize[node];
  }
};

/// Bits of an index into `count` things.
unsigned bitsFor(uint64_t count);

/// Synapse types of a population's ring buffers: an excitatory and an
/// inhibitory one per receptor, as ring buffers hold unsigned numbers.
inline unsigned ringTypes(const network::Node &node) {
  return 2 * static_cast<unsigned>(node.model.receptors.size());
}

/// Per node, the neurons of a full slice: as many as the machine's memory
/// allows, that is, neurons per core, and for populations ring buffers of
/// `delayBits[node]` + type + index bits. Errors: a population whose delays and
/// receptors alone overflow the ring buffers.
Result<std::vector<uint32_t>>
largestSlices(const network::Network &network,
              const target::SpinMachine &machine,
              const std::vector<unsigned> &delayBits);

/// Slices of `sizes` neurons of each node, all of them with their synapses.
Partition partition(const network::Network &network,
                    const std::vector<uint32_t> &sizes);

/// The last tick after a spike in which a source of synapses with delays of up
/// to `longest` steps must send it again, over `slots`; 0 if it need not.
inline unsigned delayStages(unsigned longest, unsigned slots) {
  return longest == 0 ? 0 : (longest - 1) / slots;
}

/// Slots of one tick each that a delay-extension core needs, a power of two.
uint64_t delayHistory(unsigned stages, unsigned slots);

/// Adds delay-extension cores for the nodes whose synapses have delays beyond
/// the ring buffers; `longest` is per node, in steps, of what it sends. A core
/// has one byte per neuron and slot of its history; `mostNeurons` has the
/// largest number of neurons of a core per node, or nothing. Errors: a delay
/// whose history exceeds DTCM, more rows than the population table can count.
Result<void> addDelayCores(const network::Network &network,
                           const target::SpinMachine &machine,
                           const std::vector<unsigned> &longest,
                           const std::vector<uint32_t> &mostNeurons,
                           Partition &partition);

/// For each node, the synapse core (from 0, of `parts`) of the packets of each
/// of `slices` slices: groups of 2^ceil(log2(slices / parts)) one after
/// another, from `next` on, which then is where the groups of another node
/// begin.
std::vector<unsigned> dealSources(unsigned slices, unsigned parts,
                                  unsigned &next);

/// Adds the synapse cores that `partition.splits` asks for, after
/// delay-extension cores, and deals the sources of each node out to them.
void addSynapseCores(const network::Network &network, Partition &partition);

/// Slices that must share a chip: a neuron core, its synapse cores, and the
/// cores that write to its buffers.
std::vector<std::vector<unsigned>> groupsOf(const network::Network &network,
                                            const Partition &partition);

/// Gives every slice that sends an aligned power-of-two block of keys; the
/// slices of a node lie in one aligned zone. Errors: 32 bits do not suffice.
Result<void> allocateKeys(const network::Network &network,
                          Partition &partition);

/// That slices tile their nodes, key blocks are disjoint and large enough,
/// every neuron core has its synapse cores, every sending slice one of them,
/// and no group has more than the machine's `groupCores`.
Result<void> verify(const network::Network &network, const Partition &partition,
                    const target::SpinMachine &machine);

} // namespace limen::mapping
