// The reference: a network run on this machine in float32 or float64.
#pragma once

#include "runtime/engine/Engine.h"
#include "runtime/engine/KernelTable.h"

namespace limen::engine {

enum class Precision { Float32, Float64 };

/// Runs `network` with the compiled steps that its nodes name; `seed` is that
/// of the draws in neuron steps (snn.uniform). Errors: more than one input, a
/// kernel that is missing, too many targets for the rows.
Result<std::unique_ptr<Engine>>
makeHostEngine(std::shared_ptr<const network::Network> network,
               KernelTable kernels, Precision precision, uint64_t seed = 1);

} // namespace limen::engine
