#include "runtime/report/Report.h"

#include "runtime/report/Metrics.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

/// Bits of a state variable, a bias and a digital readout's weight: single
/// precision in every engine.
static constexpr uint64_t wordBits = 32;

std::optional<double> Report::accuracy() const {
  if (labelled == 0)
    return std::nullopt;
  return static_cast<double>(correct) / static_cast<double>(labelled);
}

std::optional<double> Report::inferencesUntilWorn() const {
  if (!writing || writing->endurance == 0 || writing->ofLoads == 0 ||
      samples == 0)
    return std::nullopt;
  return std::floor(static_cast<double>(writing->endurance) /
                    perSample(static_cast<double>(writing->ofLoads)));
}

double Report::totalSAce() const {
  double sum = 0;
  for (const Connection &connection : connections)
    sum += connection.sAce;
  return sum;
}

double Report::totalNsAce() const {
  double sum = 0;
  for (const Connection &connection : connections)
    sum += connection.nsAce;
  return sum;
}

Bits Report::memory() const {
  return weightMemory + drawnMemory + stateMemory + readoutMemory;
}

uint64_t Report::spikes() const {
  uint64_t sum = 0;
  for (const Population &population : populations)
    sum += population.isInput ? 0 : population.spikes;
  return sum;
}

namespace {

class Builder {
public:
  Builder(const engine::Engine &engine, const RunInfo &info,
          std::span<const SampleKey> keys,
          std::span<const engine::SampleResult> results)
      : engine(engine), net(engine.network()), info(info), keys(keys),
        results(results) {}

  Report run() {
    report.target = info.target;
    if (const std::string table = engine.priceTable();
        !table.empty() && !report.target.priceTable.empty())
      report.target.priceTable += ", table " + table;
    report.versions = info.versions;
    report.input = info.input;
    report.seed = info.seed;
    report.comparison = info.comparison;
    report.hostSeconds = info.hostSeconds;
    addSamples();
    addPopulations();
    addConnections();
    addReadouts();
    report.networks = summarize(engine, keys, results);
    addActivity();
    addCosts();
    return std::move(report);
  }

private:
  void addSamples() {
    report.samples = results.size();
    for (size_t i = 0; i < results.size(); ++i) {
      const engine::SampleResult &result = results[i];
      SampleRow &row = report.rows.emplace_back();
      row.id = keys[i].id;
      row.label = keys[i].label;
      row.predicted = engine::predictedClass(result);
      row.steps = result.steps;
      if (!result.outputs.empty())
        row.outputs = result.outputs.front();
      row.populationSpikes = result.spikes;
      report.labelled += row.label >= 0;
      report.correct += row.label >= 0 && row.label == row.predicted;
      report.steps += result.steps;
      report.synapticEvents += result.synapticEvents;
      report.cycles += result.cycles;
      report.time += result.time;
    }
    report.stepsPerSample = report.perSample(static_cast<double>(report.steps));
  }

  void addPopulations() {
    report.network = net.name;
    report.dt = net.dt;
    report.stepTime = info.stepTime.value_or(net.dt);
    report.neurons = net.neuronCount();
    size_t opened = 0;
    for (size_t i = 0; i < net.nodes.size(); ++i) {
      const network::Node &node = net.nodes[i];
      Population &population = report.populations.emplace_back();
      population.name = node.name;
      population.shape = node.shape;
      population.size = node.size;
      population.isInput = node.isInput;
      population.model = node.model.name;
      population.spikeBits = node.spikeBits;
      if (node.isInput && !node.hasEvents) {
        const size_t k = opened++;
        if (!node.clips && k < info.largestInputs.size() &&
            info.largestInputs[k] > 1)
          population.spikeBits = std::max<unsigned>(
              population.spikeBits,
              std::bit_width(static_cast<uint32_t>(info.largestInputs[k])));
      }
      for (const engine::SampleResult &result : results)
        population.spikes += result.spikes[i];
      population.spikesPerSample =
          report.perSample(static_cast<double>(population.spikes));
      const double places =
          static_cast<double>(node.size) * static_cast<double>(stepsOf(i));
      if (places > 0)
        population.rate = static_cast<double>(population.spikes) / places;
      if (node.isInput) {
        report.inputEvents += population.spikes;
        continue;
      }
      for (const network::Coefficient &coefficient : node.model.coefficients)
        report.parameters += coefficient.values.size();
      report.stateMemory += Bits(static_cast<uint64_t>(node.size) *
                                 node.model.states.size() * wordBits);
    }
  }

  /// Steps of a node over all samples.
  uint64_t stepsOf(size_t node) const {
    uint64_t steps = 0;
    for (const engine::SampleResult &result : results)
      steps += result.stepsOf(static_cast<unsigned>(node));
    return steps;
  }

  void addConnections() {
    uint64_t all = 0;
    uint64_t zeros = 0;
    for (size_t i = 0; i < net.projections.size(); ++i) {
      const network::Projection &projection = net.projections[i];
      const network::Node &source = net.nodes[projection.source];
      const network::Node &target = net.nodes[projection.target];
      Connection &connection = report.connections.emplace_back();
      connection.name = projection.name;
      connection.source = source.name;
      connection.target = target.name;
      if (projection.receptor < target.model.receptors.size())
        connection.receptor = target.model.receptors[projection.receptor];
      connection.delay = projection.delay;
      connection.synapses = i < info.synapses.size()
                                ? info.synapses[i]
                                : countSynapses(projection);
      const double steps =
          report.perSample(static_cast<double>(stepsOf(projection.target)));
      uint64_t biases = 0;
      for (const network::Stage &stage : projection.stages) {
        connection.weights += network::weightCount(stage);
        biases += stage.bias.size();
        report.denseOperations +=
            static_cast<double>(denseOperations(stage)) * steps;
        addStage(stage, projection, connection.synapses, all, zeros);
      }
      report.synapses += connection.synapses;
      report.weights += connection.weights;
      report.parameters += connection.weights + biases;
      report.weightMemory +=
          Bits(connection.weights * projection.weightBits + biases * wordBits);
      connection.steps = steps;
      connection.weightBits = projection.weightBits;
      connection.spikeBits = report.populations[projection.source].spikeBits;
      connection.firingRate = report.populations[projection.source].rate;
      connection.bitBudget =
          connection.steps * connection.weightBits * connection.spikeBits;
      connection.sAce =
          static_cast<double>(connection.synapses) * connection.bitBudget;
      connection.nsAce = connection.firingRate * connection.sAce;
    }
    if (all > 0)
      report.connectionSparsity =
          static_cast<double>(zeros) / static_cast<double>(all);
  }

