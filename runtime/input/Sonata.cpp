// Spikes of SONATA files: of the virtual nodes of a simulation, or of one file.

#include "runtime/input/Formats.h"
#include "runtime/sonata/Circuit.h"
#include "runtime/sonata/Spikes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace limen;
using namespace limen::input;

namespace {

/// Most steps that a sample may have.
constexpr double maxSteps = 1e8;

/// An event in time, before steps are cut.
struct TimedSpike {
  uint32_t step;
  uint32_t index;
};

class SonataSource final : public Source {
public:
  SonataSource(Sample sample, int64_t nodes, Seconds step,
               std::vector<std::string> assumed)
      : only(std::move(sample)), nodes(nodes), step(step),
        assumed(std::move(assumed)) {}

  size_t size() const override { return 1; }
  Result<Sample> sample(size_t) const override { return only; }
  network::Shape shape() const override { return {nodes}; }
  std::optional<Seconds> stepTime() const override { return step; }
  std::vector<std::string> assumptions() const override { return assumed; }

private:
  Sample only;
  int64_t nodes;
  Seconds step;
  std::vector<std::string> assumed;
};

/// The step that a time in ms falls into; a time on a boundary belongs to the
/// step that begins there, however it was rounded.
Result<uint32_t> stepOf(double time, double dt, const Place &place) {
  const double step = std::floor(time / dt + 1e-6);
  if (step >= maxSteps)
    return Error(fmt::format("has a spike at {} ms, which is step {}; at most "
                             "{} steps can be read",
                             formatNumber(time), formatNumber(step),
                             formatNumber(maxSteps)),
                 place);
  return static_cast<uint32_t>(step);
}

/// A sample of `steps` steps, or up to the last spike.
Sample makeSample(std::vector<TimedSpike> spikes, std::optional<uint32_t> steps,
                  std::vector<std::string> &assumptions) {
  std::sort(spikes.begin(), spikes.end(),
            [](const TimedSpike &a, const TimedSpike &b) {
              return std::pair(a.step, a.index) < std::pair(b.step, b.index);
            });
  Sample sample;
  sample.id = "0";
  sample.steps = steps.value_or(spikes.empty() ? 1 : spikes.back().step + 1);
  sample.offsets.push_back(0);
  size_t next = 0;
  for (uint32_t step = 0; step < sample.steps; ++step) {
    for (; next < spikes.size() && spikes[next].step == step; ++next) {
      if (sample.events.size() > sample.offsets.back() &&
          sample.events.back().index == spikes[next].index)
        sample.events.back().value += 1;
      else
        sample.events.push_back({spikes[next].index, 1});
    }
    sample.offsets.push_back(sample.events.size());
  }
  if (next < spikes.size())
    assumptions.push_back(fmt::format("{} spikes lie beyond the last step",
                                      spikes.size() - next));
  return sample;
}

std::unique_ptr<Source> makeSource(std::vector<TimedSpike> spikes,
                                   std::optional<uint32_t> steps, int64_t nodes,
                                   double dt, const SourceOptions &options,
                                   std::vector<std::string> assumptions) {
  assumptions.push_back(fmt::format("a spike at t ms is in step floor(t / {})",
                                    formatNumber(dt)));
  Sample sample = makeSample(std::move(spikes), steps, assumptions);
  setSteps(sample, options.steps);
  return std::make_unique<SonataSource>(
      std::move(sample), nodes, Seconds(dt * 1e-3), std::move(assumptions));
}

//===----------------------------------------------------------------------===//
// A simulation
//===----------------------------------------------------------------------===//

/// Where the ids of a virtual population lead.
struct Range {
  const sonata::NodePopulation *population;
  uint32_t first;
};

Result<const Range *> rangeOf(const sonata::SpikeTrain &train,
                              const sonata::SpikeInput &input,
                              const std::vector<Range> &ranges) {
  for (const std::string &name : {train.population, input.population})
    for (const Range &range : ranges)
      if (range.population->name == name)
        return &range;
  if (ranges.size() == 1 &&
      (train.population.empty() || input.population.empty()))
    return &ranges.front();
  std::string known;
  for (const Range &range : ranges)
    known += (known.empty() ? "" : ", ") + range.population->name;
  return Error(fmt::format("holds spikes of '{}', which is no virtual "
                           "population",
                           train.population.empty() ? input.population
                                                    : train.population),
               Place{input.file, 0, 0, train.path})
      .note("virtual populations: " + (known.empty() ? "none" : known));
}

Result<std::unique_ptr<Source>> openSimulation(const std::string &path,
                                               const SourceOptions &options) {
  std::vector<std::string> assumptions;
  Result<sonata::Config> config = sonata::readConfig(path, assumptions);
  if (!config)
    return config.takeError();
  Result<sonata::Circuit> circuit = sonata::readNodes(*config, assumptions);
  if (!circuit)
    return circuit.takeError();
  std::vector<Range> ranges;
  int64_t nodes = 0;
  for (const sonata::NodePopulation &population : circuit->nodes) {
    Result<bool> sources = sonata::isVirtual(population);
    if (!sources)
      return sources.takeError();
    if (!*sources)
      continue;
    ranges.push_back({&population, static_cast<uint32_t>(nodes)});
    nodes += static_cast<int64_t>(population.table.size());
    if (nodes > std::numeric_limits<int32_t>::max())
      return Error("has more than 2^31 virtual nodes",
                   Place{config->file, 0, 0, "/networks/nodes"});
  }
  const double dt = config->dt.value_or(options.dt.value() * 1e3);
  if (!config->dt)
    assumptions.push_back(
        fmt::format("a step is {} ms: no simulation configuration says it",
                    formatNumber(dt)));
  std::vector<TimedSpike> spikes;
  for (const sonata::SpikeInput &input : config->spikes) {
    Result<std::vector<sonata::SpikeTrain>> trains =
        sonata::readSpikes(input.file);
    if (!trains) {
      Error error = trains.takeError();
      return std::move(error).note("named by " + input.place.text());
    }
    for (const sonata::SpikeTrain &train : *trains) {
      Result<const Range *> range = rangeOf(train, input, ranges);
      if (!range)
        return range.takeError();
      const Place place{input.file, 0, 0, train.path};
      for (const sonata::Spike &spike : train.spikes) {
        const std::optional<size_t> row =
            (*range)->population->rowOf(spike.node);
        if (!row)
          return Error(fmt::format("has a spike of node {}, which population "
                                   "'{}' does not have",
                                   spike.node, (*range)->population->name),
                       place);
        Result<uint32_t> step = stepOf(spike.time, dt, place);
        if (!step)
          return step.takeError();
        spikes.push_back(
            {*step, (*range)->first + static_cast<uint32_t>(*row)});
      }
    }
  }
  std::optional<uint32_t> steps;
  if (config->tstop) {
    const double count = std::ceil(*config->tstop / dt - 1e-6);
    if (count > maxSteps)
      return Error(fmt::format("tstop is {} steps; at most {} can be run",
                               formatNumber(count), formatNumber(maxSteps)),
                   Place{path, 0, 0, "/run/tstop"});
    steps = static_cast<uint32_t>(std::max(1.0, count));
  }
  return makeSource(std::move(spikes), steps, std::max<int64_t>(nodes, 1), dt,
                    options, std::move(assumptions));
}

//===----------------------------------------------------------------------===//
// A file of spikes
//===----------------------------------------------------------------------===//

struct Part {
  std::string population; ///< "" for the file's only one
  uint32_t first, count;
};

/// "100" or "lgn=100,tw=20".
Result<std::vector<Part>> parseParts(std::string_view text) {
  std::vector<Part> parts;
  uint64_t first = 0;
  while (true) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, end);
    Part part{{}, static_cast<uint32_t>(first), 0};
    const size_t equals = item.find('=');
    if (equals != std::string_view::npos) {
      part.population = item.substr(0, equals);
      item.remove_prefix(equals + 1);
    }
    const auto [stop, code] =
        std::from_chars(item.data(), item.data() + item.size(), part.count);
    first += part.count;
    if (code != std::errc() || stop != item.data() + item.size() ||
        part.count == 0 || first > std::numeric_limits<int32_t>::max() ||
        (part.population.empty() && (equals != std::string_view::npos ||
                                     !parts.empty() || end != text.size())))
      return Error(fmt::format("'{}' is neither a number of nodes nor a list "
                               "like lgn=100,tw=20",
                               item));
    parts.push_back(std::move(part));
    if (end == text.size())
      return parts;
    text.remove_prefix(end + 1);
  }
}

