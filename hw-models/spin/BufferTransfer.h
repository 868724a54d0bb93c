// Ring-buffer slices on their way between split cores.
//
// A synapse core writes the sums of the next tick to SDRAM before the timer
// interrupts; the neuron core reads those of all its synapse cores when it
// does, one after another, each while it adds the one before to its inputs.
#pragma once

#include "hw-models/target/SpinMachine.h"

#include <span>

namespace limen::spinhw {

/// One slice that a neuron core reads.
struct BufferSlice {
  uint64_t bytes = 0;
  Cycles apply{0}; ///< to add it to the inputs of all neurons
};

class BufferTransfer {
public:
  explicit BufferTransfer(const target::SpinMachine &machine);

  /// Bytes of one tick of `types` ring buffers of 2^indexBits neurons.
  static uint64_t bytes(unsigned indexBits, size_t types) {
    return (uint64_t(2) << indexBits) * types;
  }
  /// Cycles to move `bytes` while `cores` of the chip do the same.
  Cycles move(uint64_t bytes, unsigned cores) const;
  /// Cycles before the timer interrupt at which a synapse core stops to process
  /// rows and writes `bytes`, as `cores` of its chip do.
  Cycles write(uint64_t bytes, unsigned cores) const {
    return move(bytes, cores) + overhead;
  }
  /// Cycles that a neuron core waits for `slices`, as `cores` of its chip do.
  Cycles wait(std::span<const BufferSlice> slices, unsigned cores) const;

private:
  double latency, perCore, perChip; ///< cycles; bytes per cycle
  Cycles overhead;
};

} // namespace limen::spinhw
