// Expected cycles of cores, and slices that they limit.

#include "compiler/Mapping/CoreLoads.h"
#include "compiler/Mapping/SpinMapping.h"
#include "hw-models/base/Random.h"
#include "hw-models/target/Target.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>

using namespace limen;
using namespace limen::mapping;

namespace {

target::SpinMachine machineWith(std::vector<std::string> overrides) {
  auto target = target::loadDocument("spinnaker1-48", overrides);
  EXPECT_TRUE(bool(target)) << target.error().text();
  auto machine = target::SpinMachine::parse(target->document);
  EXPECT_TRUE(bool(machine)) << machine.error().text();
  return std::move(*machine);
}

/// A machine whose slices are limited by cycles, with ticks of 20,000.
target::SpinMachine byCycles(std::vector<std::string> more = {}) {
  more.insert(more.begin(),
              {"software.partition=cycles", "clocks.timer_tick=0.1 ms"});
  return machineWith(more);
}

struct Built : network::Network {
  explicit Built(Seconds step) { dt = step; }

  unsigned add(std::string name, int64_t size, bool input) {
    network::Node node;
    node.name = std::move(name);
    node.shape = {size};
    node.size = size;
    node.isInput = input;
    if (!input) {
      node.model.name = "if";
      node.model.receptors = {"in"};
      node.model.states = {{"v", network::Array<double>::own({0.0})}};
    }
    nodes.push_back(std::move(node));
    return static_cast<unsigned>(nodes.size() - 1);
  }

  void connect(unsigned source, unsigned target, unsigned delay,
               double density) {
    const int64_t in = nodes[source].size, out = nodes[target].size;
    const RandomStream draws(7, Purpose::Weight,
                             static_cast<uint32_t>(projections.size()));
    std::vector<float> weights(static_cast<size_t>(in * out), 0.0f);
    for (size_t i = 0; i < weights.size(); ++i)
      if (draws.uniform(i, 0) < density)
        weights[i] = static_cast<float>(0.25 + draws.uniform(i, 1));
    network::Projection projection;
    projection.name = nodes[source].name + " -> " + nodes[target].name;
    projection.source = source;
    projection.target = target;
    projection.delay = delay;
    projection.stages.push_back(
        {network::Dense{network::Array<float>::own(std::move(weights))},
         in,
         out,
         {}});
    projections.push_back(std::move(projection));
  }
};

// Costs of spinnaker1-48, with a neuron of no operations and two buffers.
constexpr double overhead = 3850, neuron = 90 + 2 * 10, row = 486 + 53,
                 synapse = 15, packet = 20, element = 58;

} // namespace

TEST(CoreLoads, SlicesAreAsLargeAsTheFormulaAllows) {
  Built net(Seconds(1e-3));
  const unsigned in = net.add("in", 40, true);
  const unsigned a = net.add("a", 500, false);
  net.connect(in, a, 1, 1.0);
  // 30 spikes/s in steps of 1 ms: 1.2 rows a tick, each with all of a slice.
  const double rows = 40 * 0.03;
  const auto cycles = [&](double n) {
    return overhead + neuron * n + rows * (row + synapse * n);
  };
  const double limit = 0.8 * 20000;
  uint32_t most = 1;
  while (cycles(most + 1) <= limit)
    ++most;
  ASSERT_LT(most, 256u);
  auto mapped = mapToSpin(net, byCycles());
  ASSERT_TRUE(bool(mapped)) << mapped.error().text();
  EXPECT_EQ(mapped->partition.sliceSize[a], most);
  EXPECT_EQ(mapped->partition.slices.size(), 1 + (500 + most - 1) / most);
  EXPECT_NEAR(mapped->loads[0], overhead + 40 * element + rows * packet, 1e-6);
  EXPECT_NEAR(mapped->loads[1], cycles(most), 1e-6);
  // By memory, 256 fit.
  auto larger = mapToSpin(net, machineWith({"clocks.timer_tick=0.1 ms"}));
  ASSERT_TRUE(bool(larger)) << larger.error().text();
  EXPECT_EQ(larger->partition.sliceSize[a], 256u);
  EXPECT_NEAR(larger->loads[1], cycles(256), 1e-6);
}

TEST(CoreLoads, GivenSpikesReplaceTheRate) {
  Built net(Seconds(1e-3));
  const unsigned in = net.add("in", 40, true);
  const unsigned a = net.add("a", 500, false);
  net.connect(in, a, 1, 1.0);
  SpinOptions options;
  options.spikes = {0.25, -1};
  auto mapped = mapToSpin(net, byCycles(), options);
  ASSERT_TRUE(bool(mapped)) << mapped.error().text();
  const uint32_t size = mapped->partition.sliceSize[a];
  EXPECT_EQ(size, static_cast<uint32_t>((16000 - overhead - 10 * row) /
                                        (neuron + 10 * synapse)));
}

