// Matrices on arrays: every encoding gives back its weights, turns and tiles
// add up, and quantisation errs by what its step allows.

#include "hw-models/imc/Core.h"
#include "hw-models/imc/Partition.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::imchw;

namespace {

constexpr uint32_t outputs = 5, inputs = 7;

std::vector<double> ramp(size_t count, double low, double high) {
  std::vector<double> out;
  // A permutation, so that neighbours differ.
  for (size_t k = 0; k < count; ++k)
    out.push_back(low +
                  (high - low) * double(k * 11 % count) / double(count - 1));
  return out;
}

std::vector<double> product(const std::vector<double> &w,
                            const std::vector<double> &x) {
  std::vector<double> out(outputs, 0.0);
  for (uint32_t i = 0; i < outputs; ++i)
    for (uint32_t j = 0; j < inputs; ++j)
      out[i] += w[i * inputs + j] * x[j];
  return out;
}

std::vector<double> run(const CoreSettings &settings,
                        const std::vector<double> &w,
                        const std::vector<double> &x) {
  Result<Core> core = Core::make(
      settings, encode<double>(settings.encoding, w, outputs, inputs), outputs,
      inputs);
  EXPECT_TRUE(core) << core.error().text();
  std::vector<double> out(outputs, 0.0);
  Result<void> done = core->multiply(x, out);
  EXPECT_TRUE(done);
  return out;
}

void expectNear(const std::vector<double> &a, const std::vector<double> &b,
                double tolerance) {
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance) << "output " << i;
}

} // namespace

TEST(Core, EveryEncodingGivesBackItsWeights) {
  const std::vector<double> x = ramp(inputs, -1, 1);
  for (double gMin : {0.0, 0.1})
    for (EncodingStyle style :
         {EncodingStyle::OneSided, EncodingStyle::TwoSided,
          EncodingStyle::Offset, EncodingStyle::SlicedPairs,
          EncodingStyle::SlicedOffset})
      for (OffsetStyle offset : {OffsetStyle::Digital, OffsetStyle::UnitColumn})
        for (bool subtract : {true, false}) {
          CoreSettings settings;
          Encoding &e = settings.encoding;
          e.style = style;
          e.offset = offset;
          e.gMin = gMin;
          settings.subtractInArray = subtract;
          std::vector<double> w = ramp(outputs * inputs, -1, 1);
          if (e.sliced()) {
            // 7 bits with sign in 3 slices of 2, or of 3 without a sign left
            // over; weights that the code holds exactly.
            e.slices = 3;
            e.weightBits = 7;
            for (double &v : w)
              v = std::nearbyint(v * 63) / 63;
          }
          SCOPED_TRACE(testing::Message()
                       << int(style) << int(offset) << gMin << subtract);
          expectNear(run(settings, w, x), product(w, x), 1e-12);
        }
}

TEST(Core, CellLevelsRoundToTheNearest) {
  CoreSettings settings;
  settings.encoding.cellBits = 3;
  settings.encoding.gMin = 0.2;
  const std::vector<double> x(inputs, 1.0);
  std::vector<double> w = ramp(outputs * inputs, -1, 1), rounded = w;
  for (double &v : rounded)
    v = std::abs(v) < 1.0 / 16 ? 0 : std::nearbyint(v * 7) / 7;
  expectNear(run(settings, w, x), product(rounded, x), 1e-12);
  // The offset encoding leaves its lowest level: 6 steps from -1 to 1.
  settings.encoding.style = EncodingStyle::Offset;
  for (size_t k = 0; k < w.size(); ++k)
    rounded[k] = std::nearbyint(w[k] * 3) / 3;
  expectNear(run(settings, w, x), product(rounded, x), 1e-12);
  // Scaling by Gr instead, as published, loses 1 - 6/7 of the weights and
  // leaves the middle in place.
  settings.asPublished = true;
  std::vector<double> lost = product(rounded, x);
  for (double &v : lost)
    v *= 6.0 / 7;
  expectNear(run(settings, w, x), lost, 1e-12);
}

