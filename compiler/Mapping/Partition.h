// Cutting nodes into slices that one core holds, and the keys they send.
#pragma once

#include "hw-models/target/SpinMachine.h"
#include "runtime/network/Network.h"

namespace limen::mapping {

/// Neurons [begin, end) of a node: the load of one core.
struct Slice {
  unsigned node = 0;
  uint32_t begin = 0, end = 0;
  /// Packets of neuron begin + i carry key | i; (packet & mask) == key.
  uint32_t key = 0, mask = 0;
  bool sends = false; ///< has a key

  uint32_t size() const { return end - begin; }
};

struct Partition {
  std::vector<Slice> slices;        ///< by node, then by neuron
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

/// Slices as large as the machine allows: neurons per core, and for
/// populations ring buffers of `delayBits[node]` + type + index bits. Errors: a
/// population whose delays and receptors alone overflow the ring buffers.
Result<Partition> partition(const network::Network &network,
                            const target::SpinMachine &machine,
                            const std::vector<unsigned> &delayBits);

/// Gives every slice that sends an aligned power-of-two block of keys; the
/// slices of a node lie in one aligned zone. Errors: 32 bits do not suffice.
Result<void> allocateKeys(const network::Network &network,
                          Partition &partition);

/// That slices tile their nodes and key blocks are disjoint and large enough.
Result<void> verify(const network::Network &network, const Partition &partition,
                    const target::SpinMachine &machine);

} // namespace limen::mapping
