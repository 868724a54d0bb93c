// Independent networks within one description: nodes that no projection joins.
#pragma once

#include "runtime/network/Network.h"

namespace limen::network {

/// The independent networks of a description, in the order of their first
/// nodes. A projection joins its ends whatever its direction.
struct Parts {
  std::vector<unsigned> of;                     ///< per node: its part
  std::vector<std::vector<unsigned>> openNodes; ///< per part: inputs to feed

  unsigned count() const { return static_cast<unsigned>(openNodes.size()); }
};

Parts partsOf(const Network &network);

/// What a part is called in reports: its inputs, or its first population.
std::string nameOf(const Network &network, const Parts &parts, unsigned part);

} // namespace limen::network
