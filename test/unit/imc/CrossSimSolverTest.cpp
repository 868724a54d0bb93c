// What the bench does as CrossSim does it: the order of single-precision sums
// and the steps of its solver.

#include "test/benchmark/rram/CrossSimCase.h"
#include "test/benchmark/rram/SumOrder.h"
#include "test/unit/TestData.h"

#include <cmath>

using namespace limen;
using namespace limen::bench;
using imchw::NodalArray;
using imchw::Wires;

namespace {

std::vector<double> dense(uint32_t count) {
  std::vector<double> g;
  for (uint32_t k = 0; k < count; ++k)
    g.push_back(0.1 + 0.9 * double(k * 37 % 101) / 100);
  return g;
}

} // namespace

TEST(SumOrder, EightLinesOfThirtyTwoAreKeptApartForHalfOfTheColumns) {
  // 128 lines for two threads, 16 columns: each thread brings in 64 lines in
  // two buffers of 12 + 12 + 4 + 4 for its own 8 columns.
  const std::vector<uint8_t> lanes = recordedLanes(128, 16, 256);
  ASSERT_EQ(lanes.size(), 128u * 16);
  for (uint32_t i = 0; i < 128; ++i)
    for (uint32_t c = 0; c < 16; ++c)
      EXPECT_EQ(lanes[i * 16 + c], i % 32 >= 24 && (c < 8) == (i < 64) ? 2 : 1)
          << i << " " << c;
}

TEST(SumOrder, SmallAndLargeProducts) {
  // One column is another kernel, with a vector of 8 for each of four lines.
  EXPECT_TRUE(recordedLanes(128, 1, 255).empty());
  const std::vector<uint8_t> column = recordedLanes(129, 1, 256);
  EXPECT_EQ(column[127], 8);
  EXPECT_EQ(column[128], 0);
  // Long sums are split.
  using Ends = std::vector<uint32_t>;
  EXPECT_EQ(recordedBlocks(256), Ends{256});
  EXPECT_EQ(recordedBlocks(321), (Ends{161, 321}));
  EXPECT_EQ(recordedBlocks(1000), (Ends{320, 640, 820, 1000}));
  // Fewer than 8 columns do not fill a vector.
  for (uint8_t n : recordedLanes(128, 4, 256))
    EXPECT_EQ(n, 1);
  // 65536 x 4 products of two numbers are for one thread, more are for two:
  // with 64 lines the last 4 of them are apart for both blocks of 8 columns,
  // with 66 there are buffers of 17 and 16 lines for each thread.
  const std::vector<uint8_t> all = recordedLanes(64, 16, 256),
                             half = recordedLanes(66, 16, 256);
  EXPECT_EQ(all[63 * 16], 2);
  EXPECT_EQ(all[63 * 16 + 15], 2);
  EXPECT_EQ(half[15 * 16], 2);     // 12 + 4 + 1 of its own lines
  EXPECT_EQ(half[16 * 16], 1);     // the last
  EXPECT_EQ(half[15 * 16 + 8], 2); // 12 + 4 + 1 of the other thread's
  EXPECT_EQ(half[65 * 16], 2);     // 12 + 4
  // One thread: 12 lines by 16 columns in halves, the first 8 columns of the
  // left half and the last 8 of it apart.
  const std::vector<uint8_t> one = recordedLanes(12, 16, 100);
  for (uint32_t i = 0; i < 12; ++i)
    for (uint32_t c = 0; c < 16; ++c)
      EXPECT_EQ(one[i * 16 + c], i < 6 ? 2 : 1);
}

