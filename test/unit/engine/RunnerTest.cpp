#include "runtime/engine/Runner.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::engine;

namespace {

/// Ten samples whose step count is their index.
class CountingSource final : public input::Source {
public:
  size_t size() const override { return 10; }
  Result<input::Sample> sample(size_t index) const override {
    if (index == bad)
      return Error("sample " + std::to_string(index) + " is bad");
    input::Sample sample;
    sample.id = std::to_string(index);
    sample.steps = static_cast<uint32_t>(index);
    return sample;
  }
  network::Shape shape() const override { return {1}; }
  size_t bad = 100;
};

class EchoSession final : public Session {
public:
  Result<SampleResult> run(const input::Sample &sample) override {
    SampleResult result;
    result.steps = sample.steps;
    return result;
  }
};

class EchoEngine final : public Engine {
public:
  const network::Network &network() const override { return empty; }
  std::unique_ptr<Session> open(const SessionOptions &) const override {
    return std::make_unique<EchoSession>();
  }
  network::Network empty;
};

} // namespace

TEST(Runner, ResultsAreInSampleOrderForAnyNumberOfThreads) {
  const CountingSource source;
  for (unsigned threads : {1u, 2u, 7u, 50u}) {
    RunnerOptions options;
    options.first = 2;
    options.samples = 8;
    options.threads = threads;
    size_t calls = 0;
    options.progress = [&](size_t done, size_t total) {
      ++calls;
      EXPECT_EQ(done, calls);
      EXPECT_EQ(total, 8u);
    };
    const auto results = runSamples(EchoEngine(), source, options);
    ASSERT_TRUE(results);
    for (size_t i = 0; i < 8; ++i)
      EXPECT_EQ((*results)[i].steps, i + 2);
    EXPECT_EQ(calls, 8u);
  }
}

TEST(Runner, ReportsTheEarliestError) {
  CountingSource source;
  source.bad = 4;
  RunnerOptions options;
  options.samples = 10;
  options.threads = 3;
  const auto results = runSamples(EchoEngine(), source, options);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().message, "sample 4 is bad");
}
