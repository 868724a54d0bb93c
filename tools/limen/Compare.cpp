// limen compare: where do two runs of one input part, and why?

#include "tools/limen/CompareSide.h"
#include "tools/limen/Progress.h"

#include "hw-models/base/Files.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

struct CompareFlags {
  std::string a, b, network;
  NetworkFlags reading, readingB;
  std::vector<std::string> overridesA, overridesB;
  InputFlags input;
  std::string tau = "10", cost = "0.1";
  uint32_t window = 0, around = 4;
  double tolerance = 0;
  size_t calibrate = 8;
  std::string json, html;
};

struct ReadingFlag {
  const char *flag;
  std::string NetworkFlags::*member;
};
constexpr ReadingFlag readingFlags[] = {
    {"--dt-b", &NetworkFlags::dt},
    {"--time-unit-b", &NetworkFlags::timeUnit},
    {"--reset-b", &NetworkFlags::reset},
    {"--spike-rule-b", &NetworkFlags::spikeRule},
    {"--transform-b", &NetworkFlags::transform},
    {"--scheme-b", &NetworkFlags::scheme},
    {"--spike-timing-b", &NetworkFlags::spikeTiming},
    {"--arrival-b", &NetworkFlags::arrival}};

/// A plain number, or a quantity of `unit` times `scale`.
Result<double> numberOrQuantity(const char *flag, const std::string &text,
                                std::string_view unit, double scale) {
  double value = 0;
  const auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) {
    Result<double> quantity = parseQuantity(text, unit);
    if (!quantity)
      return Error(fmt::format("{}: {}", flag, quantity.error().message))
          .note("a number without unit is in steps");
    value = *quantity * scale;
  }
  if (!std::isfinite(value) || value < 0)
    return Error(fmt::format("{}: '{}' must not be negative", flag, text));
  return value;
}

/// States whose values would take more room than this are not recorded.
constexpr uint64_t mostTraceValues = uint64_t(1) << 27;

class Comparer {
public:
  Comparer(const CompareFlags &flags, CompareSide a, CompareSide b)
      : flags(flags), a(std::move(a)), b(std::move(b)) {}

  Result<report::PairReport> compare() {
    if (Result<void> fine = prepare(); !fine)
      return fine.takeError();
    if (Result<void> fine = match(); !fine)
      return fine.takeError();
    Result<void> done =
        a.isEngine() || b.isEngine() ? compareRuns() : compareRecordings();
    if (!done)
      return done.takeError();
    if (done = lookCloser(); !done)
      return done.takeError();
    finishSide(a, actionsA);
    finishSide(b, actionsB);
    out.a = a.info;
    out.b = b.info;
    return std::move(out);
  }

private:
  /// Input, calibration, and what is in steps.
  Result<void> prepare() {
    for (CompareSide *side : {&a, &b}) {
      if (!side->isEngine())
        continue;
      if (flags.input.input.empty())
        return Error("--input is needed to run " + side->info.name);
      Progress progress("calibrating");
      if (Result<void> opened = side->openInput(flags.input, flags.calibrate);
          !opened)
        return opened;
    }
    out.input = flags.input.input;
    out.seed = flags.input.seed;
    out.tolerance = flags.tolerance;
    const CompareSide *runs = a.isEngine() ? &a : b.isEngine() ? &b : nullptr;
    if (runs) {
      out.stepTime = runs->data().source->stepTime();
      if (!out.stepTime)
        out.stepTime = runs->info.dt;
    } else {
      Result<double> step = parseQuantity(flags.input.bin, "s");
      if (!step)
        return Error("--bin: " + step.error().message);
      out.stepTime = Seconds(*step);
    }
    const double step = out.stepTime->value();
    Result<double> tau = numberOrQuantity("--tau", flags.tau, "s", 1 / step);
    if (!tau)
      return tau.takeError();
    if (*tau == 0)
      return Error("--tau: must be above 0");
    Result<double> cost = numberOrQuantity("--cost", flags.cost, "Hz", step);
    if (!cost)
      return cost.takeError();
    out.options = {*tau, *cost, flags.window};
    return {};
  }

