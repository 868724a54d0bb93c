// Whether the HDF5 library survives a file.
//
// The library (1.10) checks much of a damaged file but not all of it: a wrong
// size in the global heap, where variable-length strings live, makes it read
// out of bounds. A first walk through the file is therefore done in a child
// process, which may crash without consequence.
#pragma once

#include "hw-models/base/Error.h"

#include <functional>

namespace limen::h5 {

/// Runs `walk` in a child process and waits for it. Errors at `place`: the
/// child was killed by a signal or took longer than half a minute. Nothing that
/// `walk` does is visible afterwards.
Result<void> survives(const std::function<void()> &walk, const Place &place);

} // namespace limen::h5
