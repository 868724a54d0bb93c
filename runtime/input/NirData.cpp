// NIRData (nir.write_data): recordings of the nodes of a NIR graph, on a grid
// of steps or as events.

#include "runtime/hdf5/File.h"
#include "runtime/input/Formats.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

namespace {

constexpr const char *usage =
    "nirdata:FILE[:NODE[/OBSERVABLE]][,times=start|end]";

/// Steps, channels and values of one sample, sorted and added up.
struct Entry {
  uint32_t step;
  uint32_t index;
  float value;
};
Sample toSample(size_t index, uint32_t steps, std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
    return std::pair(a.step, a.index) < std::pair(b.step, b.index);
  });
  Sample sample;
  sample.id = std::to_string(index);
  sample.steps = steps;
  sample.offsets.assign(steps + 1, 0);
  const Entry *last = nullptr;
  for (const Entry &entry : entries) {
    if (last && last->step == entry.step && last->index == entry.index) {
      sample.events.back().value += entry.value;
    } else {
      sample.events.push_back({entry.index, entry.value});
      ++sample.offsets[entry.step + 1];
    }
    last = &entry;
  }
  for (uint32_t step = 0; step < steps; ++step)
    sample.offsets[step + 1] += sample.offsets[step];
  return sample;
}

/// TimeGriddedData: data [sample, time, neuron] and dt.
class GriddedSource final : public Source {
public:
  GriddedSource(h5::File file, std::string dataset, h5::Shape extent,
                std::vector<int64_t> lengths, double dt, uint32_t steps)
      : file(std::move(file)), dataset(std::move(dataset)),
        extent(std::move(extent)), lengths(std::move(lengths)), dt(dt),
        steps(steps) {}

  size_t size() const override { return static_cast<size_t>(extent[0]); }
  network::Shape shape() const override { return {extent[2]}; }
  std::optional<Seconds> stepTime() const override { return dt; }
  std::vector<std::string> assumptions() const override {
    return {fmt::format("a step is a row of the NIRData, whose dt is {}",
                        format(dt))};
  }

  Result<Sample> sample(size_t index) const override {
    Result<h5::Data<float>> data =
        file.readEntry<float>(dataset, static_cast<int64_t>(index));
    if (!data)
      return data.takeError();
    const auto length =
        static_cast<uint32_t>(lengths.empty() ? extent[1] : lengths[index]);
    std::vector<Entry> entries;
    for (uint32_t step = 0; step < length; ++step)
      for (int64_t n = 0; n < extent[2]; ++n) {
        const float value = data->values[step * extent[2] + n];
        if (!std::isfinite(value))
          return Error(
              fmt::format("sample {}, step {}, neuron {} is not finite", index,
                          step, n),
              file.place(dataset));
        if (value != 0)
          entries.push_back({step, static_cast<uint32_t>(n), value});
      }
    Sample sample = toSample(index, length, std::move(entries));
    setSteps(sample, steps);
    return sample;
  }

private:
  h5::File file;
  std::string dataset;
  h5::Shape extent;
  std::vector<int64_t> lengths; ///< steps of each sample, or empty
  Seconds dt;
  uint32_t steps;
};

/// EventData and ValuedEventData: idx, time (and value) [sample, event].
class EventSource final : public Source {
public:
  struct Layout {
    std::string group;
    int64_t samples = 0, neurons = 0;
    uint32_t length = 0; ///< steps
    Seconds bin{1e-3};
    bool valued = false;
    bool atEnds = false; ///< an event stands at the end of its step
  };
  EventSource(h5::File file, Layout layout, uint32_t steps)
      : file(std::move(file)), layout(std::move(layout)), steps(steps) {}

  size_t size() const override { return static_cast<size_t>(layout.samples); }
  network::Shape shape() const override { return {layout.neurons}; }
  std::optional<Seconds> stepTime() const override { return layout.bin; }
  std::vector<std::string> assumptions() const override {
    return {
        fmt::format("an event at t belongs to step {}, width {}",
                    layout.atEnds ? "ceil(t / width) - 1" : "floor(t / width)",
                    format(layout.bin))};
  }

