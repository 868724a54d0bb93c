// Drawing random synapses, used by Stage.cpp.
#pragma once

#include "hw-models/base/Random.h"
#include "runtime/network/Rows.h"

namespace limen::network {

/// What identifies one draw of a stream.
struct DrawKey {
  uint64_t a = 0;
  uint32_t b = 0;
};

/// A draw from `distribution` with the numbers a and b, repeated while it lies
/// outside of [low, high]: at most 1,000 times, then clamped. FormedPair gives
/// 0.
double drawWithin(Distribution distribution, double a, double b, double low,
                  double high, const RandomStream &stream, DrawKey key);

/// Appends the rows of the sources [first, last) to `out`: by ascending target,
/// or, faster, in an order of their own, which keeps the synapses of one pair
/// in the same sequence.
void appendRandomRows(const Random &random, const Stage &stage, uint32_t first,
                      uint32_t last, bool ascending, Rows &out);

/// Appends the synapses that `random` draws for `source`, by ascending target.
void appendRandom(const Random &random, const Stage &stage, uint32_t source,
                  std::vector<Synapse> &out);

} // namespace limen::network
