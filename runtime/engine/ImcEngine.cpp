#include "runtime/engine/ImcEngine.h"

#include "hw-models/imc/Prices.h"
#include "runtime/engine/ImcSession.h"
#include "runtime/network/Rows.h"
#include "runtime/network/WeightMatrix.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::engine;
using program::ImcBlock;
using program::ImcMatrix;
using program::ImcRegion;

namespace {

class ImcEngine final : public Engine {
public:
  explicit ImcEngine(ImcShared shared) : shared(std::move(shared)) {}

  const network::Network &network() const override { return *shared.network; }

  std::unique_ptr<Session> open(const SessionOptions &options) const override {
    return openImcSession(shared, options, nullptr);
  }

  Result<void> calibrate(std::span<const input::Sample> samples) override {
    const program::ImcProgram &program = *shared.program;
    const bool any =
        std::any_of(program.regions.begin(), program.regions.end(),
                    [](const ImcRegion &r) { return r.calibrated; });
    if (!any || samples.empty() || machine().adc.bits == 0)
      return {};
    std::vector<imchw::RangeTracker> trackers;
    for (const ImcRegion &region : program.regions)
      trackers.emplace_back(region.adc.range);
    std::unique_ptr<Session> session = openImcSession(shared, {}, &trackers);
    for (const input::Sample &sample : samples) {
      Result<SampleResult> result = session->run(sample);
      if (!result)
        return result.takeError();
    }
    for (size_t r = 0; r < program.regions.size(); ++r) {
      const double range = trackers[r].range(machine().adc.percentile);
      // A region that saw no spike keeps its worst case.
      if (program.regions[r].calibrated && range > 0)
        shared.converters[r].setRange(
            machine().adc.subtractInArray ? -range : 0, range);
    }
    calibratedOn = samples.size();
    return {};
  }

  std::vector<Action> actions() const override {
    return {{"array.row_drive", "rows driven with one bit"},
            {"adc.conversion", "column pairs converted"},
            {"adc.clipped", "conversions outside of their range"},
            {"array.conduction", "nanosiemens that conducted for one read"},
            {"array.silent", "reads skipped because no row spiked"},
            {"array.read", "reads"},
            {"unit.accumulate", "additions of codes and counts"},
            {"unit.add", "additions of neuron updates"},
            {"unit.multiply", "multiplications of neuron updates"},
            {"unit.compare", "comparisons of neuron updates"},
            {"unit.select", "selections of neuron updates"},
            {"unit.other", "other operations of neuron updates"},
            {"unit.state", "state words read or written"}};
  }

  Ledger price(std::span<const uint64_t> counts, Seconds time) const override {
    const target::ImcEnergy &energy = machine().energy;
    Ledger ledger;
    const imchw::ImcPrices prices = imchw::pricesOf(machine());
    const auto charge = [&](const char *component, const char *action,
                            uint64_t count, const imchw::RangedPrice &price) {
      ledger.charge(component, action, count, price.price);
      if (price.range)
        ledger.bound(component, action, *price.range);
    };
    charge("converters", "conversion", counts[Conversions], prices.conversion);
    charge("arrays", "row drive", counts[RowDrives], prices.rowDrive);
    charge("arrays", "conduction of 1 nS", counts[ConductedNanoSiemens],
           prices.conduction);
    charge("digital unit", "accumulation", counts[Additions],
           prices.accumulate);
    ledger.charge("digital unit", "addition", counts[NeuronAdds], energy.add);
    ledger.charge("digital unit", "multiplication", counts[NeuronMultiplies],
                  energy.multiply);
    ledger.charge("digital unit", "comparison", counts[NeuronCompares],
                  energy.compare);
    ledger.charge("digital unit", "selection", counts[NeuronSelects],
                  energy.select);
    ledger.charge("digital unit", "other operation", counts[NeuronOthers],
                  energy.other);
    ledger.charge("digital unit", "state access", counts[StateAccesses],
                  energy.stateAccess);
    StaticPower leakage = energy.macroLeakage;
    leakage.value = Watts(leakage.value.value() * shared.program->macros);
    ledger.hold("arrays",
                fmt::format("leakage of {} macros", shared.program->macros),
                time, leakage);
    ledger.hold("digital unit", "leakage", time, energy.unitLeakage);
    return ledger;
  }

