#include "runtime/engine/ImcSession.h"

#include "hw-models/imc/Timeline.h"
#include "hw-models/imc/Timing.h"
#include "runtime/engine/Feed.h"
#include "runtime/engine/ImcCells.h"
#include "runtime/engine/ImcWriting.h"
#include "runtime/network/WeightMatrix.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

using namespace limen;
using namespace limen::engine;
using program::ImcBlock;
using program::ImcMatrix;
using program::ImcPhase;
using program::ImcRegion;

namespace {

/// An element and what it sends in a step: a count of spikes, or a value.
struct Sent {
  uint32_t index;
  double value;
};

/// Rows of a matrix that are driven, for one position.
using Drive = std::vector<imchw::RowValue>;

/// Spikes that a value counts as.
uint32_t spikesOf(double value) {
  return static_cast<uint32_t>(
      std::max(1.0, value)); // a fraction of a spike is still an event
}

class ImcSession final : public Session {
public:
  ImcSession(const ImcShared &shared, const SessionOptions &options,
             ImcCalibration *calibration)
      : shared(shared), options(options), network(*shared.network),
        program(*shared.program), machine(program.machine),
        calibration(calibration), loads(shared), cells(shared) {
    for (size_t r = 0; r < program.regions.size(); ++r) {
      const ImcRegion &region = program.regions[r];
      draws.emplace_back(shared.seed, Purpose::ReadNoise,
                         identityOf(region.name));
      readers.emplace_back(machine, program.matrices[region.matrix].encoding,
                           cells.of(r), shared.converters[r], region.activeRows,
                           region.columns, shared.driveScale[region.matrix],
                           &shared.drivers[r]);
    }
    for (const program::ImcTurn &turn : program.turns) {
      std::map<unsigned, std::vector<const ImcPhase *>> byPart;
      for (const ImcPhase &phase : turn.phases)
        byPart[shared.parts.of[phase.node]].push_back(&phase);
      shares.emplace_back();
      for (auto &[part, phases] : byPart)
        shares.back().push_back({part, std::move(phases)});
    }
  }

  Result<SampleResult> run(const input::Sample &sample) override {
    Result<Feed> made = Feed::make(network, shared.parts, sample);
    if (!made)
      return made.takeError();
    reset(*made);
    for (size_t turn = 0; turn < program.turns.size(); ++turn)
      if (Result<void> done = runTurn(turn, *made); !done)
        return done.takeError();
    result.actions[ConductedNanoSiemens] = nanosiemens(conducted);
    result.actions[CellWear] = loads.wear();
    countHeads();
    result.time = result.cycles / machine.clock;
    std::vector<std::vector<float>> values(network.nodes.size());
    for (size_t n = 0; n < network.nodes.size(); ++n)
      values[n].assign(sums[n].begin(), sums[n].end());
    finishOutputs(network, values, result);
    return std::move(result);
  }

private:
  /// What the readouts, computed once a sample, cost the digital unit.
  void countHeads() {
    for (const network::Readout &readout : network.readouts) {
      const network::StepOps ops = readout.operations();
      const Cycles cycles = imchw::workCycles(machine, ops);
      const auto count = [&](std::vector<uint64_t> &actions) {
        actions[HeadAdds] += ops.add;
        actions[HeadMultiplies] += ops.multiply;
        actions[HeadCompares] += ops.compare;
        actions[HeadSelects] += ops.select;
        actions[HeadOthers] += ops.other;
        actions[HeadWords] += readout.weights.size() + readout.bias.size();
      };
      count(result.actions);
      result.cycles += cycles;
      if (shared.parts.count() < 2)
        continue;
      PartResult &own = result.parts[shared.parts.of[readout.source]];
      count(own.actions);
      own.cycles += cycles;
    }
  }

  /// A network's phases within a turn.
  struct Share {
    unsigned part;
    std::vector<const ImcPhase *> phases;
  };

