#include "tools/limen/Features.h"

#include "compiler/Pipelines/Pipelines.h"
#include "runtime/engine/Feed.h"
#include "runtime/engine/Runner.h"
#include "tools/limen/Running.h"

#include <algorithm>
#include <fmt/format.h>

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

Result<FeatureSource> FeatureSource::open(Compilation &compilation,
                                          const target::Target &target,
                                          uint64_t seed) {
  FeatureSource out;
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
  return out;
}

Result<std::vector<Features>>
FeatureSource::measure(std::span<const std::string> populations, DataSet data,
                       size_t calibrate, unsigned threads,
                       const ProgressCall &progress) {
  engine::Engine &engine = *loaded.engine;
  const network::Network &net = engine.network();
  Result<FedData> fed = feed(engine, std::move(data), calibrate);
  if (!fed)
    return fed.takeError();

  std::vector<Features> out(populations.size());
  std::vector<unsigned> nodes;
  for (size_t k = 0; k < populations.size(); ++k) {
    const auto node =
        std::ranges::find(net.nodes, populations[k], &network::Node::name);
    nodes.push_back(static_cast<unsigned>(node - net.nodes.begin()));
    out[k].neurons = static_cast<size_t>(node->size);
    out[k].labels.assign(fed->count, -1);
    out[k].assumptions = fed->source->assumptions();
  }
  const network::Parts parts = network::partsOf(net);
  engine::RunnerOptions runner;
  runner.first = fed->first;
  runner.samples = fed->count;
  runner.threads = threads;
  runner.progress = progress;
  runner.inspect = [&](size_t place, const input::Sample &sample,
                       engine::SampleResult &result) -> Result<void> {
    const std::vector<int> labels = engine::labelsOf(net, parts, sample);
    for (size_t k = 0; k < nodes.size(); ++k) {
      const unsigned part = parts.of[nodes[k]];
      const std::string which =
          parts.count() > 1 ? fmt::format(" for the network of '{}'",
                                          network::nameOf(net, parts, part))
                            : "";
      out[k].labels[place] = labels[part];
      if (labels[part] < 0)
        return Error("sample " + sample.id + " has no label" + which);
      // Counts are divided by steps.
      if (result.stepsOf(nodes[k]) == 0)
        return Error("sample " + sample.id + " has no steps" + which);
    }
    return {};
  };
  Result<std::vector<engine::SampleResult>> results =
      engine::runSamples(engine, *fed->source, runner);
  if (!results)
    return results.takeError();
  for (size_t k = 0; k < nodes.size(); ++k) {
    double spikes = 0, places = 0;
    for (const engine::SampleResult &result : *results) {
      spikes += static_cast<double>(result.spikes[nodes[k]]);
      const uint32_t steps = result.stepsOf(nodes[k]);
      places += static_cast<double>(out[k].neurons) * steps;
      out[k].counts.push_back(result.counts[nodes[k]]);
      out[k].steps.push_back(steps);
    }
    out[k].activity = places > 0 ? spikes / places : 0;
  }
  return out;
}