TEST(Core, SmallWeightsAreNotWritten) {
  Encoding e;
  e.cellBits = 2; // weights below 1/8 stay at Gmin
  const std::vector<double> w = {0.124, 0.126, -0.124, -0.126};
  const auto arrays = encode<double>(e, w, 1, 4);
  EXPECT_EQ(arrays[0][0], 0);
  EXPECT_EQ(arrays[1][2], 0);
  // 0.126 x 3 rounds to 0 all the same: the two rules meet at 1/6.
  EXPECT_EQ(arrays[0][1], 0);
}

TEST(Core, TurnsOfInputBitsAddUp) {
  for (unsigned slice : {1u, 2u, 3u})
    for (bool convertTurns : {true, false}) {
      CoreSettings settings;
      settings.dac = {DacKind::Quantizer, 8, 0, 1, false, slice};
      settings.convertTurns = convertTurns;
      const std::vector<double> w = ramp(outputs * inputs, -1, 1);
      std::vector<double> x = ramp(inputs, 0, 1);
      for (double &v : x)
        v = std::nearbyint(v * 255) / 255;
      SCOPED_TRACE(slice);
      expectNear(run(settings, w, x), product(w, x), 1e-12);
      // With a converter per turn the error is at most half a step of each,
      // weighted by powers of two: below one step in all.
      settings.adcs = {Adc{10, 7.0}};
      const double step = Adc{10, 7.0}.lsb() * (std::exp2(slice) - 1);
      expectNear(run(settings, w, x), product(w, x), step);
    }
}

TEST(Core, ConvertingBothSidesErrsTwice) {
  CoreSettings settings;
  settings.encoding.gMin = 0.1;
  Adc adc{8, 8.0, AdcKind::Quantizer};
  adc.low = 0;
  settings.adcs = {adc};
  settings.subtractInArray = false;
  const std::vector<double> w = ramp(outputs * inputs, -1, 1),
                            x = ramp(inputs, 0, 1);
  const std::vector<double> got = run(settings, w, x), want = product(w, x);
  bool differs = false;
  for (size_t i = 0; i < outputs; ++i) {
    // Whole numbers of steps, apart by at most one from both roundings.
    const double steps = got[i] * 0.9 / adc.lsb();
    EXPECT_NEAR(steps, std::nearbyint(steps), 1e-9);
    EXPECT_LE(std::abs(got[i] - want[i]), adc.lsb() / 0.9 + 1e-12);
    differs |= std::abs(got[i] - want[i]) > 1e-9;
  }
  EXPECT_TRUE(differs);
}

TEST(Core, RefusesArraysThatDoNotFit) {
  CoreSettings settings;
  Result<Core> one = Core::make(settings, {{1, 2}}, 1, 2);
  ASSERT_FALSE(one);
  EXPECT_NE(
      one.error().message.find("1 arrays were given; this encoding has 2"),
      std::string::npos);
  Result<Core> small = Core::make(settings, {{1, 2}, {1}}, 1, 2);
  ASSERT_FALSE(small);
}

