// Numbers of target files that must lie in a range.
#pragma once

#include "hw-models/base/Yaml.h"

namespace limen::target {

/// A whole number from `low` to `high`, given as {value, status, source}.
/// Others are an error at their place, and `low` is taken.
Sourced<double> readWhole(YamlMap &map, const char *key, double low,
                          double high);
/// A time from `low` to `high` seconds; others are an error at their place, and
/// `high` is taken.
Sourced<Seconds> readTime(YamlMap &map, const char *key, double low,
                          double high);

} // namespace limen::target
