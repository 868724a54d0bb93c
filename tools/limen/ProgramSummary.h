// What a compiled program holds, as the JSON of `limen inspect FILE.limen`.
#pragma once

#include "hw-models/target/Target.h"
#include "runtime/program/Container.h"

#include <nlohmann/json.hpp>

namespace limen::cli {

/// The keys of docs/inspect.md. Nothing is run, no synapses are drawn. Errors:
/// a module that does not load for its target.
Result<nlohmann::ordered_json>
summariseProgram(const program::StoredProgram &stored,
                 const target::Target &target);

} // namespace limen::cli
