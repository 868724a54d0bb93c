// A bank of gammatone filters and spiking encoders: sound becomes spikes.
//
// Centre frequencies are spaced evenly on the ERB-rate scale
//   E(f) = 21.4 log10(1 + 0.00437 f),
// a filter is as wide as the ear's, ERB(f) = 24.7 (1 + 0.00437 f), f in Hz
// (Glasberg and Moore, Hearing Research 47, 1990). A gammatone of order 4 with
// b = 1.019 ERB (Patterson et al., 1992) is four complex one-pole filters in a
// row (Hohmann, Acta Acustica 88, 2002):
//   z_k[n] = a e^(j w) z_k[n-1] + (1 - a) z_(k-1)[n],  a = e^(-2 pi b / rate),
//   w = 2 pi f / rate, z_0 the sound, y = 2 Re z_4.
// Then, for every channel and sound sample,
//   u = max(y, 0)^compress,
//   v = d v + (1 - d) gain u, d = e^(-1 / (rate tau)),
// a spike and v = 0 where v >= 1.
#pragma once

#include "hw-models/base/Error.h"

#include <complex>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace limen::input {

struct CochleaRules {
  uint32_t channels = 64;
  double low = 100;      ///< centre of the first channel, Hz
  double high = 0;       ///< centre of the last channel, Hz
  double compress = 0.3; ///< exponent, near the cube root of loudness
  double gain = 10;
  double tau = 5e-3; ///< s
};

class Cochlea {
public:
  /// Errors: `high` is not above `low`, or not below half of the rate.
  static Result<Cochlea> make(const CochleaRules &rules, uint32_t rate);

  /// Centre frequencies in Hz, ascending.
  const std::vector<double> &centres() const { return frequencies; }

  /// The filtered sound y of a channel.
  std::vector<double> filter(std::span<const float> sound,
                             uint32_t channel) const;

  /// Calls `spike(sample)` for each spike of a channel, in order of time.
  void encode(std::span<const float> sound, uint32_t channel,
              const std::function<void(size_t sample)> &spike) const;

private:
  CochleaRules rules;
  uint32_t rate = 0;
  std::vector<double> frequencies;
};

/// Bandwidth of the ear's filter and position on the ERB-rate scale at `f` Hz,
/// and the frequency of a position.
double erb(double f);
double erbRate(double f);
double erbRateInverse(double position);

} // namespace limen::input