  Result<Sample> sample(size_t index) const override {
    const auto at = static_cast<int64_t>(index);
    Result<h5::Data<int64_t>> idx = file.readEntry<int64_t>(path("idx"), at);
    if (!idx)
      return idx.takeError();
    Result<h5::Data<double>> time = file.readEntry<double>(path("time"), at);
    if (!time)
      return time.takeError();
    h5::Data<float> value;
    if (layout.valued) {
      Result<h5::Data<float>> read = file.readEntry<float>(path("value"), at);
      if (!read)
        return read.takeError();
      value = std::move(*read);
    }
    std::vector<Entry> entries;
    for (size_t k = 0; k < idx->values.size(); ++k) {
      const int64_t neuron = idx->values[k];
      if (neuron == -1) // padding
        continue;
      if (neuron < 0 || neuron >= layout.neurons)
        return Error(fmt::format("sample {}, event {} has index {}; 0 to {} or "
                                 "-1 were wanted",
                                 index, k, neuron, layout.neurons - 1),
                     file.place(path("idx")));
      Result<uint32_t> step = stepOf(time->values[k], index, k);
      if (!step)
        return step.takeError();
      const float weight = layout.valued ? value.values[k] : 1.0f;
      if (!std::isfinite(weight))
        return Error(fmt::format("sample {}, event {} is not finite", index, k),
                     file.place(path("value")));
      entries.push_back({*step, static_cast<uint32_t>(neuron), weight});
    }
    Sample sample = toSample(index, layout.length, std::move(entries));
    setSteps(sample, steps);
    return sample;
  }

private:
  std::string path(const char *name) const {
    return h5::join(layout.group, name);
  }

  Result<uint32_t> stepOf(double time, size_t sample, size_t event) const {
    // A time of k steps may lie a rounding error off.
    const double exact = time / layout.bin.value();
    const double step =
        layout.atEnds ? std::ceil(exact - 1e-6) - 1 : std::floor(exact + 1e-6);
    if (step >= 0 && step < layout.length)
      return static_cast<uint32_t>(step);
    Error error(
        fmt::format("sample {}, event {} at {} s is not in the {} steps "
                    "of {} up to t_max",
                    sample, event, time, layout.length, format(layout.bin)),
        file.place(path("time")));
    if (!layout.atEnds && step == layout.length)
      error.note("times=end is for events that stand at the end of their step");
    return error;
  }

  h5::File file;
  Layout layout;
  uint32_t steps;
};

