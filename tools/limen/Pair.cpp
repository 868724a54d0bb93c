// limen pair: projections of two networks' populations into one space, fitted
// so that samples of one class meet there; and searches among classes that they
// were fitted to and classes that they were not.

#include "hw-models/base/Files.h"
#include "runtime/network/Rows.h"
#include "tools/limen/Heads.h"
#include "tools/limen/Progress.h"
#include "tools/limen/Training.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

using namespace limen;
using namespace limen::cli;
using Json = nlohmann::ordered_json;

namespace {

/// One of the two networks and its samples.
struct SideFlags {
  NetworkFlags network;
  std::string population;
  InputFlags training, test;

  void add(CLI::App &app, const std::string &suffix) {
    const std::string which = suffix.empty() ? "first" : "second";
    training
        .addData(app, "--input" + suffix,
                 "Samples of the " + which +
                     " network to fit to (a data set, as for 'limen run')")
        ->required();
    training.addLabels(app, "--labels" + suffix, "Labels of --input" + suffix);
    test.addData(app, "--test" + suffix,
                 "Samples of the " + which + " network to search with")
        ->required();
    test.addLabels(app, "--test-labels" + suffix, "Labels of --test" + suffix);
    app.add_option("--from" + suffix, population,
                   "Population of the " + which +
                       " network to read (default: the readout's)");
  }
};

struct PairFlags {
  SideFlags sides[2];
  TargetFlags target;
  HeadFlags head;
  std::string classes, out;
  std::string last = "gelu";
  size_t dimensions = 64, calibrate = 8, history = 0;
  double temperature = 1;
  uint64_t seed = 1;
  uint32_t steps = 0;
  unsigned threads = 0;
};

/// A network on its target, with what its samples left there.
struct Side {
  std::optional<Compilation> compilation;
  std::optional<FeatureSource> source;
  Head head; ///< that the projection becomes
  Features training, test;
  /// Multiply-accumulates of a step: forward, and with back-propagation to the
  /// weights and, where a population is the source, to its spikes.
  double forward = 0, backward = 0;
};

/// "1-7" or "0,2,4-6".
Result<std::set<int>> parseClasses(const std::string &text) {
  std::set<int> out;
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(text).split(parts, ',');
  for (const llvm::StringRef part : parts) {
    const auto [from, to] = part.split('-');
    unsigned low = 0, high = 0;
    if (from.getAsInteger(10, low) ||
        (to.empty() ? part != from : to.getAsInteger(10, high)) ||
        high > 1000000 || low > 1000000 || (!to.empty() && high < low))
      return Error(fmt::format("--classes {}: classes separated by commas were "
                               "wanted, as 1-7 or 0,2,5",
                               text));
    for (unsigned k = low; k <= (to.empty() ? low : high); ++k)
      out.insert(static_cast<int>(k));
  }
  return out;
}

Result<Features> measure(Side &side, const InputFlags &input,
                         const PairFlags &flags, size_t calibrate,
                         unsigned threads) {
  InputFlags from = input;
  from.seed = flags.seed;
  from.steps = flags.steps;
  Result<DataSet> data = from.openData();
  if (!data)
    return data.takeError();
  Progress progress("samples");
  Result<std::vector<Features>> out = side.source->measure(
      std::span(&side.head.population, 1), std::move(*data), calibrate, threads,
      [&](size_t done, size_t total) { progress.show(done, total); });
  progress.clear();
  if (!out)
    return out.takeError();
  return std::move(out->front());
}

Result<Side> openSide(const SideFlags &given, const target::Target &target,
                      const PairFlags &flags, unsigned threads) {
  Side side;
  Result<Compilation> compilation = Compilation::import(given.network);
  if (!compilation)
    return compilation.takeError();
  side.compilation.emplace(std::move(*compilation));
  Result<std::vector<Head>> heads =
      headsOf(*side.compilation->module, "", given.population);
  if (!heads)
    return heads.takeError().note("in " + given.network.network);
  if (heads->size() > 1)
    return Error(fmt::format("has {} readouts; a network with one, whose place "
                             "the projection takes, was wanted",
                             heads->size()),
                 Place{given.network.network, 0, 0, {}});
  side.head = std::move(heads->front());
  Result<FeatureSource> source =
      FeatureSource::open(*side.compilation, target, flags.seed);
  if (!source)
    return source.takeError().note("in " + given.network.network);
  side.source.emplace(std::move(*source));
  // Ranges of converters are those of the samples to fit to.
  Result<Features> training =
      measure(side, given.training, flags, flags.calibrate, threads);
  if (!training)
    return training.takeError().note("in " + given.training.input);
  Result<Features> test = measure(side, given.test, flags, 0, threads);
  if (!test)
    return test.takeError().note("in " + given.test.input);
  side.training = std::move(*training);
  side.test = std::move(*test);
  const network::Network &network = side.source->network();
  for (const network::Projection &projection : network.projections) {
    const auto synapses =
        static_cast<double>(network::expandRows(projection).synapses.size());
    side.forward += synapses;
    side.backward +=
        synapses * (network.nodes[projection.source].isInput ? 2 : 3);
  }
  return side;
}

/// The test samples in the space of the projections [sample].
std::vector<std::vector<float>>
embed(const Side &side, std::span<const network::Readout> layers) {
  std::vector<std::vector<float>> out;
  for (size_t s = 0; s < side.test.counts.size(); ++s) {
    std::vector<double> features;
    for (const uint32_t count : side.test.counts[s])
      features.push_back(static_cast<double>(count) / side.test.steps[s]);
    out.push_back(learn::scoresOf(layers, features));
  }
  return out;
}

/// A search of side `from` (0: a) in the other.
struct Searched {
  bool zeroShot = false;
  int from = 0;
  Result<learn::Search> found;

