// How weights become 16-bit integers: one shift per ring buffer.
//
// A ring buffer of 16 bits sums the weights that arrive for one neuron in one
// step; the sum << shift is read as s16.15. A smaller shift keeps more of the
// weights' precision, a larger one more room for the sum.
#pragma once

#include "hw-models/target/SpinMachine.h"
#include "hw-models/target/SpinMemory.h"
#include "runtime/network/Rows.h"

#include <cmath>

namespace limen::mapping {

using target::ScaleRule;

/// The scale of one ring buffer type of a population.
struct RingScale {
  unsigned shift = 0;
  /// Bits behind the point of the receptor's inputs: 15 for s16.15.
  unsigned fraction = 15;
  double bound = 0; ///< the largest sum that it was chosen for
  bool worstCase = true;

  /// The weight that one unit of a ring buffer stands for.
  double unit() const {
    return std::ldexp(1.0,
                      static_cast<int>(shift) - static_cast<int>(fraction));
  }
};

/// One expanded projection into a population.
struct Incoming {
  unsigned projection = 0;
  const network::Rows *rows = nullptr;
  unsigned multiplicity = 1; ///< most packets of one source neuron per step
  unsigned receptor = 0;
};

/// What one projection may add to the ring buffers of each target neuron.
class WeightSums {
public:
  /// Sums over the synapses of one neuron, for weights of one sign.
  struct Sums {
    double total = 0;   ///< of |w|
    double square = 0;  ///< of w^2
    double biggest = 0; ///< largest |w|
    uint64_t count = 0; ///< synapses

    /// Adds what `times` spikes of each source of `other` add.
    void add(const Sums &other, unsigned times = 1);
  };

  WeightSums(unsigned receptor, unsigned multiplicity)
      : receptor(receptor), multiplicity(multiplicity) {}

  /// Counts synapses onto a population of `targets` neurons.
  void add(std::span<const network::Synapse> synapses, int64_t targets);
  /// By neuron; empty where no weight has the sign.
  const std::vector<Sums> &of(bool negative) const {
    return signs[negative].sums;
  }
  /// Whether delays of weights of the sign differ.
  bool delaysVary(bool negative) const {
    return signs[negative].longest > signs[negative].shortest;
  }

  unsigned receptor;     ///< index into Model::receptors
  unsigned multiplicity; ///< most packets of one source neuron per step

private:
  struct Sign {
    std::vector<Sums> sums;
    uint32_t shortest = ~0u, longest = 0; ///< delays
  };
  std::array<Sign, 2> signs; ///< positive, negative
};

/// Scales of the 2 x receptors ring buffers of a population of `size` neurons:
/// index 2r is excitatory, 2r + 1 inhibitory. The expected sum follows the rule
/// of the published runtime: max(min(mean + sigma * sd, total), largest weight)
/// with Poisson sources of `expectedActivity` spikes per step.
///
/// ScaleRule::Published takes, of all projections into a receptor, the largest
/// number of synapses n and weight w of each: total = sum of n w times the most
/// spikes of a source in a step; from the mean and the variance of the weights
/// and `spikesPerSecond` the mean and the variance of the sum for Poisson
/// sources; bound = total if no projection's delays vary, else min(mean + sigma
/// sd, total); at least the largest weight. As there, weights of formats with
/// more bits behind the point count as larger except in `total`. `fractions`
/// has the bits behind the point of each receptor's inputs; all 15 if it is
/// empty. Errors: a sum that does not fit the inputs' format at any shift.
Result<std::vector<RingScale>> chooseScales(
    const network::Node &population, const std::vector<WeightSums> &incoming,
    const target::SpinMachine &machine, ScaleRule rule = ScaleRule::Auto,
    const std::vector<unsigned> &fractions = {});
/// The same of expanded projections.
Result<std::vector<RingScale>> chooseScales(
    const network::Node &population, const std::vector<Incoming> &incoming,
    const target::SpinMachine &machine, ScaleRule rule = ScaleRule::Auto,
    const std::vector<unsigned> &fractions = {});

/// |weight| in units of `scale`, rounded to nearest, at most 65535.
uint32_t quantise(float weight, const RingScale &scale);

} // namespace limen::mapping
