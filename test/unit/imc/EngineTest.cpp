// From snn text to spikes of a chip: against direct computations and closed
// formulas of what a read costs.

#include "test/unit/imc/Chip.h"

using namespace limen;

TEST(ImcEngine, IdealChipGivesTheSpikesOfTheAlgorithm) {
  const input::Sample sample = busySample(30);
  for (const std::vector<std::string> &extra :
       std::vector<std::vector<std::string>>{
           {"adc.bits=0"},
           {"adc.bits=20"},
           {"adc.bits=20", "array.max_active_rows=3"},
           {"adc.bits=0", "adc.kind=quantizer", "adc.subtract=digital"},
           {"adc.bits=22", "adc.kind=quantizer", "adc.subtract=digital"},
           {"adc.bits=22", "adc.kind=sar"},
           {"adc.bits=22", "adc.kind=flash", "adc.subtract=digital"},
           {"adc.bits=0", "array.rows=16", "array.cols=32", "macros=500",
            "array.max_active_rows=16"}}) {
    std::vector<std::string> overrides = {"device.mode=ideal",
                                          "array.accumulator_bits=32"};
    overrides.insert(overrides.end(), extra.begin(), extra.end());
    Chip chip(everything(), overrides);
    const engine::SampleResult result = chip.run(sample);
    EXPECT_GT(expectReference(*chip.network, sample, result), 500u)
        << "a silent network tests nothing";
  }
}

TEST(ImcEngine, MeasuredMapsReplaceTheForming) {
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<2>
  %a = snn.random "ff" %s formed_pair(12.21, 0.1486) density 0.5 gain 1.0 seed 3
      : !snn.spikes<2> -> !snn.current<3>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<3>) -> !snn.spikes<3>
  snn.output "out" %o : !snn.spikes<3>
})";
  // Microsiemens: 0.6 and 0.3 - 0.3 and 0 from row 0; 0, 0, 0.26 from row 1.
  const std::vector<double> map = {0.6e-6, 0, 0.3e-6, 0.3e-6, 0,       0,
                                   0,      0, 0,      0,      0.26e-6, 0};
  Chip chip(
      text, {"device.mode=ideal", "adc.bits=0"}, 1, [&](mlir::ModuleOp module) {
        module.walk([&](imc::FormOp form) {
          auto type = mlir::RankedTensorType::get(
              {2, 6}, mlir::Float64Type::get(form.getContext()));
          form.setMapAttr(
              mlir::DenseElementsAttr::get(type, llvm::ArrayRef<double>(map)));
        });
        EXPECT_TRUE(mlir::succeeded(mlir::verify(module)));
      });
  std::vector<std::vector<input::Event>> steps(8, {{0, 1.0f}, {1, 1.0f}});
  const engine::SampleResult result = chip.run(sampleOf(steps));
  // 0.6 fires every second step, 0.26 every fourth.
  EXPECT_EQ(result.counts[1], (std::vector<uint32_t>{4, 0, 2}));
}