  /// All steps of one turn: its loads, then each of its networks. They are
  /// independent, so that one after another gives the results of side by side.
  Result<void> runTurn(size_t turn, const Feed &feed) {
    const std::vector<Share> &here = shares[turn];
    // What a network did is what was not there before; loads are the first's.
    std::vector<uint64_t> actions = result.actions;
    double conduction = conducted;
    Cycles before = result.cycles;
    if (Result<void> written = load(program.turns[turn].loads); !written)
      return written;
    const uint64_t begin = result.cycles.value();
    timed = here.size() > 1;
    times.assign(here.size(), {});
    for (size_t k = 0; k < here.size(); ++k) {
      const unsigned part = here[k].part;
      place = k;
      const unsigned first = here[k].phases.front()->node;
      for (uint32_t step = 0; step < feed.steps(first); ++step) {
        recordAll(here[k], /*before=*/true);
        if (!fed[part])
          if (Result<void> taken = takeInputs(feed, part, step); !taken)
            return taken;
        for (const ImcPhase *phase : here[k].phases)
          if (Result<void> done = runPhase(*phase, step); !done)
            return done;
        recordAll(here[k], /*before=*/false);
      }
      fed[part] = true;
      if (shared.parts.count() < 2)
        continue;
      PartResult &own = result.parts[part];
      own.steps = feed.steps(first);
      own.cycles += result.cycles - before;
      for (size_t a = 0; a < actions.size(); ++a)
        own.actions[a] += result.actions[a] - actions[a];
      own.actions[ConductedNanoSiemens] += nanosiemens(conducted - conduction);
      actions = result.actions;
      conduction = conducted;
      before = result.cycles;
    }
    if (timed)
      result.cycles = Cycles(begin + imchw::sideBySide(times));
    return {};
  }

  Result<void> takeInputs(const Feed &feed, unsigned part, uint32_t step) {
    for (const Feed::Open &open : feed.inputs())
      if (shared.parts.of[open.node] == part)
        if (Result<void> taken = takeInput(open, step); !taken)
          return taken;
    return {};
  }

  void reset(const Feed &feed) {
    const size_t count = network.nodes.size();
    result = SampleResult();
    result.steps = feed.longest();
    result.nodeSteps = feed.nodeSteps();
    fed.assign(shared.parts.count(), false);
    loads = ImcLoads(shared);
    if (shared.parts.count() > 1)
      result.parts.assign(shared.parts.count(),
                          {0, {}, std::vector<uint64_t>(ImcActionCount, 0)});
    // Spikes between turns are kept for all steps.
    history = program.turns.size() > 1 ? std::max(1u, feed.longest())
                                       : shared.history;
    result.spikes.assign(count, 0);
    result.counts.resize(count);
    result.actions.assign(ImcActionCount, 0);
    result.traces.resize(options.traces.size());
    if (options.recordRasters)
      result.rasters.resize(count);
    events.assign(history, std::vector<std::vector<Sent>>(count));
    states.assign(count, {});
    flags.assign(count, {});
    outputs.assign(count, {});
    sums.assign(count, {});
    conducted = 0;
    noise.clear();
    for (size_t r = 0; r < draws.size(); ++r) {
      const ImcMatrix &matrix = program.matrices[program.regions[r].matrix];
      noise.push_back(
          {draws[r], feed.identity(matrix.node), 0, calibration != nullptr});
    }
    for (size_t n = 0; n < count; ++n) {
      const network::Node &node = network.nodes[n];
      result.counts[n].assign(node.size, 0);
      if (node.isInput)
        continue;
      flags[n].assign(node.size, 0);
      outputs[n].assign(node.model.spiking ? 0 : node.size, 0);
      sums[n].assign(node.model.spiking ? 0 : node.size, 0);
      for (const network::State &state : node.model.states) {
        auto &values = states[n].emplace_back(node.size);
        for (int64_t i = 0; i < node.size; ++i)
          values[i] = static_cast<float>(state.initial.broadcast(i));
      }
    }
  }

  /// Additions of the digital unit. Those of codes are not among them: each
  /// converter adds its own while the next column settles.
  void addDigitally(uint64_t count) {
    result.actions[Additions] += count;
    unitAdditions += count;
  }

  std::vector<Sent> &eventsOf(unsigned node, uint32_t step) {
    return events[step % history][node];
  }

  Result<void> takeInput(const Feed::Open &open, uint32_t step) {
    const input::Sample &sample = *open.sample;
    const unsigned node = open.node;
    eventsOf(node, step).clear();
    for (const input::Event &event : Feed::events(open, step)) {
      if (Result<void> fits = checkValue(sample, event, step); !fits)
        return fits;
      emit(node, step, event.index, event.value);
    }
    return {};
  }

