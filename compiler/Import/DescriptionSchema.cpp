#include "compiler/Import/DescriptionReader.h"

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

std::vector<std::string> limen::description::texts(mlir::ArrayAttr attribute) {
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
  const auto [other, fresh] = byName.try_emplace(node.name, out.nodes.size());
  if (!fresh)
    value.fail(fmt::format("the name '{}' is taken", node.name),
               fmt::format("it was first used at {}",
                           out.nodes[other->second].place.text()));
  out.nodes.push_back(std::move(node));
}

void Reader::readInput(const std::string &name, const YamlValue &value) {
  YamlMap map = value.map();
  Node node;
  node.isInput = true;
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

void Reader::readNodeSign(const YamlValue &value, Node &node) {
  if (value)
    node.sign = signOf(value, node.name);
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
  readNodeSign(map.value("sign"), node);
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
  const auto found = byName.find(name);
  if (found != byName.end() &&
      (!populationsOnly || !out.nodes[found->second].isInput)) {
    // An unknown model has been reported at its population.
    if (!out.nodes[found->second].isInput && !out.nodes[found->second].model)
      return std::nullopt;
    return found->second;
  }
  std::vector<std::string> known;
  for (const Node &node : out.nodes)
    if (!populationsOnly || !node.isInput)
      known.push_back(node.name);
  if (value.kind() == YamlValue::Kind::Scalar)
    value.fail(
        fmt::format("there is no {} '{}'",
                    populationsOnly ? "population" : "input or population",
                    name),
        fmt::format("known: {}", fmt::join(known, ", ")));
  return std::nullopt;
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
  for (auto &[name, value] : root.requiredMap("inputs").entries())
    readInput(name, value);
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
