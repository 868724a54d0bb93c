// Learning rules on the host engine, against sums of exponentials over the
// spikes of both ends.

#include "test/unit/engine/HostEngineFixture.h"

#include <cmath>
#include <fmt/format.h>
#include <set>

using namespace limen;

namespace {

struct Rule {
  std::string name;
  double tauPlus = 7.3, tauMinus = 11.9; // steps of 1 ms
  double aPlus = 0.125, aMinus = 0.0625, lowest = 0, highest = 2;

  bool nearest() const { return name.find("nearest") != std::string::npos; }
  bool soft() const { return name.find("multiplicative") != std::string::npos; }
  std::string attribute() const {
    return fmt::format("plasticity = #snn.plasticity<@{}, {{tau_plus = {:.9e}, "
                       "tau_minus = {:.9e}, a_plus = {:.9e}, a_minus = "
                       "{:.9e}, w_min = {:.9e}, w_max = {:.9e}}}>",
                       name, tauPlus * 1e-3, tauMinus * 1e-3, aPlus, aMinus,
                       lowest, highest);
  }
};

std::vector<Rule> allRules() {
  std::vector<Rule> out;
  for (const char *name : {"stdp_pair", "stdp_pair_multiplicative",
                           "stdp_nearest", "stdp_nearest_multiplicative"})
    out.push_back({name});
  out.push_back({"stdp_nearest", 5, 5, 0.25, -0.25, 0, 20});
  return out;
}

using Times = std::set<int>;

/// The weight after `steps` from the definition, for one synapse.
double expected(const Rule &rule, double weight, int delay, const Times &pre,
                const Times &post, int steps) {
  const auto trace = [&](const Times &fired, int now, double tau) {
    double sum = 0;
    for (int t : fired)
      if (t < now) {
        const double part = std::exp(-(now - t) / tau);
        sum = rule.nearest() ? part : sum + part;
      }
    return sum;
  };
  const auto bounded = [&](double w) {
    return std::min(std::max(w, rule.lowest), rule.highest);
  };
  for (int now = 0; now < steps; ++now) {
    if (post.contains(now - delay)) {
      // Nearest: has the target fired since the source's last spike?
      int last = -1000;
      for (int p : pre)
        if (p < now)
          last = p;
      bool later = false;
      for (int q : post)
        later |= q < now - delay && q + delay > last;
      const double x = trace(pre, now, rule.tauPlus);
      if (!rule.nearest() || !later)
        weight =
            bounded(weight +
                    rule.aPlus * x * (rule.soft() ? rule.highest - weight : 1));
    }
    if (pre.contains(now)) {
      const double y = trace(post, now - delay, rule.tauMinus);
      weight = bounded(weight - rule.aMinus * y *
                                    (rule.soft() ? weight - rule.lowest : 1));
    }
  }
  return weight;
}

/// An input's own events as an attribute.
std::string events(const std::vector<Times> &fired) {
  std::set<std::pair<int, size_t>> sorted;
  for (size_t i = 0; i < fired.size(); ++i)
    for (int t : fired[i])
      sorted.insert({t, i});
  std::string text;
  for (auto [t, i] : sorted)
    text += fmt::format("{}[{}, {}]", text.empty() ? "" : ", ", t, i);
  return fmt::format("events(dense<[{}]> : tensor<{}x2xi32>)", text,
                     sorted.size());
}

/// `targets` fire when their driver does: a synapse that learns moves them
/// by far too little.
std::string learner(const std::vector<Times> &sources,
                    const std::vector<Times> &targets,
                    const std::string &synapses) {
  const size_t n = sources.size(), m = targets.size();
  return fmt::format(R"(
    %in = snn.input "in" {0} : !snn.spikes<{2}>
    %driver = snn.input "driver" {1} : !snn.spikes<{3}>
    %drive = snn.one_to_one %driver weights(dense<4.0e6> : tensor<f32>)
        : !snn.spikes<{3}> -> !snn.current<{3}>
    {4}
    %out = snn.neuron "out" @if(%drive, %plastic) {{r = 1.0, v_threshold = 1.0e6}}
        : (!snn.current<{3}>, !snn.current<{3}>) -> !snn.spikes<{3}>
    snn.output "out" %out : !snn.spikes<{3}>
  )",
                     events(sources), events(targets), n, m, synapses);
}

