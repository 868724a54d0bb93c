// JSON files with places: every error names the file and the JSON pointer.
#pragma once

#include "hw-models/base/Error.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace limen::sonata {

using Json = nlohmann::json;

/// Parses a file. Errors: unreadable; not JSON, with line and column; not an
/// object at the top.
Result<void> readJson(const std::string &path, Json &out);

/// The place of `pointer` ("/networks/nodes/0") in `file`.
Place jsonPlace(const std::string &file, const std::string &pointer);

} // namespace limen::sonata
