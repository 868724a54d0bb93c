// Networks onto crossbars: which weight goes to which cells of which macro.
//
// 1. Weight matrices into one receptor that have the same kind of cells and the
//    same digital scale are stacked as row blocks of one *group* sharing
//    columns (input 256 + recurrent 200 rows -> 456 rows). A convolution is a
//    group of its own (one per group of channels); its positions take turns.
//    Unrolled, it is a matrix from all inputs to all outputs instead.
// 2. A weight is some neighbouring columns, as its encoding says (two for a
//    pair); a tile may need columns of zeros besides. Groups larger than a
//    macro are cut both ways into *tiles*; partial sums of row tiles are added
//    digitally.
// 3. Tiles go to macros by shelves, tallest first: left to right on a shelf,
//    new shelf, new macro. Complexity O(tiles x shelves).
// 4. What does not fit is refused, or takes turns where the target's
//    `mapping.sharing` is in_time (ImcSharing.h).
//
// Formed and programmed cells share macros, never tiles.
#pragma once

#include "hw-models/target/ImcMacro.h"
#include "runtime/network/WeightMatrix.h"

#include <span>
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
  bool formed = false;       ///< cells are formed, never written
  double factor = 1;         ///< digital scale of the input (1 / pooled area)
  double gain = 1;           ///< formed cells: weight per microsiemens
  double largest = 0;        ///< programmed cells: largest |weight|
  bool unrolled = false;     ///< a convolution, written once per position
  target::Encoding encoding; ///< cells of a weight
  uint32_t rows = 0;
  uint32_t columns = 0;  ///< outputs
  int64_t positions = 1; ///< reads of the matrix per step
  std::vector<ImcBlock> blocks;

  /// Cell columns that `outputs` of its columns take.
  uint32_t cellColumns(uint32_t outputs) const {
    return encoding.lines(outputs) * encoding.cells();
  }
};

/// A rectangle of cells that holds a part of a group.
struct ImcTile {
  unsigned group = 0;
  uint32_t groupRow = 0, groupColumn = 0; ///< its corner in the group
  uint32_t rows = 0, columns = 0;         ///< columns are outputs
  uint32_t cellColumns = 0;               ///< its width on the macro
  unsigned macro = 0;
  uint32_t row = 0, column = 0; ///< its corner on the macro, in cells
  /// A formed tile whose cells are a window of another's: that one, else -1.
  int shares = -1;

  uint64_t cells() const { return uint64_t(rows) * cellColumns; }
};

/// A formed projection whose weights are a window of another's.
struct ImcWindow {
  unsigned projection = 0; ///< its row r and column c are
  unsigned of = 0;         ///< row r + rows and column c + columns of this one
  uint32_t rows = 0, columns = 0;
};

/// Populations that run together, all steps of a sample, before the next turn
/// begins. Spikes between turns are buffered.
struct ImcTurn {
  std::vector<unsigned> populations; ///< in Network::order
  /// Tiles that are written for this turn. One page: before its first step.
  /// Several: one after another in every step, each before the first read of
  /// one of its tiles, in the order of reads.
  std::vector<std::vector<unsigned>> pages;
};

struct ImcPlan {
  std::vector<ImcGroup> groups;
  std::vector<ImcTile> tiles;    ///< by group, row tiles outermost
  std::vector<unsigned> digital; ///< projections without weights in cells
  unsigned macros = 0;           ///< used
  std::vector<ImcTurn> turns;
  std::vector<ImcWindow> windows;

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
Result<void> checkImc(const network::Network &network,
                      const target::ImcMacro &machine);

/// Maps `network`. Errors: those of checkImc; too few macros, with the largest
/// contributors and the place of the limit.
Result<ImcPlan> mapToMacros(const network::Network &network,
                            const target::ImcMacro &machine);

/// Proves a plan: tiles inside their macro, no two of them overlap that are in
/// use in the same turn, every weight of every projection exactly once; and
/// what verifyTurns() proves.
Result<void> verifyImc(const network::Network &network,
                       const target::ImcMacro &machine, const ImcPlan &plan);

/// Target conductances of a written tile in siemens, [row][line][array] as
/// target::encode() makes them: cells of one weight side by side.
std::vector<double> cellTargets(const network::Network &network,
                                const target::ImcMacro &machine,
                                const ImcPlan &plan, const ImcTile &tile);

/// Proves the cells of a written tile without the encoder: conductances lie
/// between g_min and g_max, and what they stand for by the definition of their
/// encoding is the weight that was wanted, in levels of the cells where these
/// are limited. Errors: the first weight that is another, with both numbers.
Result<void> verifyCells(const network::Network &network,
                         const target::ImcMacro &machine, const ImcPlan &plan,
                         const ImcTile &tile,
                         std::span<const double> conductances);

/// The inverse of the mapping: the matrix [rows, columns] of a projection from
/// the cells of all tiles. `cells` [tile] are conductances as cellTargets().
std::vector<float> recoverWeights(const network::Network &network,
                                  const target::ImcMacro &machine,
                                  const ImcPlan &plan,
                                  const std::vector<std::vector<double>> &cells,
                                  unsigned projection, unsigned matrix);

/// The largest |sum| in siemens that reaches a converter of a tile with at most
/// `activeRows` rows driven, of ideal cells. `subtracted`: pairs meet in the
/// array; `signedDrive`: rows may be driven with either polarity.
double worstCaseSiemens(const ImcGroup &group, const ImcTile &tile,
                        std::span<const double> conductances,
                        unsigned activeRows, bool subtracted, bool signedDrive);

/// The same in weights, of a formed tile: |G+ - G-| of the rows that are drawn.
double worstCaseSum(const network::Network &network, const ImcPlan &plan,
                    const ImcTile &tile, unsigned maxActiveRows);

} // namespace limen::mapping
