#include "runtime/sonata/Spikes.h"

#include "hw-models/base/Quantity.h"
#include "runtime/hdf5/File.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::sonata;

/// The spikes below `group`, whose ids are in the dataset `ids`.
static Result<SpikeTrain> readTrain(const h5::File &file,
                                    const std::string &group,
                                    const std::string &ids,
                                    const std::string &population) {
  const std::string times = h5::join(group, "timestamps");
  const std::string nodes = h5::join(group, ids);
  Result<h5::Data<double>> when = file.read<double>(times);
  if (!when)
    return when.takeError();
  Result<h5::Data<int64_t>> which = file.read<int64_t>(nodes);
  if (!which)
    return which.takeError();
  if (when->values.size() != which->values.size())
    return Error(fmt::format("has {} entries, {} has {}", which->values.size(),
                             times, when->values.size()),
                 file.place(nodes));
  if (Result<std::string> unit = file.attributeString(times, "units");
      unit && *unit != "ms")
    return Error(fmt::format("has the unit '{}', ms was wanted", *unit),
                 file.place(times));
  SpikeTrain train{population, group, {}};
  train.spikes.reserve(when->values.size());
  for (size_t i = 0; i < when->values.size(); ++i) {
    if (!std::isfinite(when->values[i]) || when->values[i] < 0)
      return Error(fmt::format("entry {} is {}; a time of at least 0 ms was "
                               "wanted",
                               i, formatNumber(when->values[i])),
                   file.place(times));
    train.spikes.push_back({which->values[i], when->values[i]});
  }
  return train;
}

Result<std::vector<SpikeTrain>> sonata::readSpikes(const std::string &path) {
  Result<h5::File> file = h5::File::open(path);
  if (!file)
    return file.takeError();
  std::vector<SpikeTrain> trains;
  if (file->kind("/spikes/timestamps") == h5::Kind::Dataset) {
    const bool old = file->exists("/spikes/gids");
    Result<SpikeTrain> train =
        readTrain(*file, "/spikes", old ? "gids" : "node_ids", "");
    if (!train)
      return train.takeError();
    trains.push_back(std::move(*train));
    return trains;
  }
  Result<std::vector<std::string>> names = file->links("/spikes");
  if (!names)
    return names.takeError();
  for (const std::string &name : *names) {
    const std::string group = h5::join("/spikes", name);
    if (file->kind(group) != h5::Kind::Group)
      continue;
    Result<SpikeTrain> train = readTrain(*file, group, "node_ids", name);
    if (!train)
      return train.takeError();
    trains.push_back(std::move(*train));
  }
  if (trains.empty())
    return Error("holds no population's spikes", file->place("/spikes"));
  return trains;
}
