#include "hw-models/target/SpinNetwork.h"

#include "hw-models/target/YamlRange.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::target;

SpinNetwork SpinNetwork::read(YamlMap router, YamlMap links) {
  SpinNetwork out;
  const double mostBuffer = 4, ns = 1e-9;
  const YamlValue stages = router.requiredValue("pipeline_stages");
  out.pipelineStages = stages.as<Sourced<Cycles>>();
  if (stages && (out.pipelineStages.value.value() < 1 ||
                 out.pipelineStages.value.value() > 16))
    stages.fail(fmt::format("'pipeline_stages' is {}; 1 to 16 cycles were "
                            "wanted",
                            out.pipelineStages.value.value()));
  out.leafBuffer = readWhole(router, "leaf_buffer", 1, mostBuffer);
  out.middleBuffer = readWhole(router, "middle_buffer", 1, mostBuffer);
  out.rootBuffer = readWhole(router, "root_buffer", 1, mostBuffer);
  out.wait1 = readWhole(router, "wait1", 0, 255);
  out.wait2 = readWhole(router, "wait2", 0, 255);
  out.emergency = router.required<bool>("emergency");
  out.injectBuffer = readWhole(router, "inject_buffer", 1, mostBuffer);
  out.coreBuffer = readWhole(router, "core_buffer", 1, mostBuffer);
  out.coreTime = readTime(router, "core_time", ns, 1);
  out.reinject = router.required<bool>("reinject");
  out.reinjectQueue = readWhole(router, "reinject_queue", 1, 1 << 20);
  out.reinjectPeriod = readTime(router, "reinject_period", ns, 1);
  out.measuredClock = router.required<Sourced<Hertz>>("measured_clock");
  if (router.has("measured_clock") && out.measuredClock.value.value() < 1e6)
    router.fail("'measured_clock' is below 1 MHz");
  router.finish();

  out.packetTime = readTime(links, "packet_time", ns, 1);
  out.inputBuffer = readWhole(links, "input_buffer", 1, mostBuffer);
  out.outputBuffer = readWhole(links, "output_buffer", 1, mostBuffer);
  out.channelTime = readTime(links, "board_channel_time", ns, 1);
  out.channelBuffer = readWhole(links, "board_channel_buffer", 1, 64);
  out.channelCredit = readWhole(links, "board_channel_credit", 1, 64);
  out.frameTime = readTime(links, "board_frame_time", 0, 1);
  out.framePacketTime = readTime(links, "board_frame_packet_time", ns, 1);
  out.boardLatency = readTime(links, "board_latency", 0, 1);
  out.boardSharedCredit = links.required<bool>("board_shared_credit");
  out.loadUnit = readTime(links, "load_unit", ns, 1);
  links.finish();
  return out;
}
