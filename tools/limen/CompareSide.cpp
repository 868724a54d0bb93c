#include "tools/limen/CompareSide.h"

#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

static bool isNetworkFile(const std::string &path) {
  return path.ends_with(".nir") || path.ends_with(".mlir") ||
         path.ends_with(".limen") || path.ends_with(".yaml") ||
         path.ends_with(".yml");
}

Result<CompareSide> CompareSide::open(const SideFlags &flags,
                                      const std::string &network,
                                      const InputFlags &input) {
  CompareSide side;
  side.info.name = flags.text;
  const std::string &text = flags.text;
  const size_t at = text.rfind('@');
  Result<void> opened;
  if (at != std::string::npos && !std::filesystem::exists(text)) {
    if (at == 0 || at + 1 == text.size())
      return Error(fmt::format("'{}': NETWORK@TARGET was wanted", text));
    opened =
        side.openEngine(flags, text.substr(0, at), text.substr(at + 1), input);
  } else if (report::isRecording(text)) {
    Result<double> step = parseQuantity(input.bin, "s");
    if (!step)
      return Error("--bin: " + step.error().message);
    if (!(*step > 0))
      return Error("--bin: '" + input.bin + "' must be positive");
    Result<report::Recording> read =
        report::readRecording(text, Seconds(*step));
    if (!read)
      return read.takeError();
    side.recording = std::move(*read);
    side.info = side.recording->side;
    for (unsigned p = 0; p < side.recording->populations.size(); ++p)
      side.populations.push_back(
          {side.recording->populations[p].name, 0, 0, p});
  } else if (!network.empty() &&
             (!isNetworkFile(text) || text.ends_with(".yaml"))) {
    // With --network, a bare name or .yaml is a target.
    opened = side.openEngine(flags, network, text, input);
  } else if (isNetworkFile(text)) {
    opened = side.openEngine(flags, text, "", input);
  } else {
    return Error(fmt::format("'{}' is no network, program or recording", text))
        .note("give NETWORK@TARGET, or --network NETWORK with two targets");
  }
  if (!opened)
    return opened.takeError();
  return side;
}

Result<void> CompareSide::openEngine(const SideFlags &flags,
                                     const std::string &network,
                                     const std::string &target,
                                     const InputFlags &input) {
  NetworkFlags networkFlags = flags.network;
  networkFlags.network = network;
  TargetFlags targetFlags;
  targetFlags.overrides = flags.overrides;
  if (!target.empty()) {
    targetFlags.target = target;
    targetFlags.given = true;
  }
  Result<Compilation> compiled =
      Compilation::compile(networkFlags, targetFlags);
  if (!compiled)
    return compiled.takeError();
  compilation = std::move(*compiled);
  program::LoadOptions options;
  options.seed = input.seed;
  Result<program::LoadedProgram> loaded =
      program::load(*compilation->module, *compilation->target, options);
  if (!loaded)
    return loaded.takeError();
  program = std::move(*loaded);

  const network::Network &net = program.engine->network();
  info.target = compilation->target->name;
  info.network = net.name;
  info.dt = net.dt;
  info.assumptions = compilation->assumptions;
  for (const unsigned n : net.order)
    if (net.nodes[n].model.spiking)
      populations.push_back({net.nodes[n].name, net.nodes[n].size,
                             program.engine->latency(n), n});
  return {};
}

Result<void> CompareSide::openInput(const InputFlags &input, size_t samples) {
  Result<DataSet> data = input.openData();
  if (!data)
    return data.takeError();
  Result<FedData> found = feed(*program.engine, std::move(*data), samples);
  if (!found)
    return found.takeError().note("in " + info.name);
  fed = std::move(*found);
  return {};
}

Result<engine::SampleResult>
CompareSide::run(size_t place, const engine::SessionOptions &options) const {
  Result<input::Sample> sample = fed.source->sample(fed.first + place);
  if (!sample)
    return sample.takeError();
  return program.engine->open(options)->run(*sample);
}

std::vector<engine::Raster>
CompareSide::rasters(std::span<const SidePopulation> populations,
                     engine::SampleResult &result) {
  std::vector<engine::Raster> out;
  for (const SidePopulation &population : populations)
    out.push_back(std::move(result.rasters[population.place]));
  return out;
}

std::vector<engine::Raster>
CompareSide::recorded(std::span<const SidePopulation> populations,
                      const std::string &id, bool only) const {
  const std::string &known =
      only && recording->samples.size() == 1 ? recording->samples.front() : id;
  std::vector<engine::Raster> out;
  for (const SidePopulation &population : populations)
    out.push_back(recording->raster(population.place, known));
  return out;
}
