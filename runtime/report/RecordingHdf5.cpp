// Spikes in HDF5 files: SONATA and NIRData.

#include "runtime/hdf5/File.h"
#include "runtime/report/Recording.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

namespace {

class Hdf5Spikes {
public:
  Hdf5Spikes(const h5::File &file, Seconds step, Recording &recording)
      : file(file), step(step), recording(recording) {}

  /// /spikes/POPULATION/{timestamps, node_ids}; older files have
  /// /spikes/{timestamps, gids}.
  Result<void> sonata() {
    recording.side.assumptions.push_back(
        "timestamps of SONATA spikes are in ms");
    detail::noteSample(recording, "0");
    if (file.kind("/spikes/timestamps") == h5::Kind::Dataset)
      return sonataGroup("/spikes", "gids", "spikes");
    Result<std::vector<std::string>> names = file.links("/spikes");
    if (!names)
      return names.takeError();
    for (const std::string &name : *names)
      if (Result<void> read =
              sonataGroup(h5::join("/spikes", name), "node_ids", name);
          !read)
        return read;
    return {};
  }

  Result<void> nirData() {
    Result<std::vector<std::string>> names = file.links("/nodes");
    if (!names)
      return names.takeError();
    for (const std::string &name : *names) {
      const std::string group = "/nodes/" + name + "/observables/spikes";
      if (!file.exists(group))
        continue;
      Result<void> read = file.exists(group + "/data") ? gridded(group, name)
                                                       : events(group, name);
      if (!read)
        return read;
    }
    return {};
  }

private:
  Result<void> sonataGroup(const std::string &group, const std::string &ids,
                           const std::string &name) {
    auto times = file.read<double>(h5::join(group, "timestamps"));
    if (!times)
      return times.takeError();
    auto nodes = file.read<int64_t>(h5::join(group, ids));
    if (!nodes)
      return nodes.takeError();
    if (times->values.size() != nodes->values.size())
      return Error(fmt::format("has {} timestamps and {} {}",
                               times->values.size(), nodes->values.size(), ids),
                   file.place(group));
    detail::populationOf(recording, name);
    for (size_t i = 0; i < times->values.size(); ++i)
      if (Result<void> added = add(group, name, "0", times->values[i] * 1e-3,
                                   static_cast<double>(nodes->values[i]), 1);
          !added)
        return added;
    return {};
  }

  /// [sample, time, neuron] of spike counts.
  Result<void> gridded(const std::string &group, const std::string &name) {
    auto data = file.read<float>(group + "/data");
    if (!data)
      return data.takeError();
    if (data->shape.size() != 3)
      return Error(fmt::format("has shape {}; [sample, time, neuron] was "
                               "wanted",
                               h5::toString(data->shape)),
                   file.place(group + "/data"));
    detail::populationOf(recording, name);
    const int64_t steps = data->shape[1], neurons = data->shape[2];
    size_t at = 0;
    for (int64_t s = 0; s < data->shape[0]; ++s) {
      detail::noteSample(recording, std::to_string(s));
      for (int64_t t = 0; t < steps; ++t)
        for (int64_t n = 0; n < neurons; ++n)
          if (Result<void> added =
                  put(group, name, std::to_string(s), static_cast<uint32_t>(t),
                      static_cast<double>(n), data->values[at++]);
              !added)
            return added;
    }
    return {};
  }

  /// idx and time [sample, event], padded with -1 and infinity; counts in
  /// `value` if there.
  Result<void> events(const std::string &group, const std::string &name) {
    auto index = file.read<int64_t>(group + "/idx");
    if (!index)
      return index.takeError();
    auto time = file.read<double>(group + "/time");
    if (!time)
      return time.takeError();
    if (index->shape.size() != 2 || index->shape != time->shape)
      return Error(fmt::format("idx has shape {}, time {}; [sample, event] "
                               "was wanted for both",
                               h5::toString(index->shape),
                               h5::toString(time->shape)),
                   file.place(group));
    detail::populationOf(recording, name);
    const int64_t width = index->shape[1];
    for (int64_t s = 0; s < index->shape[0]; ++s) {
      detail::noteSample(recording, std::to_string(s));
      for (int64_t k = 0; k < width; ++k) {
        const auto at = static_cast<size_t>(s * width + k);
        if (index->values[at] < 0)
          continue;
        if (Result<void> added =
                add(group, name, std::to_string(s), time->values[at],
                    static_cast<double>(index->values[at]), 1);
            !added)
          return added;
      }
    }
    return {};
  }

  Result<void> add(const std::string &group, const std::string &name,
                   const std::string &sample, double seconds, double neuron,
                   double spikes) {
    Result<uint32_t> at = detail::stepOf(seconds, step);
    if (!at)
      return Error(at.error().message, file.place(group));
    return put(group, name, sample, *at, neuron, spikes);
  }

  Result<void> put(const std::string &group, const std::string &name,
                   const std::string &sample, uint32_t at, double neuron,
                   double spikes) {
    if (spikes == 0)
      return {};
    if (!(spikes > 0) || spikes > 65535 || spikes != std::floor(spikes) ||
        !(neuron >= 0) || neuron > 4294967295.0)
      return Error(fmt::format("neuron {} has {} spikes in step {}; whole "
                               "numbers of at least 0 were wanted",
                               neuron, spikes, at),
                   file.place(group));
    engine::Raster &raster =
        detail::populationOf(recording, name).rasters[sample];
    raster.insert(raster.end(), static_cast<size_t>(spikes),
                  uint64_t(at) << 32 | static_cast<uint32_t>(neuron));
    return {};
  }

  const h5::File &file;
  Seconds step;
  Recording &recording;
};

} // namespace

Result<void> report::detail::readHdf5Spikes(const std::string &path,
                                            Seconds step,
                                            Recording &recording) {
  Result<h5::File> file = h5::File::open(path);
  if (!file)
    return file.takeError();
  Hdf5Spikes spikes(*file, step, recording);
  Result<void> read;
  if (file->kind("/spikes") == h5::Kind::Group)
    read = spikes.sonata();
  else if (file->kind("/nodes") == h5::Kind::Group)
    read = spikes.nirData();
  if (!read)
    return read;
  if (recording.populations.empty())
    return Error("has no spikes: /spikes/POPULATION (SONATA) or "
                 "/nodes/POPULATION/observables/spikes (NIRData) was wanted",
                 Place{path, 0, 0, {}});
  return {};
}
