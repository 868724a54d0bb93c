// Routers and links of a SpiNNaker-style machine, read from a chip's YAML.
//
// What the hardware counts in router cycles stays in cycles; what is self-timed
// or clocked elsewhere (links, FPGAs) is in seconds.
#pragma once

#include "hw-models/base/Yaml.h"

namespace limen::target {

struct SpinNetwork {
  // router:
  Sourced<Cycles> pipelineStages;
  Sourced<double> leafBuffer, middleBuffer, rootBuffer; ///< packets
  Sourced<double> wait1, wait2; ///< 8-bit codes of the control register
  bool emergency = false;
  Sourced<double> injectBuffer, coreBuffer; ///< packets
  Sourced<Seconds> coreTime;                ///< for a core to take a packet
  bool reinject = false;
  Sourced<double> reinjectQueue; ///< packets
  Sourced<Seconds> reinjectPeriod;

  // links:
  Sourced<Seconds> packetTime;               ///< 40 bits, chip to chip
  Sourced<double> inputBuffer, outputBuffer; ///< packets
  Sourced<Seconds> channelTime; ///< 40 bits, between a chip and an FPGA
  Sourced<double> channelBuffer, channelCredit; ///< packets
  Sourced<Seconds> frameTime;       ///< overhead of a frame between boards
  Sourced<Seconds> framePacketTime; ///< 40 bits within a frame
  Sourced<Seconds> boardLatency;    ///< from FPGA to FPGA
  bool boardSharedCredit = false;   ///< one full channel stops all eight

  // How the recorded saturation curves were measured.
  Sourced<Hertz> measuredClock; ///< of the router
  Sourced<Seconds> loadUnit;    ///< a packet per chip and unit is load 1

  /// Reads the maps `router` and `links` of a machine.
  static SpinNetwork read(YamlMap router, YamlMap links);
};

} // namespace limen::target
