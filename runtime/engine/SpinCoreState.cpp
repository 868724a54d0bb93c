#include "runtime/engine/SpinCoreState.h"

#include "runtime/network/Rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

using namespace limen;
using namespace limen::engine;

uint64_t engine::readInputs(const program::SpinCore &core,
                            std::vector<SpinCoreState> &cores,
                            std::span<const unsigned> rings, uint32_t tick,
                            SpinCoreState &state) {
  uint64_t clipped = 0;
  for (size_t r = 0; r < state.inputs.size(); ++r) {
    const auto type = static_cast<unsigned>(2 * r);
    const unsigned up = core.shifts[type], down = core.shifts[type + 1];
    const network::Array<int32_t> &bias = core.bias[r];
    int32_t *const input = state.inputs[r].data();
    const uint32_t size = core.size();
    if (rings.size() == 1 && bias.size() == 1 && std::max(up, down) < 14 &&
        std::abs(int64_t(bias[0])) < 1 << 29) {
      // Nothing can exceed 32 bits.
      const spinhw::RingBuffers &ring = cores[rings[0]].ring;
      const uint16_t *const more = ring.due(tick, type).data();
      const uint16_t *const less = ring.due(tick, type + 1).data();
      const int32_t constant = bias[0];
      for (uint32_t i = 0; i < size; ++i)
        input[i] =
            (int32_t(more[i]) << up) - (int32_t(less[i]) << down) + constant;
      continue;
    }
    std::vector<uint32_t> &excitatory = state.sums[0];
    std::vector<uint32_t> &inhibitory = state.sums[1];
    excitatory.assign(size, 0);
    inhibitory.assign(size, 0);
    for (unsigned from : rings) {
      const spinhw::RingBuffers &ring = cores[from].ring;
      const auto more = ring.due(tick, type), less = ring.due(tick, type + 1);
      for (uint32_t i = 0; i < size; ++i) {
        excitatory[i] += more[i];
        inhibitory[i] += less[i];
      }
    }
    for (uint32_t i = 0; i < size; ++i) {
      const int64_t sum = (int64_t(excitatory[i]) << up) -
                          (int64_t(inhibitory[i]) << down) + bias.broadcast(i);
      const int64_t kept =
          std::clamp<int64_t>(sum, std::numeric_limits<int32_t>::min(),
                              std::numeric_limits<int32_t>::max());
      clipped += kept != sum;
      input[i] = static_cast<int32_t>(kept);
    }
  }
  for (unsigned from : rings)
    cores[from].ring.clear(tick);
  return clipped;
}

spinhw::RowView engine::plasticRow(SpinCoreState &state,
                                   const target::RowBlock &block,
                                   uint32_t source) {
  // The engine has read every row when it was made.
  return *spinhw::RowView::over(
      std::span(state.rows).subspan(block.rowAt(source), block.rowBytes() / 4),
      state.plastic->stdp().historyWords());
}

Cycles engine::rowCycles(const spinhw::CostProvider &costs,
                         SpinCoreState &state, const program::SpinCore &core,
                         const target::RowBlock &block, uint32_t source,
                         uint32_t times, uint32_t tick) {
  const uint64_t at = block.rowAt(source);
  if (!state.plastic || !target::isPlastic(state.rows, at))
    return costs.rows(times, times * target::rowSynapses(core.rows.values, at));
  const spinhw::RowView row = plasticRow(state, block, source);
  return costs.plasticRows(times, uint64_t(times) * row.plasticCount(),
                           state.plastic->replayed(row, tick)) +
         costs.rows(0, uint64_t(times) * row.fixed().size());
}

std::vector<std::vector<float>>
engine::readPlasticWeights(const SpinShared &shared,
                           std::vector<SpinCoreState> &cores) {
  std::vector<std::vector<float>> read;
  // Of one source on one core, found by (core, source's core, source):
  // plastic synapses block by block, those of its projections one after
  // another.
  struct Found {
    std::vector<float> weights;
    size_t next = 0;
  };
  std::map<std::tuple<unsigned, unsigned, uint32_t>, Found> found;
  const auto coreOf = [&](unsigned node, uint32_t element) {
    unsigned c = shared.firstCore[node];
    while (element >= shared.program->cores[c].end)
      ++c;
    return c;
  };
  const auto collect = [&](unsigned c, unsigned from, uint32_t index) {
    Found out;
    for (const SpinBlock &block : shared.blocks[c]) {
      if (block.source != from ||
          !target::isPlastic(cores[c].rows, block.rows.rowAt(index)))
        continue;
      const spinhw::RowView row = plasticRow(cores[c], block.rows, index);
      for (uint32_t k = 0; k < row.plasticCount(); ++k) {
        const spinhw::PlasticSynapse synapse = row.plastic(k);
        const target::RowFormat &format = shared.program->cores[c].format;
        const unsigned type =
            synapse.control >> format.indexBits & ((1u << format.typeBits) - 1);
        out.weights.push_back(static_cast<float>(std::ldexp(
            double(synapse.weight),
            static_cast<int>(shared.program->cores[c].shifts[type]) - 15)));
      }
    }
    return out;
  };
  for (const network::Projection &projection : shared.network->projections) {
    if (!projection.plasticity)
      continue;
    const network::Rows rows = network::expandRows(projection);
    std::vector<float> &weights = read.emplace_back();
    for (uint32_t source = 0; source < rows.sources(); ++source) {
      const unsigned from = coreOf(projection.source, source);
      for (const network::Synapse &synapse : rows.row(source)) {
        const unsigned c = coreOf(projection.target, synapse.target);
        auto [at, fresh] = found.try_emplace({c, from, source});
        if (fresh)
          at->second =
              collect(c, from, source - shared.program->cores[from].begin);
        weights.push_back(at->second.weights[at->second.next++]);
      }
    }
  }
  return read;
}
