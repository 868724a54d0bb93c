// What runs a program: the host engine, a SpiNNaker-style machine, an RRAM
// chip.
//
// An Engine holds what samples share (rows, tables, kernels) and never changes;
// a Session holds the state of one sample at a time. Threads have one Session
// each, so results do not depend on their number.
#pragma once

#include "hw-models/base/EnergyRange.h"
#include "hw-models/base/Ledger.h"
#include "runtime/input/Sample.h"
#include "runtime/network/Network.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limen::engine {

/// What writing memory cells took.
struct WritingCost {
  uint64_t cells = 0, pulses = 0, verifyReads = 0;
  Cycles cycles;
  Seconds time;
  Joules energy;
  EnergyRange range; ///< of the energy, by the prices of other sources
};

/// Cells that are written: with the program, and over one another in samples.
struct Writing {
  WritingCost program;  ///< once
  WritingCost loads;    ///< in all samples of a run
  uint64_t regions = 0; ///< written by loads
  /// Writes of the cell that has most of them: with the program, and in the
  /// run. What is loaded is not written with the program.
  uint64_t ofProgram = 0, ofLoads = 0;
  uint64_t endurance = 0;          ///< writes that a cell survives, 0: no limit
  Status status = Status::Assumed; ///< the weakest of pulses, their time, price
  std::string source;              ///< of pulses and their price
};

/// A named count of something the hardware did ("router.packet").
struct Action {
  std::string name;
  std::string description;
};

/// A state variable or the input of a population, written out every step.
struct TraceRequest {
  unsigned node = 0;
  int state = 0; ///< index into Model::states; -1: spikes
  /// The state as it is when the step begins, not when it has been done.
  bool before = false;
};

struct SessionOptions {
  /// Fill SampleResult::rasters.
  bool recordRasters = false;
  std::vector<TraceRequest> traces;
  /// Fill SampleResult::loads.
  bool recordLoads = false;
  /// Fill SampleResult::weights.
  bool recordWeights = false;
  /// Threads that one sample may use, where an engine can; results do not
  /// depend on it.
  unsigned threads = 1;
};

/// Spikes of one node in one sample: (step << 32 | index), ascending.
using Raster = std::vector<uint64_t>;

/// What a unit of Engine::loads() did in a step.
struct StepLoad {
  uint64_t cycles = 0; ///< busy, or asked for
  bool overrun = false;
  uint32_t late = 0, dropped = 0; ///< see UnitLoad
};

/// What one of several independent networks did in a sample.
struct PartResult {
  uint32_t steps = 0;
  Cycles cycles;                 ///< that its own reads, updates and loads took
  std::vector<uint64_t> actions; ///< per Engine::actions() entry
};

struct SampleResult {
  /// Per network output: spike counts, sums of values, or readout scores.
  std::vector<std::vector<float>> outputs;
  /// Per node: emitted spikes, counted with multiplicity (inputs too). For a
  /// non-spiking population 0.
  std::vector<uint64_t> spikes;
  /// Per node, spikes of each neuron; kept for readouts and training.
  std::vector<std::vector<uint32_t>> counts;
  std::vector<Raster> rasters;            ///< per node, when asked for
  std::vector<std::vector<float>> traces; ///< per request, [step][neuron]
  std::vector<uint64_t> actions;          ///< per Engine::actions() entry
  /// When asked for: [step][unit of Engine::loads()].
  std::vector<StepLoad> loads;
  /// When asked for: the weights at the end of the sample of each projection
  /// with a rule, in their order, one for each synapse as network::expandRows
  /// lists them.
  std::vector<std::vector<float>> weights;
  uint64_t synapticEvents = 0; ///< sum over spikes of fan-out
  uint32_t steps = 0;          ///< steps of input, of the longest
  /// Per node: its steps, where independent networks run for different ones;
  /// empty: `steps`.
  std::vector<uint32_t> nodeSteps;
  /// Per network of network::partsOf, where an engine tells several apart.
  std::vector<PartResult> parts;
  Cycles cycles; ///< on the chip; 0 on the host
  Seconds time;  ///< on the chip; 0 on the host

