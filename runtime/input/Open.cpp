#include "runtime/input/Open.h"

#include "runtime/input/Formats.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

void input::setSteps(Sample &sample, uint32_t steps) {
  if (steps == 0)
    return;
  if (steps < sample.steps)
    sample.events.resize(sample.offsets[steps]);
  sample.offsets.resize(steps + 1, sample.events.size());
  sample.steps = steps;
}

namespace {

/// One sample without events, for networks that drive themselves.
class NoSource final : public Source {
public:
  explicit NoSource(uint32_t steps) {
    only.id = "0";
    only.steps = steps;
    only.offsets.assign(steps + 1, 0);
  }

  size_t size() const override { return 1; }
  Result<Sample> sample(size_t) const override { return only; }
  network::Shape shape() const override { return {0}; }

private:
  Sample only;
};

} // namespace

Result<std::unique_ptr<Source>>
input::openSource(const std::string &spec, const SourceOptions &options) {
  const size_t colon = spec.find(':');
  const std::string prefix = spec.substr(0, colon);
  if (spec == "none") {
    if (options.steps == 0)
      return Error("--input none: nothing says how many steps to run")
          .note("add --steps N");
    if (!options.labels.empty())
      return Error(fmt::format("--labels {}: the input is none, which has no "
                               "recordings",
                               options.labels));
    return std::unique_ptr<Source>(std::make_unique<NoSource>(options.steps));
  }
  if (colon != std::string::npos)
    for (const Format &format : formats)
      if (format.prefix == prefix) {
        if (colon + 1 == spec.size())
          return Error(fmt::format("--input {}: a file or folder is missing",
                                   spec))
              .note(fmt::format("usage: {}", format.usage));
        if (!options.labels.empty() && !format.takesLabels)
          return Error(fmt::format("--labels {}: only nmnist, events and "
                                   "wav inputs take a labels file, the input "
                                   "is {}",
                                   options.labels, spec))
              .note(fmt::format("usage: {}", format.usage));
        return format.open(spec.substr(colon + 1), options);
      }
  Error error(
      fmt::format("--input {}: '{}' is not an input format", spec, prefix));
  for (const Format &format : formats)
    error.note(std::string(format.usage));
  error.note("none (for a network that drives itself)");
  return error;
}
