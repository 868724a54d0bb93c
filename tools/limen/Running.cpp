#include "tools/limen/Running.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

Result<std::unique_ptr<input::Watched>>
cli::feed(const network::Network &network,
          std::unique_ptr<input::Source> source) {
  const bool fed = network.inputNode() < network.nodes.size();
  const network::Node inputNode =
      fed ? network.nodes[network.inputNode()] : network::Node{};
  if (!fed && network::sizeOf(source->shape()) != 0)
    return Error(fmt::format("network '{}' has no input that takes a sample",
                             network.name))
        .note("--input none --steps N runs it");
  if (network::sizeOf(source->shape()) != inputNode.size)
    return Error(fmt::format(
        "the input has {} elements per step ({}), the network's input '{}' has "
        "{} ({})",
        network::sizeOf(source->shape()), network::toString(source->shape()),
        inputNode.name, inputNode.size, network::toString(inputNode.shape)));
  const float limit =
      inputNode.clips ? static_cast<float>((1u << inputNode.spikeBits) - 1) : 0;
  return std::make_unique<input::Watched>(std::move(source), limit);
}

Result<void> cli::calibrate(engine::Engine &engine, const input::Source &source,
                            size_t first, size_t count, size_t most) {
  if (most == 0)
    return {};
  std::vector<input::Sample> samples;
  for (size_t i = 0; i < std::min(most, count); ++i) {
    Result<input::Sample> sample = source.sample(first + i);
    if (!sample)
      return sample.takeError();
    samples.push_back(std::move(*sample));
  }
  return engine.calibrate(samples);
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
  info.largestInput = source.largest();
  info.stepTime = source.stepTime();
  info.assumptions = assumptions;
  for (const std::string &text : source.assumptions())
    info.assumptions.push_back(text);
  return info;
}
