// The door for networks: NIR files, SONATA circuits, Lava netx files, YAML
// descriptions, IR text.
#pragma once

#include "compiler/Import/NIR/NIRImport.h"
#include "compiler/Import/Sonata/SonataImport.h"

namespace limen {

struct ImportOptions {
  nir::NIROptions nir; ///< for .nir files
  sonata::SonataOptions sonata;
};

/// Reads a network by the file's ending: .nir, .yaml or .yml, .mlir, .json (a
/// SONATA configuration, or the folder of one), .net (Lava netx). Built-in
/// neuron models that an IR text names are added. What was assumed is appended
/// to `assumptions`. Errors: an unknown ending, whatever the format's reader
/// says, a network that does not verify.
Result<mlir::OwningOpRef<mlir::ModuleOp>>
importNetwork(const std::string &path, const ImportOptions &options,
              mlir::MLIRContext *context,
              std::vector<std::string> &assumptions);

} // namespace limen
