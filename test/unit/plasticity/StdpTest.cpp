// Deferred STDP against the published formulas, against an update at every
// spike, and at its gates.

#include "hw-models/spin/plasticity/Stdp.h"
#include "hw-models/base/Random.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace limen;
using namespace limen::spinhw;

static constexpr double one = 32768; // s16.15

static Stdp make(const StdpRule &rule) {
  auto made = Stdp::make(rule);
  EXPECT_TRUE(made) << made.error().text();
  return *made;
}

static std::vector<StdpRule> allRules() {
  std::vector<StdpRule> out;
  for (Pairing pairing : {Pairing::AllToAll, Pairing::Nearest})
    for (Dependence dependence :
         {Dependence::Additive, Dependence::Multiplicative})
      for (double aMinus : {0.25, -0.25})
        out.push_back({pairing, dependence, 7.5, 12, 0.375, aMinus, 0.5, 4});
  return out;
}

/// One synapse: its source fires at `pre`, its target at `post`, all within
/// `steps`; the s16.15 weight after a last source spike at `steps`.
static int32_t run(const Stdp &stdp, double initial, std::set<uint32_t> pre,
                   const std::set<uint32_t> &post, uint32_t steps,
                   uint32_t delay) {
  PostHistory posts;
  PreHistory last;
  auto weight = static_cast<int32_t>(initial * one);
  pre.insert(steps);
  for (uint32_t t = 1; t <= steps; ++t) {
    if (post.contains(t))
      stdp.fired(posts, t);
    if (pre.contains(t)) {
      weight = stdp.update(weight, last, t, delay, posts);
      last = stdp.fired(last, t);
    }
  }
  return weight;
}

TEST(DecayTable, HoldsExponentialsRoundedDown) {
  for (double tau : {1.0, 5.0, 16.8, 20.0, 33.7}) {
    const DecayTable table(tau);
    EXPECT_EQ(table.size() % 2, 0u);
    EXPECT_GE(double(table.size()), tau * std::log(2048.0));
    EXPECT_LT(double(table.size()), tau * std::log(2048.0) + 2);
    for (uint32_t t = 0; t < table.size(); ++t) {
      const double exact = 2048 * std::exp(-double(t) / tau);
      EXPECT_LE(table.at(t), exact);
      EXPECT_GT(table.at(t), exact - 1);
    }
    EXPECT_EQ(table.at(static_cast<uint32_t>(table.size())), 0);
  }
  EXPECT_EQ(DecayTable(5).at(5), 753); // e^-1 as recorded weights show it
}

// The published window: A+ e^(-dt / tau+) if the source comes first, else
// -A- e^(dt / tau-), times what is left to a bound if multiplicative.
TEST(Stdp, SinglePairsFollowTheWindow) {
  const double initial = 2;
  for (const StdpRule &rule : allRules()) {
    const Stdp stdp = make(rule);
    const bool soft = rule.dependence == Dependence::Multiplicative;
    for (uint32_t delay : {1u, 3u})
      for (int dt = -60; dt <= 60; ++dt) {
        const uint32_t pre = 200;
        const uint32_t post = static_cast<uint32_t>(200 + dt) - delay;
        const double changed =
            run(stdp, initial, {pre}, {post}, 500, delay) / one - initial;
        double wanted = 0;
        if (dt > 0)
          wanted = rule.aPlus * std::exp(-dt / rule.tauPlus) *
                   (soft ? rule.highest - initial : 1);
        if (dt < 0)
          wanted = -rule.aMinus * std::exp(dt / rule.tauMinus) *
                   (soft ? initial - rule.lowest : 1);
        // Less than 2^-11 of the trace is cut off, then two products are
        // rounded down.
        const double bound = 2 * std::max(rule.aPlus, 0.25) / 2048 + 2 / one;
        EXPECT_NEAR(changed, wanted, bound) << "dt " << dt;
        if (dt == 0) {
          EXPECT_EQ(changed, 0);
        }
      }
  }
}

