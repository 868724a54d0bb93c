// Normal equations of centred features, built tile by tile.
//
// Phases: sort the samples by index; mean of features and targets; Gram matrix
// G = sum (f - m)(f - m)' and right side R = sum (f - m)(y - n)'; with several
// strengths, eigenvectors of G, in which the leverages and residuals of all
// samples cost one product for all strengths; Cholesky of G + lambda I for the
// one chosen. Each tile of G is summed by one thread over the samples in order,
// so that rounding does not depend on the threads. Cost: samples x features^2 /
// 2 multiply-adds, and as many again with about 10 features^3 to choose.

#include "runtime/learn/Readout.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
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
  if (counts.size() != width)
    return Error(fmt::format("sample {} has {} spike counts; {} were wanted",
                             index, counts.size(), width));
  if (label < 0 || static_cast<size_t>(label) >= classes)
    return Error(fmt::format("sample {} has the label {}; the readout has the "
                             "classes 0 to {}",
                             index, label, classes - 1));
  if (steps == 0)
    return Error(fmt::format("sample {} has no steps", index));
  // Blocks of samples, so that growing never copies what is there.
  constexpr size_t blockSamples = 256;
  if (blocks.empty() || blocks.back().size() >= blockSamples * width) {
    blocks.emplace_back();
    blocks.back().reserve(blockSamples * width);
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

std::vector<ReadoutData::Entry> ReadoutData::inOrder() const {
  std::vector<Entry> sorted = entries;
  std::ranges::sort(sorted, {}, &Entry::index);
  return sorted;
}

std::vector<double> ReadoutData::features() const {
  std::vector<double> out;
  out.reserve(entries.size() * width);
  for (const Entry &entry : inOrder())
    for (size_t f = 0; f < width; ++f)
      out.push_back(static_cast<double>(blocks[entry.block][entry.offset + f]) /
                    entry.steps);
  return out;
}

std::vector<int> ReadoutData::labels() const {
  std::vector<int> out;
  for (const Entry &entry : inOrder())
    out.push_back(entry.label);
  return out;
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
    data.entries = data.inOrder();
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
    VectorXd scale; ///< of each feature, before the Gram matrix

    /// The mean variance of a feature times the samples. A liquid that never
    /// fires has no scale of its own.
    double unit() const {
      const double trace = gram.trace();
      return trace > 0 ? trace / static_cast<double>(gram.rows()) : 1;
    }
  };

  struct Solution {
    MatrixXd weights; ///< features x classes
    VectorXd bias;
  };

  Row counts(const ReadoutData::Entry &entry) const {
    return {data.blocks[entry.block].data() + entry.offset,
            static_cast<Eigen::Index>(data.width)};
  }

  /// The features of samples [start, start + size), centred and scaled.
  void fill(const Equations &equations, size_t start, size_t size,
            MatrixXd &rows) const;
  Equations equations() const;
  Result<std::vector<RidgeTrial>> leaveOneOut(const Equations &equations) const;
  Result<Solution> solve(const Equations &equations, double strength) const;
  static ReadoutFit round(const Solution &solution);
  double accuracy(const ReadoutFit &fit) const;

  ReadoutData &data;
  const RidgeOptions &options;
};

} // namespace limen::learn

static constexpr size_t batch = 256; ///< samples in memory at once

static Error singular(double strength) {
  return Error(fmt::format("the equations of the readout are singular at "
                           "regularisation strength {}",
                           strength))
      .note("neurons that never fire or always fire together cause this; "
            "use a strength above 0, for example 1e-3");
}

void ReadoutSolver::fill(const Equations &equations, size_t start, size_t size,
                         MatrixXd &rows) const {
  rows.resize(static_cast<Eigen::Index>(size),
              static_cast<Eigen::Index>(data.width));
  for (size_t i = 0; i < size; ++i) {
    const ReadoutData::Entry &entry = data.entries[start + i];
    rows.row(static_cast<Eigen::Index>(i)) =
        ((counts(entry).cast<double>() / entry.steps - equations.featureMean)
             .array() *
         equations.scale.array())
            .transpose();
  }
}

