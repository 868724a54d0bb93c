// From a Lava netx file to an snn.network.
#pragma once

#include "hw-models/base/Error.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace limen::lava {

/// Reads a netx file (.net) into a module with one snn.network and the model
/// lava_cuba, whose step is Lava's integer arithmetic. A layer's synapses have
/// a delay of one step, plus the delays behind the neurons that they start
/// from. Everything that the file does not say is added to `assumptions`.
/// Errors: see readNet; delays that differ within a layer before a convolution.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importLava(const std::string &file, mlir::MLIRContext *context,
           std::vector<std::string> &assumptions);

} // namespace limen::lava
