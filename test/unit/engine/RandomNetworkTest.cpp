// Random networks of every kind of synapse, with delays, two receptors, loops
// and populations that do not spike: the host engine against the interpreter,
// bit for bit. Weights are multiples of 1/256, so sums are exact in any order.

#include "test/unit/engine/HostEngineFixture.h"

#include <fmt/format.h>

using namespace limen;

namespace {

constexpr unsigned neurons = 32; // of every population: 2 x 4 x 4

class NetworkText {
public:
  explicit NetworkText(unsigned seed) : generator(seed) {}

  std::string text() {
    out = "%n0 = snn.input \"in\" : !snn.spikes<2x4x4>\n";
    const unsigned populations = 3 + below(4);
    for (unsigned n = 1; n <= populations; ++n)
      population(n, populations);
    out += fmt::format("snn.output \"out\" %n{} : !snn.spikes<2x4x4>\n"
                       "snn.output \"values\" %li : !snn.current<2x4x4>\n",
                       populations);
    return std::move(out);
  }

private:
  unsigned below(unsigned limit) { return generator() % limit; }

  /// A multiple of 1/256, more often positive.
  std::string weight() {
    return fmt::format("{:.8f}", (static_cast<int>(below(300)) - 100) / 256.0);
  }

  template <typename Make> std::string list(size_t count, Make make) {
    std::string text = "[";
    for (size_t i = 0; i < count; ++i)
      text += (i ? ", " : "") + make();
    return text + "]";
  }

  std::string steps(size_t count) {
    return list(count, [&] { return std::to_string(below(7)); });
  }

  void population(unsigned n, unsigned populations) {
    std::string operands, types, receptors;
    const unsigned ways = 2 + below(3);
    for (unsigned k = 0; k < ways; ++k) {
      // The first way leads forward, so that something arrives. Ways back have
      // as many steps as any cycle has connections: there is a retiming.
      const unsigned source = k == 0 ? n - 1 : below(populations + 1);
      const std::string name = fmt::format("%c{}_{}", n, k);
      synapses(name, source,
               source == n  ? 1 + below(5)
               : source > n ? populations + below(5)
                            : below(3));
      operands += (k ? ", " : "") + name;
      types += k ? ", !snn.current<2x4x4>" : "!snn.current<2x4x4>";
      receptors += (k ? ", " : "") + std::to_string(k % 2);
    }
    switch (below(3)) {
    case 0:
      out +=
          fmt::format("%n{0} = snn.neuron \"p{0}\" @two({1}) receptors [{2}] "
                      "{{v_threshold = 0.75}} : ({3}) -> "
                      "!snn.spikes<2x4x4>\n",
                      n, operands, receptors, types);
      break;
    case 1:
      out += fmt::format(
          "%n{0} = snn.neuron \"p{0}\" @lif({1}) {{tau = 7.0e-3, r = 2.0, "
          "v_leak = 0.0, v_threshold = 0.3}} : ({2}) -> !snn.spikes<2x4x4>\n",
          n, operands, types);
      break;
    default:
      out += fmt::format(
          "%n{0} = snn.neuron \"p{0}\" @cuba_lif({1}) {{tau_syn = 3.0e-3, "
          "tau_mem = 9.0e-3, r = 2.0, v_leak = 0.0, v_threshold = 0.2}} : "
          "({2}) -> !snn.spikes<2x4x4>\n",
          n, operands, types);
    }
    if (n == populations) {
      synapses("%cli", n, 0);
      out += "%li = snn.neuron \"li\" @li(%cli) {tau = 5.0e-3, r = 1.0, v_leak "
             "= 0.0} : (!snn.current<2x4x4>) -> !snn.current<2x4x4>\n";
    }
  }

