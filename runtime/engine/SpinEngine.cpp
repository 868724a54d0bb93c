#include "runtime/engine/SpinEngine.h"

#include "hw-models/base/Random.h"
#include "hw-models/spin/TickWork.h"
#include "hw-models/target/SpinKernelName.h"
#include "runtime/engine/SpinSession.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

using namespace limen;
using namespace limen::engine;
using program::SpinCore;
using program::SpinProgram;

/// How products are rounded.
static const char *inWords(target::Rounding rounding) {
  switch (rounding) {
  case target::Rounding::Down:
    return "down";
  case target::Rounding::Nearest:
    return "to nearest";
  case target::Rounding::TowardZero:
    return "toward zero";
  }
  return "";
}

namespace {

class Machine final : public Engine {
public:
  explicit Machine(SpinShared shared) : shared(std::move(shared)) {}

  const network::Network &network() const override { return *shared.network; }

  std::unique_ptr<Session> open(const SessionOptions &options) const override {
    return openSpinSession(shared, options);
  }

  std::vector<Action> actions() const override {
    return {{"core.active_cycle", "cycles that cores were busy"},
            {"router.packet", "multicast packets sent"},
            {"router.pass", "packets times routers passed"},
            {"router.hop", "packets times links crossed"},
            {"sdram.row", "synaptic rows fetched"},
            {"sdram.byte", "bytes of the rows fetched"},
            {"timer.tick", "timer ticks"},
            {"core.worst_cycle", "cycles of the busiest core, tick by tick"},
            {"core.overrun", "ticks of cores that exceeded their budget"},
            {"ring.saturation", "ring-buffer additions that saturated"},
            {"neuron.input_overflow", "neuron inputs clipped to s16.15"},
            {"neuron.update", "neurons updated"},
            {"delay.saturation",
             "spikes lost as a delay-extension core counts up to 255"},
            {"plastic.update", "updates of synapses with a learning rule"},
            {"core.late_row", "rows that acted in a later tick"},
            {"core.late_drop", "rows dropped as the timer emptied the buffer"},
            {"core.buffer_drop", "rows dropped as the spike buffer was full"},
            {"router.drop", "copies of packets lost in routers and links"},
            {"core.early", "packets that came before their target's timer"},
            {"router.payload_pass", "of router.pass, packets with a payload"}};
  }

  std::vector<uint64_t> estimate(std::span<const double> rates,
                                 uint32_t steps) const override;

  Seconds timeOf(uint32_t steps) const override {
    return Seconds(shared.program->machine.tick.value() * steps);
  }

  Ledger price(std::span<const uint64_t> actions, Seconds time) const override {
    const target::SpinMachine &machine = shared.program->machine;
    const target::SpinEnergy &energy = machine.energy;
    Ledger ledger;
    ledger.charge("cores", "active cycle", actions[ActiveCycles],
                  energy.activeCycle);
    ledger.charge("routers", "packet",
                  actions[RouterPasses] - actions[PayloadPasses],
                  energy.packet);
    if (actions[PayloadPasses] > 0)
      ledger.charge("routers", "packet with payload", actions[PayloadPasses],
                    energy.payloadPacket);
    ledger.charge("SDRAM", "byte", actions[SdramBytes], energy.sdramByte);
    for (const auto &[component, action, power] :
         energy.idle(machine.boards, machine.chips().size()))
      ledger.hold(component, action, time, power);
    return ledger;
  }

  std::string priceTable() const override {
    return shared.program->machine.energy.table;
  }

  std::vector<Resource> resources() const override {
    const SpinProgram &program = *shared.program;
    const target::SpinMachine &machine = program.machine;
    const std::vector<target::Chip> chips = machine.chips();
    const uint64_t chipCount = chips.size();
    uint64_t coreCount = 0;
    for (target::Chip chip : chips)
      coreCount += machine.coresOf(chip).size();
    std::map<target::Chip, uint64_t> sdram;
    uint64_t total = 0, peak = 0;
    for (size_t c = 0; c < program.cores.size(); ++c) {
      const SpinCore &core = program.cores[c];
      sdram[core.place.chip] += 4 * core.rows.size();
      total += 4 * core.rows.size();
      peak = std::max(peak, shared.totals[c].peak.load());
    }
    uint64_t fullest = 0, entries = 0;
    for (auto [chip, bytes] : sdram)
      fullest = std::max(fullest, bytes);
    for (const auto &[chip, table] : program.tables)
      entries = std::max<uint64_t>(entries, table.size());
    std::vector<Resource> out = {
        {"cores", program.cores.size(), coreCount, ""},
        {"chips", sdram.size(), chipCount, ""},
        {"synaptic rows", total, chipCount * machine.sdramBytes, "byte"},
        {"SDRAM of the fullest chip", fullest, machine.sdramBytes, "byte"},
        {"router entries of the fullest chip", entries, machine.routerEntries,
         ""}};
    if (peak > 0)
      out.push_back({"cycles of the fullest core and tick", peak,
                     machine.tickBudget().value(), "cycles"});
    return out;
  }

