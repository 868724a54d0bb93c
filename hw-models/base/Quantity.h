// Quantities are types: a number with a unit never travels as a bare double.
//
// Inside the program every quantity is in its base unit (J, s, Hz, V, W, S, F,
// cycles, bits). Text carries the unit with an optional SI prefix: "69.3 pJ".
#pragma once

#include "hw-models/base/Error.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace limen {

/// A number of type `Rep` in the base unit named by `Tag::unit`.
template <typename Tag, typename Rep> class Quantity {
public:
  using Representation = Rep;
  static constexpr std::string_view unit = Tag::unit;

  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : number(value) {}

  constexpr Rep value() const { return number; }

  constexpr auto operator<=>(const Quantity &) const = default;
  constexpr Quantity operator+(Quantity o) const {
    return Quantity(number + o.number);
  }
  constexpr Quantity operator-(Quantity o) const {
    return Quantity(number - o.number);
  }
  constexpr Quantity &operator+=(Quantity o) {
    number += o.number;
    return *this;
  }
  constexpr Quantity operator*(Rep factor) const {
    return Quantity(number * factor);
  }

private:
  Rep number = 0;
};

namespace units {
struct Joule {
  static constexpr std::string_view unit = "J";
};
struct Second {
  static constexpr std::string_view unit = "s";
};
struct Hertz {
  static constexpr std::string_view unit = "Hz";
};
struct Volt {
  static constexpr std::string_view unit = "V";
};
struct Watt {
  static constexpr std::string_view unit = "W";
};
struct Siemens {
  static constexpr std::string_view unit = "S";
};
struct Farad {
  static constexpr std::string_view unit = "F";
};
struct Cycle {
  static constexpr std::string_view unit = "cycles";
};
struct Bit {
  static constexpr std::string_view unit = "bit";
};
} // namespace units

using Joules = Quantity<units::Joule, double>;
using Seconds = Quantity<units::Second, double>;
using Hertz = Quantity<units::Hertz, double>;
using Volts = Quantity<units::Volt, double>;
using Watts = Quantity<units::Watt, double>;
using Siemens = Quantity<units::Siemens, double>;
using Farads = Quantity<units::Farad, double>;
using Cycles = Quantity<units::Cycle, uint64_t>;
using Bits = Quantity<units::Bit, uint64_t>;

constexpr Joules operator*(Watts power, Seconds time) {
  return Joules(power.value() * time.value());
}
constexpr Seconds operator/(Cycles cycles, Hertz clock) {
  return Seconds(static_cast<double>(cycles.value()) / clock.value());
}

/// Parses "NUMBER UNIT" with an SI prefix (f p n u m k M G T, or none) on
/// `unit`. The number is decimal, finite, without leading zeros. Errors name
/// the text, the unit that was wanted, and an example.
Result<double> parseQuantity(std::string_view text, std::string_view unit);

/// Whether a number starts with a zero that other readers take for octal: 010.
bool isZeroPadded(std::string_view number);

/// The shortest text that reads back as the same double ("0.1", not
/// "0.10000000000000001").
std::string formatNumber(double value);

/// `value` scaled to an SI prefix with `digits` significant digits:
/// "69.3 pJ", "0 J".
std::string formatQuantity(double value, std::string_view unit, int digits = 4);

template <typename Tag>
std::string format(Quantity<Tag, double> quantity, int digits = 4) {
  return formatQuantity(quantity.value(), Tag::unit, digits);
}

} // namespace limen
