// limen run: everything from a network file to a report.

#include "runtime/engine/Runner.h"
#include "runtime/network/Rows.h"
#include "runtime/report/NirData.h"
#include "runtime/report/Report.h"
#include "tools/limen/Command.h"
#include "tools/limen/Progress.h"
#include "tools/limen/Running.h"

#include "hw-models/base/Files.h"

#include <chrono>
#include <fmt/format.h>
#include <mutex>

using namespace limen;
using namespace limen::cli;

namespace {

struct RunFlags {
  NetworkFlags network;
  TargetFlags target;
  InputFlags input;
  std::string out;
  std::vector<std::string> record;
  std::string recordFormat = "csv";
  size_t calibrate = 8;
  bool noReference = false;
  bool loads = false;
  bool weights = false;
};

/// "POPULATION" (its spikes), "POPULATION:STATE" (after each step) or
/// "POPULATION:STATE@start" (before it).
Result<engine::TraceRequest> parseTrace(const network::Network &network,
                                        const std::string &given) {
  constexpr std::string_view start = "@start";
  const bool before = given.ends_with(start);
  const std::string text =
      before ? given.substr(0, given.size() - start.size()) : given;
  const size_t colon = text.rfind(':');
  std::string names;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const network::Node &node = network.nodes[n];
    if (node.isInput)
      continue;
    names += (names.empty() ? "" : ", ") + node.name;
    if (node.name == text && !before)
      return engine::TraceRequest{n, -1};
    if (colon == std::string::npos || node.name != text.substr(0, colon))
      continue;
    std::string states;
    for (size_t k = 0; k < node.model.states.size(); ++k) {
      states += (k ? ", " : "") + node.model.states[k].name;
      if (node.model.states[k].name == text.substr(colon + 1))
        return engine::TraceRequest{n, static_cast<int>(k), before};
    }
    return Error(fmt::format("--record {}: model '{}' has the states {}", text,
                             node.model.name, states));
  }
  return Error(fmt::format("--record {}: no such population", text))
      .note("populations: " + names);
}

/// DIR/POPULATION[.STATE].csv for one recorded variable of all samples.
std::string traceCsv(const network::Network &network,
                     const engine::TraceRequest &request, size_t index,
                     std::span<const report::SampleKey> keys,
                     std::span<const engine::SampleResult> results) {
  std::string text = "sample,step,neuron,value\n";
  const int64_t size = network.nodes[request.node].size;
  for (size_t s = 0; s < results.size(); ++s)
    for (size_t k = 0; k < results[s].traces[index].size(); ++k)
      text += fmt::format("{},{},{},{}\n", keys[s].id, k / size, k % size,
                          results[s].traces[index][k]);
  return text;
}

/// DIR/load.csv: busy cycles of every unit in every step.
std::string loadCsv(const engine::Engine &engine,
                    std::span<const report::SampleKey> keys,
                    std::span<const engine::SampleResult> results) {
  std::string text =
      "sample,step,unit,population,cycles,margin,overrun,late,dropped\n";
  const std::vector<engine::UnitLoad> units = engine.loads();
  for (size_t s = 0; s < results.size(); ++s)
    for (size_t k = 0; k < results[s].loads.size(); ++k) {
      const engine::UnitLoad &unit = units[k % units.size()];
      const engine::StepLoad &load = results[s].loads[k];
      const auto cycles = static_cast<int64_t>(load.cycles);
      text += fmt::format("{},{},\"{}\",{},{},{},{},{},{}\n", keys[s].id,
                          k / units.size(), unit.unit, unit.population, cycles,
                          static_cast<int64_t>(unit.budget.value()) - cycles,
                          load.overrun ? 1 : 0, load.late, load.dropped);
    }
  return text;
}

