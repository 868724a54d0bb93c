#include "hw-models/target/ImcDac.h"

#include <algorithm>
#include <cmath>

using namespace limen::target;

template <typename Number> Number Dac::level(Number value) const {
  if (kind == DacKind::Ideal || bits == 0)
    return value;
  const bool sign = kind == DacKind::SignMagnitude;
  const double bottom = sign ? -1 : low, top = sign ? 1 : high;
  const double count = std::exp2(bits) - (sign ? 1 : 0);
  const auto steps = static_cast<Number>((count - 1) / (top - bottom));
  const auto floor = static_cast<Number>(bottom);
  const Number clipped = std::clamp(value, floor, static_cast<Number>(top));
  return std::nearbyint((clipped - floor) * steps) / steps + floor;
}

template <typename Number>
Number Dac::slice(Number value, unsigned turn) const {
  const auto all = static_cast<Number>(std::exp2(magnitudeBits()) - 1);
  const auto whole =
      static_cast<uint64_t>(std::nearbyint(std::abs(value) * all));
  const uint64_t mask = (uint64_t(1) << sliceBits) - 1;
  const auto part = static_cast<Number>(whole >> (turn * sliceBits) & mask);
  const Number size = part / static_cast<Number>(mask);
  return isSigned && value < 0 ? -size : size;
}

void TurnSum::add(std::span<const double> sums) {
  // Halved with every turn, per bit: shift and add.
  const double radix = std::exp2(dac.sliceBits);
  for (size_t i = 0; i < total.size(); ++i) {
    const double sum = total[i] + (sums.empty() ? 0.0 : sums[i]);
    total[i] =
        (single ? static_cast<double>(static_cast<float>(sum)) : sum) / radix;
  }
}

std::vector<double> TurnSum::finish() && {
  // A slice of all ones is a drive of 1, and n bits of ones a number of 1.
  const double radix = std::exp2(dac.sliceBits);
  const double bits = dac.magnitudeBits();
  const double scale = (radix - 1) *
                       std::exp2(dac.sliceBits * dac.turns() - bits) *
                       std::exp2(bits) / (std::exp2(bits) - 1);
  for (double &value : total)
    value *= scale;
  return std::move(total);
}

template float Dac::level(float) const;
template double Dac::level(double) const;
template float Dac::slice(float, unsigned) const;
template double Dac::slice(double, unsigned) const;