TEST(ImcEngine, CostsOfAReadInClosedForm) {
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<4>
  %a = snn.dense %s weights(dense<0.25> : tensor<10x4xf32>) : !snn.spikes<4> -> !snn.current<10>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 9.0 : f64}
      : (!snn.current<10>) -> !snn.spikes<10>
  snn.output "out" %o : !snn.spikes<10>
})";
  Chip chip(text, {"device.mode=ideal", "array.max_active_rows=2"});
  // Step 0: counts 1, 3 and 1: pulses drive 3 rows (2 groups), 1 row, 1 row.
  // Step 1: nothing.
  const engine::SampleResult result =
      chip.run(sampleOf({{{0, 1.0f}, {1, 3.0f}, {2, 1.0f}}, {}}));
  EXPECT_EQ(chip.action(result, "array.row_drive"), 5u);
  EXPECT_EQ(chip.action(result, "array.read"), 4u);
  EXPECT_EQ(chip.action(result, "adc.conversion"), 40u);
  EXPECT_EQ(chip.action(result, "array.silent"), 1u);
  EXPECT_EQ(chip.action(result, "unit.accumulate"), 40u);
  EXPECT_EQ(chip.action(result, "unit.state"), 2u * 2 * 10);
  // 5 drives of a row whose 10 pairs conduct 20 + 0.1 uS.
  EXPECT_EQ(chip.action(result, "array.conduction"), 5u * 10 * 20100);
  EXPECT_EQ(result.synapticEvents, 50u);
  const target::ImcMacro &m = chip.machine;
  const network::StepOps &ops = chip.network->nodes[1].model.ops;
  EXPECT_EQ(result.cycles.value(),
            imchw::readCycles(m, 10, 2).value() +
                2 * imchw::readCycles(m, 10, 1).value() +
                2 * imchw::updateCycles(m, 10, ops).value());
  EXPECT_DOUBLE_EQ(result.time.value(),
                   static_cast<double>(result.cycles.value()) / 200e6);
  // 4 reads of the ledger's conversions: 40 x (1.731 x 8 + 13.43) uW x 9 ns.
  const Ledger ledger = chip.engine->price(result.actions, result.time);
  double converters = 0;
  for (const Ledger::Row &row : ledger.rows())
    if (row.component == "converters")
      converters += row.energy.value();
  EXPECT_NEAR(converters, 40 * (1.731e-6 * 8 + 13.43e-6) * 9e-9, 1e-18);
}

TEST(ImcEngine, ReadNoiseMovesSumsByOneSigma) {
  // One row drives 10,000 neurons with the largest weight: G+ = 20 uS and
  // G- = 0.1 uS of 2 % noise make a sigma of 0.4 uS on a difference of 19.9.
  // With the threshold one sigma above, 15.87 % of the neurons fire.
  const double sigma = 0.02 * std::hypot(20.0, 0.1) / 19.9;
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1>
  %a = snn.dense %s weights(dense<1.0> : tensor<10000x1xf32>) : !snn.spikes<1> -> !snn.current<10000>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = )" +
                           std::to_string(1 + sigma) + R"( : f64}
      : (!snn.current<10000>) -> !snn.spikes<10000>
  snn.output "out" %o : !snn.spikes<10000>
})";
  Chip chip(text, {"device.programming_error=none", "adc.bits=0", "macros=64"});
  const engine::SampleResult result = chip.run(sampleOf({{{0, 1.0f}}}));
  const double expected = 0.158655 * 10000;
  EXPECT_NEAR(static_cast<double>(result.spikes[1]), expected,
              4 * std::sqrt(expected * (1 - 0.158655)));
}

// As above over two steps, with the threshold at twice as much: two deviations
// exceed two sigma together in 7.865 % (a sigma of sqrt 2), a held one in
// 15.87 %.
TEST(ImcEngine, HeldReadNoiseIsTheSameInEveryStep) {
  const double sigma = 0.02 * std::hypot(20.0, 0.1) / 19.9;
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1>
  %a = snn.dense %s weights(dense<1.0> : tensor<10000x1xf32>) : !snn.spikes<1> -> !snn.current<10000>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = )" +
                           std::to_string(2 * (1 + sigma)) + R"( : f64}
      : (!snn.current<10000>) -> !snn.spikes<10000>
  snn.output "out" %o : !snn.spikes<10000>
})";
  for (const auto &[hold, share] :
       {std::pair("read", 0.0786496), std::pair("sample", 0.158655)}) {
    Chip chip(text, {"device.programming_error=none", "adc.bits=0", "macros=64",
                     std::string("device.read_noise_hold=") + hold});
    input::Sample sample = sampleOf({{{0, 1.0f}}, {{0, 1.0f}}});
    const engine::SampleResult result = chip.run(sample);
    EXPECT_NEAR(static_cast<double>(result.spikes[1]), share * 10000,
                4 * std::sqrt(share * 10000 * (1 - share)))
        << hold;
    sample.id = "another";
    EXPECT_NE(chip.run(sample).rasters, result.rasters) << hold;
  }
}

