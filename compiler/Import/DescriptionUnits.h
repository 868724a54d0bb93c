// Numbers with units in network descriptions.
//
// A neuron model says in which unit it computes (`units` of snn.model). A
// description writes any unit of the same dimension with an SI prefix; a unit
// where none belongs, none where one belongs, and another dimension are errors.
#pragma once

#include "hw-models/base/Yaml.h"

#include <optional>
#include <string_view>

namespace limen::description {

/// Reads `text` in `unit`, one of those of snn.model or "" for a plain number:
/// "87.8 pA" in "nA" is 0.0878. Errors: no or another unit, not a finite
/// decimal number, a leading zero.
Result<double> parseIn(std::string_view text, std::string_view unit);

/// The same for a scalar of the file; records an error that starts with
/// `culprit` and returns nothing.
std::optional<double> readIn(const YamlValue &value, std::string_view unit,
                             const std::string &culprit);

/// Factor from numbers of a file that are in the unit of `given`, the value of
/// the key `unit`, to `unit`. Without a key 1 for plain numbers, else an error
/// at `place`. Records errors and returns 1 then.
double factorOf(const YamlValue &given, const YamlValue &place,
                std::string_view unit, const std::string &culprit);

/// What a parameter may be: "" if `value`, in `unit`, is fine, else what was
/// wanted. Time constants (tau...) and capacitances are above 0; times, rates,
/// conductances and resistances are not negative.
std::string_view wantedOf(std::string_view parameter, std::string_view unit,
                          double value);

} // namespace limen::description
