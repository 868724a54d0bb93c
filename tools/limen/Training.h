// Fits the digital readout of a network whose spiking part is fixed, on the
// features that a target gives.
#pragma once

#include "runtime/learn/Readout.h"
#include "tools/limen/Command.h"

#include <functional>

namespace limen::cli {

struct TrainingOptions {
  std::string population;        ///< to read; "": the readout's
  size_t classes = 0;            ///< 0: highest label + 1
  std::vector<double> strengths; ///< empty: those of learn::RidgeOptions
  size_t calibrate = 8; ///< samples from which converter ranges are set
  uint64_t seed = 1;    ///< of the chip instance
  unsigned threads = 1;
  std::function<void(size_t done, size_t total)> progress;
};

struct Training {
  learn::ReadoutFit fit;
  std::string population;
  size_t features = 0, classes = 0, samples = 0;
  double activity = 0; ///< share of neurons that fire in a step
  std::vector<std::string> assumptions; ///< of the data
};

/// Runs samples [first, first + count) of `data` on the target, fits a readout
/// to the spike counts of one population and puts it into the network of
/// `compilation`, which must not be lowered. Errors: those of lowering, loading
/// and running, a sample without label, those of learn::fitReadout.
Result<Training> trainReadout(Compilation &compilation,
                              const target::Target &target,
                              std::unique_ptr<input::Source> data, size_t first,
                              size_t count, const TrainingOptions &options);

} // namespace limen::cli
