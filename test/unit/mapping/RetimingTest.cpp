// Retiming of random graphs: the same spikes as before, phi steps later, and a
// named cycle wherever there is no retiming.

#include "compiler/Mapping/Retiming.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <random>

using namespace limen;

namespace {

constexpr unsigned noLimit = 1000000;

/// Nodes of one neuron; the first is the input. Weights are whole numbers.
struct Graph {
  network::Network network;
  std::vector<int> weights; ///< per projection
};

Graph randomGraph(std::mt19937 &generator) {
  Graph graph;
  const unsigned nodes = 2 + generator() % 9;
  for (unsigned n = 0; n < nodes; ++n) {
    network::Node node;
    node.name = "n" + std::to_string(n);
    node.size = 1;
    node.isInput = n == 0;
    graph.network.nodes.push_back(node);
  }
  const unsigned edges = 1 + generator() % (3 * nodes);
  for (unsigned e = 0; e < edges; ++e) {
    network::Projection projection;
    projection.name = "p" + std::to_string(e);
    projection.source = generator() % nodes;
    projection.target = 1 + generator() % (nodes - 1);
    // Ways back mostly have delays, so that about half can be retimed.
    const bool back = projection.source >= projection.target;
    projection.delay = back ? generator() % 9 : generator() % 3;
    graph.network.projections.push_back(projection);
    graph.weights.push_back(static_cast<int>(generator() % 7) - 2);
  }
  return graph;
}

/// Whether every cycle has at least as many steps as connections, by
/// Floyd-Warshall over delay - 1.
bool feasible(const network::Network &network) {
  const size_t n = network.nodes.size();
  constexpr int far = 1 << 28;
  std::vector<std::vector<int>> way(n, std::vector<int>(n, far));
  for (const network::Projection &p : network.projections)
    way[p.source][p.target] =
        std::min(way[p.source][p.target], static_cast<int>(p.delay) - 1);
  for (size_t k = 0; k < n; ++k)
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j)
        if (way[i][k] < far && way[k][j] < far)
          way[i][j] = std::min(way[i][j], way[i][k] + way[k][j]);
  for (size_t i = 0; i < n; ++i)
    if (way[i][i] < 0)
      return false;
  return true;
}

/// Spikes [node][step] of integrate-and-fire neurons with threshold 3 (reset to
/// 0, from below at -5). A node does step t at time t + latency, and what it
/// sends at a time arrives `delays` later. Nodes run in the order of `order`.
std::vector<std::vector<int>> simulate(const Graph &graph,
                                       const std::vector<unsigned> &delays,
                                       const std::vector<unsigned> &latency,
                                       const std::vector<unsigned> &order,
                                       const std::vector<int> &input) {
  const size_t nodes = graph.network.nodes.size();
  const size_t steps = input.size();
  const size_t times =
      steps + *std::max_element(latency.begin(), latency.end());
  size_t longest = 0;
  for (const unsigned delay : delays)
    longest = std::max<size_t>(longest, delay);
  std::vector<std::vector<int>> arriving(
      nodes, std::vector<int>(times + longest + 1, 0));
  std::vector<std::vector<int>> spikes(nodes, std::vector<int>(steps, 0));
  std::vector<int> potential(nodes, 0);
  for (size_t time = 0; time < times; ++time)
    for (const unsigned n : order) {
      if (time < latency[n] || time - latency[n] >= steps)
        continue;
      const size_t step = time - latency[n];
      if (n == 0) {
        spikes[n][step] = input[step];
      } else {
        potential[n] = std::max(potential[n] + arriving[n][time], -5);
        spikes[n][step] = potential[n] > 3;
        if (spikes[n][step])
          potential[n] = 0;
      }
      if (spikes[n][step])
        for (size_t p = 0; p < delays.size(); ++p)
          if (graph.network.projections[p].source == n)
            arriving[graph.network.projections[p].target][time + delays[p]] +=
                graph.weights[p];
    }
  return spikes;
}

