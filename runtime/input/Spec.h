// "PATH,key=value,key=value": what follows a prefix in an input specification.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace limen::input {

/// The path, which may hold commas, and options taken one by one.
class Spec {
public:
  /// `usage` becomes a note of errors.
  Spec(const std::string &text, std::string_view usage);

  const std::string &path() const { return file; }

  /// The value as it is written; nothing when not given.
  std::optional<std::string> take(const std::string &key);
  Result<int64_t> takeWhole(const std::string &key, int64_t otherwise,
                            int64_t least, int64_t most);
  /// Greater than `above` and at most `most`.
  Result<double> takeNumber(const std::string &key, double otherwise,
                            double above, double most);
  /// A positive quantity in `unit`, e.g. "5 ms" in "s".
  Result<double> takeQuantity(const std::string &key, double otherwise,
                              std::string_view unit);
  /// One of `choices`; the first when not given.
  Result<std::string>
  takeChoice(const std::string &key,
             std::initializer_list<std::string_view> choices);

  /// Errors: options that nobody took.
  Result<void> finish() const;

  Error error(const std::string &key, std::string_view wanted) const;

private:
  std::string file, usage;
  std::map<std::string, std::string> options, taken;
};

} // namespace limen::input
