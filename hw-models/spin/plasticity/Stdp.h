// Deferred spike-timing-dependent plasticity of a SpiNNaker core.
//
// A weight lies in SDRAM, in the row of its source, and is at hand only while
// that row is: so a core notes when its neurons fire and, when a row comes in,
// replays what its targets did since the row came last (source: sPyNNaker's
// runtime). Formats: traces and decays s4.11, weights in an update s16.15,
// weights in a row 16 bits in the unit of their ring buffer; every product and
// the way back to 16 bits round down.
#pragma once

#include "hw-models/base/Error.h"
#include "hw-models/target/StdpRule.h"

#include <array>
#include <cstdint>
#include <vector>

namespace limen::spinhw {

using target::Dependence;
using target::Pairing;
using target::StdpRule;

/// floor(2^11 exp(-t / tau)) for t = 0, 1, ... steps, an even number of entries
/// that reaches to where 1 has decayed to 2^-11; 0 beyond.
class DecayTable {
public:
  DecayTable() = default;
  explicit DecayTable(double tau);

  int32_t at(uint32_t steps) const {
    return steps < values.size() ? values[steps] : 0;
  }
  size_t size() const { return values.size(); }

private:
  std::vector<int16_t> values;
};

/// When a neuron fired, and its trace then: the last 15 times. Entry 0 stands
/// for the time before all of them and is never a spike.
class PostHistory {
public:
  static constexpr uint32_t capacity = 16;

  uint32_t size() const { return count; }
  uint32_t time(uint32_t i) const { return times[i]; }
  int16_t trace(uint32_t i) const { return traces[i]; }
  /// Adds a spike; when full the oldest one is lost.
  void add(uint32_t time, int16_t trace);

private:
  uint32_t count = 1;
  std::array<uint32_t, capacity> times{};
  std::array<int16_t, capacity> traces{};
};

/// When the source of a row fired last, and its trace then. All 0 at first: the
/// nearest rule takes this for a spike at time 0, as the runtime does.
struct PreHistory {
  uint32_t time = 0;
  int16_t trace = 0;
  bool operator==(const PreHistory &) const = default;
};

/// A rule in the formats of a core.
class Stdp {
public:
  static constexpr int32_t one = 1 << 11; ///< of traces

  /// Errors: a time constant that is not positive or needs more table than a
  /// core can hold, a number outside of s16.15, weights that are negative or
  /// in the wrong order.
  static Result<Stdp> make(const StdpRule &rule);

  const StdpRule &rule() const { return given; }
  /// Words of a row that hold its PreHistory: the nearest rule needs no trace.
  unsigned historyWords() const { return given.historyWords(); }

  /// The source's history after a spike now.
  PreHistory fired(const PreHistory &last, uint32_t now) const;
  /// Adds a spike now to a target's history.
  void fired(PostHistory &posts, uint32_t now) const;

  /// Spikes of a target that reach a synapse between two of its source, at
  /// `last` and now: entries [first, end) of its history.
  struct Window {
    uint32_t first = 0, end = 0;
    uint32_t size() const { return end - first; }
  };
  static Window window(const PreHistory &last, uint32_t now, uint32_t delay,
                       const PostHistory &posts);

  /// The s16.15 weight of a synapse whose source fires now and fired last at
  /// `last`: target spikes reach the synapse `delay` steps after they happen,
  /// those in (last.time - delay, now - delay] one by one, then the source's
  /// spike.
  int32_t update(int32_t weight, const PreHistory &last, uint32_t now,
                 uint32_t delay, const PostHistory &posts) const;

private:
  int32_t potentiate(int32_t weight, int32_t trace) const;
  int32_t depress(int32_t weight, int32_t trace) const;

  StdpRule given;
  DecayTable plus, minus;
  int32_t aPlus = 0, aMinus = 0, lowest = 0, highest = 0; ///< s16.15
};

} // namespace limen::spinhw
