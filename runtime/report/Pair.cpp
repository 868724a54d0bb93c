#include "runtime/report/Pair.h"

#include "runtime/report/SpikeDistance.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

void TrainDistance::add(const TrainDistance &other) {
  spikesA += other.spikesA;
  spikesB += other.spikesB;
  same += other.same;
  coincident += other.coincident;
  trains += other.trains;
  different += other.different;
  vanRossum += other.vanRossum;
  vanRossumAlone += other.vanRossumAlone;
  victorPurpura += other.victorPurpura;
}

double TrainDistance::normalisedVanRossum() const {
  return vanRossumAlone > 0 ? vanRossum / vanRossumAlone : 0;
}

double TrainDistance::normalisedVictorPurpura() const {
  const uint64_t spikes = spikesA + spikesB;
  return spikes > 0 ? victorPurpura / static_cast<double>(spikes) : 0;
}

/// (neuron << 32 | step), ascending: trains one after the other.
static std::vector<uint64_t> byNeuron(const engine::Raster &raster) {
  std::vector<uint64_t> out;
  out.reserve(raster.size());
  for (const uint64_t spike : raster)
    out.push_back(spike << 32 | spike >> 32);
  std::sort(out.begin(), out.end());
  return out;
}

/// Moves the steps of `neuron` from the front of `from` to `train`.
static void takeTrain(std::span<const uint64_t> &from, uint32_t neuron,
                      std::vector<uint32_t> &train) {
  train.clear();
  while (!from.empty() && from.front() >> 32 == neuron) {
    train.push_back(static_cast<uint32_t>(from.front()));
    from = from.subspan(1);
  }
}

TrainDistance report::compareTrains(const engine::Raster &a,
                                    const engine::Raster &b,
                                    const DistanceOptions &options) {
  TrainDistance sum;
  sum.spikesA = a.size();
  sum.spikesB = b.size();
  const std::vector<uint64_t> sortedA = byNeuron(a), sortedB = byNeuron(b);
  std::span<const uint64_t> restA = sortedA, restB = sortedB;
  std::vector<uint32_t> trainA, trainB;
  while (!restA.empty() || !restB.empty()) {
    const uint64_t next =
        std::min(restA.empty() ? ~uint64_t(0) : restA.front(),
                 restB.empty() ? ~uint64_t(0) : restB.front());
    const auto neuron = static_cast<uint32_t>(next >> 32);
    takeTrain(restA, neuron, trainA);
    takeTrain(restB, neuron, trainB);
    ++sum.trains;
    sum.different += trainA != trainB;
    sum.same += coincidences(trainA, trainB, 0);
    sum.coincident += coincidences(trainA, trainB, options.window);
    sum.vanRossum += vanRossum(trainA, trainB, options.tau);
    sum.vanRossumAlone +=
        vanRossum(trainA, {}, options.tau) + vanRossum({}, trainB, options.tau);
    sum.victorPurpura += victorPurpura(trainA, trainB, options.cost);
  }
  return sum;
}

std::optional<SpikeDifference>
report::firstDifference(const engine::Raster &a, const engine::Raster &b) {
  const auto [left, right] =
      std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() && right == b.end())
    return std::nullopt;
  const uint64_t spike = left == a.end()    ? *right
                         : right == b.end() ? *left
                                            : std::min(*left, *right);
  auto count = [&](const engine::Raster &raster) {
    const auto [from, to] =
        std::equal_range(raster.begin(), raster.end(), spike);
    return static_cast<uint64_t>(to - from);
  };
  return SpikeDifference{static_cast<uint32_t>(spike >> 32),
                         static_cast<uint32_t>(spike), count(a), count(b)};
}

bool SamplePair::identical() const {
  return std::none_of(firsts.begin(), firsts.end(),
                      [](const auto &first) { return first.has_value(); });
}

SamplePair report::comparePair(std::span<const engine::Raster> a,
                               std::span<const engine::Raster> b,
                               const DistanceOptions &options) {
  SamplePair pair;
  for (size_t p = 0; p < a.size(); ++p) {
    pair.populations.push_back(compareTrains(a[p], b[p], options));
    pair.firsts.push_back(firstDifference(a[p], b[p]));
  }
  return pair;
}