Result<std::unique_ptr<Source>> openSpikes(const std::string &path,
                                           const std::string &layout,
                                           const SourceOptions &options) {
  Result<std::vector<Part>> parts = parseParts(layout);
  if (!parts)
    return Error(parts.error().message, Place{path, 0, 0, {}});
  Result<std::vector<sonata::SpikeTrain>> trains = sonata::readSpikes(path);
  if (!trains)
    return trains.takeError();
  const double dt = options.dt.value() * 1e3;
  std::vector<TimedSpike> spikes;
  for (const sonata::SpikeTrain &train : *trains) {
    const Place place{path, 0, 0, train.path};
    const auto part =
        std::find_if(parts->begin(), parts->end(), [&](const Part &candidate) {
          return candidate.population.empty()
                     ? trains->size() == 1
                     : candidate.population == train.population;
        });
    if (part == parts->end())
      return Error(fmt::format("holds spikes of population '{}', whose number "
                               "of nodes was not given",
                               train.population),
                   place)
          .note("usage: sonata:SPIKES.h5:POPULATION=NODES,...");
    for (const sonata::Spike &spike : train.spikes) {
      if (spike.node < 0 || spike.node >= part->count)
        return Error(fmt::format("has a spike of node {}; there are {} nodes",
                                 spike.node, part->count),
                     place);
      Result<uint32_t> step = stepOf(spike.time, dt, place);
      if (!step)
        return step.takeError();
      spikes.push_back(
          {*step, part->first + static_cast<uint32_t>(spike.node)});
    }
  }
  return makeSource(std::move(spikes), std::nullopt,
                    parts->back().first + parts->back().count, dt, options, {});
}

} // namespace

Result<std::unique_ptr<Source>>
input::openSonata(const std::string &rest, const SourceOptions &options) {
  const size_t colon = rest.rfind(':');
  const bool spikes =
      colon != std::string::npos && !rest.substr(0, colon).ends_with(".json");
  if (spikes)
    return openSpikes(rest.substr(0, colon), rest.substr(colon + 1), options);
  if (rest.ends_with(".h5") || rest.ends_with(".hdf5"))
    return Error("the number of nodes is missing", Place{rest, 0, 0, {}})
        .note("usage: sonata:SPIKES.h5:NODES");
  return openSimulation(rest, options);
}
