// Two runs of the same input side by side: where they part, how far apart
// their spikes are, and why they may differ. docs/compare.md explains it to
// users.
#pragma once

#include "hw-models/base/Quantity.h"
#include "runtime/engine/Engine.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace limen::report {

/// Constants of the distances, in steps.
struct DistanceOptions {
  double tau = 10;     ///< of the exponential kernel (van Rossum)
  double cost = 0.1;   ///< of moving a spike by one step (Victor-Purpura)
  uint32_t window = 0; ///< spikes so far apart still coincide
};

/// Spike trains of one population, summed over neurons and samples.
struct TrainDistance {
  uint64_t spikesA = 0, spikesB = 0;
  uint64_t same = 0;         ///< same neuron and step, with multiplicity
  uint64_t coincident = 0;   ///< same neuron, within the window
  uint64_t trains = 0;       ///< (sample, neuron) with a spike on either side
  uint64_t different = 0;    ///< of these, not equal
  double vanRossum = 0;      ///< sum of D^2
  double vanRossumAlone = 0; ///< sum of D^2 to silence, both sides
  double victorPurpura = 0;  ///< sum of the costs

  void add(const TrainDistance &other);
  /// 0: equal, 1: nothing in common. D^2 over the D^2 that both trains have to
  /// silence; the cost over the number of spikes of both.
  double normalisedVanRossum() const;
  double normalisedVictorPurpura() const;
};

/// Distances of all neurons of a population in one sample.
TrainDistance compareTrains(const engine::Raster &a, const engine::Raster &b,
                            const DistanceOptions &options);

/// Where two rasters first differ, and how many spikes each has there.
struct SpikeDifference {
  uint32_t step = 0;
  uint32_t neuron = 0;
  uint64_t spikesA = 0, spikesB = 0;
};
std::optional<SpikeDifference> firstDifference(const engine::Raster &a,
                                               const engine::Raster &b);

/// A SpikeDifference and whose it is.
struct PlacedDifference : SpikeDifference {
  size_t place = 0; ///< of the sample in the run
  std::string sample;
  size_t population = 0; ///< index into PairReport::populations
};

/// What one sample says. Populations are as in PairReport.
struct SamplePair {
  std::vector<TrainDistance> populations;
  std::vector<std::optional<SpikeDifference>> firsts;
  bool predictionsDiffer = false;
  double largestOutputDifference = 0; ///< of the outputs both have

  bool identical() const;
};

/// Compares one sample; `a` and `b` hold a raster per paired population, and
/// the outputs that both sides have.
SamplePair comparePair(std::span<const engine::Raster> a,
                       std::span<const engine::Raster> b,
                       const DistanceOptions &options);
/// Adds what the outputs say.
void compareOutputs(const engine::SampleResult &a,
                    const engine::SampleResult &b, SamplePair &into);

/// One of the two.
struct PairSide {
  std::string name;   ///< as on the command line
  std::string target; ///< "host", "spinnaker1-48", "recorded"
  std::string network;
  std::optional<Seconds> dt;         ///< of the network's equations
  std::vector<engine::Cause> causes; ///< for all samples
  std::vector<std::string> assumptions, warnings;
  std::vector<std::string> only; ///< populations that only it has
};

struct PairPopulation {
  std::string name;
  int64_t neurons = 0;                   ///< 0: not known
  unsigned latencyA = 0, latencyB = 0;   ///< steps, already taken out
  TrainDistance distance;                ///< of all samples
  std::optional<PlacedDifference> first; ///< of the earliest sample with one
};

/// A state variable of the neuron that differs first, around that step.
struct StateWindow {
  std::string state;
  /// One value a step from PairReport::windowStart; empty where a side does
  /// not record it.
  std::vector<float> a, b;
};

struct PairReport {
  PairSide a, b;
  std::string input;
  uint64_t seed = 0;
  DistanceOptions options;
  std::optional<Seconds> stepTime;
  uint64_t samples = 0, samplesDifferent = 0, predictionsDifferent = 0;
  bool outputsCompared = false;
  double largestOutputDifference = 0;
  double tolerance = 0;                    ///< of outputs
  std::vector<PairPopulation> populations; ///< upstream ones first
  std::optional<PlacedDifference> first;

  uint32_t windowStart = 0, windowSteps = 0;
  std::vector<StateWindow> states;
  /// Spikes of the neuron in the window.
  std::vector<uint32_t> windowA, windowB;
  std::string noStates; ///< why there are none

  /// Rasters of one sample per population, for the picture: the first that
  /// differs, else the first.
  std::string pictured;
  uint32_t picturedSteps = 0;
  std::vector<engine::Raster> rastersA, rastersB;

  /// Takes in the sample at `place`; samples must come in order.
  void add(size_t place, const std::string &id, const SamplePair &pair);
  /// No spike differs and no output by more than `tolerance`.
  bool identical() const;
};

/// What may make the sides differ, one line each, most telling first.
std::vector<std::string> explain(const PairReport &report);

/// For a terminal.
std::string toTable(const PairReport &report);
/// JSON of schema `limen.comparison` version 1 (docs/compare.md).
std::string toJson(const PairReport &report);
/// A page that needs nothing else: rasters of both sides over each other.
std::string toHtml(const PairReport &report);

} // namespace limen::report
