// A rule that cores of a SpiNNaker-style machine have for plastic synapses.
#pragma once

#include <cstdint>

namespace limen::target {

/// Which spikes pair. Nearest: a source spike with the last target spike before
/// it, and with the first one after it; AllToAll: every spike with every other,
/// by decaying traces. Spikes that coincide do not pair.
enum class Pairing : uint8_t { AllToAll, Nearest };

/// What a pairing of trace x changes. Additive: +A+ x, -A- x. Multiplicative:
/// +A+ (highest - w) x, -A- (w - lowest) x.
enum class Dependence : uint8_t { Additive, Multiplicative };

struct StdpRule {
  Pairing pairing = Pairing::AllToAll;
  Dependence dependence = Dependence::Additive;
  double tauPlus = 20, tauMinus = 20;  ///< steps
  double aPlus = 0.01, aMinus = 0.012; ///< either sign
  double lowest = 0, highest = 1;      ///< of weights
  bool operator==(const StdpRule &) const = default;

  /// Words of a row that hold when its source fired last: the nearest rule
  /// needs no trace.
  unsigned historyWords() const { return pairing == Pairing::Nearest ? 1 : 2; }
};

} // namespace limen::target
