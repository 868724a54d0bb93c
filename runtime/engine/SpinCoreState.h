// What changes on the cores of a SpiNNaker-style machine while a sample runs.
#pragma once

#include "hw-models/spin/plasticity/PlasticRows.h"
#include "runtime/engine/SpinDelivery.h"
#include "runtime/engine/SpinSession.h"

#include <bit>
#include <optional>

namespace limen::engine {

/// What a thread counts; sums do not depend on who counted what.
struct SpinTally {
  std::vector<uint64_t> actions, spikes; ///< per action, per node
  uint64_t synapticEvents = 0;
  std::vector<std::vector<DeliveryPlan::Work>> work; ///< scratch
};

/// What changes on one core while a sample runs.
struct SpinCoreState {
  SpinCoreState(const program::SpinCore &core,
                const program::SpinKernel *kernel,
                const std::optional<spinhw::Stdp> &rule, Cycles budget)
      : ring(core.fedBy.empty() ? core.format : target::RowFormat()),
        load(budget),
        held(core.isDelay() ? std::bit_ceil(core.stages * core.step) : 0) {
    if (rule)
      plastic.emplace(*rule, core.format, core.shifts, core.size());
    if (!kernel)
      return;
    states.assign(kernel->states, std::vector<int32_t>(core.size()));
    inputs.assign(kernel->receptors, std::vector<int32_t>(core.size()));
    flags.resize(kernel->spiking ? core.size() : 0);
    values.resize(kernel->spiking ? 0 : core.size());
    for (const auto &array : core.coefficients)
      coefficientPointers.push_back(array.values.data());
    for (auto &state : states)
      statePointers.push_back(state.data());
    for (auto &input : inputs)
      inputPointers.push_back(input.data());
  }

  spinhw::RingBuffers ring;
  spinhw::CoreLoad load;
  std::optional<spinhw::PlasticCore> plastic;
  std::vector<uint32_t> rows; ///< with a rule: what SDRAM holds now
  std::vector<std::vector<int32_t>> states, inputs;
  std::vector<uint32_t> sums[2]; ///< scratch, of two ring buffer types
  std::vector<uint8_t> flags;
  std::vector<int32_t> values;
  std::vector<SpinFired> fired;
  std::vector<uint64_t> raster; ///< spikes of this tick, when asked for
  /// Of a delay-extension core: neurons and their counts, by tick.
  std::vector<std::vector<SpinFired>> held;
  std::vector<const int32_t *> coefficientPointers, inputPointers;
  std::vector<int32_t *> statePointers;
};

/// The ring buffers `rings` (of cores) of a tick as inputs of `core`, whose
/// state is `state`: sums of 32 bits, shifted, with the bias, clipped to 32
/// bits. Empties them. Returns how many inputs were clipped.
uint64_t readInputs(const program::SpinCore &core,
                    std::vector<SpinCoreState> &cores,
                    std::span<const unsigned> rings, uint32_t tick,
                    SpinCoreState &state);

/// A row of `source` with a rule, as SDRAM holds it now.
spinhw::RowView plasticRow(SpinCoreState &state, const target::RowBlock &block,
                           uint32_t source);

/// Cycles that `times` spikes of a source ask for whose row is as SDRAM holds
/// it now: reception, fetching, processing. What its synapses have seen since
/// is replayed by the first of them.
Cycles rowCycles(const spinhw::CostProvider &costs, SpinCoreState &state,
                 const program::SpinCore &core, const target::RowBlock &block,
                 uint32_t source, uint32_t times, uint32_t tick);

/// Weights of all projections with a rule, read back from SDRAM: one list per
/// projection, its synapses in the order of their rows.
std::vector<std::vector<float>>
readPlasticWeights(const SpinShared &shared, std::vector<SpinCoreState> &cores);

} // namespace limen::engine
