#include "runtime/engine/SpinTime.h"

#include "hw-models/base/Random.h"
#include "runtime/engine/SpinSession.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace limen;
using namespace limen::engine;
using program::SpinCore;
using spinhw::Row;

SpinTimeTables limen::engine::timeTables(const SpinShared &shared) {
  const program::SpinProgram &program = *shared.program;
  const target::SpinMachine &machine = program.machine;
  SpinTimeTables out;
  out.timing = spinhw::timingOf(machine, *shared.costs);
  out.topology = spin::noc::topologyOf(machine);
  out.router =
      spin::noc::parametersOf(machine.network, machine.routerClock.value());
  out.routing =
      std::make_unique<spin::noc::TableRouting>(out.topology, program.tables);
  const double perRouter =
      machine.cpuClock.value() / machine.routerClock.value();
  const auto cycles = [&](Seconds time) {
    return time.value() * machine.cpuClock.value();
  };
  constexpr double treeCycles = 3; // of arbiters, see spin/noc
  const double router = perRouter * (out.router.pipelineStages + treeCycles);
  out.packet = cycles(machine.network.packetTime.value);
  out.trunk = cycles(machine.network.channelTime.value);
  out.hop = router + out.packet;
  out.arrive = router;

  out.coresOf.resize(out.topology.chips.size());
  out.trees.resize(program.cores.size());
  out.leaves.resize(program.cores.size());
  out.links.resize(program.cores.size());
  std::map<target::CoreId, size_t> byPlace;
  for (size_t c = 0; c < program.cores.size(); ++c) {
    const SpinCore &core = program.cores[c];
    const auto chip = static_cast<uint32_t>(out.topology.at(core.place.chip));
    byPlace[core.place] = c;
    out.chip.push_back(chip);
    out.local.push_back(static_cast<uint32_t>(out.coresOf[chip].size()));
    out.coresOf[chip].push_back(static_cast<unsigned>(c));
    out.phase.push_back((core.place.core - 1) * out.timing.phaseStep %
                        out.timing.budget);
    if (core.sends)
      out.trees[c] = spinhw::growTree(out.topology, program.tables,
                                      core.place.chip, core.key);
  }
  const auto leafOf = [&](size_t source, size_t target) {
    const auto &leaves = out.trees[source].leaves;
    return static_cast<uint32_t>(
        std::find_if(leaves.begin(), leaves.end(),
                     [&](const spinhw::Tree::Leaf &leaf) {
                       return leaf.core == program.cores[target].place;
                     }) -
        leaves.begin());
  };
  for (size_t c = 0; c < program.cores.size(); ++c) {
    for (const SpinBlock &block : shared.blocks[c]) {
      out.leaves[c].push_back(leafOf(block.source, c));
      auto &links = out.links[block.source];
      if (links.empty() || links.back().core != c)
        links.push_back({static_cast<uint32_t>(c), 0, 0, 0});
      links.back().rows += 1;
      links.back().synapses += block.rows.rowLength;
      links.back().bytes += static_cast<uint32_t>(block.rows.rowBytes());
    }
    for (const spinhw::Tree::Leaf &leaf : out.trees[c].leaves)
      out.mostHops = std::max(out.mostHops, leaf.hops);
    if (program.cores[c].isDelay())
      out.leaves[c].push_back(leafOf(program.cores[c].extends, c));
  }
  return out;
}

namespace {

/// What both fidelities share: when loops send, and what is under way.
class TimeBase : public SpinTime {
protected:
  struct Sent {
    uint32_t block = 0, index = 0, times = 0, tick = 0;
  };

  TimeBase(const SpinShared &shared, Team &team, RowPrice price)
      : shared(shared), tables(*shared.time), program(*shared.program),
        timing(tables.timing), team(team), price(std::move(price)),
        perSend(shared.costs->send(1).value()) {
    cores.resize(program.cores.size());
    loops.resize(program.cores.size());
    starts.resize(program.cores.size());
  }

  using Firing = std::span<const std::span<const SpinFired>>;

  uint64_t packetsOf(size_t c, std::span<const SpinFired> fired) const {
    if (!program.cores[c].sends)
      return 0;
    if (shared.payload[c])
      return fired.size();
    uint64_t sum = 0;
    for (const SpinFired &one : fired)
      sum += one.count;
    return sum;
  }

