#include "hw-models/imc/Timeline.h"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>

using namespace limen;
using namespace limen::imchw;

namespace {

/// A network that asks at `time` for its macros, or for the digital unit.
struct Request {
  uint64_t time;
  unsigned network;
  bool unit;

  bool operator>(const Request &other) const {
    return std::tie(time, network) > std::tie(other.time, other.network);
  }
};

} // namespace

uint64_t imchw::sideBySide(std::span<const std::vector<PhaseTime>> networks,
                           std::vector<PhaseSpan> *trace) {
  std::priority_queue<Request, std::vector<Request>, std::greater<>> open;
  std::vector<size_t> next(networks.size(), 0);
  std::vector<PhaseSpan> current(networks.size());
  for (unsigned n = 0; n < networks.size(); ++n)
    if (!networks[n].empty())
      open.push({0, n, false});
  std::map<unsigned, uint64_t> macroFree;
  uint64_t unitFree = 0, last = 0;
  while (!open.empty()) {
    const Request request = open.top();
    open.pop();
    const unsigned n = request.network;
    const PhaseTime &phase = networks[n][next[n]];
    PhaseSpan &span = current[n];
    if (!request.unit) {
      span = {n, request.time, 0, 0, 0};
      for (const auto &[macro, cycles] : phase.reads)
        span.readStart = std::max(span.readStart, macroFree[macro]);
      span.readEnd = span.readStart;
      for (const auto &[macro, cycles] : phase.reads)
        span.readEnd = std::max(span.readEnd, span.readStart + cycles);
      for (const auto &[macro, cycles] : phase.reads)
        macroFree[macro] = span.readEnd;
      open.push({span.readEnd, n, true});
      continue;
    }
    span.unitStart = std::max(request.time, unitFree);
    span.unitEnd = span.unitStart + phase.unit;
    unitFree = span.unitEnd;
    last = std::max(last, span.unitEnd);
    if (trace)
      trace->push_back(span);
    if (++next[n] < networks[n].size())
      open.push({span.unitEnd, n, false});
  }
  return last;
}
