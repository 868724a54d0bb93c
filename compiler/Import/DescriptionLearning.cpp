// Learning rules of a network description.

#include "compiler/Import/DescriptionReader.h"
#include "compiler/Import/DescriptionUnits.h"
#include "dialects/snn/IR/ModelLibrary.h"

#include <algorithm>
#include <fmt/ranges.h>

using namespace limen;
using namespace limen::description;

/// plasticity: {rule: NAME, PARAMETER: ...}
void Reader::readLearning(const YamlValue &value, Projection &projection) {
  YamlMap map = value.map();
  const YamlValue name = map.requiredValue("rule");
  if (!name) {
    map.entries();
    return;
  }
  Learning learning;
  learning.rule = name.as<std::string>();
  const std::vector<std::string> builtin = snn::builtinRules();
  snn::RuleOp rule;
  if (std::find(builtin.begin(), builtin.end(), learning.rule) != builtin.end())
    rule = snn::getOrInsertRule(module, learning.rule);
  if (!rule) {
    map.entries();
    return name.fail(fmt::format("'{}' has the unknown rule '{}'",
                                 projection.name, learning.rule),
                     fmt::format("known rules: {}", fmt::join(builtin, ", ")));
  }
  if (projection.rule == Rule::Convolution || projection.rule == Rule::Pool)
    value.fail(fmt::format("'{}' shares its weights between synapses, so none "
                           "of them can learn",
                           projection.name));
  if (projection.weights.distribution == snn::DistributionKind::FormedPair)
    value.fail(fmt::format("'{}' is a formed_pair, which is never written",
                           projection.name));
  const Node &source = out.nodes[projection.source];
  snn::ModelOp model = source.model;
  if (source.spikeBits > 1 || (!source.isInput && !model.isSpiking()))
    value.fail(fmt::format("'{}' starts at '{}', which does not emit spikes "
                           "of 1 bit",
                           projection.name, source.name));
  const mlir::DictionaryAttr defaults = rule.getDefaultsAttr();
  const std::vector<std::string> known = texts(rule.getParameters());
  for (const std::string &parameter : known) {
    std::string unit = rule.unitOf(parameter).str();
    if (unit == "weight")
      unit = projection.weightUnit;
    const std::string culprit =
        fmt::format("{} of the rule of '{}'", parameter, projection.name);
    const auto fallback = defaults ? defaults.getAs<mlir::FloatAttr>(parameter)
                                   : mlir::FloatAttr();
    if (const YamlValue given = map.value(parameter)) {
      if (const std::optional<double> number = readIn(given, unit, culprit)) {
        if (parameter.starts_with("tau") && !(*number > 0))
          given.fail(fmt::format("{} is {}; a time above 0 was wanted", culprit,
                                 given.scalar()));
        learning.parameters.emplace_back(parameter, *number);
      }
    } else if (fallback) {
      assume("projection '{}': {} = {}{}{} (default of the rule '{}')",
             projection.name, parameter,
             formatNumber(fallback.getValueAsDouble()), unit.empty() ? "" : " ",
             unit, learning.rule);
    } else {
      map.fail(fmt::format("'{}' lacks the parameter '{}' of the rule '{}'",
                           projection.name, parameter, learning.rule),
               fmt::format("the parameters of '{}' are {}", learning.rule,
                           fmt::join(known, ", ")));
    }
  }
  map.finish();
  projection.learning = std::move(learning);
}
