#include "hw-models/target/FixedFormat.h"

#include <charconv>
#include <fmt/format.h>

using namespace limen;
using namespace limen::target;

std::string limen::target::toString(FixedFormat format) {
  const unsigned whole = (format.isSigned ? 31 : 32) - format.fraction;
  return fmt::format("{}{}.{}", format.isSigned ? 's' : 'u', whole,
                     format.fraction);
}

Result<FixedFormat> limen::target::parseFormat(std::string_view text) {
  FixedFormat format;
  unsigned whole = 0;
  const char *at = text.data(), *const end = text.data() + text.size();
  bool fine = at != end && (*at == 's' || *at == 'u');
  if (fine) {
    format.isSigned = *at++ == 's';
    const auto before = std::from_chars(at, end, whole);
    fine = before.ec == std::errc() && before.ptr != end && *before.ptr == '.';
    at = before.ptr;
  }
  if (fine) {
    const auto behind = std::from_chars(at + 1, end, format.fraction);
    fine = behind.ec == std::errc() && behind.ptr == end && whole <= 32 &&
           format.fraction <= 32;
  }
  if (!fine || whole + format.fraction + (format.isSigned ? 1 : 0) != 32)
    return Error(
        fmt::format("'{}' is no fixed-point format of 32 bits; s16.15, "
                    "u0.32, s0.31 or the like was wanted",
                    text));
  return format;
}

Result<int32_t> limen::target::toFixed(double x, FixedFormat format,
                                       Rounding rounding) {
  const double exact = std::ldexp(x, static_cast<int>(format.fraction));
  const double units = rounding == Rounding::Down      ? std::floor(exact)
                       : rounding == Rounding::Nearest ? std::floor(exact + 0.5)
                                                       : std::trunc(exact);
  const double low = format.isSigned ? -0x1p31 : 0;
  const double high = format.isSigned ? 0x1p31 - 1 : 0x1p32 - 1;
  if (!(units >= low && units <= high))
    return Error(
        fmt::format("{} does not fit {}, which holds {} to {}", formatNumber(x),
                    toString(format), formatNumber(format.lowest()),
                    formatNumber(std::ldexp(
                        high + 1, -static_cast<int>(format.fraction)))));
  return static_cast<int32_t>(
      static_cast<uint32_t>(static_cast<int64_t>(units)));
}
