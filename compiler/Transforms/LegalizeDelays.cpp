#include "compiler/Transforms/TransformPasses.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <algorithm>

namespace limen {
#define GEN_PASS_DEF_SNNLEGALIZEDELAYS
#include "compiler/Transforms/TransformPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;

namespace {

class SnnLegalizeDelays
    : public limen::impl::SnnLegalizeDelaysBase<SnnLegalizeDelays> {
public:
  using Base::Base;

  void runOnOperation() override {
    for (Operation &op : getOperation().getBody().front())
      if (failed(legalize(&op)))
        return signalPassFailure();
  }

private:
  LogicalResult legalize(Operation *op) {
    const auto own = snn::ownDelays(op);
    const int64_t base = snn::delayOf(op) - own.first;
    const int64_t longest = base + own.second;
    if (longest <= max)
      return success();
    if (!clip)
      return op->emitError()
             << "has delays of up to " << longest << " steps; at most "
             << int64_t(max) << " were wanted";
    Builder builder(&getContext());
    uint64_t changed = 0;
    if (auto list = op->getAttrOfType<ElementsAttr>("delays")) {
      std::vector<int32_t> storage;
      const ArrayRef<int32_t> old = snn::integersOf(list, storage);
      std::vector<int32_t> delays(old.begin(), old.end());
      const auto room = static_cast<int32_t>(std::max<int64_t>(max - base, 0));
      for (int32_t &delay : delays) {
        changed += delay > room;
        delay = std::min(delay, room);
      }
      const auto type = cast<RankedTensorType>(list.getShapedType());
      op->setAttr(
          "delays",
          delays.size() <= 64
              ? ElementsAttr(DenseElementsAttr::get(type, ArrayRef(delays)))
              : ElementsAttr(DenseResourceElementsAttr::get(
                    type, "delays",
                    HeapAsmResourceBlob::allocateAndCopyInferAlign(
                        ArrayRef(delays)))));
    } else if (auto random = dyn_cast<snn::RandomOp>(op);
               random && random.getDelaysAttr()) {
      const snn::DelaysAttr rule = random.getDelaysAttr();
      const int64_t to = max - base;
      if (to < rule.getFrom())
        return op->emitError()
               << "draws delays of " << base + rule.getFrom()
               << " steps or more; at most " << int64_t(max) << " were wanted";
      random.setDelaysAttr(
          snn::DelaysAttr::get(&getContext(), rule.getDistribution(),
                               rule.getA(), rule.getB(), rule.getFrom(), to));
      op->emitRemark() << "delays are drawn up to " << int64_t(max)
                       << " steps instead of " << longest;
      return success();
    } else if (own.second > 0) {
      return op->emitError() << "has an axis of " << own.second + 1
                             << " delays, which cannot be clipped to "
                             << int64_t(max) << " steps";
    }
    if (base > max)
      op->setAttr("delay", builder.getI64IntegerAttr(max));
    op->emitRemark() << "delays of up to " << longest
                     << " steps are shortened to " << int64_t(max)
                     << ", by up to " << longest - max << " ("
                     << (changed ? std::to_string(changed) : std::string("all"))
                     << " synapses)";
    return success();
  }
};

} // namespace
