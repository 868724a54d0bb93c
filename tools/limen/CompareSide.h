// One side of `limen compare`: a network on a target, or recorded spikes.
#pragma once

#include "runtime/engine/Runner.h"
#include "runtime/report/Recording.h"
#include "tools/limen/Running.h"

namespace limen::cli {

/// What a side was given as, and how to read it.
struct SideFlags {
  std::string text;     ///< NETWORK, NETWORK@TARGET, TARGET, program, files
  NetworkFlags network; ///< its own or the common settings
  std::vector<std::string> overrides; ///< of the target
};

struct SidePopulation {
  std::string name;
  int64_t neurons = 0; ///< 0: not known
  unsigned latency = 0;
  unsigned place = 0; ///< index into the network's nodes, or the recording's
};

class CompareSide {
public:
  /// Reads, lowers and loads a side. `network` is the one that a bare target
  /// refers to, "" when there is none.
  static Result<CompareSide> open(const SideFlags &flags,
                                  const std::string &network,
                                  const InputFlags &input);

  bool isEngine() const { return program.engine != nullptr; }
  const engine::Engine &engine() const { return *program.engine; }
  /// Of an engine whose input is open.
  const FedData &data() const { return fed; }

  /// Opens the input of an engine, checks its shape, and lets the engine set
  /// its ranges from the first `samples`.
  Result<void> openInput(const InputFlags &input, size_t samples);

  /// Runs the sample at `place` of the run.
  Result<engine::SampleResult> run(size_t place,
                                   const engine::SessionOptions &options) const;

  /// Rasters of `populations`, moved out of a result.
  static std::vector<engine::Raster>
  rasters(std::span<const SidePopulation> populations,
          engine::SampleResult &result);
  /// The same of a recording; `only` takes the one sample that it has,
  /// whatever it is called.
  std::vector<engine::Raster>
  recorded(std::span<const SidePopulation> populations, const std::string &id,
           bool only) const;

  report::PairSide info;
  std::vector<SidePopulation> populations; ///< upstream ones first
  std::optional<report::Recording> recording;

private:
  Result<void> openEngine(const SideFlags &flags, const std::string &network,
                          const std::string &target, const InputFlags &input);

  std::optional<Compilation> compilation; // engines borrow from it
  program::LoadedProgram program;
  FedData fed;
};

} // namespace limen::cli
