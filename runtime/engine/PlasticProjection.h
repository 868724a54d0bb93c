// A projection whose weights a rule changes while a sample runs.
//
// Its synapses lie in source-major rows; a second list leads from each target
// to its synapses. What the rule does is compiled (network::Plasticity::onPre,
// ...); here is when it does it (snn.rule).
#pragma once

#include "runtime/engine/KernelTable.h"
#include "runtime/network/Rows.h"

#include <span>
#include <vector>

namespace limen::engine {

/// What sessions share. T is float or double.
template <typename T> class PlasticProjection {
public:
  /// `firstSlot` is where its targets start in the slot space. Errors: events
  /// that are not compiled, weights outside of the rule's bounds, ends of
  /// different latency.
  static Result<PlasticProjection> make(const network::Network &network,
                                        unsigned projection,
                                        const KernelTable &kernels,
                                        uint64_t firstSlot);

  unsigned projection() const { return index; }
  unsigned source() const { return sourceNode; }
  unsigned target() const { return targetNode; }
  const std::vector<T> &initialWeights() const { return initial; }
  uint64_t fanOut(uint32_t source) const {
    return offsets[source + 1] - offsets[source];
  }

private:
  template <typename U> friend class PlasticState;
  using Kernel = jit::StepKernel<T>;

  unsigned index = 0, sourceNode = 0, targetNode = 0;
  uint64_t firstSlot = 0;
  uint32_t depth = 1; ///< longest delay + 1
  std::vector<uint64_t> offsets;
  std::vector<uint32_t> targets, delays; ///< by synapse, delays in full
  std::vector<uint32_t> sourceOf;        ///< by synapse
  std::vector<uint64_t> incomingOffsets; ///< by target, into `incoming`
  std::vector<uint64_t> incoming;        ///< synapses, by delay for each target
  std::vector<uint32_t> distinctDelays;
  std::vector<T> initial;
  unsigned preTraces = 0, postTraces = 0;
  std::vector<T> decays;
  std::vector<T> coefficients; ///< the rule's, then both bounds
  Kernel onPre = nullptr, onPost = nullptr, preTrace = nullptr,
         postTrace = nullptr;
  int64_t targetSize = 0, sourceSize = 0;
};

/// What changes while a sample runs.
template <typename T> class PlasticState {
public:
  explicit PlasticState(const PlasticProjection<T> &shared);

  const PlasticProjection<T> &projection() const { return shared; }
  /// Starts anew.
  void reset();
  std::span<const T> weights() const { return w; }

  /// Adds `value` times the row of `source`: `slot(delay)` gives the first slot
  /// of the buffer that is due in `delay` steps.
  template <typename Slot>
  void deliver(uint32_t source, T value, Slot slot) const {
    for (uint64_t k = shared.offsets[source]; k < shared.offsets[source + 1];
         ++k)
      slot(shared.delays[k])[shared.firstSlot + shared.targets[k]] +=
          value * w[k];
  }

  /// The rule's step at `time`, when these elements of both ends fired, each
  /// named once.
  void step(uint32_t time, std::span<const uint32_t> sources,
            std::span<const uint32_t> targets);

private:
  /// Runs a compiled event on the gathered synapses.
  void run(typename PlasticProjection<T>::Kernel kernel,
           std::span<const uint64_t> synapses);
  void gather(uint64_t synapse, uint32_t time);
  void updateTraces(typename PlasticProjection<T>::Kernel kernel,
                    std::vector<std::vector<T>> &traces,
                    std::span<const uint32_t> fired);
  size_t past(uint32_t time, uint32_t delay) const {
    return (time + shared.depth - delay) % shared.depth;
  }

  const PlasticProjection<T> &shared;
  std::vector<T> w;
  std::vector<std::vector<T>> pre, post; ///< [trace][element]
  /// Of the last steps: traces of targets before their spikes, and the spikes.
  std::vector<std::vector<std::vector<T>>> seen; ///< [step][trace][element]
  std::vector<std::vector<uint32_t>> firedTargets;
  std::vector<uint64_t> batch;
  std::vector<std::vector<T>> columns; ///< gathered traces
  std::vector<T> weightColumn, scratch;
};

} // namespace limen::engine
