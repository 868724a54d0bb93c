// Expansion of one linear stage into the synapses of one source.

#include "runtime/network/RandomStage.h"

using namespace limen;
using namespace limen::network;

static void add(std::vector<Synapse> &out, int64_t target, float weight,
                uint32_t delay = 0, bool keepsZeros = false) {
  if (weight != 0.0f || keepsZeros)
    out.push_back({static_cast<uint32_t>(target), weight, delay});
}

/// Delay of synapse `k` beyond the stage's shortest.
static uint32_t delayAt(const Array<int32_t> &delays, size_t k,
                        const Stage &stage) {
  return delays.empty()
             ? 0
             : static_cast<uint32_t>(delays[k]) - stage.shortestDelay;
}

static void append(const Dense &dense, const Stage &stage, uint32_t source,
                   std::vector<Synapse> &out) {
  for (int64_t target = 0; target < stage.outputs; ++target)
    add(out, target, dense.weights[target * stage.inputs + source],
        delayAt(dense.delays, target * stage.inputs + source, stage),
        stage.keepsZeros);
}

/// For each output position o along one axis that reads input position `in`
/// with kernel tap k: in = o * stride - padding + k * dilation.
template <typename Visit>
static void forTaps(int64_t in, int64_t kernel, int64_t stride, int64_t padding,
                    int64_t dilation, int64_t outputs, Visit visit) {
  // Taps in descending order give output positions in ascending order.
  for (int64_t k = kernel - 1; k >= 0; --k) {
    const int64_t offset = in + padding - k * dilation;
    if (offset < 0 || offset % stride != 0)
      continue;
    const int64_t o = offset / stride;
    if (o < outputs)
      visit(o, k);
  }
}

static void append(const Conv2d &conv, const Stage &stage, uint32_t source,
                   std::vector<Synapse> &out) {
  const auto [channels, height, width] = conv.in;
  const int64_t c = source / (height * width);
  const int64_t y = source / width % height;
  const int64_t x = source % width;
  const int64_t inPerGroup = channels / conv.groups;
  const int64_t outPerGroup = conv.out[0] / conv.groups;
  const int64_t group = c / inPerGroup;
  for (int64_t co = group * outPerGroup; co < (group + 1) * outPerGroup; ++co)
    forTaps(y, conv.kernel[0], conv.stride[0], conv.padding[0],
            conv.dilation[0], conv.out[1], [&](int64_t oy, int64_t ky) {
              forTaps(x, conv.kernel[1], conv.stride[1], conv.padding[1],
                      conv.dilation[1], conv.out[2],
                      [&](int64_t ox, int64_t kx) {
                        const int64_t target =
                            (co * conv.out[1] + oy) * conv.out[2] + ox;
                        const int64_t first =
                            (co * inPerGroup + c % inPerGroup) * conv.depth;
                        for (int64_t d = 0; d < conv.depth; ++d)
                          add(out, target,
                              conv.weights[((first + d) * conv.kernel[0] + ky) *
                                               conv.kernel[1] +
                                           kx],
                              static_cast<uint32_t>(d));
                      });
            });
}

static void append(const Pool2d &pool, const Stage &stage, uint32_t source,
                   std::vector<Synapse> &out) {
  const auto [channels, height, width] = pool.in;
  const int64_t c = source / (height * width);
  const float weight =
      pool.average ? 1.0f / static_cast<float>(pool.kernel[0] * pool.kernel[1])
                   : 1.0f;
  forTaps(source / width % height, pool.kernel[0], pool.stride[0],
          pool.padding[0], 1, pool.out[1], [&](int64_t oy, int64_t) {
            forTaps(source % width, pool.kernel[1], pool.stride[1],
                    pool.padding[1], 1, pool.out[2], [&](int64_t ox, int64_t) {
                      add(out, (c * pool.out[1] + oy) * pool.out[2] + ox,
                          weight);
                    });
          });
}

static void append(const OneToOne &oneToOne, const Stage &stage,
                   uint32_t source, std::vector<Synapse> &out) {
  add(out, source, oneToOne.weights.broadcast(source),
      delayAt(oneToOne.delays, source, stage), stage.keepsZeros);
}

static void append(const Sparse &sparse, const Stage &stage, uint32_t source,
                   std::vector<Synapse> &out) {
  for (int64_t k = sparse.offsets[source]; k < sparse.offsets[source + 1]; ++k)
    add(out, sparse.targets[k], sparse.weights.broadcast(k),
        delayAt(sparse.delays, k, stage), stage.keepsZeros);
}

static void append(const Random &random, const Stage &stage, uint32_t source,
                   std::vector<Synapse> &out) {
  appendRandom(random, stage, source, out);
}

void limen::network::appendSynapses(const Stage &stage, uint32_t source,
                                    std::vector<Synapse> &out) {
  std::visit([&](const auto &kind) { append(kind, stage, source, out); },
             stage.kind);
}

uint64_t limen::network::weightCount(const Stage &stage) {
  if (const auto *dense = std::get_if<Dense>(&stage.kind))
    return dense->weights.size();
  if (const auto *conv = std::get_if<Conv2d>(&stage.kind))
    return conv->weights.size();
  if (const auto *oneToOne = std::get_if<OneToOne>(&stage.kind))
    return oneToOne->weights.size();
  if (const auto *sparse = std::get_if<Sparse>(&stage.kind))
    return sparse->weights.size();
  return 0;
}