std::string joined(const std::vector<std::string> &names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The entry of `group` that `name` names, or the only one without a name.
Result<std::string> choose(const h5::File &file, const std::string &group,
                           const std::string &name, const char *what) {
  Result<std::vector<std::string>> names = file.links(group);
  if (!names)
    return names.takeError();
  if (name.empty() && names->size() == 1)
    return names->front();
  if (std::find(names->begin(), names->end(), name) != names->end())
    return name;
  return Error(name.empty() ? fmt::format("has {} {}s; one must be named",
                                          names->size(), what)
                            : fmt::format("has no {} '{}'", what, name),
               file.place(group))
      .note(fmt::format("there are {}", joined(*names)))
      .note(fmt::format("usage: {}", usage));
}

/// The group of the observable that `path` ("NODE/OBSERVABLE") leads to.
Result<std::string> findObservable(const h5::File &file, std::string path) {
  Result<std::string> root = file.attributeString("/", "__type__");
  if (!root || *root != "NIRGraphData")
    return Error("is not NIRData: its __type__ is not NIRGraphData",
                 file.place("/"));
  std::string group = "/";
  for (unsigned depth = 0; depth < 32; ++depth) {
    const std::string nodes = h5::join(group, "nodes");
    const size_t slash = path.find('/');
    Result<std::string> node =
        choose(file, nodes, path.substr(0, slash), "node");
    if (!node)
      return node;
    path = slash == std::string::npos ? "" : path.substr(slash + 1);
    group = h5::join(nodes, *node);
    Result<std::string> type = file.attributeString(group, "__type__");
    if (!type)
      return type;
    if (*type == "NIRGraphData")
      continue;
    if (*type != "NIRNodeData")
      return Error(fmt::format("has the type '{}'; NIRNodeData or NIRGraphData "
                               "were wanted",
                               *type),
                   file.place(group));
    const std::string observables = h5::join(group, "observables");
    Result<std::string> name = choose(file, observables, path, "observable");
    if (!name)
      return name;
    return h5::join(observables, *name);
  }
  return Error("is nested too deep", file.place(group));
}

Result<std::unique_ptr<Source>> openGridded(h5::File file,
                                            const std::string &group,
                                            const SourceOptions &options) {
  const std::string dataset = h5::join(group, "data");
  Result<h5::DatasetInfo> info = file.info(dataset);
  if (!info)
    return info.takeError();
  if (info->shape.size() != 3 || info->shape[0] == 0 || info->shape[2] == 0 ||
      info->shape[1] > UINT32_MAX - 1)
    return Error(fmt::format("has shape {}; [sample, time, neuron] was wanted",
                             h5::toString(info->shape)),
                 file.place(dataset));
  Result<double> dt = file.attributeNumber(group, "dt");
  if (!dt)
    return dt.takeError();
  if (!(*dt > 0) || !std::isfinite(*dt))
    return Error(fmt::format("has the dt {}; it must be positive", *dt),
                 file.place(group));
  // Samples of different lengths, as our own recordings note them.
  std::vector<int64_t> lengths;
  if (file.exists("/steps")) {
    Result<h5::Data<int64_t>> read = file.read<int64_t>("/steps");
    if (!read)
      return read.takeError();
    const auto fits = [&](int64_t length) {
      return length >= 0 && length <= info->shape[1];
    };
    if (static_cast<int64_t>(read->values.size()) != info->shape[0] ||
        !std::all_of(read->values.begin(), read->values.end(), fits))
      return Error(fmt::format("does not fit data of shape {}",
                               h5::toString(info->shape)),
                   file.place("/steps"));
    lengths = std::move(read->values);
  }
  return std::unique_ptr<Source>(
      std::make_unique<GriddedSource>(std::move(file), dataset, info->shape,
                                      std::move(lengths), *dt, options.steps));
}

Result<std::unique_ptr<Source>> openEvents(h5::File file,
                                           const std::string &group,
                                           bool valued, bool atEnds,
                                           const SourceOptions &options) {
  EventSource::Layout layout;
  layout.group = group;
  layout.valued = valued;
  layout.atEnds = atEnds;
  layout.bin = options.dt;
  h5::Shape shape;
  for (const char *name : {"idx", "time", "value"}) {
    if (std::string_view(name) == "value" && !valued)
      continue;
    const std::string dataset = h5::join(group, name);
    Result<h5::DatasetInfo> info = file.info(dataset);
    if (!info)
      return info.takeError();
    if (info->shape.size() != 2 || info->shape[0] == 0 ||
        (!shape.empty() && info->shape != shape))
      return Error(
          fmt::format("has shape {}; {} was wanted", h5::toString(info->shape),
                      shape.empty() ? "[sample, event]" : h5::toString(shape)),
          file.place(dataset));
    shape = info->shape;
  }
  layout.samples = shape[0];
  Result<double> neurons = file.attributeNumber(group, "n_neurons");
  if (!neurons)
    return neurons.takeError();
  Result<double> end = file.attributeNumber(group, "t_max");
  if (!end)
    return end.takeError();
  if (!(*neurons >= 1 && *neurons <= 4294967295.0) ||
      *neurons != std::floor(*neurons))
    return Error(fmt::format("has {} n_neurons", *neurons), file.place(group));
  layout.neurons = static_cast<int64_t>(*neurons);
  const double length = std::ceil(*end / layout.bin.value() - 1e-6);
  if (!(*end > 0) || !(length < 1e9))
    return Error(fmt::format("has the t_max {} s, {} steps of {}", *end, length,
                             format(layout.bin)),
                 file.place(group))
        .note("--bin sets the width of a step");
  layout.length = static_cast<uint32_t>(std::max(length, 1.0));
  return std::unique_ptr<Source>(std::make_unique<EventSource>(
      std::move(file), std::move(layout), options.steps));
}

} // namespace

Result<std::unique_ptr<Source>>
input::openNirData(const std::string &rest, const SourceOptions &options) {
  std::string spec = rest;
  bool atEnds = false;
  if (const size_t comma = spec.rfind(",times="); comma != std::string::npos) {
    const std::string word = spec.substr(comma + 7);
    if (word != "start" && word != "end")
      return Error(fmt::format("times={}: start or end were wanted", word),
                   Place{spec.substr(0, comma), 0, 0, {}});
    atEnds = word == "end";
    spec.resize(comma);
  }
  const size_t colon = spec.find(':');
  Result<h5::File> file = h5::File::open(spec.substr(0, colon));
  if (!file)
    return file.takeError();
  Result<std::string> group = findObservable(
      *file, colon == std::string::npos ? "" : spec.substr(colon + 1));
  if (!group)
    return group.takeError();
  Result<std::string> type = file->attributeString(*group, "__type__");
  if (!type)
    return type.takeError();
  if (*type == "TimeGriddedData")
    return openGridded(std::move(*file), *group, options);
  if (*type == "EventData" || *type == "ValuedEventData")
    return ::openEvents(std::move(*file), *group, *type == "ValuedEventData",
                      atEnds, options);
  return Error(fmt::format("has the type '{}'; TimeGriddedData, EventData or "
                           "ValuedEventData were wanted",
                           *type),
               file->place(*group));
}
