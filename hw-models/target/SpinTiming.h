// How time passes on a SpiNNaker-style machine's cores, read from `model:` of a
// chip's YAML: what the model does, and what a core's memory traffic takes.
#pragma once

#include "hw-models/base/Yaml.h"

namespace limen::units {
struct BytePerSecond {
  static constexpr std::string_view unit = "B/s";
};
} // namespace limen::units

namespace limen {
using BytesPerSecond = Quantity<units::BytePerSecond, double>;
} // namespace limen

namespace limen::target {

/// Tick: one pass over the arrivals of a core and tick, transfers and links by
/// their mean load. Event: every packet through the routers, every burst
/// through the SDRAM.
enum class Fidelity { Tick, Event };

/// What happens to a core that is not done at its timer interrupt. Acts: rows
/// are late or lost, as on the machine. Waits: all cores wait for it.
enum class Overload { Acts, Waits };

struct SpinTiming {
  Fidelity fidelity = Fidelity::Tick;
  Overload overload = Overload::Acts;
  bool dropLateSpikes = false;
  Sourced<double> spikeBuffer;   ///< packets
  Sourced<Seconds> phaseStep;    ///< between the timers of a chip's cores
  Sourced<Seconds> sdramLatency; ///< of a transfer, before its first byte
  Sourced<BytesPerSecond> sdramCoreRate; ///< what one core gets
  Sourced<BytesPerSecond> sdramChipRate; ///< of all cores of a chip
  Sourced<double> sdramBurst;            ///< bytes

  static SpinTiming read(YamlMap model);
};

} // namespace limen::target