  unsigned latency(unsigned node) const override {
    return shared.latency[node];
  }

  std::vector<std::string> assumptions() const override {
    const target::SpinMachine &machine = shared.program->machine;
    std::vector<std::string> out = {
        fmt::format("one step of the network ({}) takes one timer tick of {}",
                    format(shared.network->dt), format(machine.tick)),
        fmt::format("s16.15 arithmetic, products rounded {}; 16-bit weights",
                    inWords(machine.productRounding)),
        !shared.time ? "all cores wait for the slowest in each tick"
        : machine.timing.fidelity == target::Fidelity::Tick
            ? "time by tick: transfers and links by their mean load"
            : "time by event: packet by packet and burst by burst",
        fmt::format("{} more tick(s) let the last spikes arrive (retiming)",
                    shared.depth)};
    if (!shared.network->readouts.empty())
      out.push_back("readouts are computed by the host that collects the "
                    "spikes; their time and energy are not counted");
    const auto &remarks = shared.program->remarks;
    out.insert(out.end(), remarks.begin(), remarks.end());
    return out;
  }

  std::vector<std::string>
  warnings(std::span<const uint64_t> actions) const override {
    std::vector<std::string> out;
    const auto warn = [&](SpinAction action, std::string_view text) {
      if (actions[action] > 0)
        out.push_back(fmt::format(fmt::runtime(text), actions[action]));
    };
    warn(Overruns,
         shared.time
             ? "{} ticks of cores were not done at the next timer interrupt: "
               "the network does not run in real time"
             : "{} ticks of cores exceeded the budget: the network does not "
               "run in real time; cycles and time are those of a machine "
               "that waits");
    warn(LateRows, "{} rows acted in a later tick than they should");
    warn(LateDrops, "{} late rows were dropped (model.drop_late_spikes)");
    warn(BufferDrops, "{} rows were lost as the spike buffer of their core was "
                      "full (model.spike_buffer)");
    warn(NetworkDrops, "{} copies of packets were lost in routers and links");
    warn(EarlyPackets,
         "{} packets came before their target's own timer (model.phase_step); "
         "on the machine they act a tick earlier, here they do not");
    warn(Saturations, "{} ring-buffer additions saturated at 65535: scale for "
                      "the worst case or reduce the weights");
    warn(InputOverflows, "{} neuron inputs exceeded s16.15 and were clipped");
    warn(DelaySaturations,
         "{} spikes were lost on delay-extension cores, which "
         "count up to 255 of a neuron in a tick");
    return out;
  }

  std::vector<UnitLoad> loads() const override {
    std::vector<UnitLoad> out;
    for (size_t c = 0; c < shared.program->cores.size(); ++c) {
      const SpinCore &core = shared.program->cores[c];
      out.push_back({fmt::format("core ({}, {}, {})", core.place.chip.x,
                                 core.place.chip.y, core.place.core),
                     shared.network->nodes[core.node].name +
                         (core.isDelay()        ? " (delay extension)"
                          : core.isSynapse      ? " (synapses)"
                          : core.writes()       ? " (to SDRAM)"
                          : !core.fedBy.empty() ? " (neurons)"
                                                : ""),
                     Cycles(shared.totals[c].peak.load()),
                     shared.program->machine.tickBudget(),
                     shared.totals[c].overruns.load(),
                     shared.totals[c].late.load(),
                     shared.totals[c].dropped.load()});
    }
    return out;
  }

