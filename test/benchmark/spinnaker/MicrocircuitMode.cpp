// --microcircuit: a description of the microcircuit of Potjans and Diesmann,
// compiled for the machine and run: rates beside the published ones, speed,
// boards, cycles, energy.

#include "test/benchmark/spinnaker/Mode.h"

#include "compiler/Import/Network.h"
#include "compiler/Pipelines/Pipelines.h"
#include "dialects/Registration.h"
#include "hw-models/target/SpinMachine.h"
#include "runtime/engine/SpinSession.h"
#include "runtime/jit/Jit.h"
#include "runtime/network/Rows.h"
#include "runtime/program/Load.h"

#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

using namespace limen;
using namespace limen::bench;

namespace {

/// Mean rates of the full network with 0.1 ms steps, Hz.
struct Published {
  const char *population;
  double rate;
};
constexpr Published published[] = {
    {"L23E", 0.971}, {"L23I", 2.868}, {"L4E", 4.746}, {"L4I", 5.396},
    {"L5E", 8.142},  {"L5I", 9.078},  {"L6E", 0.991}, {"L6I", 7.523}};

/// Wall clock and processor time since construction.
class Stopwatch {
public:
  double wall() const {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }
  double processor() const { return used() - usedBefore; }

private:
  using Clock = std::chrono::steady_clock;
  static double used() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &time) {
      return static_cast<double>(time.tv_sec) +
             1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  Clock::time_point start = Clock::now();
  double usedBefore = used();
};

double peakGigabytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

nlohmann::ordered_json timeOf(const Stopwatch &watch) {
  return {{"wall_s", watch.wall()},
          {"processor_s", watch.processor()},
          {"peak_gib", peakGigabytes()}};
}

/// Synapses that leave each node.
std::vector<double> outgoing(const network::Network &network) {
  std::vector<double> synapses(network.nodes.size(), 0);
  for (const network::Projection &projection : network.projections) {
    const auto *random =
        std::get_if<network::Random>(&projection.stages.front().kind);
    synapses[projection.source] += static_cast<double>(
        random && random->wiring == network::Wiring::FixedTotal
            ? random->number
            : projection.stages.front().inputs);
  }
  return synapses;
}

class MicrocircuitMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--microcircuit", file,
                   "Compile and run a description of the microcircuit "
                   "(docs/examples/microcircuit.yaml)")
        ->type_name("FILE");
    app.add_option("--micro-time", milliseconds,
                   "Biological milliseconds to run --microcircuit")
        ->capture_default_str();
    app.add_option("--micro-skip", skipped,
                   "Of these, milliseconds before rates are counted")
        ->capture_default_str();
    app.add_option("--micro-set", overrides,
                   "Change a parameter of the machine, e.g. boards=3 "
                   "(repeatable)")
        ->type_name("PATH=VALUE");
    app.add_flag("--micro-host", onHost,
                 "Run --microcircuit on the host in float32 instead");
  }

  bool chosen() const override { return !file.empty(); }

  Result<void> run(const Common &common) override {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    jit::registerTranslations(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    nlohmann::ordered_json line;
    line["microcircuit"] = file;

    const Stopwatch compiling;
    std::vector<std::string> assumptions;
    auto module = importNetwork(file, {}, &context, assumptions);
    if (!module)
      return module.takeError();
    // Rates are those of a machine slow enough; how slow, its cycles tell.
    std::vector<std::string> settings = overrides;
    if (!onHost)
      settings.insert(settings.begin(), "model.overload=waits");
    auto target =
        target::loadDocument(onHost ? "host" : "spinnaker1-48", settings);
    if (!target)
      return target.takeError();
    line["target"] = target->name;
    if (auto done = lower(**module, *target); !done)
      return done;
    line["compile"] = timeOf(compiling);

    const Stopwatch loading;
    program::LoadOptions options;
    options.seed = common.seed;
    options.reference = false;
    auto loaded = program::load(**module, *target, options);
    if (!loaded)
      return loaded.takeError();
    line["load"] = timeOf(loading);

    const network::Network &network = loaded->engine->network();
    input::Sample sample;
    sample.id = "microcircuit";
    sample.steps =
        static_cast<uint32_t>(milliseconds * 1e-3 / network.dt.value() + 0.5);
    sample.offsets.assign(sample.steps + size_t(1), 0);
    engine::SessionOptions session;
    session.recordRasters = true;
    session.threads = common.threads;
    const auto opened = loaded->engine->open(session);
    const Stopwatch running;
    auto result = opened->run(sample);
    if (!result)
      return result.takeError();
    line["run"] = timeOf(running);
    line["run"]["threads"] = common.threads;
    addSpeed(line, network, *result, running);
    if (!onHost)
      if (auto done = addMachine(line, *target, *loaded->engine, *result);
          !done)
        return done;
    addRates(line, network, *result);
    printLine(line);
    return {};
  }

  Result<void> runRecorded(const Common &, const std::string &) override {
    return {}; // minutes and gigabytes: only when asked for
  }

private:
  void addSpeed(nlohmann::ordered_json &line, const network::Network &network,
                const engine::SampleResult &result,
                const Stopwatch &running) const {
    const std::vector<double> synapses = outgoing(network);
    double recurrent = 0, total = 0;
    for (size_t n = 0; n < network.nodes.size(); ++n) {
      recurrent += static_cast<double>(result.spikes[n]) * synapses[n] /
                   static_cast<double>(network.nodes[n].size);
      total += synapses[n];
    }
    const auto events = static_cast<double>(result.synapticEvents);
    line["neurons"] = network.neuronCount();
    line["synapses"] = total;
    line["steps"] = result.steps;
    line["dt_ms"] = 1e3 * network.dt.value();
    line["synaptic_events"] = events;
    // Spikes times mean fan-out.
    line["recurrent_events"] = recurrent;
    line["events_per_wall_s"] = events / running.wall();
    line["events_per_processor_s"] = events / running.processor();
    fmt::print(stderr,
               "{:.4g} synaptic events, {:.4g} of them recurrent, in {:.1f} s "
               "({:.1f} s of processors): {:.3g} per second, {:.3g} per second "
               "of a processor\n",
               events, recurrent, running.wall(), running.processor(),
               events / running.wall(), events / running.processor());
  }

  static Result<void> addMachine(nlohmann::ordered_json &line,
                                 const target::Target &target,
                                 const engine::Engine &engine,
                                 const engine::SampleResult &result) {
    auto machine = target::SpinMachine::parse(target.document);
    if (!machine)
      return machine.takeError();
    const double biological = result.steps * engine.network().dt.value();
    const double joules =
        engine.price(result.actions, result.time).total().value();
    const double events = static_cast<double>(result.synapticEvents);
    uint64_t worst = 0;
    for (const engine::UnitLoad &load : engine.loads())
      worst = std::max(worst, load.peak.value());
    line["boards"] = machine->boards;
    for (const engine::Resource &resource : engine.resources())
      line["resources"][resource.name] = resource.used;
    line["cycles_per_tick"] = {
        {"budget", machine->tickBudget().value()},
        {"mean_of_worst_core",
         double(result.actions[engine::WorstCycles]) / result.steps},
        {"fullest", worst}};
    line["real_time_factor"] = result.time.value() / biological;
    line["saturations"] = result.actions[engine::Saturations];
    line["joules"] = joules;
    line["joules_per_event"] = joules / events;
    line["joules_per_recurrent_event"] =
        joules / line["recurrent_events"].get<double>();
    fmt::print(stderr,
               "{} board(s); cycles of the worst core {:.0f} a tick on "
               "average, {} at most; {:.2f} x real time; {:.3g} J, {:.3g} J "
               "per synaptic event, {:.3g} J per recurrent one\n",
               machine->boards,
               double(result.actions[engine::WorstCycles]) / result.steps,
               worst, result.time.value() / biological, joules, joules / events,
               line["joules_per_recurrent_event"].get<double>());
    return {};
  }

  void addRates(nlohmann::ordered_json &line, const network::Network &network,
                const engine::SampleResult &result) const {
    const double dt = network.dt.value();
    const auto first = static_cast<uint64_t>(skipped * 1e-3 / dt + 0.5);
    fmt::print(stderr, "population  published/Hz  found/Hz  difference\n");
    for (const Published &known : published)
      for (size_t n = 0; n < network.nodes.size(); ++n) {
        if (network.nodes[n].name != known.population)
          continue;
        uint64_t spikes = 0;
        for (uint64_t spike : result.rasters[n])
          spikes += spike >> 32 >= first;
        const double seconds = dt * (result.steps - static_cast<double>(first));
        const double rate = static_cast<double>(spikes) / seconds /
                            static_cast<double>(network.nodes[n].size);
        line["rates"][known.population] = rate;
        fmt::print(stderr, "{:10}  {:12.3f}  {:8.3f}  {:+9.1f} %\n",
                   known.population, known.rate, rate,
                   100 * (rate / known.rate - 1));
      }
  }

  std::string file;
  std::vector<std::string> overrides;
  double milliseconds = 1000, skipped = 100;
  bool onHost = false;
};

} // namespace

std::unique_ptr<Mode> limen::bench::makeMicrocircuitMode() {
  return std::make_unique<MicrocircuitMode>();
}
