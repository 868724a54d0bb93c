// Encodings, drivers and layouts of convolutions from snn text to spikes: an
// ideal chip gives those of the algorithm, and what it costs is counted.

#include "test/unit/imc/Chip.h"

using namespace limen;

namespace {

using Overrides = std::vector<std::string>;

Overrides join(const std::vector<Overrides> &parts) {
  Overrides out;
  for (const Overrides &part : parts)
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

const Overrides ideal = {"device.mode=ideal", "array.accumulator_bits=64",
                         "macros=4000"};
// Numbers of 16 bits hold the weights, multiples of 1/64 below 2, to 2^-15:
// sums stay on their side of the threshold.
const std::vector<Overrides> encodings = {
    {"weights.encoding=one_sided"},
    {"weights.encoding=two_sided"},
    {"weights.encoding=two_sided", "adc.subtract=digital",
     "adc.kind=quantizer"},
    {"weights.encoding=offset", "adc.kind=quantizer"},
    {"weights.encoding=offset", "weights.offset=unit_column", "adc.kind=sar"},
    {"weights.encoding=sliced_pairs", "array.weight_bits=16",
     "device.cell_bits=4"},
    {"weights.encoding=sliced_pairs", "array.weight_bits=16",
     "device.cell_bits=4", "adc.subtract=digital", "adc.kind=quantizer"},
    {"weights.encoding=sliced_offset", "array.weight_bits=16",
     "device.cell_bits=2", "adc.kind=quantizer"},
    {"weights.encoding=sliced_offset", "array.weight_bits=16",
     "weights.slices=4", "weights.offset=unit_column", "adc.kind=flash"}};
// Sums of 2 x 2 pixels with up to 3 spikes each are up to 12.
const std::vector<Overrides> drives = {
    {},
    {"drive.kind=bit_serial", "drive.bits=4"},
    {"drive.kind=bit_serial", "drive.bits=5", "drive.slice_bits=2"},
    {"drive.kind=bit_serial", "drive.bits=4", "drive.convert=once"},
    {"drive.kind=levels", "drive.bits=4"},
    {"drive.kind=levels", "drive.bits=0", "drive.range=fixed",
     "drive.full_scale=20"}};

std::string nameOf(const Overrides &overrides) {
  std::string name;
  for (const std::string &one : overrides)
    name += one + " ";
  return name;
}

uint64_t expectSpikes(const Overrides &overrides) {
  SCOPED_TRACE(nameOf(overrides));
  const input::Sample sample = busySample(12);
  Chip chip(everything(), overrides);
  const engine::SampleResult result = chip.run(sample);
  EXPECT_GT(expectReference(*chip.network, sample, result), 200u)
      << "a silent network tests nothing";
  EXPECT_EQ(chip.action(result, "adc.clipped"), 0u);
  EXPECT_EQ(chip.action(result, "array.clipped_drive"), 0u);
  return result.cycles.value();
}

} // namespace

TEST(EncodingEngine, IdealChipsOfEveryEncodingGiveTheSpikesOfTheAlgorithm) {
  for (const Overrides &encoding : encodings) {
    expectSpikes(join({ideal, encoding, {"adc.bits=0"}}));
    expectSpikes(join({ideal, encoding, {"adc.bits=24"}}));
  }
}

TEST(EncodingEngine, IdealChipsOfEveryDriverGiveTheSpikesOfTheAlgorithm) {
  for (const Overrides &drive : drives)
    for (size_t e : {0u, 3u, 5u, 8u})
      expectSpikes(join({ideal, encodings[e], drive, {"adc.bits=0"}}));
}

TEST(EncodingEngine, SmallMacrosAndRowGroupsAddUp) {
  for (size_t e : {1u, 4u, 6u, 8u})
    expectSpikes(join({ideal,
                       encodings[e],
                       drives[1],
                       {"adc.bits=0", "array.rows=16", "array.cols=32",
                        "array.max_active_rows=3"}}));
}

TEST(EncodingEngine, UnrolledConvolutionsTradeCellsForCycles) {
  const Overrides kernel = join({ideal, {"adc.bits=0"}}),
                  unrolled = join({kernel, {"weights.convolution=unrolled"}});
  const uint64_t slow = expectSpikes(kernel), fast = expectSpikes(unrolled);
  EXPECT_LT(fast, slow);
  Chip few(everything(), kernel), many(everything(), unrolled);
  const auto cells = [](Chip &chip) {
    for (const engine::Resource &resource : chip.engine->resources())
      if (resource.name == "cells written")
        return resource.used;
    return uint64_t(0);
  };
  // Two groups of 9 x 2 weights, or 18 inputs x 36 outputs; besides 36 x 300
  // and 300 x 300 of the liquid.
  const uint64_t liquid = 2 * (36 * 300 + 300 * 300);
  EXPECT_EQ(cells(few), liquid + 2 * 2 * 9 * 2);
  EXPECT_EQ(cells(many), liquid + 2 * 18 * 36);
}

TEST(EncodingEngine, CyclesOfAConvolutionInBothLayouts) {
  // A 3 x 3 kernel on 4 x 4 pixels has 4 positions; pixel 5 is seen by all.
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1x4x4>
  %c = snn.conv2d %s weights(dense<0.25> : tensor<6x1x3x3xf32>) stride [1, 1] padding [0, 0]
      dilation [1, 1] groups 1 : !snn.spikes<1x4x4> -> !snn.current<6x2x2>
  %o = snn.neuron "out" @if(%c) {r = 1.0 : f64, v_threshold = 9.0 : f64}
      : (!snn.current<6x2x2>) -> !snn.spikes<6x2x2>
  snn.output "out" %o : !snn.spikes<6x2x2>
})";
  const auto run = [&](const char *layout) {
    Chip chip(text, {"device.mode=ideal",
                     std::string("weights.convolution=") + layout});
    const auto result = chip.run(sampleOf({{{5, 1.0f}}}));
    const uint64_t update =
        imchw::updateCycles(chip.machine, 24, chip.network->nodes[1].model.ops)
            .value();
    return std::array<uint64_t, 3>{result.cycles.value() - update,
                                   chip.action(result, "adc.conversion"),
                                   chip.action(result, "array.row_drive")};
  };
  const target::ImcMacro m = imcMachine();
  EXPECT_EQ(run("kernel"), (std::array<uint64_t, 3>{
                               4 * imchw::readCycles(m, 6, 1).value(), 24, 4}));
  EXPECT_EQ(run("unrolled"), (std::array<uint64_t, 3>{
                                 imchw::readCycles(m, 24, 1).value(), 24, 1}));
}