  std::string name() const {
    return fmt::format("{}, {} for {}",
                       zeroShot ? "zero-shot" : "classes fitted",
                       from == 0 ? "a" : "b", from == 0 ? "b" : "a");
  }
};

/// Both directions, among the classes fitted and among the others.
std::vector<Searched> searchAll(const Side (&sides)[2],
                                const learn::PairFit &fit,
                                const std::set<int> &classes) {
  const std::vector<std::vector<float>> every[] = {embed(sides[0], fit.a),
                                                   embed(sides[1], fit.b)};
  std::vector<Searched> out;
  for (const bool zeroShot : {false, true}) {
    std::vector<std::vector<float>> embeddings[2];
    std::vector<int> labels[2];
    for (int k = 0; k < 2; ++k)
      for (size_t s = 0; s < every[k].size(); ++s)
        if (const int label = sides[k].test.labels[s];
            classes.contains(label) != zeroShot) {
          embeddings[k].push_back(every[k][s]);
          labels[k].push_back(label);
        }
    for (const int from : {0, 1})
      out.push_back({zeroShot, from,
                     learn::search(embeddings[from], labels[from],
                                   embeddings[1 - from], labels[1 - from])});
  }
  return out;
}

Json toJson(const Searched &search) {
  return {{"zero_shot", search.zeroShot},
          {"from", search.from == 0 ? "a" : "b"},
          {"classes", search.found->classes},
          {"queries", search.found->queries},
          {"candidates", search.found->candidates},
          {"choice", search.found->choice},
          {"nearest", search.found->nearest}};
}

/// Multiply-accumulates of the whole training.
struct Cost {
  double projections = 0; ///< forward and weight gradients, digitally
  double liquids = 0;     ///< each sample once through its network
  double everything = 0;  ///< if both networks were trained too
};

double weightsOf(std::span<const network::Readout> layers) {
  double sum = 0;
  for (const network::Readout &layer : layers)
    sum += static_cast<double>(layer.weights.size());
  return sum;
}

Cost costOf(const Side (&sides)[2], const learn::PairFit &fit,
            const std::set<int> &classes, size_t epochs) {
  Cost cost;
  const double passes = static_cast<double>(fit.pairs * epochs);
  for (int k = 0; k < 2; ++k) {
    const std::vector<network::Readout> &layers = k == 0 ? fit.a : fit.b;
    const double all = weightsOf(layers);
    const auto first = static_cast<double>(layers.front().weights.size());
    // The first layer hands no gradient on.
    cost.projections += passes * (3 * all - first);
    double steps = 0, samples = 0;
    for (size_t s = 0; s < sides[k].training.labels.size(); ++s)
      if (classes.contains(sides[k].training.labels[s])) {
        steps += sides[k].training.steps[s];
        samples += 1;
      }
    cost.liquids += steps * sides[k].forward;
    cost.everything += passes * (3 * all + steps / samples * sides[k].backward);
  }
  return cost;
}

Result<void> pair(const PairFlags &flags) {
  if (Result<void> fine = checkFolder(flags.out); !fine)
    return fine;
  Result<std::set<int>> classes = parseClasses(flags.classes);
  if (!classes)
    return classes.takeError();
  if (!flags.head.activation.empty() && flags.head.hidden.empty())
    return Error("--activation is for hidden layers; there are none")
        .note("add them with --hidden; --projection says what ends both");
  learn::PairOptions options;
  Result<learn::HeadOptions> head = flags.head.options();
  if (!head)
    return head.takeError();
  Result<target::Target> target = flags.target.load();
  if (!target)
    return target.takeError();
  InputFlags how;
  how.threads = flags.threads;
  const unsigned threads = how.threadCount();

  Side sides[2];
  for (int k = 0; k < 2; ++k) {
    Result<Side> side = openSide(flags.sides[k], *target, flags, threads);
    if (!side)
      return side.takeError();
    sides[k] = std::move(*side);
  }
  const auto trained = [&](int label) { return classes->contains(label); };
  std::optional<learn::ReadoutData> data[2];
  for (int k = 0; k < 2; ++k) {
    Result<learn::ReadoutData> kept = sides[k].training.data(
        std::max<size_t>(sides[k].training.classes(), 1), trained);
    if (!kept)
      return kept.takeError();
    if (kept->samples() == 0)
      return Error(fmt::format("no sample of {} is of the classes {}",
                               flags.sides[k].training.input, flags.classes));
    data[k].emplace(std::move(*kept));
  }

  options.head = std::move(*head);
  options.head.standardise = flags.head.standardise();
  options.head.seed = flags.seed;
  options.dimensions = flags.dimensions;
  options.temperature = flags.temperature;
  options.last = flags.last == "gelu"   ? network::Activation::Gelu
                 : flags.last == "relu" ? network::Activation::Relu
                                        : network::Activation::None;
  Progress progress("epochs");
  options.head.progress = [&](size_t done, size_t total) {
    progress.show(done, total);
  };
  Json out, history;
  options.watchEvery = flags.history;
  options.watch = [&](size_t epoch, const learn::PairFit &state) {
    Json entry = {{"epoch", epoch}, {"loss", state.loss}};
    for (const Searched &search : searchAll(sides, state, *classes))
      if (search.found)
        entry["searches"].push_back(toJson(search));
    history.push_back(std::move(entry));
  };
  Result<learn::PairFit> fit = learn::fitPair(*data[0], *data[1], options);
  progress.clear();
  if (!fit)
    return fit.takeError();

  std::string text;
  out["schema"] = {{"name", "limen.pair"}, {"version", 1}};
  out["target"] = target->name;
  out["seed"] = flags.seed;
  out["classes"] = flags.classes;
  out["loss"] = fit->loss;
  out["updates"] = fit->updates;
  for (int k = 0; k < 2; ++k) {
    const std::vector<network::Readout> &layers = k == 0 ? fit->a : fit->b;
    if (Result<void> set =
            setHead(*sides[k].compilation->module, sides[k].head, layers);
        !set)
      return set;
    std::string sizes = std::to_string(layers.front().inputs());
    for (const network::Readout &layer : layers)
      sizes += "-" + std::to_string(layer.classes);
    text += fmt::format("{}: {} of {}, projection {}, {} samples fitted, {} to "
                        "search, {:.2f} % of neurons fire in a step\n",
                        k == 0 ? "a" : "b", sides[k].head.population,
                        flags.sides[k].network.network, sizes,
                        data[k]->samples(), sides[k].test.labels.size(),
                        100 * sides[k].training.activity);
  }
  text += fmt::format("on {}, chip instance {}: {} updates, {} pairs an epoch, "
                      "loss of the last epoch {:.4f}\n\n",
                      target->name, flags.seed, fit->updates, fit->pairs,
                      fit->loss);
  text += fmt::format("{:<28} {:>7} {:>8} {:>10} {:>9} {:>9} {:>9}\n", "search",
                      "classes", "queries", "candidates", "choice %",
                      "nearest %", "chance %");
  bool any = false;
  for (const Searched &search : searchAll(sides, *fit, *classes)) {
    const Result<learn::Search> &found = search.found;
    if (!found) {
      text += fmt::format("{:<28} not measured: {}\n", search.name(),
                          found.error().message);
      continue;
    }
    any = true;
    out["searches"].push_back(toJson(search));
    text += fmt::format("{:<28} {:>7} {:>8} {:>10} {:>9.2f} {:>9.2f} "
                        "{:>9.2f}\n",
                        search.name(), found->classes, found->queries,
                        found->candidates, 100 * found->choice,
                        100 * found->nearest,
                        100.0 / static_cast<double>(found->classes));
  }
  if (!any)
    return Error("the test samples of both networks have no two classes in "
                 "common");
  if (!history.is_null())
    out["history"] = std::move(history);
  const Cost cost = costOf(sides, *fit, *classes, options.head.epochs);
  out["training"] = {{"macs_projections", cost.projections},
                     {"macs_networks_once", cost.liquids},
                     {"macs_everything_trained", cost.everything}};
  text += fmt::format(
      "\ntraining: {:.3g} multiply-accumulates of the projections; {:.3g} of "
      "the networks, each sample once\nback-propagation through both networks "
      "in every update would take {:.3g}, {:.0f} times the projections'\n",
      cost.projections, cost.liquids, cost.everything,
      cost.everything / cost.projections);

  if (Result<void> made = makeFolder(flags.out); !made)
    return made;
  for (int k = 0; k < 2; ++k)
    if (Result<void> written =
            writeText(*sides[k].compilation->module,
                      flags.out + (k == 0 ? "/a.mlir" : "/b.mlir"));
        !written)
      return written;
  if (Result<void> written =
          writeFile(flags.out + "/pair.json", out.dump(2) + "\n");
      !written)
    return written;
  for (const Side &side : sides)
    for (const auto *list :
         {&side.compilation->assumptions, &side.training.assumptions})
      for (const std::string &assumed : *list)
        fmt::print("assumed: {}\n", assumed);
  fmt::print("{}written: {}/a.mlir, b.mlir, pair.json\n", text, flags.out);
  return {};
}

} // namespace

