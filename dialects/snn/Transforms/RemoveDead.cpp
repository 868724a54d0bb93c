#include "dialects/snn/Transforms/SnnPasses.h"
#include "dialects/snn/Transforms/Weights.h"

#include "llvm/ADT/DenseSet.h"

namespace limen {
#define GEN_PASS_DEF_SNNREMOVEDEAD
#include "dialects/snn/Transforms/SnnPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

class SnnRemoveDead : public limen::impl::SnnRemoveDeadBase<SnnRemoveDead> {
public:
  using Base::Base;

  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    llvm::DenseSet<Operation *> alive;
    SmallVector<Operation *> next;
    for (OutputOp output : body.getOps<OutputOp>())
      next.push_back(output);
    while (!next.empty()) {
      Operation *op = next.pop_back_val();
      if (!alive.insert(op).second)
        continue;
      for (Value operand : op->getOperands())
        if (Operation *source = operand.getDefiningOp())
          next.push_back(source);
    }
    SmallVector<Operation *> dead;
    for (Operation &op : body)
      if (!alive.contains(&op) && !isa<InputOp>(op))
        dead.push_back(&op);
    if (dead.empty())
      return markAllAnalysesPreserved();
    for (Operation *op : dead)
      if (auto neuron = dyn_cast<NeuronOp>(op))
        neuron.emitRemark() << "population \"" << neuron.getName() << "\" of "
                            << sizeOf(neuron.getType())
                            << " neurons is removed: no output depends on it";
    uint64_t synapseOps = 0, weights = 0;
    for (Operation *op : dead)
      if (ElementsAttr attribute = weightsAttrOf(op)) {
        ++synapseOps;
        weights += static_cast<uint64_t>(attribute.getNumElements());
      }
    getOperation().emitRemark()
        << "removed " << dead.size() << " ops that no output depends on, "
        << synapseOps << " of them with " << weights << " weights";
    // Dead ops may use one another in cycles.
    for (Operation *op : dead)
      op->dropAllUses();
    for (Operation *op : dead)
      op->erase();
  }
};

} // namespace
