#include "dialects/snn/Transforms/SnnPasses.h"
#include "dialects/snn/Transforms/Weights.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace limen {
#define GEN_PASS_DEF_SNNPRUNE
#include "dialects/snn/Transforms/SnnPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

class SnnPrune : public limen::impl::SnnPruneBase<SnnPrune> {
public:
  using Base::Base;

  void runOnOperation() override {
    NetworkOp network = getOperation();
    if (keep < 0 && !(fraction >= 0 && fraction <= 1)) {
      network.emitError() << "snn-prune: fraction must be from 0 to 1, got "
                          << double(fraction);
      return signalPassFailure();
    }
    struct Place {
      float size;
      uint32_t op;
      uint64_t index;
    };
    std::vector<Operation *> ops;
    std::vector<std::vector<float>> weights;
    std::vector<Place> places;
    int64_t before = 0;
    for (Operation &op : network.getBody().front()) {
      ElementsAttr attribute = weightsAttrOf(&op);
      if (!attribute)
        continue;
      ops.push_back(&op);
      weights.push_back(floatsOf(attribute));
      for (size_t i = 0; i < weights.back().size(); ++i)
        if (weights.back()[i] != 0) {
          places.push_back({std::abs(weights.back()[i]),
                            static_cast<uint32_t>(ops.size() - 1), i});
          before += usesOfAWeight(&op);
        }
    }
    const auto wanted =
        keep >= 0
            ? std::min<uint64_t>(static_cast<uint64_t>(keep), places.size())
            : static_cast<uint64_t>(
                  std::floor(fraction * static_cast<double>(places.size())));
    // Of equals the earlier stays, whatever the sort does.
    std::stable_sort(
        places.begin(), places.end(),
        [](const Place &a, const Place &b) { return a.size > b.size; });
    int64_t after = before;
    double power = 0, lost = 0;
    for (size_t k = 0; k < places.size(); ++k)
      (k < wanted ? power : lost) += double(places[k].size) * places[k].size;
    for (size_t k = wanted; k < places.size(); ++k) {
      weights[places[k].op][places[k].index] = 0;
      after -= usesOfAWeight(ops[places[k].op]);
    }
    if (wanted == places.size())
      return markAllAnalysesPreserved();
    for (size_t k = 0; k < ops.size(); ++k)
      setWeights(ops[k], weights[k]);
    network.emitRemark() << fmt::format(
        "pruned {} of {} weights, the largest of size {:.4g}; they held {:.4g} "
        "% of the sum of squares; multiply-accumulates of a step with all "
        "inputs active: {} before, {} after",
        places.size() - wanted, places.size(), places[wanted].size,
        100 * lost / (power + lost), before, after);
  }
};

} // namespace
