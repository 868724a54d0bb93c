// Closed intervals of numbers.
#pragma once

#include <algorithm>
#include <cmath>

namespace limen {

struct Interval {
  double low = 0, high = 0;

  double magnitude() const { return std::max(std::abs(low), std::abs(high)); }
  bool contains(Interval other) const {
    return low <= other.low && other.high <= high;
  }
  bool isEmpty() const { return !(low <= high); }
};

inline Interval operator+(Interval a, Interval b) {
  return {a.low + b.low, a.high + b.high};
}
inline Interval operator-(Interval a) { return {-a.high, -a.low}; }
inline Interval operator*(Interval a, Interval b) {
  // 0 times an unknown is 0.
  const auto times = [](double x, double y) {
    return x == 0 || y == 0 ? 0 : x * y;
  };
  const double p[] = {times(a.low, b.low), times(a.low, b.high),
                      times(a.high, b.low), times(a.high, b.high)};
  return {*std::min_element(p, p + 4), *std::max_element(p, p + 4)};
}
inline Interval hull(Interval a, Interval b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

} // namespace limen
