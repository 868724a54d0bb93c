// One sample at a time on a SpiNNaker-style machine (see SpinEngine.h).
#pragma once

#include "hw-models/spin/CoreCosts.h"
#include "hw-models/spin/RingBuffers.h"
#include "hw-models/spin/plasticity/PlasticRows.h"
#include "runtime/engine/SpinDelivery.h"
#include "runtime/engine/SpinEngine.h"
#include "runtime/engine/SpinTime.h"
#include "runtime/network/Parts.h"

#include <atomic>

namespace limen::engine {

/// Indices into Engine::actions() of a SpiNNaker-style machine.
enum SpinAction : unsigned {
  ActiveCycles,     ///< busy cycles of all cores
  Packets,          ///< multicast packets sent
  RouterPasses,     ///< packets x routers passed
  Hops,             ///< packets x links crossed
  RowFetches,       ///< rows moved from SDRAM
  SdramBytes,       ///< bytes of these rows
  Ticks,            ///< timer ticks
  WorstCycles,      ///< sum over ticks of the busiest core's cycles
  Overruns,         ///< core-ticks that exceeded the budget
  Saturations,      ///< ring-buffer additions that saturated
  InputOverflows,   ///< neuron inputs clipped to s16.15
  NeuronUpdates,    ///< neurons stepped
  DelaySaturations, ///< spikes lost as a delay-extension core counts to 255
  PlasticUpdates,   ///< updates of synapses with a rule
  LateRows,         ///< rows that acted a tick or more later than they should
  LateDrops,        ///< rows dropped as the timer emptied the spike buffer
  BufferDrops,      ///< rows dropped as the spike buffer was full
  NetworkDrops,     ///< copies of packets lost in routers and links
  EarlyPackets,     ///< packets that came before their target's timer
  PayloadPasses,    ///< of RouterPasses, those of packets with a payload
  SpinActionCount
};

/// A maximum and a sum, hence the same for any order of samples.
struct CoreTotals {
  std::atomic<uint64_t> peak = 0;     ///< cycles of the fullest tick
  std::atomic<uint64_t> overruns = 0; ///< ticks above the budget
  std::atomic<uint64_t> late = 0;     ///< rows that acted late
  std::atomic<uint64_t> dropped = 0;  ///< rows that did not act
};

/// What all sessions share.
struct SpinShared {
  std::shared_ptr<const network::Network> network;
  std::shared_ptr<const program::SpinProgram> program;
  KernelTable kernels;
  std::vector<jit::StepKernel<int32_t>> steps;    ///< per kernel
  std::vector<std::vector<SpinBlock>> blocks;     ///< per core
  DeliveryPlan plan;                              ///< the way to them
  std::vector<target::Journey> journeys;          ///< per core
  std::vector<std::optional<spinhw::Stdp>> rules; ///< per core
  std::vector<Cycles> fixedCost; ///< per core and tick, without events
  /// Of these, what lies before the first neuron.
  std::vector<Cycles> head;
  /// Per core, cycles before the timer interrupt from which its rows act a tick
  /// later, as it writes ring buffers to SDRAM. Part of `fixedCost`.
  std::vector<Cycles> lead;
  /// Per core with neurons: cores whose ring buffers are its inputs, itself
  /// unless others feed it; none where it fills those of others.
  std::vector<std::vector<unsigned>> rings;
  uint64_t bufferBytes = 0; ///< ring buffers written and read in a tick
  std::unique_ptr<spinhw::CostProvider> costs;
  /// Per node: first core, and one past the last at the end.
  std::vector<unsigned> firstCore;
  std::vector<bool> payload;       ///< per core: one packet carries a count
  std::vector<unsigned> latency;   ///< per node
  unsigned depth = 0;              ///< largest latency
  network::Parts parts;            ///< the independent networks
  std::vector<jit::DrawKey> draws; ///< per node; step, sample, first unset
  std::unique_ptr<CoreTotals[]> totals; ///< per core, over all sessions
  std::unique_ptr<SpinTimeTables> time; ///< null: the machine waits
  uint64_t seed = 1;
};

std::unique_ptr<Session> openSpinSession(const SpinShared &shared,
                                         const SessionOptions &options);

} // namespace limen::engine
