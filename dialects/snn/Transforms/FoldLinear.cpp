// Chains of linear ops as one. Products are formed in double precision and
// rounded to float32 once per fold.

#include "dialects/snn/Transforms/SnnPasses.h"
#include "dialects/snn/Transforms/Weights.h"

#include "mlir/IR/Builders.h"

namespace limen {
#define GEN_PASS_DEF_SNNFOLDLINEAR
#include "dialects/snn/Transforms/SnnPasses.h.inc"
} // namespace limen

using namespace mlir;
using namespace limen;
using namespace limen::snn;

namespace {

/// A number for each element, or one for all.
double broadcast(const std::vector<float> &values, size_t i) {
  return values.size() == 1 ? values[0] : values[i];
}

std::vector<float> product(const std::vector<float> &outer,
                           const std::vector<float> &inner, size_t rows,
                           size_t middle, size_t columns) {
  std::vector<float> out(rows * columns);
  std::vector<double> row(columns);
  for (size_t r = 0; r < rows; ++r) {
    std::fill(row.begin(), row.end(), 0.0);
    for (size_t m = 0; m < middle; ++m) {
      const double left = outer[r * middle + m];
      if (left != 0)
        for (size_t c = 0; c < columns; ++c)
          row[c] += left * inner[m * columns + c];
    }
    std::copy(row.begin(), row.end(), out.begin() + r * columns);
  }
  return out;
}

class SnnFoldLinear : public limen::impl::SnnFoldLinearBase<SnnFoldLinear> {
public:
  using Base::Base;

  void runOnOperation() override {
    for (bool changed = true; changed;) {
      changed = false;
      for (Operation &op :
           llvm::make_early_inc_range(getOperation().getBody().front()))
        if (foldInto(&op)) {
          changed = true;
          break; // ops before it may fold again
        }
    }
  }

private:
  /// Ops whose synapses share one delay, that have a weight for each and no
  /// rule that changes them.
  static bool isPlain(Operation *op) {
    if (op->hasAttr(plasticityName))
      return false;
    if (auto dense = dyn_cast<DenseOp>(op))
      return !dense.getDelays();
    if (auto one = dyn_cast<OneToOneOp>(op))
      return !one.getDelays();
    return isa<Conv2dOp>(op);
  }

  /// Folds `op` with the op that feeds it; true if it did.
  bool foldInto(Operation *op) {
    if (!isa<DenseOp, OneToOneOp>(op) || !isPlain(op))
      return false;
    Operation *inner = op->getOperand(0).getDefiningOp();
    if (!inner || inner == op || !isa<DenseOp, OneToOneOp, Conv2dOp>(inner) ||
        !isPlain(inner) || !inner->hasOneUse())
      return false;
    const size_t before = floatsOf(weightsAttrOf(op)).size() +
                          floatsOf(weightsAttrOf(inner)).size();
    Value folded = isa<OneToOneOp>(op) ? scaleAfter(cast<OneToOneOp>(op), inner)
                   : isa<OneToOneOp>(inner)
                       ? scaleBefore(cast<DenseOp>(op), cast<OneToOneOp>(inner))
                   : isa<DenseOp>(inner)
                       ? multiply(cast<DenseOp>(op), cast<DenseOp>(inner))
                       : Value();
    if (!folded)
      return false;
    folded.getDefiningOp()->emitRemark()
        << inner->getName() << " and " << op->getName() << " are folded into "
        << folded.getDefiningOp()->getName() << ": " << before
        << " weights before, "
        << floatsOf(weightsAttrOf(folded.getDefiningOp())).size() << " after";
    op->getResult(0).replaceAllUsesWith(folded);
    op->erase();
    if (inner->use_empty())
      inner->erase();
    return true;
  }

  ElementsAttr numbers(ArrayRef<int64_t> shape,
                       const std::vector<float> &values,
                       StringRef name = "folded") {
    return floatsAttr(&getContext(), name, shape, values);
  }

