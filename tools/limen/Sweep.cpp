// limen sweep: a network on every point of a grid of target parameters.

#include "runtime/report/Sweep.h"
#include "compiler/Pipelines/Pipelines.h"
#include "dialects/snn/IR/Snn.h"
#include "hw-models/base/Files.h"
#include "hw-models/base/Parallel.h"
#include "hw-models/base/Random.h"
#include "runtime/engine/Runner.h"
#include "runtime/report/JsonText.h"
#include "tools/limen/Command.h"
#include "tools/limen/Progress.h"
#include "tools/limen/Running.h"
#include "tools/limen/Training.h"

#include <filesystem>
#include <fmt/format.h>
#include <mutex>

using namespace limen;
using namespace limen::cli;
using Json = nlohmann::ordered_json;

namespace {

struct SweepFlags {
  NetworkFlags network;
  TargetFlags target;
  InputFlags input;
  InputFlags training; ///< its `input` is "" when the readout is taken as it is
  std::vector<std::string> vary;
  std::string out;
  ReadoutFlags readout; ///< of the training
  size_t instances = 1;
  std::string forming = "description";
  size_t calibrate = 8;
};

/// One run: a point of the grid on one chip instance.
struct Piece {
  size_t point;
  uint64_t seed;
  std::string file; ///< its report
};

/// The content of a file as a number, 0 for a folder.
Result<uint32_t> digestOf(const std::string &path) {
  if (std::filesystem::is_directory(path))
    return uint32_t(0);
  Result<std::string> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return identityOf(*bytes);
}

/// All that decides the result of a point besides its name and seed.
Result<Json> contextOf(const SweepFlags &flags, const target::Target &target) {
  Result<uint32_t> digest = digestOf(flags.network.network);
  if (!digest)
    return digest.takeError();
  const NetworkFlags &n = flags.network;
  const InputFlags &i = flags.input, &t = flags.training;
  Json json;
  json["schema"] = {{"name", "limen.sweep"}, {"version", 1}};
  json["limen"] = LIMEN_VERSION;
  json["network"] = {{"file", n.network},
                     {"digest", *digest},
                     {"dt", n.dt},
                     {"time_unit", n.timeUnit},
                     {"reset", n.reset},
                     {"spike_rule", n.spikeRule},
                     {"transform", n.transform},
                     {"scheme", n.scheme},
                     {"spike_timing", n.spikeTiming},
                     {"arrival", n.arrival}};
  json["target"] = {{"name", flags.target.target},
                    {"settings", flags.target.overrides},
                    {"digest", identityOf(target.document.text())}};
  json["input"] = {{"data", i.input},
                   {"labels", i.labels},
                   {"first", i.first},
                   {"samples", i.samples},
                   {"steps", i.steps},
                   {"bin", i.bin},
                   {"calibrate", flags.calibrate}};
  if (flags.forming != "description")
    json["input"]["forming"] = flags.forming;
  json["training"] = {
      {"data", t.input}, {"labels", t.labels}, {"samples", t.samples}};
  if (!t.input.empty())
    json["training"]["readout"] = flags.readout.json();
  return json;
}

/// The first key in which two settings differ, with both values.
struct Difference {
  std::string key, before, now;
};
std::optional<Difference> differenceOf(const Json &before, const Json &now,
                                       const std::string &key) {
  if (before == now)
    return std::nullopt;
  if (!before.is_object() || !now.is_object())
    return Difference{key, before.is_null() ? "nothing" : before.dump(),
                      now.is_null() ? "nothing" : now.dump()};
  const std::string prefix = key.empty() ? "" : key + ".";
  for (const Json *keys : {&now, &before})
    for (const auto &[inner, value] : keys->items())
      if (std::optional<Difference> found =
              differenceOf(before.value(inner, Json()),
                           now.value(inner, Json()), prefix + inner))
        return found;
  return std::nullopt;
}

/// Starts the sweep's folder, or checks that it holds this very sweep: other
/// settings would mix results that do not belong together.
Result<void> openFolder(const std::string &folder, const Json &context) {
  const std::string file = folder + "/sweep.json";
  const Place place{file, 0, 0, {}};
  if (!std::filesystem::exists(file)) {
    if (Result<void> made = makeFolder(folder); !made)
      return made;
    return writeFile(file, report::writeJson(context));
  }
  Result<std::string> text = readFile(file);
  if (!text)
    return text.takeError();
  const Json found = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!found.is_object())
    return Error("is not the description of a sweep", place)
        .note("give another --out");
  if (const std::optional<Difference> other = differenceOf(found, context, ""))
    return Error(fmt::format("'{}' of the sweep in this folder is {}; now it "
                             "is {}",
                             other->key, other->before, other->now),
                 place)
        .note("give another --out, or the same settings to go on");
  return {};
}

