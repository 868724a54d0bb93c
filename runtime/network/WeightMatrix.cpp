#include "runtime/network/WeightMatrix.h"

using namespace limen::network;

bool limen::network::hasMatrix(const Stage &stage) {
  return std::holds_alternative<Dense>(stage.kind) ||
         std::holds_alternative<Random>(stage.kind) ||
         std::holds_alternative<Sparse>(stage.kind) ||
         std::holds_alternative<Conv2d>(stage.kind);
}

unsigned limen::network::matrixCount(const Stage &stage, bool unrolled) {
  const auto *conv = std::get_if<Conv2d>(&stage.kind);
  return conv && !unrolled ? static_cast<unsigned>(conv->groups) : 1;
}

int64_t limen::network::positionCount(const Stage &stage) {
  const auto *conv = std::get_if<Conv2d>(&stage.kind);
  return conv ? conv->out[1] * conv->out[2] : 1;
}

std::array<uint32_t, 2> limen::network::matrixShape(const Stage &stage) {
  if (const auto *conv = std::get_if<Conv2d>(&stage.kind))
    return {static_cast<uint32_t>(conv->in[0] / conv->groups * conv->kernel[0] *
                                  conv->kernel[1]),
            static_cast<uint32_t>(conv->out[0] / conv->groups)};
  return {static_cast<uint32_t>(stage.inputs),
          static_cast<uint32_t>(stage.outputs)};
}

/// The weights of `row` from the stage's synapses; those of one pair share its
/// cells.
static void visitSynapses(const Stage &stage, uint32_t row,
                          const std::function<void(uint32_t, float)> &visit) {
  std::vector<Synapse> synapses;
  appendSynapses(stage, row, synapses);
  for (size_t i = 0; i < synapses.size();) {
    const uint32_t column = synapses[i].target;
    double weight = 0;
    for (; i < synapses.size() && synapses[i].target == column; ++i)
      weight += synapses[i].weight;
    if (weight != 0)
      visit(column, static_cast<float>(weight));
  }
}

void limen::network::visitRow(
    const Stage &stage, unsigned matrix, uint32_t row,
    const std::function<void(uint32_t, float)> &visit) {
  if (const auto *conv = std::get_if<Conv2d>(&stage.kind)) {
    const auto [rows, columns] = matrixShape(stage);
    for (uint32_t column = 0; column < columns; ++column) {
      const size_t out = size_t(matrix) * columns + column;
      const float weight = conv->weights[out * rows + row];
      if (weight != 0)
        visit(column, weight);
    }
    return;
  }
  visitSynapses(stage, row, visit);
}

std::array<uint32_t, 2> StoredMatrix::shape() const {
  return unrolled ? std::array{static_cast<uint32_t>(stage.inputs),
                               static_cast<uint32_t>(stage.outputs)}
                  : matrixShape(stage);
}

void StoredMatrix::visitRow(
    uint32_t row, const std::function<void(uint32_t, float)> &visit) const {
  if (unrolled)
    visitSynapses(stage, row, visit);
  else
    network::visitRow(stage, matrix, row, visit);
}

void limen::network::visitTaps(const Conv2d &conv, uint32_t source,
                               const std::function<void(Tap)> &visit) {
  const auto [channels, height, width] = conv.in;
  const int64_t perGroup = channels / conv.groups;
  const int64_t channel = source / (height * width);
  const int64_t y = source / width % height, x = source % width;
  for (int64_t ky = 0; ky < conv.kernel[0]; ++ky) {
    const int64_t oy = y + conv.padding[0] - ky * conv.dilation[0];
    if (oy < 0 || oy % conv.stride[0] != 0 ||
        oy / conv.stride[0] >= conv.out[1])
      continue;
    for (int64_t kx = 0; kx < conv.kernel[1]; ++kx) {
      const int64_t ox = x + conv.padding[1] - kx * conv.dilation[1];
      if (ox < 0 || ox % conv.stride[1] != 0 ||
          ox / conv.stride[1] >= conv.out[2])
        continue;
      const int64_t row =
          (channel % perGroup * conv.kernel[0] + ky) * conv.kernel[1] + kx;
      visit({static_cast<uint32_t>(oy / conv.stride[0] * conv.out[2] +
                                   ox / conv.stride[1]),
             static_cast<uint32_t>(channel / perGroup),
             static_cast<uint32_t>(row)});
    }
  }
}
