// What both time models of a core are told, and what they say.
//
// A core, as the published run time programs it:
//
//   packet --> port --> [interrupt: receive] --> incoming spike buffer
//   buffer --> [look up, start the transfer] --> DMA --> row in one of two
//   buffers --> [start the next transfer, process the row]
//   timer  --> [neuron loop, which sends]
//
// What is in brackets takes the processor. Receiving interrupts everything;
// the rest runs to its end, the timer first, then a row that has come, then the
// buffer. A row acts in the tick whose neuron loop began last.
//
// Times are cycles of the processor.
#pragma once

#include "hw-models/spin/CoreCosts.h"

namespace limen::spinhw {

struct CoreTiming {
  uint64_t budget = 0;    ///< from one timer interrupt to the next
  uint64_t receive = 0;   ///< per packet
  uint64_t fetch = 0;     ///< per row: look-up, start of the transfer
  unsigned buffer = 256;  ///< packets of the incoming spike buffer
  bool dropLate = false;  ///< the timer empties the buffer
  double latency = 0;     ///< of a transfer, before its first byte
  double coreBytes = 1;   ///< per cycle, one core by itself
  double chipBytes = 1;   ///< per cycle, all cores of a chip
  uint32_t burst = 128;   ///< bytes that SDRAM moves at a time
  uint64_t phaseStep = 0; ///< between the timers of a chip's cores

  /// Cycles of a transfer, slowed down by others' by a factor from 1.
  uint64_t transfer(uint32_t bytes, double slowdown = 1) const;
};

/// The numbers of `machine.timing` and `machine.network` in cycles; what a
/// packet and a row cost comes from `costs`.
CoreTiming timingOf(const target::SpinMachine &machine,
                    const CostProvider &costs);

/// A packet that reached a core, and the row that it asks for.
struct Row {
  uint64_t time = 0;  ///< of arrival
  uint32_t id = 0;    ///< the caller's
  uint32_t work = 0;  ///< cycles to process the row
  uint32_t bytes = 0; ///< to move
};

/// Why a packet did nothing at a core that it should have reached.
enum class Loss : uint8_t {
  Router, ///< dropped on the way, by time-out or for want of a route
  Buffer, ///< the incoming spike buffer was full
  Late,   ///< the timer emptied the buffer
};

} // namespace limen::spinhw
