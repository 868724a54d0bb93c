// A flat graph of NIR nodes as an HDF5 file.
#pragma once

#include "compiler/Import/NIR/NIRGraph.h"

namespace limen::nir {

/// Writes `graph` in the layout of the reference writer: /version, /node with a
/// group for each node and `edges`, no attributes, strings of variable length.
/// Errors: the file cannot be written.
Result<void> writeGraph(const Graph &graph, const std::string &file);

} // namespace limen::nir
