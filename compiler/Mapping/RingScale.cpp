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

} // namespace

void WeightSums::Sums::add(const Sums &other, unsigned times) {
  total += other.total * times;
  square += other.square * times;
  biggest = std::max(biggest, other.biggest * times);
  count += other.count * times;
}

void WeightSums::add(std::span<const network::Synapse> synapses,
                     int64_t targets) {
  for (const network::Synapse &synapse : synapses) {
    Sign &sign = signs[synapse.weight < 0];
    if (sign.sums.empty())
      sign.sums.resize(static_cast<size_t>(targets));
    const double weight = std::abs(static_cast<double>(synapse.weight));
    sign.sums[synapse.target].add({weight, weight * weight, weight, 1});
    sign.shortest = std::min(sign.shortest, synapse.delay);
    sign.longest = std::max(sign.longest, synapse.delay);
  }
}

/// The smallest shift at which `sum` and half a unit of rounding for each of
/// `count` weights fit 16 bits.
static unsigned shiftFor(double sum, double count, unsigned fraction) {
  unsigned shift = 0;
  while (sum / RingScale{shift, fraction}.unit() + count / 2 > ringMaximum &&
         shift <= largestShift)
    ++shift;
  return shift;
}

/// ScaleRule::Published, of one ring buffer type; see the header.
static RingScale publishedScale(const std::vector<WeightSums> &incoming,
                                const target::SpinMachine &machine, size_t type,
                                unsigned fraction) {
  const double scale = std::ldexp(1.0, static_cast<int>(fraction) - 15);
  const double stepsPerSecond = 1 / machine.tick.value();
  const double own = machine.spikesPerSecond.value() / stepsPerSecond;
  double total = 0, biggest = 0, synapses = 0, spikes = 0, sum = 0, square = 0;
  bool delaysVary = false;
  for (const WeightSums &in : incoming) {
    if (in.receptor != type / 2)
      continue;
    WeightSums::Sums all;
    uint64_t most = 0; // synapses of one neuron
    for (const WeightSums::Sums &sums : in.of(type % 2)) {
      all.add(sums);
      most = std::max(most, sums.count);
    }
    if (all.count == 0)
      continue;
    // A source that may send several spikes a step counts with all of them.
    const double packets = std::max({1.0, own, double(in.multiplicity)});
    const auto each = static_cast<double>(most);
    total += packets * all.biggest * each;
    biggest = std::max(biggest, all.biggest);
    const double weight = each / double(all.count);
    synapses += each;
    spikes += each * (in.multiplicity > 1 ? packets : own);
    sum += all.total * weight;
    square += all.square * weight;
    delaysVary |= in.delaysVary(type % 2);
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
                             const std::vector<WeightSums> &incoming,
                             const target::SpinMachine &machine, ScaleRule rule,
                             const std::vector<unsigned> &fractions) {
  const size_t types = 2 * population.model.receptors.size();
  std::vector<RingScale> scales(types);
  for (size_t type = 0; type < types; ++type) {
    const unsigned fraction = fractions.empty() ? 15 : fractions[type / 2];
    std::vector<WeightSums::Sums> sums(static_cast<size_t>(population.size));
    for (const WeightSums &in : incoming)
      if (in.receptor == type / 2)
        for (size_t i = 0; i < in.of(type % 2).size(); ++i)
          sums[i].add(in.of(type % 2)[i], in.multiplicity);
    unsigned worst = 0, expected = 0, single = 0;
    double worstSum = 0, expectedSum = 0;
    for (const WeightSums::Sums &sum : sums) {
      const double p = machine.expectedActivity;
      const double bound =
          std::max(std::min(p * sum.total + machine.ringBufferSigma *
                                                std::sqrt(p * sum.square),
                            sum.total),
                   sum.biggest);
      worst = std::max(
          worst, shiftFor(sum.total, static_cast<double>(sum.count), fraction));
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
      scale = publishedScale(incoming, machine, type, fraction);
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

Result<std::vector<RingScale>>
limen::mapping::chooseScales(const network::Node &population,
                             const std::vector<Incoming> &incoming,
                             const target::SpinMachine &machine, ScaleRule rule,
                             const std::vector<unsigned> &fractions) {
  std::vector<WeightSums> sums;
  for (const Incoming &in : incoming)
    sums.emplace_back(in.receptor, in.multiplicity)
        .add(in.rows->synapses, population.size);
  return chooseScales(population, sums, machine, rule, fractions);
}

uint32_t limen::mapping::quantise(float weight, const RingScale &scale) {
  return target::ringWeight(weight, 1 / scale.unit());
}
