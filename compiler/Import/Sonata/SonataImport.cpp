#include "compiler/Import/Sonata/SonataImport.h"

#include "compiler/Import/Sonata/PointNeurons.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/support/Diagnostics.h"
#include "runtime/sonata/Circuit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace mlir;
using namespace limen;
using namespace limen::sonata;

namespace {

/// Nodes that become one population: they share a population and a template.
struct Part {
  std::string name;
  const PointNeuron *neuron = nullptr;
  std::vector<size_t> rows; ///< of the node population
  snn::NeuronOp op;
};

/// Where a node of the circuit sits in the network.
struct Seat {
  int32_t part = -1; ///< into `parts`; -1 for the input
  int32_t index = 0;
};

/// Synapses between two nodes of the network that share a receptor.
struct Bundle {
  std::vector<int32_t> sources, targets, delays;
  std::vector<float> weights;
};

class Importer {
public:
  Importer(const Config &config, Circuit &circuit, double dtMs, ModuleOp module,
           std::vector<std::string> &assumptions)
      : config(config), circuit(circuit), dt(dtMs), module(module),
        builder(module.getContext()), assumptions(assumptions) {}

  Result<void> run();

private:
  template <typename... Args>
  void assume(fmt::format_string<Args...> text, Args &&...args) {
    assumptions.push_back(fmt::format(text, std::forward<Args>(args)...));
  }
  Location at(const Place &place) {
    return NameLoc::get(builder.getStringAttr(place.text()));
  }

  Result<void> sortNodes();
  Result<void> makeInput();
  Result<void> makePart(Part &part, const NodePopulation &population);
  Result<DictionaryAttr> parametersOf(const Part &part,
                                      const NodePopulation &population);
  Result<void> connect(const EdgePopulation &edges);
  Result<std::vector<int32_t>> delaysOf(const EdgePopulation &edges);
  Result<std::vector<double>> weightsOf(const EdgePopulation &edges);
  Result<std::vector<uint8_t>> receptorsOf(const EdgePopulation &edges,
                                           const std::vector<double> &weights);
  Result<void> checkSynapses(const EdgePopulation &edges);
  void emit(const std::string &name, const Place &place, int32_t sourcePart,
            int32_t targetPart, unsigned receptor, const Bundle &bundle);
  template <typename T>
  ElementsAttr array(const std::string &name, const std::vector<T> &values);

  const Config &config;
  Circuit &circuit;
  double dt; ///< ms
  ModuleOp module;
  OpBuilder builder;
  std::vector<std::string> &assumptions;
  std::vector<Part> parts;
  std::vector<std::vector<Seat>> seats; ///< of nodes, by population
  std::vector<size_t> virtuals;         ///< virtual populations
  int64_t inputSize = 0;
  Value input;
};

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

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

Result<void> Importer::connect(const EdgePopulation &edges) {
  if (Result<void> done = checkSynapses(edges); !done)
    return done;
  Result<std::vector<int32_t>> delays = delaysOf(edges);
  if (!delays)
    return delays.takeError();
  Result<std::vector<double>> weights = weightsOf(edges);
  if (!weights)
    return weights.takeError();
  Result<std::vector<uint8_t>> receptors = receptorsOf(edges, *weights);
  if (!receptors)
    return receptors.takeError();

  std::map<std::tuple<int32_t, int32_t, unsigned>, Bundle> bundles;
  for (size_t edge = 0; edge < edges.sources.size(); ++edge) {
    const Seat source = seats[edges.source][edges.sources[edge]];
    const Seat target = seats[edges.target][edges.targets[edge]];
    const double scale =
        parts[static_cast<size_t>(target.part)].neuron->weightScale;
    const auto weight = static_cast<float>((*weights)[edge] * scale);
    if (!std::isfinite(weight))
      return Error(fmt::format("edge {} of '{}' has a weight that float32 "
                               "cannot hold",
                               edge, edges.name),
                   edges.table.place());
    Bundle &bundle = bundles[{source.part, target.part, (*receptors)[edge]}];
    bundle.sources.push_back(source.index);
    bundle.targets.push_back(target.index);
    bundle.delays.push_back(
        (*delays)[edge] +
        parts[static_cast<size_t>(target.part)].neuron->arrival);
    bundle.weights.push_back(weight);
  }
  for (const auto &[key, bundle] : bundles)
    emit(edges.name, edges.table.place(), std::get<0>(key), std::get<1>(key),
         std::get<2>(key), bundle);
  return {};
}

/// Small arrays in the text, large ones as resources.
template <typename T>
ElementsAttr Importer::array(const std::string &name,
                             const std::vector<T> &values) {
  Type element = builder.getF32Type();
  if constexpr (std::is_integral_v<T>)
    element = builder.getIntegerType(8 * sizeof(T));
  const auto type =
      RankedTensorType::get({static_cast<int64_t>(values.size())}, element);
  if (values.size() <= 64)
    return DenseElementsAttr::get(type, ArrayRef<T>(values));
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<T>(values)));
}

