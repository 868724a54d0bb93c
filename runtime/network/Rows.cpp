#include "runtime/network/Rows.h"

#include <algorithm>

using namespace limen::network;

namespace {

/// A sparse vector over a dense scratch array: values by index, and which
/// indices are in use.
class Accumulator {
public:
  explicit Accumulator(int64_t size) : value(size, 0.0), used(size, 0) {}

  void add(uint32_t index, double amount) {
    if (!used[index]) {
      used[index] = 1;
      touched.push_back(index);
    }
    value[index] += amount;
  }

  /// Moves the content to `out` in ascending order and clears the scratch.
  void drain(std::vector<std::pair<uint32_t, double>> &out) {
    std::sort(touched.begin(), touched.end());
    out.clear();
    for (uint32_t index : touched) {
      out.emplace_back(index, value[index]);
      value[index] = 0;
      used[index] = 0;
    }
    touched.clear();
  }

private:
  std::vector<double> value;
  std::vector<char> used;
  std::vector<uint32_t> touched;
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

Rows limen::network::expandRows(const Projection &projection) {
  Rows rows;
  rows.bias = composeBias(projection);
  const int64_t sources = projection.stages.front().inputs;
  rows.offsets.reserve(sources + 1);
  rows.offsets.push_back(0);

  if (projection.stages.size() == 1) {
    for (int64_t source = 0; source < sources; ++source) {
      appendSynapses(projection.stages.front(), static_cast<uint32_t>(source),
                     rows.synapses);
      rows.offsets.push_back(rows.synapses.size());
    }
    return rows;
  }

  std::vector<Accumulator> scratch;
  for (const Stage &stage : projection.stages)
    scratch.emplace_back(stage.outputs);
  std::vector<std::pair<uint32_t, double>> values;
  std::vector<Synapse> row;
  for (int64_t source = 0; source < sources; ++source) {
    values.assign(1, {static_cast<uint32_t>(source), 1.0});
    for (size_t s = 0; s < projection.stages.size(); ++s) {
      for (auto [index, value] : values) {
        row.clear();
        appendSynapses(projection.stages[s], index, row);
        for (const Synapse &synapse : row)
          scratch[s].add(synapse.target, value * synapse.weight);
      }
      scratch[s].drain(values);
    }
    for (auto [index, value] : values)
      if (static_cast<float>(value) != 0.0f)
        rows.synapses.push_back({index, static_cast<float>(value)});
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
