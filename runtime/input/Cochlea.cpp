#include "runtime/input/Cochlea.h"

#include <cmath>
#include <fmt/format.h>
#include <numbers>

using namespace limen;
using namespace limen::input;

double input::erb(double f) { return 24.7 * (1 + 0.00437 * f); }
double input::erbRate(double f) { return 21.4 * std::log10(1 + 0.00437 * f); }
double input::erbRateInverse(double position) {
  return (std::pow(10, position / 21.4) - 1) / 0.00437;
}

Result<Cochlea> Cochlea::make(const CochleaRules &rules, uint32_t rate) {
  if (!(rules.high > rules.low))
    return Error(fmt::format("the last channel, at {} Hz, is not above the "
                             "first, at {} Hz",
                             rules.high, rules.low))
        .note("low= and high= say where they are");
  if (!(rules.high < rate / 2.0))
    return Error(fmt::format("the last channel, at {} Hz, is not below half "
                             "of the {} samples a second",
                             rules.high, rate))
        .note("high= says where it is");
  Cochlea out;
  out.rules = rules;
  out.rate = rate;
  const double first = erbRate(rules.low), last = erbRate(rules.high);
  for (uint32_t c = 0; c < rules.channels; ++c)
    out.frequencies.push_back(erbRateInverse(
        rules.channels == 1
            ? (first + last) / 2
            : first + (last - first) * c / (rules.channels - 1)));
  return out;
}

namespace {

/// Four complex one-pole filters in a row.
class Gammatone {
public:
  Gammatone(double f, double rate) {
    const double bandwidth = 1.019 * erb(f);
    const double a = std::exp(-2 * std::numbers::pi * bandwidth / rate);
    pole = std::polar(a, 2 * std::numbers::pi * f / rate);
    gain = 1 - a;
  }

  double operator()(double sound) {
    double re = sound, im = 0;
    for (std::complex<double> &z : stages) {
      // Written out: the operator of std::complex looks for infinities.
      const double zr = pole.real() * z.real() - pole.imag() * z.imag();
      const double zi = pole.real() * z.imag() + pole.imag() * z.real();
      z = {zr + gain * re, zi + gain * im};
      re = z.real();
      im = z.imag();
    }
    return 2 * re;
  }

private:
  std::complex<double> pole, stages[4];
  double gain;
};

} // namespace

std::vector<double> Cochlea::filter(std::span<const float> sound,
                                    uint32_t channel) const {
  Gammatone gammatone(frequencies[channel], rate);
  std::vector<double> out;
  out.reserve(sound.size());
  for (float sample : sound)
    out.push_back(gammatone(sample));
  return out;
}

void Cochlea::encode(std::span<const float> sound, uint32_t channel,
                     const std::function<void(size_t)> &spike) const {
  Gammatone gammatone(frequencies[channel], rate);
  const double decay = std::exp(-1 / (rate * rules.tau));
  double v = 0;
  for (size_t n = 0; n < sound.size(); ++n) {
    const double y = gammatone(sound[n]);
    const double drive = y > 0 ? std::pow(y, rules.compress) : 0;
    v = decay * v + (1 - decay) * rules.gain * drive;
    if (v >= 1) {
      spike(n);
      v = 0;
    }
  }
}
