#include "runtime/engine/ImcEngine.h"

#include "hw-models/imc/Prices.h"
#include "runtime/engine/ImcCells.h"
#include "runtime/engine/ImcSession.h"
#include "runtime/engine/ImcWriting.h"
#include "runtime/network/Rows.h"
#include "runtime/network/WeightMatrix.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::engine;
using program::ImcMatrix;
using program::ImcRegion;

namespace {

class ImcEngine final : public Engine {
public:
  explicit ImcEngine(ImcShared shared) : shared(std::move(shared)) {}

  const network::Network &network() const override { return *shared.network; }

  std::unique_ptr<Session> open(const SessionOptions &options) const override {
    return openImcSession(shared, options);
  }

  Result<void> calibrate(std::span<const input::Sample> samples) override {
    if (samples.empty())
      return {};
    // Sums follow what rows are driven with, so that comes first.
    if (Result<void> scaled = calibrateDrives(samples); !scaled)
      return scaled;
    return calibrateConverters(samples);
  }

  std::vector<Action> actions() const override {
    return {{"array.row_drive", "rows driven with one bit"},
            {"adc.conversion", "column pairs converted"},
            {"adc.clipped", "conversions outside of their range"},
            {"array.conduction", "nanosiemens that conducted for one read"},
            {"array.silent", "reads skipped because no row spiked"},
            {"array.read", "reads"},
            {"array.clipped_drive", "numbers beyond the full scale of rows"},
            {"unit.overflow", "reads whose sums may exceed their accumulator"},
            {"unit.accumulate", "additions of codes and counts"},
            {"unit.shift", "of these, codes shifted by the bits below them"},
            {"unit.offset", "of these, what takes offsets of weights off"},
            {"unit.add", "additions of neuron updates"},
            {"unit.multiply", "multiplications of neuron updates"},
            {"unit.compare", "comparisons of neuron updates"},
            {"unit.select", "selections of neuron updates"},
            {"unit.other", "other operations of neuron updates"},
            {"unit.state", "state words read or written"},
            {"head.add", "additions of readouts"},
            {"head.multiply", "multiplications of readouts"},
            {"head.compare", "comparisons of readouts"},
            {"head.select", "selections of readouts"},
            {"head.other", "other operations of readouts"},
            {"head.word", "weights and biases of readouts read"},
            {"load.region", "regions written over others"},
            {"load.cell", "cells written by loads"},
            {"load.pulse", "write pulses of loads"},
            {"load.verify", "reads that verify a cell of a load"},
            {"load.row_drive", "rows driven to verify"},
            {"load.conduction", "nanosiemens that conducted to verify"},
            {"load.cycle", "cycles of loads"},
            {"load.wear", "writes of the cell that has most of them"}};
  }

  Ledger price(std::span<const uint64_t> counts, Seconds time) const override {
    Ledger ledger;
    const imchw::ImcPrices prices = imchw::pricesOf(machine());
    const auto charge = [&](const char *component, const char *action,
                            uint64_t count, const imchw::RangedPrice &price) {
      ledger.charge(component, action, count, price.price);
      ledger.bound(component, action, price.range);
    };
    charge("converters", "conversion", counts[Conversions], prices.conversion);
    charge("arrays", "row drive", counts[RowDrives], prices.rowDrive);
    charge("arrays", "conduction of 1 nS", counts[ConductedNanoSiemens],
           prices.conduction);
    charge("digital unit", "accumulation",
           counts[Additions] - counts[Shifts] - counts[Corrections],
           prices.accumulate);
    if (counts[Shifts] > 0)
      charge("digital unit", "shift and add", counts[Shifts],
             prices.accumulate);
    if (counts[Corrections] > 0)
      charge("digital unit", "offset correction", counts[Corrections],
             prices.accumulate);
    if (machine().drive.kind == target::DriveKind::Levels)
      charge("arrays", "row level", counts[RowDrives], prices.rowLevel);
    charge("digital unit", "addition", counts[NeuronAdds], prices.add);
    charge("digital unit", "multiplication", counts[NeuronMultiplies],
           prices.multiply);
    charge("digital unit", "comparison", counts[NeuronCompares],
           prices.compare);
    charge("digital unit", "selection", counts[NeuronSelects], prices.select);
    charge("digital unit", "other operation", counts[NeuronOthers],
           prices.other);
    charge("digital unit", "state access", counts[StateAccesses],
           prices.stateAccess);
    // Readouts: work of the digital unit, shown by itself.
    if (counts[HeadWords] > 0) {
      const auto head = [&](const char *action, uint64_t count,
                            const imchw::RangedPrice &price) {
        if (count > 0)
          charge("digital head", action, count, price);
      };
      head("addition", counts[HeadAdds], prices.add);
      head("multiplication", counts[HeadMultiplies], prices.multiply);
      head("comparison", counts[HeadCompares], prices.compare);
      head("selection", counts[HeadSelects], prices.select);
      head("other operation", counts[HeadOthers], prices.other);
      head("weight access", counts[HeadWords], prices.stateAccess);
    }
    if (counts[LoadedCells] > 0) {
      charge("loads", "write pulse", counts[WritePulses], prices.writePulse);
      charge("loads", "verify conversion", counts[VerifyReads],
             prices.conversion);
      charge("loads", "verify row drive", counts[VerifyDrives],
             prices.rowDrive);
      charge("loads", "verify conduction of 1 nS", counts[VerifyNanoSiemens],
             prices.conduction);
    }
    const auto hold = [&](const char *component, const std::string &action,
                          imchw::RangedPower power, unsigned units) {
      power.price.value = Watts(power.price.value.value() * units);
      power.range.low *= units;
      power.range.high *= units;
      ledger.hold(component, action, time, power.price);
      ledger.bound(component, action, power.range);
    };
    const unsigned macros = shared.program->macros;
    hold("arrays",
         fmt::format("leakage of {} macro{}", macros, macros == 1 ? "" : "s"),
         prices.macroLeakage, macros);
    hold("digital unit", "leakage", prices.unitLeakage, 1);
    return ledger;
  }

