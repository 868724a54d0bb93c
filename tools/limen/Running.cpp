#include "tools/limen/Running.h"

#include "runtime/input/Joined.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

/// A source must have the shape of the input that it feeds.
static Result<void> checkShape(const input::Source &source,
                               const network::Node &node) {
  if (network::sizeOf(source.shape()) == node.size)
    return {};
  return Error(fmt::format(
      "the input has {} elements per step ({}), the network's input '{}' has "
      "{} ({})",
      network::sizeOf(source.shape()), network::toString(source.shape()),
      node.name, node.size, network::toString(node.shape)));
}

/// `source` with the largest values that it gives, in the order of inputs.
static Result<std::unique_ptr<input::Watched>>
watch(const network::Network &network, std::unique_ptr<input::Source> source) {
  std::vector<const network::Node *> inputs;
  std::vector<std::string> names;
  std::vector<float> limits;
  for (const network::Node &node : network.nodes)
    if (node.isInput && !node.hasEvents) {
      inputs.push_back(&node);
      names.push_back(node.name);
      limits.push_back(
          node.clips ? static_cast<float>((1u << node.spikeBits) - 1) : 0);
    }
  auto *joined = dynamic_cast<input::Joined *>(source.get());
  if (joined) {
    if (Result<void> ordered = joined->order(names); !ordered)
      return ordered.takeError();
    for (size_t k = 0; k < inputs.size(); ++k)
      if (Result<void> fits =
              checkShape(*joined->members()[k].source, *inputs[k]);
          !fits)
        return fits.takeError();
  } else if (inputs.size() > 1) {
    Error error(fmt::format("network '{}' has {} inputs; --input gives one",
                            network.name, inputs.size()));
    for (const std::string &name : names)
      error.note(fmt::format("--input {}=SPEC was wanted", name));
    return error;
  } else if (inputs.empty()) {
    if (network::sizeOf(source->shape()) != 0)
      return Error(fmt::format("network '{}' has no input that takes a sample",
                               network.name))
          .note("--input none --steps N runs it");
    limits.push_back(0);
  } else if (Result<void> fits = checkShape(*source, *inputs.front()); !fits) {
    return fits.takeError();
  }
  return std::make_unique<input::Watched>(std::move(source), limits);
}

Result<FedData> cli::feed(engine::Engine &engine, DataSet data,
                          size_t calibrate) {
  Result<std::unique_ptr<input::Watched>> source =
      watch(engine.network(), std::move(data.source));
  if (!source)
    return source.takeError();
  FedData fed{std::move(*source), data.first, data.count};
  std::vector<input::Sample> samples;
  for (size_t i = 0; i < std::min(calibrate, fed.count); ++i) {
    Result<input::Sample> sample = fed.source->sample(fed.first + i);
    if (!sample)
      return sample.takeError();
    samples.push_back(std::move(*sample));
  }
  if (!samples.empty())
    if (Result<void> done = engine.calibrate(samples); !done)
      return done.takeError();
  // What was read for calibration is not part of a run.
  fed.source->forget();
  return fed;
}

report::RunInfo cli::runInfo(const target::Target &target,
                             const std::string &targetFlag,
                             const InputFlags &input,
                             const input::Watched &source,
                             const std::vector<std::string> &assumptions) {
  report::RunInfo info;
  info.target.name = target.name;
  info.target.kind = target::toString(target.kind);
  info.target.file = targetFlag.ends_with(".yaml") ? targetFlag : "";
  if (target.kind != target::Kind::Host)
    info.target.priceTable = target.name;
  else
    info.noEnergy = "the host target has no table of prices";
  info.versions = {{"limen", LIMEN_VERSION}};
  info.input = input.input;
  info.seed = input.seed;
  info.largestInputs = source.largest();
  info.stepTime = source.stepTime();
  info.assumptions = assumptions;
  for (const std::string &text : source.assumptions())
    info.assumptions.push_back(text);
  return info;
}
