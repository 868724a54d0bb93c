// limen inspect FILE.limen: what is in a compiled program.
#pragma once

#include "hw-models/base/Error.h"

#include <string>

namespace limen::cli {

/// Whether a file is to be read as a compiled program: by its ending, or by its
/// first bytes.
bool isProgramFile(const std::string &path);

/// Prints what a compiled program holds, as tables or as JSON. Nothing is run,
/// and no synapses are drawn. Errors: those of program::readProgram, a program
/// that does not load.
Result<void> inspectProgram(const std::string &path, bool json);

} // namespace limen::cli