  /// Synapses `name` from node `source`, `delay` steps at least.
  void synapses(const std::string &name, unsigned source, unsigned delay) {
    const std::string end = " : !snn.spikes<2x4x4> -> !snn.current<2x4x4>\n";
    const std::string from = fmt::format("%n{}", source);
    const std::string later = delay ? fmt::format(" delay {}", delay) : "";
    auto value = [&] { return weight(); };
    switch (below(7)) {
    case 0:
      out += fmt::format(
          "{} = snn.dense {} weights(dense<{}> : "
          "tensor<32x32xf32>) delays(dense<{}> : "
          "tensor<32x32xi32>){}{}",
          name, from, list(neurons, [&] { return list(neurons, value); }),
          list(neurons, [&] { return steps(neurons); }), later, end);
      break;
    case 1: {
      // Pairs may be drawn several times; targets ascend within a source.
      std::string offsets = "0", targets, weights, delays;
      unsigned count = 0;
      for (unsigned s = 0; s < neurons; ++s) {
        std::vector<unsigned> drawn(below(12));
        for (unsigned &target : drawn)
          target = below(neurons);
        std::sort(drawn.begin(), drawn.end());
        for (const unsigned target : drawn) {
          const char *comma = count++ ? ", " : "";
          targets += comma + std::to_string(target);
          weights += comma + weight();
          delays += comma + std::to_string(below(40));
        }
        offsets += ", " + std::to_string(count);
      }
      out += fmt::format(
          "{0} = snn.sparse {1} offsets(dense<[{2}]> : tensor<33xi64>) "
          "targets(dense<[{3}]> : tensor<{6}xi32>) weights(dense<[{4}]> : "
          "tensor<{6}xf32>) delays(dense<[{5}]> : tensor<{6}xi32>){7}{8}",
          name, from, offsets, targets, weights, delays, count, later, end);
      break;
    }
    case 2: {
      const unsigned depth = 1 + below(4), groups = 1 + below(2);
      auto row = [&] { return list(3, value); };
      auto tap = [&] { return list(3, row); };
      auto taps = [&] { return list(depth, tap); };
      auto channel = [&] { return list(2 / groups, taps); };
      out += fmt::format("{} = snn.conv2d {} weights(dense<{}> : "
                         "tensor<2x{}x{}x3x3xf32>) stride [1, 1] padding [1, "
                         "1] groups {}{}{}",
                         name, from, list(2, channel), 2 / groups, depth,
                         groups, later, end);
      break;
    }
    case 3:
      out += fmt::format("{} = snn.one_to_one {} weights(dense<{}> : "
                         "tensor<2x4x4xf32>) delays(dense<{}> : "
                         "tensor<2x4x4xi32>){}{}",
                         name, from, image(value),
                         image([&] { return std::to_string(below(9)); }), later,
                         end);
      break;
    case 4:
      out += fmt::format("{} = snn.random \"{}\" {} constant(0.125, 0.0) "
                         "density 0.5 gain 1.0 seed {} wiring "
                         "<fixed_in_degree 6> delays <uniform(0.0, 6.0), 1 to "
                         "6>{}{}",
                         name, name.substr(1), from, below(100), later, end);
      break;
    case 5:
      out += fmt::format("{0}p = snn.sum_pool {1} kernel [2, 2] stride [2, 2] "
                         "padding [0, 0] : !snn.spikes<2x4x4> -> "
                         "!snn.spikes<2x2x2, 3>\n"
                         "{0} = snn.dense {0}p weights(dense<{2}> : "
                         "tensor<32x8xf32>){3} : !snn.spikes<2x2x2, 3> -> "
                         "!snn.current<2x4x4>\n",
                         name, from,
                         list(neurons, [&] { return list(8, value); }), later);
      break;
    default:
      out += fmt::format("{} = snn.dense {} weights(dense<{}> : "
                         "tensor<32x32xf32>) bias(dense<0.03125> : "
                         "tensor<32xf32>){}{}",
                         name, from,
                         list(neurons, [&] { return list(neurons, value); }),
                         later, end);
    }
  }

  template <typename Make> std::string image(Make make) {
    auto row = [&] { return list(4, make); };
    auto plane = [&] { return list(4, row); };
    return list(2, plane);
  }

  std::mt19937 generator;
  std::string out;
};

/// Charges one receptor, divides by the other: a model with two.
constexpr const char *twoReceptors = R"(
snn.model @two parameters ["v_threshold"] states ["v", "u"] receptors ["exc", "mod"]
prepare {
^bb0(%dt: f64, %threshold: f64):
  snn.yield %threshold : f64
} step {
^bb0(%threshold: f32, %v: f32, %u: f32, %exc: f32, %mod: f32):
  %half = arith.constant 0.5 : f32
  %zero = arith.constant 0.0 : f32
  %slow = arith.mulf %u, %half : f32
  %next = arith.addf %slow, %mod : f32
  %share = arith.mulf %next, %half : f32
  %leak = arith.mulf %v, %half : f32
  %charged = arith.addf %leak, %exc : f32
  %sum = arith.addf %charged, %share : f32
  %spike = arith.cmpf ogt, %sum, %threshold : f32
  %kept = arith.select %spike, %zero, %sum : f32
  snn.yield %kept, %next, %spike : f32, f32, i1
}
)";

class RandomNetworkTest : public HostEngineTest {
protected:
  RandomNetworkTest() { ownModels = twoReceptors; }
};

} // namespace

TEST_F(RandomNetworkTest, SpikesAreThoseOfTheInterpreterBitForBit) {
  uint64_t total = 0;
  for (unsigned seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE(seed);
    const std::string text = NetworkText(seed).text();
    load(text, Precision::Float32);
    ASSERT_TRUE(engine) << text;
    const uint32_t steps = 40;
    const input::Sample sample = randomSample(steps, neurons, 0.1, seed);
    SessionOptions options;
    options.recordRasters = true;
    unsigned li = 0;
    for (unsigned n = 0; n < network->nodes.size(); ++n)
      if (network->nodes[n].name == "li")
        li = n;
    options.traces = {{li, 0}};
    auto result = engine->open(options)->run(sample);
    ASSERT_TRUE(bool(result)) << result.error().text();
    Emitted wanted;
    interpret(sample, /*single=*/true, &wanted);

    for (unsigned n = 0; n < network->nodes.size(); ++n) {
      if (network->nodes[n].isInput || n == li)
        continue;
      Raster raster;
      for (uint32_t t = 0; t < steps; ++t)
        for (uint32_t i = 0; i < neurons; ++i)
          if (wanted[t][n][i] != 0)
            raster.push_back(uint64_t(t) << 32 | i);
      ASSERT_EQ(result->rasters[n], raster) << network->nodes[n].name;
      total += raster.size();
    }
    for (uint32_t t = 0; t < steps; ++t)
      for (uint32_t i = 0; i < neurons; ++i)
        ASSERT_EQ(result->traces[0][t * neurons + i],
                  static_cast<float>(wanted[t][li][i]))
            << "li, step " << t << " neuron " << i;

    // Retimed where that is possible, it spikes as before.
    if (seed % 3 == 0) {
      const SampleResult before = *result;
      load(text, Precision::Float32, /*retime=*/true);
      ASSERT_TRUE(engine);
      for (const network::Projection &projection : network->projections)
        EXPECT_GE(projection.delay, 1u) << projection.name;
      auto after = engine->open(options)->run(sample);
      ASSERT_TRUE(bool(after));
      EXPECT_EQ(after->rasters, before.rasters);
      EXPECT_EQ(after->outputs, before.outputs);
    }
  }
  EXPECT_GT(total, 10000u) << "silent networks test nothing";
}