TEST(Stdp, NegativeAMinusMakesBothOrdersPotentiateAlike) {
  const Stdp stdp =
      make({Pairing::Nearest, Dependence::Additive, 5, 5, 1, -1, 0, 20});
  for (uint32_t dt = 1; dt < 40; ++dt) {
    const int32_t before = run(stdp, 1, {100}, {100 + dt - 1}, 400, 1);
    const int32_t after = run(stdp, 1, {100}, {100 - dt - 1}, 400, 1);
    EXPECT_EQ(before, after) << dt;
    EXPECT_EQ(before - int32_t(one), DecayTable(5).at(dt) * 16);
  }
}

// An independent derivation: what a synapse would do that saw every spike when
// it happens, target spikes before source spikes of the same step.
namespace {

class EagerSynapse {
public:
  EagerSynapse(const StdpRule &rule, double initial)
      : rule(rule), weight(static_cast<int64_t>(initial * one)) {}

  void post(uint32_t fired, uint32_t arrives) {
    if (arrives != preTime) {
      int64_t x = table(rule.tauPlus, arrives - preTime);
      if (rule.pairing == Pairing::AllToAll)
        x = floorDiv(preTrace * x, 2048);
      else if (lastFired && *lastFired > preTime)
        x = 0;
      const int64_t span = rule.dependence == Dependence::Multiplicative
                               ? raw(rule.highest) - weight
                               : int64_t(one);
      weight += scaled(span, rule.aPlus, x);
      if (rule.dependence == Dependence::Additive)
        weight = std::min(weight, raw(rule.highest));
    }
    postTrace =
        2048 +
        (lastFired
             ? floorDiv(postTrace * table(rule.tauMinus, fired - *lastFired),
                        2048)
             : 0);
    lastFired = fired;
    lastArrived = arrives;
  }

  void pre(uint32_t now) {
    if (lastFired && lastArrived != now) {
      int64_t x = table(rule.tauMinus, now - lastArrived);
      if (rule.pairing == Pairing::AllToAll)
        x = floorDiv(postTrace * x, 2048);
      const int64_t span = rule.dependence == Dependence::Multiplicative
                               ? weight - raw(rule.lowest)
                               : int64_t(one);
      weight -= scaled(span, rule.aMinus, x);
      if (rule.dependence == Dependence::Additive)
        weight = std::max(weight, raw(rule.lowest));
    }
    preTrace =
        2048 + floorDiv(preTrace * table(rule.tauPlus, now - preTime), 2048);
    preTime = now;
  }

private:
  StdpRule rule;

public:
  int64_t weight;

private:
  static int64_t floorDiv(int64_t a, int64_t b) {
    return static_cast<int64_t>(std::floor(double(a) / double(b)));
  }
  static int64_t raw(double x) { return std::llround(x * one); }
  static int64_t table(double tau, uint32_t t) {
    // Tables end with 1/2048; what lies beyond is 0 anyhow.
    return static_cast<int64_t>(std::floor(2048 * std::exp(-double(t) / tau)));
  }
  /// A x span x trace, each product rounded down to 2^-15.
  static int64_t scaled(int64_t span, double a, int64_t x) {
    return floorDiv(floorDiv(span * raw(a), int64_t(one)) * x, 2048);
  }

  uint32_t preTime = 0;
  int64_t preTrace = 0, postTrace = 0;
  std::optional<uint32_t> lastFired;
  uint32_t lastArrived = 0;
};

} // namespace

TEST(Stdp, DefersWithoutChangingAnything) {
  std::mt19937 random(7);
  for (const StdpRule &rule : allRules()) {
    const Stdp stdp = make(rule);
    for (uint32_t delay : {1u, 2u, 5u, 16u})
      for (int trial = 0; trial < 50; ++trial) {
        EagerSynapse eager(rule, 2);
        PostHistory posts;
        PreHistory last;
        int32_t deferred = 2 * int32_t(one);
        std::set<uint32_t> fired;
        // Spikes that arrive are those of `delay` steps ago; few enough for
        // the history.
        for (uint32_t t = 1; t < 400; ++t) {
          const bool post = random() % 9 == 0, pre = random() % 11 == 0;
          if (post) {
            fired.insert(t);
            stdp.fired(posts, t);
          }
          if (t > delay && fired.contains(t - delay))
            eager.post(t - delay, t);
          // 15 target spikes between two source spikes do not happen here.
          if (pre || t % 40 == 0) {
            eager.pre(t);
            deferred = stdp.update(deferred, last, t, delay, posts);
            last = stdp.fired(last, t);
            ASSERT_EQ(deferred, eager.weight)
                << "t " << t << " delay " << delay << " trial " << trial;
          }
        }
      }
  }
}

