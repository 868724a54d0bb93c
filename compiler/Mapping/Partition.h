// Cutting nodes into slices that one core holds, and the keys they send.
#pragma once

#include "hw-models/target/SpinMachine.h"
#include "runtime/network/Network.h"

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

  bool isDelay() const { return stages > 0; }
  uint32_t size() const { return end - begin; }
  /// Keys that it sends, from `key` on: those of stage s (1, 2, ...) and neuron
  /// begin + i are key + (s - 1) size() + i.
  uint32_t keys() const { return isDelay() ? stages * size() : size(); }
};

struct Partition {
  /// By node, then by neuron; delay-extension cores come last.
  std::vector<Slice> slices;
  std::vector<unsigned> firstSlice; ///< per node, and one past the last
  std::vector<uint32_t> sliceSize;  ///< per node: neurons of a full slice

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

/// Slices of `sizes` neurons of each node.
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

/// Gives every slice that sends an aligned power-of-two block of keys; the
/// slices of a node lie in one aligned zone. Errors: 32 bits do not suffice.
Result<void> allocateKeys(const network::Network &network,
                          Partition &partition);

/// That slices tile their nodes and key blocks are disjoint and large enough.
Result<void> verify(const network::Network &network, const Partition &partition,
                    const target::SpinMachine &machine);

} // namespace limen::mapping
