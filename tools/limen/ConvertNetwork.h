// Networks under other formats.
#pragma once

#include "tools/limen/Command.h"

namespace limen::cli {

/// Whether the ending of `path` is that of a network.
bool isNetwork(const std::string &path);

/// Reads a network and writes it to `out`, in the format of its ending. Prints
/// what was assumed and what the format does not hold.
Result<void> convertNetwork(const NetworkFlags &network,
                            const std::string &out);

} // namespace limen::cli
