// A region that is written again misses its targets anew: by load and sample,
// not by order of execution.

#include "hw-models/imc/Crossbar.h"
#include "test/unit/imc/Chip.h"

#include <thread>

using namespace limen;

namespace {

/// 64 inputs on 64 neurons: two regions of 64 rows and 32 pairs.
std::string layer() {
  std::string weights = "dense<[";
  for (int o = 0; o < 64; ++o) {
    weights += o ? ", [" : "[";
    for (int i = 0; i < 64; ++i)
      weights +=
          (i ? ", " : "") + std::to_string(((o * 7 + i * 13) % 9 - 3) / 4.0);
    weights += "]";
  }
  return R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<64, 2>
  %a = snn.dense %s weights()" +
         weights +
         R"(]> : tensor<64x64xf32>) : !snn.spikes<64, 2> -> !snn.current<64>
  %n = snn.neuron "n" @if(%a) {r = 1.0 : f64, v_threshold = 1.125 : f64}
      : (!snn.current<64>) -> !snn.spikes<64>
  snn.output "out" %n : !snn.spikes<64>
})";
}

std::vector<std::string> macros(const char *count, const char *error) {
  return {std::string("macros=") + count,
          "array.rows=64",
          "array.cols=64",
          "array.max_active_rows=64",
          "adc.bits=0",
          "device.read_noise=0",
          std::string("device.programming_error=") + error,
          "device.programming_magnitude=0.1",
          "mapping.sharing=in_time"};
}

input::Sample busy(const char *id, uint32_t steps = 12) {
  std::vector<std::vector<input::Event>> events(steps);
  for (uint32_t t = 0; t < steps; ++t)
    for (uint32_t i = 0; i < 64; ++i)
      if ((t * 7 + i * 5) % 11 < 3)
        events[t].push_back({i, 1.0f + static_cast<float>((t + i) % 3)});
  input::Sample sample = sampleOf(events);
  sample.id = id;
  return sample;
}

/// Spikes [step x 64 + neuron] of the layer with the cells that each load
/// leaves, by definition.
std::vector<uint64_t>
byDefinition(const Chip &chip, const input::Sample &sample, bool everyStep) {
  auto program = program::loadImcProgram(*chip.module, *chip.network);
  EXPECT_TRUE(bool(program));
  const double span =
      chip.machine.device.gMax.value() - chip.machine.device.gMin.value();
  std::vector<double> v(64, 0);
  std::vector<uint64_t> raster;
  for (uint32_t t = 0; t < sample.steps; ++t) {
    std::vector<double> current(64, 0);
    for (const program::ImcRegion &region : program->regions) {
      const imchw::CellArrays cells = imchw::writeCells(
          chip.machine.device, region.targets.values, region.rows,
          region.columns, 1, identityOf(region.name), 2,
          everyStep ? imchw::Load{identityOf(sample.id), t} : imchw::Load{});
      const double weight = program->matrices[region.matrix].scale;
      for (uint64_t e = sample.offsets[t]; e < sample.offsets[t + 1]; ++e)
        for (uint32_t c = 0; c < region.columns; ++c) {
          const size_t at = size_t(sample.events[e].index) * region.columns + c;
          current[region.firstColumn + c] +=
              weight * double(sample.events[e].value) *
              (cells.arrays[0][at] - cells.arrays[1][at]);
        }
    }
    EXPECT_GT(span, 0);
    for (uint32_t n = 0; n < 64; ++n) {
      v[n] += current[n];
      if (v[n] < 1.125)
        continue;
      raster.push_back(uint64_t(t) << 32 | n);
      v[n] = 0;
    }
  }
  return raster;
}

} // namespace

TEST(LoadErrors, EachLoadOfAStepHasErrorsOfItsOwn) {
  const input::Sample sample = busy("one");
  Chip chip(layer(), macros("1", "independent"));
  const engine::SampleResult result = chip.run(sample);
  EXPECT_EQ(chip.action(result, "load.region"), 2u * 12);
  const std::vector<uint64_t> wanted = byDefinition(chip, sample, true);
  EXPECT_GT(wanted.size(), 50u);
  EXPECT_EQ(result.rasters[1], wanted);
  EXPECT_NE(wanted, byDefinition(chip, sample, false))
      << "errors are too small to be seen";
  for (const engine::Cause &cause : chip.engine->causes(result.actions)) {
    if (cause.name == "cell_error") {
      EXPECT_EQ(cause.count, 12u * 64 * 128);
    }
  }
}

TEST(LoadErrors, WhatStaysInPlaceIsWrittenOnce) {
  const input::Sample sample = busy("one");
  Chip chip(layer(), macros("2", "independent"));
  const engine::SampleResult result = chip.run(sample);
  EXPECT_EQ(chip.action(result, "load.region"), 0u);
  EXPECT_EQ(result.rasters[1], byDefinition(chip, sample, false));
}

TEST(LoadErrors, ResultsDependOnTheSampleAndNotOnTheOrder) {
  const input::Sample one = busy("one"), two = busy("two");
  Chip chip(layer(), macros("1", "independent"));
  const engine::SampleResult first = chip.run(one);
  const engine::SampleResult second = chip.run(two);
  EXPECT_NE(first.rasters, second.rasters) << "the same events, other loads";
  // The other way round in one session, and in sessions side by side.
  auto session = chip.engine->open({.recordRasters = true, .traces = {}});
  for (const auto &[sample, wanted] :
       {std::pair(&two, &second), std::pair(&one, &first),
        std::pair(&one, &first), std::pair(&two, &second)}) {
    auto again = session->run(*sample);
    ASSERT_TRUE(bool(again));
    EXPECT_EQ(again->rasters, wanted->rasters);
  }
  std::vector<engine::SampleResult> results(6);
  {
    std::vector<std::jthread> threads;
    for (size_t k = 0; k < results.size(); ++k)
      threads.emplace_back(
          [&, k] { results[k] = chip.run(k % 2 ? two : one); });
  }
  for (size_t k = 0; k < results.size(); ++k)
    EXPECT_EQ(results[k].rasters, (k % 2 ? second : first).rasters);
}

TEST(LoadErrors, WithoutErrorsLoadsAreAlike) {
  Chip loaded(layer(), macros("1", "none"));
  Chip roomy(layer(), macros("2", "none"));
  const engine::SampleResult a = loaded.run(busy("one"));
  EXPECT_GT(loaded.action(a, "load.region"), 0u);
  EXPECT_EQ(a.rasters, roomy.run(busy("one")).rasters);
}
