#include "compiler/Import/Sonata/PointNeurons.h"

#include <algorithm>
#include <cctype>

using namespace limen::sonata;

namespace {

constexpr double milli = 1e-3; // ms to s, pF to nF, pA to nA

std::vector<ParameterRule> operator+(std::vector<ParameterRule> first,
                                     const std::vector<ParameterRule> &second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const std::vector<ParameterRule> pynnMembrane = {
    {"tau_m", "tau_m", milli, 20, Range::Positive},
    {"cm", "cm", 1, 1, Range::Positive},
    {"tau_refrac", "tau_refrac", milli, 0.1, Range::NotNegative},
    {"v_rest", "v_rest", 1, -65, Range::Any},
    {"v_reset", "v_reset", 1, -65, Range::Any},
    {"v_thresh", "v_thresh", 1, -50, Range::Any},
    {"i_offset", "i_offset", 1, 0, Range::Any},
};

std::vector<ParameterRule> pynnSynapses(double tau) {
  return {{"tau_syn_e", "tau_syn_E", milli, tau, Range::Positive},
          {"tau_syn_i", "tau_syn_I", milli, tau, Range::Positive}};
}

const std::vector<ParameterRule> pynnReversal = {
    {"e_rev_e", "e_rev_E", 1, 0, Range::Any},
    {"e_rev_i", "e_rev_I", 1, -70, Range::Any},
};

const std::vector<ParameterRule> nestMembrane = {
    {"tau_m", "tau_m", milli, 10, Range::Positive},
    {"cm", "C_m", milli, 250, Range::Positive},
    {"tau_refrac", "t_ref", milli, 2, Range::NotNegative},
    {"v_rest", "E_L", 1, -70, Range::Any},
    {"v_reset", "V_reset", 1, -70, Range::Any},
    {"v_thresh", "V_th", 1, -55, Range::Any},
    {"i_offset", "I_e", milli, 0, Range::Any},
};

const std::vector<ParameterRule> nestSynapses = {
    {"tau_syn_e", "tau_syn_ex", milli, 2, Range::Positive},
    {"tau_syn_i", "tau_syn_in", milli, 2, Range::Positive},
};

const std::vector<PointNeuron> neurons = {
    {"pynn:IF_curr_exp", "if_curr_exp", pynnMembrane + pynnSynapses(5),
     Receptors::Type, 1, 1, ""},
    {"pynn:IF_curr_alpha", "iaf_psc_alpha", pynnMembrane + pynnSynapses(0.5),
     Receptors::Type, 1, 0, ""},
    {"pynn:IF_curr_delta", "iaf_psc_delta", pynnMembrane, Receptors::One, 1, 0,
     ""},
    {"pynn:IF_cond_exp", "if_cond_exp",
     pynnMembrane + pynnSynapses(5) + pynnReversal, Receptors::Type, 1, 1,
     "the synaptic current of a step is that at its beginning"},
    {"nest:iaf_psc_exp", "if_curr_exp", nestMembrane + nestSynapses,
     Receptors::Sign, milli, 1, ""},
    {"nest:iaf_psc_alpha", "iaf_psc_alpha", nestMembrane + nestSynapses,
     Receptors::Sign, milli, 0, ""},
    {"nest:iaf_psc_delta", "iaf_psc_delta", nestMembrane, Receptors::One, 1, 0,
     ""},
    {"nrn:IntFire1",
     "int_fire1",
     {{"tau", "tau", 1, 10e-3, Range::Positive},
      {"tau_refrac", "refrac", 1, 5e-3, Range::NotNegative}},
     Receptors::One,
     1,
     0,
     "tau and refrac of nrn:IntFire1 are in seconds, as BMTK and PyNN read "
     "them"},
};

/// "pynn:IF_curr_exp" of "pyNN:IF_curr_exp".
std::string normalised(std::string_view name) {
  std::string out(name);
  const size_t colon = std::min(out.find(':'), out.size());
  if (colon != out.size())
    std::transform(out.begin(), out.begin() + static_cast<long>(colon),
                   out.begin(),
                   [](unsigned char c) { return std::tolower(c); });
  return out;
}

} // namespace

const PointNeuron *limen::sonata::pointNeuron(std::string_view modelTemplate) {
  const std::string name = normalised(modelTemplate);
  for (const PointNeuron &neuron : neurons)
    if (name == neuron.name)
      return &neuron;
  return nullptr;
}

std::string limen::sonata::pointNeuronNames() {
  std::string names;
  for (const PointNeuron &neuron : neurons)
    names += (names.empty() ? "" : ", ") + std::string(neuron.name);
  return names;
}