  /// Pairs populations by name; a single one on both sides in any case.
  Result<void> match() {
    auto pair = [&](const SidePopulation &left, const SidePopulation &right) {
      report::PairPopulation population;
      population.name = left.name;
      population.neurons = std::max(left.neurons, right.neurons);
      population.latencyA = left.latency;
      population.latencyB = right.latency;
      out.populations.push_back(std::move(population));
      pairedA.push_back(left);
      pairedB.push_back(right);
    };
    auto find = [](const CompareSide &side, const std::string &name) {
      return std::find_if(
          side.populations.begin(), side.populations.end(),
          [&](const SidePopulation &p) { return p.name == name; });
    };
    if (a.populations.size() == 1 && b.populations.size() == 1) {
      pair(a.populations.front(), b.populations.front());
    } else {
      // In the order of an engine, which knows what is upstream.
      const CompareSide &leading = a.isEngine() || !b.isEngine() ? a : b;
      for (const SidePopulation &p : leading.populations) {
        const auto left = find(a, p.name), right = find(b, p.name);
        if (left != a.populations.end() && right != b.populations.end())
          pair(*left, *right);
      }
      auto rest = [&](CompareSide &side, const CompareSide &other) {
        for (const SidePopulation &p : side.populations)
          if (find(other, p.name) == other.populations.end())
            side.info.only.push_back(p.name);
      };
      rest(a, b);
      rest(b, a);
    }
    for (size_t p = 0; p < pairedA.size(); ++p)
      if (pairedA[p].neurons != pairedB[p].neurons && pairedA[p].neurons > 0 &&
          pairedB[p].neurons > 0)
        return Error(fmt::format("population '{}' has {} neurons in A and {} "
                                 "in B: they cannot be compared one by one",
                                 pairedA[p].name, pairedA[p].neurons,
                                 pairedB[p].neurons));
    if (pairedA.empty())
      return Error("the two have no spiking population of the same name")
          .note("A has " + names(a))
          .note("B has " + names(b));
    return {};
  }

  static std::string names(const CompareSide &side) {
    std::string text;
    for (const SidePopulation &p : side.populations)
      text += (text.empty() ? "" : ", ") + p.name;
    return text.empty() ? "none" : text;
  }

  /// The rasters of the other side of a run, and its outputs if it is run too.
  struct Other {
    std::vector<engine::Raster> rasters;
    std::optional<engine::SampleResult> result;
  };
  Result<Other> other(const CompareSide &side,
                      std::span<const SidePopulation> paired, size_t place,
                      const std::string &id, bool only) const {
    Other found;
    if (!side.isEngine()) {
      found.rasters = side.recorded(paired, id, only);
      return found;
    }
    engine::SessionOptions options;
    options.recordRasters = true;
    Result<engine::SampleResult> result = side.run(place, options);
    if (!result)
      return result.takeError();
    found.rasters = CompareSide::rasters(paired, *result);
    found.result = std::move(*result);
    return found;
  }

  Result<void> compareRuns() {
    const bool aRuns = a.isEngine();
    const CompareSide &runs = aRuns ? a : b;
    CompareSide &second = aRuns ? b : a;
    const auto &[source, first, count] = runs.data();
    if (Result<void> fine = checkSamples(runs, second, count); !fine)
      return fine;
    out.outputsCompared = a.isEngine() && b.isEngine();

    std::vector<report::SamplePair> pairs(count);
    std::vector<std::string> ids(count);
    std::vector<std::vector<uint64_t>> counts(count);
    engine::RunnerOptions options;
    options.first = first;
    options.samples = count;
    options.threads = flags.input.threadCount();
    options.session.recordRasters = true;
    Progress progress("samples");
    options.progress = [&](size_t done, size_t total) {
      progress.show(done, total);
    };
    options.inspect = [&](size_t place, const input::Sample &sample,
                          engine::SampleResult &result) -> Result<void> {
      ids[place] = sample.id;
      const auto &mine = aRuns ? pairedA : pairedB;
      Result<Other> found = other(second, aRuns ? pairedB : pairedA, place,
                                  sample.id, runs.data().count == 1);
      if (!found)
        return found.takeError();
      const auto rasters = CompareSide::rasters(mine, result);
      const auto &left = aRuns ? rasters : found->rasters;
      const auto &right = aRuns ? found->rasters : rasters;
      pairs[place] = report::comparePair(left, right, out.options);
      if (found->result) {
        report::compareOutputs(result, *found->result, pairs[place]);
        counts[place] = std::move(found->result->actions);
      }
      result.rasters.clear();
      result.counts.clear();
      return {};
    };
    Result<std::vector<engine::SampleResult>> results =
        engine::runSamples(aRuns ? a.engine() : b.engine(), *source, options);
    progress.clear();
    if (!results)
      return results.takeError();
    for (size_t i = 0; i < count; ++i) {
      out.add(i, ids[i], pairs[i]);
      sum(aRuns ? actionsA : actionsB, (*results)[i].actions);
      sum(aRuns ? actionsB : actionsA, counts[i]);
    }
    return {};
  }

