#include "test/benchmark/spinnaker/StdpExperiment.h"

#include "hw-models/spin/plasticity/PlasticRows.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <set>
#include <thread>

using namespace limen;
using namespace limen::bench;
using namespace limen::spinhw;

namespace {

/// 1 in s16.15.
constexpr int32_t one = 1 << 15;

int32_t wrap(int64_t x) { return static_cast<int32_t>(x); }

/// A leaky integrator with delta input as the runtime computes it, at dt = 1
/// ms: tau 20 ms, 1 nF, rest and reset -65 mV, threshold -50 mV, refractory 0.1
/// ms. Sums wrap at 32 bits and products are rounded down; the decay is rounded
/// to the nearest (recorded membranes leave no choice).
class DeltaLif {
public:
  int32_t membrane() const { return v; }

  bool step(int32_t input) {
    if (refractory > 0) {
      --refractory;
      return false;
    }
    const int32_t alpha = wrap(int64_t(product(input, resistance)) + rest);
    v = wrap(int64_t(alpha) - product(decay, wrap(int64_t(alpha) - v)));
    if (v < threshold)
      return false;
    v = rest;
    refractory = 1; // 0.1 ms, rounded up to whole steps
    return true;
  }

private:
  static constexpr int32_t rest = -65 * one, threshold = -50 * one;
  static constexpr int32_t resistance = 20 * one;
  static const int32_t decay;

  static int32_t product(int32_t a, int32_t b) {
    return wrap((int64_t(a) * b) >> 15);
  }

  int32_t v = rest;
  unsigned refractory = 0;
};

const int32_t DeltaLif::decay =
    static_cast<int32_t>(std::lround(std::exp(-1.0 / 20) * one));

/// A projection onto one neuron, as the choice of a ring buffer's unit sees it.
struct Load {
  double largest = 0; ///< weight that can occur, nA
  size_t synapses = 0;
};

/// Shift of a ring buffer as the runtime's host chooses it: so that all
/// synapses at their largest, active in one step, stay below 2^shift.
unsigned shiftFor(std::initializer_list<Load> loads) {
  double total = 0;
  for (const Load &load : loads)
    total += load.largest * double(load.synapses);
  if (total <= 0)
    return 0;
  const auto shift =
      static_cast<unsigned>(std::ceil(std::max(0.0, std::log2(total))));
  return shift + (std::exp2(shift) <= total);
}

constexpr RowFormat format = {4, 1, 4};
constexpr unsigned excitatory = 0, inhibitory = 1;

uint16_t control(unsigned index, unsigned type, unsigned delay) {
  return static_cast<uint16_t>((delay % (1u << format.delayBits))
                                   << (format.indexBits + format.typeBits) |
                               type << format.indexBits | index);
}

/// A core of neurons, its memory and its sources' rows.
class Core {
public:
  Core(unsigned neurons, std::array<unsigned, 2> shifts, Stdp rule)
      : neurons(neurons), shifts(shifts), ring(format),
        plasticity(std::move(rule), format, {shifts[0], shifts[1]}, neurons) {}

  /// `weight` in nA, in units of the ring buffer.
  uint16_t units(double weight, unsigned type) const {
    return static_cast<uint16_t>(
        std::nearbyint(std::ldexp(weight, 15 - int(shifts[type]))));
  }
  uint32_t fixed(double weight, unsigned index, unsigned type,
                 unsigned delay) const {
    return uint32_t(units(weight, type)) << 16 | control(index, type, delay);
  }

  void addRow(std::vector<uint32_t> words) { rows.push_back(std::move(words)); }
  /// Row `i` as it lies in memory.
  Result<RowView> row(size_t i) {
    return RowView::over(rows[i], plasticity.stdp().historyWords());
  }

  /// One timer tick: appends the neurons that fire.
  void tick(uint32_t now, std::vector<uint32_t> &fired) {
    const auto exc = ring.due(now, excitatory);
    const auto inh = ring.due(now, inhibitory);
    for (uint32_t i = 0; i < neurons.size(); ++i) {
      const int32_t input = wrap((int64_t(exc[i]) << shifts[excitatory]) -
                                 (int64_t(inh[i]) << shifts[inhibitory]));
      if (neurons[i].step(input)) {
        plasticity.fired(i, now);
        fired.push_back(i);
      }
    }
    ring.clear(now);
  }

