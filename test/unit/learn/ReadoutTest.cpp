#include "runtime/learn/Readout.h"

#include "hw-models/base/Random.h"

#include <Eigen/QR>
#include <gtest/gtest.h>

using namespace limen;
using namespace limen::learn;

static constexpr uint32_t steps = 20;

static void must(const Result<void> &result) {
  ASSERT_TRUE(result) << result.error().text();
}

/// Counts of sample s: uniform in 0..steps.
static std::vector<uint32_t> randomCounts(uint64_t s, size_t features) {
  const RandomStream stream(1, Purpose::Shuffle, 0);
  std::vector<uint32_t> counts(features);
  for (size_t f = 0; f < features; ++f)
    counts[f] = static_cast<uint32_t>(
        stream.uniform(s, static_cast<uint32_t>(f)) * (steps + 1));
  return counts;
}

// One feature with the values 0 and 1, two classes, by hand: four samples with
// f = 0, 0, 1, 1 and class 0, 0, 0, 1. Centred: S_ff = 1, S_fy1 = 0.5, so at
// lambda = 0 W_1 = 0.5, b_1 = 0.25 - 0.5 * 0.5 = 0; at strength k (the scale of
// one feature is S_ff itself) W_1 = 0.5 / (1 + k).
TEST(Readout, MatchesTheFormulaForOneFeature) {
  for (double strength : {0.0, 1.0, 4.0}) {
    ReadoutData data(1, 2);
    const uint32_t zero[] = {0};
    const uint32_t one[] = {10};
    must(data.add(0, zero, 10, 0));
    must(data.add(1, zero, 10, 0));
    must(data.add(2, one, 10, 0));
    must(data.add(3, one, 10, 1));
    RidgeOptions options;
    options.strengths = {strength};
    Result<ReadoutFit> fit = fitReadout(data, options);
    ASSERT_TRUE(fit) << fit.error().text();
    const double slope = 0.5 / (1 + strength);
    EXPECT_FLOAT_EQ(fit->weights[1], static_cast<float>(slope));
    EXPECT_FLOAT_EQ(fit->weights[0], static_cast<float>(-slope));
    EXPECT_NEAR(fit->bias[1], 0.25 - slope * 0.5, 1e-7);
    EXPECT_NEAR(fit->bias[0], 0.75 + slope * 0.5, 1e-7);
  }
}

/// The same problem as one least-squares system: ridge rows below the data, an
/// unregularised column of ones for the bias, solved by QR.
TEST(Readout, EqualsTheAugmentedLeastSquaresSystem) {
  constexpr int n = 300, features = 40, classes = 3;
  ReadoutData data(features, classes);
  Eigen::MatrixXd f(n, features);
  Eigen::MatrixXd y = Eigen::MatrixXd::Zero(n, classes);
  for (int s = 0; s < n; ++s) {
    const std::vector<uint32_t> counts = randomCounts(s, features);
    // Samples of different lengths.
    const uint32_t length = steps + s % 3;
    for (int i = 0; i < features; ++i)
      f(s, i) = static_cast<double>(counts[i]) / length;
    const int label = static_cast<int>((counts[0] + counts[1]) % classes);
    y(s, label) = 1;
    must(data.add(s, counts, length, label));
  }
  const double strength = 0.3;
  const Eigen::RowVectorXd mean = f.colwise().mean();
  const double lambda =
      strength * (f.rowwise() - mean).squaredNorm() / features;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n + features, features + 1);
  a.topLeftCorner(n, features) = f;
  a.topRightCorner(n, 1).setOnes();
  a.bottomLeftCorner(features, features) =
      std::sqrt(lambda) * Eigen::MatrixXd::Identity(features, features);
  Eigen::MatrixXd b = Eigen::MatrixXd::Zero(n + features, classes);
  b.topRows(n) = y;
  const Eigen::MatrixXd wanted = a.householderQr().solve(b);

  RidgeOptions options;
  options.strengths = {strength};
  Result<ReadoutFit> fit = fitReadout(data, options);
  ASSERT_TRUE(fit) << fit.error().text();
  for (int c = 0; c < classes; ++c) {
    for (int i = 0; i < features; ++i)
      EXPECT_NEAR(fit->weights[c * features + i], wanted(i, c), 1e-6);
    EXPECT_NEAR(fit->bias[c], wanted(features, c), 1e-6);
  }
}

/// Each sample left out of a system of its own, with the same regularisation.
TEST(Readout, LeavesSamplesOutAsSystemsWithoutThemDo) {
  constexpr int n = 60, features = 12, classes = 3;
  for (const bool standardise : {false, true}) {
    ReadoutData data(features, classes);
    Eigen::MatrixXd f(n, features);
    Eigen::MatrixXd y = Eigen::MatrixXd::Zero(n, classes);
    for (int s = 0; s < n; ++s) {
      const std::vector<uint32_t> counts = randomCounts(s, features);
      for (int i = 0; i < features; ++i)
        f(s, i) = static_cast<double>(counts[i]) / steps;
      const int label = static_cast<int>((counts[0] + counts[1]) % classes);
      y(s, label) = 1;
      must(data.add(s, counts, steps, label));
    }
    RidgeOptions options;
    options.strengths = {0.01, 0.3};
    options.standardise = standardise;
    Result<ReadoutFit> fit = fitReadout(data, options);
    ASSERT_TRUE(fit) << fit.error().text();
    const Eigen::RowVectorXd mean = f.colwise().mean();
    if (standardise)
      for (int i = 0; i < features; ++i)
        f.col(i) /= std::sqrt((f.col(i).array() - mean[i]).square().mean());
    const double unit =
        (f.rowwise() - f.colwise().mean()).squaredNorm() / features;
    for (const RidgeTrial &trial : fit->trials) {
      double error = 0, right = 0;
      for (int out = 0; out < n; ++out) {
        // As in the test above; the row left out is 0.
        Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n + features, features + 1);
        a.topLeftCorner(n, features) = f;
        a.topRightCorner(n, 1).setOnes();
        a.row(out).setZero();
        a.bottomLeftCorner(features, features) =
            std::sqrt(trial.strength * unit) *
            Eigen::MatrixXd::Identity(features, features);
        Eigen::MatrixXd b = Eigen::MatrixXd::Zero(n + features, classes);
        b.topRows(n) = y;
        b.row(out).setZero();
        const Eigen::MatrixXd w = a.householderQr().solve(b);
        const Eigen::RowVectorXd scores =
            f.row(out) * w.topRows(features) + w.row(features);
        error += (scores - y.row(out)).squaredNorm() / n;
        Eigen::Index best = 0;
        scores.maxCoeff(&best);
        right += y(out, best) / n;
      }
      EXPECT_NEAR(trial.error, error, 1e-9);
      EXPECT_NEAR(trial.accuracy, right, 1e-12);
    }
  }
}