  /// Cycles from the begin of a loop to the packet of element `index`, before
  /// which `sent` others left.
  uint64_t offset(size_t c, uint32_t index, uint64_t sent) const {
    const SpinCore &core = program.cores[c];
    const uint64_t head = shared.head[c].value();
    const uint64_t all = shared.fixedCost[c].value() - head;
    return head + all * (index % core.size() + 1) / core.size() +
           perSend * (sent + 1);
  }

  /// What the fetch of a plastic row takes more than another's is part of its
  /// work.
  Row rowOf(size_t target, const Sent &sent, uint64_t time) {
    const target::RowBlock &block = shared.blocks[target][sent.block].rows;
    const uint64_t all =
        price(target, block, sent.index, std::max(1u, sent.times), sent.tick)
            .value();
    if (sent.times > 0)
      cores[target].asked += all;
    return {time, 0, static_cast<uint32_t>(all - timing.receive - timing.fetch),
            static_cast<uint32_t>(sent.times * block.rowBytes())};
  }

  void clearTick() {
    for (CoreTick &core : cores) {
      core.calm = true;
      core.overrun = core.partial = false;
      core.acts.clear();
      core.heard.clear();
      core.busy = core.asked = 0;
      core.late = core.droppedLate = core.droppedFull = core.early = 0;
    }
  }

  void acted(size_t c, const Sent &sent, uint32_t tick) {
    cores[c].acts.push_back({sent.block, sent.index, sent.times});
    if (sent.tick != tick)
      cores[c].late += sent.times;
  }
  void lost(size_t c, const Sent &sent, spinhw::Loss why) {
    (why == spinhw::Loss::Late ? cores[c].droppedLate : cores[c].droppedFull) +=
        sent.times;
  }

  const SpinShared &shared;
  const SpinTimeTables &tables;
  const program::SpinProgram &program;
  const spinhw::CoreTiming timing;
  Team &team;
  const RowPrice price;
  const uint64_t perSend;
  std::vector<uint64_t> loops, starts; ///< per core, of this tick
};

/// Packets by identity, reused.
template <typename T> class Pool {
public:
  uint32_t keep(const T &value) {
    if (spare.empty()) {
      items.push_back(value);
      return static_cast<uint32_t>(items.size() - 1);
    }
    const uint32_t at = spare.back();
    spare.pop_back();
    items[at] = value;
    return at;
  }
  T take(uint32_t at) {
    spare.push_back(at);
    return items[at];
  }

private:
  std::vector<T> items;
  std::vector<uint32_t> spare;
};

class ByTick final : public TimeBase {
public:
  ByTick(const SpinShared &shared, Team &team, RowPrice price)
      : TimeBase(shared, team, std::move(price)),
        links(tables.topology, tables.packet, tables.trunk) {}

  void reset(uint32_t sample) override {
    identity = sample;
    states.assign(program.cores.size(), State());
    dropped = 0;
  }

  void tick(uint32_t tick, Firing fired) override {
    now = tick;
    clearTick();
    uint64_t all = 0, lastSend = 0;
    count(fired);
    for (size_t c = 0; c < cores.size(); ++c) {
      State &state = states[c];
      state.packets = packetsOf(c, fired[c]);
      loops[c] = shared.fixedCost[c].value() + state.packets * perSend;
      starts[c] = state.core.lag();
      if (state.packets > 0) {
        all += state.packets;
        lastSend = std::max(lastSend, starts[c] + loops[c] + tables.phase[c]);
      }
    }
    loadLinks(all);
    const uint64_t lastArrival =
        lastSend + held +
        static_cast<uint64_t>(
            std::ceil(tables.arrive + tables.hop * tables.mostHops));
    for (size_t c = 0; c < cores.size(); ++c)
      cores[c].calm = isCalm(c, lastArrival);
    busy.clear();
    for (size_t c = 0; c < cores.size(); ++c)
      if (!cores[c].calm)
        busy.push_back(c);
    team.forEach(busy.size(),
                 [&](uint64_t k, unsigned) { step(busy[k], fired); });
    if (lossy)
      for (size_t c = 0; c < cores.size(); ++c)
        if (program.cores[c].isDelay())
          listen(c, fired);
  }

  uint64_t droppedInNetwork() const override { return dropped; }

private:
  struct State {
    spinhw::TickCore core;
    Pool<Sent> pool;
    std::vector<Row> coming; ///< that arrive in the next tick
    uint64_t packets = 0;    ///< sent in this tick
    /// Asked for by this tick's packets, at most; `work` in cycles.
    uint64_t rows = 0, synapses = 0, bytes = 0, work = 0;
  };

