// Heterogeneous delays (arXiv 2307.14077): the event-driven engine against
// dense convolutions over space and time, and detectors that need matching
// delays.

#include "test/unit/engine/HostEngineFixture.h"

#include <fmt/format.h>
#include <map>

using namespace limen;

namespace {

class DelayTest : public HostEngineTest {
protected:
  SampleResult run(const input::Sample &sample,
                   std::vector<TraceRequest> traces = {}) {
    auto session = engine->open({.recordRasters = true, .traces = traces});
    auto result = session->run(sample);
    EXPECT_TRUE(bool(result)) << result.error().text();
    return std::move(*result);
  }

  static input::Sample sampleOf(std::vector<std::vector<uint32_t>> steps) {
    input::Sample sample;
    sample.id = "test";
    sample.steps = static_cast<uint32_t>(steps.size());
    sample.offsets.push_back(0);
    for (const auto &step : steps) {
      for (uint32_t index : step)
        sample.events.push_back({index, 1.0f});
      sample.offsets.push_back(sample.events.size());
    }
    return sample;
  }
};

std::string nested(const std::vector<float> &values,
                   const std::vector<int64_t> &shape, size_t axis,
                   size_t &next) {
  if (axis == shape.size())
    return std::to_string(values[next++]);
  std::string out = "[";
  for (int64_t i = 0; i < shape[axis]; ++i)
    out += (i ? ", " : "") + nested(values, shape, axis + 1, next);
  return out + "]";
}

} // namespace

TEST_F(DelayTest, ConvolutionWithADelayAxisIsTheDenseOneOverSpaceAndTime) {
  // K(c, p, dt, dy, dx) of 3 x 2 x 5 x 3 x 3, a third of it zero.
  constexpr int64_t co = 3, ci = 2, depth = 5, k = 3, h = 7, w = 8;
  std::mt19937 generator(7);
  std::vector<float> kernel(co * ci * depth * k * k);
  for (float &weight : kernel)
    weight =
        generator() % 3 == 0
            ? 0.0f
            : static_cast<float>(static_cast<int>(generator() % 65) - 32) / 64;
  size_t next = 0;
  const std::string text = nested(kernel, {co, ci, depth, k, k}, 0, next);
  // With dt / tau = 1 a leaky integrator shows what it receives.
  load(R"(
    %s = snn.input "in" : !snn.spikes<2x7x8>
    %a = snn.conv2d %s weights(dense<)" +
           text + R"(> : tensor<3x2x5x3x3xf32>) stride [1, 1] padding [1, 1]
        : !snn.spikes<2x7x8> -> !snn.current<3x7x8>
    %o = snn.neuron "out" @li(%a) {tau = 1.0e-3 : f64, r = 1.0 : f64, v_leak = 0.0 : f64}
        : (!snn.current<3x7x8>) -> !snn.current<3x7x8>
    snn.output "out" %o : !snn.current<3x7x8>)",
       Precision::Float32);
  const uint32_t steps = 20;
  const input::Sample sample = randomSample(steps, ci * h * w, 0.1, 3);
  const SampleResult result = run(sample, {{1, 0}});

  std::vector<double> dense(steps * ci * h * w, 0.0);
  for (uint32_t t = 0; t < steps; ++t)
    for (const input::Event &e : sample.at(t))
      dense[t * ci * h * w + e.index] = e.value;
  uint64_t operations = 0;
  for (int64_t t = 0; t < steps; ++t)
    for (int64_t c = 0; c < co; ++c)
      for (int64_t y = 0; y < h; ++y)
        for (int64_t x = 0; x < w; ++x) {
          double sum = 0;
          for (int64_t p = 0; p < ci; ++p)
            for (int64_t d = 0; d < depth; ++d)
              for (int64_t ky = 0; ky < k; ++ky)
                for (int64_t kx = 0; kx < k; ++kx) {
                  const int64_t yy = y + ky - 1, xx = x + kx - 1;
                  const float weight =
                      kernel[(((c * ci + p) * depth + d) * k + ky) * k + kx];
                  if (yy < 0 || yy >= h || xx < 0 || xx >= w || weight == 0)
                    continue;
                  // The operations of a spike are its non-zero weights, also of
                  // those that arrive after the sample.
                  operations += dense[((t * ci + p) * h + yy) * w + xx] != 0;
                  if (d <= t)
                    sum +=
                        weight * dense[(((t - d) * ci + p) * h + yy) * w + xx];
                }
          ASSERT_EQ(result.traces[0][((t * co + c) * h + y) * w + x], sum)
              << "t " << t << " c " << c << " y " << y << " x " << x;
        }
  EXPECT_EQ(result.synapticEvents, operations);
}

