#include "tools/limen/Training.h"

#include "dialects/snn/IR/NetworkView.h"
#include "runtime/learn/HeadChecks.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

void HeadFlags::add(CLI::App &app) {
  app.add_option("--hidden", hidden,
                 "Neurons of a hidden layer of the head (repeatable)")
      ->allow_extra_args(false);
  app.add_option("--activation", activation, "Of hidden layers (default: relu)")
      ->check(CLI::IsMember({"relu", "gelu"}));
  app.add_option("--features", features,
                 "What the head is fitted to: rates (counts / steps), or these "
                 "at mean 0 and variance 1, which is folded into the weights")
      ->check(CLI::IsMember({"rates", "standard"}))
      ->capture_default_str();
  adam = {app.add_option("--epochs", epochs, "Passes over the samples (Adam)")
              ->capture_default_str(),
          app.add_option("--batch", batch, "Samples of an update (Adam)")
              ->capture_default_str(),
          app.add_option("--rate", rate, "Learning rate (Adam)")
              ->capture_default_str(),
          app.add_option("--weight-decay", decay,
                         "Decay of the weights in an update, times the "
                         "learning rate (AdamW)")
              ->capture_default_str()};
}

std::string HeadFlags::adamFlag() const {
  for (const CLI::Option *option : adam)
    if (option->count() > 0)
      return option->get_name();
  return {};
}

Result<learn::HeadOptions> HeadFlags::options() const {
  learn::HeadOptions out;
  out.hidden = hidden;
  out.activation = activation == "gelu" ? network::Activation::Gelu
                                        : network::Activation::Relu;
  out.adam.rate = rate;
  out.adam.decay = decay;
  out.epochs = epochs;
  out.batch = batch;
  if (Result<void> fine = learn::checkOptions(out); !fine)
    return fine.takeError();
  return out;
}

void ReadoutFlags::add(CLI::App &app) {
  const size_t before = app.get_options().size();
  app.add_option("--from", population,
                 "Population to read (default: the readout's)");
  app.add_option("--classes", classes,
                 "Number of classes (default: highest label + 1)");
  app.add_option("--method", method,
                 "ridge or adam (default: ridge for a linear readout, adam "
                 "with hidden layers)")
      ->check(CLI::IsMember({"ridge", "adam"}));
  app.add_option("--ridge", strengths,
                 "Strength of ridge regression, in units of a feature's mean "
                 "variance times the samples; of several (repeatable) the one "
                 "that does best on samples left out (default: 1e-4 to 10)")
      ->allow_extra_args(false);
  head.add(app);
  app.get_option("--hidden")
      ->description("Neurons of a hidden layer of the head (repeatable; "
                    "default: the hidden layers that the readout has)");
  app.get_option("--activation")
      ->description("Of hidden layers (default: that of the hidden layers that "
                    "the readout has, else relu)");
  const std::vector<CLI::Option *> options = app.get_options();
  all.assign(options.begin() + static_cast<ptrdiff_t>(before), options.end());
  for (CLI::Option *option : options)
    if (std::ranges::find(all, option) != all.end())
      option->group("Readout");
}

std::string ReadoutFlags::given() const {
  for (const CLI::Option *option : all)
    if (option->count() > 0)
      return option->get_name();
  return {};
}

Result<TrainingOptions> ReadoutFlags::options() const {
  TrainingOptions out;
  Result<learn::HeadOptions> fine = head.options();
  if (!fine)
    return fine.takeError();
  out.head = std::move(*fine);
  for (const double strength : strengths)
    if (!(strength >= 0) || !std::isfinite(strength))
      return Error(
          fmt::format("--ridge {}: a number from 0 was wanted", strength));
  if (method == "adam" && !strengths.empty())
    return Error("--ridge is for ridge regression; --method says adam");
  out.population = population;
  out.classes = classes;
  out.strengths = strengths;
  out.standardise = head.standardise();
  if (!method.empty())
    out.descend = method == "adam";
  if (!head.activation.empty())
    out.activation = out.head.activation;
  out.adamFlag = head.adamFlag();
  return out;
}

nlohmann::ordered_json ReadoutFlags::json() const {
  return {{"from", population},        {"classes", classes},
          {"method", method},          {"ridge", strengths},
          {"hidden", head.hidden},     {"activation", head.activation},
          {"features", head.features}, {"epochs", head.epochs},
          {"batch", head.batch},       {"rate", head.rate},
          {"weight_decay", head.decay}};
}

/// Layers between the counts and the last layer of the readout that decides.
static std::vector<snn::ReadoutOp> hiddenOf(snn::NetworkOp network) {
  std::vector<snn::ReadoutOp> hidden;
  for (snn::OutputOp output :
       network.getBody().front().getOps<snn::OutputOp>()) {
    auto last = output.getValue().getDefiningOp<snn::ReadoutOp>();
    if (!last)
      continue;
    for (auto layer = last.getInput().getDefiningOp<snn::ReadoutOp>(); layer;
         layer = layer.getInput().getDefiningOp<snn::ReadoutOp>())
      hidden.insert(hidden.begin(), layer);
    break;
  }
  return hidden;
}

/// Hidden layers as asked for, else those of the network's readout. Errors:
/// layers that differ in their activation, an activation without layers.
static Result<learn::HeadOptions> layersOf(snn::NetworkOp network,
                                           const TrainingOptions &options) {
  learn::HeadOptions head = options.head;
  std::optional<network::Activation> activation = options.activation;
  for (snn::ReadoutOp layer : hiddenOf(network)) {
    if (options.head.hidden.empty())
      head.hidden.push_back(static_cast<size_t>(snn::sizeOf(layer.getType())));
    if (options.activation)
      continue;
    const auto own = static_cast<network::Activation>(
        layer.getActivation().value_or(snn::ActivationKind::None));
    if (activation.value_or(own) != own || own == network::Activation::None)
      return Error(fmt::format("hidden layer '{}' of the readout has {}",
                               layer.getName().str(),
                               own == network::Activation::None
                                   ? "no activation"
                                   : "another activation than the one before"))
          .note("say which one all hidden layers get with --activation");
    activation = own;
  }
  if (options.activation && head.hidden.empty())
    return Error("--activation is for hidden layers; the readout has none")
        .note("add them with --hidden");
  if (activation)
    head.activation = *activation;
  return head;
}

Result<Training> cli::trainReadout(Compilation &compilation,
                                   const target::Target &target, DataSet data,
                                   const TrainingOptions &options) {
  Result<FeatureSource> source = FeatureSource::open(
      compilation, target, options.population, options.seed);
  if (!source)
    return source.takeError();
  Result<learn::HeadOptions> wanted =
      layersOf(snn::theNetwork(*compilation.module), options);
  if (!wanted)
    return wanted.takeError();
  learn::HeadOptions head = std::move(*wanted);
  const bool descend = options.descend.value_or(!head.hidden.empty());
  if (!descend && !head.hidden.empty())
    return Error(fmt::format("ridge regression fits a linear readout; this one "
                             "has {} hidden layers",
                             head.hidden.size()))
        .note("use --method adam");
  if (!descend && !options.adamFlag.empty())
    return Error(options.adamFlag + " is for Adam; ridge regression fits this "
                                    "readout")
        .note("use --method adam");
  if (descend && !options.strengths.empty())
    return Error(fmt::format("--ridge is for ridge regression, which fits a "
                             "linear readout; this one has {} hidden layers",
                             head.hidden.size()));

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
