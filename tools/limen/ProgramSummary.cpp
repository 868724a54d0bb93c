#include "tools/limen/ProgramSummary.h"

#include "compiler/Mapping/SpinMapping.h"
#include "compiler/Mapping/SplitCores.h"
#include "compiler/Pipelines/Pipelines.h"
#include "dialects/snn/IR/NetworkView.h"
#include "dialects/support/Diagnostics.h"
#include "runtime/network/Parts.h"
#include "runtime/program/ImcLoader.h"
#include "runtime/program/SpinLoader.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

using namespace limen;
using namespace limen::cli;
using Json = nlohmann::ordered_json;

static Json quantity(double value, const char *unit) {
  return {{"value", value}, {"unit", unit}};
}

static Json bytes(uint64_t value) { return {{"value", value}, {"unit", "B"}}; }

//===----------------------------------------------------------------------===//
// The network
//===----------------------------------------------------------------------===//

static const char *nameOf(network::Distribution distribution) {
  switch (distribution) {
  case network::Distribution::Constant:
    return "constant";
  case network::Distribution::Normal:
    return "normal";
  case network::Distribution::Uniform:
    return "uniform";
  case network::Distribution::LogNormal:
    return "lognormal";
  case network::Distribution::FormedPair:
    return "formed_pair";
  }
  return "";
}

static const char *nameOf(const network::Stage &stage) {
  static constexpr const char *names[] = {"dense",      "conv2d", "pool2d",
                                          "one_to_one", "random", "sparse"};
  return names[stage.kind.index()];
}

static Json populationsOf(const network::Network &net) {
  Json out = Json::array();
  for (const network::Node &node : net.nodes) {
    Json &entry = out.emplace_back();
    entry["name"] = node.name;
    entry["input"] = node.isInput;
    entry["model"] = node.isInput ? "" : node.model.name;
    entry["shape"] = node.shape;
    entry["size"] = node.size;
    if (node.latency > 0)
      entry["latency_steps"] = node.latency;
  }
  return out;
}

static Json projectionsOf(const network::Network &net) {
  Json out = Json::array();
  for (const network::Projection &projection : net.projections) {
    Json &entry = out.emplace_back();
    entry["name"] = projection.name;
    entry["source"] = net.nodes[projection.source].name;
    entry["target"] = net.nodes[projection.target].name;
    const auto &receptors = net.nodes[projection.target].model.receptors;
    if (projection.receptor < receptors.size())
      entry["receptor"] = receptors[projection.receptor];
    entry["delay_steps"] = projection.delay;
    uint64_t weights = 0;
    Json stages = Json::array();
    for (const network::Stage &stage : projection.stages) {
      stages.push_back(nameOf(stage));
      weights += network::weightCount(stage);
      if (const auto *random = std::get_if<network::Random>(&stage.kind)) {
        entry["seed"] = random->seed;
        entry["distribution"] = nameOf(random->distribution);
        if (random->window[0] || random->window[1])
          entry["window"] = random->window;
      }
    }
    entry["stages"] = std::move(stages);
    entry["weights"] = weights;
    if (projection.plasticity)
      entry["rule"] = projection.plasticity->rule;
  }
  return out;
}

static Json networkOf(const network::Network &net) {
  Json out;
  out["name"] = net.name;
  out["dt"] = quantity(net.dt.value(), "s");
  out["neurons"] = net.neuronCount();
  const network::Parts parts = network::partsOf(net);
  Json names = Json::array();
  for (unsigned part = 0; part < parts.count(); ++part)
    names.push_back(network::nameOf(net, parts, part));
  out["independent"] = std::move(names);
  out["populations"] = populationsOf(net);
  out["projections"] = projectionsOf(net);
  Json readouts = Json::array();
  for (const network::Readout &readout : net.readouts)
    readouts.push_back(
        {{"name", readout.name},
         {"source", readout.before ? net.readouts[*readout.before].name
                                   : net.nodes[readout.source].name},
         {"inputs", readout.inputs()},
         {"classes", readout.classes}});
  out["readouts"] = std::move(readouts);
  Json outputs = Json::array();
  for (const network::Output &output : net.outputs)
    outputs.push_back(output.name);
  out["outputs"] = std::move(outputs);
  return out;
}

//===----------------------------------------------------------------------===//
// RRAM macros
//===----------------------------------------------------------------------===//

