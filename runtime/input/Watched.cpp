#include "runtime/input/Watched.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

void Watched::watch(Sample &sample, size_t input) const {
  Seen &seen = inputs[input];
  const float limit = limits[input];
  float largestHere = 0;
  uint64_t cut = 0;
  for (Event &event : sample.events) {
    largestHere = std::max(largestHere, event.value);
    if (limit > 0 && event.value > limit) {
      event.value = limit;
      ++cut;
    }
  }
  float known = seen.most;
  while (known < largestHere &&
         !seen.most.compare_exchange_weak(known, largestHere))
    continue;
  seen.events += sample.events.size();
  seen.clipped += cut;
}

Result<Sample> Watched::sample(size_t index) const {
  Result<Sample> read = source->sample(index);
  if (!read)
    return read;
  if (inputs.empty())
    return read;
  watch(*read, 0);
  for (size_t k = 0; k < read->others.size() && k + 1 < inputs.size(); ++k)
    watch(read->others[k], k + 1);
  return read;
}

void Watched::forget() const {
  for (Seen &seen : inputs)
    seen.most = 0, seen.events = 0, seen.clipped = 0;
}

std::vector<float> Watched::largest() const {
  std::vector<float> out;
  for (const Seen &seen : inputs)
    out.push_back(seen.most);
  return out;
}

std::vector<std::string> Watched::assumptions() const {
  std::vector<std::string> out = source->assumptions();
  for (size_t k = 0; k < inputs.size(); ++k)
    if (limits[k] > 0)
      out.push_back(fmt::format(
          "input counts above {} are clipped: {} of {} events", limits[k],
          inputs[k].clipped.load(), inputs[k].events.load()));
  return out;
}
