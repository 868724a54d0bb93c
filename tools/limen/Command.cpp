#include "tools/limen/Command.h"

#include "compiler/Pipelines/Pipelines.h"
#include "dialects/Registration.h"
#include "hw-models/base/Files.h"
#include "runtime/input/Joined.h"
#include "runtime/input/Open.h"
#include "runtime/jit/Jit.h"
#include "runtime/program/Container.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>

using namespace limen;
using namespace limen::cli;

void NetworkFlags::add(CLI::App &app, bool compiled) {
  app.add_option(
         "NETWORK", network,
         std::string("Network: .nir (NIR), .yaml (description), a SONATA "
                     "circuit or simulation configuration (.json or its "
                     "folder), .net (Lava netx), .mlir (IR text)") +
             (compiled ? " or .limen (compiled program)" : ""))
      ->required();
  addReading(app);
}

void NetworkFlags::addReading(CLI::App &app, const std::string &suffix) {
  const auto add = [&](const std::string &flag, std::string &value,
                       const char *help,
                       const std::vector<std::string> &values = {}) {
    CLI::Option *option = app.add_option(flag + suffix, value, help);
    option->group(suffix.empty() ? "How a network file is read"
                                 : "Where B is read in another way");
    if (!values.empty())
      option->check(CLI::IsMember(values))->capture_default_str();
  };
  add("--dt", dt,
      "Step of a NIR network's equations, a time as '1 ms' (default: what the "
      "file's metadata says, else 0.1 ms), and of a SONATA circuit without a "
      "simulation configuration");
  add("--time-unit", timeUnit,
      "Unit of a NIR file's time constants; auto takes steps when all of them "
      "are at least 1, else s",
      {"auto", "s", "ms", "steps"});
  add("--reset", reset,
      "What a spike of a NIR neuron does to its membrane: set it to its reset "
      "value (zero), or subtract the threshold",
      {"zero", "subtract"});
  add("--spike-rule", spikeRule,
      "A NIR neuron fires when v is greater than its threshold (gt) or also "
      "when equal (ge)",
      {"gt", "ge"});
  add("--transform", transform,
      "Passes on the network before it is lowered, separated by commas, e.g. "
      "snn-prune{fraction=0.2},snn-quantize-weights{bits=6} "
      "(docs/transforms.md)");
  add("--scheme", scheme,
      "Discretisation of a NIR neuron's equations: euler (forward Euler), "
      "exponential (exact while the input is constant), impulse (exact decay, "
      "inputs are impulses of area x dt: as Rockpool and Sinabs)",
      {"euler", "exponential", "impulse"});
  add("--spike-timing", spikeTiming,
      "When a NIR neuron that crosses its threshold shows it: spike and reset "
      "in the same-step, spike in that step and reset-later by one, or both in "
      "the next-step (as Spyx)",
      {"same-step", "reset-later", "next-step"});
  add("--arrival", arrival,
      "When a signal reaches the neurons of a NIR network: in the same-step, "
      "or in the next-step on every connection (as Lava)",
      {"same-step", "next-step"});
}

Result<ImportOptions> NetworkFlags::options() const {
  ImportOptions options;
  if (!dt.empty()) {
    Result<double> seconds = parseQuantity(dt, "s");
    if (!seconds)
      return Error("--dt: " + seconds.error().message);
    if (!(*seconds > 0))
      return Error("--dt: '" + dt + "' must be positive");
    options.nir.dt = Seconds(*seconds);
    options.sonata.dt = Seconds(*seconds);
  }
  options.nir.timeUnit = timeUnit == "s"       ? nir::TimeUnit::Seconds
                         : timeUnit == "ms"    ? nir::TimeUnit::Milliseconds
                         : timeUnit == "steps" ? nir::TimeUnit::Steps
                                               : nir::TimeUnit::Auto;
  options.nir.reset =
      reset == "subtract" ? snn::ResetRule::Subtract : snn::ResetRule::Zero;
  options.nir.spikeRule = spikeRule == "ge" ? snn::SpikeRule::GreaterEqual
                                            : snn::SpikeRule::Greater;
  options.nir.scheme = scheme == "exponential" ? snn::Scheme::Exponential
                       : scheme == "impulse"   ? snn::Scheme::Impulse
                                               : snn::Scheme::Euler;
  options.nir.spikeTiming =
      spikeTiming == "reset-later" ? snn::SpikeTiming::ResetLater
      : spikeTiming == "next-step" ? snn::SpikeTiming::NextStep
                                   : snn::SpikeTiming::SameStep;
  options.nir.arrival =
      arrival == "next-step" ? nir::Arrival::NextStep : nir::Arrival::SameStep;
  return options;
}