static Json macrosOf(const network::Network &net,
                     const program::ImcProgram &program) {
  const target::ImcMacro &machine = program.machine;
  struct Use {
    size_t regions = 0;
    uint64_t formed = 0, written = 0;
    std::vector<std::string> populations;
  };
  std::vector<Use> uses(program.macros);
  for (const program::ImcRegion &region : program.regions) {
    Use &use = uses[region.macro];
    ++use.regions;
    // A window has no cells of its own; a loaded region lies over others.
    if (region.shares < 0)
      (region.formed ? use.formed : use.written) += region.cells;
    const std::string &name =
        net.nodes[program.matrices[region.matrix].node].name;
    if (std::ranges::find(use.populations, name) == use.populations.end())
      use.populations.push_back(name);
  }
  Json out;
  out["used"] = program.macros;
  out["available"] = machine.macros;
  out["rows"] = machine.rows;
  out["columns"] = machine.cols;
  out["active_rows"] = machine.maxActiveRows;
  out["matrices"] = program.matrices.size();
  out["regions"] = program.regions.size();
  out["turns"] = program.turns.size();
  Json list = Json::array();
  for (size_t m = 0; m < uses.size(); ++m)
    list.push_back({{"macro", m},
                    {"regions", uses[m].regions},
                    {"cells", uint64_t(machine.rows) * machine.cols},
                    {"formed", uses[m].formed},
                    {"written", uses[m].written},
                    {"populations", uses[m].populations}});
  out["macros"] = std::move(list);
  return out;
}

//===----------------------------------------------------------------------===//
// SpiNNaker-style machines
//===----------------------------------------------------------------------===//

/// Tightly coupled data memory of a core, as the mapping that made the program
/// counts it; nothing for cores whose memory it does not count.
static std::optional<uint64_t> dtcmOf(const network::Network &net,
                                      const program::SpinProgram &program,
                                      const program::SpinCore &core) {
  if (core.isSource || core.isDelay())
    return std::nullopt;
  const network::Node &node = net.nodes[core.node];
  mapping::CoreImage image;
  image.layout = core.format;
  image.table.assign(core.table.values.begin(), core.table.values.end());
  image.addresses.assign(core.addresses.values.begin(),
                         core.addresses.values.end());
  image.historyWords = core.rule ? core.rule->historyWords() : 0;
  mapping::NodeSplit split;
  if (core.isSynapse || core.writes())
    split.types = core.types;
  if (core.writes())
    split.direct = 0;
  for (const unsigned fed : core.fedBy)
    if (program.cores[fed].isSynapse)
      split.types = program.cores[fed].types;
  if (split.types.empty())
    return mapping::dtcmBytes(node, image, core.size());
  mapping::Slice slice;
  slice.node = core.node;
  slice.begin = core.begin;
  slice.end = core.end;
  slice.part = core.isSynapse ? 1 : 0;
  return mapping::splitDtcmBytes(node, slice, split, image, core.format);
}

static const char *kindOf(const program::SpinCore &core) {
  return core.isSource    ? "source"
         : core.isDelay() ? "delay"
         : core.isSynapse ? "synapses"
                          : "neurons";
}

static Json coresOf(const network::Network &net,
                    const program::SpinProgram &program) {
  const target::SpinMachine &machine = program.machine;
  uint64_t available = 0;
  for (const target::Chip chip : machine.chips())
    available += machine.coresOf(chip).size();
  Json out;
  out["cores_used"] = program.cores.size();
  out["cores_available"] = available;
  out["dtcm_of_core"] = bytes(machine.dtcmBytes);
  out["sdram_of_chip"] = bytes(machine.sdramBytes);
  out["table_entries_of_chip"] = machine.routerEntries;
  Json cores = Json::array();
  std::map<target::Chip, uint64_t> sdram;
  for (const program::SpinCore &core : program.cores) {
    const uint64_t rows =
        4 * std::max<uint64_t>(core.rows.size(), core.drawn.words);
    sdram[core.place.chip] += rows;
    Json &entry = cores.emplace_back();
    entry["name"] = core.name;
    entry["chip"] = {core.place.chip.x, core.place.chip.y};
    entry["core"] = core.place.core;
    entry["kind"] = kindOf(core);
    entry["population"] = net.nodes[core.node].name;
    entry["slice"] = {core.begin, core.end};
    if (core.hasNeurons())
      entry["start"] = core.start;
    if (core.sends)
      entry["key"] = {core.key, core.mask};
    if (const std::optional<uint64_t> dtcm = dtcmOf(net, program, core))
      entry["dtcm"] = bytes(*dtcm);
    entry["rows"] = bytes(rows);
    entry["rows_drawn_at_load"] = core.rows.size() == 0 && rows > 0;
  }
  Json chips = Json::array();
  for (const auto &[chip, rows] : sdram) {
    const auto table = program.tables.find(chip);
    chips.push_back(
        {{"chip", {chip.x, chip.y}},
         {"rows", bytes(rows)},
         {"table_entries",
          table == program.tables.end() ? 0 : table->second.size()}});
  }
  // Chips that only pass packets on.
  for (const auto &[chip, table] : program.tables)
    if (!sdram.contains(chip))
      chips.push_back({{"chip", {chip.x, chip.y}},
                       {"rows", bytes(0)},
                       {"table_entries", table.size()}});
  out["chips"] = std::move(chips);
  out["cores"] = std::move(cores);
  Json remarks = Json::array();
  for (const std::string &text : program.remarks)
    remarks.push_back(text);
  out["remarks"] = std::move(remarks);
  return out;
}

