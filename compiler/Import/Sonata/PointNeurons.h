// Point neurons of other simulators and the models of the library that say the
// same: parameters with their units, receptors, units of weights.
//
// Parameters, defaults and units: PyNN 0.10 (standardmodels/cells), NEST
// (iaf_psc_exp, iaf_psc_alpha, iaf_psc_delta), NEURON (IntFire1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace limen::sonata {

/// Which values a parameter may have.
enum class Range { Any, Positive, NotNegative };

/// A parameter of a model and where its value comes from.
struct ParameterRule {
  const char *model;  ///< name in the model of the library
  const char *source; ///< name in the template
  double scale;       ///< model unit = source unit times this
  double fallback;    ///< the simulator's default, in source units
  Range range;
};

enum class Receptors {
  One,  ///< every synapse acts alike
  Sign, ///< 0 for weights of at least 0, 1 below
  Type, ///< receptor_type: excitatory 0, inhibitory 1; without it by sign
};

struct PointNeuron {
  const char *name;  ///< model_template, "pynn:IF_curr_exp"
  const char *model; ///< of the library
  std::vector<ParameterRule> parameters;
  Receptors receptors;
  double weightScale; ///< model unit of weights = file unit times this
  /// Steps by which input acts later than in the model: there within the step
  /// of its arrival, in NEST, Brian2 and NEURON from its end on.
  int arrival;
  const char *note; ///< an assumption to be told, "" for none
};

/// The template of that name, which may be written with any case before the
/// colon; null if there is none.
const PointNeuron *pointNeuron(std::string_view modelTemplate);

/// "pynn:IF_curr_exp, ...", for messages.
std::string pointNeuronNames();

} // namespace limen::sonata
