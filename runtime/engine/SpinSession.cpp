#include "runtime/engine/SpinCoreState.h"

#include "hw-models/base/Random.h"
#include "hw-models/base/Team.h"
#include "runtime/engine/Feed.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <limits>

using namespace limen;
using namespace limen::engine;
using program::SpinCore;

namespace {

constexpr double one = 32768; // 1.0 in s16.15
constexpr float largestCount = 65535;

using Fired = SpinFired;

using Tally = SpinTally;
using CoreState = SpinCoreState;

class SpinSession final : public Session {
public:
  SpinSession(const SpinShared &shared, const SessionOptions &options)
      : shared(shared), options(options), network(*shared.network),
        program(*shared.program), budget(program.machine.tickBudget()),
        team(options.threads), tallies(team.size()) {
    cores.reserve(program.cores.size());
    for (size_t c = 0; c < program.cores.size(); ++c) {
      const SpinCore &core = program.cores[c];
      cores.emplace_back(
          core, core.hasNeurons() ? &program.kernels[core.kernel] : nullptr,
          shared.rules[c], budget);
    }
    if (shared.time)
      time = makeSpinTime(shared, team, [this](size_t c, const auto &...what) {
        return rowCycles(*this->shared.costs, cores[c], program.cores[c],
                         what...);
      });
  }

  Result<SampleResult> run(const input::Sample &sample) override {
    Result<Feed> made = Feed::make(network, shared.parts, sample);
    if (!made)
      return made.takeError();
    const Feed &feed = *made;
    for (const Feed::Open &input : feed.inputs())
      if (auto fine = check(input); !fine)
        return fine.takeError();
    reset(sample, feed);
    // After the last step of input, spikes still travel for `depth` ticks.
    for (uint32_t tick = 0; tick < feed.longest() + shared.depth; ++tick) {
      for (size_t c = 0; c < cores.size(); ++c) {
        cores[c].fired.clear();
        cores[c].load.work(shared.fixedCost[c]);
      }
      for (const Feed::Open &input : feed.inputs())
        sendInput(input.node, Feed::events(input, tick), tick);
      sendOwnEvents(feed, tick);
      stepAll(feed, tick);
      if (time)
        passTime(tick);
      deliver(tick);
      hold(tick);
      endTick();
    }
    finish();
    return std::move(result);
  }

private:
  /// Inputs send whole numbers of spikes.
  Result<void> check(const Feed::Open &input) const {
    const input::Sample &sample = *input.sample;
    for (uint32_t step = 0; step < sample.steps; ++step)
      for (const input::Event &event : sample.at(step))
        if (!(event.value >= 0) || event.value != std::floor(event.value) ||
            event.value > largestCount)
          return Error(fmt::format(
                           "sample {} has the value {} at element {} of "
                           "input '{}' in step {}; '{}' takes counts of "
                           "spikes (0, 1, 2, ... {})",
                           sample.id, formatNumber(event.value), event.index,
                           network.nodes[input.node].name, step,
                           program.machine.name, formatNumber(largestCount)))
              .note("encode the input as spikes first");
    return {};
  }

  void reset(const input::Sample &sample, const Feed &feed) {
    own.restart();
    result = SampleResult();
    result.steps = feed.longest();
    result.nodeSteps = feed.nodeSteps();
    result.spikes.assign(network.nodes.size(), 0);
    result.counts.resize(network.nodes.size());
    result.actions.assign(SpinActionCount, 0);
    result.traces.resize(options.traces.size());
    if (options.recordRasters)
      result.rasters.resize(network.nodes.size());
    sums.assign(network.nodes.size(), {});
    for (size_t n = 0; n < network.nodes.size(); ++n) {
      const network::Node &node = network.nodes[n];
      result.counts[n].assign(static_cast<size_t>(node.size), 0);
      if (!node.isInput && !node.model.spiking)
        sums[n].assign(static_cast<size_t>(node.size), 0);
    }
    for (size_t k = 0; k < options.traces.size(); ++k)
      result.traces[k].assign(
          feed.steps(options.traces[k].node) *
              static_cast<size_t>(network.nodes[options.traces[k].node].size),
          0.0f);
    for (Tally &tally : tallies) {
      tally.actions.assign(SpinActionCount, 0);
      tally.spikes.assign(network.nodes.size(), 0);
      tally.synapticEvents = 0;
    }
    for (size_t c = 0; c < cores.size(); ++c) {
      const SpinCore &core = program.cores[c];
      cores[c].ring.reset();
      for (auto &slot : cores[c].held)
        slot.clear();
      cores[c].load = spinhw::CoreLoad(budget);
      if (cores[c].plastic) {
        cores[c].plastic->reset();
        cores[c].rows.assign(core.rows.values.begin(), core.rows.values.end());
      }
      for (size_t k = 0; k < cores[c].states.size(); ++k)
        for (uint32_t i = 0; i < core.size(); ++i)
          cores[c].states[k][i] = core.initial[k].broadcast(i);
    }
    cycles = Cycles(0);
    active = 0;
    if (time)
      time->reset(identityOf(sample.id));
  }