TEST(Partition, CoversTheMatrixWithinTheLimit) {
  using Bounds = std::vector<uint32_t>;
  EXPECT_EQ(partition(600, 256, PartitionStyle::Equal),
            (Bounds{0, 200, 400, 600}));
  EXPECT_EQ(partition(600, 256, PartitionStyle::Max),
            (Bounds{0, 200, 400, 600}));
  EXPECT_EQ(partition(512, 256, PartitionStyle::Equal), (Bounds{0, 256, 512}));
  EXPECT_EQ(partition(601, 256, PartitionStyle::Max),
            (Bounds{0, 256, 512, 601}));
  EXPECT_EQ(partition(601, 256, PartitionStyle::Equal),
            (Bounds{0, 200, 400, 601}));
  EXPECT_EQ(partition(7, 0, PartitionStyle::Equal), (Bounds{0, 7}));
  for (uint32_t count = 1; count < 200; ++count)
    for (uint32_t limit = 1; limit < 40; ++limit)
      for (PartitionStyle style :
           {PartitionStyle::Equal, PartitionStyle::Max}) {
        const Bounds bounds = partition(count, limit, style);
        EXPECT_EQ(bounds.back(), count);
        EXPECT_EQ(bounds.size() - 1, (count + limit - 1) / limit);
        for (size_t k = 1; k < bounds.size(); ++k) {
          EXPECT_GT(bounds[k], bounds[k - 1]) << count << " " << limit;
          EXPECT_LE(bounds[k] - bounds[k - 1], limit) << count << " " << limit;
        }
      }
}

TEST(Core, NonlinearCellsAreDrivenByTheirCurve) {
  CoreSettings settings;
  settings.nonlinearity = 1.5;
  const std::vector<double> w = ramp(outputs * inputs, -1, 1),
                            x = ramp(inputs, -1, 1);
  std::vector<double> bent = x;
  for (double &v : bent)
    v = std::sinh(1.5 * v) / std::sinh(1.5);
  expectNear(run(settings, w, x), product(w, bent), 1e-12);
}

TEST(Core, CubicCellsCarryLessAtHighDrives) {
  CoreSettings settings;
  settings.cubic = 0.25;
  const std::vector<double> w = ramp(outputs * inputs, -1, 1),
                            x = ramp(inputs, -1, 1);
  std::vector<double> bent = x;
  for (double &v : bent)
    v -= 0.25 * v * v * v;
  expectNear(run(settings, w, x), product(w, bent), 1e-12);
}

TEST(Core, SingleSumsAreAddedInTheGivenOrder) {
  // 2^24 swallows single ones that are added to it one by one.
  const double big = 16777216;
  CoreSettings settings;
  settings.encoding.gMin = 0;
  Result<Core> core = Core::make(
      settings, {{big, 1, 1, 1, 1, 1, 1, 1}, std::vector<double>(8)}, 1, 8);
  ASSERT_TRUE(core);
  const std::vector<double> ones(8, 1.0);
  const auto sum = [&](std::vector<uint8_t> lanes) {
    std::vector<double> out(1, 0.0);
    Reading reading;
    reading.lanes = lanes;
    EXPECT_TRUE(core->multiply(ones, out, reading));
    return out[0];
  };
  EXPECT_EQ(sum({}), big + 7);
  EXPECT_EQ(sum({1}), big);
  // The odd inputs make 4 by themselves.
  EXPECT_EQ(sum({2}), big + 4);
}

TEST(Core, WhatIsLeftOfVectorsGoesToTheFirstSum) {
  // 10 inputs: the last two, one of them odd, follow the even ones.
  CoreSettings settings;
  settings.encoding.gMin = 0;
  std::vector<double> cells(10, 1.0);
  cells[0] = 16777216;
  Result<Core> core =
      Core::make(settings, {cells, std::vector<double>(10)}, 1, 10);
  ASSERT_TRUE(core);
  std::vector<double> out(1, 0.0);
  Reading reading;
  const std::vector<uint8_t> two = {2};
  reading.lanes = two;
  ASSERT_TRUE(core->multiply(std::vector<double>(10, 1.0), out, reading));
  EXPECT_EQ(out[0], 16777216 + 4);
  // Blocks make totals of their own: 2^24 + 4 ones that it swallows, then 5.
  const std::vector<uint8_t> one = {1};
  const std::vector<uint32_t> blocks = {5, 10};
  reading.lanes = one;
  reading.blocks = blocks;
  out[0] = 0;
  ASSERT_TRUE(core->multiply(std::vector<double>(10, 1.0), out, reading));
  EXPECT_EQ(out[0], 16777216 + 4) << "to even";
}

