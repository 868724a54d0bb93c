#include "hw-models/base/Random.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen;

TEST(Random, IsAFunctionOfItsKeyAlone) {
  const RandomStream a(7, Purpose::Weight, identityOf("liquid"));
  const RandomStream b(7, Purpose::Weight, identityOf("liquid"));
  EXPECT_EQ(a.words(3, 4), b.words(3, 4));
  EXPECT_NE(a.words(3, 4), a.words(4, 3));
  EXPECT_NE(a.words(3, 4),
            RandomStream(8, Purpose::Weight, identityOf("liquid")).words(3, 4));
  EXPECT_NE(
      a.words(3, 4),
      RandomStream(7, Purpose::Connection, identityOf("liquid")).words(3, 4));
  EXPECT_NE(a.words(3, 4),
            RandomStream(7, Purpose::Weight, identityOf("other")).words(3, 4));
}

TEST(Random, MomentsOfUniformAndNormal) {
  const RandomStream stream(1, Purpose::Weight, 0);
  const int n = 200000;
  double sum = 0, squares = 0, uniformSum = 0;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal(i, 1);
    sum += x;
    squares += x * x;
    const double u = stream.uniform(i, 2);
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    uniformSum += u;
  }
  // Five standard errors of each estimate.
  EXPECT_NEAR(sum / n, 0.0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1.0, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(uniformSum / n, 0.5, 5 / std::sqrt(12.0 * n));
}
