// Heads fitted by gradient descent: gradients against finite differences, fits
// against closed forms and planted classes.

#include "runtime/learn/Head.h"

#include "hw-models/base/Random.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace limen;
using namespace limen::learn;
using network::Activation;

static constexpr uint32_t steps = 10;

static Batch randomBatch(Eigen::Index rows, Eigen::Index columns,
                         uint32_t which) {
  const RandomStream stream(5, Purpose::Weight, which);
  Batch out(rows, columns);
  for (Eigen::Index i = 0; i < out.size(); ++i)
    out.data()[i] = stream.normal(static_cast<uint64_t>(i));
  return out;
}

static void add(ReadoutData &data, uint64_t index,
                const std::vector<uint32_t> &counts, int label) {
  const Result<void> added = data.add(index, counts, steps, label);
  ASSERT_TRUE(added) << added.error().text();
}

/// Central difference of `loss` by *x.
template <typename Loss> static double difference(double *x, Loss loss) {
  const double kept = *x, h = 1e-5;
  *x = kept + h;
  const double above = loss();
  *x = kept - h;
  const double below = loss();
  *x = kept;
  return (above - below) / (2 * h);
}

TEST(Head, GradientsAreThoseOfFiniteDifferences) {
  const Batch x = randomBatch(5, 7, 1);
  const std::vector<int> labels = {0, 2, 1, 1, 0, 2, 2};
  for (Activation hidden :
       {Activation::None, Activation::Relu, Activation::Gelu})
    for (Activation last : {Activation::None, Activation::Gelu}) {
      Perceptron net({5, 6, 4, 3}, hidden, last, 3, "test");
      Batch outer;
      const Perceptron::Pass pass = net.forward(x);
      crossEntropy(pass.result, labels, outer);
      Eigen::VectorXd gradient = Eigen::VectorXd::Zero(net.parameters.size());
      net.backward(pass, outer, gradient);
      ASSERT_EQ(gradient.size(), 5 * 6 + 6 + 6 * 4 + 4 + 4 * 3 + 3);
      for (Eigen::Index p = 0; p < gradient.size(); ++p)
        EXPECT_NEAR(gradient[p],
                    difference(&net.parameters[p],
                               [&] {
                                 Batch unused;
                                 return crossEntropy(net.forward(x).result,
                                                     labels, unused);
                               }),
                    1e-8)
            << "parameter " << p;
    }
}

TEST(Head, ContrastiveGradientsAreThoseOfFiniteDifferences) {
  Batch a = randomBatch(4, 6, 2), b = randomBatch(4, 6, 3);
  const std::vector<int> labels = {1, 2, 1, 3, 2, 4}; // classes meet themselves
  Batch ga, gb, unused;
  const auto loss = [&](Batch &first, Batch &second) {
    return contrastiveLoss(a, b, labels, 0.7, first, second);
  };
  loss(ga, gb);
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    Batch other;
    const auto again = [&] { return loss(unused, other); };
    EXPECT_NEAR(ga.data()[i], difference(a.data() + i, again), 1e-8);
    EXPECT_NEAR(gb.data()[i], difference(b.data() + i, again), 1e-8);
  }
}

// Two pairs with products 2 on the diagonal and 0 beside it: the softmax of a
// row is e^2 / (e^2 + 1). Of one class, each partner shall have one half.
TEST(Head, ContrastiveLossByHand) {
  const Batch a = std::sqrt(2.0) * Batch::Identity(2, 2);
  Batch ga, gb;
  const double own = -std::log(std::exp(2) / (std::exp(2) + 1));
  const double other = -std::log(1 / (std::exp(2) + 1));
  const int two[] = {4, 9}, one[] = {4, 4};
  EXPECT_NEAR(contrastiveLoss(a, a, two, 1, ga, gb), own, 1e-12);
  EXPECT_NEAR(contrastiveLoss(a, a, one, 1, ga, gb), (own + other) / 2, 1e-12);
  EXPECT_NEAR(contrastiveLoss(a, a, two, 2, ga, gb),
              std::log(1 + std::exp(-1.0)), 1e-12);
}

// Moments of one parameter with gradients 3 and -1, by the published formulas.
TEST(Head, AdamStepsByHand) {
  AdamOptions options;
  options.rate = 0.1;
  options.decay = 0.5;
  Adam adam(1, options);
  Eigen::VectorXd x(1), g(1);
  x << 2;
  g << 3;
  adam.step(x, g);
  double wanted = 2 * (1 - 0.1 * 0.5) - 0.1 * 3 / (3 + 1e-8);
  EXPECT_NEAR(x[0], wanted, 1e-12);
  g << -1;
  adam.step(x, g);
  const double m = (0.9 * 0.1 * 3 - 0.1) / (1 - 0.81);
  const double v = (0.999 * 0.001 * 9 + 0.001) / (1 - 0.999 * 0.999);
  wanted = wanted * 0.95 - 0.1 * m / (std::sqrt(v) + 1e-8);
  EXPECT_NEAR(x[0], wanted, 1e-12);
}

