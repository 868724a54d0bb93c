#include "runtime/learn/Perceptron.h"

#include "hw-models/base/Random.h"

#include <cmath>
#include <numbers>

using namespace limen;
using namespace limen::learn;
using network::Activation;

/// Of network::activate().
static double slope(Activation activation, double x) {
  switch (activation) {
  case Activation::None:
    break;
  case Activation::Relu:
    return x > 0 ? 1 : 0;
  case Activation::Gelu: {
    const double density =
        std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    return 0.5 * std::erfc(-x / std::numbers::sqrt2) + x * density;
  }
  }
  return 1;
}

Perceptron::Perceptron(const std::vector<size_t> &sizes, Activation hidden,
                       Activation last, uint64_t seed, std::string_view name) {
  Eigen::Index total = 0;
  for (size_t k = 0; k + 1 < sizes.size(); ++k) {
    const Layer layer{static_cast<Eigen::Index>(sizes[k]),
                      static_cast<Eigen::Index>(sizes[k + 1]),
                      k + 2 == sizes.size() ? last : hidden, total};
    chain.push_back(layer);
    total += layer.size();
  }
  parameters.resize(total);
  const RandomStream stream(seed, Purpose::HeadWeight, identityOf(name));
  for (const Layer &layer : chain) {
    const double bound = 1 / std::sqrt(static_cast<double>(layer.inputs));
    for (Eigen::Index i = 0; i < layer.size(); ++i)
      parameters[layer.start + i] =
          bound *
          (2 * stream.uniform(static_cast<uint64_t>(layer.start + i)) - 1);
  }
}

Perceptron::Pass Perceptron::forward(const Batch &x) const {
  Pass pass;
  pass.result = x;
  for (const Layer &layer : chain) {
    pass.inputs.push_back(std::move(pass.result));
    Batch sums = weights(layer) * pass.inputs.back();
    sums.colwise() += bias(layer);
    pass.result = sums.unaryExpr(
        [&](double v) { return network::activate(layer.activation, v); });
    pass.sums.push_back(std::move(sums));
  }
  return pass;
}

void Perceptron::backward(const Pass &pass, Batch outer,
                          Eigen::VectorXd &sum) const {
  for (size_t k = chain.size(); k-- > 0;) {
    const Layer &layer = chain[k];
    outer.array() *=
        pass.sums[k]
            .unaryExpr([&](double v) { return slope(layer.activation, v); })
            .array();
    Eigen::Map<
        Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>
        weightSum(sum.data() + layer.start, layer.outputs, layer.inputs);
    weightSum.noalias() += outer * pass.inputs[k].transpose();
    sum.segment(layer.start + layer.outputs * layer.inputs, layer.outputs) +=
        outer.rowwise().sum();
    if (k > 0)
      outer = weights(layer).transpose() * outer;
  }
}

std::vector<network::Readout>
Perceptron::layers(const Eigen::VectorXd &mean,
                   const Eigen::VectorXd &scale) const {
  std::vector<network::Readout> out;
  for (const Layer &layer : chain) {
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> w =
        weights(layer);
    Eigen::VectorXd b = bias(layer);
    if (out.empty()) {
      w = w * scale.asDiagonal();
      b -= w * mean;
    }
    network::Readout &made = out.emplace_back();
    made.classes = layer.outputs;
    made.weights = network::Array<float>::own({w.data(), w.data() + w.size()});
    made.bias = network::Array<float>::own({b.data(), b.data() + b.size()});
    made.activation = layer.activation;
    if (out.size() > 1)
      made.before = static_cast<unsigned>(out.size() - 2);
  }
  return out;
}

Adam::Adam(Eigen::Index size, const AdamOptions &options)
    : options(options), first(Eigen::VectorXd::Zero(size)),
      second(Eigen::VectorXd::Zero(size)) {}

void Adam::step(Eigen::VectorXd &parameters, const Eigen::VectorXd &gradient) {
  ++steps;
  first = options.beta1 * first + (1 - options.beta1) * gradient;
  second = options.beta2 * second + (1 - options.beta2) * gradient.cwiseAbs2();
  const auto t = static_cast<double>(steps);
  const double one = 1 - std::pow(options.beta1, t);
  const double two = 1 - std::pow(options.beta2, t);
  parameters *= 1 - options.rate * options.decay;
  parameters.array() -= options.rate * (first.array() / one) /
                        ((second.array() / two).sqrt() + options.epsilon);
}

double learn::crossEntropy(const Batch &scores, std::span<const int> labels,
                           Batch &gradient) {
  gradient.resize(scores.rows(), scores.cols());
  const auto samples = static_cast<double>(scores.cols());
  double loss = 0;
  for (Eigen::Index s = 0; s < scores.cols(); ++s) {
    const int label = labels[static_cast<size_t>(s)];
    const double top = scores.col(s).maxCoeff();
    const Eigen::VectorXd shifted =
        (scores.col(s).array() - top).exp().matrix();
    const double sum = shifted.sum();
    loss += std::log(sum) - (scores(label, s) - top);
    gradient.col(s) = shifted / (sum * samples);
    gradient(label, s) -= 1 / samples;
  }
  return loss / samples;
}

void learn::meanAndScale(const Batch &x, Eigen::VectorXd &mean,
                         Eigen::VectorXd &scale) {
  mean = x.rowwise().mean();
  scale.resize(x.rows());
  for (Eigen::Index f = 0; f < x.rows(); ++f) {
    const double variance = (x.row(f).array() - mean[f]).square().mean();
    scale[f] = variance > 0 ? 1 / std::sqrt(variance) : 0;
  }
}

std::vector<size_t> learn::shuffled(size_t size, uint64_t seed,
                                    std::string_view name, uint64_t round) {
  const RandomStream stream(seed, Purpose::Shuffle, identityOf(name));
  std::vector<size_t> order(size);
  for (size_t i = 0; i < size; ++i)
    order[i] = i;
  for (size_t i = size; i > 1; --i) {
    const auto other =
        static_cast<size_t>(stream.uniform(round, static_cast<uint32_t>(i)) *
                            static_cast<double>(i));
    std::swap(order[i - 1], order[other]);
  }
  return order;
}