TEST(CoreLoads, AreThoseOfTheRowsInTheImages) {
  Built net(Seconds(2e-3));
  const unsigned in = net.add("in", 70, true);
  const unsigned a = net.add("a", 150, false);
  const unsigned b = net.add("b", 90, false);
  net.connect(in, a, 1, 0.02);
  net.connect(a, b, 2, 0.01);
  net.connect(b, a, 40, 0.05); // through delay-extension cores
  net.connect(a, a, 3, 0.3);
  const target::SpinMachine machine = byCycles(
      {"software.spikes_per_second=20 Hz", "software.sources_per_core=16"});
  auto mapped = mapToSpin(net, machine);
  ASSERT_TRUE(bool(mapped)) << mapped.error().text();
  const double rate = 20 * 2e-3;
  const Partition &partition = mapped->partition;
  ASSERT_EQ(mapped->loads.size(), partition.slices.size());
  bool repeated = false;
  for (size_t t = 0; t < partition.slices.size(); ++t) {
    const Slice &target = partition.slices[t];
    double wanted = overhead;
    if (target.isDelay()) {
      wanted += target.size() * (128 + rate * target.stages * packet);
    } else if (target.node == in) {
      wanted += target.size() * (element + rate * packet);
    } else {
      wanted += target.size() * (neuron + rate * packet);
      for (size_t p = 0; p < net.projections.size(); ++p) {
        const network::Projection &projection = net.projections[p];
        if (projection.target != target.node)
          continue;
        const network::Rows rows = network::expandRows(projection);
        const unsigned delay = mapped->retiming.delays[p];
        for (const Slice &source : partition.slices) {
          if (source.node != projection.source ||
              source.isDelay() != (delay > machine.delaySlots))
            continue;
          unsigned synapses = 0;
          for (uint32_t s = source.begin; s < source.end; ++s)
            for (const network::Synapse &one : rows.row(s))
              synapses += one.target >= target.begin && one.target < target.end;
          if (synapses > 0)
            wanted += rate * (row * source.keys() + synapse * synapses);
          repeated |= source.isDelay() && synapses > 0;
        }
      }
    }
    EXPECT_NEAR(mapped->loads[t], wanted, 1e-6 * wanted) << "slice " << t;
    EXPECT_LE(mapped->loads[t], 16000) << "slice " << t;
  }
  EXPECT_TRUE(repeated);
}

TEST(CoreLoads, VerifyNamesTheSliceThatExceedsTheLimit) {
  Built net(Seconds(1e-3));
  const unsigned in = net.add("in", 40, true);
  const unsigned a = net.add("a", 500, false);
  net.connect(in, a, 1, 1.0);
  auto mapped = mapToSpin(net, byCycles());
  ASSERT_TRUE(bool(mapped)) << mapped.error().text();
  const target::SpinMachine same = byCycles();
  EXPECT_TRUE(bool(
      verify(net, mapped->partition, CoreLoads(net, same, {}), mapped->loads)));
  const target::SpinMachine tighter = byCycles({"software.tick_share=0.7"});
  auto refused = verify(net, mapped->partition, CoreLoads(net, tighter, {}),
                        mapped->loads);
  ASSERT_FALSE(bool(refused));
  EXPECT_NE(refused.error().message.find("of 'a' is expected to take"),
            std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find("the limit is 14000"),
            std::string::npos);
}

TEST(CoreLoads, ANeuronThatDoesNotFitIsRefused) {
  Built net(Seconds(1e-3));
  const unsigned in = net.add("in", 1000, true);
  const unsigned a = net.add("a", 10, false);
  net.connect(in, a, 1, 1.0);
  auto mapped = mapToSpin(net, byCycles());
  ASSERT_FALSE(bool(mapped));
  // 30 rows of one synapse.
  EXPECT_NE(mapped.error().message.find(
                "alone on a core, is expected to take 20580 cycles of a tick; "
                "the limit is 16000"),
            std::string::npos)
      << mapped.error().message;
}

TEST(SpinMachine, UnknownPartitionAndShareAreRefused) {
  for (const char *wrong : {"software.partition=rows", "software.tick_share=0",
                            "software.tick_share=1.5"}) {
    auto target = target::loadDocument("spinnaker1-48", {wrong});
    ASSERT_TRUE(bool(target));
    auto machine = target::SpinMachine::parse(target->document);
    ASSERT_FALSE(bool(machine)) << wrong;
  }
}