ReadoutSolver::Equations ReadoutSolver::equations() const {
  const auto features = static_cast<Eigen::Index>(data.width);
  const auto classes = static_cast<Eigen::Index>(data.classes);
  const size_t samples = data.entries.size();
  Equations out;
  out.samples = samples;
  out.featureMean = VectorXd::Zero(features);
  out.targetMean = VectorXd::Zero(classes);
  for (const ReadoutData::Entry &entry : data.entries) {
    out.featureMean += counts(entry).cast<double>() / entry.steps;
    out.targetMean[entry.label] += 1;
  }
  out.featureMean /= static_cast<double>(samples);
  out.targetMean /= static_cast<double>(samples);
  out.scale = VectorXd::Ones(features);

  // Columns of tiles on and below the diagonal.
  constexpr Eigen::Index tile = 128;
  const Eigen::Index tiles = (features + tile - 1) / tile;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> work;
  for (Eigen::Index row = 0; row < tiles; ++row)
    for (Eigen::Index column = 0; column <= row; ++column)
      work.emplace_back(row, column);
  out.gram = MatrixXd::Zero(features, features);
  out.right = MatrixXd::Zero(features, classes);
  MatrixXd centred; // samples x features
  for (size_t start = 0; start < samples; start += batch) {
    const size_t size = std::min(batch, samples - start);
    const auto rows = static_cast<Eigen::Index>(size);
    fill(out, start, size, centred);
    MatrixXd target = MatrixXd::Zero(rows, classes);
    for (size_t i = 0; i < size; ++i)
      target(static_cast<Eigen::Index>(i), data.entries[start + i].label) = 1;
    target.rowwise() -= out.targetMean.transpose();
    out.right.noalias() += centred.transpose() * target;
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
  if (options.standardise) {
    for (Eigen::Index f = 0; f < features; ++f) {
      const double variance = out.gram(f, f) / static_cast<double>(samples);
      out.scale[f] = variance > 0 ? 1 / std::sqrt(variance) : 0;
    }
    out.gram = out.scale.asDiagonal() * out.gram * out.scale.asDiagonal();
    out.right = out.scale.asDiagonal() * out.right;
  }
  return out;
}

Result<std::vector<RidgeTrial>>
ReadoutSolver::leaveOneOut(const Equations &equations) const {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(equations.gram);
  if (eigen.info() != Eigen::Success)
    return Error("the eigenvalues of the readout's equations were not found");
  const size_t strengths = options.strengths.size();
  const auto features = static_cast<Eigen::Index>(data.width);
  // Columns: 1 / (eigenvalue + lambda) of each strength.
  MatrixXd inverse(features, static_cast<Eigen::Index>(strengths));
  std::vector<MatrixXd> weights; // in the eigenvectors' basis
  const MatrixXd right = eigen.eigenvectors().transpose() * equations.right;
  for (size_t k = 0; k < strengths; ++k) {
    const VectorXd pivots =
        eigen.eigenvalues().array() + options.strengths[k] * equations.unit();
    if (pivots.minCoeff() <= 1e-14 * pivots.maxCoeff())
      return singular(options.strengths[k]);
    inverse.col(static_cast<Eigen::Index>(k)) = pivots.cwiseInverse();
    weights.push_back(pivots.cwiseInverse().asDiagonal() * right);
  }

  // [batch][strength]: right ones, squared error.
  struct Sum {
    size_t right = 0;
    double error = 0;
  };
  const size_t samples = data.entries.size();
  const size_t batches = (samples + batch - 1) / batch;
  std::vector<std::vector<Sum>> sums(batches, std::vector<Sum>(strengths));
  forEach(batches, options.threads, [&](size_t b) {
    const size_t start = b * batch;
    const size_t size = std::min(batch, samples - start);
    MatrixXd rows;
    fill(equations, start, size, rows);
    const MatrixXd turned = rows * eigen.eigenvectors();
    const MatrixXd leverage = turned.cwiseAbs2() * inverse;
    for (size_t k = 0; k < strengths; ++k) {
      MatrixXd scores = turned * weights[k];
      scores.rowwise() += equations.targetMean.transpose();
      for (size_t i = 0; i < size; ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        const int label = data.entries[start + i].label;
        const double h = leverage(row, static_cast<Eigen::Index>(k)) +
                         1 / static_cast<double>(samples);
        // A sample that alone decides its own score says nothing without it.
        const double free = std::max(1 - h, 1e-9);
        VectorXd residual = -scores.row(row).transpose();
        residual[label] += 1;
        residual /= free;
        VectorXd without = -residual;
        without[label] += 1;
        Eigen::Index best = 0;
        without.maxCoeff(&best);
        sums[b][k].right += best == label;
        sums[b][k].error += residual.squaredNorm();
      }
    }
  });
  std::vector<RidgeTrial> trials;
  for (size_t k = 0; k < strengths; ++k) {
    Sum all;
    for (const std::vector<Sum> &sum : sums) {
      all.right += sum[k].right;
      all.error += sum[k].error;
    }
    const auto n = static_cast<double>(samples);
    trials.push_back({options.strengths[k], static_cast<double>(all.right) / n,
                      all.error / n});
  }
  return trials;
}

Result<ReadoutSolver::Solution> ReadoutSolver::solve(const Equations &equations,
                                                     double strength) const {
  MatrixXd regularised = equations.gram;
  regularised.diagonal().array() += strength * equations.unit();
  const Eigen::LLT<Eigen::Ref<MatrixXd>, Eigen::Lower> factor(regularised);
  // A zero pivot passes as a tiny one after rounding; 1e-12 of the largest is
  // far below what data of 16 bits resolve.
  const VectorXd pivots = regularised.diagonal().array().square();
  if (factor.info() != Eigen::Success ||
      pivots.minCoeff() <= 1e-14 * pivots.maxCoeff())
    return singular(strength);
  Solution out;
  out.weights = equations.scale.asDiagonal() * factor.solve(equations.right);
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

double ReadoutSolver::accuracy(const ReadoutFit &fit) const {
  // The weights as engines see them: rounded to float.
  const auto features = static_cast<Eigen::Index>(data.width);
  const auto classes = static_cast<Eigen::Index>(data.classes);
  const MatrixXd weights =
      Eigen::Map<const Eigen::MatrixXf>(fit.weights.data(), features, classes)
          .cast<double>();
  const VectorXd bias =
      Eigen::Map<const Eigen::VectorXf>(fit.bias.data(), classes)
          .cast<double>();
  size_t right = 0;
  for (const ReadoutData::Entry &entry : data.entries) {
    const VectorXd feature = counts(entry).cast<double>() / entry.steps;
    Eigen::Index best = 0;
    (weights.transpose() * feature + bias).maxCoeff(&best);
    right += best == entry.label;
  }
  return static_cast<double>(right) / static_cast<double>(data.entries.size());
}

Result<ReadoutFit> ReadoutSolver::run() {
  if (data.entries.empty() || data.width == 0)
    return Error("there are no samples to fit a readout to");
  if (options.strengths.empty())
    return Error("no regularisation strength was given");
  for (double strength : options.strengths)
    if (!(strength >= 0) || !std::isfinite(strength))
      return Error(fmt::format("the regularisation strength {} is not a finite "
                               "number of zero or more",
                               strength));
  const bool choose = options.strengths.size() > 1;
  if (choose && data.entries.size() < 2)
    return Error("one sample is too few to choose a regularisation strength by "
                 "leaving samples out")
        .note("give more samples, or a single regularisation strength");

  const Equations all = equations();
  double strength = options.strengths.front();
  std::vector<RidgeTrial> trials;
  if (choose) {
    Result<std::vector<RidgeTrial>> tried = leaveOneOut(all);
    if (!tried)
      return tried.takeError();
    trials = std::move(*tried);
    strength =
        std::ranges::min_element(trials, {}, &RidgeTrial::error)->strength;
  }
  Result<Solution> solution = solve(all, strength);
  if (!solution)
    return solution.takeError();
  ReadoutFit fit = round(*solution);
  fit.strength = strength;
  fit.trials = std::move(trials);
  fit.trainingAccuracy = accuracy(fit);
  return fit;
}

Result<ReadoutFit> limen::learn::fitReadout(ReadoutData &data,
                                            const RidgeOptions &options) {
  return ReadoutSolver(data, options).run();
}
