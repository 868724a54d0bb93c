#include "hw-models/imc/Adc.h"

#include <algorithm>
#include <cmath>

using namespace limen::imchw;

static int64_t largestCode(unsigned bits) {
  return (int64_t(1) << (bits - 1)) - 1;
}

double Adc::lsb() const {
  return range / static_cast<double>(largestCode(bits));
}

int64_t Adc::code(double sum) const {
  const int64_t top = largestCode(bits);
  const double steps = std::nearbyint(sum / lsb());
  return std::clamp(
      static_cast<int64_t>(std::clamp(steps, -static_cast<double>(top) - 1,
                                      static_cast<double>(top) + 1)),
      -top, top);
}

double Adc::convert(double sum) const {
  return bits == 0 ? sum : static_cast<double>(code(sum)) * lsb();
}

bool Adc::clips(double sum) const {
  return bits != 0 && std::abs(sum) > range + lsb() / 2;
}

void RangeTracker::add(double sum) {
  const double size = std::abs(sum);
  largest = std::max(largest, size);
  ++count;
  const double bin = size / limit * binCount;
  ++bins[std::min(static_cast<size_t>(bin), binCount - 1)];
}

void RangeTracker::merge(const RangeTracker &other) {
  largest = std::max(largest, other.largest);
  count += other.count;
  for (size_t i = 0; i < binCount; ++i)
    bins[i] += other.bins[i];
}

double RangeTracker::range(double percentile) const {
  if (count == 0 || percentile >= 100)
    return largest;
  const double wanted = percentile / 100 * static_cast<double>(count);
  uint64_t seen = 0;
  for (size_t i = 0; i < binCount; ++i) {
    seen += bins[i];
    if (static_cast<double>(seen) >= wanted)
      return std::min(largest, limit * static_cast<double>(i + 1) / binCount);
  }
  return largest;
}
