// How JSON texts of reports are laid out.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace limen::report {

/// Writes JSON with the shortest numbers that read back exactly, and on one
/// line whatever fits: reports are read by people too. Ends with a newline.
std::string writeJson(const nlohmann::ordered_json &value);

/// A float as the double with the same shortest decimal text (0.1f as 0.1).
/// What is not finite has no JSON form and becomes null.
nlohmann::ordered_json realJson(float value);

} // namespace limen::report
