#include "compiler/Import/DescriptionReader.h"

#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/support/Diagnostics.h"
#include "hw-models/base/Files.h"

#include "mlir/Parser/Parser.h"

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
  if (const YamlValue spikes = map.value("spikes"))
    readSpikes(spikes, node);
  map.finish();
  addNode(std::move(node), value);
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
        node.parameters.emplace_back(
            name, readField(item, {.name = name,
                                   .culprit = fmt::format("parameter '{}' of "
                                                          "'{}'",
                                                          name, node.name),
                                   .identity = node.name + "." + name,
                                   .unit = node.model.unitOf(name).str(),
                                   .purpose = Purpose::Parameter,
                                   .size = node.size}));
    }
    if (value.kind() != YamlValue::Kind::Map)
      return;
  }
  mlir::DictionaryAttr defaults = node.model.getDefaultsAttr();
  for (const std::string &name : known) {
    if (std::find(given.begin(), given.end(), name) != given.end())
      continue;
    const std::string unit = node.model.unitOf(name).str();
    if (auto fallback = defaults ? defaults.getAs<mlir::FloatAttr>(name)
                                 : mlir::FloatAttr())
      assume("population '{}': {} = {}{}{} (default of the model '{}')",
             node.name, name, formatNumber(fallback.getValueAsDouble()),
             unit.empty() ? "" : " ", unit, model);
    else
      population.fail(fmt::format("'{}' lacks the parameter '{}' of the model "
                                  "'{}'",
                                  node.name, name, model),
                      knownNote);
  }
}

void Reader::readInitial(YamlMap &population, Node &node) {
  const YamlValue value = population.value("initial");
  if (!value)
    return;
  const std::vector<std::string> known = texts(node.model.getStates());
  const std::string model = node.model.getSymName().str();
  for (auto &[name, item] : value.map().entries()) {
    const std::string culprit =
        fmt::format("initial '{}' of '{}'", name, node.name);
    if (!item)
      value.fail(culprit + " has no value");
    else if (std::find(known.begin(), known.end(), name) == known.end())
      item.fail(fmt::format("the model '{}' of '{}' has no state '{}'", model,
                            node.name, name),
                fmt::format("the states of '{}' are {}", model,
                            fmt::join(known, ", ")));
    else
      node.initial.emplace_back(
          name, readField(item, {.name = name,
                                 .culprit = culprit,
                                 .identity = node.name + "." + name,
                                 .unit = node.model.unitOf(name).str(),
                                 .purpose = Purpose::InitialState,
                                 .size = node.size}));
  }
}

