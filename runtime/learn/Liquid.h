// What a liquid (a fixed recurrent network) does to its input: measures that
// say whether a readout can be fitted to it.
#pragma once

#include "hw-models/base/Error.h"

#include <cstddef>
#include <span>
#include <vector>

namespace limen::learn {

/// How far classes lie apart in the states of a liquid, after E. Goodman and
/// D. Ventura, "Spatiotemporal pattern recognition via liquid state machines"
/// (IJCNN 2006): separation = between / (within + 1).
struct Separation {
  double between = 0; ///< distances of all ordered pairs of class means / N^2
  double within = 0;  ///< mean over classes of the mean distance to their mean
  double value = 0;
};

/// `states` is row-major [samples, features]; Euclidean distances. Errors:
/// sizes that do not agree, a negative label, fewer than two classes.
Result<Separation> separation(std::span<const double> states, size_t features,
                              std::span<const int> labels);

/// The rank of the matrix of states, row-major [samples, features]: how many
/// inputs a linear readout can tell apart at will (R. Legenstein and W. Maass,
/// Neural Networks 20, 2007). Householder QR with column pivoting in double;
/// pivots below the largest times eps times the smaller size count as 0.
/// Errors: no samples, a size that is no multiple of `features`.
Result<size_t> kernelRank(std::span<const double> states, size_t features);

/// How much of an input's past a linear readout of the present state holds,
/// after H. Jaeger, "Short term memory in echo state networks" (GMD report 152,
/// 2001): curve[k] is the squared correlation of u(t - k) with its best linear
/// estimate from x(t) (k = 0, 1, ...), the capacity the sum of k >= 1.
struct Memory {
  std::vector<double> curve;
  double capacity = 0;
};

/// `states` is row-major [steps, features] and `signal` [steps]. Estimates are
/// fitted to the first two thirds of the steps from `longest` on (ridge of 1e-6
/// of the mean variance of a feature) and correlated on the others. A signal or
/// an estimate that does not vary gives 0. Errors: sizes that do not agree,
/// fewer than 3 x (features + 1) steps after `longest`.
Result<Memory> memory(std::span<const double> states, size_t features,
                      std::span<const double> signal, size_t longest);

} // namespace limen::learn