  /// Whether rows can be driven with the value of an event.
  Result<void> checkValue(const input::Sample &sample,
                          const input::Event &event, uint32_t step) const {
    const target::ImcDrive &drive = machine.drive;
    const bool pulses = drive.kind == target::DriveKind::Pulses;
    const bool whole = event.value == std::floor(event.value);
    const bool counts = pulses || drive.range == target::DriveRange::Counts;
    if (std::isfinite(event.value) && (whole || !counts) &&
        (event.value >= 0 || drive.isSigned) &&
        (!pulses || event.value <= 65535))
      return {};
    Error error(fmt::format("sample {} has the value {} at element {} in step "
                            "{}; {}",
                            sample.id, event.value, event.index, step,
                            counts ? "rows are driven by counts of spikes"
                                   : "rows are driven without a sign"));
    if (event.value < 0)
      return std::move(error.note("drive.sign=on drives rows with both "
                                  "polarities (bit_serial, levels)"));
    return std::move(error.note(
        "encode real values as spikes, e.g. encoder=rate, or drive rows with "
        "them: drive.kind=levels or bit_serial, drive.range=calibrated"));
  }

  void emit(unsigned node, uint32_t step, uint32_t index, double value) {
    eventsOf(node, step).push_back({index, value});
    const uint32_t count = spikesOf(value);
    result.counts[node][index] += count;
    result.spikes[node] += count;
    if (options.recordRasters)
      result.rasters[node].push_back(static_cast<uint64_t>(step) << 32 | index);
  }

  /// What a projection's source sent `delay` steps ago, after `stages` pools.
  std::vector<Sent> pooled(const network::Projection &projection, int stages,
                           uint32_t step) {
    if (projection.delay > step)
      return {};
    std::vector<Sent> sent =
        eventsOf(projection.source, step - projection.delay);
    for (int s = 0; s < stages; ++s) {
      std::map<uint32_t, double> summed;
      for (const Sent &one : sent) {
        row.clear();
        network::appendSynapses(projection.stages[s], one.index, row);
        for (const network::Synapse &synapse : row)
          summed[synapse.target] += one.value;
        addDigitally(row.size());
      }
      sent.clear();
      for (auto [index, value] : summed)
        sent.push_back({index, value});
    }
    return sent;
  }

  /// The rows of `matrix` that are driven in this step, by position.
  std::map<uint32_t, Drive> driven(const ImcMatrix &matrix, uint32_t step) {
    std::map<uint32_t, Drive> drives;
    for (const ImcBlock &block : matrix.blocks) {
      const network::Projection &projection =
          network.projections[block.projection];
      const int stage = shared.matrixStage[block.projection];
      const auto *conv =
          matrix.unrolled
              ? nullptr
              : std::get_if<network::Conv2d>(&projection.stages[stage].kind);
      for (const Sent &one : pooled(projection, stage, step)) {
        if (!conv) {
          drives[0].push_back({block.firstRow + one.index, one.value});
          continue;
        }
        network::visitTaps(*conv, one.index, [&](network::Tap tap) {
          if (tap.matrix == block.matrix)
            drives[tap.position].push_back({tap.row, one.value});
        });
      }
    }
    for (auto &[position, drive] : drives)
      std::sort(drive.begin(), drive.end(),
                [](const auto &a, const auto &b) { return a.row < b.row; });
    return drives;
  }

  /// Reads one region for the rows of `drive` and adds what its converters say
  /// to `total` [columns of the matrix], relative to the encoding's weight 1.
  /// Returns its cycles.
  Cycles read(unsigned index, const Drive &drive, std::vector<double> &total) {
    const ImcRegion &region = program.regions[index];
    rows.clear();
    uint64_t events = 0;
    for (const imchw::RowValue &one : drive)
      if (one.row >= region.firstRow &&
          one.row < region.firstRow + region.rows && one.value != 0) {
        rows.push_back({one.row - region.firstRow, one.value});
        events += spikesOf(one.value);
      }
    imchw::ReadCounts counts;
    imchw::ReadTrackers trackers;
    if (calibration && !calibration->sums.empty())
      trackers.sums = &calibration->sums[index];
    if (calibration && !calibration->drives.empty())
      trackers.largest = &calibration->drives[region.matrix];
    const auto columns =
        std::span(total).subspan(region.firstColumn, region.columns);
    const bool any =
        readers[index].read(rows, noise[index], trackers, counts, columns);
    result.actions[SilentReads] += !any;
    result.actions[Reads] += counts.reads;
    result.actions[RowDrives] += counts.rowDrives;
    result.actions[Conversions] += counts.conversions;
    result.actions[Clipped] += counts.clipped;
    result.actions[ClippedDrives] += counts.clippedDrives;
    // Row tiles add up in the same accumulators.
    const uint32_t tiles =
        (program.matrices[region.matrix].rows + region.rows - 1) / region.rows;
    result.actions[Overflows] +=
        counts.largestSum * tiles > std::exp2(machine.accumulatorBits - 1) - 1;
    result.actions[Additions] += counts.conversions;
    result.actions[Shifts] += counts.shifts;
    result.actions[Corrections] += counts.corrections;
    addDigitally(counts.corrections);
    conducted += counts.conducted;
    result.synapticEvents += events * region.columns;
    return counts.cycles;
  }

