// Spike counts of one population on a target: what digital heads are fitted to.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "runtime/input/Watched.h"
#include "runtime/learn/Readout.h"
#include "tools/limen/Command.h"

#include <functional>

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

/// A network on a target (a chip instance) with the population to read.
class FeatureSource {
public:
  /// Lowers a copy of `compilation`, which must not be lowered, and loads it.
  /// `population`: "" is the one that a readout reads, or the only one. Errors:
  /// those of lowering and loading, no such population.
  static Result<FeatureSource> open(Compilation &compilation,
                                    const target::Target &target,
                                    const std::string &population,
                                    uint64_t seed);

  /// Sets converter ranges from the first `calibrate` samples, then runs all.
  /// Errors: those of feed and of running, a sample without a label or steps.
  Result<Features> measure(DataSet data, size_t calibrate, unsigned threads,
                           const ProgressCall &progress);

  const std::string &population() const { return name; }
  const network::Network &network() const { return loaded.engine->network(); }

  /// Replaces the readouts of the network, and their outputs, by `layers` on
  /// this population, as the first output.
  Result<void> setHead(Compilation &compilation,
                       std::span<const network::Readout> layers) const;

private:
  std::string name;
  mlir::OwningOpRef<mlir::ModuleOp> lowered; // the program borrows from it
  program::LoadedProgram loaded;
  unsigned node = 0;
};

} // namespace limen::cli
