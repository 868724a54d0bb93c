// Nodes of a circuit: which become the input, which a population, and with what
// parameters.

#include "compiler/Import/Sonata/SonataImporter.h"

#include "dialects/snn/IR/ModelLibrary.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace limen;
using namespace limen::sonata;

/// Distributes the nodes over the input and the populations.
Result<void> Importer::sortNodes() {
  for (size_t p = 0; p < circuit.nodes.size(); ++p) {
    const NodePopulation &population = circuit.nodes[p];
    const size_t size = population.table.size();
    std::vector<Seat> &seats = this->seats.emplace_back(size);
    Result<bool> sources = isVirtual(population);
    if (!sources)
      return sources.takeError();
    if (*sources) {
      for (size_t row = 0; row < size; ++row)
        seats[row] = {-1, static_cast<int32_t>(inputSize++)};
      virtuals.push_back(p);
      continue;
    }
    Result<Table::Texts> types = population.table.texts("model_type");
    if (!types)
      return types.takeError();
    for (const std::string &type : types->texts)
      if (type != "point_neuron" && type != "point_process")
        return Error(fmt::format("population '{}' has nodes of model_type "
                                 "'{}'; point_neuron and virtual can be read",
                                 population.name, type),
                     population.table.place());
    Result<Table::Texts> templates = population.table.texts("model_template");
    if (!templates)
      return templates.takeError();
    std::vector<size_t> partOf;
    for (const std::string &name : templates->texts) {
      const PointNeuron *neuron = pointNeuron(name);
      if (!neuron)
        return Error(fmt::format("population '{}' has model_template '{}', "
                                 "which no model of the library expresses",
                                 population.name, name),
                     population.table.place())
            .note("templates that can be read: " + pointNeuronNames());
      partOf.push_back(parts.size());
      Part &part = parts.emplace_back();
      part.neuron = neuron;
      part.name =
          templates->texts.size() == 1
              ? population.name
              : population.name + "." +
                    name.substr(std::min(name.find(':'), name.size()) + 1);
    }
    for (size_t row = 0; row < size; ++row) {
      const size_t index = partOf[templates->index[row]];
      seats[row] = {static_cast<int32_t>(index),
                    static_cast<int32_t>(parts[index].rows.size())};
      parts[index].rows.push_back(row);
    }
    for (size_t part : partOf)
      if (Result<void> done = makePart(parts[part], population); !done)
        return done;
  }
  return {};
}

Result<void> Importer::makeInput() {
  std::string name = "input";
  if (virtuals.size() == 1)
    name = circuit.nodes[virtuals.front()].name;
  if (virtuals.size() > 1) {
    std::string list;
    int64_t first = 0;
    for (size_t p : virtuals) {
      const auto size = static_cast<int64_t>(circuit.nodes[p].table.size());
      list += fmt::format("{}{} {} to {}", list.empty() ? "" : ", ",
                          circuit.nodes[p].name, first, first + size - 1);
      first += size;
    }
    assume("the virtual populations are one input: {}", list);
  }
  if (virtuals.empty()) {
    inputSize = 1;
    assume(
        "the circuit has no virtual nodes: an input of one element was added, "
        "with a synapse of weight 0");
  }
  for (const Part &part : parts)
    if (part.name == name)
      name += "_";
  // First of all, so that every op may read it.
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(builder.getInsertionBlock());
  input = snn::InputOp::create(
      builder, at(Place{config.file, 0, 0, "/networks/nodes"}),
      snn::SpikesType::get(builder.getContext(), {inputSize}, 1),
      builder.getStringAttr(name), ElementsAttr());
  return {};
}

Result<void> Importer::makePart(Part &part, const NodePopulation &population) {
  if (!snn::getOrInsertModel(module, part.neuron->model))
    return Error(fmt::format("population '{}': the library has no model '{}'",
                             population.name, part.neuron->model),
                 population.table.place());
  Result<DictionaryAttr> parameters = parametersOf(part, population);
  if (!parameters)
    return parameters.takeError();
  if (*part.neuron->note)
    assume("population '{}': {}", part.name, part.neuron->note);
  if (part.neuron->arrival != 0)
    assume("population '{}': delays are longer by one step, since input of {} "
           "acts from the end of a step on",
           part.name, part.neuron->name);
  const auto type = snn::SpikesType::get(
      builder.getContext(), {static_cast<int64_t>(part.rows.size())}, 1);
  part.op = snn::NeuronOp::create(
      builder, at(population.table.place()), type,
      builder.getStringAttr(part.name),
      FlatSymbolRefAttr::get(builder.getContext(), part.neuron->model),
      ValueRange(), *parameters, DenseI32ArrayAttr(), FlatSymbolRefAttr(),
      DictionaryAttr());
  return {};
}

Result<DictionaryAttr>
Importer::parametersOf(const Part &part, const NodePopulation &population) {
  const Table &table = population.table;
  for (const std::string &name : table.parameters())
    if (llvm::none_of(part.neuron->parameters, [&](const ParameterRule &rule) {
          return name == rule.source;
        }))
      return Error(fmt::format("population '{}' has the parameter '{}', which "
                               "{} does not have here",
                               population.name, name, part.neuron->name),
                   table.place());
  NamedAttrList list;
  std::vector<double> thresholds, resets;
  for (const ParameterRule &rule : part.neuron->parameters) {
    Result<std::vector<double>> all = table.numbers(rule.source);
    if (!all)
      return all.takeError();
    std::vector<double> values;
    values.reserve(part.rows.size());
    size_t absent = 0;
    for (size_t row : part.rows) {
      const bool given = !std::isnan((*all)[row]);
      absent += !given;
      const double value = given ? (*all)[row] : rule.fallback;
      if ((rule.range == Range::Positive && !(value > 0)) ||
          (rule.range == Range::NotNegative && !(value >= 0)))
        return Error(
            fmt::format("population '{}', node {}: {} is {}; it must "
                        "be {} 0",
                        population.name, row, rule.source, formatNumber(value),
                        rule.range == Range::Positive ? "above" : "at least"),
            table.place());
      values.push_back(value * rule.scale);
    }
    if (absent != 0)
      assume("population '{}': {} of {} is not given, {} as in {}", part.name,
             rule.source,
             absent == part.rows.size() ? "all nodes"
                                        : fmt::format("{} nodes", absent),
             formatNumber(rule.fallback), part.neuron->name);
    if (StringRef(rule.model) == "v_thresh")
      thresholds = values;
    if (StringRef(rule.model) == "v_reset")
      resets = values;
    list.set(
        rule.model,
        llvm::all_equal(values)
            ? Attribute(builder.getF64FloatAttr(values.front()))
            : DenseElementsAttr::get(
                  RankedTensorType::get({static_cast<int64_t>(values.size())},
                                        builder.getF64Type()),
                  ArrayRef<double>(values)));
  }
  for (size_t i = 0; i < std::min(thresholds.size(), resets.size()); ++i)
    if (!(resets[i] < thresholds[i]))
      return Error(fmt::format("population '{}', node {}: the reset potential "
                               "{} mV is not below the threshold {} mV",
                               population.name, part.rows[i],
                               formatNumber(resets[i]),
                               formatNumber(thresholds[i])),
                   table.place());
  return list.getDictionary(builder.getContext());
}