/// Draws formed cells as a description of this seed would.
void formAnew(Compilation &compilation, uint64_t seed) {
  size_t count = 0;
  compilation.module->walk([&](snn::RandomOp op) {
    if (op.getDistribution() != snn::DistributionKind::FormedPair)
      return;
    op.setSeed(seed);
    ++count;
  });
  compilation.assumptions.push_back(fmt::format(
      "formed cells of {} projections are those of chip instance {}", count,
      seed));
}

/// Runs one piece and writes its report.
Result<void> runPiece(const SweepFlags &flags,
                      const std::vector<std::string> &overrides,
                      const Piece &piece, unsigned threads) {
  TargetFlags targetFlags = flags.target;
  targetFlags.overrides = overrides;
  InputFlags input = flags.input;
  input.seed = piece.seed;
  Result<target::Target> target = targetFlags.load();
  if (!target)
    return target.takeError();
  Result<Compilation> compilation = Compilation::import(flags.network);
  if (!compilation)
    return compilation.takeError();
  for (std::string &text : targetFlags.assumptions(*target))
    compilation->assumptions.push_back(std::move(text));
  if (flags.forming == "instance")
    formAnew(*compilation, piece.seed);

  if (!flags.training.input.empty()) {
    InputFlags from = flags.training;
    from.seed = piece.seed;
    Result<DataSet> data = from.openData();
    if (!data)
      return data.takeError();
    Result<TrainingOptions> options = flags.readout.options();
    if (!options)
      return options.takeError();
    options->calibrate = flags.calibrate;
    options->seed = piece.seed;
    options->threads = threads;
    Result<Training> training =
        trainReadouts(*compilation, *target, std::move(*data), *options);
    if (!training)
      return training.takeError();
    std::string which = "readout";
    if (training->heads.size() > 1) {
      which = "readouts";
      for (const TrainedHead &head : training->heads)
        which += (which.size() > 8 ? ", '" : " '") + head.name + "'";
    }
    compilation->assumptions.push_back(fmt::format(
        "{} fitted to {} samples of {} on this target and chip instance", which,
        training->samples, from.input));
  }
  if (Result<void> done = lower(*compilation->module, *target); !done)
    return done;

  program::LoadOptions loadOptions;
  loadOptions.seed = piece.seed;
  Result<program::LoadedProgram> loaded =
      program::load(*compilation->module, *target, loadOptions);
  if (!loaded)
    return loaded.takeError();
  engine::Engine &engine = *loaded->engine;
  Result<DataSet> data = input.openData();
  if (!data)
    return data.takeError();
  Result<FedData> fed = feed(engine, std::move(*data), flags.calibrate);
  if (!fed)
    return fed.takeError();
  std::vector<report::SampleKey> keys(fed->count);
  engine::RunnerOptions options;
  options.first = fed->first;
  options.samples = fed->count;
  options.threads = threads;
  options.inspect = [&](size_t place, const input::Sample &sample,
                        engine::SampleResult &) -> Result<void> {
    keys[place] = report::keyOf(engine.network(), sample);
    return {};
  };
  Result<std::vector<engine::SampleResult>> results =
      engine::runSamples(engine, *fed->source, options);
  if (!results)
    return results.takeError();
  const report::Report made =
      report::build(engine,
                    runInfo(*target, targetFlags.target, input, *fed->source,
                            compilation->assumptions),
                    keys, *results);
  if (Result<void> folder =
          makeFolder(std::filesystem::path(piece.file).parent_path());
      !folder)
    return folder;
  return writeFile(piece.file, report::toJson(made));
}