  /// A packet of the source of row `i` arrives in tick `now`.
  Result<void> receive(size_t i, uint32_t now) {
    auto found = row(i);
    if (!found)
      return found.takeError();
    return plasticity.process(*found, now, ring);
  }

  int32_t membrane(unsigned neuron) const { return neurons[neuron].membrane(); }

private:
  std::vector<DeltaLif> neurons;
  std::array<unsigned, 2> shifts;
  RingBuffers ring;
  PlasticCore plasticity;
  std::vector<std::vector<uint32_t>> rows;
};

/// Populations and the ways of their packets.
class Machine {
public:
  /// A spike source; `times` of each element.
  unsigned addSource(std::vector<std::vector<uint32_t>> times) {
    populations.push_back({nullptr, std::move(times), {}, {}});
    return static_cast<unsigned>(populations.size() - 1);
  }
  unsigned addCore(unsigned neurons, std::array<unsigned, 2> shifts,
                   const Stdp &rule) {
    populations.push_back(
        {std::make_unique<Core>(neurons, shifts, rule), {}, {}, {}});
    return static_cast<unsigned>(populations.size() - 1);
  }
  Core &core(unsigned population) { return *populations[population].core; }

  /// Element i of `source` finds row `firstRow` + i on the core of `target`.
  void connect(unsigned source, unsigned target, size_t firstRow) {
    populations[source].routes.push_back({target, firstRow});
  }

  /// One tick: all cores' timers, then the packets, population by population.
  Result<void> tick(uint32_t now) {
    for (Population &population : populations) {
      population.fired.clear();
      if (population.core)
        population.core->tick(now, population.fired);
      else
        for (uint32_t i = 0; i < population.times.size(); ++i)
          if (std::ranges::count(population.times[i], now))
            population.fired.push_back(i);
    }
    for (const Population &population : populations)
      for (uint32_t i : population.fired)
        for (const Route &route : population.routes)
          if (auto done = core(route.target).receive(route.firstRow + i, now);
              !done)
            return done;
    return {};
  }

  const std::vector<uint32_t> &fired(unsigned population) const {
    return populations[population].fired;
  }

private:
  struct Route {
    unsigned target;
    size_t firstRow;
  };
  struct Population {
    std::unique_ptr<Core> core; ///< none: a source
    std::vector<std::vector<uint32_t>> times;
    std::vector<Route> routes;
    std::vector<uint32_t> fired;
  };
  std::vector<Population> populations;
};

/// A weight with which one spike fires a neuron at rest, nA.
constexpr double sure = 20;

/// The experiment's rule: nearest pairs, additive, tau 5 ms; A- of -1 makes
/// both orders strengthen.
Stdp learning() {
  return *Stdp::make(
      {Pairing::Nearest, Dependence::Additive, 5, 5, 1, -1, 0, 20});
}

bool bit(uint32_t word, unsigned k) { return word >> (codeBits - 1 - k) & 1; }

/// Sources that fire at `times` for the bits of `word` that are `value`.
std::vector<std::vector<uint32_t>> sources(uint32_t word, bool value,
                                           const std::vector<uint32_t> &times) {
  std::vector<std::vector<uint32_t>> out(codeBits);
  for (unsigned k = 0; k < codeBits; ++k)
    if (bit(word, k) == value)
      out[k] = times;
  return out;
}

/// Ten neurons that repeat what `source` fires, one step later.
unsigned addInjectors(Machine &machine, unsigned source, bool hasSave) {
  const unsigned shift =
      hasSave ? shiftFor({{sure, 1}, {sure, 1}}) : shiftFor({{sure, 1}});
  const unsigned injectors = machine.addCore(codeBits, {shift, 0}, learning());
  Core &core = machine.core(injectors);
  for (unsigned k = 0; k < codeBits; ++k)
    core.addRow(
        packRow(std::vector{core.fixed(sure, k, excitatory, 1)}, {}, 1));
  machine.connect(source, injectors, 0);
  return injectors;
}

} // namespace

