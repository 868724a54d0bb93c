// Choices by name in target files.
#pragma once

#include "hw-models/base/Yaml.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace limen::target {

/// A choice of `T` given as {value, status, source}.
template <typename T, size_t n>
T readChoice(YamlMap choice,
             const std::array<std::pair<const char *, T>, n> &known) {
  T out = known.front().second;
  const YamlValue value = choice.requiredValue("value");
  if (value) {
    const std::string word = value.as<std::string>();
    const auto at =
        std::find_if(known.begin(), known.end(),
                     [&](const auto &pair) { return pair.first == word; });
    if (at != known.end()) {
      out = at->second;
    } else {
      std::string wanted;
      for (size_t i = 0; i < n; ++i)
        wanted += fmt::format("{}{}",
                              i == 0       ? ""
                              : i + 1 == n ? " or "
                                           : ", ",
                              known[i].first);
      value.fail(fmt::format("'{}' is unknown; {} was wanted", word, wanted));
    }
  }
  const YamlValue status = choice.requiredValue("status");
  if (auto is = parseStatus(status.scalar()); !is && status)
    status.fail(is.error().message);
  choice.required<std::string>("source");
  choice.finish();
  return out;
}

} // namespace limen::target
