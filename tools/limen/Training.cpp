#include "tools/limen/Training.h"

#include "compiler/Pipelines/Pipelines.h"
#include "dialects/snn/IR/NetworkView.h"
#include "runtime/engine/Feed.h"
#include "runtime/engine/Runner.h"
#include "tools/limen/Running.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

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

} // namespace

Result<Training> cli::trainReadout(Compilation &compilation,
                                   const target::Target &target,
                                   std::unique_ptr<input::Source> data,
                                   size_t first, size_t count,
                                   const TrainingOptions &options) {
  snn::NetworkOp network = snn::theNetwork(*compilation.module);
  if (!network)
    return Error("the file holds no network");
  Result<snn::NeuronOp> source = readoutSource(network, options.population);
  if (!source)
    return source.takeError();
  Training training;
  training.population = source->getName().str();

  mlir::OwningOpRef<mlir::ModuleOp> lowered = compilation.module->clone();
  if (Result<void> done = lower(*lowered, target); !done)
    return done.takeError();
  program::LoadOptions loadOptions;
  loadOptions.seed = options.seed;
  Result<program::LoadedProgram> loaded =
      program::load(*lowered, target, loadOptions);
  if (!loaded)
    return loaded.takeError();
  engine::Engine &engine = *loaded->engine;
  unsigned node = 0;
  while (engine.network().nodes[node].name != training.population)
    ++node;
  training.features = engine.network().nodes[node].size;
  Result<std::unique_ptr<input::Watched>> fed =
      feed(engine.network(), std::move(data));
  if (!fed)
    return fed.takeError();
  if (Result<void> done =
          calibrate(engine, **fed, first, count, options.calibrate);
      !done)
    return done.takeError();

  std::vector<int> labels(count, -1);
  const network::Parts parts = network::partsOf(engine.network());
  engine::RunnerOptions runner;
  runner.first = first;
  runner.samples = count;
  runner.threads = options.threads;
  runner.progress = options.progress;
  runner.inspect = [&](size_t place, const input::Sample &sample,
                       engine::SampleResult &) -> Result<void> {
    labels[place] =
        engine::labelsOf(engine.network(), parts, sample)[parts.of[node]];
    if (labels[place] < 0)
      return Error("sample " + sample.id + " has no label");
    return {};
  };
  Result<std::vector<engine::SampleResult>> results =
      engine::runSamples(engine, **fed, runner);
  if (!results)
    return results.takeError();

  training.classes = options.classes;
  if (training.classes == 0)
    training.classes = 1 + *std::max_element(labels.begin(), labels.end());
  learn::ReadoutData counts(training.features, training.classes);
  uint64_t spikes = 0;
  uint64_t steps = 0;
  for (size_t s = 0; s < results->size(); ++s) {
    const engine::SampleResult &result = (*results)[s];
    spikes += result.spikes[node];
    steps += result.stepsOf(node);
    if (Result<void> added =
            counts.add(s, result.counts[node], result.stepsOf(node), labels[s]);
        !added)
      return added.takeError();
  }
  training.samples = results->size();
  training.activity =
      static_cast<double>(spikes) /
      (static_cast<double>(training.features) * static_cast<double>(steps));
  learn::RidgeOptions ridge;
  ridge.threads = options.threads;
  if (!options.strengths.empty())
    ridge.strengths = options.strengths;
  Result<learn::ReadoutFit> fit = learn::fitReadout(counts, ridge);
  if (!fit)
    return fit.takeError();
  training.fit = std::move(*fit);
  training.assumptions = (*fed)->assumptions();

  setReadout(network, *source, training.fit);
  if (mlir::failed(mlir::verify(*compilation.module)))
    return Error("the network with its readout does not verify");
  return training;
}
