// From a SONATA circuit to an snn.network.
#pragma once

#include "hw-models/base/Quantity.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace limen::sonata {

struct SonataOptions {
  Seconds dt{1e-4}; ///< where no simulation configuration says it
};

/// Reads a circuit_config.json, a simulation_config.json or the folder of one
/// into a module with one snn.network and its models.
///
/// The nodes of a population that share a model_template become one population
/// of the network; all virtual nodes become its one input, in the order of the
/// configuration. The edges of an edge population between two of these become
/// snn.sparse, one for each receptor, with the delay of every synapse in steps.
/// Units are converted (PointNeurons.h). Everything that the files do not say
/// is added to `assumptions` as a sentence. Errors, with JSON pointer, HDF5
/// path, or line and column: damaged or contradictory files; templates and
/// parameters that the library cannot express, by population.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importSonata(const std::string &path, const SonataOptions &options,
             mlir::MLIRContext *context, std::vector<std::string> &assumptions);

} // namespace limen::sonata
