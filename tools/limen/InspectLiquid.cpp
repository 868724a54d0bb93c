#include "tools/limen/InspectLiquid.h"

#include "compiler/Pipelines/Pipelines.h"
#include "hw-models/base/Random.h"
#include "runtime/engine/Feed.h"
#include "runtime/engine/Runner.h"
#include "runtime/learn/Liquid.h"
#include "tools/limen/Progress.h"
#include "tools/limen/Running.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::cli;

namespace {

/// The population called `name`, or the only one that spikes.
Result<unsigned> liquidOf(const network::Network &network,
                          const std::string &name) {
  std::vector<unsigned> found;
  std::string names;
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const network::Node &node = network.nodes[n];
    if (node.isInput || !node.model.spiking)
      continue;
    found.push_back(n);
    names += (names.empty() ? "" : ", ") + node.name;
    if (node.name == name)
      return n;
  }
  if (!name.empty())
    return Error("--from " + name + ": no such population that spikes")
        .note("populations: " + names);
  if (found.size() != 1)
    return Error(fmt::format("the network has {} populations that spike; say "
                             "which one with --from",
                             found.size()))
        .note("populations: " + names);
  return found.front();
}

/// A signal of independent steps: a fixed share of the input's elements spikes
/// together in a step with probability 1/2.
input::Sample drive(const LiquidFlags &flags, int64_t elements,
                    std::vector<double> &signal) {
  const RandomStream stream(flags.input.seed, Purpose::InputEncoding,
                            identityOf("memory signal"));
  std::vector<uint32_t> driven;
  for (int64_t i = 0; i < elements; ++i)
    if (stream.uniform(static_cast<uint64_t>(i), 1) < flags.rate)
      driven.push_back(static_cast<uint32_t>(i));
  input::Sample sample;
  sample.id = "memory signal";
  sample.steps = flags.memorySteps;
  sample.offsets.push_back(0);
  for (uint32_t t = 0; t < flags.memorySteps; ++t) {
    signal.push_back(stream.uniform(t) < 0.5);
    if (signal.back() > 0)
      for (const uint32_t i : driven)
        sample.events.push_back({i, 1.0f});
    sample.offsets.push_back(sample.events.size());
  }
  return sample;
}

} // namespace

void LiquidFlags::add(CLI::App &app) {
  network.addReading(app);
  target.add(app);
  input.add(app, /*required=*/false);
  app.add_option("--from", population,
                 "Of a network: population to measure (default: the only one "
                 "that spikes)");
  addCalibrate(app, calibrate);
  app.add_option("--memory", memorySteps,
                 "Measure memory capacity over so many steps of a random "
                 "signal");
  app.add_option("--delays", longest, "Longest delay of memory capacity, steps")
      ->capture_default_str();
  app.add_option("--drive", rate,
                 "Share of the input's elements that carry the signal")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

Result<void> cli::inspectLiquid(const LiquidFlags &flags) {
  Result<Compilation> compiled =
      Compilation::compile(flags.network, flags.target);
  if (!compiled)
    return compiled.takeError();
  program::LoadOptions loadOptions;
  loadOptions.seed = flags.input.seed;
  Result<program::LoadedProgram> loaded =
      program::load(*compiled->module, *compiled->target, loadOptions);
  if (!loaded)
    return loaded.takeError();
  engine::Engine &engine = *loaded->engine;
  Result<unsigned> node = liquidOf(engine.network(), flags.population);
  if (!node)
    return node.takeError();
  const network::Node &liquid = engine.network().nodes[*node];
  const auto features = static_cast<size_t>(liquid.size);

  Result<DataSet> data = flags.input.openData();
  if (!data)
    return data.takeError();
  Result<FedData> fed = feed(engine, std::move(*data), flags.calibrate);
  if (!fed)
    return fed.takeError();

  std::vector<int> labels(fed->count, -1);
  const network::Parts parts = network::partsOf(engine.network());
  engine::RunnerOptions options;
  options.first = fed->first;
  options.samples = fed->count;
  options.threads = flags.input.threadCount();
  Progress progress("samples");
  options.progress = [&](size_t done, size_t total) {
    progress.show(done, total);
  };
  options.inspect = [&](size_t place, const input::Sample &sample,
                        engine::SampleResult &) -> Result<void> {
    labels[place] =
        engine::labelsOf(engine.network(), parts, sample)[parts.of[*node]];
    return {};
  };
  Result<std::vector<engine::SampleResult>> results =
      engine::runSamples(engine, *fed->source, options);
  progress.clear();
  if (!results)
    return results.takeError();

  std::vector<double> states;
  double spikes = 0, steps = 0;
  for (const engine::SampleResult &result : *results) {
    const std::vector<uint32_t> &counts = result.counts[*node];
    states.insert(states.end(), counts.begin(), counts.end());
    spikes += static_cast<double>(result.spikes[*node]);
    steps += result.stepsOf(*node);
  }
  nlohmann::ordered_json out;
  out["network"] = engine.network().name;
  out["target"] = compiled->target->name;
  out["population"] = liquid.name;
  out["neurons"] = features;
  out["samples"] = fed->count;
  out["activity"] = spikes / (steps * static_cast<double>(features));
  Result<size_t> rank = learn::kernelRank(states, features);
  if (!rank)
    return rank.takeError();
  out["kernel_rank"] = *rank;
  if (std::ranges::none_of(labels, [](int label) { return label < 0; })) {
    Result<learn::Separation> apart =
        learn::separation(states, features, labels);
    if (!apart)
      return apart.takeError();
    out["separation"] = {{"value", apart->value},
                         {"between", apart->between},
                         {"within", apart->within}};
  }
  if (flags.memorySteps > 0) {
    if (engine.network().inputNode() >= engine.network().nodes.size())
      return Error(fmt::format("--memory: network '{}' has no input that takes "
                               "a signal",
                               engine.network().name));
    std::vector<double> signal;
    const input::Sample sample =
        drive(flags, engine.network().nodes[engine.network().inputNode()].size,
              signal);
    engine::SessionOptions session;
    session.traces.push_back({*node, -1});
    Result<engine::SampleResult> result = engine.open(session)->run(sample);
    if (!result)
      return result.takeError();
    const std::vector<double> raster(result->traces[0].begin(),
                                     result->traces[0].end());
    Result<learn::Memory> memory =
        learn::memory(raster, features, signal, flags.longest);
    if (!memory)
      return memory.takeError();
    out["memory"] = {{"capacity", memory->capacity},
                     {"steps", flags.memorySteps},
                     {"curve", memory->curve}};
  }
  if (flags.json) {
    fmt::print("{}\n", out.dump(2));
    return {};
  }
  fmt::print("liquid '{}' of {} on {}: {} neurons, {} samples, {:.2f} % of "
             "neurons fire in a step\n",
             liquid.name, engine.network().name, compiled->target->name,
             features, fed->count, 100 * out["activity"].get<double>());
  fmt::print("kernel rank      {} of {}\n", *rank,
             std::min(fed->count, features));
  if (out.contains("separation"))
    fmt::print("separation       {:.4g} (between classes {:.4g}, within {:.4g} "
               "spikes)\n",
               out["separation"]["value"].get<double>(),
               out["separation"]["between"].get<double>(),
               out["separation"]["within"].get<double>());
  else
    fmt::print("separation       not measured: samples without a class\n");
  if (flags.memorySteps > 0)
    fmt::print("memory capacity  {:.4g} steps (delays 1 to {}, {} steps)\n",
               out["memory"]["capacity"].get<double>(), flags.longest,
               flags.memorySteps);
  return {};
}