  std::vector<Resource> resources() const override {
    uint64_t written = 0, formed = 0;
    for (const ImcRegion &region : shared.program->regions)
      (region.formed ? formed : written) +=
          uint64_t(region.rows) * region.columns * 2;
    const uint64_t perMacro = uint64_t(machine().rows) * machine().cols;
    std::vector<Resource> out = {
        {"macros", shared.program->macros, machine().macros, ""},
        {"cells written", written, machine().macros * perMacro, ""},
        {"cells formed", formed, machine().macros * perMacro, ""}};
    // Loading a program writes its cells once; formed ones never.
    if (const uint64_t endurance = machine().device.endurance;
        written > 0 && endurance > 0)
      out.push_back({"writes of a cell", shared.wear.writes(), endurance, ""});
    return out;
  }

  std::vector<std::string> assumptions() const override {
    const target::ImcMacro &chip = machine();
    std::vector<std::string> out;
    out.push_back(chip.device.noisy
                      ? fmt::format("chip instance {}: device noise on, read "
                                    "noise {} of each cell",
                                    shared.seed,
                                    formatNumber(chip.device.readNoise))
                      : std::string("device: ideal, no noise"));
    if (chip.adc.bits == 0)
      out.push_back("converters: ideal, no quantisation");
    else if (calibratedOn > 0)
      out.push_back(fmt::format(
          "converters: {} bits, ranges cover {} % of the column sums of the "
          "first {} samples of the input",
          chip.adc.bits, formatNumber(chip.adc.percentile), calibratedOn));
    else
      out.push_back(fmt::format(
          "converters: {} bits, ranges cover the worst case", chip.adc.bits));
    const target::ImcDevice &device = chip.device;
    if (device.noisy && device.stuckLow + device.stuckHigh > 0)
      out.push_back(fmt::format("cells stuck: {} % at g_min, {} % at g_max",
                                formatNumber(device.stuckLow * 100),
                                formatNumber(device.stuckHigh * 100)));
    if (device.noisy && device.drift != target::Drift::None)
      out.push_back(
          fmt::format("cells drifted for {}", format(device.retention)));
    if (device.noisy && chip.wires.model != target::WireModel::None)
      out.push_back(fmt::format(
          "wires of {} and {} ohms a cell along rows and columns, {}",
          formatNumber(chip.wires.row), formatNumber(chip.wires.column),
          chip.wires.model == target::WireModel::Exact
              ? "solved exactly"
              : "approximated line by line"));
    if (device.noisy && device.readNoise > 0 &&
        device.readNoiseKind == target::ReadNoise::Independent)
      out.push_back("read noise is relative to g_max in every cell");
    out.push_back("the neuron unit computes in float32");
    return out;
  }

  std::vector<Cause> causes(std::span<const uint64_t> actions) const override {
    const target::ImcMacro &chip = machine();
    std::vector<Cause> out;
    if (chip.device.noisy) {
      uint64_t cells = 0;
      for (const ImcRegion &region : shared.program->regions)
        cells += uint64_t(region.rows) * region.columns * 2;
      out.push_back({"cell_error", cells, "cells that missed their target"});
      out.push_back(
          {"read_noise", actions[Reads], "reads with noise of every cell"});
    }
    if (chip.adc.bits > 0)
      out.push_back(
          {"quantisation", actions[Conversions],
           fmt::format("column sums converted to {} bits", chip.adc.bits)});
    out.push_back({"clipping", actions[Clipped],
                   "column sums outside of the range of their converter"});
    return out;
  }

  std::vector<std::string>
  warnings(std::span<const uint64_t> counts) const override {
    std::vector<std::string> out;
    if (counts[Clipped] > 0)
      out.push_back(fmt::format(
          "{} of {} conversions were outside of their range and clipped",
          counts[Clipped], counts[Conversions]));
    return out;
  }

private:
  const target::ImcMacro &machine() const { return shared.program->machine; }

