#include "runtime/network/Rows.h"

#include "hw-models/base/HugePages.h"
#include "hw-models/base/Parallel.h"
#include "runtime/network/RandomStage.h"
#include "runtime/network/Wires.h"

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
std::vector<float> limen::network::biasOf(const Projection &projection) {
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

static uint64_t estimateOf(const Stage &stage) {
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

RowExpander::RowExpander(const Projection &projection, unsigned threads)
    : stages(projection.stages) {
  // Draws of both ends are this object's own and go with it.
  for (Stage &stage : stages)
    if (auto *random = std::get_if<Random>(&stage.kind)) {
      random->wires = makeWires(*random, stage.inputs, stage.outputs);
      if (random->wires)
        random->wires->draw(threads);
    }
}

uint64_t RowExpander::estimate() const { return estimateOf(stages.front()); }

std::optional<Array<float>> RowExpander::weights() const {
  if (stages.size() > 1)
    return std::nullopt;
  const StageKind &kind = stages.front().kind;
  if (const auto *dense = std::get_if<Dense>(&kind))
    return dense->weights;
  if (const auto *sparse = std::get_if<Sparse>(&kind))
    return sparse->weights;
  if (const auto *conv = std::get_if<Conv2d>(&kind))
    return conv->weights;
  if (const auto *oneToOne = std::get_if<OneToOne>(&kind))
    return oneToOne->weights;
  const auto *random = std::get_if<Random>(&kind);
  if (!random || random->distribution != Distribution::Constant)
    return std::nullopt;
  return Array<float>::own({static_cast<float>(
      std::clamp(random->a * random->gain, random->low, random->high))});
}

void RowExpander::expand(uint32_t first, uint32_t last, bool ascending,
                         Rows &out) const {
  out.synapses.clear();
  out.offsets.assign(1, 0);
  if (stages.size() == 1) {
    const Stage &stage = stages.front();
    if (const auto *random = std::get_if<Random>(&stage.kind))
      return appendRandomRows(*random, stage, first, last, ascending, out);
    for (uint32_t source = first; source < last; ++source) {
      appendSynapses(stage, source, out.synapses);
      out.offsets.push_back(out.synapses.size());
    }
    return;
  }

  std::vector<Accumulator> scratch;
  uint32_t longest = 0;
  for (const Stage &stage : stages) {
    longest += stage.longestDelay - stage.shortestDelay;
    scratch.emplace_back(stage.outputs, longest + 1);
  }
  std::vector<Part> values;
  std::vector<Synapse> row;
  for (uint32_t source = first; source < last; ++source) {
    values.assign(1, {source, 0, 1.0});
    for (size_t s = 0; s < stages.size(); ++s) {
      for (const Part &part : values) {
        row.clear();
        appendSynapses(stages[s], part.index, row);
        for (const Synapse &synapse : row)
          scratch[s].add(synapse.target, part.delay + synapse.delay,
                         part.value * synapse.weight);
      }
      scratch[s].drain(values);
    }
    for (const Part &part : values)
      if (static_cast<float>(part.value) != 0.0f)
        out.synapses.push_back(
            {part.index, static_cast<float>(part.value), part.delay});
    out.offsets.push_back(out.synapses.size());
  }
}

void RowExpander::release(uint32_t first, uint32_t last) const {
  if (stages.size() > 1)
    return;
  const auto *random = std::get_if<Random>(&stages.front().kind);
  if (random && random->wires)
    random->wires->release(first, last);
}

uint32_t limen::network::sourcesAtATime(uint32_t sources, uint64_t synapses,
                                        unsigned threads) {
  // Many pieces for each thread even out what they cost and keep them small.
  constexpr uint64_t most = 1 << 20, least = 1 << 14;
  const uint64_t wanted = std::clamp(
      synapses / (32 * uint64_t(std::max(1u, threads))), least, most);
  const uint64_t each = std::max<uint64_t>(1, synapses / std::max(1u, sources));
  return static_cast<uint32_t>(
      std::clamp<uint64_t>(wanted / each, 1, std::max(1u, sources)));
}

Rows limen::network::expandRows(const Projection &projection,
                                unsigned threads) {
  if (threads == 0)
    threads = processorCount();
  Rows rows;
  rows.bias = biasOf(projection);
  const RowExpander expander(projection, threads);
  const uint32_t sources = expander.sources();
  rows.offsets.reserve(sources + uint64_t(1));
  rows.offsets.push_back(0);
  rows.synapses.reserve(expander.estimate());
  adviseHugePages(rows.synapses.data(),
                  rows.synapses.capacity() * sizeof(Synapse));
  // As many pieces at a time as there are threads are held twice.
  const uint64_t step = sourcesAtATime(sources, expander.estimate(), threads);
  std::vector<Rows> pieces(threads);
  for (uint64_t begin = 0; begin < sources; begin += step * threads) {
    const auto firstOf = [&](uint64_t piece) {
      return static_cast<uint32_t>(
          std::min<uint64_t>(sources, begin + piece * step));
    };
    parallelFor(threads, threads, [&](uint64_t piece, unsigned) {
      expander.expand(firstOf(piece), firstOf(piece + 1), true, pieces[piece]);
      expander.release(firstOf(piece), firstOf(piece + 1));
    });
    for (const Rows &piece : pieces) {
      const uint64_t before = rows.synapses.size();
      rows.synapses.insert(rows.synapses.end(), piece.synapses.begin(),
                           piece.synapses.end());
      for (size_t row = 1; row < piece.offsets.size(); ++row)
        rows.offsets.push_back(before + piece.offsets[row]);
    }
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
    const std::vector<float> bias = biasOf(projection);
    if (bias.empty())
      continue;
    total.resize(bias.size(), 0.0f);
    for (size_t i = 0; i < bias.size(); ++i)
      total[i] += bias[i];
  }
  return total;
}
