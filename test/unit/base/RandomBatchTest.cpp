// Batches against the one-by-one stream; the normal quantile against the error
// function of the standard library.

#include "hw-models/base/RandomBatch.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen;

TEST(RandomBatch, GivesTheWordsOfTheStream) {
  const RandomBatch batch(0x123456789abcdefULL, Purpose::Weight, 77);
  const RandomStream stream(0x123456789abcdefULL, Purpose::Weight, 77);
  RandomBatch::Block block;
  for (size_t i = 0; i < RandomBatch::size; ++i) {
    block.a[i] = i * 0x9E3779B97F4A7C15ULL;
    block.b[i] = static_cast<uint32_t>(i * 12345);
  }
  batch.fill(block);
  for (size_t i = 0; i < RandomBatch::size; ++i) {
    const auto words = stream.words(block.a[i], block.b[i]);
    for (size_t k = 0; k < 4; ++k)
      ASSERT_EQ(block.words[k][i], words[k]) << i;
  }
}

TEST(RandomBatch, QuantilesInvertTheNormalDistribution) {
  std::vector<double> p = {1e-300,    1e-30, 1e-12, 1e-11,   1e-5,
                           0.0749999, 0.075, 0.2,   0.5,     0.8,
                           0.925,     0.93,  0.999, 1 - 1e-9};
  std::vector<double> x(p.size());
  normalQuantiles(p.data(), x.data(), p.size());
  for (size_t i = 0; i < p.size(); ++i) {
    EXPECT_EQ(x[i], normalQuantile(p[i]));
    // One ulp of x changes p by phi(x) x 2^-53, relative about x^2 2^-53.
    EXPECT_NEAR(0.5 * std::erfc(-x[i] / std::sqrt(2.0)) / p[i], 1.0,
                4e-16 * (2 + x[i] * x[i]));
  }
  EXPECT_EQ(normalQuantile(0.5), 0.0);
  EXPECT_GT(openUnit(0, 0), 0.0);
  EXPECT_LT(openUnit(~0u, ~0u), 1.0);
}

TEST(RandomBatch, ManyAreTheSameAsOne) {
  constexpr size_t count = 1000; // no multiple of a batch
  std::vector<uint32_t> high(count), low(count);
  const RandomStream stream(3, Purpose::Weight, 1);
  for (size_t i = 0; i < count; ++i) {
    const auto words = stream.words(i);
    // Some far out in a tail.
    high[i] = i % 50 == 0 ? 0 : i % 50 == 1 ? ~0u : words[0];
    low[i] = i % 100 == 0 ? words[1] >> 16 : words[1];
  }
  std::vector<double> u(count), x(count);
  openUnits(high.data(), low.data(), u.data(), count);
  normalQuantiles(u.data(), x.data(), count);
  for (size_t i = 0; i < count; ++i) {
    ASSERT_EQ(u[i], openUnit(high[i], low[i]));
    ASSERT_EQ(x[i], normalQuantile(u[i])) << u[i];
  }
}

TEST(BatchStream, NormalsAreThoseOfTheStream) {
  const BatchStream stream(11, Purpose::ReadNoise, 5);
  for (const size_t count : {1u, 63u, 64u, 65u, 20000u}) {
    std::vector<double> out(count);
    stream.normals(uint64_t(3) << 32 | count, out);
    for (size_t k = 0; k < count; ++k)
      // The cosine's error is of an angle up to 2 pi, and absolute.
      ASSERT_NEAR(
          out[k],
          stream.normal(uint64_t(3) << 32 | count, static_cast<uint32_t>(k)),
          8e-15)
          << k;
  }
}

TEST(RandomBatch, ScalesBelowItsBound) {
  EXPECT_EQ(scaledBelow(10, 0, 0), 0u);
  EXPECT_EQ(scaledBelow(10, ~0u, ~0u), 9u);
  EXPECT_EQ(scaledBelow(10, 0x80000000u, 0), 5u);
  EXPECT_EQ(scaledBelow(uint64_t(1) << 40, 1, 0), uint64_t(1) << 8);
}
