// The weights of a stage as a matrix: what a crossbar stores.
//
// A dense or random stage is [inputs, outputs]. A convolution is its kernel
// matrix, one per group: rows are taps (input channel within the group, ky,
// kx), columns output channels within the group; output positions use it in
// turn.
#pragma once

#include "runtime/network/Network.h"

#include <functional>

namespace limen::network {

/// Whether a stage has a weight matrix (dense, random, conv2d).
bool hasMatrix(const Stage &stage);

/// Matrices of a stage: the groups of a convolution, unless it is unrolled into
/// one; else 1.
unsigned matrixCount(const Stage &stage, bool unrolled = false);

/// Output positions that use the same matrix: 1 except for a convolution.
int64_t positionCount(const Stage &stage);

/// Rows and columns of each matrix of the stage.
std::array<uint32_t, 2> matrixShape(const Stage &stage);

/// Calls `visit(column, weight)` for each non-zero weight of a row, columns
/// ascending.
void visitRow(const Stage &stage, unsigned matrix, uint32_t row,
              const std::function<void(uint32_t, float)> &visit);

/// A matrix of a stage, or that of an unrolled convolution: from all inputs to
/// all outputs, with each weight at every position.
class StoredMatrix {
public:
  StoredMatrix(const Stage &stage, unsigned matrix, bool unrolled)
      : stage(stage), matrix(matrix), unrolled(unrolled) {}

  uint32_t rows() const { return shape()[0]; }
  uint32_t columns() const { return shape()[1]; }
  void visitRow(uint32_t row,
                const std::function<void(uint32_t, float)> &visit) const;

private:
  std::array<uint32_t, 2> shape() const;

  const Stage &stage;
  unsigned matrix;
  bool unrolled;
};

/// Where the value of one input element enters the kernel matrix of a
/// convolution: row `row` of matrix `matrix` for output position `position`.
struct Tap {
  uint32_t position, matrix, row;
};
void visitTaps(const Conv2d &conv, uint32_t source,
               const std::function<void(Tap)> &visit);

/// Flat index of the output that column `column` of `matrix` makes at
/// `position`.
inline uint32_t outputIndex(const Stage &stage, unsigned matrix,
                            uint32_t column, int64_t position) {
  const auto *conv = std::get_if<Conv2d>(&stage.kind);
  if (!conv)
    return column;
  const int64_t perGroup = conv->out[0] / conv->groups;
  return static_cast<uint32_t>(
      (matrix * perGroup + column) * conv->out[1] * conv->out[2] + position);
}

} // namespace limen::network