Result<Training> limen::bench::train(uint32_t word) {
  constexpr uint32_t steps = 75;
  const Stdp rule = learning();
  const Load plastic = {rule.rule().highest, codeBits}, teaching = {sure, 1};

  Machine machine;
  const unsigned inputs[2] = {
      machine.addSource(sources(word, false, {6, 36, 59})),
      machine.addSource(sources(word, true, {1, 26, 56}))};
  const unsigned teacher = machine.addSource({{29}});
  // Deferred changes reach memory with the next spike of their source: a last
  // one of all injectors.
  const unsigned save = machine.addSource({{65}});

  unsigned injectors[2], outputs[2];
  for (unsigned value : {0u, 1u}) {
    injectors[value] = addInjectors(machine, inputs[value], true);
    Core &core = machine.core(injectors[value]);
    std::vector<uint32_t> all;
    for (unsigned k = 0; k < codeBits; ++k)
      all.push_back(core.fixed(sure, k, excitatory, 1));
    core.addRow(packRow(all, {}, 1));
    machine.connect(save, injectors[value], codeBits);

    // 1s teach excitatory synapses, 0s inhibitory ones.
    const unsigned type = value ? excitatory : inhibitory;
    const std::array<unsigned, 2> shifts =
        value ? std::array{shiftFor({plastic, teaching}), 0u}
              : std::array{shiftFor({teaching}), shiftFor({plastic})};
    outputs[value] = machine.addCore(1, shifts, rule);
    Core &output = machine.core(outputs[value]);
    for (unsigned k = 0; k < codeBits; ++k)
      output.addRow(
          packRow({}, std::vector<PlasticSynapse>{{control(0, type, 1), 0}},
                  rule.historyWords()));
    machine.connect(injectors[value], outputs[value], 0);
    output.addRow(packRow(std::vector{output.fixed(sure, 0, excitatory, 2)}, {},
                          rule.historyWords()));
    machine.connect(teacher, outputs[value], codeBits);
  }

  Training out;
  const auto note = [&](unsigned population, uint32_t now, auto &spikes) {
    for (uint32_t i : machine.fired(population))
      spikes.push_back({now, i});
  };
  for (uint32_t now = 0; now < steps; ++now) {
    out.membrane.push_back(machine.core(outputs[1]).membrane(0));
    if (auto done = machine.tick(now); !done)
      return done.takeError();
    note(injectors[1], now, out.ones);
    note(injectors[0], now, out.zeros);
    for (unsigned value : {1u, 0u})
      for (size_t i = 0; i < machine.fired(outputs[value]).size(); ++i)
        out.output.push_back({now, value});
  }
  for (unsigned value : {0u, 1u})
    for (unsigned k = 0; k < codeBits; ++k) {
      auto row = machine.core(outputs[value]).row(k);
      if (!row)
        return row.takeError();
      const unsigned shift =
          value ? shiftFor({plastic, teaching}) : shiftFor({plastic});
      (value ? out.weights.ones : out.weights.zeros)[k] =
          std::ldexp(double(row->plastic(0).weight), int(shift) - 15);
    }
  return out;
}

Result<unsigned> limen::bench::present(const CodeWeights &weights,
                                       double factor, uint32_t word) {
  constexpr uint32_t steps = 20;
  std::array<double, codeBits> scaled[2];
  Load loads[2];
  for (unsigned value : {0u, 1u})
    for (unsigned k = 0; k < codeBits; ++k) {
      const double weight = factor * (value ? weights.ones : weights.zeros)[k];
      scaled[value][k] = weight;
      loads[value].largest = std::max(loads[value].largest, weight);
      loads[value].synapses += weight != 0;
    }

  Machine machine;
  // Both kinds of synapse reach both receptors, so both have one unit.
  const unsigned shift = shiftFor({loads[0], loads[1]});
  unsigned injectors[2];
  for (unsigned value : {0u, 1u}) {
    const unsigned input = machine.addSource(sources(word, value, {10}));
    injectors[value] = addInjectors(machine, input, false);
  }
  const unsigned output = machine.addCore(1, {shift, shift}, learning());
  Core &core = machine.core(output);
  for (unsigned value : {0u, 1u}) {
    // An injector excites with what its own bit learnt and inhibits with what
    // the other one did.
    for (unsigned k = 0; k < codeBits; ++k) {
      std::vector<uint32_t> row;
      if (scaled[value][k] != 0)
        row.push_back(core.fixed(scaled[value][k], 0, excitatory, 1));
      if (scaled[1 - value][k] != 0)
        row.push_back(core.fixed(scaled[1 - value][k], 0, inhibitory, 1));
      core.addRow(packRow(row, {}, 1));
    }
    machine.connect(injectors[value], output, value * codeBits);
  }
  unsigned spikes = 0;
  for (uint32_t now = 0; now < steps; ++now) {
    if (auto done = machine.tick(now); !done)
      return done.takeError();
    spikes += static_cast<unsigned>(machine.fired(output).size());
  }
  return spikes;
}