TEST(SumOrder, GivesTheRecordedIdealCaseBitByBit) {
  LIMEN_DATA_OR_SKIP(npz, "rram/crosssim/c01_balanced_ideal.npz");
  Result<CrossSimCase> c = readCrossSimCase(npz);
  ASSERT_TRUE(c) << c.error().text();
  ASSERT_TRUE(c->singleSums);
  Result<imchw::Core> core =
      imchw::Core::make(c->settings, c->cells, c->outputs, c->inputs);
  ASSERT_TRUE(core);
  const std::vector<uint8_t> order =
      recordedLanes(c->outputs, c->batch, c->inputs);
  size_t same = 0;
  for (uint32_t b = 0; b < c->batch; ++b) {
    std::vector<double> x, y(c->outputs, 0.0);
    std::vector<uint8_t> lanes;
    for (uint32_t j = 0; j < c->inputs; ++j)
      x.push_back(c->drives[j * c->batch + b]);
    for (uint32_t i = 0; i < c->outputs; ++i)
      lanes.push_back(order[i * c->batch + b]);
    imchw::Reading reading;
    reading.lanes = lanes;
    ASSERT_TRUE(core->multiply(x, y, reading));
    for (uint32_t i = 0; i < c->outputs; ++i) {
      // The sum of conductances, and its scaling in single precision.
      const auto sum = static_cast<float>(y[i] * 0.9);
      same += sum * static_cast<float>(1 / 0.9) ==
              static_cast<float>(c->results[i * c->batch + b]);
    }
  }
  EXPECT_EQ(same, c->results.size());
}

TEST(RelaxedArray, FindsTheSolutionOfEveryKindOfNetwork) {
  constexpr uint32_t outputs = 6, inputs = 8;
  const std::vector<double> g = dense(outputs * inputs);
  std::vector<double> drives;
  for (uint32_t k = 0; k < inputs * 3; ++k)
    drives.push_back(std::cos(k));
  for (bool fromInput : {true, false})
    for (bool interleaved : {true, false})
      for (double first : {0.0, 0.01}) {
        Wires wires{0.004,
                    0.003,
                    0.02,
                    0.01,
                    fromInput,
                    interleaved,
                    fromInput ? first : 0};
        RelaxedArray array(g, outputs, inputs, wires, {1e-12, 0.9, 1000});
        Result<std::vector<double>> found = array.sums(drives, 3);
        ASSERT_TRUE(found) << found.error().text();
        const std::vector<double> exact =
            *NodalArray::make(g, outputs, inputs, wires)->sums(drives, 3);
        for (size_t k = 0; k < exact.size(); ++k)
          EXPECT_NEAR((*found)[k], exact[k], 1e-10);
      }
}

TEST(RelaxedArray, StopsAtItsThreshold) {
  // One cell of 0.5 behind 0.2: the drop of the first step is 0.5 x 0.2 = 0.1.
  const auto run = [](double threshold, double gamma) {
    RelaxedArray array({0.5}, 1, 1, {0.2, 0}, {threshold, gamma, 100});
    return (*array.sums(std::vector<double>{1.0}, 1))[0];
  };
  EXPECT_DOUBLE_EQ(run(0.11, 1), 0.5);
  // One step further, 0.9 is over the cell, and it is off by 0.01.
  EXPECT_DOUBLE_EQ(run(0.011, 1), 0.45);
  // Half of a step: 0.95, whose drop of 0.095 leaves it off by 0.045.
  EXPECT_DOUBLE_EQ(run(0.05, 0.5), 0.475);
  EXPECT_NEAR(run(1e-13, 1), 0.5 / 1.1, 1e-12);
}

TEST(RelaxedArray, LowersGammaWhereItDoesNotConverge) {
  // The drop is 1.5 times the voltage: full steps grow, smaller ones do not.
  RelaxedArray array({1.5}, 1, 1, {1, 0}, {1e-9, 1, 200});
  Result<std::vector<double>> found = array.sums(std::vector<double>{1.0}, 1);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_NEAR((*found)[0], 1.5 / 2.5, 1e-8);
  RelaxedArray hopeless({1e4}, 1, 1, {1, 0}, {1e-9, 1, 100});
  EXPECT_FALSE(hopeless.sums(std::vector<double>{1.0}, 1));
}
