// The host as a target: only how precisely it computes.
#pragma once

#include "hw-models/base/Yaml.h"

namespace limen::target {

struct HostMachine {
  std::string name;
  bool doublePrecision = false;

  /// Reads a document with `limen_target: host`.
  static Result<HostMachine> parse(const YamlDocument &document);
};

} // namespace limen::target