TEST(EncodingEngine, ConvolutionsAlongOneAxisInBothLayouts) {
  // One axis, strides, dilation, padding and groups; means of two before it.
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<4x1x16, 2>
  %p = snn.avg_pool %s kernel [1, 2] stride [1, 2] padding [0, 0]
      : !snn.spikes<4x1x16, 2> -> !snn.current<4x1x8>
  %c = snn.conv2d %p weights(dense<[[[[1.0, -0.5, 0.25]], [[0.75, 0.5, -1.0]]],
      [[[0.5, 0.5, 1.0]], [[-0.25, 1.0, 0.5]]], [[[0.25, 0.75, 1.0]], [[1.0, 0.5, 0.5]]],
      [[[1.0, 1.0, -0.75]], [[0.5, 0.25, 0.75]]]]> : tensor<4x2x1x3xf32>)
      stride [1, 2] padding [0, 2] dilation [1, 2] groups 2
      : !snn.current<4x1x8> -> !snn.current<4x1x4>
  %o = snn.neuron "out" @if(%c) {r = 1.0 : f64, v_threshold = 1.0078125 : f64}
      : (!snn.current<4x1x4>) -> !snn.spikes<4x1x4>
  snn.output "out" %o : !snn.spikes<4x1x4>
})";
  std::vector<std::vector<input::Event>> steps(20);
  for (uint32_t t = 0; t < 20; ++t)
    for (uint32_t i = 0; i < 64; ++i)
      if ((t * 5 + i * 7) % 9 < 3)
        steps[t].push_back({i, 1.0f + static_cast<float>((t + i) % 3)});
  const input::Sample sample = sampleOf(steps);
  for (const char *layout : {"kernel", "unrolled"})
    for (const Overrides &drive : {drives[0], drives[1], drives[4]}) {
      Chip chip(text, join({ideal,
                            drive,
                            {"adc.bits=0",
                             std::string("weights.convolution=") + layout}}));
      const auto result = chip.run(sample);
      EXPECT_EQ(result.counts[1], reference(*chip.network, sample)[1])
          << layout << " " << nameOf(drive);
      EXPECT_GT(result.spikes[1], 50u);
    }
}

