// Noise that cells have in common, and what is wrong with made drivers of rows:
// against closed forms of what they do to weighted sums.

#include "hw-models/imc/Reader.h"
#include "test/unit/imc/Support.h"

#include <array>
#include <cmath>
#include <functional>

using namespace limen;
using namespace limen::imchw;

namespace {

constexpr uint32_t inputs = 6, outputs = 4;
constexpr int draws = 20000;

double weight(uint32_t input, uint32_t output) {
  return (static_cast<int>(input * 5 + output * 3) % 9 - 4) / 4.0;
}

double number(uint32_t input) { return (input + 1) / 6.0; }

/// A region of pairs with ideal converters, rows driven by any share.
struct Region {
  target::ImcMacro machine;
  target::Encoding encoding;
  std::vector<double> targets;
  std::optional<Crossbar> cells;
  AdcBank converters;
  uint64_t reads = 0;

  explicit Region(std::vector<std::string> overrides)
      : machine(imcMachine(all(std::move(overrides)))),
        encoding(machine.encoding(false)) {
    const double low = machine.device.gMin.value();
    const double span = machine.device.gMax.value() - low;
    for (uint32_t i = 0; i < inputs; ++i)
      for (uint32_t o = 0; o < outputs; ++o)
        for (double sign : {1.0, -1.0})
          targets.push_back(low + span * std::max(0.0, sign * weight(i, o)));
    cells.emplace(machine.device,
                  writeCells(machine.device, targets, inputs, outputs, 1, 1));
    converters = AdcBank({.bits = 0}, cells->sums());
  }

  static std::vector<std::string> all(std::vector<std::string> overrides) {
    for (const char *more :
         {"device.programming_error=none", "adc.bits=0", "drive.kind=levels",
          "drive.bits=0", "drive.range=fixed"})
      overrides.emplace_back(more);
    return overrides;
  }

  /// Weighted sums of one read.
  std::vector<double> read(ReadNoise &noise, uint32_t active = inputs,
                           const RowDrivers *drivers = nullptr) {
    Reader reader(machine, encoding, *cells, converters, active, outputs, 1,
                  drivers);
    std::vector<RowValue> rows;
    for (uint32_t i = 0; i < inputs; ++i)
      rows.push_back({i, number(i)});
    std::vector<double> out(outputs, 0.0);
    ReadCounts counts;
    reader.read(rows, noise, {}, counts, out);
    return out;
  }
};

/// Sum of the exact products of the inputs in [first, last).
double product(uint32_t output, uint32_t first = 0, uint32_t last = inputs) {
  double sum = 0;
  for (uint32_t i = first; i < last; ++i)
    sum += weight(i, output) * number(i);
  return sum;
}

/// sum over inputs of x^2 w w': the covariance that rows of sigma 1 bring.
double ofRows(uint32_t a, uint32_t b) {
  double sum = 0;
  for (uint32_t i = 0; i < inputs; ++i)
    sum += number(i) * number(i) * weight(i, a) * weight(i, b);
  return sum;
}

/// Deviations of many reads from the exact products: means of their products.
std::array<std::array<double, outputs>, outputs>
covariances(Region &region, uint32_t active = inputs) {
  const BatchStream stream(1, Purpose::ReadNoise, 1);
  ReadNoise noise{.draws = stream, .sample = 7};
  std::array<std::array<double, outputs>, outputs> out{};
  for (int n = 0; n < draws; ++n) {
    const std::vector<double> sums = region.read(noise, active);
    for (uint32_t a = 0; a < outputs; ++a)
      for (uint32_t b = 0; b < outputs; ++b)
        out[a][b] += (sums[a] - product(a)) * (sums[b] - product(b)) / draws;
  }
  return out;
}

/// Within four standard errors of a mean of products of normals.
void expectCovariances(
    const std::array<std::array<double, outputs>, outputs> &found,
    const std::function<double(uint32_t, uint32_t)> &wanted) {
  for (uint32_t a = 0; a < outputs; ++a)
    for (uint32_t b = 0; b < outputs; ++b) {
      const double c = wanted(a, b);
      EXPECT_NEAR(found[a][b], c,
                  4 * std::sqrt((wanted(a, a) * wanted(b, b) + c * c) / draws) +
                      1e-15)
          << a << ", " << b;
    }
}

} // namespace

TEST(SharedNoise, OfRowsIsTheSameInAllCellsOfARow) {
  Region region({"device.read_noise=0", "device.read_noise_rows=0.03"});
  expectCovariances(covariances(region), [](uint32_t a, uint32_t b) {
    return 0.03 * 0.03 * ofRows(a, b);
  });
}

TEST(SharedNoise, OfColumnsIsTheSameInAllCellsOfASumOnly) {
  Region region({"device.read_noise=0", "device.read_noise_columns=0.04"});
  expectCovariances(covariances(region), [](uint32_t a, uint32_t b) {
    return a == b ? 0.04 * 0.04 * product(a) * product(a) : 0;
  });
}

TEST(SharedNoise, OfTheArrayIsTheSameInAllSumsOfARead) {
  Region region({"device.read_noise=0", "device.read_noise_array=0.05"});
  expectCovariances(covariances(region), [](uint32_t a, uint32_t b) {
    return 0.05 * 0.05 * product(a) * product(b);
  });
  const BatchStream stream(1, Purpose::ReadNoise, 1);
  ReadNoise noise{.draws = stream, .sample = 7};
  const std::vector<double> sums = region.read(noise);
  const double factor = sums[0] / product(0);
  EXPECT_NE(factor, 1);
  for (uint32_t o = 0; o < outputs; ++o)
    EXPECT_NEAR(sums[o], factor * product(o), 1e-12);
}

