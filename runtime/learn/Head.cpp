// Batches are cut into pieces of a fixed number of samples; threads sum the
// gradients of pieces, which are then added in order.

#include "runtime/learn/Head.h"

#include "hw-models/base/Team.h"
#include "runtime/learn/HeadChecks.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::learn;

Result<void> learn::checkOptions(const HeadOptions &options) {
  if (options.epochs == 0 || options.batch == 0)
    return Error(fmt::format("{} epochs of batches of {} samples fit nothing; "
                             "both must be at least 1",
                             options.epochs, options.batch));
  if (!(options.adam.rate > 0) || !std::isfinite(options.adam.rate))
    return Error(fmt::format("the learning rate is {}; a number above 0 was "
                             "wanted",
                             options.adam.rate));
  if (!(options.adam.decay >= 0) || !std::isfinite(options.adam.decay))
    return Error(fmt::format("the weight decay is {}; a number of 0 or more "
                             "was wanted",
                             options.adam.decay));
  for (const size_t size : options.hidden)
    if (size == 0)
      return Error("a hidden layer has no neurons");
  return {};
}

Error learn::diverged(size_t epoch, double rate) {
  return Error(fmt::format("the loss is no number any more in epoch {}", epoch))
      .note(fmt::format("use a smaller learning rate than {}", rate));
}

Columns::Columns(const ReadoutData &data, bool standardise)
    : x(Eigen::Map<const Batch>(data.features().data(),
                                static_cast<Eigen::Index>(data.featureCount()),
                                static_cast<Eigen::Index>(data.samples()))),
      labels(data.labels()), mean(Eigen::VectorXd::Zero(x.rows())),
      scale(Eigen::VectorXd::Ones(x.rows())) {
  if (!standardise)
    return;
  meanAndScale(x, mean, scale);
  x.colwise() -= mean;
  x = scale.asDiagonal() * x;
}

std::vector<float> learn::scoresOf(std::span<const network::Readout> layers,
                                   std::span<const double> features) {
  std::vector<double> x(features.begin(), features.end());
  std::vector<float> out;
  for (const network::Readout &layer : layers) {
    out = layer.apply(x);
    x.assign(out.begin(), out.end());
  }
  return out;
}

/// The share of samples whose label has the largest score.
static double accuracyOf(std::span<const network::Readout> layers,
                         const ReadoutData &data) {
  const std::vector<double> features = data.features();
  const std::vector<int> labels = data.labels();
  size_t right = 0;
  for (size_t s = 0; s < labels.size(); ++s) {
    const std::vector<float> scores =
        scoresOf(layers, std::span(features).subspan(s * data.featureCount(),
                                                     data.featureCount()));
    right += std::ranges::max_element(scores) - scores.begin() == labels[s];
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

Result<HeadFit> learn::fitHead(const ReadoutData &data,
                               const HeadOptions &options) {
  if (Result<void> good = checkOptions(options); !good)
    return good.takeError();
  const size_t samples = data.samples();
  if (samples == 0 || data.featureCount() == 0)
    return Error("there are no samples to fit a readout to");
  const Columns all(data, options.standardise);
  std::vector<size_t> sizes = {data.featureCount()};
  sizes.insert(sizes.end(), options.hidden.begin(), options.hidden.end());
  sizes.push_back(data.classCount());
  Perceptron net(sizes, options.activation, network::Activation::None,
                 options.seed, "head");
  Adam adam(net.parameters.size(), options.adam);

  constexpr size_t piece = 32; // samples
  struct Piece {
    double loss = 0;
    Eigen::VectorXd gradient;
  };
  std::vector<Piece> pieces;
  Team team(options.threads);
  HeadFit fit;
  Eigen::VectorXd gradient(net.parameters.size());
  for (size_t epoch = 0; epoch < options.epochs; ++epoch) {
    const std::vector<size_t> order =
        shuffled(samples, options.seed, "head", epoch);
    double loss = 0;
    for (size_t start = 0; start < samples; start += options.batch) {
      const size_t size = std::min(options.batch, samples - start);
      pieces.resize((size + piece - 1) / piece);
      team.forEach(pieces.size(), [&](uint64_t p, unsigned) {
        const size_t first = p * piece, last = std::min(size, first + piece);
        Batch x(all.x.rows(), static_cast<Eigen::Index>(last - first));
        std::vector<int> labels;
        for (size_t i = first; i < last; ++i) {
          const size_t sample = order[start + i];
          x.col(static_cast<Eigen::Index>(i - first)) =
              all.x.col(static_cast<Eigen::Index>(sample));
          labels.push_back(all.labels[sample]);
        }
        const Perceptron::Pass pass = net.forward(x);
        Batch outer;
        const double share =
            static_cast<double>(last - first) / static_cast<double>(size);
        pieces[p].loss = share * crossEntropy(pass.result, labels, outer);
        pieces[p].gradient.setZero(net.parameters.size());
        net.backward(pass, share * outer, pieces[p].gradient);
      });
      gradient.setZero();
      for (const Piece &part : pieces) {
        gradient += part.gradient;
        loss += part.loss * static_cast<double>(size);
      }
      adam.step(net.parameters, gradient);
      ++fit.updates;
    }
    fit.loss = loss / static_cast<double>(samples);
    if (!std::isfinite(fit.loss) || !net.parameters.allFinite())
      return diverged(epoch + 1, options.adam.rate);
    if (options.progress)
      options.progress(epoch + 1, options.epochs);
  }
  fit.layers = net.layers(all.mean, all.scale);
  fit.trainingAccuracy = accuracyOf(fit.layers, data);
  return fit;
}
