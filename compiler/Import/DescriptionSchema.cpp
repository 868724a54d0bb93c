#include "compiler/Import/DescriptionSchema.h"

#include "dialects/snn/IR/ModelLibrary.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

using namespace limen;
using namespace limen::description;
using limen::snn::DistributionKind;

/// Largest number of elements of an input or population: indices are 32 bit.
static constexpr int64_t maxElements = int64_t(1) << 31;
static constexpr uint64_t maxDelay = 65535;

namespace {

class Reader {
public:
  Reader(YamlDocument &document, mlir::ModuleOp module,
         std::vector<std::string> &assumptions)
      : document(document), module(module), assumptions(assumptions) {}

  Description run();

private:
  template <typename... Args>
  void assume(fmt::format_string<Args...> text, Args &&...args) {
    assumptions.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  void readShape(const YamlValue &value, Node &node);
  void readInput(const std::string &name, const YamlValue &value);
  void readPopulation(const std::string &name, const YamlValue &value);
  void readParameters(YamlMap &population, Node &node);
  std::vector<double> readParameter(const std::string &name,
                                    const YamlValue &value, const Node &node);
  void addNode(Node node, const YamlValue &value);

  void readProjection(const std::string &name, const YamlValue &value);
  void readReceptor(const YamlValue &value, Projection &projection);
  void readDelay(const YamlValue &value, Projection &projection);
  void readWeights(const YamlValue &value, Projection &projection);
  void readOutputs(const YamlValue &value);
  void readReadout(const YamlValue &value);

  /// The node that `value` names; records an error that lists what there is.
  std::optional<size_t> nodeNamed(const YamlValue &value, bool populationsOnly);

  YamlDocument &document;
  mlir::ModuleOp module;
  std::vector<std::string> &assumptions;
  Description out;
  uint64_t networkSeed = 0;
  bool seedUsed = false; ///< by a projection without one of its own
  std::set<std::string> inputs;
};

} // namespace

static std::vector<std::string> texts(mlir::ArrayAttr attribute) {
  std::vector<std::string> out;
  for (mlir::StringAttr text : attribute.getAsRange<mlir::StringAttr>())
    out.push_back(text.str());
  return out;
}

/// Parameters that are times and need a unit: tau, tau_mem, tau_syn, ...
static bool isTime(std::string_view parameter) {
  return parameter == "tau" || parameter.starts_with("tau_");
}

//===----------------------------------------------------------------------===//
// Inputs and populations
//===----------------------------------------------------------------------===//

void Reader::readShape(const YamlValue &value, Node &node) {
  int64_t size = 1;
  for (const YamlValue &item : value.items()) {
    const int64_t extent = item.as<int64_t>();
    if (item.kind() == YamlValue::Kind::Scalar && extent < 1)
      item.fail(fmt::format("a dimension of '{}' is {}; 1 or more was wanted",
                            node.name, extent));
    if (extent >= 1 && size > maxElements / extent) {
      item.fail(fmt::format("'{}' has more than {} elements", node.name,
                            maxElements));
      return;
    }
    size *= std::max<int64_t>(extent, 1);
    node.shape.push_back(extent);
  }
  if (value.kind() == YamlValue::Kind::Sequence && node.shape.empty())
    value.fail(fmt::format("the shape of '{}' is empty; at least one dimension "
                           "was wanted",
                           node.name));
  node.size = size;
}

void Reader::addNode(Node node, const YamlValue &value) {
  for (const Node &other : out.nodes)
    if (other.name == node.name)
      value.fail(fmt::format("the name '{}' is taken", node.name),
                 fmt::format("it was first used at {}", other.place.text()));
  out.nodes.push_back(std::move(node));
}

void Reader::readInput(const std::string &name, const YamlValue &value) {
  YamlMap map = value.map();
  Node node;
  node.name = name;
  node.place = value.place();
  readShape(map.requiredValue("shape"), node);
  const YamlValue bits = map.value("spike_bits");
  if (bits) {
    const uint64_t count = bits.as<uint64_t>();
    if (count < 1 || count > 32)
      bits.fail(fmt::format("spike_bits of '{}' is {}; 1 to 32 was wanted",
                            name, count));
    node.spikeBits = static_cast<unsigned>(count);
  }
  map.finish();
  addNode(std::move(node), value);
}

std::vector<double> Reader::readParameter(const std::string &name,
                                          const YamlValue &value,
                                          const Node &node) {
  auto one = [&](const YamlValue &item) {
    if (!isTime(name))
      return item.as<double>();
    const Result<double> seconds = parseQuantity(item.scalar(), "s");
    if (!seconds)
      item.fail(fmt::format("parameter '{}' of '{}': {}", name, node.name,
                            seconds.error().message));
    else if (*seconds <= 0)
      item.fail(fmt::format("parameter '{}' of '{}' is {}; a time above 0 was "
                            "wanted",
                            name, node.name, item.scalar()));
    return seconds ? *seconds : 0;
  };
  if (value.kind() != YamlValue::Kind::Sequence)
    return {one(value)};
  std::vector<double> values;
  for (const YamlValue &item : value.items())
    values.push_back(one(item));
  if (static_cast<int64_t>(values.size()) != node.size)
    value.fail(
        fmt::format("parameter '{}' of '{}' has {} values for {} neurons", name,
                    node.name, values.size(), node.size));
  return values;
}

void Reader::readParameters(YamlMap &population, Node &node) {
  const std::vector<std::string> known = texts(node.model.getParameters());
  const std::string model = node.model.getSymName().str();
  const std::string knownNote = fmt::format("the parameters of '{}' are {}",
                                            model, fmt::join(known, ", "));
  const YamlValue value = population.value("parameters");
  std::vector<std::string> given;
  if (value) {
    for (auto &[name, item] : value.map().entries()) {
      given.push_back(name);
      if (!item)
        population.fail(fmt::format("parameter '{}' of '{}' has no value", name,
                                    node.name));
      else if (std::find(known.begin(), known.end(), name) == known.end())
        item.fail(fmt::format("the model '{}' of '{}' has no parameter '{}'",
                              model, node.name, name),
                  knownNote);
      else
        node.parameters.emplace_back(name, readParameter(name, item, node));
    }
    if (value.kind() != YamlValue::Kind::Map)
      return;
  }
  mlir::DictionaryAttr defaults = node.model.getDefaultsAttr();
  for (const std::string &name : known) {
    if (std::find(given.begin(), given.end(), name) != given.end())
      continue;
    if (auto fallback = defaults ? defaults.getAs<mlir::FloatAttr>(name)
                                 : mlir::FloatAttr())
      assume("population '{}': {} = {} (default of the model '{}')", node.name,
             name, formatNumber(fallback.getValueAsDouble()), model);
    else
      population.fail(fmt::format("'{}' lacks the parameter '{}' of the model "
                                  "'{}'",
                                  node.name, name, model),
                      knownNote);
  }
}

void Reader::readPopulation(const std::string &name, const YamlValue &value) {
  YamlMap map = value.map();
  Node node;
  node.name = name;
  node.place = value.place();
  readShape(map.requiredValue("shape"), node);
  const YamlValue model = map.requiredValue("model");
  const std::string modelName = model ? model.as<std::string>() : "";
  const std::vector<std::string> library = snn::builtinModels();
  if (std::find(library.begin(), library.end(), modelName) != library.end()) {
    node.model = snn::getOrInsertModel(module, modelName);
    if (node.model)
      readParameters(map, node);
  } else {
    map.value("parameters"); // known key; it cannot be checked
    if (model && !modelName.empty())
      model.fail(
          fmt::format("'{}' has the unknown model '{}'", name, modelName),
          fmt::format("known models: {}", fmt::join(library, ", ")));
  }
  map.finish();
  addNode(std::move(node), value);
}

std::optional<size_t> Reader::nodeNamed(const YamlValue &value,
                                        bool populationsOnly) {
  if (!value)
    return std::nullopt;
  const std::string name = value.as<std::string>();
  std::vector<std::string> known;
  for (size_t i = 0; i < out.nodes.size(); ++i) {
    if (populationsOnly && !out.nodes[i].model)
      continue;
    if (out.nodes[i].name == name)
      return i;
    known.push_back(out.nodes[i].name);
  }
  // A population whose model is unknown has been reported already.
  for (const Node &node : out.nodes)
    if (node.name == name && !inputs.contains(name))
      return std::nullopt;
  if (value.kind() == YamlValue::Kind::Scalar)
    value.fail(
        fmt::format("there is no {} '{}'",
                    populationsOnly ? "population" : "input or population",
                    name),
        fmt::format("known: {}", fmt::join(known, ", ")));
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Projections
//===----------------------------------------------------------------------===//

void Reader::readReceptor(const YamlValue &value, Projection &projection) {
  const Node &target = out.nodes[projection.target];
  snn::ModelOp model = target.model;
  const std::vector<std::string> receptors = texts(model.getReceptors());
  if (!value) {
    if (receptors.size() > 1)
      assume("projection '{}': receptor '{}', the first of the model '{}'",
             projection.name, receptors.front(), model.getSymName().str());
    return;
  }
  const std::string name = value.as<std::string>();
  const auto found = std::find(receptors.begin(), receptors.end(), name);
  if (found == receptors.end())
    value.fail(fmt::format("'{}' has no receptor '{}'", target.name, name),
               fmt::format("the receptors of its model '{}' are {}",
                           model.getSymName().str(),
                           fmt::join(receptors, ", ")));
  else
    projection.receptor = static_cast<unsigned>(found - receptors.begin());
}

void Reader::readDelay(const YamlValue &value, Projection &projection) {
  if (!value) {
    assume("projection '{}': delay 0 steps (none was given)", projection.name);
    return;
  }
  const std::string text = value.scalar();
  if (text.find_first_not_of("0123456789-") == std::string::npos) {
    projection.delay = value.as<uint64_t>();
  } else {
    const Result<double> seconds = parseQuantity(text, "s");
    if (!seconds) {
      value.fail(fmt::format("delay of '{}': {}", projection.name,
                             seconds.error().message),
                 "a number without a unit is a number of steps");
      return;
    }
    const double steps = *seconds / out.dt.value();
    const double whole = std::round(steps);
    // Both are decimal texts in double precision; 1e-9 is far above their
    // rounding and far below any delay that is meant to differ.
    if (!(steps >= 0) ||
        std::abs(steps - whole) > 1e-9 * std::max(1.0, whole)) {
      value.fail(fmt::format("the delay {} of '{}' is {} steps of {}; a whole "
                             "number of steps was wanted",
                             text, projection.name, formatNumber(steps),
                             format(out.dt)));
      return;
    }
    projection.delay = static_cast<uint64_t>(std::min(whole, 2.0 * maxDelay));
  }
  if (projection.delay > maxDelay)
    value.fail(fmt::format("the delay {} of '{}' is more than {} steps", text,
                           projection.name, maxDelay));
}

void Reader::readWeights(const YamlValue &value, Projection &projection) {
  YamlMap map = value.map();
  const YamlValue kind = map.requiredValue("distribution");
  if (!kind)
    return;
  const std::string name = kind.as<std::string>();
  const std::optional<DistributionKind> distribution =
      snn::symbolizeDistributionKind(name);
  if (!distribution) {
    kind.fail(fmt::format("'{}' has the unknown distribution '{}'",
                          projection.name, name),
              "known: constant, normal, uniform, lognormal, formed_pair");
    return;
  }
  projection.distribution = *distribution;
  auto numbers = [&](const char *first, const char *second) {
    projection.a = map.required<double>(first);
    projection.b = map.required<double>(second);
  };
  auto wrong = [&](const char *key, double number, const char *wanted) {
    map.value(key).fail(fmt::format("{} of '{}' is {}; {} was wanted", key,
                                    projection.name, formatNumber(number),
                                    wanted));
  };
  switch (*distribution) {
  case DistributionKind::Constant:
    projection.a = map.required<double>("value");
    break;
  case DistributionKind::Normal:
    numbers("mean", "std");
    if (projection.b < 0)
      wrong("std", projection.b, "0 or more");
    break;
  case DistributionKind::Uniform:
    numbers("low", "high");
    if (map.has("low") && map.has("high") && projection.a > projection.b)
      wrong("high", projection.b, "a number not below 'low'");
    break;
  case DistributionKind::LogNormal:
  case DistributionKind::FormedPair:
    numbers("median", "sigma");
    if (map.has("median") && !(projection.a > 0))
      wrong("median", projection.a, "a number above 0");
    if (projection.b < 0)
      wrong("sigma", projection.b, "0 or more");
    break;
  }
  map.finish();
  if (projection.rule == Rule::OneToOne &&
      *distribution != DistributionKind::Constant)
    kind.fail(fmt::format("'{}' is one_to_one, whose weights are constant; got "
                          "'{}'",
                          projection.name, name));
}

void Reader::readProjection(const std::string &name, const YamlValue &value) {
  YamlMap map = value.map();
  Projection projection;
  projection.name = name;
  projection.place = value.place();
  const YamlValue to = map.requiredValue("to");
  const YamlValue receptor = map.value("receptor");
  const std::optional<size_t> source =
      nodeNamed(map.requiredValue("from"), false);
  const std::optional<size_t> target = nodeNamed(to, true);
  projection.source = source.value_or(0);
  projection.target = target.value_or(0);
  if (target)
    readReceptor(receptor, projection);
  const YamlValue delay = map.value("delay");
  if (out.dt.value() > 0)
    readDelay(delay, projection);

  const YamlValue rule = map.requiredValue("rule");
  const std::string ruleName = rule ? rule.as<std::string>() : "";
  if (ruleName == "random") {
    const YamlValue density = map.requiredValue("density");
    if (density)
      projection.density = density.as<double>();
    if (!(projection.density >= 0 && projection.density <= 1))
      density.fail(fmt::format("density of '{}' is {}; a probability from 0 to "
                               "1 was wanted",
                               name, formatNumber(projection.density)));
  } else if (ruleName == "dense") {
    projection.rule = Rule::Dense;
  } else if (ruleName == "one_to_one") {
    projection.rule = Rule::OneToOne;
    if (source && target && out.nodes[*source].size != out.nodes[*target].size)
      rule.fail(fmt::format("'{}' is one_to_one, but '{}' has {} elements and "
                            "'{}' has {}",
                            name, out.nodes[*source].name,
                            out.nodes[*source].size, out.nodes[*target].name,
                            out.nodes[*target].size));
  } else if (rule) {
    map.value("density");
    rule.fail(fmt::format("'{}' has the unknown rule '{}'", name, ruleName),
              "known: random, dense, one_to_one");
  }
  if (const YamlValue weights = map.requiredValue("weights"))
    readWeights(weights, projection);
  projection.gain = map.optional<double>("gain", 1.0);
  const YamlValue seed = map.value("seed");
  projection.seed = seed ? seed.as<uint64_t>() : networkSeed;
  const bool drawn = projection.rule == Rule::Random ||
                     projection.distribution != DistributionKind::Constant;
  if (seed && !drawn && !ruleName.empty())
    seed.fail(fmt::format("'{}' draws nothing, but has a seed", name));
  if (!seed && drawn)
    seedUsed = true;
  map.finish();
  out.projections.push_back(std::move(projection));
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

void Reader::readReadout(const YamlValue &value) {
  YamlMap map = value.map();
  Readout readout;
  readout.place = value.place();
  const YamlValue from = map.requiredValue("from");
  if (const std::optional<size_t> source = nodeNamed(from, true)) {
    readout.source = *source;
    Node &node = out.nodes[*source];
    if (!node.model.isSpiking())
      from.fail(fmt::format("'{}' does not spike; a readout counts spikes",
                            node.name));
  }
  const YamlValue classes = map.requiredValue("classes");
  if (classes) {
    const uint64_t count = classes.as<uint64_t>();
    if (count < 1 || count > 1000000)
      classes.fail(fmt::format("the readout has {} classes; 1 to 1000000 was "
                               "wanted",
                               count));
    readout.classes = static_cast<int64_t>(count);
  }
  map.finish();
  assume("readout: weights are 0 until `limen train` fits them");
  out.readout = readout;
}

void Reader::readOutputs(const YamlValue &value) {
  for (const YamlValue &item : value.items())
    if (const std::optional<size_t> node = nodeNamed(item, false))
      out.outputs.push_back({item.place(), *node});
}

Description Reader::run() {
  YamlMap root = document.root();
  out.place = root.place();
  out.name = root.required<std::string>("network");
  const YamlValue dt = root.requiredValue("dt");
  if (dt) {
    const Result<double> seconds = parseQuantity(dt.scalar(), "s");
    if (!seconds)
      dt.fail("dt: " + seconds.error().message);
    else if (*seconds <= 0)
      dt.fail(fmt::format("dt is {}; a time above 0 was wanted", dt.scalar()));
    else
      out.dt = Seconds(*seconds);
  }
  const YamlValue seed = root.value("seed");
  if (seed)
    networkSeed = seed.as<uint64_t>();
  for (auto &[name, value] : root.requiredMap("inputs").entries()) {
    inputs.insert(name);
    readInput(name, value);
  }
  for (auto &[name, value] : root.requiredMap("populations").entries())
    readPopulation(name, value);
  if (const YamlValue projections = root.value("projections"))
    for (auto &[name, value] : projections.map().entries())
      readProjection(name, value);
  // A readout predicts, so it is the first output.
  const YamlValue readout = root.value("readout");
  if (readout)
    readReadout(readout);
  const YamlValue outputs = root.value("outputs");
  if (outputs)
    readOutputs(outputs);
  else if (!readout)
    root.fail("the network returns nothing",
              "add 'outputs: [POPULATION]' or a 'readout'");
  if (!seed && seedUsed)
    assume("seed 0 for random weights (none was given)");
  root.finish();
  return std::move(out);
}

Description limen::description::read(YamlDocument &document,
                                     mlir::ModuleOp module,
                                     std::vector<std::string> &assumptions) {
  return Reader(document, module, assumptions).run();
}
