// Whole-file reading and writing that leaves nothing half-written.
#pragma once

#include "hw-models/base/Error.h"

#include <string>
#include <string_view>

namespace limen {

/// The bytes of a file. Errors: missing, a folder, unreadable.
Result<std::string> readFile(const std::string &path);

/// Writes to a temporary file beside `path`, then renames it: `path` holds
/// either its old content or all of the new one. Errors: unwritable folder,
/// full disk; the temporary file is removed then.
Result<void> writeFile(const std::string &path, std::string_view bytes);

} // namespace limen
