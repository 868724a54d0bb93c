#include "runtime/input/Watched.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

Result<Sample> Watched::sample(size_t index) const {
  Result<Sample> read = source->sample(index);
  if (!read)
    return read;
  float largestHere = 0;
  uint64_t cut = 0;
  for (Event &event : read->events) {
    largestHere = std::max(largestHere, event.value);
    if (limit > 0 && event.value > limit) {
      event.value = limit;
      ++cut;
    }
  }
  float known = most;
  while (known < largestHere && !most.compare_exchange_weak(known, largestHere))
    continue;
  events += read->events.size();
  clipped += cut;
  return read;
}

std::vector<std::string> Watched::assumptions() const {
  std::vector<std::string> out = source->assumptions();
  if (limit > 0)
    out.push_back(fmt::format("input counts above {} are clipped: {} of {} "
                              "events",
                              limit, clipped.load(), events.load()));
  return out;
}
