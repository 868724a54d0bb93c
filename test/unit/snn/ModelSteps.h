// The equations of neuron models in C++, for tests of their kernels.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace limen {

using Parameters = std::map<std::string, double>;
using Range = std::pair<double, double>;

/// One step of one neuron: states `s` in place, inputs `x`, draws by number.
using StepEquation = std::function<float(
    const Parameters &, std::vector<float> &s, const std::vector<float> &x,
    const std::function<float(uint32_t)> &)>;

struct StepCase {
  double dt;
  std::map<std::string, Range> parameters; ///< drawn for each neuron
  std::vector<Range> inputs;               ///< drawn in a third of the steps
  double tolerance = 0;                    ///< of states and values, absolute
  std::vector<std::string> initial = {};   ///< parameters or numbers
  StepEquation step;
};

/// The equations by the name of their model.
const std::map<std::string, StepCase> &stepCases();

inline bool hasStepEquation(const std::string &model) {
  return stepCases().contains(model);
}

/// v after a step of `dt` from a current of 1 nA that decays with `tausyn`, on
/// a membrane of `cm` nF and `taum`; times in s.
double propagator(double dt, double taum, double cm, double tausyn);

} // namespace limen
