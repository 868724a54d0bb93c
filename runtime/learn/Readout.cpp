// Normal equations of centred features, built tile by tile.
//
// Phases: sort the samples by index; mean of features and targets; Gram matrix
// G = sum (f - m)(f - m)' and right side R = sum (f - m)(y - n)'; Cholesky of
// G + lambda I for each strength. Each tile of G is summed by one thread over
// the samples in order, so that rounding does not depend on the threads.
// Cost: samples x features^2 / 2 multiply-adds, features^3 / 3 a strength.

#include "runtime/learn/Readout.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <thread>

using namespace limen;
using namespace limen::learn;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Result<void> ReadoutData::add(uint64_t index, std::span<const uint32_t> counts,
                              uint32_t steps, int label) {
  if (counts.size() != features)
    return Error(fmt::format("sample {} has {} spike counts; {} were wanted",
                             index, counts.size(), features));
  if (label < 0 || static_cast<size_t>(label) >= classes)
    return Error(fmt::format("sample {} has the label {}; the readout has the "
                             "classes 0 to {}",
                             index, label, classes - 1));
  if (steps == 0)
    return Error(fmt::format("sample {} has no steps", index));
  // Blocks of samples, so that growing never copies what is there.
  constexpr size_t blockSamples = 256;
  if (blocks.empty() || blocks.back().size() >= blockSamples * features) {
    blocks.emplace_back();
    blocks.back().reserve(blockSamples * features);
  }
  std::vector<uint16_t> &block = blocks.back();
  const size_t offset = block.size();
  for (uint32_t count : counts) {
    if (count > std::numeric_limits<uint16_t>::max()) {
      block.resize(offset);
      return Error(fmt::format("sample {} has a neuron with {} spikes; at most "
                               "65535 can be fitted",
                               index, count));
    }
    block.push_back(static_cast<uint16_t>(count));
  }
  entries.push_back({index, steps, label, blocks.size() - 1, offset});
  return {};
}

void ReadoutData::merge(ReadoutData &&other) {
  const size_t base = blocks.size();
  for (std::vector<uint16_t> &block : other.blocks)
    blocks.push_back(std::move(block));
  for (Entry entry : other.entries) {
    entry.block += base;
    entries.push_back(entry);
  }
  other.blocks.clear();
  other.entries.clear();
}

/// Calls work(i) for i below `count` on `threads` threads.
template <typename Work>
static void forEach(size_t count, unsigned threads, Work work) {
  std::atomic<size_t> next = 0;
  auto loop = [&] {
    for (size_t i = next++; i < count; i = next++)
      work(i);
  };
  std::vector<std::thread> pool;
  for (unsigned t = 1; t < std::min<size_t>(threads, count); ++t)
    pool.emplace_back(loop);
  loop();
  for (std::thread &thread : pool)
    thread.join();
}

namespace limen::learn {

class ReadoutSolver {
public:
  ReadoutSolver(ReadoutData &data, const RidgeOptions &options)
      : data(data), options(options) {
    std::sort(data.entries.begin(), data.entries.end(),
              [](const auto &a, const auto &b) { return a.index < b.index; });
  }

  Result<ReadoutFit> run();

private:
  using Row = Eigen::Map<const Eigen::Matrix<uint16_t, Eigen::Dynamic, 1>>;

  /// Sums over a set of samples, enough to fit it.
  struct Equations {
    size_t samples = 0;
    VectorXd featureMean, targetMean;
    MatrixXd gram;  ///< lower triangle
    MatrixXd right; ///< features x classes
  };

  struct Solution {
    MatrixXd weights; ///< features x classes
    VectorXd bias;
  };

  Row counts(const ReadoutData::Entry &entry) const {
    return {data.blocks[entry.block].data() + entry.offset,
            static_cast<Eigen::Index>(data.features)};
  }

  bool heldOut(size_t position) const {
    return position % options.holdOutEvery == options.holdOutEvery - 1;
  }

  Equations equations(const std::vector<size_t> &which) const;
  Result<Solution> solve(const Equations &equations, double strength) const;
  static ReadoutFit round(const Solution &solution);
  double accuracy(const ReadoutFit &fit,
                  const std::vector<size_t> &which) const;

  ReadoutData &data;
  const RidgeOptions &options;
};

} // namespace limen::learn

ReadoutSolver::Equations
ReadoutSolver::equations(const std::vector<size_t> &which) const {
  const auto features = static_cast<Eigen::Index>(data.features);
  const auto classes = static_cast<Eigen::Index>(data.classes);
  Equations out;
  out.samples = which.size();
  out.featureMean = VectorXd::Zero(features);
  out.targetMean = VectorXd::Zero(classes);
  for (size_t s : which) {
    const ReadoutData::Entry &entry = data.entries[s];
    out.featureMean += counts(entry).cast<double>() / entry.steps;
    out.targetMean[entry.label] += 1;
  }
  out.featureMean /= static_cast<double>(which.size());
  out.targetMean /= static_cast<double>(which.size());

  // Columns of tiles on and below the diagonal.
  constexpr Eigen::Index tile = 128;
  constexpr size_t batch = 256;
  const Eigen::Index tiles = (features + tile - 1) / tile;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> work;
  for (Eigen::Index row = 0; row < tiles; ++row)
    for (Eigen::Index column = 0; column <= row; ++column)
      work.emplace_back(row, column);
  out.gram = MatrixXd::Zero(features, features);
  out.right = MatrixXd::Zero(features, classes);
  MatrixXd centred(batch, features); // samples x features
  for (size_t start = 0; start < which.size(); start += batch) {
    const size_t size = std::min(batch, which.size() - start);
    const auto rows = static_cast<Eigen::Index>(size);
    MatrixXd target = MatrixXd::Zero(rows, classes);
    for (size_t i = 0; i < size; ++i) {
      const ReadoutData::Entry &entry = data.entries[which[start + i]];
      centred.row(static_cast<Eigen::Index>(i)) =
          (counts(entry).cast<double>() / entry.steps - out.featureMean)
              .transpose();
      target(static_cast<Eigen::Index>(i), entry.label) = 1;
    }
    target.rowwise() -= out.targetMean.transpose();
    out.right.noalias() += centred.topRows(rows).transpose() * target;
    forEach(work.size(), options.threads, [&](size_t w) {
      const auto [row, column] = work[w];
      const Eigen::Index r = row * tile;
      const Eigen::Index c = column * tile;
      const Eigen::Index height = std::min(tile, features - r);
      const Eigen::Index width = std::min(tile, features - c);
      out.gram.block(r, c, height, width).noalias() +=
          centred.block(0, r, rows, height).transpose() *
          centred.block(0, c, rows, width);
    });
  }
  return out;
}

