// What a run says about itself: a plain struct, its JSON text, its tables.
//
// docs/report.md describes every key of the JSON text. A report holds nothing
// that differs between two runs of the same command: no dates, no wall-clock.
#pragma once

#include "hw-models/base/Ledger.h"
#include "runtime/engine/Engine.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace limen::report {

inline constexpr std::string_view schemaName = "limen.report";
inline constexpr int schemaVersion = 1;

struct TargetInfo {
  std::string name; ///< "rram-40nm"
  std::string kind; ///< "host", "spinnaker", "rram"
  std::string file; ///< description it was read from, "" when there is none
  std::string priceTable; ///< name of its table of prices, "" without one
};

struct Version {
  std::string component;
  std::string version;
};

//===----------------------------------------------------------------------===//
// Comparison with a reference run
//===----------------------------------------------------------------------===//

/// Spikes of a population that only one of two runs has.
struct PopulationDifference {
  std::string population;
  uint64_t spikes = 0;    ///< of the reference
  uint64_t different = 0; ///< (step, neuron) pairs, with multiplicity
};

struct Comparison {
  std::string against; ///< "host float32"
  uint64_t samples = 0;
  uint64_t predictionsDifferent = 0;
  std::vector<PopulationDifference> populations;
  std::vector<engine::Cause> causes; ///< of the engine, for all its samples
};

/// Compares the rasters and predictions of two runs of the same samples.
/// Errors: different numbers of samples, a result without rasters.
Result<Comparison> compareRuns(const network::Network &network,
                               std::string against,
                               std::span<const engine::SampleResult> reference,
                               std::span<const engine::SampleResult> results);

//===----------------------------------------------------------------------===//
// What only the caller of a run knows
//===----------------------------------------------------------------------===//

struct RunInfo {
  TargetInfo target;
  std::vector<Version> versions;
  std::string input; ///< the input's specification as the user gave it
  uint64_t seed = 0;
  /// The largest value that an event of each input had, in the order of nodes:
  /// it decides b_s of the input where the network's own is smaller.
  std::vector<float> largestInputs;
  /// How long a step of the input lasts; the network's dt when it is not known.
  std::optional<Seconds> stepTime;
  std::string noEnergy; ///< why there is no energy, where there is none
  std::vector<std::string> assumptions; ///< of import, input, compilation
  std::vector<std::string> warnings;
  std::optional<Comparison> comparison;
  /// Synapses of each projection where the caller has counted them already;
  /// empty: counted here, by drawing random projections once more.
  std::vector<uint64_t> synapses;
  /// Seconds on the host, shown on screen and left out of the JSON text.
  std::optional<Seconds> hostSeconds;
};

/// Which sample a result belongs to.
struct SampleKey {
  std::string id;
  int label = -1; ///< of what the first output predicts; -1: unknown
  /// Per network of network::partsOf; empty: `label` of the only one.
  std::vector<int> labels = {};
};

/// The key of a sample: the ids of all its inputs, and its classes.
SampleKey keyOf(const network::Network &network, const input::Sample &sample);

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

struct Population {
  std::string name;
  network::Shape shape;
  int64_t size = 0;
  bool isInput = false;
  std::string model; ///< "" for an input
  unsigned spikeBits = 1;
  uint64_t spikes = 0; ///< over all samples
  double spikesPerSample = 0;
  double rate = 0; ///< spikes / (neurons x steps)
};

/// A connection and its share of the bit budget (arXiv 2311.10802).
struct Connection {
  std::string name;
  std::string source, target, receptor;
  unsigned delay = 0;
  uint64_t synapses = 0; ///< n: multiply-accumulates of one step
  uint64_t weights = 0;  ///< values that the network stores
  double steps = 0;      ///< T: mean over the samples
  unsigned weightBits = 0;
  unsigned spikeBits = 0;
  double firingRate = 0; ///< fr of the source
  double bitBudget = 0;  ///< BB = T b_w b_s
  double sAce = 0;       ///< n BB
  double nsAce = 0;      ///< fr n BB
};

struct ReadoutSummary {
  std::string name;
  std::string source;
  int64_t classes = 0;
  uint64_t parameters = 0;
};

