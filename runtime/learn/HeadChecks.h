// What the two kinds of training by gradient descent share.
#pragma once

#include "runtime/learn/Head.h"

namespace limen::learn {

/// Errors: no epochs or batch, a rate that is not positive, a negative decay,
/// an empty layer.
Result<void> checkOptions(const HeadOptions &options);

Error diverged(size_t epoch, double rate);

/// Samples as columns, standardised if wanted, and what was done to them.
struct Columns {
  Columns(const ReadoutData &data, bool standardise);

  Batch x;
  std::vector<int> labels;
  Eigen::VectorXd mean, scale;
};

} // namespace limen::learn