Result<ReadoutSolver::Solution> ReadoutSolver::solve(const Equations &equations,
                                                     double strength) const {
  const double scale = equations.gram.trace() /
                       static_cast<double>(std::max<size_t>(data.features, 1));
  MatrixXd regularised = equations.gram;
  // A liquid that never fires has no scale of its own.
  regularised.diagonal().array() += strength * (scale > 0 ? scale : 1);
  const Eigen::LLT<Eigen::Ref<MatrixXd>, Eigen::Lower> factor(regularised);
  // A zero pivot passes as a tiny one after rounding; 1e-12 of the largest is
  // far below what data of 16 bits resolve.
  const VectorXd pivots = regularised.diagonal().array().square();
  if (factor.info() != Eigen::Success ||
      pivots.minCoeff() <= 1e-14 * pivots.maxCoeff())
    return Error(fmt::format("the equations of the readout are singular at "
                             "regularisation strength {}",
                             strength))
        .note("neurons that never fire or always fire together cause this; "
              "use a strength above 0, for example 1e-3");
  Solution out;
  out.weights = factor.solve(equations.right);
  out.bias =
      equations.targetMean - out.weights.transpose() * equations.featureMean;
  return out;
}

ReadoutFit ReadoutSolver::round(const Solution &solution) {
  ReadoutFit fit;
  // Column-major features x classes is row-major classes x features.
  fit.weights.assign(solution.weights.data(),
                     solution.weights.data() + solution.weights.size());
  fit.bias.assign(solution.bias.data(),
                  solution.bias.data() + solution.bias.size());
  return fit;
}

double ReadoutSolver::accuracy(const ReadoutFit &fit,
                               const std::vector<size_t> &which) const {
  if (which.empty())
    return 0;
  // The weights as engines see them: rounded to float.
  const auto features = static_cast<Eigen::Index>(data.features);
  const auto classes = static_cast<Eigen::Index>(data.classes);
  const MatrixXd weights =
      Eigen::Map<const Eigen::MatrixXf>(fit.weights.data(), features, classes)
          .cast<double>();
  const VectorXd bias =
      Eigen::Map<const Eigen::VectorXf>(fit.bias.data(), classes)
          .cast<double>();
  size_t right = 0;
  for (size_t s : which) {
    const ReadoutData::Entry &entry = data.entries[s];
    const VectorXd feature = counts(entry).cast<double>() / entry.steps;
    Eigen::Index best = 0;
    (weights.transpose() * feature + bias).maxCoeff(&best);
    right += best == entry.label;
  }
  return static_cast<double>(right) / static_cast<double>(which.size());
}

Result<ReadoutFit> ReadoutSolver::run() {
  if (data.entries.empty() || data.features == 0)
    return Error("there are no samples to fit a readout to");
  if (options.strengths.empty())
    return Error("no regularisation strength was given");
  if (options.holdOutEvery < 2)
    return Error(fmt::format("holding out every {}. sample leaves none to fit; "
                             "2 or more was wanted",
                             options.holdOutEvery));
  for (double strength : options.strengths)
    if (!(strength >= 0) || !std::isfinite(strength))
      return Error(fmt::format("the regularisation strength {} is not a finite "
                               "number of zero or more",
                               strength));
  std::vector<size_t> all, kept, held;
  for (size_t i = 0; i < data.entries.size(); ++i) {
    all.push_back(i);
    (heldOut(i) ? held : kept).push_back(i);
  }
  if (held.empty() && options.strengths.size() > 1)
    return Error(fmt::format("{} samples are too few to hold every {}. out",
                             all.size(), options.holdOutEvery))
        .note("give more samples, or a single regularisation strength");

  ReadoutFit fit;
  double strength = options.strengths.front();
  double bestAccuracy = -1;
  std::vector<RidgeTrial> trials;
  if (!held.empty()) {
    const Equations part = equations(kept);
    for (double candidate : options.strengths) {
      Result<Solution> solution = solve(part, candidate);
      if (!solution)
        return solution.takeError();
      const double score = accuracy(round(*solution), held);
      trials.push_back({candidate, score});
      if (score > bestAccuracy ||
          (score == bestAccuracy && candidate > strength)) {
        bestAccuracy = score;
        strength = candidate;
      }
    }
  }
  Result<Solution> solution = solve(equations(all), strength);
  if (!solution)
    return solution.takeError();
  fit = round(*solution);
  fit.strength = strength;
  fit.trials = std::move(trials);
  fit.holdOutAccuracy = std::max(bestAccuracy, 0.0);
  fit.trainingAccuracy = accuracy(fit, all);
  return fit;
}

Result<ReadoutFit> limen::learn::fitReadout(ReadoutData &data,
                                            const RidgeOptions &options) {
  return ReadoutSolver(data, options).run();
}
