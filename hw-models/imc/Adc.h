// Converters: a column sum of conductances to a number of codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limen::imchw {

/// A sign-magnitude converter: code = clamp(rint(sum / lsb), -c, c), ties to
/// even, c = 2^(bits - 1) - 1, lsb = range / c. bits = 0 is ideal.
struct Adc {
  unsigned bits = 8;
  double range = 1; ///< largest |sum| in siemens

  double lsb() const;
  /// The code of `sum`; only for bits > 0.
  int64_t code(double sum) const;
  /// What the digital side takes `sum` for: code x lsb, or `sum` itself.
  double convert(double sum) const;
  /// Whether `sum` is outside of the range.
  bool clips(double sum) const;
};

/// |Column sums| seen while calibrating: their largest and a histogram fine
/// enough for percentiles.
class RangeTracker {
public:
  /// `limit` is the worst case, above which nothing is expected.
  explicit RangeTracker(double limit = 1) : limit(limit), bins(binCount) {}

  void add(double sum);
  void merge(const RangeTracker &other);

  /// The range that covers `percentile` % of the sums; 0 if there were none.
  double range(double percentile) const;

private:
  static constexpr size_t binCount = 4096;
  double limit;
  double largest = 0;
  uint64_t count = 0;
  std::vector<uint64_t> bins;
};

} // namespace limen::imchw