std::vector<Times> randomTimes(std::mt19937 &random, size_t count, int steps,
                               unsigned every) {
  std::vector<Times> out(count);
  for (Times &times : out)
    for (int t = 0; t < steps; ++t)
      if (random() % every == 0)
        times.insert(t);
  // Attributes need at least one event, and one at the end of the run.
  out.front().insert(steps / 2);
  return out;
}

class RuleTest : public HostEngineTest {
protected:
  std::vector<float> learn(uint32_t steps) {
    input::Sample sample;
    sample.id = "s";
    sample.steps = steps;
    sample.offsets.assign(steps + 1, 0);
    SessionOptions options;
    options.recordWeights = true;
    auto session = engine->open(options);
    auto result = session->run(sample);
    EXPECT_TRUE(result) << result.error().text();
    EXPECT_EQ(result->weights.size(), 1u);
    // A sample starts with the weights of the network.
    auto again = session->run(sample);
    EXPECT_EQ(result->weights, again->weights);
    EXPECT_EQ(result->counts, again->counts);
    return result->weights.front();
  }
};

} // namespace

TEST_F(RuleTest, SinglePairsFollowTheWindow) {
  const std::vector<int> lags = {-30, -7, -1, 0, 1, 2, 5, 12, 40};
  const int delay = 3, pre = 50;
  std::vector<Times> sources, targets;
  for (int dt : lags) {
    sources.push_back({pre});
    targets.push_back({pre + dt - delay});
  }
  for (const Rule &rule : allRules()) {
    load(learner(sources, targets,
                 "%plastic = snn.one_to_one %in weights(dense<1.0> : "
                 "tensor<f32>) delay 3 {" +
                     rule.attribute() +
                     "} : !snn.spikes<9> -> !snn.current<9>"),
         Precision::Float64);
    const std::vector<float> weights = learn(120);
    ASSERT_EQ(weights.size(), lags.size());
    for (size_t k = 0; k < lags.size(); ++k) {
      const int dt = lags[k];
      double wanted = 1;
      if (dt > 0)
        wanted += rule.aPlus * std::exp(-dt / rule.tauPlus) *
                  (rule.soft() ? rule.highest - 1 : 1);
      if (dt < 0)
        wanted -= rule.aMinus * std::exp(dt / rule.tauMinus) *
                  (rule.soft() ? 1 - rule.lowest : 1);
      EXPECT_NEAR(weights[k], wanted, 1e-6) << rule.name << " " << dt;
    }
  }
}

TEST_F(RuleTest, RandomTrainsFollowTheDefinition) {
  std::mt19937 random(5);
  const int steps = 200;
  for (const Rule &rule : allRules())
    for (Precision precision : {Precision::Float64, Precision::Float32}) {
      const std::vector<Times> sources = randomTimes(random, 3, steps, 9);
      const std::vector<Times> targets = randomTimes(random, 2, steps, 7);
      load(learner(sources, targets,
                   "%plastic = snn.dense %in weights(dense<[[0.5, 1.0, 0.0], "
                   "[1.5, 0.25, 2.0]]> : tensor<2x3xf32>) delays(dense<[[0, "
                   "1, 2], [7, 0, 4]]> : tensor<2x3xi32>) delay 1 {" +
                       rule.attribute() +
                       "} : !snn.spikes<3> -> !snn.current<2>"),
           precision);
      const std::vector<float> weights = learn(steps);
      const double initial[2][3] = {{0.5, 1.0, 0.0}, {1.5, 0.25, 2.0}};
      const int delays[2][3] = {{1, 2, 3}, {8, 1, 5}};
      ASSERT_EQ(weights.size(), 6u); // one of weight 0 too
      for (int s = 0; s < 3; ++s)
        for (int t = 0; t < 2; ++t)
          EXPECT_NEAR(weights[2 * s + t],
                      expected(rule, initial[t][s], delays[t][s], sources[s],
                               targets[t], steps),
                      precision == Precision::Float64 ? 1e-6 : 2e-5)
              << rule.name << " from " << s << " to " << t;
    }
}