/// An order in which connections without delay lead forward.
std::vector<unsigned> zeroDelayOrder(const network::Network &network) {
  std::vector<unsigned> order;
  std::vector<bool> done(network.nodes.size(), false);
  std::function<void(unsigned)> visit = [&](unsigned n) {
    if (done[n])
      return;
    done[n] = true;
    for (const network::Projection &p : network.projections)
      if (p.target == n && p.delay == 0)
        visit(p.source);
    order.push_back(n);
  };
  for (unsigned n = 0; n < network.nodes.size(); ++n)
    visit(n);
  return order;
}

} // namespace

TEST(Retiming, RandomGraphsSpikeAsBefore) {
  std::mt19937 generator(5);
  int retimed = 0, refused = 0;
  uint64_t total = 0;
  for (int round = 0; round < 1000; ++round) {
    const Graph graph = randomGraph(generator);
    const network::Network &net = graph.network;
    Result<mapping::Retiming> found = mapping::retime(net, noLimit);
    ASSERT_EQ(bool(found), feasible(net)) << "round " << round;
    if (!found) {
      ++refused;
      EXPECT_NE(found.error().message.find("the cycle n"), std::string::npos)
          << found.error().message;
      continue;
    }
    ++retimed;
    ASSERT_TRUE(mapping::verify(net, *found, noLimit));
    EXPECT_EQ(found->latency[0], 0u) << "an input comes when it comes";
    for (const unsigned delay : found->delays)
      EXPECT_GE(delay, 1u);

    std::vector<int> input(80);
    for (int &spike : input)
      spike = generator() % 2;
    std::vector<unsigned> delays, reversed;
    for (const network::Projection &p : net.projections)
      delays.push_back(p.delay);
    for (size_t n = net.nodes.size(); n-- > 0;)
      reversed.push_back(static_cast<unsigned>(n));
    const std::vector<unsigned> none(net.nodes.size(), 0);
    const auto before =
        simulate(graph, delays, none, zeroDelayOrder(net), input);
    // With a step on every connection the order within a step is free.
    const auto after =
        simulate(graph, found->delays, found->latency, reversed, input);
    ASSERT_EQ(before, after) << "round " << round;
    for (size_t n = 1; n < before.size(); ++n)
      for (const int spike : before[n])
        total += static_cast<uint64_t>(spike);
  }
  EXPECT_GT(retimed, 300);
  EXPECT_GT(refused, 100);
  EXPECT_GT(total, 10000u) << "silent graphs test nothing";
}

TEST(Retiming, LatenciesAreTheSmallest) {
  // One less on any population breaks a connection into it, or it is 0.
  std::mt19937 generator(6);
  for (int round = 0; round < 300; ++round) {
    const Graph graph = randomGraph(generator);
    Result<mapping::Retiming> found = mapping::retime(graph.network, noLimit);
    if (!found)
      continue;
    for (unsigned n = 0; n < graph.network.nodes.size(); ++n) {
      if (found->latency[n] == 0)
        continue;
      bool tight = false;
      for (size_t p = 0; p < graph.network.projections.size(); ++p)
        tight |=
            graph.network.projections[p].target == n && found->delays[p] == 1;
      EXPECT_TRUE(tight) << "round " << round << " node " << n;
    }
  }
}

TEST(Retiming, TheShortCycleIsNamed) {
  network::Network net;
  for (const char *name : {"in", "a", "b", "c"}) {
    network::Node node;
    node.name = name;
    node.isInput = net.nodes.empty();
    net.nodes.push_back(node);
  }
  auto connect = [&](unsigned source, unsigned target, unsigned delay) {
    network::Projection projection;
    projection.source = source;
    projection.target = target;
    projection.delay = delay;
    net.projections.push_back(projection);
  };
  connect(0, 1, 0);
  connect(1, 2, 1);
  connect(2, 3, 1);
  connect(3, 1, 0);
  Result<mapping::Retiming> found = mapping::retime(net, noLimit);
  ASSERT_FALSE(found);
  const std::string text = found.error().text();
  EXPECT_NE(text.find("has 3 connection(s) but a total delay of 2 step(s)"),
            std::string::npos)
      << text;
  for (const char *way : {"a -> b", "b -> c", "c -> a"})
    EXPECT_NE(text.find(way), std::string::npos) << text;
  net.projections.back().delay = 1;
  EXPECT_TRUE(bool(mapping::retime(net, noLimit)));
}