  std::vector<Cause> causes(std::span<const uint64_t> actions) const override {
    return {
        {"fixed_point", actions[NeuronUpdates],
         "neuron updates in s16.15 with 16-bit weights"},
        {"ring_saturation", actions[Saturations],
         "ring-buffer additions that saturated"},
        {"input_overflow", actions[InputOverflows],
         "neuron inputs clipped to s16.15"},
        {"delay_saturation", actions[DelaySaturations],
         "spikes lost on delay-extension cores"},
        {"deferred_rule", actions[PlasticUpdates],
         "updates of synapses deferred to the next spike of their source"},
        {"late", actions[LateRows], "rows that acted a tick or more too late"},
        {"late_dropped", actions[LateDrops], "late rows dropped at the timer"},
        {"buffer_full", actions[BufferDrops],
         "rows lost to a full spike buffer"},
        {"packet_dropped", actions[NetworkDrops],
         "copies of packets lost in routers and links"}};
  }

private:
  SpinShared shared;
};

} // namespace

std::vector<uint64_t> Machine::estimate(std::span<const double> rates,
                                        uint32_t steps) const {
  const SpinProgram &program = *shared.program;
  std::vector<double> sum(SpinActionCount, 0);
  std::vector<double> sent; // by core and tick
  for (const SpinCore &core : program.cores)
    sent.push_back(rates[core.node] * core.keys());
  const double perSend = static_cast<double>(shared.costs->send(1).value());
  // Costs are linear in rows and synapses.
  const double perRow = static_cast<double>(shared.costs->rows(1, 0).value());
  const double perSynapse =
      static_cast<double>(shared.costs->rows(1, 1).value()) - perRow;
  const auto plastic = [&](uint64_t rows, uint64_t synapses, uint64_t posts) {
    return static_cast<double>(
        shared.costs->plasticRows(rows, synapses, posts).value());
  };
  const double plasticRow = plastic(1, 0, 0), plasticSynapse = plastic(0, 1, 0),
               plasticPost = plastic(0, 0, 1);
  double worst = 0;
  for (size_t c = 0; c < program.cores.size(); ++c) {
    const SpinCore &core = program.cores[c];
    double cycles = static_cast<double>(shared.fixedCost[c].value());
    if (core.sends) {
      const target::Journey &journey = shared.journeys[c];
      cycles += sent[c] * perSend;
      sum[Packets] += sent[c];
      sum[RouterPasses] += sent[c] * journey.routers;
      sum[Hops] += sent[c] * journey.links;
      if (shared.payload[c])
        sum[PayloadPasses] += sent[c] * journey.routers;
    }
    for (const SpinBlock &block : shared.blocks[c]) {
      const target::RowBlock &rows = block.rows;
      // A plastic synapse sees as many spikes of its target per spike of its
      // source as their rates say.
      const double before = rates[program.cores[block.source].node];
      const double posts = before > 0 ? rates[core.node] / before : 0;
      double each = 0;
      for (uint32_t n = 0; n < rows.neurons; ++n) {
        const uint64_t at = rows.rowAt(n);
        const auto all =
            static_cast<double>(target::rowSynapses(core.rows.values, at));
        if (!target::isPlastic(core.rows.values, at)) {
          each += perRow + all * perSynapse;
          continue;
        }
        const auto fixed = static_cast<double>(
            core.rows.values[at + 1 + core.rows.values[at]]);
        each += plasticRow + fixed * perSynapse +
                (all - fixed) * (plasticSynapse + posts * plasticPost);
      }
      each /= std::max(1u, rows.neurons);
      sum[RowFetches] += sent[block.source];
      sum[SdramBytes] +=
          sent[block.source] * static_cast<double>(rows.rowBytes());
      cycles += sent[block.source] * each;
    }
    if (core.isDelay())
      cycles += sent[core.extends] *
                static_cast<double>(shared.costs->delayPackets(1).value());
    if (core.hasNeurons())
      sum[NeuronUpdates] += core.size();
    sum[ActiveCycles] += cycles;
    worst = std::max(worst, cycles);
  }
  sum[SdramBytes] += static_cast<double>(shared.bufferBytes);
  sum[WorstCycles] = worst;
  sum[Ticks] = 1;
  std::vector<uint64_t> out;
  for (double each : sum)
    out.push_back(static_cast<uint64_t>(std::llround(each * steps)));
  return out;
}

