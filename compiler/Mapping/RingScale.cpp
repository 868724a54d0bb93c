#include "compiler/Mapping/RingScale.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::mapping;

namespace {

constexpr double ringMaximum = 65535;
/// (2^16 - 1) << 15 is the largest ring value that 31 bits can hold.
constexpr unsigned largestShift = 15;

/// Sums over the sources of one neuron, for one ring buffer type.
struct Sums {
  double total = 0;   // of |w| x multiplicity
  double square = 0;  // of w^2 x multiplicity
  double biggest = 0; // largest |w| x multiplicity
  uint32_t count = 0;
};

} // namespace

/// The smallest shift at which `sum` and half a unit of rounding for each of
/// `count` weights fit 16 bits.
static unsigned shiftFor(double sum, double count, unsigned fraction) {
  unsigned shift = 0;
  while (sum / RingScale{shift, fraction}.unit() + count / 2 > ringMaximum &&
         shift <= largestShift)
    ++shift;
  return shift;
}

static bool isOfType(const network::Synapse &synapse, size_t type) {
  return (synapse.weight < 0) == (type % 2 == 1);
}

namespace {

/// One projection into one ring buffer type.
struct ProjectionSums {
  uint64_t count = 0; ///< synapses
  uint32_t most = 0;  ///< of one neuron
  double sum = 0, square = 0, biggest = 0;
  uint32_t shortest = ~0u, longest = 0; ///< delays
};

} // namespace

static ProjectionSums sumsOf(const Incoming &in, size_t type, size_t neurons) {
  ProjectionSums sums;
  std::vector<uint32_t> counts(neurons, 0);
  for (const network::Synapse &synapse : in.rows->synapses) {
    if (!isOfType(synapse, type))
      continue;
    const double weight = std::abs(static_cast<double>(synapse.weight));
    ++sums.count;
    sums.most = std::max(sums.most, ++counts[synapse.target]);
    sums.sum += weight;
    sums.square += weight * weight;
    sums.biggest = std::max(sums.biggest, weight);
    sums.shortest = std::min(sums.shortest, synapse.delay);
    sums.longest = std::max(sums.longest, synapse.delay);
  }
  return sums;
}

/// ScaleRule::Published, of one ring buffer type; see the header.
static RingScale publishedScale(const network::Node &population,
                                const std::vector<Incoming> &incoming,
                                const target::SpinMachine &machine, size_t type,
                                unsigned fraction) {
  const double scale = std::ldexp(1.0, static_cast<int>(fraction) - 15);
  const double stepsPerSecond = 1 / machine.tick.value();
  const double own = machine.spikesPerSecond.value() / stepsPerSecond;
  double total = 0, biggest = 0, synapses = 0, spikes = 0, sum = 0, square = 0;
  bool delaysVary = false;
  for (const Incoming &in : incoming) {
    if (in.receptor != type / 2)
      continue;
    const ProjectionSums sums =
        sumsOf(in, type, static_cast<size_t>(population.size));
    if (sums.count == 0)
      continue;
    // A source that may send several spikes a step counts with all of them.
    const double most = std::max({1.0, own, double(in.multiplicity)});
    total += most * sums.biggest * sums.most;
    biggest = std::max(biggest, sums.biggest);
    const double weight = double(sums.most) / double(sums.count);
    synapses += sums.most;
    spikes += sums.most * (in.multiplicity > 1 ? most : own);
    sum += sums.sum * weight;
    square += sums.square * weight;
    delaysVary |= sums.longest != sums.shortest;
  }
  double bound = total;
  if (delaysVary) {
    const double mean = sum / synapses;
    const double variance = square / synapses - mean * mean;
    // A Poisson number of draws of a weight.
    const double sd =
        std::sqrt(spikes * (mean * mean + std::max(variance, 0.0)));
    bound =
        std::min((spikes * mean + machine.ringBufferSigma * sd) * scale, total);
  }
  bound = std::max(bound, biggest * scale);
  RingScale out;
  out.fraction = fraction;
  out.worstCase = false;
  out.bound = bound / scale;
  if (bound > 0)
    out.shift =
        static_cast<unsigned>(std::ceil(std::max(0.0, std::log2(bound))));
  out.shift += bound >= std::ldexp(1.0, static_cast<int>(out.shift));
  return out;
}

Result<std::vector<RingScale>>
limen::mapping::chooseScales(const network::Node &population,
                             const std::vector<Incoming> &incoming,
                             const target::SpinMachine &machine, ScaleRule rule,
                             const std::vector<unsigned> &fractions) {
  const size_t types = 2 * population.model.receptors.size();
  std::vector<RingScale> scales(types);
  for (size_t type = 0; type < types; ++type) {
    const unsigned fraction = fractions.empty() ? 15 : fractions[type / 2];
    std::vector<Sums> sums(population.size);
    for (const Incoming &in : incoming) {
      if (in.receptor != type / 2)
        continue;
      for (const network::Synapse &synapse : in.rows->synapses) {
        if (!isOfType(synapse, type))
          continue;
        Sums &sum = sums[synapse.target];
        const double weight = std::abs(static_cast<double>(synapse.weight));
        sum.total += weight * in.multiplicity;
        sum.square += weight * weight * in.multiplicity;
        sum.biggest = std::max(sum.biggest, weight * in.multiplicity);
        sum.count += in.multiplicity;
      }
    }
    unsigned worst = 0, expected = 0, single = 0;
    double worstSum = 0, expectedSum = 0;
    for (const Sums &sum : sums) {
      const double p = machine.expectedActivity;
      const double bound =
          std::max(std::min(p * sum.total + machine.ringBufferSigma *
                                                std::sqrt(p * sum.square),
                            sum.total),
                   sum.biggest);
      worst = std::max(worst, shiftFor(sum.total, sum.count, fraction));
      expected = std::max(expected, shiftFor(bound, 1, fraction));
      single = std::max(single, shiftFor(sum.biggest, 1, fraction));
      worstSum = std::max(worstSum, sum.total);
      expectedSum = std::max(expectedSum, bound);
    }
    const bool useWorst =
        rule == ScaleRule::WorstCase ||
        (rule == ScaleRule::Auto && worst - single <= machine.worstCaseBits);
    RingScale &scale = scales[type];
    if (rule == ScaleRule::Published)
      scale = publishedScale(population, incoming, machine, type, fraction);
    else
      scale = {useWorst ? worst : expected, fraction,
               useWorst ? worstSum : expectedSum, useWorst};
    if (scale.shift > largestShift)
      return Error(fmt::format(
                       "receptor '{}' of population '{}' may receive {} in one "
                       "step; s{}.{} numbers end at {}",
                       population.model.receptors[type / 2], population.name,
                       formatNumber(scale.bound), 31 - fraction, fraction,
                       formatNumber(
                           std::ldexp(1.0, 31 - static_cast<int>(fraction)))))
          .note("scale the weights and the threshold of the population down");
  }
  return scales;
}

uint32_t limen::mapping::quantise(float weight, const RingScale &scale) {
  const double units = std::abs(static_cast<double>(weight)) / scale.unit();
  return static_cast<uint32_t>(std::min(std::floor(units + 0.5), ringMaximum));
}
