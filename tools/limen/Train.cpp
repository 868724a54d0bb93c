// limen train: fits the digital readout of a network whose spiking part is
// fixed, e.g. a liquid state machine.

#include "compiler/Pipelines/Pipelines.h"
#include "dialects/snn/IR/NetworkView.h"
#include "hw-models/base/Files.h"
#include "runtime/engine/Runner.h"
#include "runtime/learn/Readout.h"
#include "tools/limen/Command.h"
#include "tools/limen/Progress.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

struct TrainFlags {
  NetworkFlags network;
  TargetFlags target;
  InputFlags input;
  std::string population;
  std::string out;
  uint64_t classes = 0;
  std::vector<double> strengths;
  size_t calibrate = 8;
};

/// The population that the readout reads: the one named, the one an existing
/// readout reads, or the only population.
Result<snn::NeuronOp> readoutSource(snn::NetworkOp network,
                                    const std::string &population) {
  std::vector<snn::NeuronOp> neurons;
  std::string names;
  for (snn::NeuronOp neuron :
       network.getBody().front().getOps<snn::NeuronOp>()) {
    neurons.push_back(neuron);
    names += (names.empty() ? "" : ", ") + neuron.getName().str();
    if (neuron.getName() == population)
      return neuron;
  }
  if (!population.empty())
    return Error("--from " + population + ": no such population")
        .note("populations: " + names);
  for (snn::ReadoutOp readout :
       network.getBody().front().getOps<snn::ReadoutOp>())
    return readout.getInput().getDefiningOp<snn::NeuronOp>();
  if (neurons.size() == 1)
    return neurons.front();
  return Error("the network has no readout and several populations; say which "
               "one to read with --from")
      .note("populations: " + names);
}

/// Replaces the network's outputs by the scores of a readout with `fit`.
void setReadout(snn::NetworkOp network, snn::NeuronOp source,
                const learn::ReadoutFit &fit) {
  mlir::OpBuilder builder(network.getContext());
  std::string name = "readout";
  for (snn::ReadoutOp old : llvm::make_early_inc_range(
           network.getBody().front().getOps<snn::ReadoutOp>())) {
    name = old.getName().str();
    for (mlir::Operation *user : llvm::make_early_inc_range(old->getUsers()))
      user->erase();
    old.erase();
  }
  builder.setInsertionPointToEnd(&network.getBody().front());
  const auto classes = static_cast<int64_t>(fit.bias.size());
  const int64_t features = static_cast<int64_t>(fit.weights.size()) / classes;
  const mlir::Type f32 = builder.getF32Type();
  auto weights = mlir::DenseElementsAttr::get(
      mlir::RankedTensorType::get({classes, features}, f32),
      llvm::ArrayRef(fit.weights));
  auto bias = mlir::DenseElementsAttr::get(
      mlir::RankedTensorType::get({classes}, f32), llvm::ArrayRef(fit.bias));
  auto readout = snn::ReadoutOp::create(
      builder, source.getLoc(),
      snn::ScoresType::get(builder.getContext(), {classes}), name,
      source.getResult(), weights, bias);
  // Scores come first: the first output decides the class.
  auto first = network.getBody().front().getOps<snn::OutputOp>();
  if (first.begin() != first.end())
    builder.setInsertionPoint(*first.begin());
  readout->moveBefore(builder.getInsertionBlock(), builder.getInsertionPoint());
  snn::OutputOp::create(builder, source.getLoc(), "scores",
                        readout.getResult());
}

