#include "dialects/snn/Transforms/Weights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace limen::snn;

ElementsAttr limen::snn::weightsAttrOf(Operation *op) {
  if (op->hasAttr(plasticityName))
    return {}; // where learning starts is not what it will need
  return TypeSwitch<Operation *, ElementsAttr>(op)
      .Case<DenseOp, Conv2dOp, OneToOneOp, SparseOp>(
          [](auto synapse) { return synapse.getWeights(); })
      .Default([](Operation *) { return ElementsAttr(); });
}

std::vector<float> limen::snn::floatsOf(ElementsAttr attribute) {
  if (!attribute)
    return {};
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    const ArrayRef<char> bytes = resource.getData();
    const auto *first = reinterpret_cast<const float *>(bytes.data());
    return {first, first + bytes.size() / sizeof(float)};
  }
  const auto values = attribute.getValues<float>();
  return {values.begin(), values.end()};
}

ElementsAttr limen::snn::floatsAttr(MLIRContext *context, StringRef name,
                                    ArrayRef<int64_t> shape,
                                    ArrayRef<float> values) {
  constexpr size_t largestInText = 64;
  const auto type = RankedTensorType::get(shape, Builder(context).getF32Type());
  if (values.size() <= largestInText)
    return DenseElementsAttr::get(type, values);
  return DenseResourceElementsAttr::get(
      type, name, HeapAsmResourceBlob::allocateAndCopyInferAlign(values));
}

void limen::snn::setWeights(Operation *op, ArrayRef<float> values) {
  op->setAttr("weights",
              floatsAttr(op->getContext(), "weights",
                         weightsAttrOf(op).getShapedType().getShape(), values));
}

int64_t limen::snn::usesOfAWeight(Operation *op) {
  auto conv = dyn_cast<Conv2dOp>(op);
  if (!conv)
    return 1;
  const ArrayRef<int64_t> out = shapeOf(conv.getType());
  return out[1] * out[2];
}
