// Runs a SpiNNaker-style program: every core tick by tick, in s16.15.
//
// Tick by tick: every neuron core empties the ring-buffer slot of the tick,
// updates its neurons and sends packets; source cores send the input's spikes,
// delay-extension cores those that are due again; then every packet's row is
// fetched on each core that it reaches and added to the ring buffers of later
// ticks. Rows that a core has no time for act in a later tick or are lost, as
// SpinTime says; with `model.overload: waits` all act, and `cycles` and `time`
// are those of a machine whose tick waits for its slowest core.
#pragma once

#include "runtime/engine/Engine.h"
#include "runtime/engine/KernelTable.h"
#include "runtime/program/SpinProgram.h"

namespace limen::engine {

/// Runs `program`, lowered from `network`; `seed` is that of neuron draws.
/// Errors: a kernel that is missing, a memory image that does not read back,
/// packets that get lost, a core that does not belong to the network, more than
/// one input that samples feed.
Result<std::unique_ptr<Engine>>
makeSpinEngine(std::shared_ptr<const network::Network> network,
               std::shared_ptr<const program::SpinProgram> program,
               KernelTable kernels, uint64_t seed = 1);

} // namespace limen::engine
