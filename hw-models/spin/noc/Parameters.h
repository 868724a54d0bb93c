// What the network-on-chip model is told, in router cycles and packets.
//
// The numbers come from a chip's YAML (target::SpinNetwork), whose times are
// converted to cycles of one router clock, rounded to the nearest cycle.
#pragma once

#include "hw-models/target/SpinNetwork.h"

#include <cstdint>

namespace limen::spin::noc {

/// A time or duration in router cycles.
using Time = uint64_t;

/// Cycles that an 8-bit time-out code stands for: with m the low and e the high
/// nibble, (m + 16 - 2^(4 - e)) 2^e up to e = 4, then (m + 16) 2^e
/// (SpiNNFrontEndCommon, router control register).
constexpr Time timeoutCycles(uint8_t code) {
  const unsigned m = code & 15, e = code >> 4;
  return e <= 4 ? Time(m + 16 - (16u >> e)) << e : Time(m + 16) << e;
}

struct Parameters {
  double routerHertz = 100e6; ///< what a cycle is; only for reports

  // The router.
  unsigned pipelineStages = 5;
  unsigned leafBuffer = 1, middleBuffer = 1, rootBuffer = 2; ///< packets
  Time wait1 = 50; ///< cycles at the pipeline's end before emergency or drop
  Time wait2 = 0;  ///< further cycles in which an emergency route is tried
  bool emergency = false;

  // Links between chips of a board.
  unsigned linkInput = 2, linkOutput = 2; ///< packets
  Time linkShort = 16, linkLong = 29;     ///< cycles per 40- and 72-bit packet

  // Links between boards: eight chip links, each to an FPGA, share one serial
  // link. It carries frames with at most one packet of every chip link.
  bool boardLinks = true; ///< false: like the links of a board
  Time channelShort = 16, channelLong = 29; ///< chip to FPGA and FPGA to chip
  unsigned channelInput = 2;  ///< packets of a channel waiting for a frame
  unsigned channelCredit = 4; ///< packets of a channel on the way or waiting
  bool sharedCredit = false;  ///< no frame leaves while a channel has no credit
  Time frameCycles = 2;       ///< per frame
  Time trunkShort = 2, trunkLong = 4; ///< more per packet in the frame
  Time trunkLatency = 20;             ///< cycles from FPGA to FPGA

  // Local ports.
  unsigned injectBuffer = 2; ///< packets per chip
  unsigned coreBuffer = 2;   ///< packets per core
  Time coreCycles = 10;      ///< for a core to take a packet

  // Reinjection of dropped packets by the monitor core.
  bool reinject = false;
  unsigned reinjectQueue = 4096; ///< packets
  Time reinjectPeriod = 1000;
};

/// Converts the times of `network` to cycles of `routerHertz`.
Parameters parametersOf(const target::SpinNetwork &network, double routerHertz);

} // namespace limen::spin::noc
