// What every tick of a core takes before a packet is sent or received, by what
// the core does.
#pragma once

#include "hw-models/spin/BufferTransfer.h"
#include "hw-models/spin/CoreCosts.h"

namespace limen::spinhw {

class TickWork {
public:
  TickWork(const target::SpinMachine &machine, const CostProvider &costs)
      : costs(costs), transfer(machine),
        neuronTick(machine.costs.neuronTickOverhead.value),
        inputBuffer(machine.costs.inputBuffer.value) {}

  /// A source core with `count` elements.
  Cycles source(uint64_t count) const {
    return costs.tick() + costs.sources(count);
  }
  /// A delay-extension core for `count` neurons.
  Cycles delay(uint64_t count) const {
    return costs.tick() + costs.delays(count);
  }
  /// Neurons with their synapses, with `types` ring buffers each.
  Cycles combined(const network::Model &model, uint64_t count,
                  unsigned types) const {
    return costs.tick() + costs.neurons(model, count, types);
  }
  /// Neurons that read one slice of ring buffers from each of some cores, with
  /// so many `types` each, as `readers` cores of the chip do. An index has
  /// `indexBits`.
  Cycles neurons(const network::Model &model, uint64_t count,
                 unsigned indexBits, std::span<const size_t> types,
                 unsigned readers) const;
  /// A synapse core without its rows, on a chip with so many `writers`.
  Cycles synapses(unsigned indexBits, size_t types, unsigned writers) const {
    return costs.tick() + write(indexBits, types, writers);
  }
  /// Sources that write straight to the buffers of their targets.
  Cycles writer(const network::Model &model, uint64_t count, unsigned indexBits,
                size_t types, unsigned writers) const {
    return neuronTick + costs.neurons(model, count, 0) +
           write(indexBits, types, writers);
  }
  /// Of these, what lies before the timer interrupt.
  Cycles write(unsigned indexBits, size_t types, unsigned writers) const {
    return transfer.write(BufferTransfer::bytes(indexBits, types), writers);
  }

private:
  const CostProvider &costs;
  BufferTransfer transfer;
  Cycles neuronTick, inputBuffer;
};

} // namespace limen::spinhw
