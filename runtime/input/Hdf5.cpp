// A numeric HDF5 dataset [sample, time, channel...]; what is not 0 is an event.

#include "runtime/hdf5/File.h"
#include "runtime/input/Formats.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

namespace {

class Hdf5Source final : public Source {
public:
  Hdf5Source(h5::File file, std::string dataset, h5::Shape extent,
             std::vector<int64_t> labels, uint32_t steps)
      : file(std::move(file)), dataset(std::move(dataset)),
        extent(std::move(extent)), labels(std::move(labels)), steps(steps) {}

  size_t size() const override { return static_cast<size_t>(extent[0]); }
  network::Shape shape() const override {
    return {extent.begin() + 2, extent.end()};
  }

  Result<Sample> sample(size_t index) const override {
    Result<h5::Data<float>> entry =
        file.readEntry<float>(dataset, static_cast<int64_t>(index));
    if (!entry)
      return entry.takeError();
    Sample sample;
    sample.id = std::to_string(index);
    sample.label = labels.empty() ? -1 : static_cast<int>(labels[index]);
    sample.steps = static_cast<uint32_t>(extent[1]);
    sample.offsets.push_back(0);
    const int64_t channels = network::sizeOf(shape());
    for (int64_t step = 0; step < extent[1]; ++step) {
      for (int64_t c = 0; c < channels; ++c) {
        const float value = entry->values[step * channels + c];
        if (!std::isfinite(value))
          return Error(fmt::format("sample {}, step {}, element {} is not "
                                   "finite",
                                   index, step, c),
                       file.place(dataset));
        if (value != 0)
          sample.events.push_back({static_cast<uint32_t>(c), value});
      }
      sample.offsets.push_back(sample.events.size());
    }
    setSteps(sample, steps);
    return sample;
  }

private:
  h5::File file;
  std::string dataset;
  h5::Shape extent;
  std::vector<int64_t> labels;
  uint32_t steps;
};

} // namespace

Result<std::unique_ptr<Source>> input::openHdf5(const std::string &rest,
                                                const SourceOptions &options) {
  const size_t colon = rest.rfind(':');
  if (colon == std::string::npos || colon + 1 == rest.size())
    return Error("the dataset is missing", Place{rest, 0, 0, {}})
        .note("usage: hdf5:FILE:DATASET[,LABELS]");
  std::string dataset = rest.substr(colon + 1);
  std::string labelName;
  if (const size_t comma = dataset.find(','); comma != std::string::npos) {
    labelName = dataset.substr(comma + 1);
    dataset.resize(comma);
  }
  Result<h5::File> file = h5::File::open(rest.substr(0, colon));
  if (!file)
    return file.takeError();
  Result<h5::DatasetInfo> info = file->info(dataset);
  if (!info)
    return info.takeError();
  if (info->elements != h5::ElementClass::Integer &&
      info->elements != h5::ElementClass::Float)
    return Error("must hold numbers", file->place(dataset));
  if (info->shape.size() < 2)
    return Error(fmt::format("has shape {}; [sample, time, channel...] was "
                             "wanted",
                             h5::toString(info->shape)),
                 file->place(dataset));
  if (info->shape[0] == 0)
    return Error("holds no sample", file->place(dataset));
  std::vector<int64_t> labels;
  if (!labelName.empty()) {
    Result<h5::Data<int64_t>> read = file->read<int64_t>(labelName);
    if (!read)
      return read.takeError();
    if (read->values.size() != static_cast<size_t>(info->shape[0]))
      return Error(fmt::format("has {} labels for {} samples",
                               read->values.size(), info->shape[0]),
                   file->place(labelName));
    for (int64_t label : read->values)
      if (label < 0 || label > 1'000'000)
        return Error(fmt::format("label {} is not a class", label),
                     file->place(labelName));
    labels = std::move(read->values);
  }
  return std::unique_ptr<Source>(
      std::make_unique<Hdf5Source>(std::move(*file), dataset, info->shape,
                                   std::move(labels), options.steps));
}
