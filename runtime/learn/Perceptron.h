// Small perceptrons and what fits them: the trained part of digital heads.
#pragma once

#include "runtime/network/Network.h"

#include <Eigen/Core>
#include <vector>

namespace limen::learn {

/// Samples of a population as numbers, [feature][sample].
using Batch = Eigen::MatrixXd;

/// Layers y = f(W x + b) in double precision. All weights and biases lie in one
/// vector, layer by layer: W row-major, then b.
class Perceptron {
public:
  struct Layer {
    Eigen::Index inputs = 0, outputs = 0;
    network::Activation activation = network::Activation::None;
    Eigen::Index start = 0; ///< of its weights among the parameters

    Eigen::Index size() const { return outputs * (inputs + 1); }
  };

  /// `sizes`: inputs, hidden layers, outputs. Weights and biases are drawn
  /// uniformly from +-1 / sqrt(inputs of the layer), as PyTorch's Linear is.
  Perceptron(const std::vector<size_t> &sizes, network::Activation hidden,
             network::Activation last, uint64_t seed, std::string_view name);

  /// What backward() needs of a forward pass.
  struct Pass {
    std::vector<Batch> inputs, sums; ///< of each layer
    Batch result;
  };
  Pass forward(const Batch &x) const;

  /// Adds the gradient of a loss by the parameters to `sum`, from its gradient
  /// by the results of `pass`.
  void backward(const Pass &pass, Batch outer, Eigen::VectorXd &sum) const;

  /// The layers rounded to float. With `mean` and `scale`, those of features
  /// that the first layer saw as (x - mean) scale: folded into it.
  std::vector<network::Readout> layers(const Eigen::VectorXd &mean,
                                       const Eigen::VectorXd &scale) const;

  Eigen::VectorXd parameters;

private:
  using Weights =
      Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic,
                                     Eigen::RowMajor>>;
  Weights weights(const Layer &layer) const {
    return {parameters.data() + layer.start, layer.outputs, layer.inputs};
  }
  auto bias(const Layer &layer) const {
    return parameters.segment(layer.start + layer.outputs * layer.inputs,
                              layer.outputs);
  }

  std::vector<Layer> chain;
};

/// D. P. Kingma and J. Ba, "Adam" (ICLR 2015); with a decay of the weights that
/// is not part of the gradient (AdamW, I. Loshchilov and F. Hutter, ICLR 2019).
struct AdamOptions {
  double rate = 1e-4;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double decay = 0;
};

class Adam {
public:
  Adam(Eigen::Index size, const AdamOptions &options);
  void step(Eigen::VectorXd &parameters, const Eigen::VectorXd &gradient);

private:
  AdamOptions options;
  Eigen::VectorXd first, second; ///< moments
  uint64_t steps = 0;
};

/// Mean over samples of -log softmax(scores)[label], and its gradient by the
/// scores.
double crossEntropy(const Batch &scores, std::span<const int> labels,
                    Batch &gradient);

/// Of each feature over the samples: mean, and 1 / deviation (0 where it never
/// varies).
void meanAndScale(const Batch &x, Eigen::VectorXd &mean,
                  Eigen::VectorXd &scale);

/// A permutation of 0 ... size - 1, drawn by (seed, name, round).
std::vector<size_t> shuffled(size_t size, uint64_t seed, std::string_view name,
                             uint64_t round);

} // namespace limen::learn
