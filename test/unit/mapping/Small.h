// Networks on plain data for tests of the mapping.
#pragma once

#include "hw-models/base/Random.h"
#include "hw-models/target/SpinMachine.h"
#include "hw-models/target/Target.h"
#include "runtime/network/Network.h"

#include <gtest/gtest.h>

namespace limen::test {

inline target::SpinMachine machineWith(std::vector<std::string> overrides) {
  auto target = target::loadDocument("spinnaker1-48", overrides);
  EXPECT_TRUE(bool(target)) << target.error().text();
  auto machine = target::SpinMachine::parse(target->document);
  EXPECT_TRUE(bool(machine)) << machine.error().text();
  return std::move(*machine);
}

struct SmallNetwork : network::Network {
  explicit SmallNetwork(Seconds step) { dt = step; }

  /// A population has neurons of no operations with one receptor, or none.
  unsigned add(std::string name, int64_t size, bool input,
               bool receives = true) {
    network::Node node;
    node.name = std::move(name);
    node.shape = {size};
    node.size = size;
    node.isInput = input;
    if (!input) {
      node.model.name = "if";
      if (receives)
        node.model.receptors = {"in"};
      node.model.states = {{"v", network::Array<double>::own({0.0})}};
    }
    nodes.push_back(std::move(node));
    return static_cast<unsigned>(nodes.size() - 1);
  }

  /// Dense weights, 0.25 to 1.25 or, with `signs`, -0.75 to 0.75 where there is
  /// a synapse.
  void connect(unsigned source, unsigned target, unsigned delay, double density,
               bool signs = false) {
    const int64_t in = nodes[source].size, out = nodes[target].size;
    const RandomStream draws(7, Purpose::Weight,
                             static_cast<uint32_t>(projections.size()));
    std::vector<float> weights(static_cast<size_t>(in * out), 0.0f);
    for (size_t i = 0; i < weights.size(); ++i)
      if (draws.uniform(i, 0) < density)
        weights[i] = static_cast<float>(
            (signs ? 1.5 : 1) * ((signs ? -0.5 : 0.25) + draws.uniform(i, 1)));
    add(source, target, delay,
        network::Dense{network::Array<float>::own(std::move(weights))});
  }

  void oneToOne(unsigned source, unsigned target, unsigned delay,
                float weight) {
    add(source, target, delay,
        network::OneToOne{network::Array<float>::own({weight})});
  }

private:
  template <typename Kind>
  void add(unsigned source, unsigned target, unsigned delay, Kind kind) {
    network::Projection projection;
    projection.name = nodes[source].name + " -> " + nodes[target].name;
    projection.source = source;
    projection.target = target;
    projection.delay = delay;
    projection.stages.push_back(
        {std::move(kind), nodes[source].size, nodes[target].size, {}});
    projections.push_back(std::move(projection));
  }
};

} // namespace limen::test