  /// Which rows act in this tick.
  void passTime(uint32_t tick) {
    firing.clear();
    for (const CoreState &core : cores)
      firing.emplace_back(core.fired);
    time->tick(tick, firing);
  }

  /// All cores in their timer; cores are independent of one another.
  void stepAll(const Feed &feed, uint32_t tick) {
    constexpr size_t together = 16;
    team.forEach((cores.size() + together - 1) / together,
                 [&](uint64_t piece, unsigned thread) {
                   const size_t end =
                       std::min(cores.size(), (piece + 1) * together);
                   for (size_t c = piece * together; c < end; ++c)
                     if (program.cores[c].isDelay())
                       repeat(c, tick, tallies[thread]);
                     else if (program.cores[c].hasNeurons())
                       stepCore(c, feed, tick, tallies[thread]);
                 });
    if (options.recordRasters)
      for (size_t c = 0; c < cores.size(); ++c) {
        Raster &raster = result.rasters[program.cores[c].node];
        raster.insert(raster.end(), cores[c].raster.begin(),
                      cores[c].raster.end());
        cores[c].raster.clear();
      }
  }

  /// Notes that neuron `index` of core `c` sends `count` packets in `step`.
  void fire(size_t c, uint32_t index, uint32_t count, uint32_t step,
            Tally &tally) {
    const SpinCore &core = program.cores[c];
    tally.spikes[core.node] += count;
    result.counts[core.node][core.begin + index] += count;
    if (options.recordRasters)
      cores[c].raster.push_back(static_cast<uint64_t>(step) << 32 |
                                (core.begin + index));
    if (!core.sends && !core.writes())
      return;
    cores[c].fired.push_back({index, count});
    if (core.sends)
      send(c, count, tally);
  }

  void send(size_t c, uint64_t packets, Tally &tally) {
    const target::Journey &journey = shared.journeys[c];
    tally.actions[Packets] += packets;
    tally.actions[RouterPasses] += packets * journey.routers;
    tally.actions[Hops] += packets * journey.links;
    if (shared.payload[c])
      tally.actions[PayloadPasses] += packets * journey.routers;
    cores[c].load.work(shared.costs->send(packets));
  }

  /// A delay-extension core in its timer: spikes of 1, 2, ... times `step`
  /// ticks ago leave again, each as one packet that carries the count.
  void repeat(size_t c, uint32_t tick, Tally &tally) {
    const SpinCore &core = program.cores[c];
    CoreState &state = cores[c];
    const auto mask = static_cast<uint32_t>(state.held.size() - 1);
    for (uint32_t stage = 1; stage <= core.stages; ++stage) {
      if (tick < stage * core.step)
        break;
      for (const Fired &held : state.held[(tick - stage * core.step) & mask])
        state.fired.push_back(
            {(stage - 1) * core.size() + held.index, held.count});
    }
    state.held[tick & mask].clear();
    send(c, state.fired.size(), tally);
  }

  /// What delay-extension cores received in this tick.
  void hold(uint32_t tick) {
    constexpr uint32_t most = 255; // counted in 8 bits
    for (size_t c = 0; c < cores.size(); ++c) {
      const SpinCore &core = program.cores[c];
      if (!core.isDelay())
        continue;
      auto &slot = cores[c].held[tick & (cores[c].held.size() - 1)];
      const uint32_t first = core.begin - program.cores[core.extends].begin;
      const bool partial = time && time->at(c).partial;
      uint64_t packets = 0;
      for (const Fired &fired :
           partial ? time->at(c).heard : cores[core.extends].fired) {
        packets += shared.payload[core.extends] ? 1 : fired.count;
        if (fired.index < first || fired.index >= first + core.size())
          continue;
        // Spikes of one neuron follow each other.
        if (slot.empty() || slot.back().index != fired.index - first)
          slot.push_back({fired.index - first, 0});
        const uint32_t kept = std::min(slot.back().count + fired.count, most);
        result.actions[DelaySaturations] +=
            slot.back().count + fired.count - kept;
        slot.back().count = kept;
      }
      const Cycles received = shared.costs->delayPackets(packets);
      cores[c].load.work(received);
      // Else endTick counts what the time model saw, which is without it.
      if (time && !time->at(c).calm)
        active += received.value();
    }
  }

