// Compiled neuron steps.
//
// A kernel is one time step of a slice of one population, generated from the
// step region of its neuron model. All arrays are indexed by neuron.
#pragma once

#include <cstdint>

namespace limen::jit {

/// Steps neurons [begin, end). T is float, double, or int32_t (s16.15).
///
/// `coefficients[k]` holds one value per neuron, or a single one where the
/// kernel was built for a uniform coefficient. `states[k]` is read and written.
/// `inputs[r]` is what receptor r received in this step. `output` is uint8_t
/// spike flags for a spiking model, T values otherwise.
template <typename T>
using StepKernel = void (*)(int64_t begin, int64_t end,
                            const T *const *coefficients, T *const *states,
                            const T *const *inputs, void *output);

} // namespace limen::jit
