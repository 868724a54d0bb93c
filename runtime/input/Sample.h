// One input to a network: the events of each step.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/network/Network.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace limen::input {

/// An input element that is active in one step. A plain spike has value 1, a
/// bin of k events value k; real values are allowed on the host.
struct Event {
  uint32_t index;
  float value;
};

/// Events of one sample, by step, indices ascending within a step.
struct Sample {
  std::string id; ///< file name or index in the data set
  int label = -1; ///< class, -1 when unknown
  uint32_t steps = 0;
  std::vector<uint64_t> offsets; ///< steps + 1 entries into `events`
  std::vector<Event> events;
  /// Samples of the network's further inputs, in the order of its nodes.
  std::vector<Sample> others;

  std::span<const Event> at(uint32_t step) const {
    return std::span(events).subspan(offsets[step],
                                     offsets[step + 1] - offsets[step]);
  }
};

/// A data set. `sample` may be called from several threads at once.
class Source {
public:
  virtual ~Source() = default;

  virtual size_t size() const = 0;
  virtual Result<Sample> sample(size_t index) const = 0;
  /// Shape of one step, e.g. 2x34x34.
  virtual network::Shape shape() const = 0;
  /// How long a step lasts in the world; nothing when the data does not say.
  virtual std::optional<Seconds> stepTime() const { return std::nullopt; }
  /// What was assumed to make events of the data (binning, encoder): printed
  /// and reported.
  virtual std::vector<std::string> assumptions() const { return {}; }
};

} // namespace limen::input