/// Neuron models of the user's own, from files of snn.model ops.
void Reader::readModels(const YamlValue &value) {
  for (const YamlValue &item : value.items()) {
    const std::string path = besides(out.place.file, item.as<std::string>());
    if (Result<std::string> text = readFile(path); !text) {
      item.fail(text.error().text());
      continue;
    }
    DiagnosticCollector diagnostics(module.getContext());
    auto file = mlir::parseSourceFile<mlir::ModuleOp>(
        path, mlir::ParserConfig(module.getContext()));
    if (!file) {
      const Error error = diagnostics.takeError("is not IR text");
      item.fail(fmt::format(
          "{}: {}", error.place.file.empty() ? path : error.place.text(),
          error.message));
      continue;
    }
    size_t count = 0;
    for (snn::ModelOp model : file->getOps<snn::ModelOp>()) {
      const std::string name = model.getSymName().str();
      if (models.count(name)) {
        item.fail(
            fmt::format("the model '{}' of {} exists already", name, path),
            "give it another name");
      } else {
        snn::ModelOp copy = model.clone();
        module.getBody()->push_back(copy);
        models[name] = copy;
      }
      ++count;
    }
    if (count == 0)
      item.fail(fmt::format("{} holds no snn.model", path));
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
  if (const auto known = models.find(modelName); known != models.end()) {
    if (!known->second)
      known->second = snn::getOrInsertModel(module, modelName);
    node.model = known->second;
    if (node.model) {
      readParameters(map, node);
      readInitial(map, node);
    }
  } else {
    // Known keys; they cannot be checked.
    map.value("parameters");
    map.value("initial");
    std::vector<std::string> names;
    for (const auto &[other, op] : models)
      names.push_back(other);
    if (model && !modelName.empty())
      model.fail(
          fmt::format("'{}' has the unknown model '{}'", name, modelName),
          fmt::format("known models: {}", fmt::join(names, ", ")));
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

int64_t Reader::readLayerSize(const YamlValue &value, const char *what) {
  if (!value)
    return 1;
  const uint64_t size = value.as<uint64_t>();
  if (size >= 1 && size <= 1000000)
    return static_cast<int64_t>(size);
  value.fail(
      fmt::format("a readout has {} {}; 1 to 1000000 was wanted", size, what));
  return 1;
}

void Reader::readLayerWeights(YamlMap &map, Layer &layer, int64_t inputs) {
  // [layer, inputs] and [layer].
  const auto list = [&](const char *key, int64_t wanted) {
    std::vector<float> numbers;
    const YamlValue inner = map.value(key);
    if (!inner)
      return numbers;
    YamlMap lists = inner.map();
    const std::string culprit = fmt::format("{} of the readout", key);
    if (!lists.has("file"))
      lists.requiredValue("values");
    if (const auto found = readList(lists, "", culprit)) {
      numbers.assign(found->begin(), found->end());
      if (!std::ranges::all_of(numbers,
                               [](float x) { return std::isfinite(x); }))
        inner.fail(
            fmt::format("{} has a number beyond single precision", culprit));
      if (static_cast<int64_t>(numbers.size()) != wanted)
        inner.fail(fmt::format("{} has {} numbers; {} were wanted", culprit,
                               numbers.size(), wanted));
    }
    lists.finish();
    return numbers;
  };
  layer.weights = list("weights", layer.size * inputs);
  layer.bias = list("bias", layer.size);
  if (!layer.bias.empty() && layer.weights.empty())
    map.fail("the readout has a bias, but no weights");
}

void Reader::readReadout(const std::string &name, const YamlValue &value) {
  YamlMap map = value.map();
  Readout readout;
  readout.name = name;
  // Names of nodes and of readouts are of one kind.
  if (const auto other = byName.find(name); other != byName.end())
    value.fail(fmt::format("the name '{}' is taken", name),
               fmt::format("it was first used at {}",
                           out.nodes[other->second].place.text()));
  const YamlValue from = map.requiredValue("from");
  if (const std::optional<size_t> source = nodeNamed(from, true)) {
    readout.source = *source;
    Node &node = out.nodes[*source];
    if (!node.model.isSpiking())
      from.fail(fmt::format("'{}' does not spike; a readout counts spikes",
                            node.name));
  }
  int64_t inputs =
      readout.source < out.nodes.size() ? out.nodes[readout.source].size : 0;
  if (const YamlValue hidden = map.value("hidden"))
    for (const YamlValue &item : hidden.items()) {
      YamlMap inner = item.map();
      Layer &layer = readout.layers.emplace_back();
      layer.place = item.place();
      layer.size = readLayerSize(inner.requiredValue("size"), "neurons");
      const YamlValue activation = inner.requiredValue("activation");
      if (activation) {
        const auto kind =
            snn::symbolizeActivationKind(activation.as<std::string>());
        if (kind && *kind != snn::ActivationKind::None)
          layer.activation = *kind;
        else
          activation.fail(fmt::format("there is no activation '{}'; relu or "
                                      "gelu was wanted",
                                      activation.as<std::string>()));
      }
      readLayerWeights(inner, layer, inputs);
      inner.finish();
      inputs = layer.size;
    }
  Layer &last = readout.layers.emplace_back();
  last.place = value.place();
  last.size = readLayerSize(map.requiredValue("classes"), "classes");
  readLayerWeights(map, last, inputs);
  map.finish();
  const auto given = [](const Layer &layer) { return !layer.weights.empty(); };
  if (std::ranges::none_of(readout.layers, given))
    assume("{}: weights are 0 until `limen train` fits them",
           name == "readout" ? name : "readout '" + name + "'");
  else if (!std::ranges::all_of(readout.layers, given))
    map.fail("some layers of the readout have weights and some have none");
  out.readouts.push_back(std::move(readout));
}

void Reader::readOutputs(const YamlValue &value) {
  std::set<size_t> seen;
  for (const YamlValue &item : value.items())
    if (const std::optional<size_t> node = nodeNamed(item, false)) {
      if (!seen.insert(*node).second)
        item.fail(fmt::format("'{}' is returned twice", out.nodes[*node].name));
      out.outputs.push_back({item.place(), *node});
    }
  if (value.kind() == YamlValue::Kind::Sequence && value.items().empty() &&
      out.readouts.empty())
    value.fail("the network returns nothing",
               "name at least one population or input");
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
  for (const std::string &name : snn::builtinModels())
    models[name] = {};
  if (const YamlValue files = root.value("models"))
    readModels(files);
  // A network may drive itself.
  if (const YamlValue inputs = root.value("inputs"))
    for (auto &[name, value] : inputs.map().entries())
      readInput(name, value);
  for (auto &[name, value] : root.requiredMap("populations").entries())
    readPopulation(name, value);
  if (const YamlValue projections = root.value("projections"))
    for (auto &[name, value] : projections.map().entries())
      readProjection(name, value);
  // A readout predicts, so it is the first output.
  const YamlValue readout = root.value("readout");
  if (readout)
    readReadout("readout", readout);
  const YamlValue readouts = root.value("readouts");
  if (readout && readouts)
    readouts.fail("'readout' and 'readouts' are both there",
                  "one readout is 'readout'; several are named in 'readouts'");
  else if (readouts)
    for (auto &[name, value] : readouts.map().entries())
      readReadout(name, value);
  if (readouts && readouts.kind() == YamlValue::Kind::Map &&
      readouts.map().entries().empty())
    readouts.fail("no readout is named");
  const YamlValue outputs = root.value("outputs");
  if (outputs)
    readOutputs(outputs);
  else if (!readout && !readouts)
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