//===----------------------------------------------------------------------===//
// The table of prices
//===----------------------------------------------------------------------===//

/// What stands in a map of prices: values with their sources, by dotted name.
static void addPrices(YamlMap map, const std::string &prefix, Json &out) {
  for (auto &[key, value] : map.entries()) {
    if (value.kind() != YamlValue::Kind::Map) {
      if (value.kind() == YamlValue::Kind::Scalar && key != "table")
        out.push_back({{"name", prefix + key}, {"value", value.scalar()}});
      continue;
    }
    YamlMap inner = value.map();
    if (!inner.has("value")) {
      addPrices(inner, prefix + key + ".", out);
      continue;
    }
    Json &entry = out.emplace_back();
    entry["name"] = prefix + key;
    for (const char *part : {"value", "status", "source"})
      if (const YamlValue text = inner.value(part))
        entry[part] = text.scalar();
  }
}

static Json pricesOf(const target::Target &target) {
  YamlMap root = target.document.root();
  const YamlValue energy = root.value("energy");
  Json out;
  if (!energy)
    return out;
  YamlMap map = energy.map();
  const YamlValue chosen = map.value("table");
  out["table"] = chosen ? chosen.scalar() : "energy";
  Json rows = Json::array();
  const YamlValue tables = root.value("energy_tables");
  bool found = false;
  if (tables && chosen)
    for (auto &[key, value] : tables.map().entries())
      if (key == chosen.scalar()) {
        addPrices(value.map(), "", rows);
        found = true;
      }
  if (!found)
    addPrices(map, "", rows);
  out["rows"] = std::move(rows);
  return out;
}

Result<Json> cli::summariseProgram(const program::StoredProgram &stored,
                                   const target::Target &target) {
  mlir::ModuleOp module = *stored.module;
  DiagnosticCollector diagnostics(module.getContext());
  snn::NetworkOp op = snn::theNetwork(module);
  if (!op)
    return diagnostics.takeError("the program holds no network");
  mlir::FailureOr<network::Network> net = snn::viewNetwork(op);
  if (mlir::failed(net))
    return diagnostics.takeError("the program's network cannot be read");

  Json out;
  out["schema"] = {{"name", "limen.program"}, {"version", 1}};
  out["file"] = {{"format_version", stored.version},
                 {"size", bytes(stored.bytes)},
                 {"payload", bytes(stored.payloadBytes)},
                 {"checksum", stored.checksum}};
  out["target"] = {{"name", stored.target},
                   {"kind", target::toString(target.kind)}};
  out["network"] = networkOf(*net);
  if (target.kind == target::Kind::Rram) {
    Result<program::ImcProgram> program = program::loadImcProgram(module, *net);
    if (!program)
      return program.takeError();
    out["rram"] = macrosOf(*net, *program);
  } else if (target.kind == target::Kind::Spinnaker) {
    Result<program::SpinProgram> program =
        program::loadSpinProgram(module, *net);
    if (!program)
      return program.takeError();
    out["spinnaker"] = coresOf(*net, *program);
  }
  if (Json prices = pricesOf(target); !prices.is_null())
    out["energy"] = std::move(prices);
  out["assumptions"] = assumptionsOf(module);
  return out;
}