  Result<void> runPhase(const ImcPhase &phase, uint32_t step) {
    const unsigned n = phase.node;
    const network::Node &node = network.nodes[n];
    std::vector<std::vector<double>> received = shared.bias[n];
    unitAdditions = 0;
    busy.clear();

    // Regions of one matrix follow one another in the schedule.
    for (size_t at = 0; at < phase.regions.size();) {
      const unsigned m = program.regions[phase.regions[at]].matrix;
      size_t end = at;
      while (end < phase.regions.size() &&
             program.regions[phase.regions[end]].matrix == m)
        ++end;
      if (Result<void> done =
              runMatrix(program.matrices[m], phase, at, end, step, received);
          !done)
        return done;
      at = end;
    }
    for (unsigned relay : phase.relays)
      runRelay(network.projections[relay], step, received);

    const Cycles unit = imchw::additionCycles(machine, unitAdditions) +
                        imchw::updateCycles(machine, node.size, node.model.ops);
    if (timed) {
      imchw::PhaseTime &time = times[place].emplace_back();
      for (auto [macro, cycles] : busy)
        time.reads.push_back({macro, cycles.value()});
      time.unit = unit.value();
    }
    waitForReads();
    result.cycles += unit;
    update(n, node, received, step);
    return {};
  }

  /// Until the slowest macro is done.
  void waitForReads() {
    Cycles longest;
    for (auto [macro, cycles] : busy)
      longest = std::max(longest, cycles);
    busy.clear();
    result.cycles += longest;
  }

  /// Writes regions over what is in their cells.
  Result<void> load(const std::vector<unsigned> &regions) {
    result.cycles += loads.write(regions, result.actions);
    for (unsigned r : regions) {
      const imchw::Load made{static_cast<uint32_t>(noise[r].sample),
                             static_cast<uint32_t>(loads.of(r) - 1)};
      if (Result<void> written = cells.write(r, made); !written)
        return written;
    }
    return {};
  }

  /// Loads that the schedule has in every step, once the reads above are done.
  Result<void> loadWithin(const std::vector<unsigned> &regions) {
    if (regions.empty())
      return {};
    waitForReads();
    return load(regions);
  }

  /// Reads entries [at, end) of a phase, all of one matrix.
  Result<void> runMatrix(const ImcMatrix &matrix, const ImcPhase &phase,
                         size_t at, size_t end, uint32_t step,
                         std::vector<std::vector<double>> &received) {
    const std::map<uint32_t, Drive> drives = driven(matrix, step);
    if (drives.empty())
      result.actions[SilentReads] += end - at;
    const ImcBlock &block = matrix.blocks.front();
    const network::Stage &stage =
        network.projections[block.projection]
            .stages[shared.matrixStage[block.projection]];
    const double weight =
        matrix.scale * matrix.factor *
        (machine.device.gMax.value() - machine.device.gMin.value());
    // Every position reads what is in place; what comes after a load is added
    // to the sums of all positions.
    std::map<uint32_t, std::vector<double>> totals;
    for (size_t first = at; first < end;) {
      if (Result<void> written = loadWithin(phase.loads[first]); !written)
        return written;
      size_t last = first + 1;
      while (last < end && phase.loads[last].empty())
        ++last;
      for (const auto &[position, drive] : drives) {
        std::vector<double> &total = totals[position];
        total.resize(matrix.columns, 0);
        for (size_t k = first; k < last; ++k)
          busy[program.regions[phase.regions[k]].macro] +=
              read(phase.regions[k], drive, total);
      }
      first = last;
    }
    for (const auto &[position, total] : totals)
      for (uint32_t column = 0; column < matrix.columns; ++column) {
        const uint32_t target =
            matrix.unrolled
                ? column
                : network::outputIndex(stage, block.matrix, column, position);
        received[matrix.receptor][target] += total[column] * weight;
      }
    return {};
  }

  void runRelay(const network::Projection &projection, uint32_t step,
                std::vector<std::vector<double>> &received) {
    if (projection.delay > step)
      return;
    std::vector<double> values(projection.stages.front().inputs, 0);
    for (const Sent &one : eventsOf(projection.source, step - projection.delay))
      values[one.index] += one.value;
    for (const network::Stage &stage : projection.stages) {
      std::vector<double> next(stage.outputs, 0);
      for (uint32_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0)
          continue;
        row.clear();
        network::appendSynapses(stage, i, row);
        for (const network::Synapse &synapse : row)
          next[synapse.target] += values[i] * synapse.weight;
        addDigitally(row.size());
        result.synapticEvents += row.size();
      }
      values = std::move(next);
    }
    for (size_t i = 0; i < values.size(); ++i)
      received[projection.receptor][i] += values[i];
  }

