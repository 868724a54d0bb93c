// Networks as plain data, for tests of the mapping onto macros.
#pragma once

#include "hw-models/base/Random.h"
#include "runtime/network/Network.h"

#include <cmath>

namespace limen {

struct Net : network::Network {
  unsigned node(std::string name, int64_t size, bool input = false) {
    network::Node n;
    n.name = std::move(name);
    n.shape = {size};
    n.size = size;
    n.isInput = input;
    if (!input)
      n.model.receptors = {"in"};
    nodes.push_back(std::move(n));
    const auto index = static_cast<unsigned>(nodes.size() - 1);
    if (!input)
      order.push_back(index);
    return index;
  }

  network::Projection &project(unsigned source, unsigned target,
                               std::vector<network::Stage> stages) {
    network::Projection p;
    p.name = "p" + std::to_string(projections.size());
    p.source = source;
    p.target = target;
    p.stages = std::move(stages);
    projections.push_back(std::move(p));
    return projections.back();
  }

  /// Normal draws; with `levels` whole multiples of 1 / levels in [-1, 1], both
  /// ends among them.
  std::vector<float> weights(int64_t count, double levels = 0) {
    const RandomStream draws(5, Purpose::Weight, ++drawn);
    std::vector<float> out(static_cast<size_t>(count));
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>(
          levels == 0
              ? draws.normal(i)
              : std::round((2 * draws.uniform(i) - 1) * levels) / levels);
    if (levels > 0)
      out[0] = -1, out[1] = 1;
    return out;
  }

  network::Stage dense(int64_t in, int64_t out, double levels = 0) {
    std::vector<float> weights = this->weights(in * out, levels);
    return {network::Dense{network::Array<float>::own(std::move(weights))},
            in,
            out,
            {}};
  }

  static network::Stage formed(int64_t in, int64_t out, double gain,
                               uint32_t identity) {
    network::Random random;
    random.distribution = network::Distribution::FormedPair;
    random.a = 12.21;
    random.b = 0.1486;
    random.density = 0.5;
    random.gain = gain;
    random.identity = identity;
    return {random, in, out, {}};
  }

private:
  uint32_t drawn = 0;
};

/// A liquid of `size` neurons behind `inputs`, cells of their own drawing.
inline void addLiquid(Net &net, int64_t inputs, int64_t size, double inputGain,
                      double gain, uint32_t identity = 1) {
  const unsigned in = net.node("in" + std::to_string(identity), inputs, true);
  const unsigned liquid = net.node("liquid" + std::to_string(identity), size);
  net.project(in, liquid, {Net::formed(inputs, size, inputGain, identity)});
  net.project(liquid, liquid, {Net::formed(size, size, gain, identity + 1)})
      .delay = 1;
}

} // namespace limen
