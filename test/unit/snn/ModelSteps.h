// What ModelStepsTest.cpp has an equation for.
#pragma once

#include <string>

namespace limen {

bool hasStepEquation(const std::string &model);

} // namespace limen