  void loadLinks(uint64_t all) {
    lossy = false;
    links.clear();
    held = static_cast<uint64_t>(std::ceil(
        static_cast<double>(all) * std::max(tables.packet, tables.trunk)));
    if (held <= timing.budget / 64)
      return;
    for (size_t c = 0; c < cores.size(); ++c) {
      const uint64_t begin = starts[c] + tables.phase[c];
      links.add(tables.trees[c], states[c].packets, begin, begin + loops[c]);
    }
    held = links.longestDelay();
    for (uint32_t link : links.used()) {
      lossy |= links.loss(link, timing.budget) > 0;
      dropped += links.lost(link, timing.budget);
    }
  }

  /// Rows of this tick's packets on all cores.
  void count(Firing fired) {
    for (State &state : states)
      state.rows = state.synapses = state.bytes = 0;
    for (size_t s = 0; s < cores.size(); ++s) {
      uint64_t spikes = 0;
      for (const SpinFired &one : fired[s])
        spikes += one.count;
      if (spikes == 0)
        continue;
      for (const SpinTimeTables::Link &link : tables.links[s]) {
        State &state = states[link.core];
        state.rows += spikes * link.rows;
        state.synapses += spikes * link.synapses;
        state.bytes += spikes * link.bytes;
      }
    }
  }

  bool isCalm(size_t c, uint64_t lastArrival) {
    State &state = states[c];
    state.work = shared.costs->rows(state.rows, state.synapses).value();
    // What plastic rows cost is known row by row only.
    if (lossy || timing.phaseStep > 0 || shared.rules[c] ||
        !state.core.idle() || !state.coming.empty())
      return false;
    return spinhw::certainlyInTime(
        timing, loops[c], lastArrival + shared.lead[c].value(), state.rows,
        state.bytes, state.work - state.rows * (timing.receive + timing.fetch),
        static_cast<unsigned>(tables.coresOf[tables.chip[c]].size()));
  }

  /// Whether a link on the way loses the packet.
  bool loses(const spinhw::Tree &tree, int32_t branch, size_t source,
             uint32_t index) const {
    const RandomStream draw(shared.seed, Purpose::PacketDrop, identity);
    for (; branch >= 0; branch = tree.branches[branch].parent) {
      const uint32_t link = tree.branches[branch].link;
      const double part = links.loss(link, timing.budget);
      if (part > 0 &&
          draw.uniform(uint64_t(source) << 32 | index, now, link) < part)
        return true;
    }
    return false;
  }

  void step(size_t c, Firing fired) {
    State &state = states[c];
    std::vector<Row> rows;
    const auto add = [&](const Row &row) {
      if (row.time < timing.budget)
        rows.push_back(row);
      else
        state.coming.push_back(row);
    };
    std::vector<Row> before = std::move(state.coming);
    state.coming.clear();
    for (Row row : before) {
      row.time -= timing.budget;
      add(row);
    }
    for (uint32_t b = 0; b < shared.blocks[c].size(); ++b) {
      const SpinBlock &block = shared.blocks[c][b];
      const size_t s = block.source;
      const spinhw::Tree &tree = tables.trees[s];
      const spinhw::Tree::Leaf &leaf = tree.leaves[tables.leaves[c][b]];
      const auto way = static_cast<uint64_t>(
          std::llround(tables.arrive + tables.hop * leaf.hops));
      uint64_t before = 0;
      for (const SpinFired &one : fired[s]) {
        const bool payload = shared.payload[s];
        const uint32_t packets = payload ? 1 : one.count;
        if (lossy && loses(tree, leaf.branch, s, one.index)) {
          before += packets;
          continue;
        }
        const Sent sent = {b, one.index, payload ? one.count : 1, now};
        for (uint32_t k = 0; k < packets; ++k) {
          uint64_t time = starts[s] + tables.phase[s] +
                          offset(s, one.index, before++) + way;
          if (held > 0 && !links.used().empty())
            time += links.delay(tree, leaf, time - way);
          cores[c].early += time < tables.phase[c];
          time -= std::min(time, tables.phase[c]);
          // A synapse core's tick begins when it writes ring buffers.
          time += shared.lead[c].value();
          Row row = rowOf(c, sent, time);
          row.id = state.pool.keep(sent);
          add(row);
        }
      }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
      return a.time < b.time;
    });
    std::vector<uint32_t> done;
    std::vector<spinhw::TickCore::Lost> lostRows;
    const auto outcome =
        state.core.tick(timing, loops[c], slowdown(c), rows, done, lostRows);
    cores[c].busy = outcome.busy;
    cores[c].overrun = outcome.overrun;
    for (uint32_t id : done)
      acted(c, state.pool.take(id), now);
    for (const auto &one : lostRows)
      lost(c, state.pool.take(one.id), one.why);
  }

