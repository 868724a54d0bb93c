#include "tools/limen/Training.h"

#include "dialects/snn/IR/NetworkView.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

void HeadFlags::add(CLI::App &app) {
  app.add_option("--hidden", hidden,
                 "Neurons of a hidden layer of the head (repeatable)");
  app.add_option("--activation", activation,
                 "Of hidden layers (default: as the network says, else relu)")
      ->check(CLI::IsMember({"relu", "gelu"}));
  app.add_option("--features", features,
                 "What the head is fitted to: rates (counts / steps), or these "
                 "at mean 0 and variance 1, which is folded into the weights")
      ->check(CLI::IsMember({"rates", "standard"}))
      ->capture_default_str();
  app.add_option("--epochs", epochs, "Passes over the samples (Adam)")
      ->capture_default_str();
  app.add_option("--batch", batch, "Samples of an update (Adam)")
      ->capture_default_str();
  app.add_option("--rate", rate, "Learning rate (Adam)")->capture_default_str();
  app.add_option("--weight-decay", decay, "Decay of the weights (AdamW)")
      ->capture_default_str();
}

learn::HeadOptions HeadFlags::options() const {
  learn::HeadOptions out;
  out.hidden = hidden;
  out.activation = activation == "gelu" ? network::Activation::Gelu
                                        : network::Activation::Relu;
  out.adam.rate = rate;
  out.adam.decay = decay;
  out.epochs = epochs;
  out.batch = batch;
  return out;
}

/// Hidden layers of the network's readout, which are kept when no others were
/// asked for.
static void keepHidden(snn::NetworkOp network, learn::HeadOptions &head) {
  for (snn::OutputOp output :
       network.getBody().front().getOps<snn::OutputOp>()) {
    auto last = output.getValue().getDefiningOp<snn::ReadoutOp>();
    if (!last)
      continue;
    for (auto layer = last.getInput().getDefiningOp<snn::ReadoutOp>(); layer;
         layer = layer.getInput().getDefiningOp<snn::ReadoutOp>()) {
      head.hidden.insert(head.hidden.begin(),
                         static_cast<size_t>(snn::sizeOf(layer.getType())));
      if (layer.getActivation())
        head.activation =
            static_cast<network::Activation>(*layer.getActivation());
    }
    return;
  }
}

Result<Training> cli::trainReadout(Compilation &compilation,
                                   const target::Target &target, DataSet data,
                                   const TrainingOptions &options) {
  Result<FeatureSource> source = FeatureSource::open(
      compilation, target, options.population, options.seed);
  if (!source)
    return source.takeError();
  learn::HeadOptions head = options.head;
  if (head.hidden.empty())
    keepHidden(snn::theNetwork(*compilation.module), head);
  const bool descend = options.descend.value_or(!head.hidden.empty());
  if (!descend && !head.hidden.empty())
    return Error(fmt::format("ridge regression fits a linear readout; this one "
                             "has {} hidden layers",
                             head.hidden.size()))
        .note("use --method adam");

  Result<Features> features = source->measure(
      std::move(data), options.calibrate, options.threads, options.progress);
  if (!features)
    return features.takeError();
  Training training;
  training.population = source->population();
  training.samples = features->counts.size();
  training.activity = features->activity;
  training.assumptions = features->assumptions;
  const size_t classes =
      options.classes ? options.classes : features->classes();
  training.sizes = {features->neurons};
  training.sizes.insert(training.sizes.end(), head.hidden.begin(),
                        head.hidden.end());
  training.sizes.push_back(classes);
  Result<learn::ReadoutData> counts = features->data(classes);
  if (!counts)
    return counts.takeError();

  std::vector<network::Readout> layers;
  if (descend) {
    head.seed = options.seed;
    head.threads = options.threads;
    head.standardise = options.standardise;
    Result<learn::HeadFit> fit = learn::fitHead(*counts, head);
    if (!fit)
      return fit.takeError();
    training.head = std::move(*fit);
    layers = training.head->layers;
  } else {
    learn::RidgeOptions ridge;
    ridge.threads = options.threads;
    ridge.standardise = options.standardise;
    if (!options.strengths.empty())
      ridge.strengths = options.strengths;
    Result<learn::ReadoutFit> fit = learn::fitReadout(*counts, ridge);
    if (!fit)
      return fit.takeError();
    training.ridge = std::move(*fit);
    network::Readout &linear = layers.emplace_back();
    linear.classes = static_cast<int64_t>(classes);
    linear.weights = network::Array<float>::own(training.ridge->weights);
    linear.bias = network::Array<float>::own(training.ridge->bias);
  }
  if (Result<void> set = source->setHead(compilation, layers); !set)
    return set.takeError();
  return training;
}
