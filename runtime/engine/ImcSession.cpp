#include "runtime/engine/ImcSession.h"

#include "hw-models/imc/Timing.h"
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

/// An element and how many spikes it has in a step.
struct Count {
  uint32_t index;
  uint32_t count;
};

/// Rows of a matrix that are driven, for one position.
using Drive = std::vector<Count>;

class ImcSession final : public Session {
public:
  ImcSession(const ImcShared &shared, const SessionOptions &options,
             std::vector<imchw::RangeTracker> *trackers)
      : shared(shared), options(options), network(*shared.network),
        program(*shared.program), machine(program.machine), trackers(trackers) {
    for (const ImcRegion &region : program.regions)
      noise.emplace_back(shared.seed, Purpose::ReadNoise,
                         identityOf(region.name));
  }

  Result<SampleResult> run(const input::Sample &sample) override {
    reset(sample);
    const unsigned inputNode = network.inputNode();
    for (uint32_t step = 0; step < sample.steps; ++step) {
      recordAll(/*before=*/true);
      if (Result<void> taken = takeInput(sample, inputNode, step); !taken)
        return taken.takeError();
      for (const ImcPhase &phase : program.phases)
        runPhase(phase, step);
      recordAll(/*before=*/false);
    }
    result.actions[ConductedNanoSiemens] =
        static_cast<uint64_t>(std::llround(conducted * 1e9));
    result.time = result.cycles / machine.clock;
    std::vector<std::vector<float>> values(network.nodes.size());
    for (size_t n = 0; n < network.nodes.size(); ++n)
      values[n].assign(sums[n].begin(), sums[n].end());
    finishOutputs(network, values, result);
    return std::move(result);
  }

private:
  void reset(const input::Sample &sample) {
    const size_t count = network.nodes.size();
    result = SampleResult();
    result.steps = sample.steps;
    result.spikes.assign(count, 0);
    result.counts.resize(count);
    result.actions.assign(ImcActionCount, 0);
    result.traces.resize(options.traces.size());
    if (options.recordRasters)
      result.rasters.resize(count);
    events.assign(shared.history, std::vector<std::vector<Count>>(count));
    states.assign(count, {});
    flags.assign(count, {});
    outputs.assign(count, {});
    sums.assign(count, {});
    reads.assign(program.regions.size(), 0);
    conducted = 0;
    sampleKey = identityOf(sample.id);
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

  std::vector<Count> &eventsOf(unsigned node, uint32_t step) {
    return events[step % shared.history][node];
  }

  Result<void> takeInput(const input::Sample &sample, unsigned node,
                         uint32_t step) {
    std::vector<Count> &now = eventsOf(node, step);
    now.clear();
    for (const input::Event &event : sample.at(step)) {
      if (event.index >= static_cast<uint64_t>(network.nodes[node].size))
        return Error(fmt::format(
            "sample {} has an event at element {} in step {}; input '{}' has "
            "{} elements",
            sample.id, event.index, step, network.nodes[node].name,
            network.nodes[node].size));
      if (event.value < 0 || event.value > 65535 ||
          event.value != std::floor(event.value))
        return Error(fmt::format(
                         "sample {} has the value {} at element {} in step {}; "
                         "rows are driven by counts of spikes",
                         sample.id, event.value, event.index, step))
            .note("encode real values as spikes, e.g. encoder=rate");
      emit(node, step, event.index, static_cast<uint32_t>(event.value));
    }
    return {};
  }

  void emit(unsigned node, uint32_t step, uint32_t index, uint32_t count) {
    eventsOf(node, step).push_back({index, count});
    result.counts[node][index] += count;
    result.spikes[node] += count;
    if (options.recordRasters)
      result.rasters[node].push_back(static_cast<uint64_t>(step) << 32 | index);
  }

  /// Counts of a projection's source `delay` steps ago, after `stages` pools.
  std::vector<Count> pooled(const network::Projection &projection, int stages,
                            uint32_t step) {
    if (projection.delay > step)
      return {};
    std::vector<Count> counts =
        eventsOf(projection.source, step - projection.delay);
    for (int s = 0; s < stages; ++s) {
      std::map<uint32_t, uint32_t> summed;
      for (const Count &c : counts) {
        row.clear();
        network::appendSynapses(projection.stages[s], c.index, row);
        for (const network::Synapse &synapse : row)
          summed[synapse.target] += c.count;
        addDigitally(row.size());
      }
      counts.clear();
      for (auto [index, count] : summed)
        counts.push_back({index, count});
    }
    return counts;
  }

  /// The rows of `matrix` that are driven in this step, by position.
  std::map<uint32_t, Drive> driven(const ImcMatrix &matrix, uint32_t step) {
    std::map<uint32_t, Drive> drives;
    for (const ImcBlock &block : matrix.blocks) {
      const network::Projection &projection =
          network.projections[block.projection];
      const int stage = shared.matrixStage[block.projection];
      const auto *conv =
          std::get_if<network::Conv2d>(&projection.stages[stage].kind);
      for (const Count &c : pooled(projection, stage, step)) {
        if (!conv) {
          drives[0].push_back({block.firstRow + c.index, c.count});
          continue;
        }
        network::visitTaps(*conv, c.index, [&](network::Tap tap) {
          if (tap.matrix == block.matrix)
            drives[tap.position].push_back({tap.row, c.count});
        });
      }
    }
    return drives;
  }

  /// Reads one region for the rows of `drive` and adds what its converter says
  /// to `total` [columns of the matrix], in siemens. Returns its cycles.
  Cycles read(unsigned index, const Drive &drive, std::vector<double> &total) {
    const ImcRegion &region = program.regions[index];
    const imchw::Crossbar &cells = shared.cells[index];
    uint32_t pulses = 0;
    for (const Count &c : drive)
      if (c.index >= region.firstRow && c.index < region.firstRow + region.rows)
        pulses = std::max(pulses, c.count);
    if (pulses == 0) {
      ++result.actions[SilentReads];
      return Cycles(0);
    }
    Cycles cycles;
    for (uint32_t pulse = 1; pulse <= pulses; ++pulse) {
      rows.clear();
      for (const Count &c : drive)
        if (c.count >= pulse && c.index >= region.firstRow &&
            c.index < region.firstRow + region.rows)
          rows.push_back(c.index - region.firstRow);
      std::sort(rows.begin(), rows.end());
      uint32_t groups = 0;
      for (size_t first = 0; first < rows.size(); first += region.activeRows) {
        const size_t last =
            std::min<size_t>(rows.size(), first + region.activeRows);
        convert(index, cells, std::span(rows).subspan(first, last - first),
                total);
        ++groups;
      }
      result.synapticEvents += rows.size() * region.columns;
      cycles += imchw::readCycles(machine, region.columns, groups);
    }
    return cycles;
  }

  void convert(unsigned index, const imchw::Crossbar &cells,
               std::span<const uint32_t> driven, std::vector<double> &total) {
    const ImcRegion &region = program.regions[index];
    const uint32_t sums = cells.sums();
    sum.assign(sums, 0);
    cells.addRows(driven, sum.data());
    ++result.actions[Reads];
    result.actions[RowDrives] += driven.size();
    result.actions[Conversions] += sums;
    result.actions[Additions] += sums;
    for (uint32_t row : driven)
      conducted += cells.rowConductance(row);
    // Sums after the first columns are those of G-.
    const auto add = [&](uint32_t k, double value) {
      if (k < region.columns)
        total[region.firstColumn + k] += value;
      else
        total[region.firstColumn + k - region.columns] -= value;
    };
    if (trackers) {
      for (uint32_t k = 0; k < sums; ++k) {
        (*trackers)[index].add(sum[k]);
        add(k, sum[k]);
      }
      return;
    }
    const bool noisy = machine.device.noisy && machine.device.readNoise > 0;
    if (noisy) {
      variance.assign(sums, 0);
      cells.addVariance(driven, variance.data());
    }
    const uint64_t key =
        static_cast<uint64_t>(sampleKey) << 32 | reads[index]++;
    const imchw::AdcBank &bank = shared.converters[index];
    const bool drawn = bank.adc().noise > 0 ||
                       bank.adc().rounding == imchw::Rounding::Stochastic;
    for (uint32_t k = 0; k < sums; ++k) {
      double value = sum[k];
      if (noisy)
        value += std::sqrt(variance[k]) * noise[index].normal(key, k);
      result.actions[Clipped] += bank.adc().clips(value);
      // The converter's own draws: another counter of the same stream.
      add(k, drawn ? bank.convert(value, k, noise[index].normal(key, k, 1),
                                  noise[index].uniform(key, k, 2))
                   : bank.convert(value, k));
    }
  }

  void runPhase(const ImcPhase &phase, uint32_t step) {
    const unsigned n = phase.node;
    const network::Node &node = network.nodes[n];
    std::vector<std::vector<double>> received = shared.bias[n];
    unitAdditions = 0;

    // Regions of one matrix follow one another in the schedule.
    std::map<unsigned, Cycles> busy; // by macro
    for (size_t at = 0; at < phase.regions.size();) {
      const unsigned m = program.regions[phase.regions[at]].matrix;
      size_t end = at;
      while (end < phase.regions.size() &&
             program.regions[phase.regions[end]].matrix == m)
        ++end;
      runMatrix(program.matrices[m],
                std::span(phase.regions).subspan(at, end - at), step, received,
                busy);
      at = end;
    }
    for (unsigned relay : phase.relays)
      runRelay(network.projections[relay], step, received);

    Cycles longest;
    for (auto [macro, cycles] : busy)
      longest = std::max(longest, cycles);
    result.cycles += longest;
    result.cycles += imchw::additionCycles(machine, unitAdditions);
    update(n, node, received, step);
  }

  void runMatrix(const ImcMatrix &matrix, std::span<const unsigned> regions,
                 uint32_t step, std::vector<std::vector<double>> &received,
                 std::map<unsigned, Cycles> &busy) {
    const std::map<uint32_t, Drive> drives = driven(matrix, step);
    if (drives.empty())
      result.actions[SilentReads] += regions.size();
    const ImcBlock &block = matrix.blocks.front();
    const network::Stage &stage =
        network.projections[block.projection]
            .stages[shared.matrixStage[block.projection]];
    for (const auto &[position, drive] : drives) {
      total.assign(matrix.columns, 0);
      for (unsigned index : regions)
        busy[program.regions[index].macro] += read(index, drive, total);
      for (uint32_t column = 0; column < matrix.columns; ++column) {
        const uint32_t target =
            network::outputIndex(stage, block.matrix, column, position);
        received[matrix.receptor][target] +=
            total[column] * matrix.scale * matrix.factor;
      }
    }
  }

  void runRelay(const network::Projection &projection, uint32_t step,
                std::vector<std::vector<double>> &received) {
    if (projection.delay > step)
      return;
    std::vector<double> values(projection.stages.front().inputs, 0);
    for (const Count &c : eventsOf(projection.source, step - projection.delay))
      values[c.index] += c.count;
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
    result.cycles += imchw::updateCycles(machine, node.size, ops);

    eventsOf(n, step).clear();
    if (node.model.spiking) {
      for (uint32_t i = 0; i < size; ++i)
        if (flags[n][i])
          emit(n, step, i, 1);
    } else {
      for (uint32_t i = 0; i < size; ++i)
        sums[n][i] += outputs[n][i];
    }
  }

  void recordAll(bool before) {
    for (size_t k = 0; k < options.traces.size(); ++k)
      if (options.traces[k].before == before)
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
  std::vector<imchw::RangeTracker> *trackers;
  std::vector<RandomStream> noise; ///< per region

  SampleResult result;
  uint32_t sampleKey = 0;
  double conducted = 0;       ///< siemens, over all reads
  uint64_t unitAdditions = 0; ///< of the digital unit, in this phase
  std::vector<std::vector<std::vector<Count>>> events; ///< [step][node]
  std::vector<std::vector<std::vector<float>>> states; ///< [node][k][i]
  std::vector<std::vector<uint8_t>> flags;
  std::vector<std::vector<float>> outputs;
  std::vector<std::vector<double>> sums; ///< of non-spiking nodes
  std::vector<uint32_t> reads;           ///< per region, in this sample

  // Scratch.
  std::vector<network::Synapse> row;
  std::vector<uint32_t> rows;
  std::vector<double> sum, variance, total;
};

} // namespace

std::unique_ptr<Session>
engine::openImcSession(const ImcShared &shared, const SessionOptions &options,
                       std::vector<imchw::RangeTracker> *trackers) {
  return std::make_unique<ImcSession>(shared, options, trackers);
}
