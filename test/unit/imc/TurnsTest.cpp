// Networks that share macros, on the engine: the spikes are those of a chip
// with room, and what turns cost is a closed formula.

#include "hw-models/imc/Programming.h"
#include "hw-models/imc/Timing.h"
#include "test/unit/imc/Chip.h"

#include <map>

using namespace limen;

namespace {

/// A chain of dense layers of 32, and a recurrent one of 64 behind it. Weights
/// are multiples of 1/4.
std::string chain() {
  const auto weights = [](int64_t out, int64_t in, int seed) {
    std::string text = "dense<[";
    for (int64_t o = 0; o < out; ++o) {
      text += o ? ", [" : "[";
      for (int64_t i = 0; i < in; ++i)
        text += (i ? ", " : "") +
                std::to_string(((o * 7 + i * 13 + seed) % 9 - 3) / 4.0);
      text += "]";
    }
    return text + "]> : tensor<" + std::to_string(out) + "x" +
           std::to_string(in) + "xf32>";
  };
  return R"(
snn.network @net dt 0.001 {
  %s = snn.input "in" : !snn.spikes<64, 2>
  %a = snn.dense %s weights()" +
         weights(32, 64, 1) + R"() : !snn.spikes<64, 2> -> !snn.current<32>
  %n = snn.neuron "first" @if(%a) {r = 1.0 : f64, v_threshold = 1.125 : f64}
      : (!snn.current<32>) -> !snn.spikes<32>
  %b = snn.dense %n weights()" +
         weights(32, 32, 2) +
         R"() delay 2 : !snn.spikes<32> -> !snn.current<32>
  %m = snn.neuron "second" @if(%b) {r = 1.0 : f64, v_threshold = 1.125 : f64}
      : (!snn.current<32>) -> !snn.spikes<32>
  %c = snn.dense %m weights()" +
         weights(64, 32, 3) + R"() : !snn.spikes<32> -> !snn.current<64>
  %d = snn.dense %l weights()" +
         weights(64, 64, 4) +
         R"() delay 1 : !snn.spikes<64> -> !snn.current<64>
  %l = snn.neuron "last" @if(%c, %d) {r = 1.0 : f64, v_threshold = 5.125 : f64}
      : (!snn.current<64>, !snn.current<64>) -> !snn.spikes<64>
  snn.output "out" %l : !snn.spikes<64>
})";
}

input::Sample busy(uint32_t steps, uint32_t elements, const char *id = "test",
                   uint32_t salt = 0) {
  std::vector<std::vector<input::Event>> events(steps);
  for (uint32_t t = 0; t < steps; ++t)
    for (uint32_t i = 0; i < elements; ++i)
      if ((t * 7 + i * 5 + salt) % 11 < 3)
        events[t].push_back({i, 1.0f + static_cast<float>((t + i) % 3)});
  input::Sample sample = sampleOf(events);
  sample.id = id;
  return sample;
}

/// Macros of 64 x 64 cells, without noise.
std::vector<std::string> macros(const char *count, const char *sharing) {
  return {"device.mode=ideal",
          "adc.bits=0",
          std::string("macros=") + count,
          "array.rows=64",
          "array.cols=64",
          "array.max_active_rows=64",
          std::string("mapping.sharing=") + sharing};
}

/// Two liquids of formed cells, each behind an input of its own.
std::string liquid(const std::string &name, int inputs, const char *gain) {
  const std::string n = std::to_string(inputs);
  return "  %s" + name + " = snn.input \"in_" + name + "\" : !snn.spikes<" + n +
         ">\n  %a" + name + " = snn.random \"ff_" + name + "\" %s" + name +
         " formed_pair(12.21, 0.1486) density 0.5 gain " + gain +
         " seed 3 : !snn.spikes<" + n + "> -> !snn.current<16>\n  %r" + name +
         " = snn.random \"rec_" + name + "\" %l" + name +
         " formed_pair(12.21, 0.1486) density 0.5 gain " + gain +
         " seed 3 delay 1 : !snn.spikes<16> -> !snn.current<16>\n  %l" + name +
         " = snn.neuron \"liquid_" + name + "\" @if(%a" + name + ", %r" + name +
         ") {r = 1.0 : f64, v_threshold = 1.5 : f64}\n      : "
         "(!snn.current<16>, !snn.current<16>) -> !snn.spikes<16>\n"
         "  snn.output \"out_" +
         name + "\" %l" + name + " : !snn.spikes<16>\n";
}

std::string liquids(const std::string &members) {
  return "snn.network @net dt 0.001 {\n" + members + "}\n";
}

uint64_t updates(const Chip &chip, uint32_t steps) {
  uint64_t cycles = 0;
  for (const network::Node &node : chip.network->nodes)
    if (!node.isInput)
      cycles +=
          steps *
          imchw::updateCycles(chip.machine, node.size, node.model.ops).value();
  return cycles;
}

} // namespace

