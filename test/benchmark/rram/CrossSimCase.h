// A case of CrossSim: its parameters, in CrossSim's names, and its arrays.
#pragma once

#include "hw-models/imc/Core.h"
#include "hw-models/imc/Partition.h"
#include "runtime/events/Npz.h"

#include <string>
#include <vector>

namespace limen::bench {

/// What the arrays of a case are multiplied with, and what came out.
struct CrossSimCase {
  std::string name;
  imchw::CoreSettings settings;
  /// Bounds of tiles: of outputs and of inputs.
  std::vector<uint32_t> outputBounds, inputBounds;
  uint32_t outputs = 0, inputs = 0, batch = 0;
  std::vector<double> weights; ///< [output][input] in [-1, 1]
  std::vector<double> drives;  ///< [input][batch] in [-1, 1]
  std::vector<double> results; ///< [output][batch]
  /// Programmed conductances [array], empty when they follow from the weights.
  std::vector<std::vector<double>> cells;
  /// Whether converters end at what the inputs of their tile can add up to.
  bool endsFollowTile = false, bothSigns = false;
  double scale = 1; ///< of results: largest weight x largest input
  double readNoise = 0;
  bool readNoiseProportional = false;
  bool programmed = false; ///< cells carry an error of their own
  double tolerance = 1e-5;
  /// What the file does not say and was taken from its arrays or its note.
  std::vector<std::string> assumed;
  /// Parameters that this program does not know.
  std::vector<std::string> ignored;
};

/// Reads FILE.npz and FILE.json beside it. Errors name the parameter that is
/// unknown or cannot be followed.
Result<CrossSimCase> readCrossSimCase(const std::string &file);

} // namespace limen::bench
