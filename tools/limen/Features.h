// Spike counts of one population on a target: what digital heads are fitted to.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "runtime/input/Watched.h"
#include "runtime/learn/Readout.h"
#include "tools/limen/Command.h"

#include <functional>
#include <span>

namespace limen::cli {

using ProgressCall = std::function<void(size_t done, size_t total)>;

/// What samples left in a population.
struct Features {
  std::vector<std::vector<uint32_t>> counts; ///< by sample
  std::vector<uint32_t> steps;
  std::vector<int> labels;
  size_t neurons = 0;
  double activity = 0; ///< share of neurons that fire in a step
  std::vector<std::string> assumptions; ///< of the data

  /// The highest label + 1.
  size_t classes() const;
  /// Samples that `keep` takes (all without), as data for a fit. Errors: those
  /// of ReadoutData::add.
  Result<learn::ReadoutData>
  data(size_t classes, const std::function<bool(int label)> &keep = {}) const;
};

/// A network on a target (a chip instance) whose populations are read.
class FeatureSource {
public:
  /// Lowers a copy of `compilation`, which must not be lowered, and loads it.
  /// Errors: those of lowering and loading.
  static Result<FeatureSource>
  open(Compilation &compilation, const target::Target &target, uint64_t seed);

  /// Sets converter ranges from the first `calibrate` samples, runs all once,
  /// and says what they left in each of `populations`, which must exist. Labels
  /// are those of the independent network that a population is in. Errors:
  /// those of feed and of running, a sample without such a label or steps.
  Result<std::vector<Features>>
  measure(std::span<const std::string> populations, DataSet data,
          size_t calibrate, unsigned threads, const ProgressCall &progress);

  const network::Network &network() const { return loaded.engine->network(); }

private:
  mlir::OwningOpRef<mlir::ModuleOp> lowered; // the program borrows from it
  program::LoadedProgram loaded;
};

} // namespace limen::cli