TEST(ImcTurns, SpikesAreThoseOfAChipWithRoom) {
  const input::Sample sample = busy(25, 64);
  Chip roomy(chain(), macros("16", "none"));
  const engine::SampleResult wanted = roomy.run(sample);
  EXPECT_GT(wanted.spikes.back(), 100u);
  for (const char *count : {"1", "2", "3", "4"}) {
    Chip chip(chain(), macros(count, "in_time"));
    const engine::SampleResult result = chip.run(sample);
    EXPECT_EQ(result.rasters, wanted.rasters) << count << " macros";
    EXPECT_EQ(result.outputs, wanted.outputs);
    EXPECT_GT(chip.action(result, "load.region"), 0u) << count;
  }
  Chip enough(chain(), macros("5", "in_time"));
  EXPECT_EQ(enough.action(enough.run(sample), "load.region"), 0u);
}

TEST(ImcTurns, LoadsInClosedForm) {
  // One macro: first (64 x 64 cells), then second (32 x 64), then last, whose
  // 32 + 64 rows of 64 pairs are larger than the chip.
  constexpr uint32_t steps = 10;
  Chip chip(chain(), macros("1", "in_time"));
  const engine::SampleResult result = chip.run(busy(steps, 64));
  // 96 rows are cut into 64 + 32, 64 outputs into 32 + 32.
  const uint64_t perStep = 2 * (64 + 32) * 64;
  const uint64_t perSample = (64 + 32) * 64;
  EXPECT_EQ(chip.action(result, "load.cell"), perSample + steps * perStep);
  EXPECT_EQ(chip.action(result, "load.pulse"),
            8 * (perSample + steps * perStep));
  // Two groups of 32 cells a row, 8 (4 + 17) cycles each (an ideal converter is
  // timed as one of 12 bits); tiles of one page
  // follow one another on their macro.
  EXPECT_EQ(imchw::writeGroupCycles(chip.machine).value(), 8u * 21);
  EXPECT_EQ(chip.action(result, "load.cycle"),
            (64 + 32 + steps * 2 * (64 + 32)) * 2 * 8 * 21);
  // The fullest cells, of the first 32 rows: of both layers once, in each step
  // of two tiles of 64 rows and of one of 32.
  const auto writing = chip.engine->writing(result.actions);
  ASSERT_TRUE(writing);
  EXPECT_EQ(writing->program.cells, 0u);
  EXPECT_EQ(writing->loads.cells, perSample + steps * perStep);
  EXPECT_EQ(writing->ofLoads, chip.action(result, "load.wear"));
  EXPECT_EQ(writing->ofLoads, 2 + 3 * steps);
  // Energy: pulses, and reads that verify.
  const Ledger ledger = chip.engine->price(result.actions, Seconds(0));
  double loads = 0;
  for (const Ledger::Row &row : ledger.rows())
    if (row.component == "loads")
      loads += row.energy.value();
  EXPECT_DOUBLE_EQ(loads, writing->loads.energy.value());
  EXPECT_GT(loads, static_cast<double>(writing->loads.pulses) * 1.94e-12);
}

TEST(ImcTurns, CyclesAreReadsUpdatesAndLoads) {
  // A sample without spikes has no reads: what is left is a closed formula.
  constexpr uint32_t steps = 7;
  Chip chip(chain(), macros("2", "in_time"));
  const engine::SampleResult silent =
      chip.run(sampleOf(std::vector<std::vector<input::Event>>(steps)));
  EXPECT_EQ(silent.cycles.value(),
            updates(chip, steps) + chip.action(silent, "load.cycle"));
  // With spikes: loads are the same, reads are those of a chip with room,
  // but that tiles of one macro follow one another.
  const input::Sample sample = busy(steps, 64);
  const engine::SampleResult result = chip.run(sample);
  EXPECT_EQ(chip.action(result, "load.cycle"),
            chip.action(silent, "load.cycle"));
  Chip roomy(chain(), macros("16", "none"));
  const engine::SampleResult apart = roomy.run(sample);
  EXPECT_EQ(chip.action(result, "array.read"),
            roomy.action(apart, "array.read"));
  EXPECT_GE(result.cycles.value(),
            apart.cycles.value() + chip.action(result, "load.cycle"));
}