TEST(EncodingEngine, ValuesDriveRows) {
  // Real inputs, and a population that gives values, by definition in double.
  const std::string text = R"(
snn.model @pass parameters [] states [] receptors ["in"]
prepare {
^bb0(%dt: f64):
  snn.yield
} step {
^bb0(%in: f32):
  snn.yield %in : f32
}
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<5>
  %a = snn.dense %s weights(dense<[[0.5, -0.25, 1.0, 0.0, 0.75], [-1.0, 0.5, 0.25, 0.5, -0.5],
      [0.25, 0.25, -0.75, 1.0, 0.5]]> : tensor<3x5xf32>) : !snn.spikes<5> -> !snn.current<3>
  %v = snn.neuron "values" @pass(%a) {} : (!snn.current<3>) -> !snn.current<3>
  %b = snn.dense %v weights(dense<[[1.0, -0.5, 0.25], [0.75, 1.0, -1.0]]> : tensor<2x3xf32>)
      : !snn.current<3> -> !snn.current<2>
  %o = snn.neuron "out" @pass(%b) {} : (!snn.current<2>) -> !snn.current<2>
  snn.output "out" %o : !snn.current<2>
})";
  const double w[3][5] = {{0.5, -0.25, 1, 0, 0.75},
                          {-1, 0.5, 0.25, 0.5, -0.5},
                          {0.25, 0.25, -0.75, 1, 0.5}};
  const double u[2][3] = {{1, -0.5, 0.25}, {0.75, 1, -1}};
  const std::vector<std::vector<double>> x = {
      {0.3, 1.25, 0, -2, 0.125}, {1, 0.7, -0.4, 0, 3}, {-1.5, 0, 2.2, 0.9, 0}};
  std::vector<std::vector<input::Event>> steps;
  std::vector<double> wanted(2, 0.0);
  for (const auto &now : x) {
    steps.emplace_back();
    for (uint32_t j = 0; j < 5; ++j)
      if (now[j] != 0)
        steps.back().push_back({j, static_cast<float>(now[j])});
    for (int o = 0; o < 2; ++o)
      for (int h = 0; h < 3; ++h)
        for (int j = 0; j < 5; ++j)
          wanted[o] += u[o][h] * w[h][j] * static_cast<float>(now[j]);
  }
  const input::Sample sample = sampleOf(steps);
  const auto outputs = [&](const Overrides &overrides, bool calibrate) {
    Chip chip(text, join({{"device.mode=ideal", "drive.sign=on",
                           "array.accumulator_bits=64"},
                          overrides}));
    if (calibrate) {
      EXPECT_TRUE(bool(chip.engine->calibrate(std::span(&sample, 1))));
    }
    const auto result = chip.run(sample);
    EXPECT_EQ(chip.action(result, "array.clipped_drive"), 0u);
    return result.outputs[0];
  };
  for (const Overrides &encoding :
       {encodings[0], encodings[1], encodings[3], encodings[4]}) {
    const auto exact = outputs(join({encoding,
                                     {"drive.kind=levels", "drive.bits=0",
                                      "drive.range=fixed", "adc.bits=0"}}),
                               false);
    const auto fine = outputs(join({encoding,
                                    {"drive.kind=bit_serial", "drive.bits=16",
                                     "drive.range=calibrated", "adc.bits=0"}}),
                              true);
    const auto coarse =
        outputs(join({encoding,
                      {"drive.kind=levels", "drive.bits=6",
                       "drive.range=calibrated", "adc.bits=12"}}),
                true);
    for (int o = 0; o < 2; ++o) {
      EXPECT_NEAR(exact[o], wanted[o], 1e-5);
      EXPECT_NEAR(fine[o], wanted[o], 1e-3);
      EXPECT_NEAR(coarse[o], wanted[o], 0.5);
      EXPECT_NE(coarse[o], exact[o]);
    }
  }
}