Result<void> train(TrainFlags flags) {
  if (!llvm::StringRef(flags.out).ends_with(".mlir"))
    return Error("-o must end in .mlir", Place{flags.out, 0, 0, {}});
  if (llvm::StringRef(flags.network.network).ends_with(".limen"))
    return Error("is compiled; train the network it was compiled from",
                 Place{flags.network.network, 0, 0, {}});
  Result<target::Target> target =
      target::loadDocument(flags.target.target, flags.target.overrides);
  if (!target)
    return target.takeError();
  Result<Compilation> compilation = Compilation::import(flags.network);
  if (!compilation)
    return compilation.takeError();
  snn::NetworkOp network = snn::theNetwork(*compilation->module);
  if (!network)
    return Error("holds no network", Place{flags.network.network, 0, 0, {}});
  Result<snn::NeuronOp> source = readoutSource(network, flags.population);
  if (!source)
    return source.takeError();
  const std::string sourceName = source->getName().str();

  Result<std::unique_ptr<input::Source>> data = flags.input.open();
  if (!data)
    return data.takeError();
  Result<size_t> count = flags.input.count(**data);
  if (!count)
    return count.takeError();

  mlir::OwningOpRef<mlir::ModuleOp> lowered = compilation->module->clone();
  if (Result<void> done = lower(*lowered, *target); !done)
    return done;
  program::LoadOptions loadOptions;
  loadOptions.seed = flags.input.seed;
  Result<program::LoadedProgram> loaded =
      program::load(*lowered, *target, loadOptions);
  if (!loaded)
    return loaded.takeError();
  engine::Engine &engine = *loaded->engine;
  unsigned node = 0;
  while (engine.network().nodes[node].name != sourceName)
    ++node;
  const size_t features = engine.network().nodes[node].size;

  std::vector<input::Sample> calibration;
  for (size_t i = 0; i < std::min(flags.calibrate, *count); ++i) {
    Result<input::Sample> sample = (*data)->sample(flags.input.first + i);
    if (!sample)
      return sample.takeError();
    calibration.push_back(std::move(*sample));
  }
  if (Result<void> done = engine.calibrate(calibration); !done)
    return done;

  std::vector<int> labels(*count, -1);
  engine::RunnerOptions options;
  options.first = flags.input.first;
  options.samples = *count;
  options.threads = flags.input.threadCount();
  Progress progress("features");
  options.progress = [&](size_t done, size_t total) {
    progress.show(done, total);
  };
  options.inspect = [&](size_t place, const input::Sample &sample,
                        engine::SampleResult &) -> Result<void> {
    if (sample.label < 0)
      return Error("sample " + sample.id + " has no label");
    labels[place] = sample.label;
    return {};
  };
  Result<std::vector<engine::SampleResult>> results =
      engine::runSamples(engine, **data, options);
  progress.clear();
  if (!results)
    return results.takeError();

  size_t classes = flags.classes;
  if (classes == 0)
    classes = 1 + *std::max_element(labels.begin(), labels.end());
  learn::ReadoutData counts(features, classes);
  uint64_t spikes = 0;
  uint64_t steps = 0;
  for (size_t s = 0; s < results->size(); ++s) {
    const engine::SampleResult &result = (*results)[s];
    spikes += result.spikes[node];
    steps += result.steps;
    if (Result<void> added =
            counts.add(s, result.counts[node], result.steps, labels[s]);
        !added)
      return added;
  }
  learn::RidgeOptions ridge;
  ridge.threads = options.threads;
  if (!flags.strengths.empty())
    ridge.strengths = flags.strengths;
  Result<learn::ReadoutFit> fit = learn::fitReadout(counts, ridge);
  if (!fit)
    return fit.takeError();

  setReadout(network, *source, *fit);
  if (mlir::failed(mlir::verify(*compilation->module)))
    return Error("the network with its readout does not verify");
  std::string text;
  llvm::raw_string_ostream stream(text);
  compilation->module->print(stream);
  if (Result<void> written = writeFile(flags.out, text); !written)
    return written;

  for (const std::string &assumed : compilation->assumptions)
    fmt::print("assumed: {}\n", assumed);
  for (const std::string &assumed : (*data)->assumptions())
    fmt::print("assumed: {}\n", assumed);
  fmt::print("readout of '{}': {} neurons, {} classes, {} samples\n",
             sourceName, features, classes, results->size());
  fmt::print("activity: {:.2f} % of neurons fire in a step\n",
             100.0 * static_cast<double>(spikes) /
                 (static_cast<double>(features) * static_cast<double>(steps)));
  for (const learn::RidgeTrial &trial : fit->trials)
    fmt::print("  ridge {:<8g} hold-out accuracy {:.2f} %\n", trial.strength,
               100 * trial.holdOutAccuracy);
  fmt::print("chosen: ridge {:g}, training accuracy {:.2f} %\nwritten: {}\n",
             fit->strength, 100 * fit->trainingAccuracy, flags.out);
  return {};
}

} // namespace

void cli::addTrain(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App *command = app.add_subcommand(
      "train", "Fit the digital readout of a network whose spikes are fixed");
  command->footer("Runs the samples, counts the spikes of one population and "
                  "solves a ridge\nregression. The network with its readout is "
                  "written as IR text.\n\nExample:\n"
                  "  limen train lsm.yaml --input idx:images.gz,labels.gz "
                  "--samples 10000 -o lsm.mlir\n");
  flags->network.add(*command);
  flags->target.add(*command);
  flags->input.add(*command, /*required=*/true);
  command->add_option("--from", flags->population,
                      "Population to read (default: the readout's)");
  command->add_option("--classes", flags->classes,
                      "Number of classes (default: highest label + 1)");
  command->add_option("--ridge", flags->strengths,
                      "Strengths to choose from by hold-out (repeatable)");
  command
      ->add_option("--calibrate", flags->calibrate,
                   "Samples from which converter ranges are set (RRAM)")
      ->capture_default_str();
  command->add_option("-o", flags->out, "IR text to write (.mlir)")->required();
  command->callback([flags, &exitCode] {
    if (Result<void> done = train(*flags); !done) {
      report(done.error());
      exitCode = 1;
    }
  });
}
