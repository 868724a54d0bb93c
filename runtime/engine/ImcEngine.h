// Runs a program for RRAM macros on a model of one chip instance.
//
// A step follows the program's schedule. Rows whose source spiked are driven (a
// count of k drives its row k times), column pairs are summed with the device's
// noise and converted; the digital side adds the codes, adds biases and relays,
// and steps the population. Reads on different macros run side by side, those
// on one macro in turn; populations follow one another.
#pragma once

#include "runtime/engine/Engine.h"
#include "runtime/engine/KernelTable.h"
#include "runtime/program/ImcProgram.h"

namespace limen::engine {

/// Makes the chip instance `seed` and runs `program`, lowered from `network`,
/// on it; neuron steps run the float32 kernels that the nodes name. Errors: a
/// kernel that is missing, more than one input.
Result<std::unique_ptr<Engine>>
makeImcEngine(std::shared_ptr<const network::Network> network,
              std::shared_ptr<const program::ImcProgram> program,
              KernelTable kernels, uint64_t seed);

} // namespace limen::engine
