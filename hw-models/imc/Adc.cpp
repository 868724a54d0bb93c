#include "hw-models/imc/Adc.h"

#include <algorithm>

using namespace limen::imchw;

static double power2(double exponent) { return std::exp2(exponent); }

/// Kinds whose codes are in the middle of equal steps.
static bool isMidRise(AdcKind kind) {
  return kind == AdcKind::Sar || kind == AdcKind::Ramp ||
         kind == AdcKind::Pipeline || kind == AdcKind::Cyclic;
}

uint64_t Adc::codes() const {
  const uint64_t all = uint64_t(1) << bits;
  return kind == AdcKind::SignMagnitude ? all - 1 : all;
}

double Adc::lsb() const {
  const double span = range - bottom();
  if (kind == AdcKind::SignMagnitude && !low)
    return range / static_cast<double>((int64_t(1) << (bits - 1)) - 1);
  return span / static_cast<double>(isMidRise(kind) ? codes() : codes() - 1);
}

/// Whole steps below `steps`, or nearest to it.
static double rounded(double steps, Rounding rounding, double draw) {
  switch (rounding) {
  case Rounding::Even:
  case Rounding::EvenAbove:
    return std::nearbyint(steps);
  case Rounding::Down:
    return std::floor(steps);
  case Rounding::Stochastic:
    break;
  }
  const double below = std::floor(steps);
  return below + (draw < steps - below ? 1 : 0);
}

/// Steps from `bottom` to `sum`. Multiplied by the reciprocal, as the published
/// converters are defined.
template <typename Number>
static double stepsAbove(double sum, double bottom, double range, double top) {
  const auto low = static_cast<Number>(bottom),
             high = static_cast<Number>(range);
  const auto perUnit = static_cast<Number>(top / (range - bottom));
  return static_cast<double>(
      (std::clamp(static_cast<Number>(sum), low, high) - low) * perUnit);
}

int64_t Adc::code(double sum, double draw) const {
  const double bottom = this->bottom();
  const auto top = static_cast<double>(codes() - 1);
  if (isMidRise(kind))
    return static_cast<int64_t>(
        std::clamp(std::floor((std::clamp(sum, bottom, range) - bottom) *
                              (top + 1) / (range - bottom)),
                   0.0, top));
  const double half = kind == AdcKind::SignMagnitude ? top / 2 : 0;
  if (kind == AdcKind::SignMagnitude && rounding != Rounding::EvenAbove)
    return static_cast<int64_t>(std::clamp(
        rounded(std::clamp(sum / lsb(), -half - 1, half + 1), rounding, draw),
        -half, half));
  const double steps = single ? stepsAbove<float>(sum, bottom, range, top)
                              : stepsAbove<double>(sum, bottom, range, top);
  return static_cast<int64_t>(rounded(steps, rounding, draw) - half);
}

double Adc::value(int64_t code) const {
  const double bottom = this->bottom();
  const auto top = static_cast<double>(codes() - 1);
  const auto number = static_cast<double>(code);
  if (isMidRise(kind))
    return bottom + (number + 0.5) * lsb();
  if (kind != AdcKind::SignMagnitude)
    return number / (top / (range - bottom)) + bottom;
  if (rounding == Rounding::EvenAbove)
    return (number + top / 2) / (top / (range - bottom)) + bottom;
  return number * lsb();
}

bool Adc::clips(double sum) const {
  if (bits == 0)
    return false;
  const double margin = isMidRise(kind) ? 0 : lsb() / 2;
  return sum > range + margin || sum < bottom() - margin;
}

bool Adc::hasZero() const {
  return bits == 0 || kind == AdcKind::SignMagnitude || bottom() == 0;
}

AdcBank::AdcBank(Adc adc, uint32_t columns, const AdcErrors &errors,
                 uint64_t seed, uint32_t identity)
    : spec(adc), errors(errors), columns(columns) {
  if (adc.bits == 0 || !isMidRise(adc.kind) || !errors.any())
    return;
  const RandomStream draws(seed, Purpose::Converter, identity);
  const uint32_t group = std::max(1u, errors.groupSize);
  if (adc.kind == AdcKind::Pipeline || adc.kind == AdcKind::Cyclic) {
    makeStages(draws, (columns + group - 1) / group);
    return;
  }
  // One capacitor bank for the array, as the published models draw it.
  for (unsigned bit = 0; bit <= adc.bits; ++bit)
    mismatch.push_back(errors.sigmaCapacitor > 0 ? draws.normal(0, bit) : 0.0);
  const uint32_t converters =
      adc.kind == AdcKind::Ramp ? columns : (columns + group - 1) / group;
  for (uint32_t k = 0; k < converters; ++k)
    comparator.push_back(errors.sigmaComparator > 0 ? draws.normal(1, k) : 0.0);
  makeLevels();
}