  void update(unsigned n, const network::Node &node,
              const std::vector<std::vector<double>> &received, uint32_t step) {
    std::vector<std::vector<float>> inputs;
    std::vector<const float *> in;
    for (const std::vector<double> &values : received)
      inputs.emplace_back(values.begin(), values.end());
    for (const std::vector<float> &values : inputs)
      in.push_back(values.data());
    std::vector<const float *> coefficients;
    for (const std::vector<float> &values : shared.coefficients[n])
      coefficients.push_back(values.data());
    std::vector<float *> state;
    for (std::vector<float> &values : states[n])
      state.push_back(values.data());
    void *out = node.model.spiking ? static_cast<void *>(flags[n].data())
                                   : static_cast<void *>(outputs[n].data());
    shared.steps[n](0, node.size, coefficients.data(), state.data(), in.data(),
                    out, nullptr);

    const network::StepOps &ops = node.model.ops;
    const auto size = static_cast<uint64_t>(node.size);
    result.actions[NeuronAdds] += ops.add * size;
    result.actions[NeuronMultiplies] += ops.multiply * size;
    result.actions[NeuronCompares] += ops.compare * size;
    result.actions[NeuronSelects] += ops.select * size;
    result.actions[NeuronOthers] += ops.other * size;
    result.actions[StateAccesses] += 2 * node.model.states.size() * size;

    eventsOf(n, step).clear();
    if (node.model.spiking) {
      for (uint32_t i = 0; i < size; ++i)
        if (flags[n][i])
          emit(n, step, i, 1);
    } else {
      for (uint32_t i = 0; i < size; ++i) {
        sums[n][i] += outputs[n][i];
        if (outputs[n][i] != 0)
          eventsOf(n, step).push_back({i, outputs[n][i]});
      }
    }
  }

  void recordAll(const Share &share, bool before) {
    for (size_t k = 0; k < options.traces.size(); ++k)
      if (options.traces[k].before == before &&
          std::ranges::any_of(share.phases, [&](const ImcPhase *phase) {
            return phase->node == options.traces[k].node;
          }))
        record(options.traces[k], result.traces[k]);
  }

  void record(const TraceRequest &request, std::vector<float> &trace) {
    if (request.state < 0)
      trace.insert(trace.end(), flags[request.node].begin(),
                   flags[request.node].end());
    else
      trace.insert(trace.end(), states[request.node][request.state].begin(),
                   states[request.node][request.state].end());
  }

  const ImcShared &shared;
  SessionOptions options;
  const network::Network &network;
  const program::ImcProgram &program;
  const target::ImcMacro &machine;
  ImcCalibration *calibration;
  std::vector<BatchStream> draws;         ///< per region
  std::vector<imchw::Reader> readers;     ///< per region
  std::vector<std::vector<Share>> shares; ///< per turn, by network

  SampleResult result;
  std::vector<imchw::ReadNoise> noise; ///< per region, in this sample
  std::vector<bool> fed;               ///< per network: its inputs are stored
  ImcLoads loads;                      ///< of this sample
  ImcCells cells;                      ///< as they are in this sample
  uint32_t history = 1;                ///< steps of events that are kept
  std::map<unsigned, Cycles> busy;     ///< by macro, since the last wait
  bool timed = false;                  ///< several networks run side by side
  size_t place = 0;                    ///< of the one that is run, in `times`
  std::vector<std::vector<imchw::PhaseTime>> times;
  double conducted = 0;       ///< siemens at the read voltage, over all reads
  uint64_t unitAdditions = 0; ///< of the digital unit, in this phase
  std::vector<std::vector<std::vector<Sent>>> events;  ///< [step][node]
  std::vector<std::vector<std::vector<float>>> states; ///< [node][k][i]
  std::vector<std::vector<uint8_t>> flags;
  std::vector<std::vector<float>> outputs;
  std::vector<std::vector<double>> sums; ///< of non-spiking nodes

  // Scratch.
  std::vector<network::Synapse> row;
  std::vector<imchw::RowValue> rows;
};

} // namespace

std::unique_ptr<Session> engine::openImcSession(const ImcShared &shared,
                                                const SessionOptions &options,
                                                ImcCalibration *calibration) {
  return std::make_unique<ImcSession>(shared, options, calibration);
}
