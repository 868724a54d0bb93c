// Runs many samples on several threads.
#pragma once

#include "runtime/engine/Engine.h"

#include <functional>

namespace limen::engine {

struct RunnerOptions {
  size_t first = 0;     ///< index of the first sample
  size_t samples = 0;   ///< how many
  unsigned threads = 1; ///< at least 1
  SessionOptions session;
  /// Called after each sample, from one thread at a time.
  std::function<void(size_t done, size_t total)> progress;
  /// Called with each result on the thread that computed it, in any order, with
  /// the sample's place in the run (0 ...); may shrink the result.
  std::function<Result<void>(size_t place, const input::Sample &,
                             SampleResult &)>
      inspect;
};

/// Runs samples [first, first + samples) of `source`; results are in sample
/// order whatever the number of threads. Stops at the first error; of several,
/// the one of the earliest sample is returned.
Result<std::vector<SampleResult>> runSamples(const Engine &engine,
                                             const input::Source &source,
                                             const RunnerOptions &options);

} // namespace limen::engine
