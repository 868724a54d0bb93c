#include "compiler/Mapping/Retiming.h"
#include "compiler/Transforms/TransformPasses.h"
#include "dialects/snn/IR/NetworkView.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <limits>

namespace limen {
#define GEN_PASS_DEF_SNNRETIME
#include "compiler/Transforms/TransformPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;

namespace {

class SnnRetime : public limen::impl::SnnRetimeBase<SnnRetime> {
public:
  using Base::Base;

  void runOnOperation() override {
    snn::NetworkOp op = getOperation();
    FailureOr<network::Network> before = snn::viewNetwork(op);
    if (failed(before))
      return signalPassFailure();
    const unsigned unlimited = std::numeric_limits<uint16_t>::max();
    Result<mapping::Retiming> retiming = mapping::retime(*before, unlimited);
    if (!retiming)
      return refuse(retiming.error());
    apply(*before, *retiming);
    if (failed(check(*before, *retiming)))
      return signalPassFailure();
    report(*before, *retiming);
  }

private:
  void refuse(const Error &error) {
    InFlightDiagnostic diagnostic = getOperation().emitError() << error.message;
    for (const std::string &note : error.notes)
      diagnostic.attachNote() << note;
    signalPassFailure();
  }

  /// Projections are in the order of the neurons and their operands.
  void apply(const network::Network &view, const mapping::Retiming &retiming) {
    Builder builder(&getContext());
    size_t next = 0;
    for (snn::NeuronOp neuron : llvm::make_early_inc_range(
             getOperation().getBody().front().getOps<snn::NeuronOp>())) {
      for (OpOperand &operand : neuron.getCurrentsMutable()) {
        const int64_t more = int64_t(retiming.delays[next]) -
                             int64_t(view.projections[next].delay);
        ++next;
        if (more != 0)
          delay(operand, more);
      }
      unsigned latency = 0;
      for (size_t n = 0; n < view.nodes.size(); ++n)
        if (view.nodes[n].name == neuron.getName())
          latency = retiming.latency[n];
      if (latency > 0)
        neuron->setAttr("latency", builder.getI64IntegerAttr(latency));
    }
  }

  /// Adds steps to the way of one operand, or takes them off: on the nearest op
  /// that can hold them, cloned if others use it too. What an op does not have
  /// is taken off those before it.
  void delay(OpOperand &use, int64_t steps) {
    Operation *op = use.get().getDefiningOp();
    OpBuilder builder(&getContext());
    const bool holds = op->hasAttr("delay") ||
                       isa<snn::DenseOp, snn::Conv2dOp, snn::OneToOneOp,
                           snn::RandomOp, snn::SparseOp>(op);
    if (isa<snn::NeuronOp, snn::InputOp>(op)) {
      builder.setInsertionPointAfter(op);
      auto type = snn::CurrentType::get(&getContext(),
                                        snn::shapeOf(use.get().getType()));
      auto one = DenseElementsAttr::get(
          RankedTensorType::get({}, builder.getF32Type()), 1.0f);
      use.set(snn::OneToOneOp::create(builder, op->getLoc(), type, use.get(),
                                      one, ElementsAttr(), steps));
      return;
    }
    if (!op->hasOneUse()) {
      builder.setInsertionPointAfter(op);
      op = builder.clone(*op);
      use.set(op->getResult(0));
    }
    if (!holds)
      return delay(op->getOpOperand(0), steps);
    const auto old = op->getAttrOfType<IntegerAttr>("delay");
    const int64_t wanted = (old ? old.getInt() : 0) + steps;
    op->setAttr("delay",
                builder.getI64IntegerAttr(std::max<int64_t>(wanted, 0)));
    if (wanted < 0)
      delay(op->getOpOperand(0), wanted);
  }

  /// What it costs: later outputs, longer delay lines.
  void report(const network::Network &view, const mapping::Retiming &retiming) {
    size_t changed = 0;
    int64_t more = 0;
    for (size_t p = 0; p < view.projections.size(); ++p) {
      const int64_t change =
          int64_t(retiming.delays[p]) - int64_t(view.projections[p].delay);
      changed += change != 0;
      more += change;
    }
    getOperation().emitRemark()
        << "retimed: the last population runs " << retiming.depth()
        << " step(s) later; " << changed << " of " << view.projections.size()
        << " connections changed their delay, by " << more
        << " step(s) in total";
  }

  LogicalResult check(const network::Network &before,
                      const mapping::Retiming &retiming) {
    FailureOr<network::Network> after = snn::viewNetwork(getOperation());
    if (failed(after))
      return failure();
    for (size_t p = 0; p < before.projections.size(); ++p)
      if (after->projections[p].delay != retiming.delays[p] ||
          after->projections[p].delay < 1 ||
          after->projections[p].source != before.projections[p].source)
        return getOperation().emitError()
               << "snn-retime left projection '" << before.projections[p].name
               << "' at " << after->projections[p].delay << " step(s); "
               << retiming.delays[p] << " were wanted";
    return success();
  }
};

} // namespace