  /// Says when a recording is not one of the samples that run.
  Result<void> checkSamples(const CompareSide &runs, CompareSide &second,
                            size_t count) {
    if (second.isEngine())
      return {};
    const std::vector<std::string> &known = second.recording->samples;
    if (count == 1 && known.size() == 1)
      return {};
    size_t missing = 0;
    for (size_t i = 0; i < count; ++i) {
      Result<input::Sample> sample =
          runs.data().source->sample(runs.data().first + i);
      if (!sample)
        return sample.takeError();
      missing +=
          std::find(known.begin(), known.end(), sample->id) == known.end();
    }
    if (missing == count)
      return Error(fmt::format("has none of the {} sample(s) that are run",
                               count),
                   Place{second.info.name, 0, 0, {}})
          .note(fmt::format("it has the samples {}", fmt::join(known, ", ")));
    if (missing > 0)
      second.info.warnings.push_back(
          fmt::format("{} of {} samples are not recorded and count as silent",
                      missing, count));
    return {};
  }

  Result<void> compareRecordings() {
    std::vector<std::string> ids = a.recording->samples;
    for (const std::string &id : b.recording->samples)
      if (std::find(ids.begin(), ids.end(), id) == ids.end())
        ids.push_back(id);
    // One sample each: they are the two that were meant.
    const bool only =
        a.recording->samples.size() == 1 && b.recording->samples.size() == 1;
    if (only)
      ids.resize(1);
    for (size_t i = 0; i < ids.size(); ++i)
      out.add(i, ids[i],
              report::comparePair(a.recorded(pairedA, ids[i], only),
                                  b.recorded(pairedB, ids[i], only),
                                  out.options));
    recordedIds = std::move(ids);
    return {};
  }

  /// Runs the telling sample again: states around the first difference, and
  /// rasters for the picture.
  Result<void> lookCloser() {
    if (out.first) {
      out.windowStart =
          out.first->step - std::min(out.first->step, flags.around);
      out.windowSteps = out.first->step + flags.around + 1 - out.windowStart;
    }
    for (const bool isA : {true, false})
      if (Result<void> done = lookCloserAt(isA ? a : b, isA); !done)
        return done;
    // An input ends: no rows for what was never computed.
    if (out.picturedSteps > out.windowStart)
      out.windowSteps =
          std::min(out.windowSteps, out.picturedSteps - out.windowStart);
    for (auto *window : {&out.windowA, &out.windowB})
      window->resize(out.windowSteps);
    for (report::StateWindow &state : out.states) {
      state.a.resize(std::min<size_t>(state.a.size(), out.windowSteps));
      state.b.resize(std::min<size_t>(state.b.size(), out.windowSteps));
    }
    if (out.first && out.states.empty() && out.noStates.empty())
      out.noStates = "neither side has recorded states of this population";
    return {};
  }

