// Reads of a region beside Core, which is held to CrossSim: the same numbers in
// every encoding and with every driver; actions and cycles by closed formulas.

#include "hw-models/imc/Reader.h"
#include "hw-models/imc/Core.h"
#include "hw-models/imc/Timing.h"
#include "test/unit/imc/Support.h"

#include <cmath>

using namespace limen;
using namespace limen::imchw;

namespace {

constexpr uint32_t outputs = 9, inputs = 40;

/// A region with everything that its reader refers to.
struct Region {
  target::ImcMacro machine;
  target::Encoding encoding;
  std::vector<std::vector<double>> arrays; ///< relative, [array][line][input]
  Adc adc;                                 ///< relative
  std::optional<Crossbar> cells;
  AdcBank converters;
  BatchStream draws{1, Purpose::ReadNoise, 1};

  Region(const std::vector<std::string> &overrides)
      : machine(imcMachine(overrides)), encoding(machine.encoding(false)) {
    std::vector<double> weights;
    const RandomStream draw(7, Purpose::Weight, 3);
    for (uint32_t k = 0; k < outputs * inputs; ++k)
      weights.push_back(2 * draw.uniform(k) - 1);
    arrays = encode<double>(encoding, weights, outputs, inputs);
    const uint32_t lines = encoding.lines(outputs);
    const double unit = machine.device.gMax.value();
    std::vector<double> targets;
    for (uint32_t row = 0; row < inputs; ++row)
      for (uint32_t line = 0; line < lines; ++line)
        for (const auto &array : arrays)
          targets.push_back(array[line * inputs + row] * unit);
    const bool subtracted = encoding.pairs() && machine.adc.subtractInArray;
    cells.emplace(machine.device,
                  writeCells(machine.device, targets, inputs, lines, 1, 1,
                             encoding.cells()),
                  !subtracted);
    adc = {machine.adc.bits, 16.0, static_cast<AdcKind>(machine.adc.kind),
           static_cast<Rounding>(machine.adc.rounding)};
    if (!target::ImcMacro::bothSigns(encoding, machine.adc.subtractInArray,
                                     machine.drive.isSigned))
      adc.low = 0;
    Adc siemens = adc;
    siemens.range *= unit;
    converters = AdcBank(siemens, cells->sums());
  }

  std::vector<double> read(const std::vector<double> &values, double scale,
                           ReadCounts &counts, uint32_t active = inputs) {
    Reader reader(machine, encoding, *cells, converters, active, outputs,
                  scale);
    std::vector<RowValue> rows;
    for (uint32_t j = 0; j < inputs; ++j)
      if (values[j] != 0)
        rows.push_back({j, values[j]});
    ReadNoise noise{draws, 1};
    std::vector<double> out(outputs, 0.0);
    reader.read(rows, noise, {}, counts, out);
    return out;
  }

  std::vector<double> core(const std::vector<double> &values, double scale) {
    CoreSettings settings;
    settings.encoding = encoding;
    settings.dac = machine.drive.dac();
    settings.adcs = {adc};
    settings.subtractInArray = machine.adc.subtractInArray;
    settings.convertTurns = machine.drive.convertTurns;
    settings.nonlinearity = machine.device.nonlinearity;
    auto made = Core::make(settings, arrays, outputs, inputs);
    EXPECT_TRUE(bool(made)) << made.error().text();
    std::vector<double> relative, out(outputs, 0.0);
    for (double value : values)
      relative.push_back(value / scale);
    EXPECT_TRUE(bool(made->multiply(relative, out)));
    for (double &value : out)
      value *= scale;
    return out;
  }
};

std::vector<std::vector<std::string>> encodings() {
  return {
      {"weights.encoding=one_sided"},
      {"weights.encoding=one_sided", "device.cell_bits=4"},
      {"weights.encoding=one_sided", "adc.subtract=digital",
       "adc.kind=quantizer"},
      {"weights.encoding=two_sided"},
      {"weights.encoding=two_sided", "adc.subtract=digital", "adc.kind=sar"},
      {"weights.encoding=offset", "adc.kind=quantizer"},
      {"weights.encoding=offset", "weights.offset=unit_column", "adc.kind=sar",
       "device.cell_bits=5"},
      {"weights.encoding=sliced_pairs", "array.weight_bits=8",
       "device.cell_bits=2"},
      {"weights.encoding=sliced_offset", "array.weight_bits=8",
       "device.cell_bits=1", "adc.kind=quantizer"},
      {"weights.encoding=sliced_offset", "array.weight_bits=8",
       "weights.slices=3", "weights.offset=unit_column", "adc.kind=quantizer"}};
}

} // namespace

