#include "dialects/snn/Transforms/SnnPasses.h"

namespace limen {
#define GEN_PASS_DEF_SNNSPIKEBITS
#include "dialects/snn/Transforms/SnnPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

class SnnSpikeBits : public limen::impl::SnnSpikeBitsBase<SnnSpikeBits> {
public:
  using Base::Base;

  void runOnOperation() override {
    NetworkOp network = getOperation();
    if (bits < 1 || bits > 16) {
      network.emitError() << "snn-spike-bits: bits must be 1 to 16, got "
                          << unsigned(bits);
      return signalPassFailure();
    }
    for (InputOp input : network.getBody().front().getOps<InputOp>()) {
      const unsigned before = input.getType().getBits();
      setBits(input.getResult(), bits);
      input->setAttr("clip", UnitAttr::get(&getContext()));
      if (before != bits)
        input.emitRemark() << "input \"" << input.getName()
                           << "\" carries counts of " << unsigned(bits)
                           << " bits, " << before << " before; one step takes "
                           << sizeOf(input.getType()) * bits << " bits, "
                           << sizeOf(input.getType()) * before << " before";
    }
  }

private:
  /// Sets the bits of a signal and of what passes it on as spikes.
  void setBits(Value value, unsigned wanted) {
    auto type = cast<SpikesType>(value.getType());
    value.setType(SpikesType::get(type.getContext(), type.getShape(), wanted));
    for (Operation *user : value.getUsers()) {
      if (isa<ReshapeOp>(user))
        setBits(user->getResult(0), wanted);
      else if (auto pool = dyn_cast<SumPoolOp>(user);
               pool && isa<SpikesType>(pool.getType()))
        setBits(pool.getResult(),
                pooledBits(wanted, pool.getKernel()[0] * pool.getKernel()[1]));
    }
  }
};

} // namespace