  Result<void> lookCloserAt(const CompareSide &side, bool isA) {
    const size_t place = out.first ? out.first->place : 0;
    const auto &paired = isA ? pairedA : pairedB;
    std::vector<engine::Raster> &rasters = isA ? out.rastersA : out.rastersB;
    if (side.isEngine()) {
      engine::SessionOptions options;
      options.recordRasters = true;
      const network::Network &network = side.engine().network();
      if (out.first)
        options.traces = stateTraces(network, paired);
      Result<input::Sample> sample =
          side.data().source->sample(side.data().first + place);
      if (!sample)
        return sample.takeError();
      const uint64_t room =
          out.first
              ? uint64_t(sample->steps) * options.traces.size() *
                    static_cast<uint64_t>(paired[out.first->population].neurons)
              : 0;
      if (room > mostTraceValues) {
        options.traces.clear();
        out.noStates = fmt::format("states are not shown: {} values would have "
                                   "to be recorded",
                                   room);
      }
      Result<engine::SampleResult> result = side.run(place, options);
      if (!result)
        return result.takeError();
      out.pictured = sample->id;
      out.picturedSteps = std::max(out.picturedSteps, sample->steps);
      for (size_t k = 0; k < options.traces.size(); ++k)
        takeStates(network.nodes[options.traces[k].node],
                   options.traces[k].state, result->traces[k], isA);
      rasters = CompareSide::rasters(paired, *result);
    } else {
      if (out.pictured.empty() && place < recordedIds.size())
        out.pictured = recordedIds[place];
      const bool only = side.recording->samples.size() == 1 && out.samples == 1;
      const std::string id =
          out.first ? out.first->sample
                    : (recordedIds.empty() ? out.pictured : recordedIds[0]);
      rasters = side.recorded(paired, id, only);
      for (const engine::Raster &raster : rasters)
        if (!raster.empty())
          out.picturedSteps =
              std::max(out.picturedSteps,
                       static_cast<uint32_t>(raster.back() >> 32) + 1);
      if (out.first) {
        const report::RecordedPopulation &population =
            side.recording->populations[paired[out.first->population].place];
        for (const auto &[name, file] : population.states) {
          Result<std::vector<float>> values = report::readStateWindow(
              file, only ? side.recording->samples.front() : out.first->sample,
              out.first->neuron, out.windowStart, out.windowSteps);
          if (!values)
            return values.takeError();
          (isA ? window(name).a : window(name).b) = std::move(*values);
        }
      }
    }
    if (out.first) {
      std::vector<uint32_t> &counts = isA ? out.windowA : out.windowB;
      counts.assign(out.windowSteps, 0);
      for (const uint64_t spike : rasters[out.first->population])
        if (static_cast<uint32_t>(spike) == out.first->neuron &&
            spike >> 32 >= out.windowStart &&
            (spike >> 32) - out.windowStart < out.windowSteps)
          ++counts[(spike >> 32) - out.windowStart];
    }
    return {};
  }

  /// Every state of the population that differs first.
  std::vector<engine::TraceRequest>
  stateTraces(const network::Network &network,
              std::span<const SidePopulation> paired) const {
    const unsigned node = paired[out.first->population].place;
    std::vector<engine::TraceRequest> traces;
    for (size_t k = 0; k < network.nodes[node].model.states.size(); ++k)
      traces.push_back({node, static_cast<int>(k)});
    return traces;
  }

  void takeStates(const network::Node &node, int state,
                  const std::vector<float> &trace, bool isA) {
    report::StateWindow &row = window(node.model.states[state].name);
    std::vector<float> &values = isA ? row.a : row.b;
    const auto size = static_cast<size_t>(node.size);
    for (uint32_t k = 0; k < out.windowSteps; ++k) {
      const size_t at = (out.windowStart + k) * size + out.first->neuron;
      if (at < trace.size())
        values.push_back(trace[at]);
    }
  }

  report::StateWindow &window(const std::string &state) {
    for (report::StateWindow &row : out.states)
      if (row.state == state)
        return row;
    out.states.push_back({state, {}, {}});
    return out.states.back();
  }

  static void sum(std::vector<uint64_t> &into,
                  const std::vector<uint64_t> &actions) {
    into.resize(std::max(into.size(), actions.size()), 0);
    for (size_t i = 0; i < actions.size(); ++i)
      into[i] += actions[i];
  }

  static void finishSide(CompareSide &side,
                         const std::vector<uint64_t> &actions) {
    if (!side.isEngine())
      return;
    side.info.causes = side.engine().causes(actions);
    // Calibration is one of them, so they are asked for at the end.
    for (std::string &text : side.engine().assumptions())
      side.info.assumptions.push_back(std::move(text));
    for (std::string &text : side.engine().warnings(actions))
      side.info.warnings.push_back(std::move(text));
    for (const std::string &text : side.data().source->assumptions())
      side.info.assumptions.push_back(text);
  }