/// Cores must tile the nodes in order; fills `firstCore` and `latency`.
static Result<void> checkCores(SpinShared &shared) {
  const network::Network &network = *shared.network;
  const std::vector<SpinCore> &cores = shared.program->cores;
  shared.latency.assign(network.nodes.size(), 0);
  shared.parts = network::partsOf(network);
  size_t c = 0;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const network::Node &node = network.nodes[n];
    shared.firstCore.push_back(static_cast<unsigned>(c));
    uint32_t next = 0;
    for (; c < cores.size() && cores[c].node == n && !cores[c].isDelay() &&
           !cores[c].isSynapse;
         ++c) {
      if (cores[c].begin != next || cores[c].isSource != node.isInput)
        return Error(fmt::format("core '{}' holds neurons from {} of '{}'; {} "
                                 "was wanted",
                                 cores[c].name, cores[c].begin, node.name,
                                 next));
      next = cores[c].end;
      shared.latency[n] = cores[c].start;
    }
    if (next != node.size)
      return Error(fmt::format("cores hold {} of the {} neurons of '{}'", next,
                               node.size, node.name));
    shared.depth = std::max(shared.depth, shared.latency[n]);
  }
  return {};
}

/// Finds the sender of every row block and follows its packets: they must
/// arrive exactly where blocks wait for them.
static Result<void> connect(SpinShared &shared) {
  const SpinProgram &program = *shared.program;
  std::map<uint32_t, unsigned> senders;
  for (unsigned c = 0; c < program.cores.size(); ++c)
    if (program.cores[c].sends)
      senders[program.cores[c].key] = c;
  std::vector<std::set<target::CoreId>> wanted(program.cores.size());
  shared.blocks.resize(program.cores.size());
  for (size_t c = 0; c < program.cores.size(); ++c) {
    const SpinCore &core = program.cores[c];
    if (core.isDelay())
      wanted[core.extends].insert(core.place);
    if (!core.hasRows())
      continue;
    auto blocks = target::readBlocks(core.table.values, core.addresses.values,
                                     core.rows.values);
    if (!blocks)
      return blocks.takeError().note("in the memory of core '" + core.name +
                                     "'");
    for (const target::RowBlock &block : *blocks) {
      const auto sender = senders.find(block.key);
      if (sender == senders.end() ||
          program.cores[sender->second].keys() > block.neurons)
        return Error(fmt::format("core '{}' has rows for key {:#010x}, which "
                                 "no core of that size sends",
                                 core.name, block.key));
      shared.blocks[c].push_back({sender->second, block});
      wanted[sender->second].insert(core.place);
    }
  }
  shared.journeys.resize(program.cores.size());
  for (size_t c = 0; c < program.cores.size(); ++c) {
    const SpinCore &core = program.cores[c];
    if (!core.sends || wanted[c].empty())
      continue;
    auto journey = target::follow(program.machine, program.tables,
                                  core.place.chip, core.key);
    if (!journey)
      return journey.takeError();
    const std::set<target::CoreId> reached(journey->cores.begin(),
                                           journey->cores.end());
    if (reached != wanted[c])
      return Error(fmt::format("packets of core '{}' reach {} cores; {} hold "
                               "rows for them",
                               core.name, reached.size(), wanted[c].size()));
    shared.journeys[c] = std::move(*journey);
  }
  return {};
}

/// What every tick takes of each core, and which ring buffers are its inputs.
static void addTickWork(SpinShared &shared) {
  const std::vector<SpinCore> &cores = shared.program->cores;
  const spinhw::TickWork work(shared.program->machine, *shared.costs);
  // Those that write at the same time, and those that read.
  std::map<target::Chip, unsigned> writers, readers;
  for (const SpinCore &core : cores) {
    writers[core.place.chip] += core.feeds.has_value();
    readers[core.place.chip] += !core.fedBy.empty();
  }
  for (unsigned c = 0; c < cores.size(); ++c) {
    const SpinCore &core = cores[c];
    const network::Model &model = shared.network->nodes[core.node].model;
    const unsigned indexBits = core.format.indexBits;
    const unsigned writing = writers[core.place.chip];
    Cycles cost, lead, head = shared.costs->tick();
    if (core.feeds) {
      lead = work.write(indexBits, core.types.size(), writing);
      shared.bufferBytes +=
          2 * spinhw::BufferTransfer::bytes(indexBits, core.types.size());
    }
    if (core.isDelay())
      cost = work.delay(core.size());
    else if (core.isSource)
      cost = work.source(core.size());
    else if (core.isSynapse)
      cost = work.synapses(indexBits, core.types.size(), writing);
    else if (core.writes())
      cost = work.writer(model, core.size(), indexBits, core.types.size(),
                         writing);
    else if (core.fedBy.empty()) {
      cost = work.combined(model, core.size(),
                           static_cast<unsigned>(core.shifts.size()));
      if (shared.rules[c]) {
        cost = cost - head + shared.costs->plasticTick();
        head = shared.costs->plasticTick();
      }
    } else {
      std::vector<size_t> types;
      for (unsigned from : core.fedBy)
        types.push_back(cores[from].types.size());
      cost = work.neurons(model, core.size(), indexBits, types,
                          readers[core.place.chip]);
      head = cost - shared.costs->neurons(model, core.size(), 0);
    }
    shared.fixedCost.push_back(cost);
    shared.head.push_back(head);
    shared.lead.push_back(lead);
    // Those of a core that writes are another's.
    shared.rings.push_back(core.writes()        ? std::vector<unsigned>()
                           : core.fedBy.empty() ? std::vector{c}
                                                : core.fedBy);
  }
}

