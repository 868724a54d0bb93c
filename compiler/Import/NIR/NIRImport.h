// From a NIR file to an snn.network.
#pragma once

#include "dialects/snn/Transforms/NeuronRules.h"
#include "hw-models/base/Quantity.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>
#include <string>
#include <vector>

namespace limen::nir {

/// The unit of the file's time constants. Auto: steps if every time constant
/// is at least 1, seconds otherwise.
enum class TimeUnit { Auto, Seconds, Milliseconds, Steps };

/// When a signal that is sent in a step reaches neurons: in that step, or one
/// step later. Recurrent edges take a step in any case.
enum class Arrival { SameStep, NextStep };

struct NIROptions {
  static constexpr Seconds usualStep{1e-4};
  /// Without it what the file's metadata says, else `usualStep`.
  std::optional<Seconds> dt;
  TimeUnit timeUnit = TimeUnit::Auto;
  snn::ResetRule reset = snn::ResetRule::Zero;
  snn::SpikeRule spikeRule = snn::SpikeRule::Greater;
  snn::Scheme scheme = snn::Scheme::Euler;
  snn::SpikeTiming spikeTiming = snn::SpikeTiming::SameStep;
  Arrival arrival = Arrival::SameStep;
};

/// Reads a NIR file into a module with one snn.network and its models.
///
/// Signals that reach a node over several edges add up; a linear node with
/// several incoming edges becomes one op for each. Recurrent edges (see
/// Topology) carry the spikes of the last step. Delays are rounded to whole
/// steps. Everything that the file does
/// not say is added to `assumptions` as a sentence. Errors: the file is not
/// HDF5, damaged or not NIR; unsupported node types; impossible parameters,
/// shapes or edges. Each names the file and the HDF5 path.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importNIR(const std::string &file, const NIROptions &options,
          mlir::MLIRContext *context, std::vector<std::string> &assumptions);

} // namespace limen::nir