TEST(Reader, GivesTheNumbersOfTheCore) {
  struct Drive {
    std::vector<std::string> overrides;
    double scale;
    bool sign;
  };
  const std::vector<Drive> drives = {
      {{"drive.kind=levels", "drive.bits=5"}, 31, false},
      {{"drive.kind=levels", "drive.bits=6", "device.nonlinearity=1.5"},
       63,
       false},
      {{"drive.kind=levels", "drive.bits=0", "drive.range=fixed"}, 2.5, false},
      {{"drive.kind=bit_serial", "drive.bits=8"}, 255, false},
      {{"drive.kind=bit_serial", "drive.bits=8", "drive.convert=once"},
       255,
       false},
      {{"drive.kind=bit_serial", "drive.bits=8", "drive.slice_bits=3",
        "device.nonlinearity=2"},
       255,
       false},
      {{"drive.kind=bit_serial", "drive.bits=7", "drive.slice_bits=2",
        "drive.sign=on", "drive.range=calibrated"},
       0.7,
       true}};
  const RandomStream draw(11, Purpose::Weight, 4);
  for (const auto &encoding : encodings())
    for (const Drive &drive : drives)
      for (const char *bits : {"adc.bits=0", "adc.bits=11"}) {
        std::vector<std::string> overrides = encoding;
        overrides.insert(overrides.end(), drive.overrides.begin(),
                         drive.overrides.end());
        overrides.insert(overrides.end(), {bits, "device.mode=ideal"});
        std::string name;
        for (const std::string &o : overrides)
          name += o + " ";
        SCOPED_TRACE(name);
        Region region(overrides);
        std::vector<double> values;
        for (uint32_t j = 0; j < inputs; ++j) {
          const double x = draw.uniform(j);
          values.push_back(
              x < 0.3 ? 0 : (drive.sign ? 2 * x - 1.3 : x) * drive.scale);
        }
        ReadCounts counts;
        const auto got = region.read(values, drive.scale, counts);
        const auto wanted = region.core(values, drive.scale);
        for (uint32_t i = 0; i < outputs; ++i)
          EXPECT_NEAR(got[i], wanted[i], 1e-9 * drive.scale) << "output " << i;
        EXPECT_EQ(counts.clippedDrives, 0u);
      }
}

TEST(Reader, CountsOfPulsesAddUpInEveryEncoding) {
  for (std::vector<std::string> overrides : encodings()) {
    overrides.insert(overrides.end(), {"adc.bits=0", "device.mode=ideal"});
    Region region(overrides);
    std::vector<double> values(inputs, 0.0);
    for (uint32_t j = 0; j < inputs; j += 3)
      values[j] = 1 + j % 4;
    ReadCounts counts;
    // A limit of active rows changes the reads, not the numbers.
    const auto got = region.read(values, 1, counts, 5);
    const auto wanted = region.core(values, 1);
    for (uint32_t i = 0; i < outputs; ++i)
      EXPECT_NEAR(got[i], wanted[i], 1e-10);
  }
}

