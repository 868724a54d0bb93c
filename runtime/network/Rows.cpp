#include "runtime/network/Rows.h"

#include "hw-models/base/HugePages.h"

#include <algorithm>
#include <cmath>

using namespace limen::network;

namespace {

/// What reaches an element after some steps of delay.
struct Part {
  uint32_t index;
  uint32_t delay;
  double value;
};

/// Adds parts up by (delay, index): a sparse vector over a dense scratch array
/// for each delay.
class Accumulator {
public:
  Accumulator(int64_t size, uint32_t delays)
      : size(size), value(size * delays, 0.0), used(size * delays, 0) {}

  void add(uint32_t index, uint32_t delay, double amount) {
    const size_t place = delay * static_cast<size_t>(size) + index;
    if (!used[place]) {
      used[place] = 1;
      touched.push_back(place);
    }
    value[place] += amount;
  }

  /// Moves the content to `out`, ascending by element, then delay, and clears
  /// the scratch.
  void drain(std::vector<Part> &out) {
    out.clear();
    for (size_t place : touched) {
      out.push_back({static_cast<uint32_t>(place % size),
                     static_cast<uint32_t>(place / size), value[place]});
      value[place] = 0;
      used[place] = 0;
    }
    touched.clear();
    std::sort(out.begin(), out.end(), [](const Part &a, const Part &b) {
      return a.index != b.index ? a.index < b.index : a.delay < b.delay;
    });
  }

private:
  size_t size;
  std::vector<double> value;
  std::vector<char> used;
  std::vector<size_t> touched;
};

} // namespace

/// Pushes the biases of all stages to the end of the chain.
static std::vector<float> composeBias(const Projection &projection) {
  std::vector<double> bias;
  std::vector<Synapse> row;
  for (const Stage &stage : projection.stages) {
    std::vector<double> next;
    if (!bias.empty()) {
      next.assign(stage.outputs, 0.0);
      for (size_t i = 0; i < bias.size(); ++i) {
        row.clear();
        appendSynapses(stage, static_cast<uint32_t>(i), row);
        for (const Synapse &synapse : row)
          next[synapse.target] += bias[i] * synapse.weight;
      }
    }
    if (!stage.bias.empty()) {
      next.resize(stage.outputs, 0.0);
      for (int64_t i = 0; i < stage.outputs; ++i)
        next[i] += stage.bias.broadcast(i);
    }
    bias = std::move(next);
  }
  if (std::all_of(bias.begin(), bias.end(), [](double b) { return b == 0; }))
    return {};
  return {bias.begin(), bias.end()};
}

/// About as many synapses as a stage has, to reserve memory once.
static uint64_t estimate(const Stage &stage) {
  const auto inputs = static_cast<uint64_t>(stage.inputs);
  const auto outputs = static_cast<uint64_t>(stage.outputs);
  if (const auto *sparse = std::get_if<Sparse>(&stage.kind))
    return sparse->targets.size();
  if (const auto *dense = std::get_if<Dense>(&stage.kind))
    return dense->weights.size();
  const auto *random = std::get_if<Random>(&stage.kind);
  if (!random)
    return inputs;
  switch (random->wiring) {
  case Wiring::FixedTotal:
    return random->number;
  case Wiring::FixedInDegree:
    return random->number * outputs;
  case Wiring::FixedOutDegree:
    return random->number * inputs;
  case Wiring::OneToOne:
    return inputs;
  case Wiring::Pairwise: {
    // Four deviations of the binomial above its mean.
    const double mean = random->density * static_cast<double>(inputs) *
                        static_cast<double>(outputs);
    return random->distribution == Distribution::FormedPair
               ? inputs
               : static_cast<uint64_t>(mean + 4 * std::sqrt(mean));
  }
  case Wiring::Gaussian:
  case Wiring::Exponential:
    return inputs;
  }
  return inputs;
}

Rows limen::network::expandRows(const Projection &projection) {
  Rows rows;
  rows.bias = composeBias(projection);
  const int64_t sources = projection.stages.front().inputs;
  rows.offsets.reserve(sources + 1);
  rows.offsets.push_back(0);

  if (projection.stages.size() == 1) {
    // Draws of both ends are this call's own and go with it.
    Stage stage = projection.stages.front();
    if (auto *random = std::get_if<Random>(&stage.kind))
      random->wires = makeWires(*random, stage.inputs, stage.outputs);
    rows.synapses.reserve(estimate(stage));
    adviseHugePages(rows.synapses.data(),
                    rows.synapses.capacity() * sizeof(Synapse));
    for (int64_t source = 0; source < sources; ++source) {
      appendSynapses(stage, static_cast<uint32_t>(source), rows.synapses);
      rows.offsets.push_back(rows.synapses.size());
    }
    return rows;
  }

  std::vector<Accumulator> scratch;
  uint32_t longest = 0;
  for (const Stage &stage : projection.stages) {
    longest += stage.longestDelay - stage.shortestDelay;
    scratch.emplace_back(stage.outputs, longest + 1);
  }
  std::vector<Part> values;
  std::vector<Synapse> row;
  for (int64_t source = 0; source < sources; ++source) {
    values.assign(1, {static_cast<uint32_t>(source), 0, 1.0});
    for (size_t s = 0; s < projection.stages.size(); ++s) {
      for (const Part &part : values) {
        row.clear();
        appendSynapses(projection.stages[s], part.index, row);
        for (const Synapse &synapse : row)
          scratch[s].add(synapse.target, part.delay + synapse.delay,
                         part.value * synapse.weight);
      }
      scratch[s].drain(values);
    }
    for (const Part &part : values)
      if (static_cast<float>(part.value) != 0.0f)
        rows.synapses.push_back(
            {part.index, static_cast<float>(part.value), part.delay});
    rows.offsets.push_back(rows.synapses.size());
  }
  return rows;
}

std::vector<float> limen::network::totalBias(const Network &network,
                                             unsigned target,
                                             unsigned receptor) {
  std::vector<float> total;
  for (const Projection &projection : network.projections) {
    if (projection.target != target || projection.receptor != receptor)
      continue;
    const std::vector<float> bias = composeBias(projection);
    if (bias.empty())
      continue;
    total.resize(bias.size(), 0.0f);
    for (size_t i = 0; i < bias.size(); ++i)
      total[i] += bias[i];
  }
  return total;
}