Result<void> NetworkFlags::checkUncompiled() const {
  if (!network.ends_with(".limen"))
    return {};
  return Error("is compiled; a network was wanted", Place{network, 0, 0, {}})
      .note("give the network that it was compiled from");
}

void TargetFlags::add(CLI::App &app) {
  app.add_option(
         "--target", target,
         "A preset ('limen targets' lists them) or a target file (.yaml)")
      ->capture_default_str()
      ->each([this](const std::string &) { given = true; });
  app.add_option("--set", overrides,
                 "Change a parameter of the target, PATH=VALUE as in "
                 "'limen targets NAME', e.g. adc.bits=6 (repeatable)")
      ->allow_extra_args(false);
}

Result<target::Target> TargetFlags::load() const {
  Result<target::Target> loaded = target::loadDocument(target, overrides);
  if (!loaded)
    return loaded;
  if (Result<void> valid = target::validate(*loaded); !valid)
    return valid.takeError();
  return loaded;
}

std::vector<std::string>
TargetFlags::assumptions(const target::Target &loaded) const {
  std::vector<std::string> out;
  for (const std::string &assignment : overrides)
    out.push_back(fmt::format("target {} with {}", loaded.name, assignment));
  return out;
}

CLI::Option *InputFlags::addData(CLI::App &app, const std::string &option,
                                 const std::string &help) {
  return app.add_option(option, inputs, help)
      ->allow_extra_args(false)
      ->each([this](const std::string &text) {
        input += (input.empty() ? "" : " ") + text;
      });
}

void InputFlags::addLabels(CLI::App &app, const std::string &option,
                           const std::string &help) {
  app.add_option(option, labelFiles, help)
      ->allow_extra_args(false)
      ->each([this](const std::string &text) {
        labels += (labels.empty() ? "" : " ") + text;
      });
}

void InputFlags::add(CLI::App &app, bool required) {
  CLI::Option *option =
      addData(app, "--input",
              "Data set: events:FILE_OR_DIR | nmnist:DIR | "
              "idx:IMAGES,LABELS[,encoder=rate|current] | "
              "hdf5:FILE:DATASET[,LABELS] | csv:FILE[:COLUMNS] | "
              "npy:FILE | shd:FILE | wav:FILE_OR_DIR | "
              "nirdata:FILE[:NODE[/OBSERVABLE]][,times=start|end] | "
              "sonata:CONFIG.json | sonata:SPIKES.h5:NODES | none; "
              "NAME=SPEC for each input of a network with several; options of "
              "each: docs/inputs.md");
  if (required)
    option->required();
  addLabels(app, "--labels",
            "Labels of an nmnist or events input: lines 'sample class'; "
            "NAME=FILE with several inputs");
  app.add_option("--first", first, "First sample to run")
      ->capture_default_str();
  app.add_option("--samples", samples, "How many samples (default: all)");
  app.add_option("--steps", steps,
                 "Steps per sample: longer inputs are cut, shorter ones go on "
                 "without events (default: as the data says; --input none "
                 "needs it)");
  app.add_option("--bin", bin,
                 "Width of a step when events carry times, a time")
      ->capture_default_str();
  app.add_option("--seed", seed,
                 "Seed of all draws that the network does not fix: neurons, "
                 "encoders, and the chip instance with its noise")
      ->capture_default_str();
  app.add_option("--threads", threads, "Threads (default: one per core)");
}

unsigned InputFlags::threadCount() const {
  return threads != 0 ? threads
                      : std::max(1u, std::thread::hardware_concurrency());
}