  uint32_t stepsOf(unsigned node) const {
    return nodeSteps.empty() ? steps : nodeSteps[node];
  }
};

/// A used resource of the target, e.g. {"cores", 36, 816}.
struct Resource {
  std::string name;
  uint64_t used = 0;
  uint64_t available = 0; ///< 0: no limit is known
  std::string unit;
};

/// How busy a unit (a core) was in its fullest step of any sample so far.
struct UnitLoad {
  std::string unit;       ///< "core (0, 0, 3)"
  std::string population; ///< what it holds
  Cycles peak;            ///< of its fullest step
  Cycles budget;          ///< cycles that a step has in real time
  uint64_t overruns = 0;  ///< steps that exceeded the budget
  uint64_t late = 0;      ///< pieces of work that took effect in a later step
  uint64_t dropped = 0;   ///< pieces of work that were lost

  int64_t margin() const {
    return static_cast<int64_t>(budget.value()) -
           static_cast<int64_t>(peak.value());
  }
};

/// A declared cause for which a target's result differs from the reference
/// (design §3.6), and how often it happened.
struct Cause {
  std::string name; ///< "ring_saturation"
  uint64_t count = 0;
  std::string description;
};

class Session {
public:
  virtual ~Session() = default;
  /// Errors: an input that the target cannot represent, a wrong shape.
  virtual Result<SampleResult> run(const input::Sample &sample) = 0;
};

class Engine {
public:
  virtual ~Engine() = default;

  virtual const network::Network &network() const = 0;
  virtual std::unique_ptr<Session>
  open(const SessionOptions &options) const = 0;

  /// Sets what depends on data (converter ranges) from a few samples, before
  /// any session runs. Targets without such settings do nothing.
  virtual Result<void> calibrate(std::span<const input::Sample> samples) {
    return {};
  }

  /// What SampleResult::actions counts, in order.
  virtual std::vector<Action> actions() const { return {}; }
  /// What `actions` would be after `steps` steps in which an element of node n
  /// sends `rates[n]` spikes a step on average, without running any. Empty:
  /// the target has no such estimate.
  virtual std::vector<uint64_t> estimate(std::span<const double> rates,
                                         uint32_t steps) const {
    return {};
  }
  /// Time on the machine of `steps` steps, if none takes longer than it should.
  virtual Seconds timeOf(uint32_t steps) const { return {}; }
  /// Prices `actions` done in `time` from the target's table.
  virtual Ledger price(std::span<const uint64_t> actions, Seconds time) const {
    return {};
  }
  /// Cells that were written for a run with these totals; nothing where the
  /// target has none.
  virtual std::optional<Writing>
  writing(std::span<const uint64_t> actions) const {
    return std::nullopt;
  }
  /// Which of the target's tables `price` takes, if it has several.
  virtual std::string priceTable() const { return {}; }
  virtual std::vector<Resource> resources() const { return {}; }
  /// Units with a budget per step; empty where there are none. Thread-safe.
  virtual std::vector<UnitLoad> loads() const { return {}; }
  /// Why results differ from the reference, in a run with these totals.
  virtual std::vector<Cause> causes(std::span<const uint64_t> actions) const {
    return {};
  }
  /// Steps by which a node's spikes come later than the network says
  /// (retiming); rasters and counts are already shifted back.
  virtual unsigned latency(unsigned node) const { return 0; }
  virtual std::vector<std::string> assumptions() const { return {}; }
  /// Things a user should know about a run with these totals.
  virtual std::vector<std::string>
  warnings(std::span<const uint64_t> actions) const {
    return {};
  }
};

/// Fills `outputs` from `counts` (and `values` for non-spiking nodes, may be
/// empty), evaluating readouts with counts divided by the number of steps.
void finishOutputs(const network::Network &network,
                   const std::vector<std::vector<float>> &values,
                   SampleResult &result);

/// Index of the largest value of an output, the first of equals; -1 for an
/// empty one. Of a result: that of its first output.
int predictedClass(std::span<const float> output);
int predictedClass(const SampleResult &result);

} // namespace limen::engine
