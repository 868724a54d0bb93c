// Projections of two populations into one space, and searches in it.

#include "hw-models/base/Random.h"
#include "runtime/learn/HeadChecks.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>

using namespace limen;
using namespace limen::learn;

/// Mean over rows of the cross-entropy between the softmax of a row and the
/// row's partners of its class, each with the same share. Adds half of its
/// gradient to `gradient` and returns half of it.
static double halfLoss(const Batch &similarity, std::span<const int> labels,
                       Batch &gradient) {
  const Eigen::Index n = similarity.rows();
  const double part = 0.5 / static_cast<double>(n);
  double loss = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const double top = similarity.row(i).maxCoeff();
    const Eigen::RowVectorXd shifted =
        (similarity.row(i).array() - top).exp().matrix();
    const double sum = shifted.sum();
    gradient.row(i) += part / sum * shifted;
    double same = 0;
    for (Eigen::Index j = 0; j < n; ++j)
      same += labels[j] == labels[i];
    for (Eigen::Index j = 0; j < n; ++j) {
      if (labels[j] != labels[i])
        continue;
      loss += part / same * (std::log(sum) - (similarity(i, j) - top));
      gradient(i, j) -= part / same;
    }
  }
  return loss;
}

double learn::contrastiveLoss(const Batch &a, const Batch &b,
                              std::span<const int> labels, double temperature,
                              Batch &gradientA, Batch &gradientB) {
  const Batch similarity = a.transpose() * b / temperature;
  Batch gradient = Batch::Zero(similarity.rows(), similarity.cols());
  double loss = halfLoss(similarity, labels, gradient);
  Batch other = Batch::Zero(similarity.cols(), similarity.rows());
  loss += halfLoss(similarity.transpose(), labels, other);
  gradient += other.transpose();
  gradientA = b * gradient.transpose() / temperature;
  gradientB = a * gradient / temperature;
  return loss;
}

using Members = std::map<int, std::vector<size_t>>;

static Members membersOf(std::span<const int> labels) {
  Members out;
  for (size_t s = 0; s < labels.size(); ++s)
    out[labels[s]].push_back(s);
  return out;
}