void cli::addPair(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<PairFlags>();
  flags->head.rate = 1e-3;
  flags->head.batch = 8;
  CLI::App *command = app.add_subcommand(
      "pair", "Fit projections by which samples of two networks find each "
              "other, and search classes that were not fitted");
  command->footer(
      "Runs the samples of both networks, whose spikes are fixed, and fits a "
      "projection of\nthe spike counts of each, by contrastive training. "
      "Samples of one class belong\ntogether; samples of other classes than "
      "--classes are only searched (zero-shot).\n\nExample:\n"
      "  limen pair audio.yaml image.yaml --classes 1-7 --target rram-40nm "
      "--input wav:train,…\n    --test wav:test,… --input-b nmnist:train,… "
      "--labels-b train.txt --test-b nmnist:test,…\n    --test-labels-b "
      "test.txt --out p\n");
  command
      ->add_option("NETWORK", flags->sides[0].network.network,
                   "First network (files as for 'limen run')")
      ->required();
  command
      ->add_option("NETWORK_B", flags->sides[1].network.network,
                   "Second network")
      ->required();
  flags->target.add(*command);
  flags->sides[0].add(*command, "");
  flags->sides[1].add(*command, "-b");
  command
      ->add_option("--classes", flags->classes,
                   "Classes to fit to, e.g. 1-7; the others are zero-shot")
      ->required();
  command
      ->add_option("--dimensions", flags->dimensions,
                   "Dimensions of the space that both are projected to")
      ->capture_default_str();
  command
      ->add_option("--projection", flags->last, "Activation of the projections")
      ->check(CLI::IsMember({"none", "relu", "gelu"}))
      ->capture_default_str();
  command
      ->add_option("--temperature", flags->temperature,
                   "Divides dot products in the loss")
      ->capture_default_str();
  flags->head.add(*command);
  command->add_option("--history", flags->history,
                      "Also search after each N epochs, into 'history' of "
                      "pair.json (the training stays as it is)");
  addCalibrate(*command, flags->calibrate);
  command->add_option("--steps", flags->steps,
                      "Steps per sample of both networks (default: as the data "
                      "says)");
  command
      ->add_option(
          "--seed", flags->seed,
          "Seed of the chip instance, first weights and order of pairs")
      ->capture_default_str();
  command->add_option("--threads", flags->threads,
                      "Threads (default: one per core)");
  command
      ->add_option("--out", flags->out,
                   "Folder for a.mlir, b.mlir and pair.json")
      ->required();
  command->callback([flags, &exitCode] { finish(pair(*flags), exitCode); });
}