TEST(ImcTurns, EachLiquidRunsAsByItself) {
  input::Sample both = busy(20, 48, "seen");
  both.others.push_back(busy(33, 24, "heard", 4));
  const std::string a = liquid("a", 48, "0.05"), b = liquid("b", 24, "0.08");
  // A macro of 64 x 32 cells holds a; b has another one, or a window of a's.
  for (const bool shared : {false, true}) {
    std::vector<std::string> settings =
        macros(shared ? "1" : "2", shared ? "in_time" : "none");
    settings.push_back("array.cols=32");
    Chip chip(liquids(a + b), settings);
    const engine::SampleResult result = chip.run(both);
    Chip alone(liquids(a), settings);
    const engine::SampleResult first = alone.run(busy(20, 48, "seen"));
    EXPECT_GT(first.spikes[1], 20u);
    EXPECT_EQ(result.rasters[1], first.rasters[1]);
    EXPECT_EQ(result.outputs[0], first.outputs[0]);
    EXPECT_EQ(result.parts[0].cycles, first.cycles);
    EXPECT_EQ(result.parts[0].steps, 20u);
    EXPECT_EQ(result.parts[1].steps, 33u);
    EXPECT_EQ(result.stepsOf(1), 20u);
    EXPECT_EQ(result.steps, 33u);
    // They run side by side, and wait for each other's reads and updates.
    EXPECT_LE(result.cycles.value(),
              result.parts[0].cycles.value() + result.parts[1].cycles.value());
    EXPECT_GE(result.cycles.value(), std::max(result.parts[0].cycles.value(),
                                              result.parts[1].cycles.value()));
  }
}

TEST(ImcTurns, AWindowIsTheSameCells) {
  std::vector<std::string> one = macros("1", "in_time");
  one.push_back("array.cols=32");
  one.push_back("device.mode=noisy");
  one.push_back("device.read_noise=0");
  one.push_back("device.stuck_low=0.2");
  // 64 rows x 32 columns hold liquid a and nothing else.
  Chip chip(liquids(liquid("a", 48, "0.05") + liquid("b", 24, "0.08")), one);
  const auto &projections = chip.network->projections;
  const auto random = [&](size_t p) {
    return std::get<network::Random>(projections[p].stages[0].kind);
  };
  // b's 24 + 16 rows are the first of a's 48 input rows.
  EXPECT_EQ(random(2).window, (std::array<uint32_t, 2>{0, 0}));
  EXPECT_EQ(random(3).window, (std::array<uint32_t, 2>{24, 0}));
  for (uint32_t r = 0; r < 16; ++r)
    for (uint32_t c = 0; c < 16; ++c) {
      EXPECT_EQ(network::formedPair(random(2), r, c),
                network::formedPair(random(0), r, c));
      EXPECT_EQ(network::formedPair(random(3), r, c),
                network::formedPair(random(0), 24 + r, c));
    }
  // Stuck cells are the same ones, too: the same rows driven, at another gain,
  // give the same currents.
  std::vector<input::Event> all;
  for (uint32_t i = 0; i < 24; ++i)
    all.push_back({i, 1.0f});
  input::Sample sample = sampleOf({all});
  sample.others.push_back(sampleOf({all}));
  const engine::SampleResult result = chip.run(sample);
  EXPECT_EQ(chip.action(result, "load.cell"), 0u);
  const auto conduction = [&](size_t part) {
    const auto actions = chip.engine->actions();
    for (size_t k = 0; k < actions.size(); ++k)
      if (actions[k].name == "array.conduction")
        return result.parts[part].actions[k];
    return uint64_t(0);
  };
  EXPECT_GT(conduction(0), 0u);
  EXPECT_EQ(conduction(0), conduction(1));
  // b reads once a has read, and updates once a has updated.
  const uint64_t read = imchw::readCycles(chip.machine, 16, 1).value();
  const uint64_t update =
      imchw::updateCycles(chip.machine, 16, chip.network->nodes[1].model.ops)
          .value();
  EXPECT_EQ(result.cycles.value(), std::max(2 * read, read + update) + update);
  EXPECT_EQ(result.parts[0].cycles.value(), read + update);
  EXPECT_EQ(result.parts[1].cycles.value(), read + update);
  // With a macro each they read at the same time.
  std::vector<std::string> two = one;
  two.push_back("macros=2");
  two.push_back("mapping.sharing=none");
  Chip apart(liquids(liquid("a", 48, "0.05") + liquid("b", 24, "0.08")), two);
  EXPECT_EQ(apart.run(sample).cycles.value(), read + 2 * update);
}

TEST(ImcTurns, SamplesMustFeedEveryInput) {
  Chip chip(liquids(liquid("a", 48, "0.05") + liquid("b", 24, "0.08")),
            macros("2", "none"));
  auto session = chip.engine->open({});
  auto result = session->run(busy(5, 48));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text().find("feeds 1 inputs; network 'net' has 2"),
            std::string::npos);
  input::Sample wide = busy(5, 48);
  wide.others.push_back(busy(5, 48));
  ASSERT_FALSE(session->run(wide));
}