namespace {

struct Convolution {
  int64_t ci, co, groups, depth, kh, kw, h, w;
  int64_t stride[2], padding[2], dilation[2];
  unsigned seed;
};

} // namespace

TEST_F(DelayTest, ConvolutionsOfEveryGeometryAreTheDenseOnes) {
  const Convolution cases[] = {
      {4, 6, 2, 4, 3, 2, 7, 6, {1, 2}, {1, 0}, {1, 1}, 1},
      {3, 3, 3, 7, 2, 3, 6, 8, {2, 1}, {0, 2}, {1, 1}, 2},
      {2, 2, 1, 21, 3, 3, 9, 9, {2, 2}, {1, 1}, {2, 2}, 3},
      {1, 4, 1, 3, 1, 5, 1, 17, {1, 1}, {0, 2}, {1, 2}, 4},
      {2, 5, 1, 1, 5, 5, 5, 5, {1, 1}, {0, 0}, {1, 1}, 5}};
  for (const Convolution &c : cases) {
    SCOPED_TRACE(c.seed);
    const int64_t cig = c.ci / c.groups, cog = c.co / c.groups;
    auto extent = [](int64_t size, int64_t kernel, int64_t stride,
                     int64_t padding, int64_t dilation) {
      return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
    };
    const int64_t oh =
        extent(c.h, c.kh, c.stride[0], c.padding[0], c.dilation[0]);
    const int64_t ow =
        extent(c.w, c.kw, c.stride[1], c.padding[1], c.dilation[1]);
    // Whole numbers, most of them zero.
    std::mt19937 generator(c.seed);
    std::vector<float> kernel(c.co * cig * c.depth * c.kh * c.kw);
    for (float &weight : kernel)
      weight =
          generator() % 3
              ? 0.0f
              : static_cast<float>(static_cast<int>(generator() % 31) - 15);
    size_t next = 0;
    const std::string type =
        fmt::format("{}x{}x{}x{}x{}", c.co, cig, c.depth, c.kh, c.kw);
    load(fmt::format(
             R"(
    %s = snn.input "in" : !snn.spikes<{0}x{1}x{2}>
    %a = snn.conv2d %s weights(dense<{3}> : tensor<{4}xf32>) stride [{5}, {6}] padding [{7}, {8}]
        dilation [{9}, {10}] groups {11} : !snn.spikes<{0}x{1}x{2}> -> !snn.current<{12}x{13}x{14}>
    %o = snn.neuron "out" @li(%a) {{tau = 1.0e-3 : f64, r = 1.0 : f64, v_leak = 0.0 : f64}}
        : (!snn.current<{12}x{13}x{14}>) -> !snn.current<{12}x{13}x{14}>
    snn.output "out" %o : !snn.current<{12}x{13}x{14}>)",
             c.ci, c.h, c.w,
             nested(kernel, {c.co, cig, c.depth, c.kh, c.kw}, 0, next), type,
             c.stride[0], c.stride[1], c.padding[0], c.padding[1],
             c.dilation[0], c.dilation[1], c.groups, c.co, oh, ow),
         Precision::Float32);
    ASSERT_TRUE(engine);
    const uint32_t steps = 30;
    const int64_t pixels = c.ci * c.h * c.w;
    const input::Sample sample =
        randomSample(steps, static_cast<uint32_t>(pixels), 0.25, 10 + c.seed);
    const SampleResult result = run(sample, {{1, 0}});
    std::vector<double> dense(steps * pixels, 0.0);
    for (uint32_t t = 0; t < steps; ++t)
      for (const input::Event &e : sample.at(t))
        dense[t * pixels + e.index] = e.value;

    uint64_t operations = 0;
    for (int64_t t = 0; t < steps; ++t)
      for (int64_t o = 0; o < c.co * oh * ow; ++o) {
        const int64_t oc = o / (oh * ow), y = o / ow % oh, x = o % ow;
        double sum = 0;
        for (int64_t k = 0; k < cig * c.depth * c.kh * c.kw; ++k) {
          const int64_t p = k / (c.depth * c.kh * c.kw),
                        d = k / (c.kh * c.kw) % c.depth, ky = k / c.kw % c.kh,
                        kx = k % c.kw;
          const int64_t yy =
                            y * c.stride[0] + ky * c.dilation[0] - c.padding[0],
                        xx =
                            x * c.stride[1] + kx * c.dilation[1] - c.padding[1];
          const float weight = kernel[oc * cig * c.depth * c.kh * c.kw + k];
          if (yy < 0 || yy >= c.h || xx < 0 || xx >= c.w || weight == 0)
            continue;
          const int64_t pixel = ((oc / cog * cig + p) * c.h + yy) * c.w + xx;
          operations += dense[t * pixels + pixel] != 0;
          if (d <= t)
            sum += weight * dense[(t - d) * pixels + pixel];
        }
        ASSERT_EQ(result.traces[0][t * c.co * oh * ow + o], sum)
            << "t " << t << " output " << o;
      }
    EXPECT_EQ(result.synapticEvents, operations);
    EXPECT_GT(operations, 400u) << "silence tests nothing";
  }
}

