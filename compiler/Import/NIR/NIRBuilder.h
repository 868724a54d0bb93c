// Builds the ops of an snn.network from an analysed NIR graph.
#pragma once

#include "compiler/Import/NIR/NIRTopology.h"
#include "hw-models/base/Quantity.h"

#include "mlir/IR/BuiltinOps.h"

namespace limen::nir {

/// Adds to `module` the models that the graph needs and one snn.network of step
/// `dt`. Time constants are multiplied by `timeScale` to become seconds.
/// Errors: an output that is not fed by a neuron or an input.
Result<void> buildNetwork(const Graph &graph, const Topology &topology,
                          Seconds dt, double timeScale, mlir::ModuleOp module);

} // namespace limen::nir
