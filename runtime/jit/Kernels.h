// Compiled neuron steps.
//
// A kernel is one time step of a slice of one population, generated from the
// step region of its neuron model. All arrays are indexed by neuron.
#pragma once

#include <cstdint>

namespace limen::jit {

/// What the random draws of one step of one population are keyed by, beside the
/// neuron and the number of the draw (snn.uniform). Draw `number` of neuron i
/// is the first word w of RandomStream(seed, NeuronDraw, identity of the
/// population).words(step << 32 | i, sample, number), as (w >> 8) x 2^-24.
struct DrawKey {
  uint32_t seed[2]; ///< low word, high word
  uint32_t stream;  ///< RandomStream::word()
  uint32_t step = 0;
  uint32_t sample = 0; ///< identityOf the sample's id
  uint32_t first = 0;  ///< neuron of the population that index 0 is
};

/// Steps neurons [begin, end). T is float, double, or int32_t (s16.15).
///
/// `coefficients[k]` holds one value per neuron, or a single one where the
/// kernel was built for a uniform coefficient. `states[k]` is read and written.
/// `inputs[r]` is what receptor r received in this step. `output` is uint8_t
/// spike flags for a spiking model, T values otherwise. `draws` may be null for
/// a step that draws nothing.
template <typename T>
using StepKernel = void (*)(int64_t begin, int64_t end,
                            const T *const *coefficients, T *const *states,
                            const T *const *inputs, void *output,
                            const DrawKey *draws);

} // namespace limen::jit