TEST(Stdp, SaturatesAtTheBoundsAndNotBefore) {
  const StdpRule rule = {
      Pairing::Nearest, Dependence::Additive, 5, 5, 1, 1, 0.5, 4};
  const Stdp stdp = make(rule);
  const double step = 753.0 / 2048; // dt = 5
  EXPECT_EQ(run(stdp, 4 - step, {100}, {104}, 400, 1), 4 * one);
  EXPECT_EQ(run(stdp, 4 - step - 1 / one, {100}, {104}, 400, 1), 4 * one - 1);
  EXPECT_EQ(run(stdp, 4 - step + 1 / one, {100}, {104}, 400, 1), 4 * one);
  EXPECT_EQ(run(stdp, 0.5 + step, {100}, {94}, 400, 1), 0.5 * one);
  EXPECT_EQ(run(stdp, 0.5 + step + 1 / one, {100}, {94}, 400, 1),
            0.5 * one + 1);
  EXPECT_EQ(run(stdp, 0.5 + step - 1 / one, {100}, {94}, 400, 1), 0.5 * one);
}

TEST(Stdp, RemembersFifteenSpikes) {
  PostHistory posts;
  for (uint32_t i = 1; i <= 15; ++i)
    posts.add(i, static_cast<int16_t>(100 + i));
  ASSERT_EQ(posts.size(), 16u);
  EXPECT_EQ(posts.time(1), 1u);
  posts.add(16, 116);
  ASSERT_EQ(posts.size(), 16u);
  EXPECT_EQ(posts.time(0), 0u);
  EXPECT_EQ(posts.time(1), 2u);
  EXPECT_EQ(posts.trace(1), 102);
  EXPECT_EQ(posts.time(15), 16u);

  // Traces without decay count the replayed spikes.
  const Stdp stdp =
      make({Pairing::AllToAll, Dependence::Additive, 8000, 8000, 1, 0, 0, 100});
  const auto replayed = [&](uint32_t spikes) {
    PostHistory history;
    PreHistory last = stdp.fired(PreHistory(), 10);
    for (uint32_t i = 0; i < spikes; ++i)
      stdp.fired(history, 11 + i);
    return std::lround(stdp.update(0, last, 60, 1, history) / one);
  };
  EXPECT_EQ(replayed(14), 14);
  EXPECT_EQ(replayed(15), 15);
  EXPECT_EQ(replayed(16), 15);
}

// Target spikes in (last - delay, now - delay] are replayed at `now`.
TEST(Stdp, ReplaysEachSpikeOnce) {
  const Stdp stdp =
      make({Pairing::AllToAll, Dependence::Additive, 8000, 8000, 1, 0, 0, 100});
  for (uint32_t delay : {1u, 4u})
    for (uint32_t post = 90; post <= 130; ++post) {
      PostHistory history;
      stdp.fired(history, post);
      PreHistory last = stdp.fired(PreHistory(), 100);
      const int32_t changed = stdp.update(0, last, 120, delay, history);
      EXPECT_EQ(changed > 0, post + delay > 100 && post + delay <= 120) << post;
    }
}

TEST(Stdp, RefusesWhatACoreCannotHold) {
  const auto refused = [](StdpRule rule, std::string_view what) {
    auto made = Stdp::make(rule);
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find(what), std::string::npos)
        << made.error().message;
  };
  StdpRule rule;
  EXPECT_TRUE(Stdp::make(rule));
  rule.tauPlus = 0;
  refused(rule, "tau_plus is 0 steps");
  rule = {};
  rule.tauMinus = 8595;
  refused(rule, "tau_minus is 8595 steps");
  rule.tauMinus = 8594;
  EXPECT_TRUE(Stdp::make(rule));
  rule = {};
  rule.aPlus = 65536;
  refused(rule, "a_plus is 65536");
  rule = {};
  rule.lowest = -1;
  refused(rule, "weights from -1 to 1");
  rule = {};
  rule.lowest = 2;
  refused(rule, "weights from 2 to 1");
}
