// Builds the ops of an snn.network from an analysed NIR graph.
#pragma once

#include "compiler/Import/NIR/NIRTopology.h"
#include "hw-models/base/Quantity.h"

#include "mlir/IR/BuiltinOps.h"

namespace limen::nir {

/// How a graph becomes a network.
struct BuildOptions {
  Seconds dt;
  double timeScale = 1; ///< makes seconds of the file's time constants
  unsigned leastDelay =
      0; ///< steps that a signal takes into a neuron, at least
};

/// Adds to `module` the models that the graph needs and one snn.network. An
/// Output that is not fed by one neuron or input alone becomes a population of
/// `relay` units. Errors: a cycle without neurons, too many paths.
Result<void> buildNetwork(const Graph &graph, const Topology &topology,
                          const BuildOptions &options, mlir::ModuleOp module,
                          std::vector<std::string> &assumptions);

} // namespace limen::nir