  ImcShared shared;
  size_t calibratedOn = 0;
};

/// Draws the cells of a formed region as the host draws its weights, unless
/// they were measured.
imchw::CellPairs formRegion(const ImcShared &shared, const ImcRegion &region) {
  const ImcMatrix &matrix = shared.program->matrices[region.matrix];
  auto pair = [&](uint32_t row, uint32_t column) -> std::array<double, 2> {
    if (!region.targets.values.empty()) {
      const size_t at = (size_t(row) * region.columns + column) * 2;
      return {region.targets.values[at], region.targets.values[at + 1]};
    }
    const uint32_t matrixRow = region.firstRow + row;
    for (const ImcBlock &block : matrix.blocks) {
      if (matrixRow < block.firstRow ||
          matrixRow >= block.firstRow + block.rows)
        continue;
      const auto &random = std::get<network::Random>(
          shared.network->projections[block.projection]
              .stages[shared.matrixStage[block.projection]]
              .kind);
      std::array<double, 2> g = network::formedPair(
          random, matrixRow - block.firstRow, region.firstColumn + column);
      // A negative gain swaps the columns of the pair.
      if (random.gain < 0)
        std::swap(g[0], g[1]);
      return {g[0] * 1e-6, g[1] * 1e-6}; // formed conductances are in uS
    }
    return {0, 0};
  };
  return imchw::formCells(shared.program->machine.device, region.rows,
                          region.columns, pair, shared.seed,
                          identityOf(region.name));
}

/// The cells and converters of a region of this chip instance.
Result<void> makeRegion(ImcShared &shared, const ImcRegion &region) {
  const target::ImcMacro &machine = shared.program->machine;
  const uint32_t identity = identityOf(region.name);
  imchw::CellPairs cells =
      region.formed ? formRegion(shared, region)
                    : imchw::writeCells(machine.device, region.targets.values,
                                        region.rows, region.columns,
                                        shared.seed, identity);
  if (machine.device.noisy)
    if (Result<void> wired = imchw::addWires(machine.wires, cells); !wired)
      return wired.takeError().note(
          fmt::format("in region '{}' of macro {}", region.name, region.macro));
  const imchw::Crossbar &made = shared.cells.emplace_back(
      machine.device, cells, !machine.adc.subtractInArray);
  imchw::AdcErrors errors;
  errors.sigmaComparator = machine.adc.comparatorSigma;
  errors.sigmaCapacitor = machine.adc.capacitorSigma;
  errors.groupSize = machine.columnsPerAdc;
  shared.converters.emplace_back(region.adc, made.sums(), errors, shared.seed,
                                 identity);
  return {};
}

/// The stage of a projection that its matrix holds, -1 if it has none.
int storedStage(const network::Projection &projection) {
  for (size_t s = 0; s < projection.stages.size(); ++s)
    if (network::hasMatrix(projection.stages[s]))
      return static_cast<int>(s);
  return -1;
}

} // namespace

Result<std::unique_ptr<Engine>>
engine::makeImcEngine(std::shared_ptr<const network::Network> network,
                      std::shared_ptr<const program::ImcProgram> program,
                      KernelTable kernels, uint64_t seed) {
  ImcShared shared;
  shared.network = std::move(network);
  shared.program = std::move(program);
  shared.kernels = std::move(kernels);
  shared.seed = seed;
  const size_t count = shared.network->nodes.size();
  shared.steps.resize(count);
  shared.coefficients.resize(count);
  shared.bias.resize(count);
  unsigned inputs = 0;
  for (unsigned n = 0; n < count; ++n) {
    const network::Node &node = shared.network->nodes[n];
    inputs += node.isInput;
    if (node.isInput)
      continue;
    shared.steps[n] = shared.kernels.step<float>(node.kernel);
    if (!shared.steps[n])
      return Error(fmt::format("population '{}' has no compiled step '{}'",
                               node.name, node.kernel));
    for (const network::Coefficient &coefficient : node.model.coefficients)
      shared.coefficients[n].emplace_back(coefficient.values.values.begin(),
                                          coefficient.values.values.end());
    for (unsigned r = 0; r < node.model.receptors.size(); ++r) {
      const std::vector<float> bias = network::totalBias(*shared.network, n, r);
      std::vector<double> &all = shared.bias[n].emplace_back(node.size, 0.0);
      std::copy(bias.begin(), bias.end(), all.begin());
    }
  }
  if (inputs != 1 || shared.network->openInputs() != 1)
    return Error(fmt::format("network '{}' has {} inputs, {} of them fed by a "
                             "sample; this target takes one input, fed by a "
                             "sample",
                             shared.network->name, inputs,
                             shared.network->openInputs()));
  for (const network::Projection &projection : shared.network->projections) {
    shared.matrixStage.push_back(storedStage(projection));
    shared.history = std::max(shared.history, projection.delay + 1);
  }
  for (const ImcRegion &region : shared.program->regions)
    if (Result<void> made = makeRegion(shared, region); !made)
      return made.takeError();
  shared.wear = imchw::Endurance(shared.program->machine.device.endurance);
  if (Result<void> written = shared.wear.write(); !written)
    return written.takeError();
  return std::unique_ptr<Engine>(
      std::make_unique<ImcEngine>(std::move(shared)));
}
