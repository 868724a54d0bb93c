// A case of CrossSim: its parameters, in CrossSim's names, and its arrays.
#pragma once

#include "hw-models/imc/Core.h"
#include "hw-models/imc/Partition.h"
#include "runtime/events/Npz.h"
#include "test/benchmark/rram/CrossSimWires.h"

#include <optional>
#include <string>
#include <vector>

namespace limen::bench {

/// How far cells are off from read to read, all relative to Gmax.
struct CellNoise {
  enum class Scale { Independent, Proportional, Inverse };
  double magnitude = 0; ///< deviation, or width of a uniform distribution
  Scale scale = Scale::Independent;
  bool uniform = false;
  /// What a cell is held between.
  double low = 0, high = INFINITY;

  struct Moments {
    double mean = 0, variance = 0;
  };
  /// Of a cell of conductance `g`.
  Moments of(double g) const;
};

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
  /// Whether weights are mapped, and sums added, in single precision.
  bool singleMap = false, singleSums = false;
  /// Where the ends of converters come from.
  enum class Ends { Given, Rows, RowsOfSlices };
  Ends ends = Ends::Given;
  bool bothSigns = false;
  double scale = 1; ///< of results: largest weight x largest input
  /// Read noise; with several reads of one input, results have a column each.
  std::optional<CellNoise> readNoise;
  bool programmed = false; ///< cells carry an error of their own
  /// How CrossSim solved the network of the wires, where that is far from the
  /// solution.
  std::optional<Relaxation> relaxation;
  double tolerance = 1e-5;
  /// What the file does not say and was taken from its arrays or its note.
  std::vector<std::string> assumed;
  /// Parameters that this program does not know.
  std::vector<std::string> ignored;

  /// Ends of the converters of a tile with `rows` inputs, not for Ends::Given.
  imchw::AdcEnds endsOf(uint32_t rows) const;
};

/// Reads FILE.npz and FILE.json beside it. Errors name the parameter that is
/// unknown or cannot be followed.
Result<CrossSimCase> readCrossSimCase(const std::string &file);

} // namespace limen::bench