  /// Spikes of inputs that bring their own.
  void sendOwnEvents(const Feed &feed, uint32_t step) {
    for (unsigned n = 0; n < network.nodes.size(); ++n) {
      if (step >= feed.steps(n))
        continue;
      const std::span<input::Event> events = own.at(n, step);
      // Cores are found in ascending order; several spikes of one element are
      // as many packets.
      std::ranges::sort(events, {}, &input::Event::index);
      sendInput(n, events, step);
    }
  }

  void sendInput(unsigned node, std::span<const input::Event> events,
                 uint32_t step) {
    size_t c = shared.firstCore[node];
    for (const input::Event &event : events) {
      while (event.index >= program.cores[c].end)
        ++c;
      if (event.value > 0)
        fire(c, event.index - program.cores[c].begin,
             static_cast<uint32_t>(event.value), step, tallies[0]);
    }
  }

  void stepCore(size_t c, const Feed &feed, uint32_t tick, Tally &tally) {
    const SpinCore &core = program.cores[c];
    CoreState &state = cores[c];
    if (tick < core.start || tick >= core.start + feed.steps(core.node))
      return;
    const uint32_t step = tick - core.start;
    record(c, step, /*before=*/true);
    tally.actions[InputOverflows] +=
        readInputs(core, cores, shared.rings[c], tick, state);
    tally.actions[NeuronUpdates] += core.size();
    jit::DrawKey draws = shared.draws[core.node];
    draws.step = step;
    draws.sample = feed.identity(core.node);
    draws.first = core.begin;
    const bool spiking = program.kernels[core.kernel].spiking;
    void *out = spiking ? static_cast<void *>(state.flags.data())
                        : static_cast<void *>(state.values.data());
    shared.steps[core.kernel](0, core.size(), state.coefficientPointers.data(),
                              state.statePointers.data(),
                              state.inputPointers.data(), out, &draws);
    if (spiking)
      sendSpikes(c, step, tally);
    else
      sendValues(c, tally);
    record(c, step, /*before=*/false);
  }

  void sendSpikes(size_t c, uint32_t step, Tally &tally) {
    const std::vector<uint8_t> &flags = cores[c].flags;
    size_t i = 0;
    while (i < flags.size()) {
      // Eight at a time: most neurons are silent.
      uint64_t word = 0;
      const size_t some = std::min<size_t>(8, flags.size() - i);
      std::memcpy(&word, &flags[i], some);
      for (size_t k = i; word != 0 && k < i + some; ++k)
        if (flags[k]) {
          fire(c, static_cast<uint32_t>(k), flags[k], step, tally);
          if (cores[c].plastic)
            cores[c].plastic->fired(static_cast<uint32_t>(k),
                                    step + program.cores[c].start);
        }
      i += some;
    }
  }

  void sendValues(size_t c, Tally &tally) {
    const SpinCore &core = program.cores[c];
    CoreState &state = cores[c];
    int64_t *const sum = &sums[core.node][core.begin];
    for (uint32_t i = 0; i < core.size(); ++i)
      sum[i] += state.values[i];
    if (!core.sends && !core.writes())
      return;
    // Most sources fire: no branches.
    state.fired.resize(core.size());
    size_t count = 0;
    for (uint32_t i = 0; i < core.size(); ++i) {
      state.fired[count] = {
          i, static_cast<uint32_t>(state.values[i] >> target::accum.fraction)};
      count += state.values[i] > 0;
    }
    state.fired.resize(count);
    if (core.sends)
      send(c, state.fired.size(), tally);
  }