TEST_F(DelayTest, DelaysOfThousandsOfSteps) {
  // Five synapses of one pair, and one of another source.
  load(R"(
    %s = snn.input "in" : !snn.spikes<2>
    %a = snn.sparse %s offsets(dense<[0, 5, 6]> : tensor<3xi64>) targets(dense<0> : tensor<6xi32>)
        weights(dense<[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]> : tensor<6xf32>)
        delays(dense<[0, 1, 4095, 4096, 9000, 2500]> : tensor<6xi32>) : !snn.spikes<2> -> !snn.current<1>
    %o = snn.neuron "out" @li(%a) {tau = 1.0e-3 : f64, r = 1.0 : f64, v_leak = 0.0 : f64}
        : (!snn.current<1>) -> !snn.current<1>
    snn.output "out" %o : !snn.current<1>)",
       Precision::Float32);
  std::vector<std::vector<uint32_t>> steps(10000);
  steps[7] = {0, 1};
  steps[8] = {0};
  const SampleResult result = run(sampleOf(steps), {{1, 0}});
  std::map<size_t, float> wanted;
  for (const auto &[delay, weight] : std::map<size_t, float>{
           {0, 1}, {1, 2}, {4095, 4}, {4096, 8}, {9000, 16}}) {
    wanted[7 + delay] += weight;
    wanted[8 + delay] += weight;
  }
  wanted[7 + 2500] += 32;
  for (size_t t = 0; t < 10000; ++t)
    ASSERT_EQ(result.traces[0][t], wanted.count(t) ? wanted[t] : 0.0f) << t;
}