Result<report::Report> readPiece(const Piece &piece) {
  Result<std::string> text = readFile(piece.file);
  if (!text)
    return text.takeError();
  Result<report::Report> read = report::readSummary(*text, piece.file);
  if (!read)
    return read.takeError().note("delete it to run this point again");
  return read;
}

/// Returns whether every point ran.
Result<bool> sweep(const SweepFlags &flags) {
  if (Result<void> fine = checkFolder(flags.out); !fine)
    return fine.takeError();
  if (Result<void> fine = flags.network.checkUncompiled(); !fine)
    return fine.takeError();
  if (const std::string flag = flags.readout.given();
      !flag.empty() && flags.training.input.empty())
    return Error(flag + " is for a readout that is fitted; --train is missing");
  if (Result<TrainingOptions> fine = flags.readout.options(); !fine)
    return fine.takeError();
  if (flags.instances == 0)
    return Error("--instances 0: at least one chip instance is needed");
  std::vector<report::SweepAxis> axes;
  for (const std::string &text : flags.vary) {
    Result<report::SweepAxis> axis = report::parseAxis(text);
    if (!axis)
      return axis.takeError();
    axes.push_back(std::move(*axis));
  }
  Result<std::vector<std::vector<std::string>>> grid = report::sweepGrid(axes);
  if (!grid)
    return grid.takeError();

  // Every target is checked before anything runs.
  std::vector<std::vector<std::string>> settings;
  for (const std::vector<std::string> &values : *grid) {
    TargetFlags point = flags.target;
    for (size_t a = 0; a < axes.size(); ++a)
      point.overrides.push_back(axes[a].path + "=" + values[a]);
    Result<target::Target> target = point.load();
    if (!target)
      return target.takeError();
    settings.push_back(std::move(point.overrides));
  }
  Result<target::Target> base =
      target::loadDocument(flags.target.target, flags.target.overrides);
  if (!base)
    return base.takeError();
  Result<Json> context = contextOf(flags, *base);
  if (!context)
    return context.takeError();
  if (Result<void> opened = openFolder(flags.out, *context); !opened)
    return opened.takeError();

  std::vector<Piece> pieces;
  std::vector<size_t> open; // pieces that have not run yet
  for (size_t p = 0; p < grid->size(); ++p)
    for (size_t k = 0; k < flags.instances; ++k) {
      Piece piece{p, flags.input.seed + k, {}};
      piece.file = fmt::format(
          "{}/points/{}/seed-{}.json", flags.out,
          axes.empty() ? "all" : report::pointName(axes, (*grid)[p]),
          piece.seed);
      if (!std::filesystem::exists(piece.file))
        open.push_back(pieces.size());
      pieces.push_back(std::move(piece));
    }

  const auto threads = static_cast<unsigned>(std::min<size_t>(
      flags.input.threadCount(), std::max<size_t>(open.size(), 1)));
  const unsigned inner = std::max(1u, flags.input.threadCount() / threads);
  std::vector<std::string> errors(pieces.size());
  Progress progress("points");
  std::mutex mutex;
  size_t done = 0;
  parallelFor(open.size(), threads, [&](uint64_t index, unsigned) {
    const Piece &piece = pieces[open[index]];
    Result<void> ran = runPiece(flags, settings[piece.point], piece, inner);
    const std::lock_guard lock(mutex);
    if (!ran)
      errors[open[index]] = ran.error().text();
    progress.show(++done, open.size());
  });
  progress.clear();

  std::vector<report::SweepRow> rows;
  bool whole = true;
  for (size_t p = 0; p < grid->size(); ++p) {
    std::vector<report::Report> reports;
    std::string failed;
    for (size_t k = 0; k < flags.instances; ++k) {
      const size_t index = p * flags.instances + k;
      if (!errors[index].empty()) {
        failed = errors[index];
        break;
      }
      Result<report::Report> read = readPiece(pieces[index]);
      if (!read)
        return read.takeError();
      reports.push_back(std::move(*read));
    }
    if (failed.empty()) {
      rows.push_back(report::sweepRow((*grid)[p], reports));
      continue;
    }
    whole = false;
    report::SweepRow &row = rows.emplace_back();
    row.values = (*grid)[p];
    row.error = failed;
    fmt::print(stderr, "{}: {}\n", report::pointName(axes, (*grid)[p]), failed);
  }
  const std::string title = fmt::format("{} on {}: {}", flags.network.network,
                                        base->name, flags.input.input);
  if (Result<void> written =
          writeFile(flags.out + "/sweep.csv", report::sweepCsv(axes, rows));
      !written)
    return written.takeError();
  if (Result<void> written = writeFile(flags.out + "/sweep.html",
                                       report::sweepHtml(title, axes, rows));
      !written)
    return written.takeError();
  fmt::print("{}", report::sweepTable(axes, rows));
  fmt::print("\n{} points, {} chip instances each: {} runs made, {} found\n",
             grid->size(), flags.instances, open.size(),
             pieces.size() - open.size());
  fmt::print("written: {0}/sweep.csv, {0}/sweep.html\n", flags.out);
  return whole;
}

} // namespace

