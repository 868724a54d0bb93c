#include "hw-models/target/FixedFunctions.h"

#include <cmath>

using namespace limen::target;

std::optional<FixedFunction>
limen::target::parseFixedFunction(std::string_view name) {
  using F = FixedFunction;
  constexpr std::pair<std::string_view, F> all[] = {
      {"exp", F::Exp},   {"exp2", F::Exp2},   {"expm1", F::Expm1},
      {"log", F::Log},   {"log1p", F::Log1p}, {"log2", F::Log2},
      {"sqrt", F::Sqrt}, {"tanh", F::Tanh},   {"sin", F::Sin},
      {"cos", F::Cos}};
  for (const auto &[known, function] : all)
    if (known == name)
      return function;
  return std::nullopt;
}

double limen::target::exactly(FixedFunction function, double x) {
  switch (function) {
  case FixedFunction::Exp:
    return std::exp(x);
  case FixedFunction::Exp2:
    return std::exp2(x);
  case FixedFunction::Expm1:
    return std::expm1(x);
  case FixedFunction::Log:
    return std::log(x);
  case FixedFunction::Log1p:
    return std::log1p(x);
  case FixedFunction::Log2:
    return std::log2(x);
  case FixedFunction::Sqrt:
    return std::sqrt(x);
  case FixedFunction::Tanh:
    return std::tanh(x);
  case FixedFunction::Sin:
    return std::sin(x);
  case FixedFunction::Cos:
    return std::cos(x);
  }
  return x;
}

bool limen::target::isMonotone(FixedFunction function) {
  return function != FixedFunction::Sin && function != FixedFunction::Cos;
}

double limen::target::errorBound(FixedFunction function, double most,
                                 FixedFormat from, FixedFormat to) {
  const double rounding = to.unit() / 2;
  // Arguments of exponentials and sines are cut to 25 bits behind the point.
  const double cutting = from.fraction > 25 ? 0x1p-25 : 0;
  switch (function) {
  case FixedFunction::Exp:
  case FixedFunction::Exp2:
    return rounding + most * (0x1p-29 + cutting);
  case FixedFunction::Expm1:
    return rounding + (most + 1) * (0x1p-29 + cutting);
  case FixedFunction::Log:
  case FixedFunction::Log1p:
  case FixedFunction::Log2:
    return rounding + 0x1p-27;
  case FixedFunction::Sqrt:
    return rounding + most * 0x1p-28;
  case FixedFunction::Tanh:
    return rounding + 0x1p-28 + cutting;
  case FixedFunction::Sin:
  case FixedFunction::Cos:
    return rounding + 0x1p-27 + cutting;
  }
  return rounding;
}

int32_t limen::target::applyFixed(FixedFunction function, int32_t bits,
                                  FixedFormat from, FixedFormat to) {
  const int64_t x =
      from.isSigned ? int64_t(bits) : int64_t(static_cast<uint32_t>(bits));
  return static_cast<int32_t>(static_cast<uint32_t>(
      FixedFunctions<int64_t>::apply(function, x, from, to)));
}