AdcBank::AdcBank(std::vector<double> thresholds, std::vector<double> outputs)
    : levels(std::move(thresholds)), values(std::move(outputs)) {
  spec.kind = AdcKind::Flash;
  spec.bits = static_cast<unsigned>(
      std::ceil(std::log2(static_cast<double>(levels.size() + 1))));
  spec.low = values.front();
  spec.range = values.back();
}

void AdcBank::setRange(double low, double high) {
  spec.range = high;
  if (spec.low || low != -high)
    spec.low = low;
  if (!levels.empty() && values.empty())
    makeLevels();
}

namespace {

/// The output of a capacitor bank for each digital word, relative to the
/// reference voltage, -1 .. 1.
class CapacitorBank {
public:
  CapacitorBank(unsigned bits, const std::vector<double> &mismatch,
                double sigma)
      : bits(bits), mismatch(mismatch), sigma(sigma) {}

  /// Binary weights about the middle: capacitors 2^k, word w above the middle
  /// adds the capacitors of w, below it those of -w. `half` is that of a
  /// larger bank's MSB, which sets the scale.
  std::vector<double> symmetric(double gain) const {
    std::vector<double> caps;
    for (unsigned k = 0; k < bits; ++k)
      caps.push_back(capacitor(k, power2(k)));
    const double total = capacitor(bits, power2(bits - 1));
    return levels([&](int64_t magnitude) { return sum(caps, magnitude, 0); },
                  caps[bits - 1],
                  [&](double used) {
                    return gain > 0 ? 1 + (total + used) / total / gain : 1;
                  });
  }

  /// A bank split by a bridge: the lower half of the bits acts through it.
  std::vector<double> split(double gain) const {
    const unsigned lower = bits / 2;
    std::vector<double> caps;
    for (unsigned k = 0; k + 1 < bits; ++k)
      caps.push_back(capacitor(k, power2(k < lower ? k : k - lower)));
    caps.push_back(capacitor(bits - 1, 1));
    const double ratio = power2(lower);
    const double bridge = capacitor(bits, ratio / (ratio - 1));
    double low = caps[bits - 1], high = 0;
    for (unsigned k = 0; k < lower; ++k)
      low += caps[k];
    for (unsigned k = lower; k + 1 < bits; ++k)
      high += caps[k];
    const double scale = (low + bridge) * (high + bridge) - bridge * bridge;
    return levels(
        [&](int64_t magnitude) {
          const double lsbs = sum(caps, magnitude, 0, lower);
          const double msbs = sum(caps, magnitude, lower, bits - 1);
          return (lsbs * bridge + msbs * (low + bridge)) / scale;
        },
        1, [&](double) { return gain > 0 ? 1 + 1 / gain : 1; });
  }

  /// Binary weights from the bottom up.
  std::vector<double> plain(double gain) const {
    std::vector<double> caps;
    for (unsigned k = 0; k <= bits; ++k)
      caps.push_back(capacitor(k, power2(k)));
    std::vector<double> out;
    const double step = power2(-static_cast<double>(bits));
    for (int64_t word = 0; word < int64_t(1) << bits; ++word) {
      const double used = sum(caps, word, 0, bits);
      const double level = 2 * used / caps[bits] - (1 - step);
      out.push_back(gain > 0
                        ? level / (1 + (caps[bits] + used) / caps[bits] / gain)
                        : level);
    }
    return out;
  }

private:
  /// Mismatch grows with the square root of the capacitor.
  double capacitor(unsigned index, double nominal) const {
    return nominal + sigma * mismatch[index] * std::sqrt(nominal);
  }

  double sum(const std::vector<double> &caps, int64_t word,
             unsigned from) const {
    return sum(caps, word, from, bits);
  }
  static double sum(const std::vector<double> &caps, int64_t word,
                    unsigned from, unsigned to) {
    double total = 0;
    for (unsigned k = from; k < to; ++k)
      if (word >> k & 1)
        total += caps[k];
    return total;
  }

  template <typename Used, typename Gain>
  std::vector<double> levels(Used used, double unit, Gain attenuation) const {
    std::vector<double> out;
    const int64_t half = int64_t(1) << (bits - 1);
    const double step = power2(-static_cast<double>(bits));
    for (int64_t word = 0; word < 2 * half; ++word) {
      const int64_t above = word - half;
      // The lowest word drives every capacitor of the lower half.
      const double amount = word == 0 ? unit : used(std::abs(above));
      const double sign = above < 0 ? -1 : 1;
      out.push_back((sign * amount / unit + step) / attenuation(amount));
    }
    return out;
  }

  unsigned bits;
  const std::vector<double> &mismatch;
  double sigma;
};

} // namespace

