#include "hw-models/target/ImcAdcEnds.h"

#include <cmath>

using namespace limen::target;

AdcEnds limen::target::maximumEnds(uint64_t rows, bool bothSigns) {
  const auto most = static_cast<double>(rows);
  return {bothSigns ? -most : 0, most};
}

AdcEnds limen::target::granularEnds(unsigned adcBits, double step,
                                    unsigned inputBits, bool bothSigns) {
  const double bits = inputBits;
  const double correction =
      inputBits > 0 ? std::exp2(bits) / (std::exp2(bits) - 1) : 1;
  const double high =
      step * correction * (std::exp2(bothSigns ? adcBits - 1 : adcBits) - 1);
  return {bothSigns ? -high : 0, high};
}
