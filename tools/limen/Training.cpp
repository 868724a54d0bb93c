#include "tools/limen/Training.h"

#include "runtime/learn/HeadChecks.h"
#include "tools/limen/Heads.h"

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
  app.add_option("--readout", readout,
                 "Readout to fit (default: all that the network returns)");
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
  out.readout = readout;
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
  return {{"readout", readout},
          {"from", population},
          {"classes", classes},
          {"method", method},
          {"ridge", strengths},
          {"hidden", head.hidden},
          {"activation", head.activation},
          {"features", head.features},
          {"epochs", head.epochs},
          {"batch", head.batch},
          {"rate", head.rate},
          {"weight_decay", head.decay}};
}

/// Hidden layers as asked for, else those that the head has. Errors: layers
/// that differ in their activation, an activation without layers.
static Result<learn::HeadOptions> layersOf(const Head &head,
                                           const TrainingOptions &options) {
  learn::HeadOptions out = options.head;
  if (out.hidden.empty())
    out.hidden = head.hidden;
  if (options.activation) {
    if (out.hidden.empty())
      return Error(fmt::format("--activation is for hidden layers; readout "
                               "'{}' has none",
                               head.name))
          .note("add them with --hidden");
    return out;
  }
  for (const network::Activation activation : head.activations) {
    if (activation == network::Activation::None ||
        activation != head.activations.front())
      return Error(fmt::format("the hidden layers of readout '{}' have no "
                               "activation, or not all the same",
                               head.name))
          .note("say with --activation which one all of them get");
    out.activation = activation;
  }
  return out;
}

/// Fits one head to what the samples left in its population.
static Result<std::vector<network::Readout>>
fitHead(const Features &features, const learn::HeadOptions &layers,
        const TrainingOptions &options, TrainedHead &trained) {
  const size_t classes = options.classes ? options.classes : features.classes();
  trained.activity = features.activity;
  trained.sizes = {features.neurons};
  trained.sizes.insert(trained.sizes.end(), layers.hidden.begin(),
                       layers.hidden.end());
  trained.sizes.push_back(classes);
  Result<learn::ReadoutData> counts = features.data(classes);
  if (!counts)
    return counts.takeError();
  if (options.descend.value_or(!layers.hidden.empty())) {
    learn::HeadOptions head = layers;
    head.seed = options.seed;
    head.threads = options.threads;
    head.standardise = options.standardise;
    Result<learn::HeadFit> fit = learn::fitHead(*counts, head);
    if (!fit)
      return fit.takeError();
    trained.head = std::move(*fit);
    return trained.head->layers;
  }
  learn::RidgeOptions ridge;
  ridge.threads = options.threads;
  ridge.standardise = options.standardise;
  if (!options.strengths.empty())
    ridge.strengths = options.strengths;
  Result<learn::ReadoutFit> fit = learn::fitReadout(*counts, ridge);
  if (!fit)
    return fit.takeError();
  trained.ridge = std::move(*fit);
  std::vector<network::Readout> out(1);
  out.front().classes = static_cast<int64_t>(classes);
  out.front().weights = network::Array<float>::own(trained.ridge->weights);
  out.front().bias = network::Array<float>::own(trained.ridge->bias);
  return out;
}

/// What none of the fits takes is not ignored.
static Result<void> checkMethods(const std::vector<Head> &heads,
                                 const std::vector<learn::HeadOptions> &layers,
                                 const TrainingOptions &options) {
  bool ridge = false, adam = false;
  for (size_t k = 0; k < heads.size(); ++k) {
    const size_t hidden = layers[k].hidden.size();
    const bool descend = options.descend.value_or(hidden > 0);
    (descend ? adam : ridge) = true;
    if (!descend && hidden > 0)
      return Error(fmt::format("ridge regression fits a linear readout; '{}' "
                               "has {} hidden layers",
                               heads[k].name, hidden))
          .note("use --method adam");
  }
  if (!adam && !options.adamFlag.empty())
    return Error(fmt::format("{} is for Adam; ridge regression fits readout "
                             "'{}'",
                             options.adamFlag, heads.front().name))
        .note("use --method adam");
  if (!ridge && !options.strengths.empty())
    return Error(fmt::format("--ridge is for ridge regression, which fits a "
                             "linear readout; '{}' has {} hidden layers",
                             heads.front().name, layers.front().hidden.size()));
  return {};
}

Result<Training> cli::trainReadouts(Compilation &compilation,
                                    const target::Target &target, DataSet data,
                                    const TrainingOptions &options) {
  Result<std::vector<Head>> heads =
      headsOf(*compilation.module, options.readout, options.population);
  if (!heads)
    return heads.takeError();
  if (options.classes && heads->size() > 1)
    return Error(fmt::format("--classes {}: the network has {} readouts",
                             options.classes, heads->size()))
        .note("say with --readout which one has so many classes");
  std::vector<std::string> populations;
  std::vector<learn::HeadOptions> layers;
  for (const Head &head : *heads) {
    populations.push_back(head.population);
    Result<learn::HeadOptions> wanted = layersOf(head, options);
    if (!wanted)
      return wanted.takeError();
    layers.push_back(std::move(*wanted));
  }
  if (Result<void> fine = checkMethods(*heads, layers, options); !fine)
    return fine.takeError();
  Result<FeatureSource> source =
      FeatureSource::open(compilation, target, options.seed);
  if (!source)
    return source.takeError();
  Result<std::vector<Features>> features =
      source->measure(populations, std::move(data), options.calibrate,
                      options.threads, options.progress);
  if (!features)
    return features.takeError();
  Training training;
  training.samples = features->front().counts.size();
  training.assumptions = features->front().assumptions;
  for (size_t k = 0; k < heads->size(); ++k) {
    const Head &head = (*heads)[k];
    TrainedHead &trained = training.heads.emplace_back();
    trained.name = head.name;
    trained.population = head.population;
    Result<std::vector<network::Readout>> fitted =
        fitHead((*features)[k], layers[k], options, trained);
    if (!fitted)
      return fitted.takeError().note("of readout '" + head.name + "'");
    if (Result<void> set = setHead(*compilation.module, head, *fitted); !set)
      return set.takeError();
  }
  return training;
}
