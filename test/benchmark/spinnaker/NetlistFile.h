// Placement problems from files: applications cut into vertices, and the nets
// between them.
//
//   {"vertices_resources": {NAME: {"Cores": N, "SDRAM": BYTES}, ...},
//    "nets": [[SOURCE, [SINK, ...], WEIGHT], ...],
//    "same_chip_constraints": [[NAME, ...], ...]}      (may be missing)
//
// A resource that a vertex does not list is 0. Other members of the top level
// are passed over.
#pragma once

#include "compiler/Mapping/Netlist.h"

namespace limen::bench {

/// Errors: unreadable files, what is no JSON (with byte), members of another
/// form, unknown vertices and resources (with JSON path).
Result<mapping::Netlist> readNetlist(const std::string &file);

/// The same for the bytes of a file.
Result<mapping::Netlist> parseNetlist(const std::string &bytes,
                                      const std::string &file);

/// "13x13": columns and rows of chips, each from 1 to 256.
Result<target::Chip> parseMesh(const std::string &text);

} // namespace limen::bench
