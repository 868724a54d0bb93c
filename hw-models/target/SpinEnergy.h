// Prices of what a SpiNNaker-style machine does, read from `energy:` or one of
// `energy_tables:` of a chip's YAML.
#pragma once

#include "hw-models/base/Yaml.h"

namespace limen::target {

/// What a machine draws while it does nothing: by its boards, or by its chips.
enum class IdleBy { Boards, Chips };

struct SpinEnergy {
  std::string table; ///< its name; that of `energy:` is "current"
  IdleBy idleBy = IdleBy::Boards;
  Price activeCycle;       ///< per cycle of a busy core, above idle
  Price packet;            ///< of 40 bits, per router passed
  Price payloadPacket;     ///< of 72 bits, per router passed
  Price sdramByte;         ///< per byte moved
  StaticPower chipIdle;    ///< per chip
  StaticPower boardIdle;   ///< per board, its chips included
  StaticPower boardExtra;  ///< per board beside its chips, for IdleBy::Chips
  StaticPower enclosure;   ///< of a machine of one board
  StaticPower frameIdle;   ///< per frame of a machine of several boards
  StaticPower frameActive; ///< per frame while a program runs, above idle
  double boardsPerFrame = 24;

  /// Reads `energy` and, if it says so in `table`, goes on to one of `tables`
  /// (a map of maps of the same form). Errors: no such table.
  static SpinEnergy read(YamlMap energy, YamlValue tables);

  /// Power of `boards` boards with `chips` living chips, by component. Without
  /// a program, frames are idle.
  struct Static {
    std::string component, action;
    StaticPower power;
  };
  std::vector<Static> idle(unsigned boards, uint64_t chips,
                           bool running = true) const;
};

} // namespace limen::target