  /// scale(inner(x)): the scale goes into the rows of `inner`.
  Value scaleAfter(OneToOneOp scale, Operation *inner) {
    const std::vector<float> factors = floatsOf(scale.getWeights());
    std::vector<float> weights = floatsOf(weightsAttrOf(inner));
    const int64_t size = sizeOf(scale.getType());
    OpBuilder builder(scale);
    const uint64_t delay = scale.getDelay() + delayOf(inner);
    if (auto one = dyn_cast<OneToOneOp>(inner)) {
      std::vector<float> out(std::max(weights.size(), factors.size()));
      for (size_t i = 0; i < out.size(); ++i)
        out[i] =
            static_cast<float>(broadcast(weights, i) * broadcast(factors, i));
      SmallVector<int64_t> shape;
      if (out.size() > 1)
        shape.push_back(static_cast<int64_t>(out.size()));
      return OneToOneOp::create(builder, scale.getLoc(), scale.getType(),
                                one.getInput(), numbers(shape, out),
                                ElementsAttr(), delay);
    }
    // One factor for each row of weights: an output, or an output channel.
    const ElementsAttr given = weightsAttrOf(inner);
    const auto rows =
        static_cast<size_t>(given.getShapedType().getShape().front());
    const size_t positions = static_cast<size_t>(size) / rows;
    for (size_t i = 0; i < factors.size() && factors.size() > 1; ++i)
      if (factors[i] != factors[i / positions * positions])
        return {}; // differs within a channel
    const size_t each = weights.size() / rows;
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = static_cast<float>(weights[i] *
                                      broadcast(factors, i / each * positions));
    const auto biasAttr = inner->getAttrOfType<ElementsAttr>("bias");
    std::vector<float> bias = floatsOf(biasAttr);
    ElementsAttr newBias;
    if (!bias.empty()) {
      if (bias.size() == 1 && factors.size() > 1)
        bias.assign(rows, bias[0]);
      const size_t perRow = bias.size() >= rows ? bias.size() / rows : 1;
      for (size_t i = 0; i < bias.size(); ++i)
        bias[i] = static_cast<float>(
            bias[i] * broadcast(factors, i / perRow * positions));
      newBias = numbers({static_cast<int64_t>(bias.size())}, bias, "bias");
    }
    Operation *clone = builder.clone(*inner);
    clone->setAttr("weights",
                   numbers(given.getShapedType().getShape(), weights));
    if (newBias)
      clone->setAttr("bias", newBias);
    clone->setAttr("delay",
                   builder.getI64IntegerAttr(static_cast<int64_t>(delay)));
    clone->getResult(0).setType(scale.getType());
    return clone->getResult(0);
  }

  /// outer(scale(x)): the scale goes into the columns of `outer`.
  Value scaleBefore(DenseOp outer, OneToOneOp scale) {
    const std::vector<float> factors = floatsOf(scale.getWeights());
    std::vector<float> weights = floatsOf(outer.getWeights());
    const ArrayRef<int64_t> shape =
        outer.getWeights().getShapedType().getShape();
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = static_cast<float>(
          weights[i] * broadcast(factors, i % static_cast<size_t>(shape[1])));
    OpBuilder builder(outer);
    return DenseOp::create(builder, outer.getLoc(), outer.getType(),
                           scale.getInput(), numbers(shape, weights),
                           outer.getBiasAttr(), ElementsAttr(),
                           outer.getDelay() + scale.getDelay());
  }

  /// outer(inner(x)), unless the product has more weights.
  Value multiply(DenseOp outer, DenseOp inner) {
    const ArrayRef<int64_t> left =
        outer.getWeights().getShapedType().getShape();
    const ArrayRef<int64_t> right =
        inner.getWeights().getShapedType().getShape();
    if (left[0] * right[1] > left[0] * left[1] + right[0] * right[1])
      return {};
    const std::vector<float> outerWeights = floatsOf(outer.getWeights());
    std::vector<float> bias = floatsOf(outer.getBiasAttr());
    if (inner.getBias()) {
      // The bias of the inner op arrives at every step, whatever the delay.
      const std::vector<float> pushed = product(
          outerWeights, floatsOf(inner.getBiasAttr()),
          static_cast<size_t>(left[0]), static_cast<size_t>(left[1]), 1);
      bias.resize(pushed.size(), 0.0f);
      for (size_t i = 0; i < pushed.size(); ++i)
        bias[i] += pushed[i];
    }
    const std::vector<float> weights =
        product(outerWeights, floatsOf(inner.getWeights()),
                static_cast<size_t>(left[0]), static_cast<size_t>(left[1]),
                static_cast<size_t>(right[1]));
    OpBuilder builder(outer);
    return DenseOp::create(
        builder, outer.getLoc(), outer.getType(), inner.getInput(),
        numbers({left[0], right[1]}, weights),
        bias.empty() ? ElementsAttr() : numbers({left[0]}, bias, "bias"),
        ElementsAttr(), outer.getDelay() + inner.getDelay());
  }
};

} // namespace
