#include "runtime/engine/PlasticProjection.h"

#include "hw-models/base/Quantity.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::engine;

template <typename T>
Result<PlasticProjection<T>>
PlasticProjection<T>::make(const network::Network &network, unsigned projection,
                           const KernelTable &kernels, uint64_t firstSlot) {
  const network::Projection &given = network.projections[projection];
  const network::Plasticity &rule = *given.plasticity;
  PlasticProjection out;
  out.index = projection;
  out.sourceNode = given.source;
  out.targetNode = given.target;
  out.firstSlot = firstSlot;
  const network::Node &source = network.nodes[given.source];
  const network::Node &target = network.nodes[given.target];
  if (source.latency != target.latency)
    return Error(fmt::format("projection '{}' has a rule, and its ends were "
                             "retimed by {} and {} steps: the rule would see "
                             "other times",
                             given.name, source.latency, target.latency));
  const auto kernel = [&](const std::string &name, bool wanted,
                          Kernel &to) -> Result<void> {
    if (!wanted)
      return {};
    to = kernels.step<T>(name);
    if (!to)
      return Error(fmt::format("rule '{}' of projection '{}' has no compiled "
                               "event '{}'",
                               rule.rule, given.name, name))
          .note("the program was not lowered for the host");
    return {};
  };
  for (auto done : {kernel(rule.onPre, true, out.onPre),
                    kernel(rule.onPost, true, out.onPost),
                    kernel(rule.preTrace, rule.preTraces > 0, out.preTrace),
                    kernel(rule.postTrace, rule.postTraces > 0, out.postTrace)})
    if (!done)
      return done.takeError();
  out.preTraces = rule.preTraces;
  out.postTraces = rule.postTraces;
  out.decays.assign(rule.decays.begin(), rule.decays.end());
  out.coefficients.assign(rule.coefficients.begin(), rule.coefficients.end());
  out.coefficients.push_back(static_cast<T>(rule.lowest));
  out.coefficients.push_back(static_cast<T>(rule.highest));
  out.sourceSize = source.size;
  out.targetSize = target.size;

  network::Rows rows = network::expandRows(given);
  out.offsets = std::move(rows.offsets);
  std::vector<uint64_t> counts(target.size + 1, 0);
  for (uint32_t s = 0; s + 1 < out.offsets.size(); ++s)
    for (uint64_t k = out.offsets[s]; k < out.offsets[s + 1]; ++k) {
      const network::Synapse &synapse = rows.synapses[k];
      const uint32_t delay = given.delay + synapse.delay;
      const T weight = static_cast<T>(synapse.weight);
      if (weight < static_cast<T>(rule.lowest) ||
          weight > static_cast<T>(rule.highest))
        return Error(fmt::format(
            "projection '{}': the weight from {} to {} is {}; its rule '{}' "
            "keeps weights from {} to {}",
            given.name, s, synapse.target, formatNumber(synapse.weight),
            rule.rule, formatNumber(rule.lowest), formatNumber(rule.highest)));
      out.targets.push_back(synapse.target);
      out.delays.push_back(delay);
      out.sourceOf.push_back(s);
      out.initial.push_back(weight);
      out.depth = std::max(out.depth, delay + 1);
      ++counts[synapse.target + 1];
      out.distinctDelays.push_back(delay);
    }
  std::sort(out.distinctDelays.begin(), out.distinctDelays.end());
  out.distinctDelays.erase(
      std::unique(out.distinctDelays.begin(), out.distinctDelays.end()),
      out.distinctDelays.end());
  for (size_t i = 1; i < counts.size(); ++i)
    counts[i] += counts[i - 1];
  out.incomingOffsets = counts;
  out.incoming.resize(out.targets.size());
  for (uint64_t k = 0; k < out.targets.size(); ++k)
    out.incoming[counts[out.targets[k]]++] = k;
  for (int64_t t = 0; t < target.size; ++t)
    std::stable_sort(
        out.incoming.begin() + static_cast<int64_t>(out.incomingOffsets[t]),
        out.incoming.begin() + static_cast<int64_t>(out.incomingOffsets[t + 1]),
        [&](uint64_t a, uint64_t b) { return out.delays[a] < out.delays[b]; });
  return out;
}

template <typename T>
PlasticState<T>::PlasticState(const PlasticProjection<T> &shared)
    : shared(shared) {
  columns.resize(shared.preTraces + shared.postTraces);
  reset();
}

