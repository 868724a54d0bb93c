// One step, in this order (design §3): events of the input are delivered; then
// each population in zero-delay order reads its ring slot, steps, and delivers
// its spikes, which later populations see in the same step when their delay is
// 0. Rules run last.

#include "runtime/engine/HostEngine.h"

#include "hw-models/base/Random.h"
#include "runtime/engine/Feed.h"
#include "runtime/engine/PackedRows.h"
#include "runtime/engine/PlasticProjection.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

using namespace limen;
using namespace limen::engine;

namespace {

/// Where the inputs of a population lie in a ring buffer.
struct Slots {
  uint64_t first = 0; ///< of receptor 0; receptors follow one another
};

/// What all sessions share.
template <typename Real> struct Shared {
  std::shared_ptr<const network::Network> network;
  network::Parts parts;
  KernelTable kernels;
  std::vector<PackedRows> rows;                             ///< per node
  std::vector<Slots> slots;                                 ///< per node
  std::vector<jit::StepKernel<Real>> steps;                 ///< per node
  std::vector<std::vector<std::vector<Real>>> coefficients; ///< [node][k][i]
  std::vector<Real> rest; ///< bias of every slot: what a cleared slot holds
  uint64_t slotCount = 0; ///< rounded up to whole partitions
  uint32_t depth = 1;     ///< ring buffers: longest delay + 1
  uint32_t latency = 0;   ///< largest of all populations
  std::vector<jit::DrawKey> draws; ///< per node; step and sample unset
  std::vector<PlasticProjection<Real>> plastic;
};

template <typename Real> class HostSession final : public Session {
public:
  HostSession(const Shared<Real> &shared, const SessionOptions &options)
      : shared(shared), options(options), network(*shared.network) {
    ring.resize(shared.slotCount * shared.depth);
    states.resize(network.nodes.size());
    outputs.resize(network.nodes.size());
    flags.resize(network.nodes.size());
    for (size_t n = 0; n < network.nodes.size(); ++n) {
      const network::Node &node = network.nodes[n];
      if (node.isInput)
        continue;
      states[n].resize(node.model.states.size());
      for (auto &state : states[n])
        state.resize(node.size);
      flags[n].resize(node.size);
      outputs[n].resize(node.model.spiking ? 0 : node.size);
    }
    plasticOf.resize(network.nodes.size());
    firedNow.resize(network.nodes.size());
    watched.assign(network.nodes.size(), false);
    plastic.reserve(shared.plastic.size());
    for (const PlasticProjection<Real> &projection : shared.plastic) {
      plasticOf[projection.source()].push_back(plastic.size());
      watched[projection.source()] = watched[projection.target()] = true;
      plastic.emplace_back(projection);
    }
  }

  Result<SampleResult> run(const input::Sample &sample) override {
    Result<Feed> made = Feed::make(network, shared.parts, sample);
    if (!made)
      return made.takeError();
    const Feed &feed = *made;
    reset(feed);
    // A retimed population does step t at time t + latency.
    for (uint32_t time = 0; time < feed.longest() + shared.latency; ++time) {
      for (const Feed::Open &input : feed.inputs())
        emitInput(input.node, time, Feed::events(input, time));
      emitOwnEvents(feed, time);
      for (unsigned n : network.order) {
        const uint32_t latency = network.nodes[n].latency;
        if (time < latency || time >= latency + feed.steps(n))
          continue;
        recordAll(n, /*before=*/true);
        stepPopulation(n, feed.identity(n), time);
        recordAll(n, /*before=*/false);
      }
      learn(feed, time);
    }
    if (options.recordWeights)
      for (const PlasticState<Real> &state : plastic)
        result.weights.emplace_back(state.weights().begin(),
                                    state.weights().end());
    std::vector<std::vector<float>> values(network.nodes.size());
    for (size_t n = 0; n < network.nodes.size(); ++n)
      values[n].assign(sums[n].begin(), sums[n].end());
    finishOutputs(network, values, result);
    return std::move(result);
  }

private:
  void reset(const Feed &feed) {
    result = SampleResult();
    result.steps = feed.longest();
    result.nodeSteps = feed.nodeSteps();
    result.spikes.assign(network.nodes.size(), 0);
    result.counts.resize(network.nodes.size());
    result.traces.resize(options.traces.size());
    if (options.recordRasters)
      result.rasters.resize(network.nodes.size());
    for (PlasticState<Real> &state : plastic)
      state.reset();
    for (std::vector<uint32_t> &elements : firedNow)
      elements.clear();
    sums.assign(network.nodes.size(), {});
    own.restart();
    for (size_t n = 0; n < network.nodes.size(); ++n) {
      const network::Node &node = network.nodes[n];
      result.counts[n].assign(node.size, 0);
      if (node.isInput)
        continue;
      sums[n].assign(node.model.spiking ? 0 : node.size, 0.0);
      for (size_t k = 0; k < states[n].size(); ++k)
        for (int64_t i = 0; i < node.size; ++i)
          states[n][k][i] =
              static_cast<Real>(node.model.states[k].initial.broadcast(i));
    }
    for (uint32_t d = 0; d < shared.depth; ++d)
      std::copy(shared.rest.begin(), shared.rest.end(),
                ring.begin() + d * shared.slotCount);
  }

  auto due(uint32_t step) {
    return [this, step](uint32_t delay) {
      return ring.data() + (step + delay) % shared.depth * shared.slotCount;
    };
  }

  /// The rules' step, after all populations'.
  void learn(const Feed &feed, uint32_t time) {
    if (plastic.empty())
      return;
    for (size_t n = 0; n < network.nodes.size(); ++n)
      if (network.nodes[n].isInput && watched[n]) {
        std::sort(firedNow[n].begin(), firedNow[n].end());
        firedNow[n].erase(std::unique(firedNow[n].begin(), firedNow[n].end()),
                          firedNow[n].end());
      }
    for (PlasticState<Real> &state : plastic)
      if (time < feed.steps(state.projection().target()) + shared.latency)
        state.step(time, firedNow[state.projection().source()],
                   firedNow[state.projection().target()]);
    for (std::vector<uint32_t> &elements : firedNow)
      elements.clear();
  }

  /// What a spike does to synapses that a rule changes.
  void emitPlastic(unsigned node, uint32_t index, Real value, uint32_t time) {
    if (watched[node])
      firedNow[node].push_back(index);
    for (size_t p : plasticOf[node]) {
      plastic[p].deliver(index, value, due(time));
      result.synapticEvents += plastic[p].projection().fanOut(index);
    }
  }

  void emitInput(unsigned node, uint32_t step,
                 std::span<const input::Event> events) {
    const PackedRows &rows = shared.rows[node];
    for (size_t k = 0; k < events.size(); ++k) {
      const input::Event &event = events[k];
      if (!rows.empty()) {
        if (k + 1 < events.size())
          rows.prefetch(events[k + 1].index);
        rows.deliver(event.index, static_cast<Real>(event.value), due(step));
        result.synapticEvents += rows.fanOut(event.index);
      }
      emitPlastic(node, event.index, static_cast<Real>(event.value), step);
      const auto count = static_cast<uint32_t>(std::max(
          1.0f, event.value)); // a fraction of a spike is still an event
      result.spikes[node] += count;
      result.counts[node][event.index] += count;
      if (options.recordRasters)
        result.rasters[node].push_back(static_cast<uint64_t>(step) << 32 |
                                       event.index);
    }
  }

  /// Spikes of inputs that bring their own.
  void emitOwnEvents(const Feed &feed, uint32_t step) {
    for (unsigned n = 0; n < network.nodes.size(); ++n)
      if (step < feed.steps(n))
        emitInput(n, step, own.at(n, step));
  }

  void stepPopulation(unsigned n, uint32_t sampleIdentity, uint32_t time) {
    const network::Node &node = network.nodes[n];
    Real *slot = due(time)(0) + shared.slots[n].first;
    std::vector<const Real *> coefficients;
    for (const auto &values : shared.coefficients[n])
      coefficients.push_back(values.data());
    std::vector<Real *> stateArrays;
    for (auto &state : states[n])
      stateArrays.push_back(state.data());
    std::vector<const Real *> inputs;
    for (size_t r = 0; r < node.model.receptors.size(); ++r)
      inputs.push_back(slot + r * node.size);
    void *out = node.model.spiking ? static_cast<void *>(flags[n].data())
                                   : static_cast<void *>(outputs[n].data());
    jit::DrawKey draws = shared.draws[n];
    draws.step = time - node.latency;
    draws.sample = sampleIdentity;
    shared.steps[n](0, node.size, coefficients.data(), stateArrays.data(),
                    inputs.data(), out, &draws);
    const uint64_t width = node.size * node.model.receptors.size();
    std::copy_n(shared.rest.data() + shared.slots[n].first, width, slot);
    if (node.model.spiking)
      emitSpikes(n, time);
    else
      emitValues(n, time);
  }

  void emitSpikes(unsigned n, uint32_t time) {
    // Eight flags at a time: most words are all zero.
    fired.clear();
    const uint8_t *flag = flags[n].data();
    const auto size = static_cast<uint32_t>(network.nodes[n].size);
    uint32_t i = 0;
    for (; i + 8 <= size; i += 8) {
      uint64_t word = 0;
      std::memcpy(&word, flag + i, 8);
      while (word != 0) {
        fired.push_back(i + std::countr_zero(word) / 8);
        word &= word - 1;
      }
    }
    for (; i < size; ++i)
      if (flag[i])
        fired.push_back(i);

    const PackedRows &rows = shared.rows[n];
    const uint32_t step = time - network.nodes[n].latency;
    for (size_t k = 0; k < fired.size(); ++k) {
      if (!rows.empty()) {
        if (k + 1 < fired.size())
          rows.prefetch(fired[k + 1]);
        rows.deliver(fired[k], Real(1), due(time));
        result.synapticEvents += rows.fanOut(fired[k]);
      }
      emitPlastic(n, fired[k], Real(1), time);
      ++result.counts[n][fired[k]];
      if (options.recordRasters)
        result.rasters[n].push_back(static_cast<uint64_t>(step) << 32 |
                                    fired[k]);
    }
    result.spikes[n] += fired.size();
  }

  void emitValues(unsigned n, uint32_t time) {
    const PackedRows &rows = shared.rows[n];
    for (size_t i = 0; i < outputs[n].size(); ++i) {
      const Real value = outputs[n][i];
      sums[n][i] += value;
      if (value == 0 || rows.empty())
        continue;
      rows.deliver(static_cast<uint32_t>(i), value, due(time));
      result.synapticEvents += rows.fanOut(static_cast<uint32_t>(i));
    }
  }

  void recordAll(unsigned n, bool before) {
    for (size_t k = 0; k < options.traces.size(); ++k)
      if (options.traces[k].node == n && options.traces[k].before == before)
        record(options.traces[k], result.traces[k]);
  }

  void record(const TraceRequest &request, std::vector<float> &trace) {
    if (request.state < 0)
      for (uint8_t flag : flags[request.node])
        trace.push_back(flag);
    else
      for (Real value : states[request.node][request.state])
        trace.push_back(static_cast<float>(value));
  }

  const Shared<Real> &shared;
  SessionOptions options;
  const network::Network &network;
  SampleResult result;
  std::vector<Real> ring;                             ///< [depth][slots]
  std::vector<std::vector<std::vector<Real>>> states; ///< [node][k][i]
  std::vector<std::vector<Real>> outputs;  ///< values of non-spiking nodes
  std::vector<std::vector<double>> sums;   ///< their sums over the sample
  std::vector<std::vector<uint8_t>> flags; ///< spikes of this step
  std::vector<uint32_t> fired;
  OwnEvents own{network};
  std::vector<PlasticState<Real>> plastic;
  std::vector<std::vector<size_t>> plasticOf;  ///< per source, into `plastic`
  std::vector<bool> watched;                   ///< nodes that rules see
  std::vector<std::vector<uint32_t>> firedNow; ///< of these, in this step
};

template <typename Real> class HostEngine final : public Engine {
public:
  explicit HostEngine(Shared<Real> shared) : shared(std::move(shared)) {}

  const network::Network &network() const override { return *shared.network; }

  std::unique_ptr<Session> open(const SessionOptions &options) const override {
    return std::make_unique<HostSession<Real>>(shared, options);
  }

  std::vector<Resource> resources() const override {
    uint64_t bytes = 0;
    for (const PackedRows &rows : shared.rows)
      bytes += rows.bytes();
    std::vector<Resource> out = {{"synaptic rows", bytes, 0, "byte"}};
    uint64_t plastic = 0;
    for (const PlasticProjection<Real> &projection : shared.plastic)
      plastic += projection.initialWeights().size();
    if (plastic > 0)
      out.push_back({"plastic synapses", plastic, 0, ""});
    return out;
  }

  unsigned latency(unsigned node) const override {
    return shared.network->nodes[node].latency;
  }

  std::vector<std::string> assumptions() const override {
    return {fmt::format("host arithmetic: {}",
                        sizeof(Real) == 4 ? "float32" : "float64")};
  }

private:
  Shared<Real> shared;
};

template <typename Real>
Result<std::unique_ptr<Engine>>
make(std::shared_ptr<const network::Network> network, KernelTable kernels,
     uint64_t seed) {
  Shared<Real> shared;
  shared.parts = network::partsOf(*network);
  const size_t count = network->nodes.size();
  shared.rows.resize(count);
  shared.slots.resize(count);
  shared.steps.resize(count);
  shared.coefficients.resize(count);
  for (size_t n = 0; n < count; ++n) {
    const network::Node &node = network->nodes[n];
    shared.draws.push_back(
        {{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
         RandomStream(seed, Purpose::NeuronDraw, identityOf(node.name))
             .word()});
    if (node.isInput)
      continue;
    shared.latency = std::max(shared.latency, node.latency);
    shared.slots[n].first = shared.slotCount;
    shared.slotCount += node.size * node.model.receptors.size();
    shared.steps[n] = kernels.step<Real>(node.kernel);
    if (!shared.steps[n])
      return Error(fmt::format("population '{}' has no compiled step '{}'",
                               node.name, node.kernel))
          .note("the program was not lowered for the host");
    for (const network::Coefficient &coefficient : node.model.coefficients)
      shared.coefficients[n].emplace_back(coefficient.values.values.begin(),
                                          coefficient.values.values.end());
  }
  constexpr uint64_t partition = uint64_t(1) << PackedRows::partitionBits;
  if (shared.slotCount > partition << 16)
    return Error(fmt::format("network '{}' has {} receptor slots; rows address "
                             "at most {}",
                             network->name, shared.slotCount, partition << 16));

  shared.rest.assign(shared.slotCount, Real(0));
  const std::vector<network::Projection> &projections = network->projections;
  const auto firstSlot = [&](const network::Projection &projection) {
    return shared.slots[projection.target].first +
           projection.receptor * network->nodes[projection.target].size;
  };
  for (const network::Projection &projection : projections) {
    const uint32_t longest = projection.delay + projection.spread();
    if (longest >= PackedRows::maxDelay)
      return Error(fmt::format("projection '{}' has delays of {} steps; rows "
                               "hold fewer than {}",
                               projection.name, longest, PackedRows::maxDelay));
    shared.depth = std::max(shared.depth, longest + 1);
  }
  // Rows of one node at a time, and of those the ones that are being packed.
  for (size_t n = 0; n < count; ++n) {
    std::vector<std::unique_ptr<network::RowExpander>> expanders;
    std::vector<RowsInput> inputsOfNode;
    for (const network::Projection &projection : projections) {
      if (projection.source != n || projection.plasticity)
        continue;
      expanders.push_back(std::make_unique<network::RowExpander>(projection));
      inputsOfNode.push_back({nullptr, firstSlot(projection), projection.delay,
                              expanders.back().get()});
    }
    shared.rows[n] =
        PackedRows(static_cast<uint32_t>(network->nodes[n].size), inputsOfNode);
  }
  for (const network::Projection &projection : projections) {
    const std::vector<float> bias = network::biasOf(projection);
    for (size_t i = 0; i < bias.size(); ++i)
      shared.rest[firstSlot(projection) + i] += static_cast<Real>(bias[i]);
  }
  for (unsigned p = 0; p < projections.size(); ++p)
    if (projections[p].plasticity) {
      auto plastic = PlasticProjection<Real>::make(*network, p, kernels,
                                                   firstSlot(projections[p]));
      if (!plastic)
        return plastic.takeError();
      shared.plastic.push_back(std::move(*plastic));
    }
  shared.network = std::move(network);
  shared.kernels = std::move(kernels);
  return std::unique_ptr<Engine>(
      std::make_unique<HostEngine<Real>>(std::move(shared)));
}

} // namespace

Result<std::unique_ptr<Engine>>
engine::makeHostEngine(std::shared_ptr<const network::Network> network,
                       KernelTable kernels, Precision precision,
                       uint64_t seed) {
  return precision == Precision::Float64
             ? make<double>(std::move(network), std::move(kernels), seed)
             : make<float>(std::move(network), std::move(kernels), seed);
}
