// Supervised spatial STDP with homeostasis (Davies, Gait, Rowley, Di Nuovo,
// Neurocomputing 611:128650), run on the core model.
//
// Code words have 10 bits. Each is trained by itself in a network with plastic
// synapses; the weights are added up; one factor for all weights is searched
// with which a trained word makes the output neuron fire; then all 1024 words
// are tried. Everything is run step by step: s16.15 neurons, 16-bit ring
// buffers, rows from memory.
#pragma once

#include "hw-models/base/Error.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace limen::bench {

inline constexpr unsigned codeBits = 10;

/// Per bit, the most significant first, the weight of the injector of its 1s
/// and of its 0s, in nA.
struct CodeWeights {
  std::array<double, codeBits> ones{}, zeros{};
};

/// What training a word leaves behind.
struct Training {
  CodeWeights weights;
  /// Membrane of the output neuron that learns the 1s, before the update of
  /// each step from 0 on, in s16.15.
  std::vector<int32_t> membrane;
  /// Spikes of the injectors of 1s, of 0s and of the two output neurons:
  /// (step, neuron).
  std::vector<std::array<uint32_t, 2>> ones, zeros, output;
};

/// Trains `word` for 75 steps from weights of 0.
Result<Training> train(uint32_t word);

/// How often the output neuron fires in 20 steps when `word` is shown to a
/// network with `factor` times `weights`.
Result<unsigned> present(const CodeWeights &weights, double factor,
                         uint32_t word);

/// Largest factor that the published search tries.
inline constexpr double usualLimit = 1000;

/// The smallest factor, on a grid of 1e-5, with which `word` fires the output
/// neuron exactly once; nothing if no power of ten from 100 to `limit` does.
Result<std::optional<double>> searchFactor(const CodeWeights &weights,
                                           uint32_t word,
                                           double limit = usualLimit);

struct Outcome {
  /// The largest over the words; nothing where no word has one.
  std::optional<double> factor;
  unsigned truePositives = 0, falsePositives = 0, trueNegatives = 0,
           falseNegatives = 0;
};

/// The whole experiment on `words`, each below 1024.
Result<Outcome> runExperiment(const std::vector<uint32_t> &words, double limit,
                              unsigned threads);

} // namespace limen::bench