TEST(ImcEngine, SharedNoiseAndMadeDriversAreSwitchedAndNamed) {
  const std::string text = R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<1>
  %a = snn.dense %s weights(dense<1.0> : tensor<1000x1xf32>) : !snn.spikes<1> -> !snn.current<1000>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 1.0 : f64}
      : (!snn.current<1000>) -> !snn.spikes<1000>
  snn.output "out" %o : !snn.spikes<1000>
})";
  const auto spikes = [&](const char *setting, uint64_t seed = 1) {
    Chip chip(text,
              {"device.programming_error=none", "device.read_noise=0",
               "adc.bits=0", "drive.kind=levels", "drive.bits=8", setting},
              seed);
    std::vector<uint64_t> counts;
    for (uint32_t k = 0; k < 64; ++k) {
      input::Sample sample = sampleOf({{{0, 1.0f}}});
      sample.id = "sample " + std::to_string(k);
      counts.push_back(chip.run(sample).spikes[1]);
    }
    return counts;
  };
  // Sums lie at the threshold. What all neurons of a macro share moves all of
  // its sums: they fire together, in about half of the reads.
  const auto together = [&](const char *setting) {
    uint64_t fired = 0;
    for (uint64_t count : spikes(setting)) {
      EXPECT_TRUE(count % 256 == 0 || count == 1000 || count % 256 == 232)
          << count;
      fired += count;
    }
    EXPECT_NEAR(static_cast<double>(fired) / 64000, 0.5, 4 * 0.5 / 16);
  };
  together("device.read_noise_array=0.01");
  together("device.read_noise_rows=0.01");
  for (uint64_t count : spikes("device.read_noise_columns=0.01"))
    EXPECT_NEAR(static_cast<double>(count), 500, 4 * std::sqrt(250));
  // Made drivers are of the chip: all samples alike.
  const std::vector<uint64_t> made = spikes("drive.gain_sigma=0.01");
  EXPECT_EQ(made, std::vector<uint64_t>(64, made.front()));
  bool other = false;
  for (uint64_t seed = 2; seed < 12; ++seed)
    other |= spikes("drive.gain_sigma=0.01", seed) != made;
  EXPECT_TRUE(other);
  Chip chip(text, {"device.read_noise_rows=0.01", "drive.kind=levels",
                   "drive.offset_sigma=0.02"});
  std::string all;
  for (const std::string &line : chip.engine->assumptions())
    all += line + "\n";
  EXPECT_NE(all.find("rows, sums and whole reads share: 0.01, 0 and 0"),
            std::string::npos);
  EXPECT_NE(all.find("offsets of 0.02 of the read voltage"), std::string::npos);
}

