// Files of a CrossSim case: its JSON, and its conductances by their names.
#pragma once

#include "hw-models/target/ImcEncoding.h"
#include "runtime/events/Npz.h"

#include <nlohmann/json.hpp>

namespace limen::bench {

using Arrays = std::map<std::string, events::NumberArray>;

/// The parameters in `file`; `"xbar": "as OTHER"` is followed to OTHER.json in
/// the same folder, and what is below "params" counts as if above.
Result<nlohmann::json> readParameters(const std::string &file);

/// Programmed conductances of each array of an encoding, [array][line][input]:
/// G_pos and G_neg, or G; of slices, with their number or as a first dimension.
/// Empty if one is missing or has another size.
std::vector<std::vector<double>> findCells(const Arrays &arrays,
                                           const target::Encoding &encoding,
                                           uint32_t outputs, uint32_t inputs);

} // namespace limen::bench