// One feature with the values 0 and 1; class 1 has 1 of 4 samples at 0 and 3 of
// 4 at 1. The scores that minimise the cross-entropy differ by the logarithms
// of these odds, whether the features were standardised or not.
TEST(Head, ALinearHeadFindsTheLogOdds) {
  for (bool standardise : {true, false}) {
    ReadoutData data(1, 2);
    for (uint32_t s = 0; s < 8; ++s)
      add(data, s, {s < 4 ? 0u : steps}, s % 4 == 0 ? s < 4 : s >= 4);
    HeadOptions options;
    options.adam.rate = 0.05;
    options.epochs = 2000;
    options.batch = 8;
    options.standardise = standardise;
    Result<HeadFit> fit = fitHead(data, options);
    ASSERT_TRUE(fit) << fit.error().text();
    EXPECT_EQ(fit->updates, 2000u);
    const double zero[] = {0}, one[] = {1};
    const std::vector<float> low = scoresOf(fit->layers, zero);
    const std::vector<float> high = scoresOf(fit->layers, one);
    EXPECT_NEAR(low[1] - low[0], -std::log(3), 1e-4);
    EXPECT_NEAR(high[1] - high[0], std::log(3), 1e-4);
    EXPECT_NEAR(fit->loss, -(0.75 * std::log(0.75) + 0.25 * std::log(0.25)),
                1e-6);
    EXPECT_EQ(fit->trainingAccuracy, 0.75);
  }
}

// Exclusive or: no linear head has more than three of four right.
TEST(Head, AHiddenLayerDoesWhatALinearHeadCannot) {
  ReadoutData data(2, 2);
  for (uint32_t s = 0; s < 40; ++s)
    add(data, s, {s & 1 ? steps : 0, s & 2 ? steps : 0},
        static_cast<int>((s ^ (s >> 1)) & 1));
  for (Activation activation : {Activation::Relu, Activation::Gelu}) {
    HeadOptions options;
    options.adam.rate = 0.01;
    options.epochs = 300;
    options.batch = 10;
    options.activation = activation;
    Result<HeadFit> linear = fitHead(data, options);
    ASSERT_TRUE(linear);
    EXPECT_LE(linear->trainingAccuracy, 0.75);
    options.hidden = {16};
    Result<HeadFit> deep = fitHead(data, options);
    ASSERT_TRUE(deep);
    EXPECT_EQ(deep->trainingAccuracy, 1.0);
    ASSERT_EQ(deep->layers.size(), 2u);
    EXPECT_EQ(deep->layers[0].activation, activation);
    EXPECT_EQ(deep->layers[1].activation, Activation::None);
    EXPECT_EQ(deep->layers[1].before, 0u);
  }
}

/// `n` samples of `classes` classes: a pattern of each class, with noise.
static ReadoutData planted(size_t n, size_t features, int classes,
                           uint32_t which, bool backward = false) {
  const RandomStream stream(11, Purpose::Weight, which);
  ReadoutData data(features, static_cast<size_t>(classes));
  for (size_t k = 0; k < n; ++k) {
    const size_t s = backward ? n - 1 - k : k;
    const int label = static_cast<int>(s % static_cast<size_t>(classes));
    std::vector<uint32_t> counts;
    for (uint32_t f = 0; f < features; ++f) {
      const double pattern =
          5 + 2 * stream.normal(static_cast<uint64_t>(label), f, 1);
      const double noise = stream.normal(s, f, 2);
      counts.push_back(static_cast<uint32_t>(
          std::clamp(std::round(pattern + noise), 0.0, 10.0)));
    }
    add(data, s, counts, label);
  }
  return data;
}

TEST(Head, DoesNotDependOnOrderOrThreads) {
  HeadOptions options;
  options.hidden = {9};
  options.epochs = 5;
  options.batch = 100;
  Result<HeadFit> one = fitHead(planted(210, 20, 3, 1), options);
  options.threads = 3;
  Result<HeadFit> three = fitHead(planted(210, 20, 3, 1, true), options);
  ASSERT_TRUE(one && three);
  for (size_t k = 0; k < 2; ++k)
    EXPECT_TRUE(std::ranges::equal(one->layers[k].weights.values,
                                   three->layers[k].weights.values));
  EXPECT_EQ(one->loss, three->loss);
  options.seed = 2;
  Result<HeadFit> other = fitHead(planted(210, 20, 3, 1), options);
  ASSERT_TRUE(other);
  EXPECT_NE(one->loss, other->loss);
}