TEST_F(DelayTest, ComplementaryDelaysMakeAMotifCoincide) {
  // Four inputs spike at 0, 3, 5 and 9; delays 9, 6, 4 and 0 bring them
  // together. All four are needed to fire, and nothing is kept between steps.
  const std::string body = R"(
    %s = snn.input "in" : !snn.spikes<4>
    %a = snn.dense %s weights(dense<1.0> : tensor<1x4xf32>) delays(dense<DELAYS> : tensor<1x4xi32>)
        : !snn.spikes<4> -> !snn.current<1>
    %o = snn.neuron "out" @lif_lsm(%a) {decay = 0.0 : f64, v_threshold = 3.5 : f64}
        : (!snn.current<1>) -> !snn.spikes<1>
    snn.output "out" %o : !snn.spikes<1>)";
  const input::Sample motif = sampleOf(
      {{0}, {}, {}, {1}, {}, {2}, {}, {}, {}, {3}, {}, {}, {}, {}, {}});
  auto with = [&](const std::string &delays) {
    std::string text = body;
    text.replace(text.find("DELAYS"), 6, delays);
    load(text, Precision::Float32);
    return run(motif).rasters[1];
  };
  EXPECT_EQ(with("[[9, 6, 4, 0]]"), Raster{uint64_t(9) << 32});
  EXPECT_EQ(with("[[10, 7, 5, 1]]"), Raster{uint64_t(10) << 32});
  EXPECT_EQ(with("4"), Raster{});
  EXPECT_EQ(with("[[9, 6, 4, 1]]"), Raster{});
}

TEST_F(DelayTest, EdgeDetectorFiresOnlyForItsSpeed) {
  // Pixel i of 17 delays by 16 - i: an edge that moves one pixel a step to the
  // right arrives all at once.
  std::string delays;
  for (int i = 0; i < 17; ++i)
    delays += (i ? ", " : "") + std::to_string(16 - i);
  load(R"(
    %s = snn.input "in" : !snn.spikes<17>
    %a = snn.dense %s weights(dense<1.0> : tensor<1x17xf32>) delays(dense<[[)" +
           delays + R"(]]> : tensor<1x17xi32>)
        : !snn.spikes<17> -> !snn.current<1>
    %o = snn.neuron "out" @lif_lsm(%a) {decay = 0.0 : f64, v_threshold = 16.5 : f64}
        : (!snn.current<1>) -> !snn.spikes<1>
    snn.output "out" %o : !snn.spikes<1>)",
       Precision::Float32);
  auto spikes = [&](double pixelsPerStep, bool leftwards) {
    std::vector<std::vector<uint32_t>> steps(80);
    for (uint32_t i = 0; i < 17; ++i)
      steps[static_cast<size_t>(i / pixelsPerStep)].push_back(leftwards ? 16 - i
                                                                        : i);
    for (auto &step : steps)
      std::sort(step.begin(), step.end());
    return run(sampleOf(steps)).rasters[1];
  };
  EXPECT_EQ(spikes(1, false), Raster{uint64_t(16) << 32});
  EXPECT_EQ(spikes(1, true), Raster{});
  EXPECT_EQ(spikes(2, false), Raster{});
  EXPECT_EQ(spikes(0.5, false), Raster{});
  EXPECT_EQ(spikes(17, false), Raster{}) << "a flash";
}

TEST_F(DelayTest, EveryKindOfSynapseDelaysLikeTheInterpreter) {
  load(
      R"(
    %s = snn.input "in" : !snn.spikes<12>
    %a = snn.random "a" %s normal(0.3, 0.5) density 0.5 gain 1.0 seed 3
        delays <uniform(0.0, 9.0), 1 to 9> : !snn.spikes<12> -> !snn.current<40>
    %b = snn.sparse %s offsets(dense<[0, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5]> : tensor<13xi64>)
        targets(dense<[2, 2, 7, 5, 39]> : tensor<5xi32>) weights(dense<[0.5, 0.25, 1.0, 2.0, -1.0]> : tensor<5xf32>)
        delays(dense<[4, 1, 0, 12, 3]> : tensor<5xi32>) delay 2 : !snn.spikes<12> -> !snn.current<40>
    %r = snn.random "r" %h constant(-0.25, 0.0) density 0.5 gain 1.0 seed 9
        wiring <fixed_in_degree 5, no_autapses> delays <normal(4.0, 2.0), 1 to 8>
        : !snn.spikes<40> -> !snn.current<40>
    %h = snn.neuron "h" @if(%a, %b, %r) {r = 1.0 : f64, v_threshold = 1.0 : f64}
        : (!snn.current<40>, !snn.current<40>, !snn.current<40>) -> !snn.spikes<40>
    %c = snn.one_to_one %h weights(dense<0.75> : tensor<f32>) delays(dense<)" +
          [] {
            std::string list = "[";
            for (int i = 0; i < 40; ++i)
              list += (i ? ", " : "") + std::to_string(i % 6);
            return list + "]";
          }() +
          R"(> : tensor<40xi32>) : !snn.spikes<40> -> !snn.current<40>
    %o = snn.neuron "o" @if(%c) {r = 1.0 : f64, v_threshold = 1.0 : f64}
        : (!snn.current<40>) -> !snn.spikes<40>
    snn.output "out" %o : !snn.spikes<40>)",
      Precision::Float64);
  const input::Sample sample = randomSample(60, 12, 0.2, 5);
  const SampleResult result = run(sample);
  const auto wanted = interpret(sample, false);
  double total = 0;
  for (size_t n = 1; n < wanted.size(); ++n)
    for (size_t i = 0; i < wanted[n].size(); ++i) {
      EXPECT_EQ(result.counts[n][i], wanted[n][i]) << n << ' ' << i;
      total += wanted[n][i];
    }
  EXPECT_GT(total, 100);
}

