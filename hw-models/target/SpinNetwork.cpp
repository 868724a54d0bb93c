#include "hw-models/target/SpinNetwork.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::target;

/// A whole number from `low` to `high` with its source.
static Sourced<double> whole(YamlMap &map, const char *key, double low,
                             double high) {
  const YamlValue value = map.requiredValue(key);
  Sourced<double> out;
  if (!value)
    return out;
  out = value.as<Sourced<double>>();
  if (out.value != std::floor(out.value) || out.value < low ||
      out.value > high) {
    value.fail(fmt::format("'{}' is {}; a whole number from {} to {} was "
                           "wanted",
                           key, out.value, low, high));
    out.value = low;
  }
  return out;
}

/// A time from `low` seconds to a second.
static Sourced<Seconds> duration(YamlMap &map, const char *key, double low) {
  const YamlValue value = map.requiredValue(key);
  Sourced<Seconds> out;
  if (!value)
    return out;
  out = value.as<Sourced<Seconds>>();
  if (!(out.value.value() >= low && out.value.value() <= 1)) {
    value.fail(fmt::format("'{}' is {} s; from {} s to 1 s was wanted", key,
                           out.value.value(), low));
    out.value = Seconds(1);
  }
  return out;
}

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
  out.leafBuffer = whole(router, "leaf_buffer", 1, mostBuffer);
  out.middleBuffer = whole(router, "middle_buffer", 1, mostBuffer);
  out.rootBuffer = whole(router, "root_buffer", 1, mostBuffer);
  out.wait1 = whole(router, "wait1", 0, 255);
  out.wait2 = whole(router, "wait2", 0, 255);
  out.emergency = router.required<bool>("emergency");
  out.injectBuffer = whole(router, "inject_buffer", 1, mostBuffer);
  out.coreBuffer = whole(router, "core_buffer", 1, mostBuffer);
  out.coreTime = duration(router, "core_time", ns);
  out.reinject = router.required<bool>("reinject");
  out.reinjectQueue = whole(router, "reinject_queue", 1, 1 << 20);
  out.reinjectPeriod = duration(router, "reinject_period", ns);
  out.measuredClock = router.required<Sourced<Hertz>>("measured_clock");
  if (router.has("measured_clock") && out.measuredClock.value.value() < 1e6)
    router.fail("'measured_clock' is below 1 MHz");
  router.finish();

  out.packetTime = duration(links, "packet_time", ns);
  out.inputBuffer = whole(links, "input_buffer", 1, mostBuffer);
  out.outputBuffer = whole(links, "output_buffer", 1, mostBuffer);
  out.channelTime = duration(links, "board_channel_time", ns);
  out.channelBuffer = whole(links, "board_channel_buffer", 1, 64);
  out.channelCredit = whole(links, "board_channel_credit", 1, 64);
  out.frameTime = duration(links, "board_frame_time", 0);
  out.framePacketTime = duration(links, "board_frame_packet_time", ns);
  out.boardLatency = duration(links, "board_latency", 0);
  out.boardSharedCredit = links.required<bool>("board_shared_credit");
  out.loadUnit = duration(links, "load_unit", ns);
  links.finish();
  return out;
}
