#include "runtime/report/SpikeDistance.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace limen;
using namespace limen::report;

double report::vanRossum(Train a, Train b, double tau) {
  // With the spikes of b as negative ones, D^2 is half the sum of
  // s_k s_l exp(-|t_k - t_l| / tau) over all pairs: half of s_k^2, and s_k
  // times the exponential trace of what came before. Equal spikes cancel first,
  // so that equal trains are exactly 0 apart.
  double sum = 0, trace = 0;
  uint32_t before = 0;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const uint32_t now =
        j == b.size() || (i < a.size() && a[i] < b[j]) ? a[i] : b[j];
    double sign = 0;
    for (; i < a.size() && a[i] == now; ++i)
      ++sign;
    for (; j < b.size() && b[j] == now; ++j)
      --sign;
    if (sign == 0)
      continue;
    trace *= std::exp(-static_cast<double>(now - before) / tau);
    sum += sign * (sign / 2 + trace);
    trace += sign;
    before = now;
  }
  return std::max(sum, 0.0);
}

double report::victorPurpura(Train a, Train b, double cost) {
  // A spike that both have is best left where it is: by the triangle
  // inequality, crossing two moves over it never costs less.
  std::vector<uint32_t> left, right;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i;
      ++j;
    } else if (j == b.size() || (i < a.size() && a[i] < b[j])) {
      left.push_back(a[i++]);
    } else {
      right.push_back(b[j++]);
    }
  }
  const auto total = static_cast<double>(left.size() + right.size());
  if (cost == 0)
    return std::abs(static_cast<double>(left.size()) -
                    static_cast<double>(right.size()));

  // Moving one spike by dt instead of deleting and adding saves 2 - cost dt.
  // saved[k] is the most that spikes of `left` so far save with the first k of
  // `right`. Only spikes within 2 / cost save anything; beyond `high` the
  // values are those at `high`.
  const double reach = 2 / cost;
  std::vector<double> saved(right.size() + 1, 0);
  size_t low = 0, high = 0;
  for (const uint32_t time : left) {
    while (low < right.size() &&
           static_cast<double>(right[low]) <= static_cast<double>(time) - reach)
      ++low;
    while (high < right.size() && static_cast<double>(right[high]) <
                                      static_cast<double>(time) + reach) {
      saved[high + 1] = saved[high];
      ++high;
    }
    double diagonal = saved[std::min(low, high)];
    for (size_t k = low; k < high; ++k) {
      const double distance =
          std::abs(static_cast<double>(time) - static_cast<double>(right[k]));
      const double matched = diagonal + 2 - cost * distance;
      diagonal = saved[k + 1];
      saved[k + 1] = std::max({diagonal, saved[k], matched});
    }
  }
  return std::max(total - saved[high], 0.0);
}

uint64_t report::coincidences(Train a, Train b, uint32_t window) {
  uint64_t pairs = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const uint32_t apart = a[i] > b[j] ? a[i] - b[j] : b[j] - a[i];
    if (apart <= window) {
      ++pairs;
      ++i;
      ++j;
    } else {
      a[i] < b[j] ? ++i : ++j;
    }
  }
  return pairs;
}
