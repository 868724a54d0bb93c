#include "runtime/network/Network.h"

using namespace limen::network;

int64_t limen::network::sizeOf(const Shape &shape) {
  int64_t size = 1;
  for (int64_t extent : shape)
    size *= extent;
  return size;
}

std::string limen::network::toString(const Shape &shape) {
  std::string out;
  for (int64_t extent : shape)
    out += (out.empty() ? "" : "x") + std::to_string(extent);
  return out.empty() ? "scalar" : out;
}

uint32_t Projection::spread() const {
  uint32_t sum = 0;
  for (const Stage &stage : stages)
    sum += stage.longestDelay - stage.shortestDelay;
  return sum;
}

unsigned Network::inputNode() const {
  for (unsigned i = 0; i < nodes.size(); ++i)
    if (nodes[i].isInput && !nodes[i].hasEvents)
      return i;
  return static_cast<unsigned>(nodes.size());
}

unsigned Network::openInputs() const {
  unsigned count = 0;
  for (const Node &node : nodes)
    count += node.isInput && !node.hasEvents;
  return count;
}

int64_t Network::neuronCount() const {
  int64_t count = 0;
  for (const Node &node : nodes)
    count += node.isInput ? 0 : node.size;
  return count;
}