TEST(Readout, DoesNotDependOnOrderMergingOrThreads) {
  constexpr size_t n = 700, features = 150, classes = 4;
  auto fill = [&](ReadoutData &data, size_t s) {
    const std::vector<uint32_t> counts = randomCounts(s, features);
    must(data.add(s, counts, steps + s % 5, static_cast<int>(s % classes)));
  };
  ReadoutData forward(features, classes);
  for (size_t s = 0; s < n; ++s)
    fill(forward, s);
  ReadoutData odd(features, classes), even(features, classes);
  for (size_t s = n; s-- > 0;)
    fill(s % 2 ? odd : even, s);
  odd.merge(std::move(even));
  ASSERT_EQ(odd.samples(), n);
  RidgeOptions one;
  RidgeOptions three;
  three.threads = 3;
  Result<ReadoutFit> a = fitReadout(forward, one);
  Result<ReadoutFit> b = fitReadout(odd, three);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->weights, b->weights);
  EXPECT_EQ(a->bias, b->bias);
  EXPECT_EQ(a->strength, b->strength);
  EXPECT_EQ(a->trainingAccuracy, b->trainingAccuracy);
}

// Classes by a planted linear map are found again on samples not seen.
TEST(Readout, RecoversAPlantedMap) {
  constexpr size_t features = 30, classes = 5;
  const RandomStream weights(7, Purpose::Weight, 0);
  auto label = [&](const std::vector<uint32_t> &counts) {
    int best = 0;
    double largest = -1e9;
    for (uint32_t c = 0; c < classes; ++c) {
      double score = 0;
      for (uint32_t f = 0; f < features; ++f)
        score += weights.normal(c, f) * (counts[f] - 0.5 * steps);
      if (score > largest) {
        largest = score;
        best = static_cast<int>(c);
      }
    }
    return best;
  };
  ReadoutData data(features, classes);
  for (size_t s = 0; s < 4000; ++s) {
    const std::vector<uint32_t> counts = randomCounts(s, features);
    must(data.add(s, counts, steps, label(counts)));
  }
  Result<ReadoutFit> fit = fitReadout(data);
  ASSERT_TRUE(fit) << fit.error().text();
  ASSERT_EQ(fit->trials.size(), RidgeOptions().strengths.size());
  const RidgeTrial *best = &fit->trials.front();
  for (const RidgeTrial &trial : fit->trials)
    if (trial.error < best->error)
      best = &trial;
  EXPECT_EQ(fit->strength, best->strength);
  EXPECT_GT(best->accuracy, 0.85); // chance is 0.2
}

TEST(Readout, SilentNeuronsAreHarmlessWithRegularisation) {
  ReadoutData data(3, 2);
  for (uint64_t s = 0; s < 10; ++s) {
    const uint32_t on = s % 2 ? 5u : 0u;
    const uint32_t counts[] = {on, 0, on}; // one silent, two equal
    must(data.add(s, counts, steps, static_cast<int>(s % 2)));
  }
  Result<ReadoutFit> fit = fitReadout(data);
  ASSERT_TRUE(fit) << fit.error().text();
  EXPECT_EQ(fit->trainingAccuracy, 1.0);
  EXPECT_EQ(fit->weights[1], 0.0f);
  RidgeOptions none;
  none.strengths = {0};
  Result<ReadoutFit> singular = fitReadout(data, none);
  ASSERT_FALSE(singular);
  EXPECT_NE(singular.error().text().find("singular"), std::string::npos);
}

TEST(Readout, RefusesImpossibleInput) {
  ReadoutData data(2, 3);
  const uint32_t good[] = {1, 2};
  const uint32_t large[] = {1, 70000};
  const uint32_t few[] = {1};
  EXPECT_FALSE(data.add(0, few, steps, 0));
  EXPECT_FALSE(data.add(0, good, steps, 3));
  EXPECT_FALSE(data.add(0, good, steps, -1));
  EXPECT_FALSE(data.add(0, good, 0, 0));
  EXPECT_FALSE(data.add(0, large, steps, 0));
  EXPECT_FALSE(fitReadout(data)); // none was taken
  must(data.add(0, good, steps, 0));
  EXPECT_EQ(data.samples(), 1u);
  EXPECT_FALSE(fitReadout(data)); // nothing would be left
  RidgeOptions negative;
  negative.strengths = {-1};
  EXPECT_FALSE(fitReadout(data, negative));
}
