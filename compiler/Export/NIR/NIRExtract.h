// The graph of NIR nodes that stands for an snn.network.
#pragma once

#include "compiler/Import/NIR/NIRGraph.h"
#include "dialects/snn/IR/Snn.h"

namespace limen::nir {

/// The graph of `network`, flat, with edges sorted as readGraph sorts them.
/// Errors: see exportNIR.
Result<Graph> extractGraph(snn::NetworkOp network,
                           std::vector<std::string> &remarks);

} // namespace limen::nir
