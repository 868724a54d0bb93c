// Fits digital heads by gradient descent: classifiers of one population's spike
// counts, and projections that bring two populations together.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/learn/Perceptron.h"
#include "runtime/learn/Readout.h"

#include <functional>

namespace limen::learn {

/// What classifiers and projections have in common.
struct HeadOptions {
  std::vector<size_t> hidden; ///< neurons of each hidden layer
  network::Activation activation = network::Activation::Relu; ///< of these
  AdamOptions adam;
  size_t epochs = 100, batch = 100;
  /// Fit to features of mean 0 and variance 1; folded into the first layer.
  bool standardise = true;
  uint64_t seed = 1; ///< of first weights and of the order of samples
  unsigned threads = 1;
  std::function<void(size_t done, size_t total)> progress; ///< of epochs
};

struct HeadFit {
  std::vector<network::Readout> layers; ///< names and sources are empty
  double loss = 0;             ///< mean over the batches of the last epoch
  double trainingAccuracy = 0; ///< by the weights returned
  uint64_t updates = 0;
};

/// Minimises the cross-entropy of softmax(head(c / T)) with Adam. The same for
/// any number of threads. Errors: no samples, no epochs or no batch, a rate
/// that is not positive, a loss that stops being a number.
Result<HeadFit> fitHead(const ReadoutData &data, const HeadOptions &options);

/// The scores of layers for features c / T [inputs].
std::vector<float> scoresOf(std::span<const network::Readout> layers,
                            std::span<const double> features);

/// Projections of two sets of samples that share classes.
struct PairFit {
  std::vector<network::Readout> a, b;
  double loss = 0;
  uint64_t updates = 0, pairs = 0; ///< pairs of an epoch
};

struct PairOptions {
  HeadOptions head; ///< hidden layers of both projections
  size_t dimensions = 64;
  /// Of the projections' results.
  network::Activation last = network::Activation::Gelu;
  double temperature = 1;
  /// Is handed the state after each `watchEvery` epochs (0: never); what it
  /// does leaves the training alone.
  std::function<void(size_t epoch, const PairFit &state)> watch;
  size_t watchEvery = 0;
};

/// Fits a projection for each of two populations so that samples of one class
/// get a large dot product: contrastive training as in CLIP (A. Radford et al.,
/// ICML 2021). In an epoch each sample of the larger set is paired with a
/// random one of its class in the other; in a batch the softmax of (dot
/// products / temperature) over all partners shall be that of the own class,
/// shared by all partners of this class, for both directions. Errors: those of
/// fitHead, a class that one set lacks, a temperature that is not positive.
Result<PairFit> fitPair(const ReadoutData &a, const ReadoutData &b,
                        const PairOptions &options);

/// The symmetric loss of a batch of pairs, and its gradients by both
/// embeddings [dimension][pair].
double contrastiveLoss(const Batch &a, const Batch &b,
                       std::span<const int> labels, double temperature,
                       Batch &gradientA, Batch &gradientB);

/// How well samples of one set find their class in another.
struct Search {
  /// Probability that a query has its largest dot product with the candidate of
  /// its own class, among one random candidate of each class.
  double choice = 0;
  /// Share of queries whose nearest of all candidates has their class.
  double nearest = 0;
  size_t queries = 0, candidates = 0, classes = 0;
};

/// Embeddings [sample] of queries and candidates with their labels; only
/// classes that both sets have take part. Errors: fewer than two of them.
Result<Search> search(std::span<const std::vector<float>> queries,
                      std::span<const int> queryLabels,
                      std::span<const std::vector<float>> candidates,
                      std::span<const int> candidateLabels);

} // namespace limen::learn
