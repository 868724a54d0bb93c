// A program for a SpiNNaker-style machine as plain data: what the loader makes
// of a spin.program and what the engine runs.
#pragma once

#include "hw-models/target/FixedFormat.h"
#include "hw-models/target/SpinMemory.h"
#include "hw-models/target/SpinRouter.h"
#include "hw-models/target/StdpRule.h"
#include "runtime/network/Network.h"

namespace limen::program {

/// A step of one neuron in s16.15: how its arrays are laid out.
struct SpinKernel {
  std::string name;
  std::vector<bool> uniform; ///< per coefficient
  unsigned states = 0, receptors = 0;
  bool spiking = true;
  /// Per state; s16.15 unless the kernel says otherwise.
  std::vector<target::FixedFormat> stateFormats = {};
};

/// Rows that are drawn when the program is loaded (SynapseExpander.h).
struct DrawnRows {
  std::vector<unsigned> projections; ///< into Network::projections
  /// Per entry of `projections`, steps from which its synapses' delays count.
  std::vector<uint32_t> delays;
  std::vector<unsigned> fractions; ///< per receptor, bits behind the point
  /// Per address word, an index into `projections`.
  network::Array<uint32_t> blocks;
  uint64_t words = 0; ///< of SDRAM
};

/// One core: neurons [begin, end) of a node of the network. A delay-extension
/// core sends spikes of another core again, `stages` times, every `step` ticks.
struct SpinCore {
  std::string name;
  unsigned node = 0; ///< index into Network::nodes
  bool isSource = false;
  target::CoreId place;
  uint32_t begin = 0, end = 0;
  bool sends = false;
  uint32_t key = 0, mask = 0;

  // Delay-extension cores only.
  unsigned stages = 0, step = 0;
  unsigned extends = 0; ///< index of the core whose spikes it holds

  // Neuron cores only. Numbers are s16.15; arrays have one value or one each.
  unsigned start = 0;  ///< tick of the first update: the node's latency
  unsigned kernel = 0; ///< index into SpinProgram::kernels
  target::RowFormat format;
  std::vector<unsigned> shifts; ///< two per receptor: excitatory, inhibitory
  std::vector<network::Array<int32_t>> coefficients;
  std::vector<network::Array<int32_t>> initial; ///< per state
  std::vector<network::Array<int32_t>> bias;    ///< per receptor
  network::Array<uint32_t> table, addresses, rows;
  DrawnRows drawn; ///< for what `rows` lack until expandSynapses()
  std::optional<target::StdpRule> rule = {}; ///< of its plastic synapses

  bool isDelay() const { return stages > 0; }
  bool hasNeurons() const { return !isSource && !isDelay(); }
  uint32_t size() const { return end - begin; }
  /// Keys that it sends: one for each neuron, and stage.
  uint32_t keys() const { return isDelay() ? stages * size() : size(); }
};

struct SpinProgram {
  std::string name;
  target::SpinMachine machine;
  std::vector<SpinKernel> kernels;
  /// By node, then by neuron; delay-extension cores come last.
  std::vector<SpinCore> cores;
  target::RoutingTables tables;
  /// What lowering changed, e.g. "12 of 4000 weights of 'hidden' became 0".
  std::vector<std::string> remarks;
};

} // namespace limen::program
