#include "runtime/engine/Runner.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

using namespace limen;
using namespace limen::engine;

Result<std::vector<SampleResult>>
engine::runSamples(const Engine &engine, const input::Source &source,
                   const RunnerOptions &options) {
  std::vector<SampleResult> results(options.samples);
  std::atomic<size_t> next = 0;
  std::mutex guard;
  size_t done = 0;
  std::optional<Error> failure;
  size_t failedAt = options.samples;

  const size_t count = std::clamp<size_t>(options.threads, 1,
                                          std::max<size_t>(1, options.samples));
  // Threads that have no sample of their own help with those of others.
  SessionOptions own = options.session;
  own.threads =
      std::max(own.threads, static_cast<unsigned>(options.threads / count));

  auto work = [&] {
    std::unique_ptr<Session> session = engine.open(own);
    auto fail = [&](size_t place, Error error) {
      const std::lock_guard lock(guard);
      if (place < failedAt) {
        failedAt = place;
        failure = std::move(error);
      }
      // Later samples need not start; earlier ones are already running.
      next = options.samples;
    };
    for (size_t place = next++; place < options.samples; place = next++) {
      Result<input::Sample> sample = source.sample(options.first + place);
      if (!sample)
        return fail(place, sample.takeError());
      Result<SampleResult> result = session->run(*sample);
      if (!result)
        return fail(place, result.takeError());
      if (options.inspect)
        if (Result<void> seen = options.inspect(place, *sample, *result); !seen)
          return fail(place, seen.takeError());
      results[place] = std::move(*result);
      const std::lock_guard lock(guard);
      ++done;
      if (options.progress)
        options.progress(done, options.samples);
    }
  };

  std::vector<std::thread> threads;
  for (size_t t = 1; t < count; ++t)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  if (failure)
    return std::move(*failure);
  return results;
}