  void addStage(const network::Stage &stage,
                const network::Projection &projection, uint64_t synapses,
                uint64_t &all, uint64_t &zeros) {
    WeightCounts counts;
    if (!std::holds_alternative<network::Random>(stage.kind)) {
      counts = countWeights(stage);
    } else {
      // Drawing is slow: a projection of one stage has been counted already.
      const uint64_t drawn =
          projection.stages.size() == 1 ? synapses : drawnWeights(stage);
      // A pair may have several synapses.
      counts.all =
          std::max(drawn, static_cast<uint64_t>(stage.inputs * stage.outputs));
      counts.zeros = counts.all - drawn;
      report.drawnMemory += Bits(drawn * projection.weightBits);
    }
    all += counts.all;
    zeros += counts.zeros;
  }

  void addReadouts() {
    for (const network::Readout &readout : net.readouts) {
      const uint64_t parameters = readout.weights.size() + readout.bias.size();
      const std::string &source = readout.before
                                      ? net.readouts[*readout.before].name
                                      : net.nodes[readout.source].name;
      report.readouts.push_back(
          {readout.name, source, readout.classes, parameters});
      report.parameters += parameters;
      report.readoutMemory += Bits(parameters * wordBits);
    }
    if (net.outputs.empty())
      return;
    const network::Output &output = net.outputs.front();
    report.outputName = output.name;
    report.outputKind = output.isReadout ? "scores" : "spikes";
    if (!output.isReadout && !net.nodes[output.index].isInput &&
        !net.nodes[output.index].model.spiking)
      report.outputKind = "values";
  }

  void addActivity() {
    double places = 0;
    double spikes = 0;
    for (size_t i = 0; i < net.nodes.size(); ++i) {
      if (net.nodes[i].isInput || !net.nodes[i].model.spiking)
        continue;
      places += static_cast<double>(net.nodes[i].size) *
                static_cast<double>(stepsOf(i));
      spikes += static_cast<double>(report.populations[i].spikes);
    }
    report.activationSparsity = places > 0 ? 1 - spikes / places : 1;
  }

  void addCosts() {
    std::vector<uint64_t> actions(engine.actions().size(), 0);
    for (const engine::SampleResult &result : results)
      for (size_t i = 0; i < actions.size() && i < result.actions.size(); ++i)
        actions[i] += result.actions[i];
    const double networkTime =
        static_cast<double>(report.steps) * report.stepTime.value();
    if (report.time.value() > 0 && networkTime > 0)
      report.realTimeFactor = report.time.value() / networkTime;
    Ledger ledger = engine.price(actions, report.time);
    if (!ledger.rows().empty())
      report.energy = std::move(ledger);
    else
      report.noEnergy = info.noEnergy.empty()
                            ? "the target has no table of prices"
                            : info.noEnergy;
    report.resources = engine.resources();
    report.writing = engine.writing(actions);
    report.loads = engine.loads();
    uint64_t fullest = 0;
    for (const engine::UnitLoad &unit : report.loads)
      fullest = std::max(fullest, unit.peak.value());
    if (fullest > 0 && report.cycles.value() > 0 && report.stepTime.value() > 0)
      report.neededFactor = static_cast<double>(fullest) /
                            static_cast<double>(report.cycles.value()) *
                            report.time.value() / report.stepTime.value();
    if (report.comparison)
      report.comparison->causes = engine.causes(actions);
    report.assumptions = info.assumptions;
    for (std::string &text : engine.assumptions())
      report.assumptions.push_back(std::move(text));
    report.warnings = info.warnings;
    for (std::string &text : engine.warnings(actions))
      report.warnings.push_back(std::move(text));
    warnOfClasses();
  }

  /// Outputs of a population, far more than there are classes, tell none:
  /// nothing was fitted to them.
  void warnOfClasses() {
    if (report.labelled == 0 || net.outputs.front().isReadout)
      return;
    constexpr size_t far = 4;
    int highest = 0;
    for (const SampleRow &row : report.rows)
      highest = std::max(highest, row.label);
    const size_t outputs = report.rows.front().outputs.size();
    if (outputs < far * (static_cast<size_t>(highest) + 1))
      return;
    report.warnings.push_back(fmt::format(
        "a sample's class is taken from the largest of {} outputs of '{}', but "
        "labels are 0 to {}: the accuracy means little without a readout, "
        "which "
        "'limen train' fits",
        outputs, net.outputs.front().name, highest));
  }

  const engine::Engine &engine;
  const network::Network &net;
  const RunInfo &info;
  std::span<const SampleKey> keys;
  std::span<const engine::SampleResult> results;
  Report report;
};

} // namespace

Report limen::report::build(const engine::Engine &engine, const RunInfo &info,
                            std::span<const SampleKey> keys,
                            std::span<const engine::SampleResult> results) {
  assert(keys.size() == results.size());
  return Builder(engine, info, keys, results).run();
}