/// DIR/weights.csv: what the rules left of every synapse.
std::string weightsCsv(const network::Network &network,
                       std::span<const report::SampleKey> keys,
                       std::span<const engine::SampleResult> results) {
  std::string text = "sample,from,to,source,target,delay,weight\n";
  size_t index = 0;
  for (const network::Projection &projection : network.projections) {
    if (!projection.plasticity)
      continue;
    const network::Rows rows = network::expandRows(projection);
    for (size_t s = 0; s < results.size(); ++s)
      for (uint32_t source = 0; source < rows.sources(); ++source)
        for (uint64_t k = rows.offsets[source]; k < rows.offsets[source + 1];
             ++k)
          text += fmt::format("{},{},{},{},{},{},{}\n", keys[s].id,
                              network.nodes[projection.source].name,
                              network.nodes[projection.target].name, source,
                              rows.synapses[k].target,
                              projection.delay + rows.synapses[k].delay,
                              results[s].weights[index][k]);
    ++index;
  }
  return text;
}

/// Runs the reference beside the target and adds up what differs.
class Reference {
public:
  Reference(const engine::Engine &reference, size_t samples)
      : engine(reference), comparisons(samples) {}

  Result<void> inspect(size_t place, const input::Sample &sample,
                       engine::SampleResult &result) {
    engine::SessionOptions options;
    options.recordRasters = true;
    Result<engine::SampleResult> expected = engine.open(options)->run(sample);
    if (!expected)
      return expected.takeError();
    Result<report::Comparison> found =
        report::compareRuns(engine.network(), "host float32",
                            std::span(&*expected, 1), std::span(&result, 1));
    if (!found)
      return found.takeError();
    comparisons[place] = std::move(*found);
    result.rasters.clear();
    return {};
  }

  report::Comparison total() const {
    report::Comparison sum = comparisons.front();
    for (size_t i = 1; i < comparisons.size(); ++i) {
      sum.samples += comparisons[i].samples;
      sum.predictionsDifferent += comparisons[i].predictionsDifferent;
      for (size_t p = 0; p < sum.populations.size(); ++p) {
        sum.populations[p].spikes += comparisons[i].populations[p].spikes;
        sum.populations[p].different += comparisons[i].populations[p].different;
      }
    }
    return sum;
  }

private:
  const engine::Engine &engine;
  std::vector<report::Comparison> comparisons;
};

