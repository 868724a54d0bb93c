// From an snn.network to a NIR file.
#pragma once

#include "hw-models/base/Error.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace limen::nir {

/// Writes the only network of `module` as a NIR file that importNIR reads back
/// as the same network. Times are in seconds; the metadata of the graph holds
/// the step (`dt`) and `time_unit` "s". Parameters are full arrays in double
/// precision, weights float32.
///
/// What NIR has no node for is written out where that is faithful: synapses
/// with delays of their own as one Linear or Conv2d for each delay, lists of
/// synapses as Linear nodes. Anything else is refused: random projections,
/// readouts, neuron models that are not NIR's, reset by subtraction and other
/// rules of spiking, values that would need another shape than a flat one. What
/// is lost without an effect on the signals is added to `remarks`.
Result<void> exportNIR(mlir::ModuleOp module, const std::string &file,
                       std::vector<std::string> &remarks);

} // namespace limen::nir
