// What a NIR file says of each type of node: names, parameters.
#pragma once

#include "compiler/Import/NIR/NIRGraph.h"

#include <cmath>
#include <optional>

namespace limen::nir {

/// A neuron parameter; `fallback` is NaN when the file must have it.
struct ParameterRule {
  const char *name;
  double fallback = NAN;
  bool timeConstant = false;
};

/// The parameters of a population or a Delay; none for other nodes.
const std::vector<ParameterRule> &parametersOf(Kind kind);

/// The type of that name in a file, if there is one.
std::optional<Kind> kindOf(std::string_view name);

/// The names of all types, for messages: "Input, Output, ...".
std::string supportedTypes();

} // namespace limen::nir