// A perceptron of 10 - 4 - 3 behind a chip: its scores, operations, cycles on
// 16 lanes and energy.
TEST(ImcEngine, TheDigitalUnitComputesReadouts) {
  const std::string head = R"(
  %h = snn.readout "hidden" %o weights(dense<0.5> : tensor<4x10xf32>) bias(dense<-1.0> : tensor<4xf32>)
      activation relu : !snn.spikes<10> -> !snn.scores<4>
  %y = snn.readout "top" %h weights(dense<2.0> : tensor<3x4xf32>) activation gelu
      : !snn.scores<4> -> !snn.scores<3>
  snn.output "scores" %y : !snn.scores<3>)";
  const auto text = [](const std::string &end) {
    return R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<4>
  %a = snn.dense %s weights(dense<0.25> : tensor<10x4xf32>) : !snn.spikes<4> -> !snn.current<10>
  %o = snn.neuron "out" @if(%a) {r = 1.0 : f64, v_threshold = 0.5 : f64}
      : (!snn.current<10>) -> !snn.spikes<10>)" +
           end + "}";
  };
  // All ten neurons fire in one of two steps: sums of 10 x 0.5 x 0.5 - 1 = 1.5
  // in each of four, then 4 x 2 x 1.5.
  const input::Sample sample =
      sampleOf({{{0, 1.0f}, {1, 1.0f}, {2, 1.0f}}, {}});
  Chip chip(text(head), {"device.mode=ideal"});
  const engine::SampleResult result = chip.run(sample);
  ASSERT_EQ(result.outputs.front().size(), 3u);
  EXPECT_FLOAT_EQ(result.outputs.front()[0], 12.0f);
  EXPECT_EQ(chip.action(result, "head.multiply"), 10u + 40 + 12 + 3);
  EXPECT_EQ(chip.action(result, "head.add"), 40u + 4 + 12);
  EXPECT_EQ(chip.action(result, "head.compare"), 4u);
  EXPECT_EQ(chip.action(result, "head.select"), 4u);
  EXPECT_EQ(chip.action(result, "head.other"), 3u);
  EXPECT_EQ(chip.action(result, "head.word"), 40u + 4 + 12);
  Chip bare(text("snn.output \"out\" %o : !snn.spikes<10>"),
            {"device.mode=ideal"});
  // (10 + 40) / 16 = 4 multiplications in a lane, 3 additions, 1 comparison, 1
  // selection; then 1, 1 and a function of 4 cycles.
  EXPECT_EQ(result.cycles.value() - bare.run(sample).cycles.value(),
            4u + 3 + 1 + 1 + 1 + 1 + 4);
  const Ledger ledger = chip.engine->price(result.actions, result.time);
  double energy = 0;
  for (const Ledger::Row &row : ledger.rows())
    if (row.component == "digital head")
      energy += row.energy.value();
  EXPECT_NEAR(energy,
              1e-12 * (65 * 3.7 + 56 * 0.9 + 8 * 0.1 + 3 * 3.7 + 56 * 5),
              1e-18);
}

TEST(ImcEngine, ResultsAreAFunctionOfTheChipAndTheSample) {
  const input::Sample sample = busySample(12);
  Chip chip(everything(), {}, 1);
  auto session = chip.engine->open({.recordRasters = true, .traces = {}});
  auto first = session->run(sample);
  ASSERT_TRUE(bool(first));
  input::Sample other = sample;
  other.id = "another";
  ASSERT_TRUE(bool(session->run(other)));
  auto again = session->run(sample);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(again->rasters, first->rasters);
  EXPECT_EQ(again->actions, first->actions);
  EXPECT_NE(Chip(everything(), {}, 2).run(sample).rasters, first->rasters);
}

TEST(ImcEngine, CalibrationCoversWhatItSaw) {
  const input::Sample sample = busySample(30);
  const std::vector<std::string> overrides = {"device.mode=ideal", "adc.bits=5",
                                              "adc.range=calibrated"};
  Chip worst(everything(), overrides);
  Chip calibrated(everything(), overrides);
  ASSERT_TRUE(bool(calibrated.engine->calibrate(std::span(&sample, 1))));
  const auto wanted = reference(*worst.network, sample);
  auto distance = [&](const engine::SampleResult &result) {
    uint64_t sum = 0;
    for (size_t i = 0; i < wanted[1].size(); ++i)
      sum += std::abs(static_cast<int>(result.counts[1][i]) -
                      static_cast<int>(wanted[1][i]));
    return sum;
  };
  const engine::SampleResult coarse = worst.run(sample);
  const engine::SampleResult fine = calibrated.run(sample);
  EXPECT_LT(distance(fine), distance(coarse));
  EXPECT_EQ(worst.action(coarse, "adc.clipped"), 0u);
}

TEST(ImcEngine, RefusesInputsThatAreNoCounts) {
  Chip chip(everything(), {});
  auto session = chip.engine->open({});
  for (float value : {0.5f, -1.0f, 70000.0f})
    EXPECT_FALSE(session->run(sampleOf({{{0, value}}})));
  EXPECT_FALSE(session->run(sampleOf({{{72, 1.0f}}})));
}