/// NAME and SPEC of NAME=SPEC; no name where SPEC has options with '='.
static std::pair<std::string, std::string> named(const std::string &text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || text.find(':') < equals ||
      text.find('/') < equals)
    return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Result<std::unique_ptr<input::Source>> InputFlags::open() const {
  input::SourceOptions options;
  Result<double> width = parseQuantity(bin, "s");
  if (!width)
    return Error("--bin: " + width.error().message);
  if (!(*width > 0))
    return Error("--bin: '" + bin + "' must be positive");
  options.dt = Seconds(*width);
  options.steps = steps;
  options.seed = seed;
  if (inputs.size() == 1 && named(inputs.front()).first.empty()) {
    if (labelFiles.size() > 1)
      return Error(fmt::format("--labels is given {} times, --input once",
                               labelFiles.size()));
    options.labels = labels;
    return input::openSource(inputs.front(), options);
  }
  std::vector<input::NamedSource> sources;
  for (const std::string &text : inputs) {
    const auto [name, spec] = named(text);
    if (name.empty())
      return Error(fmt::format("--input {}: with several inputs, NAME=SPEC was "
                               "wanted",
                               text));
    if (std::ranges::find(sources, name, &input::NamedSource::name) !=
        sources.end())
      return Error(fmt::format("--input {}=... is given twice", name));
    options.labels.clear();
    for (const std::string &file : labelFiles)
      if (named(file).first == name)
        options.labels = named(file).second;
    Result<std::unique_ptr<input::Source>> source =
        input::openSource(spec, options);
    if (!source)
      return source.takeError();
    sources.push_back({name, std::move(*source)});
  }
  for (const std::string &file : labelFiles)
    if (std::ranges::find(sources, named(file).first,
                          &input::NamedSource::name) == sources.end())
      return Error(fmt::format("--labels {}: no --input of that name; "
                               "NAME=FILE was wanted",
                               file));
  return std::unique_ptr<input::Source>(
      std::make_unique<input::Joined>(std::move(sources)));
}

Result<size_t> InputFlags::count(const input::Source &source) const {
  if (first >= source.size())
    return Error(fmt::format("--first {}: the input has {} samples", first,
                             source.size()));
  const size_t available = source.size() - first;
  if (samples > available)
    return Error(fmt::format(
        "--samples {}: the input has {} samples{}", samples, source.size(),
        first ? fmt::format(", {} from --first on", available) : ""));
  if (const auto *joined = dynamic_cast<const input::Joined *>(&source);
      joined && samples == 0)
    for (const input::NamedSource &member : joined->members())
      if (member.source->size() != source.size())
        return Error(fmt::format("input '{}' has {} samples, the shortest has "
                                 "{}",
                                 member.name, member.source->size(),
                                 source.size()))
            .note("--samples says how many to run; sample i of every input "
                  "runs together");
  return samples == 0 ? available : samples;
}

Result<DataSet> InputFlags::openData() const {
  Result<std::unique_ptr<input::Source>> source = open();
  if (!source)
    return source.takeError();
  Result<size_t> samples = count(**source);
  if (!samples)
    return samples.takeError();
  return DataSet{std::move(*source), first, *samples};
}

