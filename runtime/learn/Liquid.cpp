#include "runtime/learn/Liquid.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/QR>
#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>

using namespace limen;
using namespace limen::learn;
using Eigen::MatrixXd;
using Eigen::VectorXd;

using States = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic,
                                              Eigen::Dynamic, Eigen::RowMajor>>;

static Result<size_t> rowsOf(std::span<const double> states, size_t features) {
  if (features == 0 || states.empty() || states.size() % features != 0)
    return Error(fmt::format("{} states are no rows of {} features",
                             states.size(), features));
  return states.size() / features;
}

Result<Separation> learn::separation(std::span<const double> states,
                                     size_t features,
                                     std::span<const int> labels) {
  Result<size_t> rows = rowsOf(states, features);
  if (!rows)
    return rows.takeError();
  if (labels.size() != *rows)
    return Error(fmt::format("{} labels for {} samples", labels.size(), *rows));
  const States all(states.data(), static_cast<Eigen::Index>(*rows),
                   static_cast<Eigen::Index>(features));
  std::map<int, std::vector<Eigen::Index>> classes;
  for (size_t s = 0; s < *rows; ++s) {
    if (labels[s] < 0)
      return Error(fmt::format("sample {} has no label", s));
    classes[labels[s]].push_back(static_cast<Eigen::Index>(s));
  }
  if (classes.size() < 2)
    return Error(fmt::format("the {} samples are of one class; separation is "
                             "that of at least two",
                             *rows));
  Separation out;
  std::vector<VectorXd> means;
  for (const auto &[label, members] : classes) {
    VectorXd mean = VectorXd::Zero(static_cast<Eigen::Index>(features));
    for (const Eigen::Index s : members)
      mean += all.row(s).transpose();
    mean /= static_cast<double>(members.size());
    double distance = 0;
    for (const Eigen::Index s : members)
      distance += (all.row(s).transpose() - mean).norm();
    out.within += distance / static_cast<double>(members.size());
    means.push_back(std::move(mean));
  }
  const auto n = static_cast<double>(means.size());
  out.within /= n;
  for (const VectorXd &a : means)
    for (const VectorXd &b : means)
      out.between += (a - b).norm() / (n * n);
  out.value = out.between / (out.within + 1);
  return out;
}

Result<size_t> learn::kernelRank(std::span<const double> states,
                                 size_t features) {
  Result<size_t> rows = rowsOf(states, features);
  if (!rows)
    return rows.takeError();
  const States all(states.data(), static_cast<Eigen::Index>(*rows),
                   static_cast<Eigen::Index>(features));
  Eigen::ColPivHouseholderQR<MatrixXd> qr;
  qr.setThreshold(std::numeric_limits<double>::epsilon() *
                  static_cast<double>(std::min(*rows, features)));
  qr.compute(all);
  return static_cast<size_t>(qr.rank());
}

/// Squared correlation, 0 where one of them does not vary.
static double correlation(const VectorXd &a, const VectorXd &b) {
  const VectorXd x = a.array() - a.mean(), y = b.array() - b.mean();
  const double product = x.squaredNorm() * y.squaredNorm();
  const double both = x.dot(y);
  return product > 0 ? both * both / product : 0;
}

Result<Memory> learn::memory(std::span<const double> states, size_t features,
                             std::span<const double> signal, size_t longest) {
  Result<size_t> rows = rowsOf(states, features);
  if (!rows)
    return rows.takeError();
  if (signal.size() != *rows)
    return Error(fmt::format("{} steps of a signal, {} of states",
                             signal.size(), *rows));
  if (*rows < longest + 3 * (features + 1))
    return Error(fmt::format(
        "{} steps are too few for {} features and delays up to {}; at least {} "
        "are needed",
        *rows, features, longest, longest + 3 * (features + 1)));
  const auto n = static_cast<Eigen::Index>(*rows - longest);
  const auto width = static_cast<Eigen::Index>(features);
  const Eigen::Index fitted = n * 2 / 3, tested = n - fitted;
  const States whole(states.data(), static_cast<Eigen::Index>(*rows), width);
  const Eigen::Index begin = static_cast<Eigen::Index>(longest);
  MatrixXd x = whole.middleRows(begin, fitted);
  const Eigen::RowVectorXd mean = x.colwise().mean();
  x.rowwise() -= mean;
  MatrixXd gram = x.transpose() * x;
  const double trace = gram.trace();
  // States that never vary would make it singular.
  const double ridge =
      trace > 0 ? 1e-6 * trace / static_cast<double>(features) : 1.0;
  gram.diagonal().array() += ridge;
  const Eigen::LLT<MatrixXd> factor(gram);
  MatrixXd test = whole.middleRows(begin + fitted, tested);
  test.rowwise() -= mean;

  Memory out;
  const Eigen::Map<const VectorXd> u(signal.data(),
                                     static_cast<Eigen::Index>(*rows));
  for (size_t k = 0; k <= longest; ++k) {
    const VectorXd past = u.segment(begin - static_cast<Eigen::Index>(k), n);
    VectorXd wanted = past.head(fitted);
    wanted.array() -= wanted.mean();
    const VectorXd weights = factor.solve(x.transpose() * wanted);
    out.curve.push_back(correlation(test * weights, past.tail(tested)));
    if (k > 0)
      out.capacity += out.curve.back();
  }
  return out;
}
