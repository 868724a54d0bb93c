// Folders and canonicalisations that are obviously right.

#include "dialects/snn/IR/Snn.h"

using namespace mlir;
using namespace limen::snn;

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  // Graph regions allow an op to use its own result; leave that to the
  // verifier.
  if (getInput() == getResult())
    return {};
  if (getInput().getType() == getType())
    return getInput();
  // reshape(reshape(x)) reads x directly.
  if (auto inner = getInput().getDefiningOp<ReshapeOp>();
      inner && inner != *this && inner.getInput() != getResult()) {
    if (inner.getInput().getType() == getType())
      return inner.getInput();
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}