void report::compareOutputs(const engine::SampleResult &a,
                            const engine::SampleResult &b, SamplePair &into) {
  into.predictionsDiffer =
      engine::predictedClass(a) != engine::predictedClass(b);
  for (size_t o = 0; o < std::min(a.outputs.size(), b.outputs.size()); ++o)
    for (size_t i = 0; i < std::min(a.outputs[o].size(), b.outputs[o].size());
         ++i) {
      const double x = a.outputs[o][i], y = b.outputs[o][i];
      // Two that are both not a number, or the same infinity, are equal.
      if (x == y || (std::isnan(x) && std::isnan(y)))
        continue;
      const double apart = std::abs(x - y);
      into.largestOutputDifference = std::max(
          into.largestOutputDifference, std::isnan(apart) ? HUGE_VAL : apart);
    }
}

void PairReport::add(size_t place, const std::string &id,
                     const SamplePair &pair) {
  ++samples;
  predictionsDifferent += pair.predictionsDiffer;
  largestOutputDifference =
      std::max(largestOutputDifference, pair.largestOutputDifference);
  samplesDifferent +=
      !pair.identical() || pair.largestOutputDifference > tolerance;
  std::optional<PlacedDifference> earliest;
  for (size_t p = 0; p < populations.size(); ++p) {
    populations[p].distance.add(pair.populations[p]);
    if (!pair.firsts[p])
      continue;
    const PlacedDifference found{{*pair.firsts[p]}, place, id, p};
    if (!populations[p].first)
      populations[p].first = found;
    // Of one step, the population that is computed first.
    if (!earliest || found.step < earliest->step)
      earliest = found;
  }
  if (!first)
    first = earliest;
}

bool PairReport::identical() const { return samplesDifferent == 0; }

/// Lines of `of` that `other` does not have.
static std::vector<std::string> onlyIn(const std::vector<std::string> &of,
                                       const std::vector<std::string> &other) {
  std::vector<std::string> out;
  for (const std::string &line : of)
    if (std::find(other.begin(), other.end(), line) == other.end())
      out.push_back(line);
  return out;
}

std::vector<std::string> report::explain(const PairReport &report) {
  std::vector<std::string> out;
  const PairSide *sides[] = {&report.a, &report.b};
  const char *names[] = {"A", "B"};
  // With populations that were not compared, an earlier difference may hide.
  if (report.first && report.a.only.empty() && report.b.only.empty())
    out.push_back(fmt::format(
        "up to the first difference every spike is the same on both sides: it "
        "comes from the arithmetic, weights or delays on the way into '{}', "
        "not "
        "from an earlier spike",
        report.populations[report.first->population].name));
  if (report.a.dt && report.b.dt && *report.a.dt != *report.b.dt)
    out.push_back(fmt::format("a step is {} in A and {} in B: steps are "
                              "compared, not times",
                              format(*report.a.dt), format(*report.b.dt)));
  for (int s = 0; s < 2; ++s)
    for (const engine::Cause &cause : sides[s]->causes)
      if (cause.count > 0)
        out.push_back(fmt::format("{} {}: {} {}", names[s], cause.name,
                                  cause.count, cause.description));
  for (int s = 0; s < 2; ++s)
    for (const std::string &line :
         onlyIn(sides[s]->assumptions, sides[1 - s]->assumptions))
      out.push_back(fmt::format("{} only: {}", names[s], line));
  for (int s = 0; s < 2; ++s)
    for (const std::string &line : sides[s]->warnings)
      out.push_back(fmt::format("{} warns: {}", names[s], line));
  for (int s = 0; s < 2; ++s) {
    unsigned deepest = 0;
    for (const PairPopulation &p : report.populations)
      deepest = std::max(deepest, s == 0 ? p.latencyA : p.latencyB);
    if (deepest > 0)
      out.push_back(fmt::format("{} is retimed: spikes come up to {} step(s) "
                                "later and are shifted back",
                                names[s], deepest));
    if (!sides[s]->only.empty())
      out.push_back(fmt::format("{} alone has the populations {}", names[s],
                                fmt::join(sides[s]->only, ", ")));
  }
  return out;
}