  double slowdown(size_t c) const {
    uint64_t others = 0, span = states[c].work;
    const auto &chip = tables.coresOf[tables.chip[c]];
    for (unsigned other : chip)
      if (other != c) {
        others += states[other].bytes;
        span = std::max(span, states[other].work);
      }
    return spinhw::chipSlowdown(timing, others,
                                static_cast<unsigned>(chip.size() - 1),
                                std::min(span, timing.budget));
  }

  void listen(size_t c, Firing fired) {
    const size_t s = program.cores[c].extends;
    const spinhw::Tree &tree = tables.trees[s];
    const int32_t branch = tree.leaves[tables.leaves[c].front()].branch;
    cores[c].partial = true;
    for (const SpinFired &one : fired[s])
      if (!loses(tree, branch, s, one.index))
        cores[c].heard.push_back(one);
  }

  std::vector<State> states;
  std::vector<size_t> busy; ///< cores that are not calm in this tick
  spinhw::LinkLoads links;
  uint64_t held = 0; ///< longest delay by links in this tick
  bool lossy = false;
  uint32_t now = 0, identity = 0;
  uint64_t dropped = 0;
};

class ByEvent final : public TimeBase, public spin::noc::Client {
public:
  ByEvent(const SpinShared &shared, Team &team, RowPrice price)
      : TimeBase(shared, team, std::move(price)) {
    byPlace.resize(tables.topology.chips.size());
    for (size_t c = 0; c < program.cores.size(); ++c) {
      auto &chip = byPlace[tables.chip[c]];
      const unsigned core = program.cores[c].place.core;
      chip.resize(std::max<size_t>(chip.size(), core + 1), -1);
      chip[core] = static_cast<int>(c);
      for (uint32_t b = 0; b < shared.blocks[c].size(); ++b)
        blocks[{c, shared.blocks[c][b].source}].push_back(b);
    }
  }

  void reset(uint32_t) override {
    spin::noc::Parameters router = tables.router;
    // A core's interrupt takes a packet, in processor cycles.
    router.coreCycles = std::max<spin::noc::Time>(1, toRouter(timing.receive));
    net = std::make_unique<spin::noc::Network>(tables.topology, router,
                                               *tables.routing, *this);
    chips.clear();
    for (const auto &chip : tables.coresOf)
      chips.emplace_back(timing, static_cast<unsigned>(chip.size()));
    rows.assign(chips.size(), {});
    packets.clear();
    waiting.clear();
    busyBefore.assign(program.cores.size(), 0);
  }

  void tick(uint32_t tick, Firing fired) override {
    now = tick;
    clearTick();
    const uint64_t begin = tick * timing.budget, end = begin + timing.budget;
    for (size_t c = 0; c < cores.size(); ++c) {
      cores[c].calm = false;
      cores[c].partial = true;
      loops[c] = shared.fixedCost[c].value() + packetsOf(c, fired[c]) * perSend;
      spinhw::EventChip &chip = chips[tables.chip[c]];
      starts[c] = chip.nextLoop(tables.local[c], begin);
      chip.timer(tables.local[c], begin, tick, loops[c]);
      if (!program.cores[c].sends)
        continue;
      uint64_t before = 0;
      for (const SpinFired &one : fired[c]) {
        const uint32_t count = shared.payload[c] ? 1 : one.count;
        for (uint32_t k = 0; k < count; ++k)
          waiting.push_back(
              {starts[c] + tables.phase[c] + offset(c, one.index, before++),
               static_cast<uint32_t>(c), one.index,
               shared.payload[c] ? one.count : 1, tick});
      }
    }
    std::stable_sort(
        waiting.begin(), waiting.end(),
        [](const Flight &a, const Flight &b) { return a.time < b.time; });
    size_t sent = 0;
    for (; sent < waiting.size() && waiting[sent].time < end; ++sent)
      inject(waiting[sent]);
    waiting.erase(waiting.begin(),
                  waiting.begin() + static_cast<ptrdiff_t>(sent));
    net->advance(toRouter(end));
    team.forEach(chips.size(),
                 [&](uint64_t k, unsigned) { chips[k].advance(end); });
    for (size_t k = 0; k < chips.size(); ++k)
      collect(k);
  }

