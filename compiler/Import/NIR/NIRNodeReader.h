// Reads the parameters of one node of a NIR file, and checks each.
#pragma once

#include "compiler/Import/NIR/NIRGraph.h"

namespace limen::nir {

/// Fills the parameters of `node`, whose path and kind are set. What the file
/// leaves out and has a usual value is taken as that and added to
/// `assumptions`. Errors: a parameter that is missing, of the wrong type, shape
/// or range; each with its HDF5 path.
Result<void> readNode(const h5::File &file, Node &node,
                      std::vector<std::string> &assumptions);

} // namespace limen::nir
