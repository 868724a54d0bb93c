// The JSON text of a report. docs/report.md lists the keys.

#include "runtime/report/JsonText.h"
#include "runtime/report/Report.h"

#include <algorithm>

using namespace limen;
using namespace limen::report;
using Json = nlohmann::ordered_json;

namespace {

template <typename Number> Json quantity(Number value, std::string_view unit) {
  return {{"value", value}, {"unit", unit}};
}

template <typename Tag, typename Rep> Json quantity(Quantity<Tag, Rep> value) {
  return quantity(value.value(), Tag::unit);
}

Json targetJson(const Report &report) {
  return {{"name", report.target.name},
          {"kind", report.target.kind},
          {"file", report.target.file},
          {"price_table", report.target.priceTable}};
}

Json networkJson(const Report &report) {
  Json populations = Json::array();
  for (const Population &p : report.populations)
    populations.push_back({{"name", p.name},
                           {"input", p.isInput},
                           {"shape", p.shape},
                           {"neurons", p.isInput ? 0 : p.size},
                           {"model", p.model},
                           {"spike_bits", p.spikeBits}});
  Json projections = Json::array();
  for (const Connection &c : report.connections)
    projections.push_back({{"name", c.name},
                           {"source", c.source},
                           {"target", c.target},
                           {"receptor", c.receptor},
                           {"delay_steps", c.delay},
                           {"synapses", c.synapses},
                           {"weights", c.weights},
                           {"weight_bits", c.weightBits}});
  Json readouts = Json::array();
  for (const ReadoutSummary &r : report.readouts)
    readouts.push_back({{"name", r.name},
                        {"source", r.source},
                        {"classes", r.classes},
                        {"parameters", r.parameters}});
  return {
      {"name", report.network},
      {"dt", quantity(report.dt)},
      {"neurons", report.neurons},
      {"synapses", report.synapses},
      {"weights", report.weights},
      {"parameters", report.parameters},
      {"populations", populations},
      {"projections", projections},
      {"readouts", readouts},
      {"output", {{"name", report.outputName}, {"kind", report.outputKind}}}};
}

Json runJson(const Report &report) {
  Json out = {{"input", report.input},
              {"seed", report.seed},
              {"samples", report.samples},
              {"labelled", report.labelled},
              {"correct", report.correct}};
  if (std::optional<double> accuracy = report.accuracy())
    out["accuracy"] = *accuracy;
  out["steps"] = {{"total", report.steps},
                  {"per_inference", report.stepsPerSample},
                  {"duration", quantity(report.stepTime)}};
  return out;
}

/// Ends of an energy, divided by `parts`.
Json rangeJson(const EnergyRange &range, double parts) {
  return {{"low", quantity(range.low.value() / parts, "J")},
          {"high", quantity(range.high.value() / parts, "J")}};
}

double samplesOf(const Report &report) {
  return std::max(1.0, static_cast<double>(report.samples));
}

Json networksJson(const Report &report) {
  Json out = Json::array();
  for (const NetworkSummary &n : report.networks) {
    Json entry = {{"name", n.name},
                  {"output", n.output},
                  {"labelled", n.labelled},
                  {"correct", n.correct}};
    if (std::optional<double> accuracy = n.accuracy())
      entry["accuracy"] = *accuracy;
    entry["steps_per_inference"] =
        report.perSample(static_cast<double>(n.steps));
    if (n.cycles.value() > 0)
      entry["cycles_per_inference"] =
          quantity(report.perSample(static_cast<double>(n.cycles.value())),
                   units::Cycle::unit);
    if (n.energy)
      entry["energy_per_inference"] =
          quantity(report.perSample(n.energy->value()), "J");
    if (n.range)
      entry["energy_range"] = rangeJson(*n.range, samplesOf(report));
    out.push_back(std::move(entry));
  }
  return out;
}

Json totalAndMean(const Report &report, uint64_t total) {
  return {{"total", total},
          {"per_inference", report.perSample(static_cast<double>(total))}};
}

Json activityJson(const Report &report) {
  Json populations = Json::array();
  for (const Population &p : report.populations)
    populations.push_back({{"name", p.name},
                           {"spikes", p.spikes},
                           {"spikes_per_inference", p.spikesPerSample},
                           {"firing_rate", p.rate}});
  return {{"input_events", totalAndMean(report, report.inputEvents)},
          {"spikes", totalAndMean(report, report.spikes())},
          {"synaptic_events", totalAndMean(report, report.synapticEvents)},
          {"populations", populations}};
}

Json timeJson(const Report &report) {
  if (report.time.value() <= 0)
    return {{"absent", "the target has no model of time"}};
  const auto cycles = static_cast<double>(report.cycles.value());
  Json out = {{"cycles",
               {{"total", quantity(report.cycles)},
                {"per_inference",
                 quantity(report.perSample(cycles), units::Cycle::unit)}}},
              {"seconds",
               {{"total", quantity(report.time)},
                {"per_inference",
                 quantity(report.perSample(report.time.value()), "s")}}}};
  if (report.realTimeFactor)
    out["real_time_factor"] = *report.realTimeFactor;
  if (report.neededFactor)
    out["needed_real_time_factor"] = *report.neededFactor;
  return out;
}

Json energyJson(const Report &report) {
  if (!report.energy)
    return {{"absent", report.noEnergy}};
  Json components = Json::array();
  for (const Ledger::Row &row : report.energy->rows()) {
    const bool power = row.unit == "s";
    Json entry = {
        {"component", row.component},
        {"action", row.action},
        {"count", quantity(row.count, row.unit)},
        {"price", quantity(row.price, power ? "W" : "J")},
        {"energy", quantity(row.energy)},
        {"per_inference", quantity(report.perSample(row.energy.value()), "J")},
        {"status", toString(row.status)},
        {"source", row.source}};
    if (row.range)
      entry["range"] = {{"low", quantity(row.range->low, power ? "W" : "J")},
                        {"high", quantity(row.range->high, power ? "W" : "J")},
                        {"source", row.range->source}};
    components.push_back(std::move(entry));
  }
  const Joules total = report.energy->total();
  Json out = {
      {"total", quantity(total)},
      {"per_inference", quantity(report.perSample(total.value()), "J")}};
  if (const std::optional<EnergyRange> range = rangeOf(*report.energy))
    out["range"] = rangeJson(*range, 1);
  out["components"] = components;
  return out;
}

Json resourcesJson(const Report &report) {
  Json out = Json::array();
  for (const engine::Resource &resource : report.resources)
    out.push_back({{"name", resource.name},
                   {"used", resource.used},
                   {"available", resource.available},
                   {"unit", resource.unit}});
  return out;
}

/// `cost` divided by `parts`.
Json writingCostJson(const engine::WritingCost &cost, double parts) {
  const auto share = [&](auto value) {
    return static_cast<double>(value) / parts;
  };
  return {{"cells", share(cost.cells)},
          {"pulses", share(cost.pulses)},
          {"verify_reads", share(cost.verifyReads)},
          {"cycles", quantity(share(cost.cycles.value()), units::Cycle::unit)},
          {"seconds", quantity(share(cost.time.value()), "s")},
          {"energy", quantity(share(cost.energy.value()), "J")},
          {"energy_range", rangeJson(cost.range, parts)}};
}

Json writingJson(const Report &report) {
  const engine::Writing &writing = *report.writing;
  Json out = {{"program", writingCostJson(writing.program, 1)},
              {"loads_per_inference",
               writingCostJson(writing.loads, samplesOf(report))}};
  out["loads_per_inference"]["regions"] =
      report.perSample(static_cast<double>(writing.regions));
  out["writes_of_a_cell"] = {
      {"program", writing.ofProgram},
      {"per_inference", report.perSample(static_cast<double>(writing.ofLoads))},
      {"endurance", writing.endurance}};
  if (const std::optional<double> left = report.inferencesUntilWorn())
    out["inferences_until_worn"] = *left;
  out["status"] = toString(writing.status);
  out["source"] = writing.source;
  return out;
}

Json bitBudgetJson(const Report &report) {
  Json connections = Json::array();
  for (const Connection &c : report.connections)
    connections.push_back({{"projection", c.name},
                           {"n", c.synapses},
                           {"t", c.steps},
                           {"b_w", c.weightBits},
                           {"b_s", c.spikeBits},
                           {"bb", c.bitBudget},
                           {"fr", c.firingRate},
                           {"s_ace", c.sAce},
                           {"ns_ace", c.nsAce}});
  return {{"connections", connections},
          {"total",
           {{"s_ace", report.totalSAce()}, {"ns_ace", report.totalNsAce()}}}};
}

Json memoryJson(const Report &report) {
  return {{"weights", quantity(report.weightMemory)},
          {"drawn_weights", quantity(report.drawnMemory)},
          {"state", quantity(report.stateMemory)},
          {"readout", quantity(report.readoutMemory)},
          {"total", quantity(report.memory())}};
}

Json neuroBenchJson(const Report &report) {
  return {{"activation_sparsity", report.activationSparsity},
          {"connection_sparsity", report.connectionSparsity},
          {"synaptic_operations",
           {{"effective",
             report.perSample(static_cast<double>(report.synapticEvents))},
            {"dense", report.denseOperations}}},
          {"footprint",
           quantity(static_cast<double>(report.memory().value()) / 8, "B")}};
}

Json realTimeJson(const Report &report) {
  Json units = Json::array();
  for (const engine::UnitLoad &load : report.loads)
    units.push_back({{"unit", load.unit},
                     {"population", load.population},
                     {"peak", quantity(load.peak)},
                     {"budget", quantity(load.budget)},
                     {"margin", quantity(load.margin(), Cycles::unit)},
                     {"overruns", load.overruns},
                     {"late", load.late},
                     {"dropped", load.dropped}});
  return units;
}

Json comparisonJson(const Comparison &comparison) {
  Json populations = Json::array();
  for (const PopulationDifference &p : comparison.populations)
    populations.push_back({{"name", p.population},
                           {"spikes", p.spikes},
                           {"different", p.different}});
  Json causes = Json::array();
  for (const engine::Cause &cause : comparison.causes)
    causes.push_back({{"name", cause.name},
                      {"count", cause.count},
                      {"description", cause.description}});
  return {{"against", comparison.against},
          {"samples", comparison.samples},
          {"predictions_different", comparison.predictionsDifferent},
          {"populations", populations},
          {"causes", causes}};
}

Json samplesJson(const Report &report) {
  Json out = Json::array();
  for (const SampleRow &row : report.rows) {
    Json outputs = Json::array();
    for (float value : row.outputs) {
      // Spike counts are whole numbers and are written as such.
      if (report.outputKind == "spikes")
        outputs.push_back(static_cast<uint64_t>(value));
      else
        outputs.push_back(realJson(value));
    }
    Json spikes = Json::object();
    for (size_t i = 0; i < row.populationSpikes.size(); ++i)
      spikes[report.populations[i].name] = row.populationSpikes[i];
    Json sample = {{"id", row.id},
                   {"label", row.label < 0 ? Json(nullptr) : Json(row.label)},
                   {"predicted", row.predicted},
                   {"steps", row.steps},
                   {"output_spikes", outputs},
                   {"population_spikes", spikes}};
    if (row.label >= 0)
      sample["correct"] = row.label == row.predicted;
    out.push_back(std::move(sample));
  }
  return out;
}

} // namespace

std::string limen::report::toJson(const Report &report) {
  Json versions = Json::object();
  for (const Version &version : report.versions)
    versions[version.component] = version.version;
  Json out = {{"schema", {{"name", schemaName}, {"version", schemaVersion}}},
              {"versions", versions},
              {"target", targetJson(report)},
              {"network", networkJson(report)},
              {"run", runJson(report)},
              {"networks", networksJson(report)},
              {"activity", activityJson(report)},
              {"time", timeJson(report)},
              {"energy", energyJson(report)},
              {"resources", resourcesJson(report)}};
  if (report.writing)
    out["writing"] = writingJson(report);
  const Json rest = {{"real_time", realTimeJson(report)},
                     {"bit_budget", bitBudgetJson(report)},
                     {"memory", memoryJson(report)},
                     {"neurobench", neuroBenchJson(report)}};
  out.update(rest);
  if (report.comparison)
    out["comparison"] = comparisonJson(*report.comparison);
  out["assumptions"] = report.assumptions;
  out["warnings"] = report.warnings;
  out["samples"] = samplesJson(report);
  return writeJson(out);
}