TEST_F(RuleTest, EveryKindOfSynapseLearns) {
  const Rule rule = {"stdp_pair"};
  const std::vector<Times> sources = {{10, 40}, {22}}, targets = {{15}, {30}};
  const auto check = [&](const std::string &op,
                         const std::vector<std::array<int, 2>> &pairs,
                         double initial) {
    load(learner(sources, targets, "%plastic = " + op), Precision::Float64);
    const std::vector<float> weights = learn(80);
    ASSERT_EQ(weights.size(), pairs.size());
    for (size_t k = 0; k < pairs.size(); ++k)
      EXPECT_NEAR(weights[k],
                  expected(rule, initial, 2, sources[pairs[k][0]],
                           targets[pairs[k][1]], 80),
                  1e-6)
          << op;
  };
  const std::string tail =
      "{" + rule.attribute() + "} : !snn.spikes<2> -> !snn.current<2>";
  check("snn.sparse %in offsets(dense<[0, 1, 3]> : tensor<3xi64>) "
        "targets(dense<[1, 0, 1]> : tensor<3xi32>) weights(dense<0.0> : "
        "tensor<1xf32>) delay 2 " +
            tail,
        {{0, 1}, {1, 0}, {1, 1}}, 0);
  check("snn.random \"r\" %in constant(0.0, 0.0) density 1.0 gain 1.0 seed 1 "
        "delay 2 " +
            tail,
        {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, 0);
  check("snn.one_to_one %in weights(dense<0.5> : tensor<f32>) delay 2 " + tail,
        {{0, 0}, {1, 1}}, 0.5);
}

// The source's spike of step 20 delivers the weight from before its own rule.
TEST_F(RuleTest, RulesRunLast) {
  const Rule rule = {"stdp_pair"};
  load(learner({{20}}, {{10}},
               "%plastic = snn.one_to_one %in weights(dense<1.0> : "
               "tensor<f32>) delay 1 {" +
                   rule.attribute() + "} : !snn.spikes<1> -> !snn.current<1>"),
       Precision::Float64);
  input::Sample sample;
  sample.id = "s";
  sample.steps = 30;
  sample.offsets.assign(31, 0);
  SessionOptions options;
  options.recordWeights = true;
  options.traces = {{2, 0}};
  auto result = engine->open(options)->run(sample);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->traces[0][20], 0);
  EXPECT_EQ(result->traces[0][21], 1);
  EXPECT_LT(result->weights[0][0], 1);
}

TEST_F(RuleTest, KeepsWeightsWithinBounds) {
  Rule rule = {"stdp_pair"};
  rule.aPlus = rule.aMinus = 10;
  const char *op = "%plastic = snn.one_to_one %in weights(dense<1.0> : "
                   "tensor<f32>) delay 1 {{{}}} : !snn.spikes<1> -> "
                   "!snn.current<1>";
  load(learner({{10}}, {{10}}, fmt::format(fmt::runtime(op), rule.attribute())),
       Precision::Float32);
  EXPECT_EQ(learn(40)[0], 2);
  load(learner({{20}}, {{10}}, fmt::format(fmt::runtime(op), rule.attribute())),
       Precision::Float32);
  EXPECT_EQ(learn(40)[0], 0);
}