Result<PairFit> learn::fitPair(const ReadoutData &a, const ReadoutData &b,
                               const PairOptions &options) {
  const HeadOptions &head = options.head;
  if (Result<void> good = checkOptions(head); !good)
    return good.takeError();
  if (options.dimensions == 0)
    return Error("projections of 0 dimensions hold nothing");
  if (!(options.temperature > 0) || !std::isfinite(options.temperature))
    return Error(fmt::format("the temperature is {}; a number above 0 was "
                             "wanted",
                             options.temperature));
  if (a.samples() == 0 || b.samples() == 0)
    return Error(fmt::format("{} and {} samples make no pairs", a.samples(),
                             b.samples()));
  const ReadoutData *data[] = {&a, &b};
  std::vector<Columns> sets;
  std::vector<Perceptron> nets;
  std::vector<Adam> adams;
  std::vector<Members> members;
  for (int side = 0; side < 2; ++side) {
    sets.emplace_back(*data[side], head.standardise);
    std::vector<size_t> sizes = {data[side]->featureCount()};
    sizes.insert(sizes.end(), head.hidden.begin(), head.hidden.end());
    sizes.push_back(options.dimensions);
    nets.emplace_back(sizes, head.activation, options.last, head.seed,
                      side == 0 ? "projection a" : "projection b");
    adams.emplace_back(nets.back().parameters.size(), head.adam);
    members.push_back(membersOf(sets.back().labels));
  }
  for (int side = 0; side < 2; ++side)
    for (const auto &[label, samples] : members[side])
      if (!members[1 - side].contains(label))
        return Error(fmt::format("class {} has {} samples of the {} set and "
                                 "none of the {}",
                                 label, samples.size(),
                                 side == 0 ? "first" : "second",
                                 side == 0 ? "second" : "first"));

  const int larger = a.samples() >= b.samples() ? 0 : 1;
  const RandomStream partners(head.seed, Purpose::Partner, 0);
  PairFit fit;
  fit.pairs = data[larger]->samples();
  const auto keepLayers = [&] {
    fit.a = nets[0].layers(sets[0].mean, sets[0].scale);
    fit.b = nets[1].layers(sets[1].mean, sets[1].scale);
  };
  for (size_t epoch = 0; epoch < head.epochs; ++epoch) {
    const std::vector<size_t> order =
        shuffled(fit.pairs, head.seed, "pairs", epoch);
    double loss = 0;
    for (size_t start = 0; start < fit.pairs; start += head.batch) {
      const size_t size = std::min(head.batch, fit.pairs - start);
      std::vector<int> labels;
      Batch x[2];
      for (int side = 0; side < 2; ++side)
        x[side].resize(sets[side].x.rows(), static_cast<Eigen::Index>(size));
      for (size_t i = 0; i < size; ++i) {
        const size_t sample = order[start + i];
        const int label = sets[larger].labels[sample];
        const std::vector<size_t> &others = members[1 - larger].at(label);
        const auto pick = static_cast<size_t>(
            partners.uniform(epoch, static_cast<uint32_t>(start + i)) *
            static_cast<double>(others.size()));
        const auto column = static_cast<Eigen::Index>(i);
        labels.push_back(label);
        x[larger].col(column) =
            sets[larger].x.col(static_cast<Eigen::Index>(sample));
        x[1 - larger].col(column) =
            sets[1 - larger].x.col(static_cast<Eigen::Index>(others[pick]));
      }
      const Perceptron::Pass pass[] = {nets[0].forward(x[0]),
                                       nets[1].forward(x[1])};
      Batch outer[2];
      loss += static_cast<double>(size) *
              contrastiveLoss(pass[0].result, pass[1].result, labels,
                              options.temperature, outer[0], outer[1]);
      for (int side = 0; side < 2; ++side) {
        Eigen::VectorXd gradient =
            Eigen::VectorXd::Zero(nets[side].parameters.size());
        nets[side].backward(pass[side], outer[side], gradient);
        adams[side].step(nets[side].parameters, gradient);
      }
      ++fit.updates;
    }
    fit.loss = loss / static_cast<double>(fit.pairs);
    if (!std::isfinite(fit.loss) || !nets[0].parameters.allFinite() ||
        !nets[1].parameters.allFinite())
      return diverged(epoch + 1, head.adam.rate);
    if (head.progress)
      head.progress(epoch + 1, head.epochs);
    if (options.watch && options.watchEvery != 0 &&
        (epoch + 1) % options.watchEvery == 0) {
      keepLayers();
      options.watch(epoch + 1, fit);
    }
  }
  keepLayers();
  return fit;
}

Result<Search> learn::search(std::span<const std::vector<float>> queries,
                             std::span<const int> queryLabels,
                             std::span<const std::vector<float>> candidates,
                             std::span<const int> candidateLabels) {
  const Members asked = membersOf(queryLabels);
  Members offered = membersOf(candidateLabels);
  std::erase_if(
      offered, [&](const auto &entry) { return !asked.contains(entry.first); });
  if (offered.size() < 2)
    return Error(fmt::format("{} classes are in both sets; a search needs two",
                             offered.size()));
  Search out;
  out.classes = offered.size();
  for (const auto &[label, samples] : offered)
    out.candidates += samples.size();
  for (size_t q = 0; q < queries.size(); ++q) {
    if (!offered.contains(queryLabels[q]))
      continue;
    ++out.queries;
    // Similarities of the candidates of each class, ascending.
    std::map<int, std::vector<double>> similar;
    for (const auto &[label, samples] : offered) {
      for (const size_t c : samples)
        similar[label].push_back(std::inner_product(
            queries[q].begin(), queries[q].end(), candidates[c].begin(), 0.0));
      std::ranges::sort(similar[label]);
    }
    const std::vector<double> &own = similar[queryLabels[q]];
    double choice = 0;
    for (const double value : own) {
      double wins = 1;
      for (const auto &[label, others] : similar) {
        if (label == queryLabels[q])
          continue;
        // One of equals wins half of the time.
        const auto [low, high] = std::ranges::equal_range(others, value);
        const double below = static_cast<double>(low - others.begin());
        const double equal = static_cast<double>(high - low);
        wins *= (below + equal / 2) / static_cast<double>(others.size());
      }
      choice += wins;
    }
    out.choice += choice / static_cast<double>(own.size());
    const bool nearest = std::ranges::none_of(similar, [&](const auto &entry) {
      return entry.first != queryLabels[q] && entry.second.back() >= own.back();
    });
    out.nearest += nearest;
  }
  out.choice /= static_cast<double>(out.queries);
  out.nearest /= static_cast<double>(out.queries);
  return out;
}
