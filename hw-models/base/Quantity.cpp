#include "hw-models/base/Quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

using namespace limen;

namespace {

struct Prefix {
  std::string_view name;
  int exponent;
};
constexpr std::array<Prefix, 10> prefixes = {{{"f", -15},
                                              {"p", -12},
                                              {"n", -9},
                                              {"u", -6},
                                              {"m", -3},
                                              {"", 0},
                                              {"k", 3},
                                              {"M", 6},
                                              {"G", 9},
                                              {"T", 12}}};

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

} // namespace

bool limen::isZeroPadded(std::string_view number) {
  const size_t first = number.starts_with('-') ? 1 : 0;
  return number.size() > first + 1 && number[first] == '0' &&
         number[first + 1] >= '0' && number[first + 1] <= '9';
}

Result<double> limen::parseQuantity(std::string_view text,
                                    std::string_view unit) {
  const std::string_view trimmed = trim(text);
  auto wrong = [&](std::string_view why) {
    return Error(fmt::format("'{}' {}; a number with the unit '{}' was wanted, "
                             "for example '2.5 m{}'",
                             trimmed, why, unit, unit));
  };
  double value = 0;
  const char *end = trimmed.data() + trimmed.size();
  auto [rest, code] = std::from_chars(trimmed.data(), end, value);
  if (code != std::errc() || !std::isfinite(value))
    return wrong("does not start with a finite decimal number");
  if (isZeroPadded(trimmed))
    return wrong("has a leading zero");
  const std::string_view suffix = trim({rest, static_cast<size_t>(end - rest)});
  if (suffix.empty())
    return wrong("has no unit");
  for (const Prefix &prefix : prefixes) {
    if (suffix.size() == prefix.name.size() + unit.size() &&
        suffix.starts_with(prefix.name) && suffix.ends_with(unit)) {
      if (prefix.exponent == 0)
        return value;
      // Reading "<digits>e<exponent>" again rounds once: "0.1 ms" is the same
      // double as 1e-4, which a multiplication by 1e-3 would miss.
      const std::string digits(trimmed.data(), rest);
      if (digits.find_first_of("eE") != std::string::npos)
        return value * std::pow(10.0, prefix.exponent);
      const std::string scaled = fmt::format("{}e{}", digits, prefix.exponent);
      double exact = 0;
      std::from_chars(scaled.data(), scaled.data() + scaled.size(), exact);
      return exact;
    }
  }
  return wrong(fmt::format("has the unit '{}'", suffix));
}

std::string limen::formatNumber(double value) {
  std::array<char, 32> buffer;
  auto [end, code] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

std::string limen::formatQuantity(double value, std::string_view unit,
                                  int digits) {
  if (value == 0 || !std::isfinite(value))
    return fmt::format("{:.{}g} {}", value, digits, unit);
  const Prefix *chosen = &prefixes.front();
  for (const Prefix &prefix : prefixes)
    if (std::abs(value) >= std::pow(10.0, prefix.exponent) * (1 - 1e-12))
      chosen = &prefix;
  return fmt::format("{:.{}g} {}{}", value / std::pow(10.0, chosen->exponent),
                     digits, chosen->name, unit);
}