  void record(size_t c, uint32_t step, bool before) {
    const SpinCore &core = program.cores[c];
    const CoreState &state = cores[c];
    for (size_t k = 0; k < options.traces.size(); ++k) {
      const TraceRequest &request = options.traces[k];
      if (request.node != core.node || request.before != before)
        continue;
      float *const out =
          result.traces[k].data() +
          step * static_cast<size_t>(network.nodes[core.node].size) +
          core.begin;
      for (uint32_t i = 0; i < core.size(); ++i)
        out[i] =
            request.state < 0
                ? static_cast<float>(state.flags.empty() ? 0 : state.flags[i])
                : static_cast<float>(
                      target::fromFixed(state.states[request.state][i],
                                        program.kernels[core.kernel]
                                            .stateFormats[request.state]));
    }
  }

  /// Every packet's row, target core by target core so that its ring buffers
  /// stay in the cache.
  void deliver(uint32_t tick) {
    senders.clear();
    for (unsigned c = 0; c < cores.size(); ++c)
      if (!cores[c].fired.empty())
        senders.push_back(c);
    const auto firedOf = [&](unsigned s) {
      return std::span<const Fired>(cores[s].fired);
    };
    team.forEach(shared.plan.groups(), [&](uint64_t g, unsigned thread) {
      Tally &tally = tallies[thread];
      const auto group = static_cast<unsigned>(g);
      shared.plan.collect(group, senders, firedOf, tally.work);
      const auto [begin, end] = shared.plan.group(group);
      for (unsigned c = begin; c < end; ++c) {
        if (program.cores[c].writes())
          write(c, tick, tally);
        if (time && !time->at(c).calm) {
          deliverUnderLoad(c, tick, tally);
          continue;
        }
        if (cores[c].plastic) {
          deliverPlastic(c, tick, tally);
          continue;
        }
        const Delivered done =
            shared.plan.deliver(c, firedOf, tally.work[c - begin],
                                tally.work[c - begin + 1], tick, cores[c].ring);
        tally.actions[RowFetches] += done.rows;
        tally.actions[SdramBytes] += done.bytes;
        tally.synapticEvents += done.synapses;
        cores[c].load.work(shared.costs->rows(done.rows, done.synapses));
      }
    });
  }

  /// Spikes that go straight to the ring buffers of another core's inputs.
  void write(size_t c, uint32_t tick, Tally &tally) {
    CoreState &state = cores[c];
    const std::span<const int32_t> words = program.cores[c].words.values;
    for (const Fired &fired : state.fired) {
      const auto word = static_cast<uint32_t>(words[fired.index]);
      if (word == 0)
        continue;
      state.ring.add(std::span(&word, 1), tick, fired.count);
      tally.synapticEvents += fired.count;
    }
  }

  /// The rows of a core with a rule, which it changes.
  void deliverPlastic(size_t c, uint32_t tick, Tally &tally) {
    CoreState &state = cores[c];
    const std::span<const uint32_t> rows = program.cores[c].rows.values;
    uint64_t fetched = 0, synapses = 0;
    for (const SpinBlock &block : shared.blocks[c])
      for (const Fired &fired : cores[block.source].fired) {
        fetched += fired.count;
        state.load.work(rowCycles(*shared.costs, state, program.cores[c],
                                  block.rows, fired.index, fired.count, tick));
        if (target::isPlastic(state.rows, block.rows.rowAt(fired.index))) {
          for (uint32_t n = 0; n < fired.count; ++n)
            synapses +=
                processPlastic(state, block.rows, fired.index, tick, tally);
          continue;
        }
        const auto words =
            target::rowWords(rows, block.rows.rowAt(fired.index));
        state.ring.add(words, tick, fired.count);
        synapses += uint64_t(fired.count) * words.size();
        tally.actions[SdramBytes] += fired.count * block.rows.rowBytes();
      }
    tally.actions[RowFetches] += fetched;
    tally.synapticEvents += synapses;
  }

  /// The rows that act in this tick on a core that has not time for all.
  void deliverUnderLoad(size_t c, uint32_t tick, Tally &tally) {
    const SpinTime::CoreTick &seen = time->at(c);
    const std::span<const uint32_t> rows = program.cores[c].rows.values;
    for (const SpinTime::Act &act : seen.acts) {
      const target::RowBlock &block = shared.blocks[c][act.block].rows;
      tally.actions[RowFetches] += act.times;
      if (cores[c].plastic &&
          target::isPlastic(cores[c].rows, block.rowAt(act.index))) {
        for (uint32_t n = 0; n < act.times; ++n)
          tally.synapticEvents +=
              processPlastic(cores[c], block, act.index, tick, tally);
        continue;
      }
      const auto words = target::rowWords(rows, block.rowAt(act.index));
      cores[c].ring.add(words, tick, act.times);
      tally.actions[SdramBytes] += act.times * block.rowBytes();
      tally.synapticEvents += uint64_t(act.times) * words.size();
    }
    // A tick's load is what its packets ask for, done or not.
    cores[c].load.work(Cycles(seen.asked));
  }

