#include "runtime/report/Metrics.h"

#include "hw-models/base/Parallel.h"
#include "runtime/network/Rows.h"

#include <algorithm>
#include <atomic>

using namespace limen;
using namespace limen::network;

uint64_t limen::report::countSynapses(const Projection &projection) {
  const unsigned threads = processorCount();
  const RowExpander expander(projection, threads);
  const uint32_t sources = expander.sources();
  const uint64_t step = sourcesAtATime(sources, expander.estimate(), threads);
  std::vector<Rows> rows(threads);
  std::atomic<uint64_t> count = 0;
  parallelFor((sources + step - 1) / step, threads,
              [&](uint64_t piece, unsigned thread) {
                const uint64_t first = piece * step;
                expander.expand(static_cast<uint32_t>(first),
                                static_cast<uint32_t>(
                                    std::min<uint64_t>(sources, first + step)),
                                false, rows[thread]);
                count += rows[thread].synapses.size();
              });
  return count;
}

static uint64_t zerosIn(const Array<float> &weights) {
  return static_cast<uint64_t>(
      std::count(weights.values.begin(), weights.values.end(), 0.0f));
}

report::WeightCounts limen::report::countWeights(const Stage &stage) {
  if (const auto *dense = std::get_if<Dense>(&stage.kind))
    return {dense->weights.size(), zerosIn(dense->weights)};
  if (const auto *conv = std::get_if<Conv2d>(&stage.kind))
    return {conv->weights.size(), zerosIn(conv->weights)};
  if (const auto *oneToOne = std::get_if<OneToOne>(&stage.kind))
    return {oneToOne->weights.size(), zerosIn(oneToOne->weights)};
  if (const auto *sparse = std::get_if<Sparse>(&stage.kind)) {
    // Pairs that are not listed are zeros; a pair listed twice counts once
    // more.
    const auto pairs = static_cast<uint64_t>(stage.inputs * stage.outputs);
    const uint64_t listed = sparse->targets.size();
    const uint64_t zeros = sparse->weights.size() == 1
                               ? (sparse->weights[0] == 0 ? listed : 0)
                               : zerosIn(sparse->weights);
    return {std::max(pairs, listed), std::max(pairs, listed) - listed + zeros};
  }
  return {};
}

/// Pairs (output position, kernel tap) that read a real input along one axis.
static uint64_t tapsAlong(int64_t in, int64_t out, int64_t kernel,
                          int64_t stride, int64_t padding, int64_t dilation) {
  uint64_t taps = 0;
  for (int64_t o = 0; o < out; ++o)
    for (int64_t k = 0; k < kernel; ++k) {
      const int64_t position = o * stride - padding + k * dilation;
      taps += position >= 0 && position < in;
    }
  return taps;
}

uint64_t limen::report::denseOperations(const Stage &stage) {
  if (const auto *conv = std::get_if<Conv2d>(&stage.kind)) {
    uint64_t operations =
        static_cast<uint64_t>(conv->out[0] * (conv->in[0] / conv->groups)) *
        static_cast<uint64_t>(conv->depth);
    for (int axis : {0, 1})
      operations *= tapsAlong(conv->in[axis + 1], conv->out[axis + 1],
                              conv->kernel[axis], conv->stride[axis],
                              conv->padding[axis], conv->dilation[axis]);
    return operations;
  }
  if (std::holds_alternative<OneToOne>(stage.kind))
    return static_cast<uint64_t>(stage.outputs);
  if (std::holds_alternative<Pool2d>(stage.kind))
    return 0;
  return static_cast<uint64_t>(stage.inputs * stage.outputs);
}

uint64_t limen::report::drawnWeights(const Stage &stage) {
  if (!std::holds_alternative<Random>(stage.kind))
    return 0;
  Projection single;
  single.stages = {stage};
  return countSynapses(single);
}