void AdcBank::makeLevels() {
  const double gain =
      errors.gainDb > 0 ? std::pow(10.0, errors.gainDb / 20) : 0;
  const CapacitorBank bank(spec.bits, mismatch, errors.sigmaCapacitor);
  if (spec.kind == AdcKind::Sar)
    levels = errors.splitCapacitors ? bank.split(gain) : bank.symmetric(gain);
  else
    levels =
        errors.symmetricCapacitors ? bank.symmetric(gain) : bank.plain(gain);
  // A SAR compares with the lower edge of each step, a ramp with its middle.
  const double shift =
      spec.kind == AdcKind::Sar ? power2(-static_cast<double>(spec.bits)) : 0;
  for (double &level : levels)
    level = (level - shift) * reference();
}

double AdcBank::reference() const {
  return std::max(std::abs(spec.bottom()), std::abs(spec.range));
}

void AdcBank::makeStages(const RandomStream &draws, uint32_t converters) {
  const double gain =
      errors.gainDb > 0 ? std::pow(10.0, errors.gainDb / 20) : 0;
  const uint32_t each = spec.kind == AdcKind::Cyclic ? 1 : spec.bits - 1;
  const auto draw = [&](double sigma, uint32_t what, uint64_t which) {
    return sigma > 0 ? sigma * draws.normal(which, what) : 0.0;
  };
  for (uint64_t k = 0; k < uint64_t(converters) * each; ++k) {
    const double first = 1 + draw(errors.sigmaCapacitor, 2, k),
                 second = 1 + draw(errors.sigmaCapacitor, 3, k);
    Stage stage;
    stage.gamma = second / first;
    // The amplifier's gain over the share of its output that is fed back.
    if (gain > 0)
      stage.attenuation = 1 + (first + second) / first / gain;
    stage.upper = draw(errors.sigmaComparator, 4, k);
    stage.lower = draw(errors.sigmaComparator, 5, k);
    stages.push_back(stage);
  }
  for (uint32_t k = 0; k < converters; ++k)
    comparator.push_back(draw(errors.sigmaComparator, 1, k));
}

int64_t AdcBank::stagedCode(double sum, uint32_t converter) const {
  const double full = reference();
  double v = std::clamp(sum, spec.bottom(), spec.range);
  int64_t found = 0;
  const bool cyclic = spec.kind == AdcKind::Cyclic;
  for (unsigned n = 0; n + 1 < spec.bits; ++n) {
    const Stage &stage =
        stages[cyclic ? converter : converter * (spec.bits - 1) + n];
    const double upper = (0.25 + stage.upper) * full,
                 lower = (-0.25 + stage.lower) * full;
    // Twice the digit's weight, none or once: a digit that is one too low is
    // made up for by those behind it. On a threshold neither decides.
    const bool above = v > upper, below = v < lower;
    if (above)
      found += int64_t(1) << (spec.bits - 1 - n);
    else if (v < upper && v > lower)
      found += int64_t(1) << (spec.bits - 2 - n);
    v = ((1 + stage.gamma) * v + (below - above) * stage.gamma * full) /
        stage.attenuation;
  }
  return found + (v > comparator[converter] * full);
}

int64_t AdcBank::code(double sum, uint32_t column, double draw,
                      double uniform) const {
  if (spec.offset != 0 || spec.noise != 0)
    sum += (spec.offset + spec.noise * draw) * spec.lsb();
  if (!comparator.empty() && levels.empty())
    return stagedCode(sum, column / std::max(1u, errors.groupSize));
  if (levels.empty())
    return spec.code(sum, uniform);
  if (!values.empty())
    return std::upper_bound(levels.begin(), levels.end(), sum,
                            [](double s, double l) { return s <= l; }) -
           levels.begin();
  const double reference = this->reference();
  sum = std::clamp(sum, spec.bottom(), spec.range);
  if (spec.kind == AdcKind::Sar) {
    const double shift = errors.sigmaComparator * reference *
                         comparator[column / std::max(1u, errors.groupSize)];
    int64_t word = 0;
    for (unsigned bit = spec.bits; bit-- > 0;) {
      const int64_t trial = word | int64_t(1) << bit;
      if (sum > levels[static_cast<size_t>(trial)] - shift)
        word = trial;
    }
    return word;
  }
  const double seen =
      sum + errors.sigmaComparator * reference * comparator[column];
  size_t best = 0;
  for (size_t k = 1; k < levels.size(); ++k)
    if (std::abs(levels[k] - seen) < std::abs(levels[best] - seen))
      best = k;
  return static_cast<int64_t>(best);
}

double AdcBank::convert(double sum, uint32_t column, double draw,
                        double uniform) const {
  if (spec.bits == 0)
    return sum;
  const int64_t found = code(sum, column, draw, uniform);
  if (!values.empty())
    return values[static_cast<size_t>(found)];
  if (levels.empty() && comparator.empty())
    return spec.value(found);
  // Banks span +-reference whatever the ends are.
  const double reference = this->reference();
  const double count = power2(spec.bits);
  return 2 * reference * (static_cast<double>(found) / count) -
         reference * (count - 1) / count;
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