/// Rules in the formats of the cores; that their rows lead to neurons.
static Result<void> makeRules(SpinShared &shared) {
  for (size_t c = 0; c < shared.program->cores.size(); ++c) {
    const SpinCore &core = shared.program->cores[c];
    auto &rule = shared.rules.emplace_back();
    const auto fail = [&](Error error) {
      return std::move(error).note("of core '" + core.name + "'");
    };
    if (core.rule) {
      auto made = spinhw::Stdp::make(*core.rule);
      if (!made)
        return fail(made.takeError());
      rule = std::move(*made);
    }
    for (const SpinBlock &block : shared.blocks[c])
      for (uint32_t i = 0; i < block.rows.neurons; ++i) {
        const uint64_t at = block.rows.rowAt(i);
        if (!target::isPlastic(core.rows.values, at))
          continue;
        if (!rule)
          return fail(
              Error(fmt::format("row {} of key {:#010x} is plastic, and "
                                "the core has no rule",
                                i, block.rows.key)));
        std::vector<uint32_t> words(
            core.rows.values.begin() + static_cast<int64_t>(at),
            core.rows.values.begin() +
                static_cast<int64_t>(at + block.rows.rowBytes() / 4));
        auto row = spinhw::RowView::over(words, rule->historyWords());
        if (!row)
          return fail(row.takeError());
        const uint32_t indices = 1u << core.format.indexBits;
        for (uint32_t k = 0; k < row->plasticCount(); ++k) {
          const uint16_t control = row->plastic(k).control;
          const uint32_t index = control % indices;
          const uint32_t type =
              control / indices & ((1u << core.format.typeBits) - 1);
          if (index >= core.size() || type >= core.shifts.size())
            return fail(Error(fmt::format("row {} of key {:#010x} leads to "
                                          "neuron {} of {}, type {} of {}",
                                          i, block.rows.key, index, core.size(),
                                          type, core.shifts.size())));
        }
      }
  }
  return {};
}

Result<std::unique_ptr<Engine>>
limen::engine::makeSpinEngine(std::shared_ptr<const network::Network> network,
                              std::shared_ptr<const SpinProgram> program,
                              KernelTable kernels, uint64_t seed) {
  SpinShared shared;
  shared.network = std::move(network);
  shared.program = std::move(program);
  shared.kernels = std::move(kernels);
  if (auto fine = checkCores(shared); !fine)
    return fine.takeError();
  for (const network::Node &node : shared.network->nodes) {
    const uint32_t word =
        RandomStream(seed, Purpose::NeuronDraw, identityOf(node.name)).word();
    shared.draws.push_back(
        {{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
         word});
  }
  for (const program::SpinKernel &kernel : shared.program->kernels) {
    shared.steps.push_back(
        shared.kernels.step<int32_t>(target::kernelSymbol(kernel.name)));
    if (!shared.steps.back())
      return Error(fmt::format("kernel '{}' is not compiled", kernel.name));
  }
  if (auto fine = connect(shared); !fine)
    return fine.takeError();
  shared.plan = DeliveryPlan(*shared.program, shared.blocks);
  if (auto fine = makeRules(shared); !fine)
    return fine.takeError();
  shared.costs = std::make_unique<spinhw::TableCosts>(shared.program->machine);
  addTickWork(shared);
  for (const SpinCore &core : shared.program->cores)
    shared.payload.push_back(
        core.isDelay() ||
        (core.hasNeurons() && !shared.program->kernels[core.kernel].spiking));
  shared.seed = seed;
  if (shared.program->machine.timing.overload == target::Overload::Acts)
    shared.time = std::make_unique<SpinTimeTables>(timeTables(shared));
  shared.totals = std::make_unique<CoreTotals[]>(shared.program->cores.size());
  return std::unique_ptr<Engine>(std::make_unique<Machine>(std::move(shared)));
}