void Importer::emit(const std::string &population, const Place &place,
                    int32_t sourcePart, int32_t targetPart, unsigned receptor,
                    const Bundle &bundle) {
  Part &target = parts[static_cast<size_t>(targetPart)];
  const Value source =
      sourcePart < 0 ? input
                     : parts[static_cast<size_t>(sourcePart)].op.getResult();
  const size_t count = bundle.sources.size();
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  // Several synapses of a pair keep the order of the file.
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(bundle.sources[a], bundle.targets[a]) <
           std::pair(bundle.sources[b], bundle.targets[b]);
  });
  const auto size = snn::sizeOf(cast<snn::SpikesType>(source.getType()));
  std::vector<int64_t> offsets(static_cast<size_t>(size) + 1, 0);
  std::vector<int32_t> targets, delays;
  std::vector<float> weights;
  for (uint32_t edge : order) {
    ++offsets[static_cast<size_t>(bundle.sources[edge]) + 1];
    targets.push_back(bundle.targets[edge]);
    delays.push_back(bundle.delays[edge]);
    weights.push_back(bundle.weights[edge]);
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  // What all synapses share is the delay of the op.
  int64_t common = *std::min_element(delays.begin(), delays.end());
  for (int32_t &delay : delays)
    delay -= static_cast<int32_t>(common);
  const bool uniform = llvm::all_equal(delays);
  if (llvm::all_equal(weights))
    weights.resize(1);

  const std::string name =
      fmt::format("{}_{}_{}_{}", population, sourcePart, targetPart, receptor);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(target.op);
  const Value current = snn::SparseOp::create(
      builder, at(place),
      snn::CurrentType::get(builder.getContext(),
                            {static_cast<int64_t>(target.rows.size())}),
      source, array(name + "_offsets", offsets),
      array(name + "_targets", targets), array(name + "_weights", weights),
      uniform ? ElementsAttr() : array(name + "_delays", delays),
      builder.getI64IntegerAttr(common));
  SmallVector<int32_t> receptors(target.op.getCurrents().size(), 0);
  if (auto given = target.op.getReceptors())
    receptors.assign(given->begin(), given->end());
  receptors.push_back(static_cast<int32_t>(receptor));
  target.op.getCurrentsMutable().append(current);
  if (llvm::any_of(receptors, [](int32_t r) { return r != 0; }))
    target.op.setReceptors(receptors);
}

Result<void> Importer::run() {
  builder.setInsertionPointToEnd(module.getBody());
  auto network = snn::NetworkOp::create(
      builder, at(Place{config.file, 0, 0, {}}),
      builder.getStringAttr("network"), builder.getF64FloatAttr(dt * 1e-3));
  builder.createBlock(&network.getBody());
  if (Result<void> done = sortNodes(); !done)
    return done;
  if (parts.empty())
    return Error("has no simulated nodes, only virtual ones",
                 Place{config.file, 0, 0, "/networks/nodes"});
  if (Result<void> done = makeInput(); !done)
    return done;
  for (const EdgePopulation &edges : circuit.edges)
    if (Result<void> done = connect(edges); !done)
      return done;
  // An input that nothing reads would be removed.
  if (virtuals.empty())
    emit("silent", Place{config.file, 0, 0, "/networks/nodes"}, -1, 0, 0,
         Bundle{{0}, {0}, {1}, {0.0f}});
  builder.setInsertionPointToEnd(&network.getBody().front());
  for (Part &part : parts)
    snn::OutputOp::create(builder, part.op.getLoc(),
                          builder.getStringAttr(part.name),
                          part.op.getResult());
  assume("membranes start at rest: SONATA does not hold initial values");
  return {};
}

} // namespace

Result<OwningOpRef<ModuleOp>>
limen::sonata::importSonata(const std::string &path,
                            const SonataOptions &options, MLIRContext *context,
                            std::vector<std::string> &assumptions) {
  Result<Config> config = readConfig(path, assumptions);
  if (!config)
    return config.takeError();
  Result<Circuit> circuit = readNodes(*config, assumptions);
  if (!circuit)
    return circuit.takeError();
  if (Result<void> done = readEdges(*config, *circuit, assumptions); !done)
    return done.takeError();
  const double dt = config->dt.value_or(options.dt.value() * 1e3);
  assumptions.push_back(
      fmt::format("dt is {} ms, {}", formatNumber(dt),
                  config->dt ? "as the simulation configuration says"
                             : "no simulation configuration says it"));
  context
      ->loadDialect<snn::SnnDialect, arith::ArithDialect, math::MathDialect>();
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(NameLoc::get(StringAttr::get(context, config->file)));
  if (Result<void> done =
          Importer(*config, *circuit, dt, *module, assumptions).run();
      !done)
    return done.takeError();
  if (failed(verify(*module)))
    return diagnostics.takeError(config->file + ": the network is not valid");
  return module;
}
