// Drawing random synapses, used by Stage.cpp.
#pragma once

#include "runtime/network/Network.h"

namespace limen::network {

/// Appends the synapses that `random` draws for `source`, by ascending target.
void appendRandom(const Random &random, const Stage &stage, uint32_t source,
                  std::vector<Synapse> &out);

} // namespace limen::network