  uint64_t droppedInNetwork() const override {
    uint64_t sum = 0;
    for (uint32_t chip = 0; chip < tables.topology.chips.size(); ++chip)
      sum += net->counters(chip).lost;
    return sum;
  }

private:
  struct Flight {
    uint64_t time = 0;
    uint32_t core = 0, index = 0, times = 0, tick = 0;
  };

  static uint64_t scale(uint64_t time, double from, double to) {
    const auto f = static_cast<uint64_t>(from), t = static_cast<uint64_t>(to);
    return static_cast<uint64_t>(
        (static_cast<unsigned __int128>(time) * t + f - 1) / f);
  }
  uint64_t toRouter(uint64_t cycles) const {
    return scale(cycles, program.machine.cpuClock.value(),
                 program.machine.routerClock.value());
  }
  uint64_t toCpu(uint64_t cycles) const {
    return scale(cycles, program.machine.routerClock.value(),
                 program.machine.cpuClock.value());
  }

  void inject(const Flight &flight) {
    spin::noc::Packet packet;
    packet.key = program.cores[flight.core].key + flight.index;
    packet.payload = static_cast<uint32_t>(packets.size());
    packet.hasPayload = shared.payload[flight.core];
    packets.push_back(flight);
    net->inject(tables.chip[flight.core], packet,
                std::max(toRouter(flight.time), net->now()));
  }

  void accepted(uint32_t, const spin::noc::Packet &, spin::noc::Time) override {
  }
  void dropped(uint32_t, const spin::noc::Packet &, spin::noc::Time) override {}

  void delivered(uint32_t chip, unsigned core, const spin::noc::Packet &packet,
                 spin::noc::Time time) override {
    if (core >= byPlace[chip].size() || byPlace[chip][core] < 0)
      return;
    const auto c = static_cast<size_t>(byPlace[chip][core]);
    const Flight &flight = packets[packet.payload];
    if (program.cores[c].isDelay()) {
      cores[c].heard.push_back({flight.index, flight.times});
      return;
    }
    const auto found = blocks.find({c, flight.core});
    if (found == blocks.end())
      return;
    const uint64_t begin = now * timing.budget;
    uint64_t at = toCpu(time);
    // Timers of a chip are counted as one: a packet comes as much earlier as
    // the core's own timer is later.
    if (at < begin + tables.phase[c]) {
      cores[c].early += flight.tick == now;
      at = begin;
    } else {
      at -= tables.phase[c];
    }
    at += shared.lead[c].value(); // its tick begins as it writes ring buffers
    for (uint32_t block : found->second) {
      const Sent sent = {block, flight.index, flight.times, flight.tick};
      Row row = rowOf(c, sent, at);
      row.id = rows[chip].keep(sent);
      chips[chip].arrive(tables.local[c], row, flight.core, sequence++);
    }
  }

  void collect(size_t k) {
    spinhw::EventChip &chip = chips[k];
    for (const auto &done : chip.log.done)
      acted(tables.coresOf[k][done.core], rows[k].take(done.id), now);
    for (const auto &one : chip.log.lost)
      lost(tables.coresOf[k][one.core], rows[k].take(one.id), one.why);
    chip.log.done.clear();
    chip.log.lost.clear();
    for (unsigned c : tables.coresOf[k]) {
      const uint64_t busy = chip.busy(tables.local[c]);
      cores[c].busy = busy - busyBefore[c];
      busyBefore[c] = busy;
      cores[c].overrun = chip.works(tables.local[c], (now + 1) * timing.budget);
    }
  }

  std::unique_ptr<spin::noc::Network> net;
  std::vector<spinhw::EventChip> chips;
  std::vector<Pool<Sent>> rows; ///< per chip
  std::vector<Flight> packets;  ///< of the sample
  std::vector<Flight> waiting;  ///< sent in later ticks, by loops that are late
  std::vector<std::vector<int>> byPlace;
  std::map<std::pair<size_t, size_t>, std::vector<uint32_t>> blocks;
  std::vector<uint64_t> busyBefore;
  uint32_t now = 0, sequence = 0;
};

} // namespace

std::unique_ptr<SpinTime> limen::engine::makeSpinTime(const SpinShared &shared,
                                                      Team &team,
                                                      RowPrice price) {
  const target::SpinTiming &timing = shared.program->machine.timing;
  if (timing.overload == target::Overload::Waits)
    return nullptr;
  if (timing.fidelity == target::Fidelity::Event)
    return std::make_unique<ByEvent>(shared, team, std::move(price));
  return std::make_unique<ByTick>(shared, team, std::move(price));
}
