#include "tools/limen/Features.h"

#include "compiler/Pipelines/Pipelines.h"
#include "dialects/snn/IR/NetworkView.h"
#include "runtime/engine/Feed.h"
#include "runtime/engine/Runner.h"
#include "tools/limen/Running.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>

using namespace limen;
using namespace limen::cli;

size_t Features::classes() const {
  return labels.empty() ? 0 : 1 + *std::ranges::max_element(labels);
}

Result<learn::ReadoutData>
Features::data(size_t classes,
               const std::function<bool(int label)> &keep) const {
  learn::ReadoutData out(neurons, classes);
  for (size_t s = 0; s < counts.size(); ++s)
    if (!keep || keep(labels[s]))
      if (Result<void> added = out.add(s, counts[s], steps[s], labels[s]);
          !added)
        return added.takeError();
  return out;
}

/// The population at the beginning of a chain of readouts.
static snn::NeuronOp sourceOf(snn::ReadoutOp readout) {
  mlir::Operation *input = readout.getInput().getDefiningOp();
  while (auto before = llvm::dyn_cast<snn::ReadoutOp>(input))
    input = before.getInput().getDefiningOp();
  return llvm::cast<snn::NeuronOp>(input);
}

/// The population that is read: the one named, the one an existing readout
/// reads, or the only population.
static Result<snn::NeuronOp> populationOf(snn::NetworkOp network,
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
    return sourceOf(readout);
  if (neurons.size() == 1)
    return neurons.front();
  return Error("the network has no readout and several populations; say which "
               "one to read with --from")
      .note("populations: " + names);
}

Result<FeatureSource> FeatureSource::open(Compilation &compilation,
                                          const target::Target &target,
                                          const std::string &population,
                                          uint64_t seed) {
  snn::NetworkOp network = snn::theNetwork(*compilation.module);
  if (!network)
    return Error("the file holds no network");
  Result<snn::NeuronOp> source = populationOf(network, population);
  if (!source)
    return source.takeError();
  FeatureSource out;
  out.name = source->getName().str();
  out.lowered = compilation.module->clone();
  if (Result<void> done = lower(*out.lowered, target); !done)
    return done.takeError();
  program::LoadOptions options;
  options.seed = seed;
  options.reference = false;
  Result<program::LoadedProgram> loaded =
      program::load(*out.lowered, target, options);
  if (!loaded)
    return loaded.takeError();
  out.loaded = std::move(*loaded);
  while (out.loaded.engine->network().nodes[out.node].name != out.name)
    ++out.node;
  return out;
}

Result<Features> FeatureSource::measure(DataSet data, size_t calibrate,
                                        unsigned threads,
                                        const ProgressCall &progress) {
  engine::Engine &engine = *loaded.engine;
  Result<FedData> fed = feed(engine, std::move(data), calibrate);
  if (!fed)
    return fed.takeError();

  Features out;
  out.neurons = static_cast<size_t>(engine.network().nodes[node].size);
  out.labels.assign(fed->count, -1);
  const network::Parts parts = network::partsOf(engine.network());
  engine::RunnerOptions runner;
  runner.first = fed->first;
  runner.samples = fed->count;
  runner.threads = threads;
  runner.progress = progress;
  runner.inspect = [&](size_t place, const input::Sample &sample,
                       engine::SampleResult &result) -> Result<void> {
    out.labels[place] =
        engine::labelsOf(engine.network(), parts, sample)[parts.of[node]];
    if (out.labels[place] < 0)
      return Error("sample " + sample.id + " has no label");
    // Counts are divided by steps.
    if (result.stepsOf(node) == 0)
      return Error("sample " + sample.id + " has no steps");
    return {};
  };
  Result<std::vector<engine::SampleResult>> results =
      engine::runSamples(engine, *fed->source, runner);
  if (!results)
    return results.takeError();
  double spikes = 0, places = 0;
  for (engine::SampleResult &result : *results) {
    spikes += static_cast<double>(result.spikes[node]);
    const uint32_t steps = result.stepsOf(node);
    places += static_cast<double>(out.neurons) * steps;
    out.counts.push_back(std::move(result.counts[node]));
    out.steps.push_back(steps);
  }
  out.activity = places > 0 ? spikes / places : 0;
  out.assumptions = fed->source->assumptions();
  return out;
}

Result<void>
FeatureSource::setHead(Compilation &compilation,
                       std::span<const network::Readout> layers) const {
  snn::NetworkOp network = snn::theNetwork(*compilation.module);
  mlir::Block &body = network.getBody().front();
  snn::NeuronOp source;
  for (snn::NeuronOp neuron : body.getOps<snn::NeuronOp>())
    if (neuron.getName() == name)
      source = neuron;
  // The last layer keeps the name of the readout that decided before.
  std::string head = "readout";
  for (snn::OutputOp output :
       llvm::make_early_inc_range(body.getOps<snn::OutputOp>()))
    if (auto old = output.getValue().getDefiningOp<snn::ReadoutOp>()) {
      head = old.getName().str();
      output->erase();
    }
  std::vector<snn::ReadoutOp> old(body.getOps<snn::ReadoutOp>().begin(),
                                  body.getOps<snn::ReadoutOp>().end());
  for (snn::ReadoutOp readout : old)
    readout->dropAllUses();
  for (snn::ReadoutOp readout : old)
    readout->erase();

  // Scores come first: the first output decides the class.
  mlir::OpBuilder builder(network.getContext());
  auto outputs = body.getOps<snn::OutputOp>();
  if (outputs.begin() != outputs.end())
    builder.setInsertionPoint(*outputs.begin());
  else
    builder.setInsertionPointToEnd(&body);
  const mlir::Type f32 = builder.getF32Type();
  const auto dense = [&](llvm::ArrayRef<int64_t> shape,
                         const network::Array<float> &values) {
    return mlir::DenseElementsAttr::get(
        mlir::RankedTensorType::get(shape, f32),
        llvm::ArrayRef(values.values.data(), values.size()));
  };
  mlir::Value input = source.getResult();
  for (size_t k = 0; k < layers.size(); ++k) {
    const network::Readout &layer = layers[k];
    snn::ActivationKindAttr activation;
    if (layer.activation != network::Activation::None)
      activation = snn::ActivationKindAttr::get(
          builder.getContext(),
          static_cast<snn::ActivationKind>(layer.activation));
    input = snn::ReadoutOp::create(
        builder, source.getLoc(),
        snn::ScoresType::get(builder.getContext(), {layer.classes}),
        k + 1 == layers.size() ? head : head + "_hidden" + std::to_string(k),
        input, dense({layer.classes, layer.inputs()}, layer.weights),
        dense({layer.classes}, layer.bias), activation);
  }
  snn::OutputOp::create(builder, source.getLoc(), "scores", input);
  if (mlir::failed(mlir::verify(*compilation.module)))
    return Error("the network with its readout does not verify");
  return {};
}