Result<void> run(const RunFlags &flags) {
  if (Result<void> fine = checkFolder(flags.out); !fine)
    return fine;
  Result<Compilation> compiled =
      Compilation::compile(flags.network, flags.target);
  if (!compiled)
    return compiled.takeError();
  Result<DataSet> data = flags.input.openData();
  if (!data)
    return data.takeError();

  program::LoadOptions loadOptions;
  loadOptions.seed = flags.input.seed;
  loadOptions.reference = !flags.noReference;
  Result<program::LoadedProgram> loaded =
      program::load(*compiled->module, *compiled->target, loadOptions);
  if (!loaded)
    return loaded.takeError();
  engine::Engine &engine = *loaded->engine;
  const network::Network &network = engine.network();
  Result<FedData> fed = feed(engine, std::move(*data), flags.calibrate);
  if (!fed)
    return fed.takeError();
  const input::Watched &watched = *fed->source;

  engine::RunnerOptions options;
  options.first = fed->first;
  options.samples = fed->count;
  options.threads = flags.input.threadCount();
  for (const std::string &text : flags.record) {
    Result<engine::TraceRequest> request = parseTrace(network, text);
    if (!request)
      return request.takeError();
    options.session.traces.push_back(*request);
  }
  options.session.recordLoads = flags.loads;
  if (flags.loads && engine.loads().empty())
    return Error(fmt::format("--load: target '{}' has no units with a budget "
                             "per step",
                             compiled->target->name));
  options.session.recordWeights = flags.weights;
  if (flags.weights &&
      std::ranges::none_of(network.projections, [](const auto &projection) {
        return projection.plasticity.has_value();
      }))
    return Error(fmt::format("--weights: no projection of network '{}' has a "
                             "learning rule",
                             network.name));
  const bool compare = loaded->reference && !flags.noReference;
  options.session.recordRasters = compare;
  Progress progress("samples");
  options.progress = [&](size_t done, size_t total) {
    progress.show(done, total);
  };

  std::optional<Reference> reference;
  if (compare)
    reference.emplace(*loaded->reference, fed->count);
  std::vector<report::SampleKey> keys(fed->count);
  options.inspect = [&](size_t place, const input::Sample &sample,
                        engine::SampleResult &result) -> Result<void> {
    keys[place] = report::keyOf(network, sample);
    if (reference)
      return reference->inspect(place, sample, result);
    return {};
  };

  const auto started = std::chrono::steady_clock::now();
  Result<std::vector<engine::SampleResult>> results =
      engine::runSamples(engine, watched, options);
  progress.clear();
  if (!results)
    return results.takeError();

  report::RunInfo info = runInfo(*compiled->target, flags.target.target,
                                 flags.input, watched, compiled->assumptions);
  if (reference)
    info.comparison = reference->total();
  info.hostSeconds = Seconds(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started)
          .count());
  const report::Report made = report::build(engine, info, keys, *results);

  // Everything succeeded: only now does anything reach the disk.
  if (Result<void> made = makeFolder(flags.out); !made)
    return made;
  const bool csv = flags.recordFormat == "csv";
  if (!csv)
    if (Result<void> written = report::writeNirData(
            flags.out + "/record.h5", network, options.session.traces,
            watched.stepTime().value_or(network.dt), keys, *results);
        !written)
      return written;
  for (size_t k = 0; csv && k < options.session.traces.size(); ++k) {
    std::string name = flags.record[k];
    std::replace(name.begin(), name.end(), ':', '.');
    if (Result<void> written = writeFile(
            flags.out + "/" + name + ".csv",
            traceCsv(network, options.session.traces[k], k, keys, *results));
        !written)
      return written;
  }
  if (flags.loads)
    if (Result<void> written =
            writeFile(flags.out + "/load.csv", loadCsv(engine, keys, *results));
        !written)
      return written;
  if (flags.weights)
    if (Result<void> written = writeFile(flags.out + "/weights.csv",
                                         weightsCsv(network, keys, *results));
        !written)
      return written;
  if (Result<void> written =
          writeFile(flags.out + "/report.json", report::toJson(made));
      !written)
    return written;
  fmt::print("{}", report::toTable(made));
  fmt::print("\nreport: {}/report.json\n", flags.out);
  return {};
}

} // namespace

void cli::addRun(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App *command = app.add_subcommand(
      "run", "Run a network on a target and report accuracy, time and energy");
  command->footer(
      "Examples:\n"
      "  limen run net.nir --input nmnist:test --labels test_labels.txt --out "
      "r\n"
      "  limen run net.nir --target rram-40nm --set adc.bits=6 --input "
      "hdf5:d.h5:spikes,label --out r\n");
  flags->network.add(*command, /*compiled=*/true);
  flags->target.add(*command);
  flags->input.add(*command, /*required=*/true);
  command
      ->add_option(
          "--out", flags->out,
          "Folder for report.json and records; what is there is replaced")
      ->required();
  command
      ->add_option("--record", flags->record,
                   "Write POPULATION (spikes), POPULATION:STATE (after a "
                   "step) or POPULATION:STATE@start (before it) of every "
                   "step (repeatable)")
      ->allow_extra_args(false);
  command
      ->add_option("--record-format", flags->recordFormat,
                   "csv: a file for each record; nirdata: one record.h5, as "
                   "nir.read_data reads it")
      ->check(CLI::IsMember({"csv", "nirdata"}))
      ->capture_default_str();
  addCalibrate(*command, flags->calibrate);
  command->add_flag("--load", flags->loads,
                    "Write load.csv: busy cycles, real-time margin, late and "
                    "dropped rows of every core in every step");
  command->add_flag("--weights", flags->weights,
                    "Write weights.csv: the weights that learning rules left "
                    "at the end of each sample");
  command->add_flag("--no-reference", flags->noReference,
                    "Do not run the float32 reference beside the target");
  command->callback([flags, &exitCode] { finish(run(*flags), exitCode); });
}
