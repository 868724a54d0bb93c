// CrossSim's parameters as JSON: lookups by path that remember what was asked.
#pragma once

#include "hw-models/base/Error.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace limen::bench {

/// The first error sticks; later lookups give fallbacks.
class CrossSimParameters {
public:
  CrossSimParameters(nlohmann::json root, std::string file)
      : root(std::move(root)), file(std::move(file)) {}

  bool has(const std::string &path) const { return find(path) != nullptr; }
  const nlohmann::json *find(const std::string &path) const;
  double number(const std::string &path, double fallback);
  bool flag(const std::string &path, bool fallback);
  unsigned whole(const std::string &path, unsigned fallback);
  std::string text(const std::string &path, const std::string &fallback);
  std::vector<double> numbers(const std::string &path);
  /// Index in `names` of a value given as a name (also "Enum.NAME") or as one
  /// of `codes`.
  size_t choice(const std::string &path, const std::vector<std::string> &names,
                const std::vector<int> &codes, size_t fallback);

  void fail(const std::string &path, const std::string &message);
  const std::optional<Error> &error() const { return failure; }

  /// Values that nobody asked for and that are not 0, false, empty or null.
  std::vector<std::string> unasked() const;
  void ask(const std::string &path) const { asked.insert(path); }

private:
  nlohmann::json root;
  std::string file;
  mutable std::set<std::string> asked;
  std::optional<Error> failure;
};

} // namespace limen::bench
