// What edges say of their synapses: delays, weights, receptors.

#include "compiler/Import/Sonata/SonataImporter.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::sonata;

/// Refuses what would be lost: plastic synapses, unknown parameters.
Result<void> Importer::checkSynapses(const EdgePopulation &edges) {
  Result<Table::Texts> templates = edges.table.texts("model_template");
  if (!templates)
    return templates.takeError();
  for (const std::string &name : templates->texts) {
    const StringRef type = StringRef(name).rsplit(':').second.empty()
                               ? StringRef(name)
                               : StringRef(name).rsplit(':').second;
    if (!type.empty() && type != "StaticSynapse" && type != "static_synapse")
      return Error(fmt::format("edge population '{}' has model_template '{}'; "
                               "only static synapses can be read",
                               edges.name, name),
                   edges.table.place());
  }
  Result<Table::Texts> functions = edges.table.texts("weight_function");
  if (!functions)
    return functions.takeError();
  for (const std::string &name : functions->texts)
    if (!name.empty() && name != "wmax")
      return Error(fmt::format("edge population '{}' has weight_function "
                               "'{}'; only wmax, syn_weight itself, can be "
                               "read",
                               edges.name, name),
                   edges.table.place());
  // level_of_detail says how a mechanism of NEURON is chosen.
  for (const std::string &name : edges.table.parameters())
    if (!llvm::is_contained({"weight", "syn_weight", "delay", "nsyns", "sign",
                             "receptor_type", "level_of_detail"},
                            StringRef(name)))
      return Error(fmt::format("edge population '{}' has the parameter '{}', "
                               "which a static synapse does not have",
                               edges.name, name),
                   edges.table.place());
  return {};
}

Result<std::vector<int32_t>> Importer::delaysOf(const EdgePopulation &edges) {
  Result<std::vector<double>> delays = edges.table.numbers("delay");
  if (!delays)
    return delays.takeError();
  std::vector<int32_t> steps;
  steps.reserve(delays->size());
  size_t rounded = 0, absent = 0;
  double worst = 0;
  for (size_t edge = 0; edge < delays->size(); ++edge) {
    const double delay = (*delays)[edge];
    if (std::isnan(delay)) {
      ++absent;
      steps.push_back(1);
      continue;
    }
    const double exact = delay / dt;
    if (!(delay >= 0) || exact > 1e6)
      return Error(fmt::format("edge {} has a delay of {} ms; from 0 to {} ms "
                               "can be read",
                               edge, formatNumber(delay),
                               formatNumber(1e6 * dt)),
                   edges.table.place());
    const double whole = std::max(1.0, std::round(exact));
    if (std::abs(exact - whole) > 1e-6 * std::max(1.0, exact)) {
      ++rounded;
      worst = std::max(worst, std::abs(exact - whole) * dt);
    }
    steps.push_back(static_cast<int32_t>(whole));
  }
  if (absent != 0)
    assume("edge population '{}': {} of {} edges have no delay, one step is "
           "taken",
           edges.name, absent, steps.size());
  if (rounded != 0)
    assume("edge population '{}': {} of {} delays are not a whole number of "
           "steps of {} ms, from 1 on; rounded, by up to {} ms",
           edges.name, rounded, steps.size(), formatNumber(dt),
           formatNumber(std::round(worst * 1e9) / 1e9));
  return steps;
}

/// Weights in the unit of the file, with sign and number of synapses.
Result<std::vector<double>> Importer::weightsOf(const EdgePopulation &edges) {
  Result<std::vector<double>> weights = edges.table.numbers("syn_weight");
  if (!weights)
    return weights;
  Result<std::vector<double>> other = edges.table.numbers("weight");
  if (!other)
    return other;
  Result<std::vector<double>> signs = edges.table.numbers("sign");
  if (!signs)
    return signs;
  Result<std::vector<double>> counts = edges.table.numbers("nsyns");
  if (!counts)
    return counts;
  for (size_t edge = 0; edge < weights->size(); ++edge) {
    double &weight = (*weights)[edge];
    if (std::isnan(weight))
      weight = (*other)[edge];
    if (std::isnan(weight))
      return Error(fmt::format("edge {} of '{}' has neither syn_weight nor "
                               "weight",
                               edge, edges.name),
                   edges.table.place());
    if (!std::isnan((*signs)[edge]))
      weight *= (*signs)[edge];
    const double count = (*counts)[edge];
    if (std::isnan(count))
      continue;
    if (count < 0 || count != std::floor(count))
      return Error(fmt::format("edge {} of '{}' stands for {} synapses", edge,
                               edges.name, formatNumber(count)),
                   edges.table.place());
    weight *= count;
  }
  return weights;
}

/// The receptor of each edge, by its target's rule.
Result<std::vector<uint8_t>>
Importer::receptorsOf(const EdgePopulation &edges,
                      const std::vector<double> &weights) {
  Result<Table::Texts> types = edges.table.texts("receptor_type");
  if (!types)
    return types.takeError();
  std::vector<int> named;
  for (const std::string &type : types->texts)
    named.push_back(type == "excitatory"   ? 0
                    : type == "inhibitory" ? 1
                    : type.empty()         ? -1
                                           : -2);
  std::vector<uint8_t> receptors;
  receptors.reserve(weights.size());
  for (size_t edge = 0; edge < weights.size(); ++edge) {
    const int32_t part = seats[edges.target][edges.targets[edge]].part;
    if (part < 0)
      return Error(fmt::format("edge {} of '{}' leads to a virtual node", edge,
                               edges.name),
                   edges.table.place());
    const Receptors rule = parts[static_cast<size_t>(part)].neuron->receptors;
    int receptor = weights[edge] < 0;
    if (rule != Receptors::Sign && named[types->index[edge]] != -1)
      receptor = named[types->index[edge]];
    if (receptor == -2)
      return Error(fmt::format("edge {} of '{}' has receptor_type '{}'; "
                               "excitatory or inhibitory was wanted",
                               edge, edges.name, types->of(edge)),
                   edges.table.place());
    receptors.push_back(
        static_cast<uint8_t>(rule == Receptors::One ? 0 : receptor));
  }
  return receptors;
}