TEST(Head, ProjectionsBringClassesTogether) {
  PairOptions options;
  options.dimensions = 16;
  options.head.adam.rate = 1e-3;
  options.head.epochs = 40;
  options.head.batch = 8;
  const ReadoutData a = planted(120, 30, 4, 1), b = planted(80, 50, 4, 2);
  Result<PairFit> fit = fitPair(a, b, options);
  ASSERT_TRUE(fit) << fit.error().text();
  EXPECT_EQ(fit->pairs, 120u);
  EXPECT_EQ(fit->updates, 40u * 15);
  const auto embeddings = [](const ReadoutData &data,
                             std::span<const network::Readout> layers) {
    const std::vector<double> features = data.features();
    std::vector<std::vector<float>> out;
    for (size_t s = 0; s < data.samples(); ++s)
      out.push_back(
          scoresOf(layers, std::span(features).subspan(s * data.featureCount(),
                                                       data.featureCount())));
    return out;
  };
  Result<Search> found = search(embeddings(a, fit->a), a.labels(),
                                embeddings(b, fit->b), b.labels());
  ASSERT_TRUE(found);
  EXPECT_GT(found->choice, 0.95); // chance is 0.25
  EXPECT_GT(found->nearest, 0.95);
  EXPECT_EQ(found->queries, 120u);
  EXPECT_EQ(found->candidates, 80u);
}

// All choices of one candidate of each class, one by one.
TEST(Head, SearchCountsEveryChoice) {
  const std::vector<std::vector<float>> queries = {{1, 0}, {0, 1}, {1, 1}};
  const int asked[] = {0, 1, 5}; // nobody offers class 5
  const std::vector<std::vector<float>> offered = {{3, 0}, {1, 1}, {2, 2},
                                                   {0, 4}, {1, 0}, {9, 9}};
  const int labels[] = {0, 0, 1, 1, 1, 7}; // nobody asks for class 7
  double wins = 0;
  for (int q = 0; q < 2; ++q) {
    double won = 0, games = 0;
    for (int own = 0; own < 5; ++own)
      for (int other = 0; other < 5; ++other)
        if (labels[own] == asked[q] && labels[other] != asked[q]) {
          const float mine =
              queries[q][0] * offered[own][0] + queries[q][1] * offered[own][1];
          const float theirs = queries[q][0] * offered[other][0] +
                               queries[q][1] * offered[other][1];
          won += mine > theirs ? 1 : mine == theirs ? 0.5 : 0;
          ++games;
        }
    wins += won / games;
  }
  Result<Search> found = search(queries, asked, offered, labels);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->queries, 2u);
  EXPECT_EQ(found->candidates, 5u);
  EXPECT_EQ(found->classes, 2u);
  EXPECT_NEAR(found->choice, wins / 2, 1e-12);
  EXPECT_EQ(found->nearest, 1.0);
  const int alone[] = {0, 0, 0, 0, 0, 0};
  EXPECT_FALSE(search(queries, asked, offered, alone));
}

TEST(Head, RefusesImpossibleOptions) {
  const ReadoutData data = planted(12, 4, 3, 1);
  const auto refused = [&](auto change, const std::string &text) {
    HeadOptions options;
    options.epochs = 3;
    change(options);
    Result<HeadFit> fit = fitHead(data, options);
    ASSERT_FALSE(fit);
    EXPECT_NE(fit.error().text().find(text), std::string::npos)
        << fit.error().text();
    Result<PairFit> pair = fitPair(data, data, {options});
    ASSERT_FALSE(pair);
    EXPECT_NE(pair.error().text().find(text), std::string::npos);
  };
  refused([](HeadOptions &o) { o.epochs = 0; }, "0 epochs");
  refused([](HeadOptions &o) { o.batch = 0; }, "batches of 0");
  refused([](HeadOptions &o) { o.adam.rate = 0; }, "rate is 0");
  refused([](HeadOptions &o) { o.adam.decay = -1; }, "decay is -1");
  refused([](HeadOptions &o) { o.hidden = {0}; }, "no neurons");
  refused([](HeadOptions &o) { o.adam.rate = 1e308; }, "smaller learning rate");
  EXPECT_FALSE(fitHead(ReadoutData(2, 2), {}));
  PairOptions cold;
  cold.temperature = 0;
  EXPECT_FALSE(fitPair(data, data, cold));
  Result<PairFit> lacking = fitPair(data, planted(12, 4, 2, 1), {});
  ASSERT_FALSE(lacking);
  EXPECT_NE(lacking.error().text().find("class 2 has 4 samples"),
            std::string::npos)
      << lacking.error().text();
}