TEST(Reader, ActionsAndCyclesInClosedForm) {
  // 14 rows hold the counts 1 to 7 twice; 4 may be driven at once.
  std::vector<double> values(inputs, 0.0);
  for (uint32_t j = 0; j < 14; ++j)
    values[2 * j] = 1 + j % 7;
  struct Case {
    std::vector<std::string> overrides;
    uint64_t sums;   ///< converted in a read
    uint64_t slices; ///< of weights
    uint64_t shares; ///< of the fullest converter: 8 cell columns each
    uint64_t corrections;
  };
  const std::vector<Case> cases = {
      {{"weights.encoding=two_sided"}, 9, 1, 4, 0},
      {{"weights.encoding=two_sided", "adc.subtract=digital", "adc.kind=sar"},
       18,
       1,
       8,
       0},
      {{"weights.encoding=offset", "adc.kind=sar"}, 9, 1, 8, 9 + 14},
      {{"weights.encoding=offset", "weights.offset=unit_column",
        "adc.kind=sar"},
       10,
       1,
       8,
       9},
      {{"weights.encoding=sliced_pairs", "array.weight_bits=8",
        "device.cell_bits=2"},
       36,
       4,
       4,
       0},
      {{"weights.encoding=sliced_offset", "array.weight_bits=8",
        "device.cell_bits=2", "weights.offset=unit_column", "adc.kind=sar"},
       40,
       4,
       8,
       9}};
  for (const Case &c : cases) {
    std::vector<std::string> overrides = c.overrides;
    overrides.insert(overrides.end(),
                     {"device.mode=ideal", "array.columns_per_adc=4"});
    SCOPED_TRACE(c.overrides[0] + " " + std::to_string(c.sums));
    const uint64_t convert = c.shares * (1 + 8 + 1);
    {
      // Pulses: 14, 12, ... 2 rows: 4, 3, 3, 2, 2, 1, 1 groups.
      Region region(overrides);
      ReadCounts counts;
      region.read(values, 1, counts, 4);
      EXPECT_EQ(counts.reads, 16u);
      EXPECT_EQ(counts.rowDrives, 56u);
      EXPECT_EQ(counts.conversions, 16 * c.sums);
      EXPECT_EQ(counts.shifts, 16 * c.sums / c.slices * (c.slices - 1));
      EXPECT_EQ(counts.corrections, c.corrections);
      EXPECT_EQ(counts.cycles.value(), 7 * 3 + 16 * convert);
    }
    {
      // Bit by bit: each bit of 3 is set in 8 of the 14 counts: 2 groups; the
      // upper bits of 5 are never set.
      auto serial = overrides;
      serial.insert(serial.end(), {"drive.kind=bit_serial", "drive.bits=5"});
      Region region(serial);
      ReadCounts counts;
      region.read(values, 31, counts, 4);
      EXPECT_EQ(counts.reads, 6u);
      EXPECT_EQ(counts.rowDrives, 24u);
      EXPECT_EQ(counts.conversions, 6 * c.sums);
      EXPECT_EQ(counts.shifts,
                4 * c.sums + 2 * c.sums / c.slices * (c.slices - 1));
      EXPECT_EQ(counts.corrections, c.corrections);
      EXPECT_EQ(counts.cycles.value(), 3 * 3 + 6 * convert);
    }
    {
      // Charge: 4 groups of rows, each with the bits that its counts have: 1 2
      // 3 4, 5 6 7 1, 2 3 4 5, 6 7: three turns each. Converted once.
      auto once = overrides;
      once.insert(once.end(), {"drive.kind=bit_serial", "drive.bits=5",
                               "drive.convert=once"});
      Region region(once);
      ReadCounts counts;
      region.read(values, 31, counts, 4);
      EXPECT_EQ(counts.reads, 12u);
      EXPECT_EQ(counts.conversions, 4 * c.sums);
      EXPECT_EQ(counts.shifts, 4 * c.sums / c.slices * (c.slices - 1));
      EXPECT_EQ(counts.cycles.value(),
                1 + 12 * (1 + 1) + 4 * c.shares * (8 + 1) + 1);
    }
    {
      // Levels: all at once, 4 groups.
      auto levels = overrides;
      levels.insert(levels.end(), {"drive.kind=levels", "drive.bits=5"});
      Region region(levels);
      ReadCounts counts;
      region.read(values, 31, counts, 4);
      EXPECT_EQ(counts.reads, 4u);
      EXPECT_EQ(counts.rowDrives, 14u);
      EXPECT_EQ(counts.conversions, 4 * c.sums);
      EXPECT_EQ(counts.cycles.value(), 3 + 4 * convert);
    }
  }
}

TEST(Reader, NumbersBeyondTheFullScaleAreClippedAndCounted) {
  Region region({"device.mode=ideal", "adc.bits=0", "drive.kind=bit_serial",
                 "drive.bits=4"});
  std::vector<double> values(inputs, 0.0), clipped = values;
  values[0] = 16, values[1] = 15, values[2] = 40;
  clipped[0] = clipped[1] = clipped[2] = 15;
  ReadCounts some, none;
  EXPECT_EQ(region.read(values, 15, some), region.read(clipped, 15, none));
  EXPECT_EQ(some.clippedDrives, 2u);
  EXPECT_EQ(none.clippedDrives, 0u);
}

TEST(Reader, NonlinearCellsShowOnlyBetweenOffAndOn) {
  const auto read = [](std::vector<std::string> overrides, double value) {
    overrides.insert(overrides.end(), {"device.mode=ideal", "adc.bits=0"});
    Region region(overrides);
    std::vector<double> values(inputs, 0.0);
    values[4] = value;
    ReadCounts counts;
    return region.read(values, 15, counts);
  };
  const std::vector<std::string> levels = {"drive.kind=levels", "drive.bits=4"},
                                 serial = {"drive.kind=bit_serial",
                                           "drive.bits=4"};
  const auto bent = [](std::vector<std::string> overrides) {
    overrides.push_back("device.nonlinearity=2");
    return overrides;
  };
  EXPECT_EQ(read(serial, 6), read(bent(serial), 6));
  EXPECT_EQ(read(levels, 15), read(bent(levels), 15));
  const auto straight = read(levels, 6), curved = read(bent(levels), 6);
  const double share = std::sinh(2 * 0.4) / std::sinh(2.0) / 0.4;
  for (uint32_t i = 0; i < outputs; ++i)
    EXPECT_NEAR(curved[i], straight[i] * share, 1e-12);
}
