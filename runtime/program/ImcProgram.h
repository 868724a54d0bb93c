// A program for RRAM macros as plain data: what the loader makes of an
// imc.program and what the engine runs.
#pragma once

#include "hw-models/imc/Adc.h"
#include "hw-models/target/ImcMacro.h"
#include "runtime/network/Network.h"

namespace limen::program {

/// Rows of a matrix that come from one projection.
struct ImcBlock {
  unsigned projection = 0;
  unsigned matrix = 0; ///< which of a grouped convolution's matrices
  uint32_t firstRow = 0;
  uint32_t rows = 0;
};

/// A matrix whose rows are driven together (imc.matrix).
struct ImcMatrix {
  unsigned node = 0; ///< population, index into Network::nodes
  unsigned receptor = 0;
  uint32_t rows = 0, columns = 0;
  int64_t positions = 1;
  double scale = 1; ///< weight per siemens of G+ - G-
  target::Encoding encoding;
  bool unrolled = false; ///< a convolution from all inputs to all outputs
  /// The number that drives a row fully, before a calibration.
  double driveScale = 1;
  double factor = 1; ///< of mean pools before it
  std::vector<ImcBlock> blocks;
};

/// A rectangle of cells (imc.write, imc.form) with the converter of its read.
struct ImcRegion {
  std::string name;
  unsigned matrix = 0;
  unsigned macro = 0;
  uint32_t firstRow = 0, firstColumn = 0; ///< in the matrix
  uint32_t rows = 0, columns = 0;         ///< columns are weights
  uint32_t row = 0, column = 0;           ///< on the macro, in cells
  uint64_t cells = 0;
  bool formed = false;
  int shares = -1; ///< region of whose formed cells this is a window
  /// Siemens, [row][line][array]: of a written region, or measured of a formed
  /// one; empty if the forming is drawn.
  network::Array<double> targets;
  imchw::Adc adc;
  bool calibrated = false;
  uint32_t activeRows = 0;
};

/// What the digital side does for one population in a step, in order.
struct ImcPhase {
  unsigned node = 0;
  std::vector<unsigned> regions; ///< read
  /// Per entry of `regions`: those written before that read, in every step.
  std::vector<std::vector<unsigned>> loads;
  std::vector<unsigned> relays; ///< projections done digitally
};

/// What runs for all steps of a sample before the next turn begins (imc.step).
struct ImcTurn {
  std::vector<unsigned> loads;  ///< regions written before its first step
  std::vector<ImcPhase> phases; ///< in the order of the schedule
};

struct ImcProgram {
  std::string name;
  target::ImcMacro machine;
  unsigned macros = 0; ///< used
  std::vector<ImcMatrix> matrices;
  std::vector<ImcRegion> regions;
  std::vector<ImcTurn> turns;
};

} // namespace limen::program