void cli::addSweep(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<SweepFlags>();
  CLI::App *command = app.add_subcommand(
      "sweep", "Run a network on a grid of target parameters: accuracy against "
               "energy");
  command->footer(
      "Finished points are kept in the folder: the same command goes on where "
      "it stopped,\nand more values or instances can be added.\n\nExample:\n"
      "  limen sweep lsm.yaml --target rram-40nm --vary adc.bits=4,6,8 --vary "
      "device.read_noise=0,0.02\n    --train nmnist:train --train-labels "
      "train.txt --input nmnist:test --labels test.txt --out s\n");
  flags->network.add(*command, /*compiled=*/false);
  flags->target.add(*command);
  flags->input.add(*command, /*required=*/true);
  command
      ->add_option("--vary", flags->vary,
                   "A target parameter and its values, e.g. adc.bits=4,6,8 "
                   "(repeatable: every combination runs)")
      ->allow_extra_args(false)
      ->required();
  flags->training.addData(
      *command, "--train",
      "Data set, as --input: fits the readout on each point "
      "and chip instance before it is tested");
  flags->training.addLabels(*command, "--train-labels",
                            "Labels of --train, as --labels");
  command->add_option("--train-samples", flags->training.samples,
                      "How many samples of --train (default: all)");
  flags->readout.add(*command);
  command
      ->add_option("--instances", flags->instances,
                   "Chip instances of each point: seeds from --seed up")
      ->capture_default_str();
  command
      ->add_option("--forming", flags->forming,
                   "Whose seed draws formed cells: that of the description, or "
                   "of each chip instance")
      ->check(CLI::IsMember({"description", "instance"}))
      ->capture_default_str();
  addCalibrate(*command, flags->calibrate);
  command
      ->add_option("--out", flags->out,
                   "Folder of the sweep; one that is there goes on")
      ->required();
  command->callback([flags, &exitCode] {
    flags->training.bin = flags->input.bin;
    flags->training.steps = flags->input.steps;
    Result<bool> done = sweep(*flags);
    if (!done)
      report(done.error());
    if (!done || !*done)
      exitCode = 1;
  });
}
