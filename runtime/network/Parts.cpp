#include "runtime/network/Parts.h"

#include <numeric>

using namespace limen;
using namespace limen::network;

Parts network::partsOf(const Network &network) {
  // Union by the smallest node.
  std::vector<unsigned> root(network.nodes.size());
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](unsigned node) {
    while (root[node] != node)
      node = root[node] = root[root[node]];
    return node;
  };
  for (const Projection &projection : network.projections) {
    const unsigned a = find(projection.source), b = find(projection.target);
    root[std::max(a, b)] = std::min(a, b);
  }
  Parts parts;
  parts.of.resize(network.nodes.size());
  for (unsigned n = 0; n < network.nodes.size(); ++n) {
    const unsigned first = find(n);
    if (first == n) {
      parts.of[n] = parts.count();
      parts.openNodes.emplace_back();
    } else {
      parts.of[n] = parts.of[first];
    }
    if (network.nodes[n].isInput && !network.nodes[n].hasEvents)
      parts.openNodes[parts.of[n]].push_back(n);
  }
  return parts;
}

std::string network::nameOf(const Network &network, const Parts &parts,
                            unsigned part) {
  std::string name;
  for (unsigned n : parts.openNodes[part])
    name += (name.empty() ? "" : "+") + network.nodes[n].name;
  for (unsigned n = 0; name.empty() && n < network.nodes.size(); ++n)
    if (parts.of[n] == part)
      name = network.nodes[n].name;
  return name;
}