  const CompareFlags &flags;
  CompareSide a, b;
  std::vector<SidePopulation> pairedA, pairedB;
  std::vector<uint64_t> actionsA, actionsB;
  std::vector<std::string> recordedIds;
  report::PairReport out;
};

/// Whether the two are identical.
Result<bool> compare(const CompareFlags &flags) {
  for (const std::string &file : {flags.json, flags.html})
    if (!file.empty())
      if (Result<void> fine = checkFile(file); !fine)
        return fine.takeError();
  SideFlags sideA{flags.a, flags.reading, flags.overridesA};
  SideFlags sideB{flags.b, flags.readingB, flags.overridesB};
  Result<CompareSide> a = CompareSide::open(sideA, flags.network, flags.input);
  if (!a)
    return a.takeError();
  Result<CompareSide> b = CompareSide::open(sideB, flags.network, flags.input);
  if (!b)
    return b.takeError();
  Comparer comparer(flags, std::move(*a), std::move(*b));
  Result<report::PairReport> made = comparer.compare();
  if (!made)
    return made.takeError();
  if (!flags.json.empty())
    if (Result<void> written = writeFile(flags.json, report::toJson(*made));
        !written)
      return written.takeError();
  if (!flags.html.empty())
    if (Result<void> written = writeFile(flags.html, report::toHtml(*made));
        !written)
      return written.takeError();
  fmt::print("{}", report::toTable(*made));
  return made->identical();
}

} // namespace

void cli::addCompare(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App *command = app.add_subcommand(
      "compare", "Where do two runs of one input part, and why?");
  command->footer(
      "Exit status: 0 identical, 2 different, 1 an error.\n"
      "Examples:\n"
      "  limen compare host spinnaker1-48 --network net.nir --input "
      "csv:in.csv\n"
      "  limen compare net.nir@host net.nir@rram-40nm --set-b adc.bits=6 "
      "--input nmnist:test\n"
      "  limen compare net.nir net.nir --transform-b snn-retime --input "
      "csv:in.csv\n"
      "  limen compare run-a run-b          # folders with recorded spikes\n"
      "  limen compare net.nir reference.csv --input csv:in.csv");
  command
      ->add_option("A", flags->a,
                   "NETWORK@TARGET | network or program file | target, with "
                   "--network | recorded spikes: folder of a run, .csv, .h5 "
                   "(SONATA, NIRData)")
      ->required();
  command->add_option("B", flags->b, "As A")->required();
  command->add_option("--network", flags->network,
                      "The network that a target alone refers to");
  flags->reading.addReading(*command);
  flags->readingB.addReading(*command, "-b");
  command
      ->add_option("--set-a", flags->overridesA,
                   "Change a parameter of A's target, PATH=VALUE "
                   "(repeatable)")
      ->allow_extra_args(false);
  command
      ->add_option("--set-b", flags->overridesB,
                   "Change a parameter of B's target, PATH=VALUE "
                   "(repeatable)")
      ->allow_extra_args(false);
  flags->input.add(*command, /*required=*/false);
  command
      ->add_option("--tau", flags->tau,
                   "Time constant of the van Rossum distance: steps, or a time "
                   "as '10 ms'")
      ->capture_default_str();
  command
      ->add_option("--cost", flags->cost,
                   "Cost of moving a spike (Victor-Purpura): per step, or a "
                   "rate as '100 Hz'")
      ->capture_default_str();
  command
      ->add_option("--window", flags->window,
                   "Steps within which spikes coincide")
      ->capture_default_str();
  command
      ->add_option("--tolerance", flags->tolerance,
                   "Outputs that differ by no more are the same")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--around", flags->around,
                   "Steps shown before and after the first difference")
      ->check(CLI::Range(0u, 1000000u))
      ->capture_default_str();
  addCalibrate(*command, flags->calibrate);
  command->add_option("--json", flags->json, "File for the comparison as JSON");
  command->add_option("--html", flags->html,
                      "File for a page with both rasters over each other");
  command->callback([flags, command, &exitCode] {
    for (const ReadingFlag &reading : readingFlags)
      if (command->count(reading.flag) == 0)
        flags->readingB.*reading.member = flags->reading.*reading.member;
    Result<bool> identical = compare(*flags);
    if (!identical) {
      report(identical.error());
      exitCode = 1;
      return;
    }
    exitCode = *identical ? 0 : 2;
  });
}
