#include "compiler/Import/DescriptionUnits.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::description;

namespace {

/// A unit of snn.model as a power of ten of a base unit.
struct ModelUnit {
  std::string_view name, base;
  int exponent;
};
constexpr ModelUnit modelUnits[] = {
    {"s", "s", 0},   {"Hz", "Hz", 0}, {"mV", "V", -3},    {"nA", "A", -9},
    {"nF", "F", -9}, {"uS", "S", -6}, {"MOhm", "Ohm", 6},
};

const ModelUnit *find(std::string_view name) {
  for (const ModelUnit &unit : modelUnits)
    if (unit.name == name)
      return &unit;
  return nullptr;
}

} // namespace

Result<double> limen::description::parseIn(std::string_view text,
                                           std::string_view unit) {
  if (unit.empty()) {
    double number = 0;
    const char *end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data(), end, number);
    if (text.empty() || code != std::errc() || rest != end ||
        !std::isfinite(number) || isZeroPadded(text))
      return Error(fmt::format(
          "'{}' is not a finite number; a number without a unit was wanted",
          text));
    return number;
  }
  const ModelUnit *wanted = find(unit);
  if (!wanted)
    return Error(fmt::format("the model's unit '{}' is unknown", unit));
  Result<double> base = parseQuantity(text, wanted->base);
  if (!base || wanted->exponent == 0)
    return base;
  // In the model's own unit the digits are kept: -65 mV is exactly -65.
  if (text.ends_with(unit)) {
    double number = 0;
    const size_t first = text.find_first_not_of(' ');
    std::from_chars(text.data() + first, text.data() + text.size(), number);
    return number;
  }
  return *base * std::pow(10.0, -wanted->exponent);
}

std::optional<double> limen::description::readIn(const YamlValue &value,
                                                 std::string_view unit,
                                                 const std::string &culprit) {
  if (value.kind() == YamlValue::Kind::Absent)
    return std::nullopt;
  const Result<double> number = parseIn(value.scalar(), unit);
  if (number)
    return *number;
  value.fail(fmt::format("{}: {}", culprit, number.error().message));
  return std::nullopt;
}

double limen::description::factorOf(const YamlValue &given,
                                    const YamlValue &place,
                                    std::string_view unit,
                                    const std::string &culprit) {
  if (!given) {
    if (!unit.empty())
      place.fail(fmt::format("{}: the file's numbers have no unit; 'unit: {}' "
                             "or another one of its kind was wanted",
                             culprit, unit));
    return 1;
  }
  if (unit.empty()) {
    given.fail(fmt::format("{} is a plain number and has no unit", culprit));
    return 1;
  }
  const Result<double> factor = parseIn("1 " + given.scalar(), unit);
  if (!factor)
    given.fail(fmt::format("{}: the unit '{}' is not one like '{}'", culprit,
                           given.scalar(), unit));
  return factor ? *factor : 1;
}

std::string_view limen::description::wantedOf(std::string_view parameter,
                                              std::string_view unit,
                                              double value) {
  if (unit == "s" && parameter.starts_with("tau"))
    return value > 0 ? "" : "a time above 0";
  if (unit == "s")
    return value >= 0 ? "" : "a time of 0 or more";
  if (unit == "nF")
    return value > 0 ? "" : "a capacitance above 0";
  if (unit == "Hz" || unit == "uS" || unit == "MOhm")
    return value >= 0 ? "" : "0 or more";
  return "";
}
