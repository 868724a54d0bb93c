// Networks onto crossbars: which weight goes to which cells of which macro.
//
// 1. Weight matrices into one receptor that have the same kind of cells and the
//    same digital scale are stacked as row blocks of one *group* sharing
//    columns (input 256 + recurrent 200 rows -> 456 rows). A convolution is a
//    group of its own (one per group of channels); its positions take turns.
// 2. A weight is two neighbouring columns (G+, G-): a macro holds cols/2 of
// them
//    per row. Groups larger than a macro are cut both ways into *tiles*;
//    partial sums of row tiles are added digitally.
// 3. Tiles go to macros by shelves, tallest first: left to right on a shelf,
// new
//    shelf, new macro. Complexity O(tiles x shelves).
//
// Formed and programmed cells share macros, never tiles.
#pragma once

#include "hw-models/target/ImcMacro.h"
#include "runtime/network/WeightMatrix.h"

#include <string>
#include <vector>

namespace limen::mapping {

/// Rows of a group that come from one projection.
struct ImcBlock {
  unsigned projection = 0;
  unsigned matrix = 0;   ///< group of a convolution
  uint32_t firstRow = 0; ///< in the group
  uint32_t rows = 0;
};

/// A matrix whose rows are read together.
struct ImcGroup {
  unsigned target = 0; ///< population
  unsigned receptor = 0;
  bool formed = false; ///< cells are formed, never written
  double factor = 1;   ///< digital scale of the input (1 / pooled area)
  double gain = 1;     ///< formed cells: weight per microsiemens
  double largest = 0;  ///< programmed cells: largest |weight|
  uint32_t rows = 0;
  uint32_t columns = 0;  ///< outputs; twice as many cell columns
  int64_t positions = 1; ///< reads of the matrix per step
  std::vector<ImcBlock> blocks;
};

/// A rectangle of cells that holds a part of a group.
struct ImcTile {
  unsigned group = 0;
  uint32_t groupRow = 0, groupColumn = 0; ///< its corner in the group
  uint32_t rows = 0, columns = 0;         ///< columns are outputs
  unsigned macro = 0;
  uint32_t row = 0, column = 0; ///< its corner on the macro, in cells
};

struct ImcPlan {
  std::vector<ImcGroup> groups;
  std::vector<ImcTile> tiles;    ///< by group, row tiles outermost
  std::vector<unsigned> digital; ///< projections without weights in cells
  unsigned macros = 0;           ///< used

  /// Cells that are formed, or programmed.
  uint64_t cells(bool formed) const;
};

/// Formed conductances and their median are written in microsiemens.
inline constexpr double microsiemens = 1e-6;

/// The stage of a projection that is stored in cells, -1 if it is digital.
/// Errors: more than one stage with weights, something after the weights.
Result<int> matrixStage(const network::Network &network,
                        const network::Projection &projection);

/// Whether every projection can be mapped at all.
Result<void> checkImc(const network::Network &network);

/// Maps `network`. Errors: those of checkImc; too few macros, with the largest
/// contributors and the place of the limit.
Result<ImcPlan> mapToMacros(const network::Network &network,
                            const target::ImcMacro &machine);

/// Proves a plan: tiles inside their macro, no two overlap, every weight of
/// every projection exactly once.
Result<void> verifyImc(const network::Network &network,
                       const target::ImcMacro &machine, const ImcPlan &plan);

/// Signed weights that ideal cells of a macro would show, one per column pair:
/// [rows][cols / 2]. Input of the inverse below, and of nothing else.
std::vector<std::vector<float>> paintMacros(const network::Network &network,
                                            const target::ImcMacro &machine,
                                            const ImcPlan &plan);

/// The inverse of the mapping: the matrix [rows, columns] of a projection read
/// back from painted macros.
std::vector<float> recoverWeights(const network::Network &network,
                                  const target::ImcMacro &machine,
                                  const ImcPlan &plan,
                                  const std::vector<std::vector<float>> &cells,
                                  unsigned projection, unsigned matrix);

/// The largest |sum of weights| that a column of the tile can see with at most
/// `maxActiveRows` rows driven, of ideal cells.
double worstCaseSum(const network::Network &network, const ImcPlan &plan,
                    const ImcTile &tile, unsigned maxActiveRows);

} // namespace limen::mapping