TEST(SharedNoise, KindsAreIndependentAndAddToThatOfCells) {
  Region region({"device.read_noise=0.02", "device.read_noise_rows=0.03",
                 "device.read_noise_columns=0.04",
                 "device.read_noise_array=0.05"});
  const double low = region.machine.device.gMin.value();
  const double span = region.machine.device.gMax.value() - low;
  expectCovariances(covariances(region), [&](uint32_t a, uint32_t b) {
    double sum = 9e-4 * ofRows(a, b) + 25e-4 * product(a) * product(b);
    if (a != b)
      return sum;
    sum += 16e-4 * product(a) * product(a);
    for (uint32_t i = 0; i < inputs; ++i)
      for (double sign : {1.0, -1.0}) {
        const double g = low / span + std::max(0.0, sign * weight(i, a));
        sum += 4e-4 * number(i) * number(i) * g * g;
      }
    return sum;
  });
}

TEST(SharedNoise, EveryGroupOfRowsIsAReadOfItsOwn) {
  Region region({"device.read_noise=0", "device.read_noise_array=0.05",
                 "device.read_noise_rows=0.03"});
  expectCovariances(covariances(region, 4), [](uint32_t a, uint32_t b) {
    return 9e-4 * ofRows(a, b) + 25e-4 * (product(a, 0, 4) * product(b, 0, 4) +
                                          product(a, 4) * product(b, 4));
  });
}

TEST(SharedNoise, HeldNoiseIsThatOfTheSampleAndTheChip) {
  Region region({"device.read_noise=0", "device.read_noise_hold=sample",
                 "device.read_noise_rows=0.03",
                 "device.read_noise_columns=0.04",
                 "device.read_noise_array=0.05"});
  const BatchStream one(1, Purpose::ReadNoise, 1),
      two(2, Purpose::ReadNoise, 1);
  ReadNoise noise{.draws = one, .sample = 7};
  const std::vector<double> first = region.read(noise);
  EXPECT_NE(first[0], product(0));
  EXPECT_EQ(region.read(noise), first);
  ReadNoise other{.draws = one, .sample = 8};
  EXPECT_NE(region.read(other), first);
  ReadNoise chip{.draws = two, .sample = 7};
  EXPECT_NE(region.read(chip), first);
  ReadNoise off{.draws = one, .sample = 7, .off = true};
  const std::vector<double> exact = region.read(off);
  for (uint32_t o = 0; o < outputs; ++o)
    EXPECT_NEAR(exact[o], product(o), 1e-12);
}

TEST(RowDrivers, GainsAndOffsetsAreNormalOfTheRowsOfAMacro) {
  target::ImcDrive drive;
  EXPECT_TRUE(RowDrivers::make(drive, 1, 0, 0, 10).gain.empty());
  drive.gainSigma = 0.02;
  drive.offsetSigma = 0.005;
  constexpr uint32_t n = 40000;
  const RowDrivers all = RowDrivers::make(drive, 1, 3, 0, n);
  double gain = 0, offset = 0, gains = 0, offsets = 0, both = 0;
  for (uint32_t i = 0; i < n; ++i) {
    gain += all.gain[i] / n;
    offset += all.offset[i] / n;
    gains += all.gain[i] * all.gain[i] / n;
    offsets += all.offset[i] * all.offset[i] / n;
    both += all.gain[i] * all.offset[i] / n;
  }
  const double e = 4 / std::sqrt(n);
  EXPECT_NEAR(gain, 0, 0.02 * e);
  EXPECT_NEAR(offset, 0, 0.005 * e);
  EXPECT_NEAR(gains, 4e-4, 4e-4 * std::sqrt(2) * e);
  EXPECT_NEAR(offsets, 25e-6, 25e-6 * std::sqrt(2) * e);
  EXPECT_NEAR(both, 0, 1e-4 * e);
  // A region further down has the drivers of its rows.
  const RowDrivers part = RowDrivers::make(drive, 1, 3, 100, 5);
  EXPECT_EQ(part.gain,
            std::vector(all.gain.begin() + 100, all.gain.begin() + 105));
  EXPECT_NE(RowDrivers::make(drive, 1, 2, 100, 5).gain, part.gain);
  EXPECT_NE(RowDrivers::make(drive, 2, 3, 100, 5).gain, part.gain);
}

TEST(RowDrivers, SumsAreThoseOfWhatDriversMake) {
  for (const char *mode : {"noisy", "ideal"}) {
    Region region({std::string("device.mode=") + mode, "device.read_noise=0",
                   "drive.gain_sigma=0.02", "drive.offset_sigma=0.01"});
    const RowDrivers drivers =
        RowDrivers::make(region.machine.drive, 1, 0, 0, inputs);
    const BatchStream stream(1, Purpose::ReadNoise, 1);
    ReadNoise noise{.draws = stream};
    const std::vector<double> sums = region.read(noise, inputs, &drivers);
    for (uint32_t o = 0; o < outputs; ++o) {
      double wanted = 0;
      for (uint32_t i = 0; i < inputs; ++i)
        wanted += weight(i, o) *
                  (number(i) * (1 + drivers.gain[i]) + drivers.offset[i]);
      EXPECT_NEAR(sums[o], wanted, 1e-12);
      EXPECT_GT(std::abs(sums[o] - product(o)), 1e-4);
    }
  }
}

TEST(RowDrivers, AreOfLevelsOnly) {
  auto target = target::loadDocument("rram-40nm", {"drive.gain_sigma=0.01"});
  ASSERT_TRUE(bool(target));
  auto machine = target::ImcMacro::parse(target->document);
  ASSERT_FALSE(machine);
  EXPECT_EQ(machine.error().message,
            "'gain_sigma' and 'offset_sigma' are of drivers of levels");
}
