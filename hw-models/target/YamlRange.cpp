#include "hw-models/target/YamlRange.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;

Sourced<double> target::readWhole(YamlMap &map, const char *key, double low,
                                  double high) {
  const YamlValue value = map.requiredValue(key);
  Sourced<double> out;
  if (!value)
    return out;
  out = value.as<Sourced<double>>();
  if (!(out.value >= low && out.value <= high) ||
      out.value != std::floor(out.value)) {
    value.fail(fmt::format("'{}' is {}; a whole number from {} to {} was "
                           "wanted",
                           key, formatNumber(out.value), formatNumber(low),
                           formatNumber(high)));
    out.value = low;
  }
  return out;
}

Sourced<Seconds> target::readTime(YamlMap &map, const char *key, double low,
                                  double high) {
  const YamlValue value = map.requiredValue(key);
  Sourced<Seconds> out;
  if (!value)
    return out;
  out = value.as<Sourced<Seconds>>();
  if (!(out.value.value() >= low && out.value.value() <= high)) {
    value.fail(fmt::format("'{}' is {} s; from {} s to {} s was wanted", key,
                           formatNumber(out.value.value()), formatNumber(low),
                           formatNumber(high)));
    out.value = Seconds(high);
  }
  return out;
}