/// One of the independent networks of a description.
struct NetworkSummary {
  std::string name;   ///< its inputs
  std::string output; ///< its first, which predicts; "" without one
  uint64_t labelled = 0, correct = 0;
  uint64_t steps = 0; ///< over all samples
  Cycles cycles;      ///< of its own actions over all samples; 0: not known
  std::optional<Joules> energy;     ///< of its own actions, without leakage
  std::optional<EnergyRange> range; ///< of this energy

  std::optional<double> accuracy() const;
};

struct SampleRow {
  std::string id;
  int label = -1;
  int predicted = -1;
  uint32_t steps = 0;
  std::vector<float> outputs;             ///< of the first output
  std::vector<uint64_t> populationSpikes; ///< per Report::populations entry
};

struct Report {
  TargetInfo target;
  std::vector<Version> versions;
  std::string input;
  uint64_t seed = 0;

  std::string network;
  Seconds dt;
  Seconds stepTime; ///< of the input, what real time is measured against
  std::vector<Population> populations; ///< inputs too, in network order
  std::vector<Connection> connections;
  std::vector<ReadoutSummary> readouts;
  std::vector<NetworkSummary> networks;
  std::string outputName;
  std::string outputKind; ///< "spikes", "values" or "scores"
  int64_t neurons = 0;
  uint64_t synapses = 0;
  uint64_t weights = 0;
  uint64_t parameters = 0; ///< weights, biases, readouts, neuron coefficients

  uint64_t samples = 0, labelled = 0, correct = 0;
  uint64_t steps = 0; ///< over all samples
  double stepsPerSample = 0;
  uint64_t inputEvents = 0, synapticEvents = 0;

  Cycles cycles; ///< over all samples; 0 where the target has no cycles
  Seconds time;
  std::optional<double> realTimeFactor; ///< chip time / network time
  /// The same for steps in which the fullest unit would be done in time.
  std::optional<double> neededFactor;

  std::optional<Ledger> energy;
  std::string noEnergy;
  std::vector<engine::Resource> resources;
  std::optional<engine::Writing> writing; ///< of cells, where a target writes
  std::vector<engine::UnitLoad> loads;    ///< empty: no unit has a budget

  Bits weightMemory; ///< stored weights and biases
  Bits drawnMemory;  ///< weights of random projections once drawn
  Bits stateMemory;  ///< states of the neurons
  Bits readoutMemory;

  double activationSparsity = 0;
  double connectionSparsity = 0;
  double denseOperations = 0; ///< per inference

  std::optional<Comparison> comparison;
  std::vector<std::string> assumptions;
  std::vector<std::string> warnings;
  std::vector<SampleRow> rows;
  std::optional<Seconds> hostSeconds;

  std::optional<double> accuracy() const;
  double perSample(double total) const {
    return samples == 0 ? 0 : total / static_cast<double>(samples);
  }
  /// Inferences until the cell that is written most has no writes left; nothing
  /// where samples write none, or cells survive any number.
  std::optional<double> inferencesUntilWorn() const;
  double totalSAce() const;
  double totalNsAce() const;
  Bits memory() const;
  /// Spikes of all populations, inputs not counted.
  uint64_t spikes() const;
};

/// Report::networks. `keys` and `results` are parallel.
std::vector<NetworkSummary>
summarize(const engine::Engine &engine, std::span<const SampleKey> keys,
          std::span<const engine::SampleResult> results);

/// Puts a report together. `keys` and `results` are parallel.
Report build(const engine::Engine &engine, const RunInfo &info,
             std::span<const SampleKey> keys,
             std::span<const engine::SampleResult> results);

/// The JSON text of docs/report.md: keys in a fixed order, shortest numbers
/// that read back exactly, ends with a newline.
std::string toJson(const Report &report);

/// Reads back what `compareTable` shows. Errors: not a report, or of another
/// version; `file` names it.
Result<Report> readSummary(const std::string &text, const std::string &file);

/// A report for a terminal.
std::string toTable(const Report &report);

/// Several reports side by side, one column each.
std::string compareTable(std::span<const Report> reports);

} // namespace limen::report