  std::vector<Resource> resources() const override {
    uint64_t written = 0, formed = 0, reread = 0;
    for (const ImcRegion &region : shared.program->regions)
      if (!region.formed)
        written += region.cells;
      else if (region.shares < 0)
        formed += region.cells;
      else
        reread += region.cells;
    const uint64_t perMacro = uint64_t(machine().rows) * machine().cols;
    std::vector<Resource> out = {
        {"macros", shared.program->macros, machine().macros, ""},
        {"cells written", written, machine().macros * perMacro, ""},
        {"cells formed", formed, machine().macros * perMacro, ""}};
    if (reread > 0)
      out.push_back(
          {"formed cells read again by another network", reread, formed, ""});
    return out;
  }

  std::optional<Writing>
  writing(std::span<const uint64_t> counts) const override {
    return writingOf(shared, *this, counts);
  }

  std::vector<std::string> assumptions() const override {
    const target::ImcMacro &chip = machine();
    std::vector<std::string> out;
    for (const ImcRegion &region : shared.program->regions)
      if (region.shares >= 0)
        out.push_back(fmt::format(
            "the formed cells of '{}' are a window of those of '{}', from row "
            "{}, cell column {} of macro {}: its weights are not those of a "
            "run with cells of its own",
            nodeOf(region),
            nodeOf(shared.program->regions[static_cast<size_t>(region.shares)]),
            region.row, region.column, region.macro));
    if (std::ranges::any_of(shared.isLoaded, [](bool b) { return b; }))
      out.push_back(fmt::format(
          "loads are not skipped where no row spikes, a load waits for the "
          "reads before it, and a cell takes the mean number of pulses{}",
          redrawsLoads(shared) ? "; each load misses the cells' targets anew"
                               : ""));
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
      out.push_back(fmt::format("converters: {} bits, {}", chip.adc.bits,
                                chip.adc.granular
                                    ? "a code is the smallest step of a sum"
                                    : "ranges cover the worst case"));
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
    if (device.noisy &&
        device.readNoiseRows + device.readNoiseColumns + device.readNoiseArray >
            0)
      out.push_back(fmt::format(
          "read noise that rows, sums and whole reads share: {}, {} and {} of "
          "what they conduct",
          formatNumber(device.readNoiseRows),
          formatNumber(device.readNoiseColumns),
          formatNumber(device.readNoiseArray)));
    if (chip.drive.gainSigma + chip.drive.offsetSigma > 0)
      out.push_back(fmt::format(
          "drivers of rows have gains off by {} and offsets of {} of the read "
          "voltage (one sigma)",
          formatNumber(chip.drive.gainSigma),
          formatNumber(chip.drive.offsetSigma)));
    if (device.noisy &&
        device.readNoise + device.readNoiseRows + device.readNoiseColumns +
                device.readNoiseArray >
            0 &&
        device.readNoiseHold == target::NoiseHold::Sample)
      out.push_back("read noise stays the same through a sample");
    if (std::any_of(shared.program->regions.begin(),
                    shared.program->regions.end(),
                    [](const ImcRegion &r) { return !r.formed; }))
      out.push_back(describeWeights(chip));
    if (chip.drive.kind != target::DriveKind::Pulses)
      out.push_back(describeDrive());
    if (device.nonlinearity > 0 && chip.drive.kind != target::DriveKind::Pulses)
      out.push_back(
          fmt::format("cells carry sinh({0} v) / sinh({0}) at a share "
                      "v of the read voltage",
                      formatNumber(device.nonlinearity)));
    out.push_back("the neuron unit computes in float32");
    return out;
  }

