#include "runtime/input/Spec.h"

#include "hw-models/base/Quantity.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

/// Where ",key=" begins at or after `from`, or npos.
static size_t nextOption(std::string_view text, size_t from) {
  for (size_t comma = text.find(',', from); comma != text.npos;
       comma = text.find(',', comma + 1)) {
    size_t end = comma + 1;
    while (end < text.size() && text[end] >= 'a' && text[end] <= 'z')
      ++end;
    if (end > comma + 1 && end < text.size() && text[end] == '=')
      return comma;
  }
  return text.npos;
}

Spec::Spec(const std::string &text, std::string_view usage) : usage(usage) {
  size_t comma = nextOption(text, 0);
  file = text.substr(0, comma);
  while (comma != text.npos) {
    const size_t next = nextOption(text, comma + 1);
    const std::string part = text.substr(
        comma + 1, next == text.npos ? text.npos : next - comma - 1);
    const size_t equals = part.find('=');
    options[part.substr(0, equals)] = part.substr(equals + 1);
    comma = next;
  }
}

Error Spec::error(const std::string &key, std::string_view wanted) const {
  const auto it = taken.find(key);
  return Error(fmt::format("{}={}: {} was wanted", key,
                           it == taken.end() ? "" : it->second, wanted))
      .note("usage: " + usage);
}

std::optional<std::string> Spec::take(const std::string &key) {
  auto node = options.extract(key);
  if (node.empty())
    return std::nullopt;
  taken[key] = node.mapped();
  return std::move(node.mapped());
}

Result<int64_t> Spec::takeWhole(const std::string &key, int64_t otherwise,
                                int64_t least, int64_t most) {
  const auto text = take(key);
  if (!text)
    return otherwise;
  int64_t value = 0;
  auto [end, code] =
      std::from_chars(text->data(), text->data() + text->size(), value);
  if (code != std::errc() || end != text->data() + text->size() ||
      value < least || value > most)
    return error(key, fmt::format("a whole number from {} to {}", least, most));
  return value;
}

Result<double> Spec::takeNumber(const std::string &key, double otherwise,
                                double above, double most) {
  const auto text = take(key);
  if (!text)
    return otherwise;
  double value = 0;
  auto [end, code] =
      std::from_chars(text->data(), text->data() + text->size(), value);
  if (code != std::errc() || end != text->data() + text->size() ||
      !(value > above) || !(value <= most))
    return error(key,
                 fmt::format("a number above {} and up to {}", above, most));
  return value;
}

Result<double> Spec::takeQuantity(const std::string &key, double otherwise,
                                  std::string_view unit) {
  const auto text = take(key);
  if (!text)
    return otherwise;
  Result<double> value = parseQuantity(*text, unit);
  if (!value)
    return error(key, value.error().message + "; a quantity with its unit");
  if (!(*value > 0) || !std::isfinite(*value))
    return error(key, "a positive quantity");
  return *value;
}

Result<std::string>
Spec::takeChoice(const std::string &key,
                 std::initializer_list<std::string_view> choices) {
  const auto text = take(key);
  if (!text)
    return std::string(*choices.begin());
  std::string list;
  for (std::string_view choice : choices) {
    if (choice == *text)
      return *text;
    list += (list.empty() ? "" : ", ") + std::string(choice);
  }
  return error(key, "one of " + list);
}

Result<void> Spec::finish() const {
  if (options.empty())
    return {};
  return Error(fmt::format("'{}' is not an option of this input",
                           options.begin()->first))
      .note("usage: " + usage);
}