std::unique_ptr<mlir::MLIRContext> cli::makeContext() {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  jit::registerTranslations(registry);
  auto context = std::make_unique<mlir::MLIRContext>(
      registry, mlir::MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

Result<Compilation> Compilation::import(const NetworkFlags &flags) {
  if (Result<void> uncompiled = flags.checkUncompiled(); !uncompiled)
    return uncompiled.takeError();
  Result<ImportOptions> options = flags.options();
  if (!options)
    return options.takeError();
  Compilation compilation;
  compilation.context = makeContext();
  auto module =
      importNetwork(flags.network, *options, compilation.context.get(),
                    compilation.assumptions);
  if (!module)
    return module.takeError();
  compilation.module = std::move(*module);
  if (flags.transform.empty())
    return compilation;
  Result<std::vector<std::string>> remarks =
      transform(*compilation.module, flags.transform);
  if (!remarks)
    return remarks.takeError();
  for (std::string &text : *remarks)
    compilation.assumptions.push_back("transform: " + std::move(text));
  return compilation;
}

Result<Compilation> Compilation::compile(const NetworkFlags &network,
                                         const TargetFlags &flags) {
  if (!network.network.ends_with(".limen")) {
    // The target first: what is wrong with it is said before a large file is
    // read.
    Result<target::Target> target = flags.load();
    if (!target)
      return target.takeError();
    Result<Compilation> compilation = import(network);
    if (!compilation)
      return compilation;
    for (std::string &text : flags.assumptions(*target))
      compilation->assumptions.push_back(std::move(text));
    if (Result<void> lowered = lower(*compilation->module, *target); !lowered)
      return lowered.takeError();
    compilation->target = std::move(*target);
    return compilation;
  }

  Compilation compilation;
  compilation.context = makeContext();
  Result<program::StoredProgram> stored =
      program::readProgram(network.network, compilation.context.get());
  if (!stored)
    return stored.takeError();
  if (flags.given && flags.target != stored->target)
    return Error(fmt::format("was compiled for target '{}', --target says '{}'",
                             stored->target, flags.target),
                 Place{network.network, 0, 0, {}})
        .note("compile the network again for the other target");
  if (!network.transform.empty())
    return Error("is compiled: --transform would not change it",
                 Place{network.network, 0, 0, {}})
        .note("give --transform to 'limen compile'");
  if (!flags.overrides.empty())
    return Error("is compiled: --set would not change it",
                 Place{network.network, 0, 0, {}})
        .note("give --set to 'limen compile'");
  compilation.module = std::move(stored->module);
  Result<target::Target> target = targetOf(*compilation.module);
  if (!target)
    return target.takeError();
  compilation.target = std::move(*target);
  compilation.assumptions = assumptionsOf(*compilation.module);
  return compilation;
}

/// Whether something can be made in a folder that exists.
static Result<void> checkWritable(const std::filesystem::path &folder,
                                  const std::string &out) {
  std::error_code status;
  const std::string name = folder.empty() ? "." : folder.string();
  if (!std::filesystem::is_directory(name, status))
    return Error("cannot be written: '" + name + "' is no folder",
                 Place{out, 0, 0, {}});
  if (::access(name.c_str(), W_OK | X_OK) != 0)
    return Error("cannot be written: the folder '" + name + "' is not writable",
                 Place{out, 0, 0, {}});
  return {};
}

Result<void> cli::checkFolder(const std::string &out) {
  std::error_code status;
  std::filesystem::path place(out);
  if (std::filesystem::exists(place, status)) {
    if (!std::filesystem::is_directory(place, status))
      return Error("is a file; --out must name a folder", Place{out, 0, 0, {}});
    return checkWritable(place, out);
  }
  // The innermost folder that is there.
  if (!place.has_filename())
    place = place.parent_path();
  do
    place = place.parent_path();
  while (!place.empty() && !std::filesystem::exists(place, status));
  return checkWritable(place, out);
}

Result<void> cli::checkFile(const std::string &out) {
  std::error_code status;
  if (std::filesystem::is_directory(out, status))
    return Error("is a folder; the name of a file was wanted",
                 Place{out, 0, 0, {}});
  return checkWritable(std::filesystem::path(out).parent_path(), out);
}

Result<void> cli::makeFolder(const std::string &out) {
  std::error_code status;
  std::filesystem::create_directories(out, status);
  if (status)
    return Error("cannot be created: " + status.message(),
                 Place{out, 0, 0, {}});
  return {};
}

Result<void> cli::writeText(mlir::ModuleOp module, const std::string &file) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return writeFile(file, text);
}

std::string cli::eventFormats() {
  std::string out;
  for (const events::Format *format : events::formats())
    out += (out.empty() ? "" : ", ") + std::string(format->name);
  return out;
}

void cli::addCalibrate(CLI::App &app, size_t &samples) {
  app.add_option("--calibrate", samples,
                 "Samples from which converter ranges are set (RRAM)")
      ->capture_default_str();
}

void cli::report(const Error &error) {
  fmt::print(stderr, "{}\n", error.text());
}

void cli::finish(const Result<void> &done, int &exitCode) {
  if (done)
    return;
  report(done.error());
  exitCode = 1;
}
