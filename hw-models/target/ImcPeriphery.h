// Geometry and circuits around a resistive array at one process node, from
// which energies of reads follow (hw-models/imc/Periphery.h).
#pragma once

#include "hw-models/base/Yaml.h"

#include <optional>

namespace limen::target {

/// Power of one sense amplifier against the resistance R of its line:
/// offset - slope ln(R / ohm); below `below` ohms lowOffset - lowSlope R.
struct ImcSensePower {
  double offset = 0, slope = 0; ///< watts
  double below = 0, lowOffset = 0, lowSlope = 0;
};

/// Time that a comparison with a reference of resistance R takes:
/// offset + slope R; below `below` ohms lowOffset - lowSlope ln(R / ohm). Above
/// `loadAbove` ohms a line's capacitance beyond that of `loadReference` adds
/// loadTime x (R - loadAbove) / (100 kohm - loadAbove) x the excess share.
struct ImcSenseTime {
  double offset = 0, slope = 0; ///< seconds, seconds per ohm
  double below = 0, lowOffset = 0, lowSlope = 0;
  double loadAbove = 0, loadTime = 0, loadReference = 0;
};

/// A converter of one sense amplifier per code boundary, each comparing with a
/// reference column.
struct ImcFlash {
  ImcSensePower power;
  ImcSenseTime time;
  double switched = 0; ///< farads at Vdd per amplifier and conversion
  double gate = 0;     ///< farads of an amplifier on its line
};

struct ImcPeriphery {
  double feature = 0;                   ///< F, metres
  double cellWidth = 0, cellHeight = 0; ///< in F; a row runs along the width
  double wireWidth = 0;       ///< metres, also the pitch's unit of lines
  double wireAspect = 0;      ///< height over width
  double wireResistivity = 0; ///< ohm metres
  double wireCapacitance = 0; ///< farads per metre
  /// Resistance of the access transistor over that of an ON cell, and the
  /// product of a transistor's resistance and gate capacitance.
  double accessShare = 0, accessTime = 0;
  double readPerSar = 0; ///< k: watts per siemens x (V_read / 0.5 V)
  double clockMargin = 0;
  ImcFlash flash;

  static ImcPeriphery parse(YamlMap map);
};

} // namespace limen::target
