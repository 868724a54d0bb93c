#include "hw-models/spin/noc/Parameters.h"

#include <algorithm>
#include <cmath>

using namespace limen;
using namespace limen::spin::noc;

Parameters limen::spin::noc::parametersOf(const target::SpinNetwork &network,
                                          double routerHertz) {
  Parameters out;
  const auto cycles = [&](const Sourced<Seconds> &time, double bits = 40) {
    return static_cast<Time>(std::max(
        1.0, std::round(time.value.value() * bits / 40 * routerHertz)));
  };
  const auto packets = [](const Sourced<double> &value) {
    return static_cast<unsigned>(value.value);
  };
  out.routerHertz = routerHertz;
  out.pipelineStages =
      static_cast<unsigned>(network.pipelineStages.value.value());
  out.leafBuffer = packets(network.leafBuffer);
  out.middleBuffer = packets(network.middleBuffer);
  out.rootBuffer = packets(network.rootBuffer);
  out.wait1 = timeoutCycles(static_cast<uint8_t>(network.wait1.value));
  out.wait2 = timeoutCycles(static_cast<uint8_t>(network.wait2.value));
  out.emergency = network.emergency;
  out.linkInput = packets(network.inputBuffer);
  out.linkOutput = packets(network.outputBuffer);
  out.linkShort = cycles(network.packetTime);
  out.linkLong = cycles(network.packetTime, 72);
  out.channelShort = cycles(network.channelTime);
  out.channelLong = cycles(network.channelTime, 72);
  out.channelInput = packets(network.channelBuffer);
  out.channelCredit = packets(network.channelCredit);
  out.sharedCredit = network.boardSharedCredit;
  out.frameCycles = static_cast<Time>(
      std::round(network.frameTime.value.value() * routerHertz));
  out.trunkShort = cycles(network.framePacketTime);
  out.trunkLong = cycles(network.framePacketTime, 72);
  out.trunkLatency = static_cast<Time>(
      std::round(network.boardLatency.value.value() * routerHertz));
  out.injectBuffer = packets(network.injectBuffer);
  out.coreBuffer = packets(network.coreBuffer);
  out.coreCycles = cycles(network.coreTime);
  out.reinject = network.reinject;
  out.reinjectQueue = packets(network.reinjectQueue);
  out.reinjectPeriod = cycles(network.reinjectPeriod);
  return out;
}