template <typename T> void PlasticState<T>::reset() {
  w = shared.initial;
  pre.assign(shared.preTraces, std::vector<T>(shared.sourceSize, T(0)));
  post.assign(shared.postTraces, std::vector<T>(shared.targetSize, T(0)));
  seen.assign(shared.depth, post);
  firedTargets.assign(shared.depth, {});
}

template <typename T>
void PlasticState<T>::gather(uint64_t synapse, uint32_t time) {
  batch.push_back(synapse);
  weightColumn.push_back(w[synapse]);
  for (unsigned k = 0; k < shared.preTraces; ++k)
    columns[k].push_back(pre[k][shared.sourceOf[synapse]]);
  const auto &then = seen[past(time, shared.delays[synapse])];
  for (unsigned k = 0; k < shared.postTraces; ++k)
    columns[shared.preTraces + k].push_back(then[k][shared.targets[synapse]]);
}

template <typename T>
void PlasticState<T>::run(typename PlasticProjection<T>::Kernel kernel,
                          std::span<const uint64_t> synapses) {
  std::vector<const T *> coefficients, inputs;
  for (const T &value : shared.coefficients)
    coefficients.push_back(&value);
  for (const auto &column : columns)
    inputs.push_back(column.data());
  T *states[] = {weightColumn.data()};
  scratch.resize(synapses.size());
  kernel(0, static_cast<int64_t>(synapses.size()), coefficients.data(), states,
         inputs.data(), scratch.data(), nullptr);
  for (size_t i = 0; i < synapses.size(); ++i)
    w[synapses[i]] = weightColumn[i];
  batch.clear();
  weightColumn.clear();
  for (auto &column : columns)
    column.clear();
}

template <typename T>
void PlasticState<T>::updateTraces(typename PlasticProjection<T>::Kernel kernel,
                                   std::vector<std::vector<T>> &traces,
                                   std::span<const uint32_t> fired) {
  if (traces.empty() || fired.empty())
    return;
  std::vector<const T *> coefficients;
  for (const T &value : shared.coefficients)
    coefficients.push_back(&value);
  std::vector<std::vector<T>> gathered(traces.size());
  std::vector<T *> states;
  for (size_t k = 0; k < traces.size(); ++k) {
    for (uint32_t i : fired)
      gathered[k].push_back(traces[k][i]);
    states.push_back(gathered[k].data());
  }
  scratch.resize(fired.size());
  kernel(0, static_cast<int64_t>(fired.size()), coefficients.data(),
         states.data(), nullptr, scratch.data(), nullptr);
  for (size_t k = 0; k < traces.size(); ++k)
    for (size_t i = 0; i < fired.size(); ++i)
      traces[k][fired[i]] = gathered[k][i];
}

template <typename T>
void PlasticState<T>::step(uint32_t time, std::span<const uint32_t> sources,
                           std::span<const uint32_t> targets) {
  for (unsigned k = 0; k < shared.preTraces; ++k)
    for (T &x : pre[k])
      x *= shared.decays[k];
  for (unsigned k = 0; k < shared.postTraces; ++k)
    for (T &y : post[k])
      y *= shared.decays[shared.preTraces + k];
  const size_t now = past(time, 0);
  for (unsigned k = 0; k < shared.postTraces; ++k)
    seen[now][k] = post[k];
  firedTargets[now].assign(targets.begin(), targets.end());

  for (uint32_t delay : shared.distinctDelays)
    for (uint32_t target : firedTargets[past(time, delay)])
      for (uint64_t i = shared.incomingOffsets[target];
           i < shared.incomingOffsets[target + 1]; ++i)
        if (shared.delays[shared.incoming[i]] == delay)
          gather(shared.incoming[i], time);
  if (!batch.empty())
    run(shared.onPost, batch);
  for (uint32_t source : sources)
    for (uint64_t k = shared.offsets[source]; k < shared.offsets[source + 1];
         ++k)
      gather(k, time);
  if (!batch.empty())
    run(shared.onPre, batch);
  updateTraces(shared.preTrace, pre, sources);
  updateTraces(shared.postTrace, post, targets);
}

template class limen::engine::PlasticProjection<float>;
template class limen::engine::PlasticProjection<double>;
template class limen::engine::PlasticState<float>;
template class limen::engine::PlasticState<double>;
