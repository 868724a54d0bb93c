// shd:FILE: HDF5 files laid out as the Spiking Heidelberg Digits and Speech
// Commands (Cramer et al., IEEE TNNLS 33, 2022): lists spikes/times in s and
// spikes/units of each sample, and its class in labels.

#include "hw-models/base/Quantity.h"
#include "runtime/hdf5/File.h"
#include "runtime/input/Formats.h"
#include "runtime/input/Spec.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

namespace {

constexpr const char *timesName = "spikes/times";
constexpr const char *unitsName = "spikes/units";

struct Rules {
  int64_t units = 700;
  double width = 1e-3; ///< of a step, s
  uint32_t bins = 0;   ///< 0; else the time to the last spike in equal parts
  uint32_t steps = 0;  ///< as in SourceOptions
};

class ShdSource final : public Source {
public:
  ShdSource(h5::File file, int64_t count, std::vector<int64_t> labels,
            Rules rules)
      : file(std::move(file)), count(count), labels(std::move(labels)),
        rules(rules) {}

  size_t size() const override { return static_cast<size_t>(count); }
  network::Shape shape() const override { return {rules.units}; }
  std::optional<Seconds> stepTime() const override {
    if (rules.bins != 0)
      return std::nullopt;
    return Seconds(rules.width);
  }
  std::vector<std::string> assumptions() const override {
    return {fmt::format("{} units", rules.units),
            rules.bins != 0
                ? fmt::format("spikes are binned into {} equal parts of the "
                              "time from 0 to the last spike, counts are kept",
                              rules.bins)
                : fmt::format("spikes are binned from time 0 in steps of {}, "
                              "the last incomplete step is kept, counts are "
                              "kept",
                              format(Seconds(rules.width)))};
  }
  Result<Sample> sample(size_t index) const override;

private:
  h5::File file;
  int64_t count;
  std::vector<int64_t> labels;
  Rules rules;
};

Result<Sample> ShdSource::sample(size_t index) const {
  Result<h5::Data<double>> times =
      file.readList(timesName, static_cast<int64_t>(index));
  if (!times)
    return times.takeError();
  Result<h5::Data<double>> units =
      file.readList(unitsName, static_cast<int64_t>(index));
  if (!units)
    return units.takeError();
  if (times->values.size() != units->values.size())
    return Error(fmt::format("sample {} has {} units for {} times", index,
                             units->values.size(), times->values.size()),
                 file.place(unitsName));
  double last = 0;
  for (double time : times->values) {
    if (!(time >= 0 && time <= 1e9))
      return Error(fmt::format("sample {} has a spike at {} s", index, time),
                   file.place(timesName));
    last = std::max(last, time);
  }
  for (double unit : units->values)
    if (!(unit >= 0 && unit < static_cast<double>(rules.units)) ||
        unit != std::floor(unit))
      return Error(fmt::format("sample {} has a spike of unit {}; 0 to {} were "
                               "wanted",
                               index, unit, rules.units - 1),
                   file.place(unitsName))
          .note("units=N says how many there are");
  // The last spike belongs to the last part.
  const double width = rules.bins != 0 ? last / rules.bins : rules.width;
  auto stepOf = [&](double time) {
    const double step = width > 0 ? std::floor(time / width) : 0;
    return rules.bins != 0 ? std::min(step, rules.bins - 1.0) : step;
  };
  const double all = rules.bins != 0 ? rules.bins : stepOf(last) + 1;
  if (all > 1 << 24)
    return Error(fmt::format("sample {} lasts {} steps; at most 2^24 are made",
                             index, all),
                 file.place(timesName))
        .note("wider steps (bin=) or a number of them (bins=T)");
  const double steps =
      rules.steps != 0 ? std::min<double>(all, rules.steps) : all;

  std::vector<std::pair<uint32_t, uint32_t>> spikes; // step and unit
  for (size_t i = 0; i < times->values.size(); ++i)
    if (const double step = stepOf(times->values[i]); step < steps)
      spikes.emplace_back(static_cast<uint32_t>(step),
                          static_cast<uint32_t>(units->values[i]));
  std::sort(spikes.begin(), spikes.end());
  Sample sample;
  sample.id = std::to_string(index);
  sample.label = labels.empty() ? -1 : static_cast<int>(labels[index]);
  sample.steps = static_cast<uint32_t>(steps);
  sample.offsets.push_back(0);
  size_t next = 0;
  for (uint32_t step = 0; step < sample.steps; ++step) {
    const size_t first = sample.events.size();
    for (; next < spikes.size() && spikes[next].first == step; ++next) {
      const uint32_t unit = spikes[next].second;
      if (sample.events.size() > first && sample.events.back().index == unit)
        ++sample.events.back().value;
      else
        sample.events.push_back({unit, 1.0f});
    }
    sample.offsets.push_back(sample.events.size());
  }
  setSteps(sample, rules.steps);
  return sample;
}

} // namespace

Result<std::unique_ptr<Source>> input::openShd(const std::string &rest,
                                               const SourceOptions &options) {
  Spec spec(rest, shdUsage);
  Rules rules;
  rules.steps = options.steps;
  Result<int64_t> unitCount = spec.takeWhole("units", 700, 1, 1 << 30);
  if (!unitCount)
    return unitCount.takeError();
  rules.units = *unitCount;
  Result<double> width = spec.takeQuantity("bin", options.dt.value(), "s");
  if (!width)
    return width.takeError();
  rules.width = *width;
  Result<int64_t> bins = spec.takeWhole("bins", 0, 1, 1'000'000);
  if (!bins)
    return bins.takeError();
  rules.bins = static_cast<uint32_t>(*bins);
  if (Result<void> finished = spec.finish(); !finished)
    return finished.takeError();
  Result<h5::File> file = h5::File::open(spec.path());
  if (!file)
    return file.takeError();
  Result<h5::DatasetInfo> times = file->info(timesName);
  if (!times)
    return times.takeError();
  Result<h5::DatasetInfo> units = file->info(unitsName);
  if (!units)
    return units.takeError();
  if (times->shape.size() != 1 || times->shape[0] == 0 ||
      units->shape != times->shape)
    return Error(fmt::format("has shape {}, units have {}; a list of times "
                             "and one of units for each sample was wanted",
                             h5::toString(times->shape),
                             h5::toString(units->shape)),
                 file->place(timesName));
  std::vector<int64_t> labels;
  if (file->exists("labels")) {
    Result<h5::Data<int64_t>> read = file->read<int64_t>("labels");
    if (!read)
      return read.takeError();
    if (read->values.size() != static_cast<size_t>(times->shape[0]))
      return Error(fmt::format("has {} labels for {} samples",
                               read->values.size(), times->shape[0]),
                   file->place("labels"));
    for (int64_t label : read->values)
      if (label < 0 || label > 1'000'000)
        return Error(fmt::format("label {} is not a class", label),
                     file->place("labels"));
    labels = std::move(read->values);
  }
  return std::unique_ptr<Source>(std::make_unique<ShdSource>(
      std::move(*file), times->shape[0], std::move(labels), rules));
}
