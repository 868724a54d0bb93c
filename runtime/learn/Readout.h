// Fits the digital readout of a network whose spiking part is fixed.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <span>
#include <vector>

namespace limen::learn {

/// Spike counts of samples with their labels, kept compactly (two bytes a
/// count) and in order of sample index. What is fitted does not depend on the
/// order of `add` and `merge`: threads may fill one set each.
class ReadoutData {
public:
  ReadoutData(size_t features, size_t classes)
      : width(features), classes(classes) {}

  /// One sample: the spike counts of the readout's source after `steps` steps.
  /// Errors: a wrong number of counts, a label outside the classes, no steps, a
  /// count above 65535.
  Result<void> add(uint64_t index, std::span<const uint32_t> counts,
                   uint32_t steps, int label);

  /// Takes over the samples of `other`, which must have the same sizes.
  void merge(ReadoutData &&other);

  /// Features c / T [feature][sample] in order of sample index, eight bytes
  /// each, column-major; and the labels.
  std::vector<double> features() const;
  std::vector<int> labels() const;

  size_t samples() const { return entries.size(); }
  size_t featureCount() const { return width; }
  size_t classCount() const { return classes; }

private:
  friend class ReadoutSolver;

  struct Entry {
    uint64_t index;
    uint32_t steps;
    int label;
    size_t block; ///< which block holds its counts, and where
    size_t offset;
  };

  std::vector<Entry> inOrder() const;

  size_t width;
  size_t classes;
  std::vector<Entry> entries;
  std::vector<std::vector<uint16_t>> blocks;
};

struct RidgeOptions {
  /// Strengths of the regularisation to choose from, in units of the mean
  /// variance of a feature times the number of samples. One value is taken as
  /// given. 0 is ordinary least squares.
  std::vector<double> strengths = {1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10};
  /// Give every feature the same weight in the regularisation, whatever its
  /// variance: W is fitted to features of variance 1.
  bool standardise = false;
  unsigned threads = 1;
};

/// How one strength did on samples that it was not fitted to: each sample is
/// left out in turn.
struct RidgeTrial {
  double strength = 0;
  double accuracy = 0;
  double error = 0; ///< mean squared error of a sample's scores
};

/// scores = W (c / T) + b, with one-hot classes as the target.
struct ReadoutFit {
  std::vector<float> weights; ///< row-major [classes, features]
  std::vector<float> bias;    ///< [classes]
  double strength = 0;
  double trainingAccuracy = 0; ///< on all samples, by the weights returned
  std::vector<RidgeTrial> trials;
};

/// Ridge regression: minimises sum_s |W f_s + b - y_s|^2 + lambda |W|^2 with
/// f = c / T and b free. Leaving one sample out has a closed form, y - y' =
/// e / (1 - h) with e the residual and h the sample's leverage, so that every
/// strength is judged on all samples; the one with the smallest error is
/// chosen. The result is the same for any number of threads. Errors: no
/// samples, fewer than two with several strengths, a negative strength,
/// equations that are singular at strength 0.
Result<ReadoutFit> fitReadout(ReadoutData &data,
                              const RidgeOptions &options = {});

} // namespace limen::learn
