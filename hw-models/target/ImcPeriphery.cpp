#include "hw-models/target/ImcPeriphery.h"

using namespace limen;
using namespace limen::target;

/// A positive number given as {value, status, source}.
static double positive(YamlMap &map, const char *key) {
  const YamlValue value = map.requiredValue(key);
  if (!value)
    return 1;
  const double read = value.as<Sourced<double>>().value;
  if (!(read > 0))
    value.fail(std::string("'") + key + "' is " + formatNumber(read) +
               "; a positive number was wanted");
  return read;
}

template <typename Quantity>
static double positiveQuantity(YamlMap &map, const char *key) {
  const YamlValue value = map.requiredValue(key);
  if (!value)
    return 1;
  const double read = value.as<Sourced<Quantity>>().value.value();
  if (!(read > 0))
    value.fail(std::string("'") + key + "' is " + formatNumber(read) +
               "; a positive quantity was wanted");
  return read;
}

static ImcFlash readFlash(YamlMap map) {
  ImcFlash flash;
  YamlMap power = map.requiredMap("power");
  flash.power.offset = positiveQuantity<Watts>(power, "offset");
  flash.power.slope = positiveQuantity<Watts>(power, "log_slope");
  flash.power.below = positive(power, "below_ohms");
  flash.power.lowOffset = positiveQuantity<Watts>(power, "below_offset");
  flash.power.lowSlope = positive(power, "below_slope_per_ohm");
  power.finish();
  YamlMap time = map.requiredMap("time");
  flash.time.offset = positiveQuantity<Seconds>(time, "offset");
  flash.time.slope = positive(time, "slope_per_ohm");
  flash.time.below = positive(time, "below_ohms");
  flash.time.lowOffset = positiveQuantity<Seconds>(time, "below_offset");
  flash.time.lowSlope = positiveQuantity<Seconds>(time, "below_log_slope");
  flash.time.loadAbove = positive(time, "load_above_ohms");
  flash.time.loadTime = positiveQuantity<Seconds>(time, "load_time");
  flash.time.loadReference = positiveQuantity<Farads>(time, "load_reference");
  time.finish();
  flash.switched = positiveQuantity<Farads>(map, "switched");
  flash.gate = positiveQuantity<Farads>(map, "gate");
  map.finish();
  return flash;
}

ImcPeriphery ImcPeriphery::parse(YamlMap map) {
  ImcPeriphery p;
  p.feature = positive(map, "feature_m");
  p.cellWidth = positive(map, "cell_width");
  p.cellHeight = positive(map, "cell_height");
  p.wireWidth = positive(map, "wire_width_m");
  p.wireAspect = positive(map, "wire_aspect");
  p.wireResistivity = positive(map, "wire_resistivity_ohm_m");
  p.wireCapacitance = positive(map, "wire_capacitance_f_per_m");
  p.accessShare = positive(map, "access_share");
  p.accessTime = positiveQuantity<Seconds>(map, "access_time");
  p.readPerSar = positive(map, "sar_conduction");
  p.clockMargin = positive(map, "clock_margin");
  p.flash = readFlash(map.requiredMap("flash"));
  map.finish();
  return p;
}