  /// Fetches, updates, delivers and writes back; returns its synapses.
  uint64_t processPlastic(CoreState &state, const target::RowBlock &block,
                          uint32_t source, uint32_t tick, Tally &tally) {
    const spinhw::RowView row = plasticRow(state, block, source);
    [[maybe_unused]] const auto done =
        state.plastic->process(row, tick, state.ring);
    assert(done);
    tally.actions[SdramBytes] += block.rowBytes() + 4 * row.writtenWords();
    tally.actions[PlasticUpdates] += row.plasticCount();
    return row.plasticCount() + row.fixed().size();
  }

  void endTick() {
    Cycles worst;
    for (size_t c = 0; c < cores.size(); ++c) {
      const Cycles busy = cores[c].load.endTick();
      worst = std::max(worst, busy);
      StepLoad step{busy.value()};
      step.overrun = busy > budget;
      active += busy.value();
      if (time && !time->at(c).calm) {
        const SpinTime::CoreTick &seen = time->at(c);
        step.overrun = seen.overrun;
        step.late = seen.late;
        step.dropped = seen.droppedLate + seen.droppedFull;
        active += seen.busy - busy.value();
        result.actions[LateRows] += seen.late;
        result.actions[LateDrops] += seen.droppedLate;
        result.actions[BufferDrops] += seen.droppedFull;
        result.actions[EarlyPackets] += seen.early;
        shared.totals[c].late += step.late;
        shared.totals[c].dropped += step.dropped;
      }
      result.actions[Overruns] += step.overrun;
      shared.totals[c].overruns += step.overrun;
      if (options.recordLoads)
        result.loads.push_back(step);
    }
    ++result.actions[Ticks];
    result.actions[SdramBytes] += shared.bufferBytes;
    result.actions[WorstCycles] += worst.value();
    cycles += time ? budget : std::max(worst, budget);
  }

  void finish() {
    for (const Tally &tally : tallies) {
      for (size_t k = 0; k < tally.actions.size(); ++k)
        result.actions[k] += tally.actions[k];
      for (size_t n = 0; n < tally.spikes.size(); ++n)
        result.spikes[n] += tally.spikes[n];
      result.synapticEvents += tally.synapticEvents;
    }
    for (size_t c = 0; c < cores.size(); ++c) {
      const spinhw::CoreLoad &load = cores[c].load;
      result.actions[Saturations] += cores[c].ring.saturations();
      CoreTotals &totals = shared.totals[c];
      uint64_t known = totals.peak.load();
      while (known < load.peak().value() &&
             !totals.peak.compare_exchange_weak(known, load.peak().value()))
        continue;
    }
    result.actions[ActiveCycles] = active;
    if (time)
      result.actions[NetworkDrops] = time->droppedInNetwork();
    if (options.recordWeights)
      result.weights = readPlasticWeights(shared, cores);
    result.cycles = cycles;
    result.time = cycles / program.machine.cpuClock;
    std::vector<std::vector<float>> values(network.nodes.size());
    for (size_t n = 0; n < sums.size(); ++n)
      for (int64_t sum : sums[n])
        values[n].push_back(static_cast<float>(static_cast<double>(sum) / one));
    finishOutputs(network, values, result);
  }

  const SpinShared &shared;
  SessionOptions options;
  const network::Network &network;
  const program::SpinProgram &program;
  Cycles budget;
  Cycles cycles;
  uint64_t active = 0; ///< busy cycles of all cores
  std::vector<CoreState> cores;
  std::unique_ptr<SpinTime> time; ///< null: the machine waits
  std::vector<std::span<const Fired>> firing;
  Team team;
  std::vector<Tally> tallies;             ///< per thread
  std::vector<unsigned> senders;          ///< cores that fired in this tick
  std::vector<std::vector<int64_t>> sums; ///< s16.15 sums of value nodes
  SampleResult result;
  OwnEvents own{network};
};

} // namespace

std::unique_ptr<Session>
limen::engine::openSpinSession(const SpinShared &shared,
                               const SessionOptions &options) {
  return std::make_unique<SpinSession>(shared, options);
}
