#include "dialects/snn/Transforms/SnnPasses.h"
#include "dialects/snn/Transforms/Weights.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace limen {
#define GEN_PASS_DEF_SNNQUANTIZEWEIGHTS
#include "dialects/snn/Transforms/SnnPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

class SnnQuantizeWeights
    : public limen::impl::SnnQuantizeWeightsBase<SnnQuantizeWeights> {
public:
  using Base::Base;

  void runOnOperation() override {
    NetworkOp network = getOperation();
    if (bits < 2 || bits > 16) {
      network.emitError() << "snn-quantize-weights: bits must be 2 to 16, got "
                          << unsigned(bits);
      return signalPassFailure();
    }
    for (Operation &op : network.getBody().front())
      if (ElementsAttr attribute = weightsAttrOf(&op))
        quantize(&op, attribute);
  }

private:
  void quantize(Operation *op, ElementsAttr attribute) {
    std::vector<float> weights = floatsOf(attribute);
    // Output channels come first in the weights of dense and conv2d.
    const ArrayRef<int64_t> shape = attribute.getShapedType().getShape();
    const size_t channels =
        perChannel && isa<DenseOp, Conv2dOp>(op) ? shape[0] : 1;
    const size_t each = weights.size() / std::max<size_t>(channels, 1);
    const int64_t levels = (int64_t(1) << (bits - 1)) - 1;
    double squares = 0, largestError = 0, power = 0, scaleOfAll = 0;
    for (size_t channel = 0; channel < channels; ++channel) {
      const auto part =
          MutableArrayRef<float>(weights).slice(channel * each, each);
      double largest = 0;
      for (float w : part)
        largest = std::max(largest, std::abs(static_cast<double>(w)));
      if (largest == 0)
        continue;
      double scale = largest / static_cast<double>(levels);
      if (powerOfTwo)
        scale = std::exp2(std::ceil(std::log2(scale)));
      scaleOfAll = std::max(scaleOfAll, scale);
      for (float &w : part) {
        const double code = std::clamp<double>(
            std::nearbyint(static_cast<double>(w) / scale),
            -static_cast<double>(levels), static_cast<double>(levels));
        const auto rounded = static_cast<float>(code * scale + 0.0); // no -0
        const double error =
            static_cast<double>(rounded) - static_cast<double>(w);
        squares += error * error;
        power += static_cast<double>(w) * static_cast<double>(w);
        largestError = std::max(largestError, std::abs(error));
        w = rounded;
      }
    }
    const auto old = op->getAttrOfType<IntegerAttr>("weight_bits");
    const uint64_t bitsBefore =
        weights.size() * uint64_t(old ? old.getInt() : 32);
    setWeights(op, weights);
    op->setAttr("weight_bits",
                IntegerAttr::get(IntegerType::get(op->getContext(), 64), bits));
    op->emitRemark() << fmt::format(
        "weights rounded to {} bits: scale {:.4g}{}, largest error {:.4g}, "
        "error over signal {:.4g}; {} bits of weights, {} before",
        unsigned(bits), scaleOfAll, channels > 1 ? " at most" : "",
        largestError, power > 0 ? std::sqrt(squares / power) : 0.0,
        weights.size() * uint64_t(bits), bitsBefore);
  }
};

} // namespace
