// nmnist:DIR: the .bin files of a folder, 34 x 34, labels from a file. The same
// as events:DIR, but every file must be an N-MNIST recording to its last byte.

#include "runtime/input/Events.h"
#include "runtime/input/Formats.h"

#include <filesystem>

using namespace limen;
using namespace limen::input;

Result<std::unique_ptr<Source>>
input::openNmnist(const std::string &rest, const SourceOptions &options) {
  Spec spec(rest, nmnistUsage);
  std::error_code status;
  if (!std::filesystem::is_directory(spec.path(), status))
    return Error(std::filesystem::exists(spec.path(), status)
                     ? "is not a folder"
                     : "no such folder",
                 Place{spec.path(), 0, 0, {}});
  EventRules rules;
  rules.format = "nmnist";
  rules.read.width = rules.read.height = 34;
  rules.refuseTrailing = true;
  rules.steps = options.steps;
  Result<Binning> binning = Binning::parse(spec, options.dt);
  if (!binning)
    return binning.takeError();
  rules.binning = *binning;
  if (Result<void> finished = spec.finish(); !finished)
    return finished.takeError();
  ListOptions list;
  list.labels = options.labels;
  list.wants = [](const std::string &name) { return name.ends_with(".bin"); };
  Result<Listing> listing = listFiles(spec.path(), list);
  if (!listing)
    return listing.takeError();
  return EventSource::open(std::move(*listing), std::move(rules));
}