TEST(Core, LanesAreFoldedInHalvesThenInPairs) {
  // 8 sums s0 .. s7: ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7)). With
  // s0 = 2^24 and s1 = s5 = 1, s1 + s5 comes first and is not swallowed; with
  // s4 = 1 it is.
  CoreSettings settings;
  settings.encoding.gMin = 0;
  const auto sum = [&](std::vector<double> cells) {
    Result<Core> core =
        Core::make(settings, {cells, std::vector<double>(8)}, 1, 8);
    Reading reading;
    const std::vector<uint8_t> eight = {8};
    reading.lanes = eight;
    std::vector<double> out(1, 0.0);
    EXPECT_TRUE(core->multiply(std::vector<double>(8, 1.0), out, reading));
    return out[0];
  };
  EXPECT_EQ(sum({16777216, 1, 0, 0, 0, 1, 0, 0}), 16777216 + 2);
  EXPECT_EQ(sum({16777216, 1, 0, 0, 1, 0, 0, 0}), 16777216);
  EXPECT_EQ(sum({16777216, 0, 1, 1, 0, 0, 1, 1}), 16777216 + 4);
}

TEST(Core, NoiseOfAReadHasTheVarianceOfItsCells) {
  CoreSettings settings;
  settings.encoding.gMin = 0.1;
  const std::vector<double> x = {1, -0.5, 0.25};
  settings.variances = {{1e-4, 4e-4, 9e-4}, {1e-4, 1e-4, 0}};
  // Both cells of an input add: (2 + 5 / 4 + 9 / 16) 1e-4.
  const double sigma = std::sqrt(3.8125e-4) / 0.9;
  Result<Core> core =
      Core::make(settings, {{0.5, 0.5, 0.5}, {0.1, 0.1, 0.1}}, 1, 3);
  ASSERT_TRUE(core);
  const RandomStream noise(1, Purpose::ReadNoise, 0);
  double sum = 0, square = 0;
  constexpr uint32_t reads = 20000;
  for (uint32_t k = 0; k < reads; ++k) {
    Reading reading;
    reading.noise = &noise;
    reading.index = k;
    std::vector<double> out(1, 0.0);
    ASSERT_TRUE(core->multiply(x, out, reading));
    const double error = out[0] - 0.4 * 0.75 / 0.9;
    sum += error;
    square += error * error;
  }
  EXPECT_NEAR(sum / reads, 0, 4 * sigma / std::sqrt(double(reads)));
  EXPECT_NEAR(std::sqrt(square / reads) / sigma, 1, 0.02);
}

TEST(Core, InterleavedLinesCarryTheDifference) {
  CoreSettings settings;
  settings.encoding.gMin = 0;
  settings.lineLimit = 1;
  const std::vector<std::vector<double>> arrays = {{1, 1, 1}, {1, 1, 0.5}};
  const std::vector<double> x = {1, 1, 1};
  std::vector<double> apart(1, 0.0), together(1, 0.0);
  ASSERT_TRUE(Core::make(settings, arrays, 1, 3)->multiply(x, apart));
  // Each line is limited to 1 by itself.
  EXPECT_DOUBLE_EQ(apart[0], 0);
  settings.wires.interleaved = true;
  ASSERT_TRUE(Core::make(settings, arrays, 1, 3)->multiply(x, together));
  EXPECT_DOUBLE_EQ(together[0], 0.5);
  // With an output line of resistance 2 after the last of three places that
  // touch: v = (sum of differences) / (sum of cells + 1 / 2).
  settings.lineLimit = 0;
  settings.wires.outputTerminal = 2;
  ASSERT_TRUE(Core::make(settings, arrays, 1, 3)->multiply(x, together = {0}));
  EXPECT_NEAR(together[0], 0.5 / (5.5 + 0.5) / 2, 1e-14);
  settings.subtractInArray = false;
  EXPECT_FALSE(Core::make(settings, arrays, 1, 3));
}