/// To `digits` decimal places, halves to even, as the experiment's language
/// rounds.
static double rounded(double x, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  return std::strtod(text, nullptr);
}

// 100, 1000, ... up to the limit; then halves down to 1e-4; then upwards in
// steps of 1e-5. The response need not be monotonic (weights round, large
// currents wrap), so the way of searching is part of the experiment.
Result<std::optional<double>>
limen::bench::searchFactor(const CodeWeights &weights, uint32_t word,
                           double limit) {
  double start = 1e-4, stop = 100;
  for (;; stop *= 10) {
    if (stop > limit)
      return std::optional<double>();
    auto spikes = present(weights, stop, word);
    if (!spikes)
      return spikes.takeError();
    if (*spikes > 0)
      break;
  }
  while (stop - start > 1e-4) {
    const double middle = (stop + start) / 2;
    auto spikes = present(weights, middle, word);
    if (!spikes)
      return spikes.takeError();
    (*spikes > 0 ? stop : start) = middle;
  }
  const double step = 1e-4 / 10;
  const double first = rounded(start, 5) - 1e-5;
  const double last = rounded(stop, 5) + 1e-5;
  const auto count =
      static_cast<unsigned>(std::ceil((last + step - first) / step));
  for (unsigned i = 0; i < count; ++i) {
    const double factor = first + i * ((first + step) - first);
    auto spikes = present(weights, factor, word);
    if (!spikes)
      return spikes.takeError();
    if (*spikes == 1)
      return std::optional(factor);
  }
  return std::optional<double>();
}

Result<Outcome> limen::bench::runExperiment(const std::vector<uint32_t> &words,
                                            double limit, unsigned threads) {
  CodeWeights sum;
  for (uint32_t word : words) {
    if (word >= 1u << codeBits)
      return Error(fmt::format("code word {} is too large; 0 to {} was wanted",
                               word, (1u << codeBits) - 1));
    auto trained = train(word);
    if (!trained)
      return trained.takeError();
    for (unsigned k = 0; k < codeBits; ++k) {
      sum.ones[k] += trained->weights.ones[k];
      sum.zeros[k] += trained->weights.zeros[k];
    }
  }
  const std::set<uint32_t> distinct(words.begin(), words.end());
  Outcome out;
  for (uint32_t word : distinct) {
    auto factor = searchFactor(sum, word, limit);
    if (!factor)
      return factor.takeError();
    if (*factor)
      out.factor = std::max(out.factor.value_or(0), **factor);
  }
  if (!out.factor)
    return out;

  std::vector<uint8_t> fired(1u << codeBits);
  std::atomic<uint32_t> next = 0;
  std::atomic<bool> failed = false;
  std::optional<Error> error;
  const auto work = [&] {
    for (uint32_t word; (word = next++) < fired.size();) {
      auto spikes = present(sum, *out.factor, word);
      if (spikes)
        fired[word] = *spikes > 0;
      else if (!failed.exchange(true))
        error = spikes.takeError();
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned t = 1; t < threads; ++t)
      others.emplace_back(work);
    work();
  }
  if (error)
    return *error;
  for (uint32_t word = 0; word < fired.size(); ++word) {
    const bool wanted = distinct.contains(word);
    ++(fired[word] ? (wanted ? out.truePositives : out.falsePositives)
                   : (wanted ? out.falseNegatives : out.trueNegatives));
  }
  return out;
}