  std::vector<Cause> causes(std::span<const uint64_t> actions) const override {
    const target::ImcMacro &chip = machine();
    std::vector<Cause> out;
    if (chip.device.noisy) {
      uint64_t cells = actions[LoadedCells];
      for (size_t r = 0; r < shared.isLoaded.size(); ++r)
        if (!shared.isLoaded[r])
          cells += shared.program->regions[r].cells;
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
    if (chip.drive.kind != target::DriveKind::Pulses && chip.drive.bits > 0) {
      out.push_back({"drive_rounding", actions[RowDrives],
                     fmt::format("rows driven with numbers of {} bits",
                                 chip.drive.bits)});
      out.push_back({"drive_clipping", actions[ClippedDrives],
                     "numbers beyond the full scale of rows"});
    }
    if (uint64_t rounded = roundedWeights(); rounded > 0)
      out.push_back({"weight_rounding", rounded,
                     "written cells that stand for a weight of few bits"});
    return out;
  }

  std::vector<std::string>
  warnings(std::span<const uint64_t> counts) const override {
    std::vector<std::string> out;
    if (counts[Clipped] > 0)
      out.push_back(fmt::format(
          "{} of {} conversions were outside of their range and clipped",
          counts[Clipped], counts[Conversions]));
    if (counts[Overflows] > 0)
      out.push_back(fmt::format(
          "{} reads of many pulses may exceed the {} bits of accumulators; "
          "their sums were not cut",
          counts[Overflows], machine().accumulatorBits));
    const uint64_t writes = std::max(shared.wear.writes(), counts[CellWear]);
    if (const uint64_t limit = machine().device.endurance;
        limit > 0 && counts[CellWear] > 0 && writes > limit)
      out.push_back(fmt::format("a cell was written {} times; it survives {}",
                                writes, limit));
    if (counts[ClippedDrives] > 0)
      out.push_back(
          fmt::format("{} numbers were beyond the full scale of their "
                      "row's driver and clipped",
                      counts[ClippedDrives]));
    return out;
  }

private:
  const target::ImcMacro &machine() const { return shared.program->machine; }

  /// The population that a region drives.
  const std::string &nodeOf(const ImcRegion &region) const {
    return shared.network->nodes[shared.program->matrices[region.matrix].node]
        .name;
  }

  Result<void> runAll(std::span<const input::Sample> samples,
                      ImcCalibration &calibration) const {
    std::unique_ptr<Session> session = openImcSession(shared, {}, &calibration);
    for (const input::Sample &sample : samples) {
      Result<SampleResult> result = session->run(sample);
      if (!result)
        return result.takeError();
    }
    return {};
  }

  Result<void> calibrateDrives(std::span<const input::Sample> samples) {
    if (machine().drive.kind == target::DriveKind::Pulses ||
        machine().drive.range != target::DriveRange::Calibrated)
      return {};
    ImcCalibration calibration;
    calibration.drives.assign(shared.program->matrices.size(), 0.0);
    if (Result<void> ran = runAll(samples, calibration); !ran)
      return ran;
    for (size_t m = 0; m < calibration.drives.size(); ++m)
      // A matrix whose rows were never driven keeps its scale.
      if (calibration.drives[m] > 0)
        shared.driveScale[m] = calibration.drives[m];
    calibratedOn = samples.size();
    return {};
  }

  Result<void> calibrateConverters(std::span<const input::Sample> samples) {
    const std::vector<ImcRegion> &regions = shared.program->regions;
    const bool any =
        std::any_of(regions.begin(), regions.end(),
                    [](const ImcRegion &r) { return r.calibrated; });
    if (!any || machine().adc.bits == 0)
      return {};
    ImcCalibration calibration;
    for (const ImcRegion &region : regions)
      calibration.sums.emplace_back(region.adc.range);
    if (Result<void> ran = runAll(samples, calibration); !ran)
      return ran;
    for (size_t r = 0; r < regions.size(); ++r) {
      const double range = calibration.sums[r].range(machine().adc.percentile);
      // A region that saw no spike keeps its worst case.
      if (regions[r].calibrated && range > 0)
        shared.converters[r].setRange(regions[r].adc.low ? 0 : -range, range);
    }
    calibratedOn = samples.size();
    return {};
  }

  static std::string describeWeights(const target::ImcMacro &chip) {
    static constexpr const char *names[] = {
        "one-sided pairs", "two-sided pairs", "offset cells",
        "pairs of each slice of bits", "an offset cell of each slice of bits"};
    const target::Encoding e = chip.encoding(/*formed=*/false);
    std::string text =
        fmt::format("weights are {}, {} cells each",
                    names[static_cast<size_t>(e.style)], e.cells());
    if (e.sliced())
      text += fmt::format(", {} bits in slices of {}", e.weightBits,
                          e.bitsPerSlice());
    if (!e.pairs())
      text += e.hasUnitColumn() ? ", offsets read from a column of zeros"
                                : ", offsets subtracted digitally";
    if (chip.weights.unrolled)
      text += "; convolutions are unrolled";
    return text;
  }

  std::string describeDrive() const {
    const target::ImcDrive &drive = machine().drive;
    const bool serial = drive.kind == target::DriveKind::BitSerial;
    std::string text =
        drive.bits == 0
            ? std::string("rows are driven with any share of the read voltage")
            : fmt::format("rows are driven with numbers of {} bits{}, {}",
                          drive.bits, drive.isSigned ? " with sign" : "",
                          serial ? fmt::format("{} at a time", drive.sliceBits)
                                 : std::string("as levels"));
    switch (drive.range) {
    case target::DriveRange::Counts:
      return text + "; a step is a spike";
    case target::DriveRange::Fixed:
      return text + fmt::format("; fully by {}", formatNumber(drive.fullScale));
    case target::DriveRange::Calibrated:
      break;
    }
    if (calibratedOn == 0)
      return text + fmt::format("; fully by {}, not calibrated",
                                formatNumber(drive.fullScale));
    return text + fmt::format("; fully by the largest of the first {} samples "
                              "of the input",
                              calibratedOn);
  }

  /// Written cells of weights that have few bits.
  uint64_t roundedWeights() const {
    uint64_t cells = 0;
    for (const ImcRegion &region : shared.program->regions) {
      const target::Encoding &e =
          shared.program->matrices[region.matrix].encoding;
      if (!region.formed && (e.sliced() || e.cellBits > 0))
        cells += region.cells;
    }
    return cells;
  }

  ImcShared shared;
  size_t calibratedOn = 0;
};

/// The cells and converters of a region of this chip instance.
Result<void> makeRegion(ImcShared &shared, const ImcRegion &region) {
  Result<imchw::Crossbar> cells = makeCells(shared, region);
  if (!cells)
    return cells.takeError();
  const target::ImcMacro &machine = shared.program->machine;
  imchw::AdcErrors errors;
  errors.sigmaComparator = machine.adc.comparatorSigma;
  errors.sigmaCapacitor = machine.adc.capacitorSigma;
  errors.groupSize = machine.columnsPerAdc;
  shared.converters.emplace_back(region.adc, cells->sums(), errors, shared.seed,
                                 identityOf(region.name));
  shared.cells.push_back(std::move(*cells));
  shared.drivers.push_back(imchw::RowDrivers::make(
      machine.drive, shared.seed, region.macro, region.row, region.rows));
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
  shared.parts = network::partsOf(*shared.network);
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
  if (inputs != shared.network->openInputs() || inputs == 0)
    return Error(fmt::format("network '{}' has {} inputs, {} of them fed by a "
                             "sample; this target takes inputs that a sample "
                             "feeds, and at least one",
                             shared.network->name, inputs,
                             shared.network->openInputs()));
  for (const network::Projection &projection : shared.network->projections) {
    shared.matrixStage.push_back(storedStage(projection));
    shared.history = std::max(shared.history, projection.delay + 1);
  }
  for (const ImcMatrix &matrix : shared.program->matrices)
    shared.driveScale.push_back(matrix.driveScale);
  for (const ImcRegion &region : shared.program->regions)
    if (Result<void> made = makeRegion(shared, region); !made)
      return made.takeError();
  planWrites(shared);
  shared.wear = imchw::Endurance(shared.program->machine.device.endurance);
  if (Result<void> written = shared.wear.write(); !written)
    return written.takeError();
  return std::unique_ptr<Engine>(
      std::make_unique<ImcEngine>(std::move(shared)));
}
