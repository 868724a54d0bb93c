#include "test/benchmark/rram/CrossSimParameters.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::bench;
using nlohmann::json;

const json *CrossSimParameters::find(const std::string &path) const {
  asked.insert(path);
  const json *at = &root;
  size_t start = 0;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('.', start), path.size());
    const std::string key = path.substr(start, end - start);
    if (!at->is_object() || !at->contains(key))
      return nullptr;
    at = &(*at)[key];
    start = end + 1;
  }
  return at->is_null() ? nullptr : at;
}

void CrossSimParameters::fail(const std::string &path,
                              const std::string &message) {
  if (!failure)
    failure = Error(fmt::format("parameter '{}' {}", path, message),
                    Place{file, 0, 0, path});
}

double CrossSimParameters::number(const std::string &path, double fallback) {
  const json *value = find(path);
  if (!value)
    return fallback;
  if (!value->is_number() || !std::isfinite(value->get<double>())) {
    fail(path, "is " + value->dump() + "; a number was wanted");
    return fallback;
  }
  return value->get<double>();
}

bool CrossSimParameters::flag(const std::string &path, bool fallback) {
  const json *value = find(path);
  if (!value)
    return fallback;
  if (!value->is_boolean()) {
    fail(path, "is " + value->dump() + "; true or false was wanted");
    return fallback;
  }
  return value->get<bool>();
}

unsigned CrossSimParameters::whole(const std::string &path, unsigned fallback) {
  const double value = number(path, fallback);
  if (value < 0 || value > 1e6 || value != std::floor(value)) {
    fail(path, fmt::format("is {}; a whole number was wanted", value));
    return fallback;
  }
  return static_cast<unsigned>(value);
}

std::string CrossSimParameters::text(const std::string &path,
                                     const std::string &fallback) {
  const json *value = find(path);
  if (!value)
    return fallback;
  if (!value->is_string()) {
    fail(path, "is " + value->dump() + "; a word was wanted");
    return fallback;
  }
  return value->get<std::string>();
}

std::vector<double> CrossSimParameters::numbers(const std::string &path) {
  std::vector<double> out;
  const json *value = find(path);
  if (!value)
    return out;
  // Ranges of bit slices are lists of lists.
  const auto add = [&](const json &list, auto &self) -> void {
    for (const json &element : list)
      if (element.is_array())
        self(element, self);
      else if (element.is_number())
        out.push_back(element.get<double>());
      else
        fail(path, "holds " + element.dump() + "; numbers were wanted");
  };
  if (value->is_array())
    add(*value, add);
  else
    fail(path, "is " + value->dump() + "; a list of numbers was wanted");
  return out;
}

size_t CrossSimParameters::choice(const std::string &path,
                                  const std::vector<std::string> &names,
                                  const std::vector<int> &codes,
                                  size_t fallback) {
  const json *value = find(path);
  if (!value)
    return fallback;
  if (value->is_number_integer()) {
    const auto at = std::find(codes.begin(), codes.end(), value->get<int>());
    if (at != codes.end())
      return static_cast<size_t>(at - codes.begin());
  }
  if (value->is_string()) {
    std::string word = value->get<std::string>();
    word.erase(0, word.rfind('.') + 1);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return std::toupper(c); });
    const auto at = std::find(names.begin(), names.end(), word);
    if (at != names.end())
      return static_cast<size_t>(at - names.begin());
  }
  std::string known;
  for (size_t k = 0; k < names.size(); ++k)
    known += fmt::format("{}{} ({})", k ? ", " : "", names[k], codes[k]);
  fail(path, fmt::format("is {}; one of {} was wanted", value->dump(), known));
  return fallback;
}

std::vector<std::string> CrossSimParameters::unasked() const {
  std::vector<std::string> out;
  const auto walk = [&](const json &value, const std::string &path,
                        auto &self) -> void {
    if (asked.contains(path))
      return;
    if (value.is_object()) {
      for (const auto &[key, inner] : value.items())
        self(inner, path.empty() ? key : path + "." + key, self);
      return;
    }
    const bool nothing = value.is_null() || value == json(false) ||
                         value == json(0) || value == json(0.0) ||
                         value == json("") ||
                         (value.is_array() && value.empty());
    if (!nothing)
      out.push_back(path);
  };
  walk(root, "", walk);
  return out;
}