TEST(EncodingEngine, CountsBeyondTheBitsAreClippedAndReported) {
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2, 6>
  %a = snn.dense %s weights(dense<1.0> : tensor<1x2xf32>) : !snn.spikes<2, 6> -> !snn.current<1>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 19.5 : f64}
      : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
})";
  const auto sample = sampleOf({{{0, 17.0f}, {1, 3.0f}}, {{0, 1.0f}}});
  const auto spikes = [&](const Overrides &overrides, uint64_t clipped) {
    Chip chip(text, join({{"device.mode=ideal", "adc.bits=0"}, overrides}));
    const auto result = chip.run(sample);
    EXPECT_EQ(chip.action(result, "array.clipped_drive"), clipped);
    const auto warnings = chip.engine->warnings(result.actions);
    EXPECT_EQ(warnings.size(), clipped > 0 ? 1u : 0u);
    if (clipped > 0) {
      EXPECT_NE(warnings[0].find("1 numbers were beyond the full scale"),
                std::string::npos);
    }
    return result.spikes[1];
  };
  // 17 + 3 is above the threshold, 15 + 3 + 1 is not.
  EXPECT_EQ(spikes({}, 0), 1u);
  EXPECT_EQ(spikes({"drive.kind=bit_serial", "drive.bits=5"}, 0), 1u);
  EXPECT_EQ(spikes({"drive.kind=bit_serial", "drive.bits=4"}, 1), 0u);
  Chip chip(text, {"device.mode=ideal", "adc.bits=0", "drive.kind=levels",
                   "drive.bits=4"});
  auto session = chip.engine->open({});
  auto half = session->run(sampleOf({{{0, 0.5f}}}));
  ASSERT_FALSE(half);
  EXPECT_NE(half.error().text().find("rows are driven by counts of spikes"),
            std::string::npos);
  auto negative = session->run(sampleOf({{{0, -1.0f}}}));
  ASSERT_FALSE(negative);
  EXPECT_NE(negative.error().text().find("drive.sign=on"), std::string::npos);
}

TEST(EncodingEngine, PulsesThatFillTheAccumulatorAreReported) {
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1>
  %a = snn.dense %s weights(dense<1.0> : tensor<1x1xf32>) : !snn.spikes<1> -> !snn.current<1>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 1.0e9 : f64}
      : (!snn.current<1>) -> !snn.spikes<1>
  snn.output "out" %o : !snn.spikes<1>
})";
  // A pulse is the code 127; 9 bits with sign hold 255: two pulses, not three.
  Chip chip(text,
            {"device.mode=ideal", "adc.range=max", "array.accumulator_bits=9"});
  const auto two = chip.run(sampleOf({{{0, 2.0f}}}));
  EXPECT_EQ(chip.action(two, "unit.overflow"), 0u);
  const auto three = chip.run(sampleOf({{{0, 3.0f}}}));
  EXPECT_EQ(chip.action(three, "unit.overflow"), 1u);
  EXPECT_NE(chip.engine->warnings(three.actions)
                .front()
                .find("1 reads of many pulses may exceed the 9 bits"),
            std::string::npos);
}

TEST(EncodingEngine, FormedCellsAreDrivenLikeOthers) {
  // Exact conductances, so that every driver gives the same sums.
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<40, 3>
  %a = snn.random "ff" %s formed_pair(12.21, 0.1486) density 0.5 gain 0.01 seed 3
      : !snn.spikes<40, 3> -> !snn.current<30>
  %r = snn.random "rec" %l formed_pair(12.21, 0.1486) density 0.5 gain 0.01 seed 4 delay 1
      : !snn.spikes<30> -> !snn.current<30>
  %l = snn.neuron "liquid" @if(%a, %r) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<30>, !snn.current<30>) -> !snn.spikes<30>
  snn.output "out" %l : !snn.spikes<30>
})";
  std::vector<std::vector<input::Event>> steps(20);
  for (uint32_t t = 0; t < 20; ++t)
    for (uint32_t i = t % 3; i < 40; i += 3)
      steps[t].push_back({i, 1.0f + static_cast<float>((i + t) % 7)});
  const auto rasters = [&](const Overrides &drive) {
    // The encoding of written regions does not matter to formed ones.
    Chip chip(text, join({{"device.mode=ideal", "adc.bits=0", "adc.kind=sar",
                           "weights.encoding=offset"},
                          drive}));
    return chip.run(sampleOf(steps)).rasters;
  };
  const auto wanted = rasters({});
  EXPECT_GT(wanted[1].size(), 50u);
  for (const Overrides &drive : drives)
    EXPECT_EQ(rasters(drive), wanted) << nameOf(drive);
}

