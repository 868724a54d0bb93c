// From a NIR file to an snn.network.
#pragma once

#include "dialects/snn/Transforms/NeuronRules.h"
#include "hw-models/base/Quantity.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace limen::nir {

/// The unit of the file's time constants. Auto: steps if every time constant
/// is at least 1, seconds otherwise.
enum class TimeUnit { Auto, Seconds, Milliseconds, Steps };

struct NIROptions {
  Seconds dt{1e-4};
  TimeUnit timeUnit = TimeUnit::Auto;
  snn::ResetRule reset = snn::ResetRule::Zero;
  snn::SpikeRule spikeRule = snn::SpikeRule::Greater;
  snn::Scheme scheme = snn::Scheme::Euler;
};

/// Reads a NIR file into a module with one snn.network and its models.
///
/// Signals that reach a node over several edges add up; a linear node with
/// several incoming edges becomes one op for each. Recurrent edges (see
/// Topology) carry the spikes of the last step. Everything that the file does
/// not say is added to `assumptions` as a sentence. Errors: the file is not
/// HDF5, damaged or not NIR; unsupported node types; impossible parameters,
/// shapes or edges. Each names the file and the HDF5 path.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importNIR(const std::string &file, const NIROptions &options,
          mlir::MLIRContext *context, std::vector<std::string> &assumptions);

} // namespace limen::nir
