// LZ4 and ZSTD frames that nobody can be sure of.
#pragma once

#include "hw-models/base/Error.h"

#include <string>
#include <string_view>

namespace limen::events {

/// Errors: damaged, or ends early. The output of either is at most a few
/// hundred times the input, whatever the frame claims.
Result<std::string> decompressLz4(std::string_view frame);
Result<std::string> decompressZstd(std::string_view frame);

Result<std::string> compressLz4(std::string_view bytes);

} // namespace limen::events
