// Weights of synapse ops as lists of numbers.
#pragma once

#include "dialects/snn/IR/Snn.h"

#include <vector>

namespace limen::snn {

/// The f32 weights of a dense, conv2d, one_to_one or sparse op; null for other
/// ops, and for synapses that a rule changes.
mlir::ElementsAttr weightsAttrOf(mlir::Operation *op);

/// The numbers of an f32 attribute; empty for a null one.
std::vector<float> floatsOf(mlir::ElementsAttr attribute);

/// An f32 tensor: small ones in the text, large ones as a resource `name`.
mlir::ElementsAttr floatsAttr(mlir::MLIRContext *context, llvm::StringRef name,
                              llvm::ArrayRef<int64_t> shape,
                              llvm::ArrayRef<float> values);

/// Replaces the weights of `op`, keeping their shape.
void setWeights(mlir::Operation *op, llvm::ArrayRef<float> values);

/// How often a weight of `op` is used in a step: the positions of a
/// convolution, else 1.
int64_t usesOfAWeight(mlir::Operation *op);

} // namespace limen::snn
