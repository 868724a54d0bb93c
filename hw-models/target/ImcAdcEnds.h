// Where the ends of a converter's range come from, besides samples.
#pragma once

#include <cstdint>

namespace limen::target {

struct AdcEnds {
  double low = 0, high = 0;
};

/// Ends that no sum can leave: `rows` cells of conductance 1, driven with at
/// most 1; negative where inputs are, or sums of both signs meet before the
/// converter.
AdcEnds maximumEnds(uint64_t rows, bool bothSigns);

/// Ends for which one code is the smallest step of a sum when inputs come bit
/// by bit: lsb = step x correction; the correction 2^n / (2^n - 1) stands for n
/// magnitude bits of input (0: none).
AdcEnds granularEnds(unsigned adcBits, double step, unsigned inputBits,
                     bool bothSigns);

} // namespace limen::target
