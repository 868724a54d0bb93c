// From IR to plain data: an snn.network as a network::Network.
#pragma once

#include "dialects/snn/IR/Snn.h"
#include "runtime/network/Network.h"

namespace limen::snn {

/// The network as plain data, models prepared, chains of linear ops traced from
/// each neuron operand back to the nodes that drive it. Weights are borrowed
/// from the module, which must outlive the result. Fails after a diagnostic.
mlir::FailureOr<network::Network> viewNetwork(NetworkOp op);

/// The only snn.network of a module; a diagnostic and null if there is none or
/// more than one.
NetworkOp theNetwork(mlir::ModuleOp module);

} // namespace limen::snn