TEST_F(DelayTest, RetimedNetworksGiveTheSameSpikes) {
  // Ten layers, skip connections and recurrence; only the recurrent ways have
  // delays before.
  std::string body = R"(
    %s = snn.input "in" : !snn.spikes<12>
)";
  std::string last = "%s", type = "!snn.spikes<12>";
  for (int layer = 0; layer < 10; ++layer) {
    const std::string l = std::to_string(layer);
    const std::string skip =
        layer >= 3 ? "%n" + std::to_string(layer - 3) : "%s";
    const std::string skipType =
        layer >= 3 ? "!snn.spikes<16>" : "!snn.spikes<12>";
    body += "%a" + l + " = snn.random \"a" + l + "\" " + last +
            " normal(0.2, 0.3) density 0.6 gain 1.0 seed 3 : " + type +
            " -> !snn.current<16>\n";
    body += "%b" + l + " = snn.random \"b" + l + "\" " + skip +
            " normal(0.1, 0.3) density 0.5 gain 1.0 seed 4 : " + skipType +
            " -> !snn.current<16>\n";
    body +=
        "%r" + l + " = snn.random \"r" + l + "\" %n" + l +
        " constant(-0.125, 0.0) density 0.3 gain 1.0 seed 5 delays "
        "<uniform(0.0, 4.0), 1 to 4> : !snn.spikes<16> -> !snn.current<16>\n";
    body += "%n" + l + " = snn.neuron \"n" + l + "\" @if(%a" + l + ", %b" + l +
            ", %r" + l +
            ") {r = 1.0 : f64, v_threshold = 1.0 : f64} : (!snn.current<16>, "
            "!snn.current<16>, !snn.current<16>) -> !snn.spikes<16>\n";
    last = "%n" + l;
    type = "!snn.spikes<16>";
  }
  body += "snn.output \"out\" %n9 : !snn.spikes<16>\n";
  const input::Sample sample = randomSample(50, 12, 0.3, 11);
  load(body, Precision::Float64);
  const SampleResult before = run(sample);
  load(body, Precision::Float64, /*retime=*/true);
  const SampleResult after = run(sample);
  EXPECT_EQ(engine->latency(10), 10u);
  for (const network::Projection &projection : network->projections)
    EXPECT_GE(projection.delay, 1u) << projection.name;
  EXPECT_EQ(before.rasters, after.rasters);
  EXPECT_GT(before.spikes[10], 100u) << "a silent layer tests nothing";
}