TEST(EncodingEngine, GranularCodesAreExactAndClipWithFewerBits) {
  // 16 rows of 2-bit slices, bit by bit: sums up to 48, so 6 bits and a sign.
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<64, 4>
  %a = snn.random "w" %s uniform(-1.0, 1.0) density 1.0 gain 1.0 seed 9
      : !snn.spikes<64, 4> -> !snn.current<50>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<50>) -> !snn.spikes<50>
  snn.output "out" %o : !snn.spikes<50>
})";
  std::vector<std::vector<input::Event>> steps(4);
  for (uint32_t t = 0; t < 4; ++t)
    for (uint32_t i = 0; i < 64; ++i)
      steps[t].push_back({i, static_cast<float>(15 - (i + t) % 3)});
  const auto run = [&](const Overrides &overrides) {
    Chip chip(text,
              join({{"device.mode=ideal", "weights.encoding=sliced_pairs",
                     "array.weight_bits=8", "device.cell_bits=2",
                     "array.max_active_rows=16", "array.accumulator_bits=40",
                     "drive.kind=bit_serial", "drive.bits=4"},
                    overrides}));
    const auto result = chip.run(sampleOf(steps));
    return std::pair(result.rasters, chip.action(result, "adc.clipped"));
  };
  const auto exact = run({"adc.bits=0"});
  EXPECT_GT(exact.first[1].size(), 40u);
  EXPECT_EQ(run({"adc.range=granular", "adc.bits=7"}), exact);
  EXPECT_GT(run({"adc.range=granular", "adc.bits=4"}).second, 0u);
  // Sums of cells without a partner, above what cells at g_min add: 16 x 3 x 20
  // / 19.9 steps want 6 bits, 16 x 3 x 15 x 20 / 19.9 in one turn 10, and those
  // of 4-bit cells 16 x 15 x 20 / 19.9 8.
  const auto single = [&](const Overrides &overrides) {
    const Overrides common = join({{"adc.kind=quantizer"}, overrides});
    const auto ideal = run(join({common, {"adc.bits=0"}}));
    EXPECT_GT(ideal.first[1].size(), 40u) << nameOf(overrides);
    return ideal;
  };
  const auto granular = [&](const Overrides &overrides, const char *bits) {
    return run(join({{"adc.kind=quantizer"},
                     overrides,
                     {"adc.range=granular", std::string("adc.bits=") + bits}}));
  };
  for (const char *offset :
       {"weights.offset=digital", "weights.offset=unit_column"}) {
    const Overrides sliced = {"weights.encoding=sliced_offset", offset};
    EXPECT_EQ(granular(sliced, "6"), single(sliced)) << offset;
    EXPECT_GT(granular(sliced, "5").second, 0u) << offset;
    const Overrides once = join({sliced, {"drive.convert=once"}});
    EXPECT_EQ(granular(once, "10"), single(once)) << offset;
    const Overrides cells = {"weights.encoding=offset", "device.cell_bits=4",
                             offset};
    EXPECT_EQ(granular(cells, "8"), single(cells)) << offset;
    EXPECT_GT(granular(cells, "7").second, 0u) << offset;
    // A small on/off ratio: the floor is a large part of the sums.
    const Overrides low = join({cells, {"device.g_min=7 uS"}});
    EXPECT_EQ(granular(low, "9"), single(low)) << offset;
  }
  // Worst-case ranges of as many bits are finer or coarser, not exact steps.
  EXPECT_EQ(run({"adc.range=max", "adc.bits=7"}).second, 0u);
}
