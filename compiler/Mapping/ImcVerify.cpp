// What proves a mapping onto crossbars, and its inverse.

#include "compiler/Mapping/ImcSharing.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Stage;

/// The stage in cells of a projection that has been checked.
static const Stage &storedStage(const Network &network, unsigned projection) {
  return network.projections[projection].stages.back();
}

/// The matrix whose rows are those of `block`.
static network::StoredMatrix
matrixOf(const Network &network, const ImcGroup &group, const ImcBlock &block) {
  return {storedStage(network, block.projection), block.matrix, group.unrolled};
}

/// Calls `visit(block, matrixRow, tileRow)` for each row of a tile.
template <typename Visit>
static void forRows(const ImcGroup &group, const ImcTile &tile, Visit visit) {
  for (const ImcBlock &block : group.blocks) {
    const uint32_t first = std::max(block.firstRow, tile.groupRow);
    const uint32_t last =
        std::min(block.firstRow + block.rows, tile.groupRow + tile.rows);
    for (uint32_t row = first; row < last; ++row)
      visit(block, row - block.firstRow, row - tile.groupRow);
  }
}

/// Whether two tiles may lie on the same cells at all: windows of formed cells,
/// and written tiles of which one takes turns.
static bool mayOverlap(const ImcPlan &plan, unsigned a, unsigned b) {
  const bool formed = plan.groups[plan.tiles[a].group].formed;
  if (formed != plan.groups[plan.tiles[b].group].formed)
    return false;
  if (formed)
    return plan.tiles[a].shares >= 0 || plan.tiles[b].shares >= 0;
  return std::ranges::any_of(plan.turns, [&](const ImcTurn &turn) {
    return std::ranges::any_of(turn.pages, [&](const auto &page) {
      return std::ranges::find(page, a) != page.end() ||
             std::ranges::find(page, b) != page.end();
    });
  });
}

Result<void> limen::mapping::verifyImc(const Network &network,
                                       const target::ImcMacro &machine,
                                       const ImcPlan &plan) {
  // Occupied cells by macro, and how often each group weight is placed.
  std::vector<std::vector<int>> owner(plan.macros);
  std::vector<std::vector<uint8_t>> placed(plan.groups.size());
  for (auto &cells : owner)
    cells.assign(size_t(machine.rows) * machine.cols, -1);
  for (size_t g = 0; g < plan.groups.size(); ++g)
    placed[g].assign(size_t(plan.groups[g].rows) * plan.groups[g].columns, 0);

  for (size_t t = 0; t < plan.tiles.size(); ++t) {
    const ImcTile &tile = plan.tiles[t];
    const ImcGroup &group = plan.groups[tile.group];
    if (tile.macro >= plan.macros || tile.row + tile.rows > machine.rows ||
        tile.column + tile.cellColumns > machine.cols)
      return Error(fmt::format("tile {} reaches cell ({}, {}) of macro {}; a "
                               "macro has {} x {} cells",
                               t, tile.row + tile.rows,
                               tile.column + tile.cellColumns, tile.macro,
                               machine.rows, machine.cols));
    if (tile.groupRow + tile.rows > group.rows ||
        tile.groupColumn + tile.columns > group.columns)
      return Error(fmt::format("tile {} leaves its group of {} x {} weights", t,
                               group.rows, group.columns));
    if (tile.cellColumns != group.cellColumns(tile.columns))
      return Error(fmt::format("tile {} is {} cells wide; {} outputs of its "
                               "encoding take {}",
                               t, tile.cellColumns, tile.columns,
                               group.cellColumns(tile.columns)));
    for (uint32_t r = 0; r < tile.rows; ++r) {
      for (uint32_t c = 0; c < tile.cellColumns; ++c) {
        int &cell = owner[tile.macro][size_t(tile.row + r) * machine.cols +
                                      tile.column + c];
        if (cell >= 0 && !mayOverlap(plan, static_cast<unsigned>(cell),
                                     static_cast<unsigned>(t)))
          return Error(fmt::format(
              "tiles {} and {} overlap on macro {} at cell ({}, {})", cell, t,
              tile.macro, tile.row + r, tile.column + c));
        cell = static_cast<int>(t);
      }
      for (uint32_t c = 0; c < tile.columns; ++c)
        ++placed[tile.group][size_t(tile.groupRow + r) * group.columns +
                             tile.groupColumn + c];
    }
  }
  for (size_t g = 0; g < plan.groups.size(); ++g)
    for (size_t w = 0; w < placed[g].size(); ++w)
      if (placed[g][w] != 1)
        return Error(fmt::format("weight ({}, {}) of group {} is placed {} "
                                 "times",
                                 w / plan.groups[g].columns,
                                 w % plan.groups[g].columns, g, placed[g][w]));

  // Every matrix of every projection is a block of exactly one group.
  for (unsigned p = 0; p < network.projections.size(); ++p) {
    auto stage = matrixStage(network, network.projections[p]);
    if (!stage)
      return stage.takeError();
    uint64_t rows = 0, wanted = 0;
    bool unrolled = false;
    for (const ImcGroup &group : plan.groups)
      for (const ImcBlock &block : group.blocks)
        if (block.projection == p) {
          rows += block.rows;
          unrolled |= group.unrolled;
        }
    if (*stage >= 0) {
      const Stage &stored = storedStage(network, p);
      wanted = uint64_t(network::matrixCount(stored, unrolled)) *
               network::StoredMatrix(stored, 0, unrolled).rows();
    }
    if (rows != wanted)
      return Error(fmt::format("projection '{}' has {} rows in cells; {} were "
                               "wanted",
                               network.projections[p].name, rows, wanted));
  }
  return verifyTurns(network, machine, plan);
}

/// What is wanted of a tile: weights [output][row], those that are not there 0.
static std::vector<float> wantedWeights(const Network &network,
                                        const ImcGroup &group,
                                        const ImcTile &tile) {
  std::vector<float> weights(size_t(tile.columns) * tile.rows, 0.0f);
  forRows(group, tile,
          [&](const ImcBlock &block, uint32_t matrixRow, uint32_t tileRow) {
            matrixOf(network, group, block)
                .visitRow(matrixRow, [&](uint32_t column, float weight) {
                  const uint32_t c = column - tile.groupColumn;
                  if (c < tile.columns)
                    weights[size_t(c) * tile.rows + tileRow] = weight;
                });
          });
  return weights;
}

std::vector<double> limen::mapping::cellTargets(const Network &network,
                                                const target::ImcMacro &machine,
                                                const ImcPlan &plan,
                                                const ImcTile &tile) {
  const ImcGroup &group = plan.groups[tile.group];
  const std::vector<float> wanted = wantedWeights(network, group, tile);
  std::vector<double> relative(wanted.begin(), wanted.end());
  if (group.largest > 0)
    for (double &w : relative)
      w /= group.largest;
  const auto arrays =
      target::encode<double>(group.encoding, relative, tile.columns, tile.rows);
  const uint32_t lines = group.encoding.lines(tile.columns);
  std::vector<double> cells;
  cells.reserve(tile.cells());
  for (uint32_t row = 0; row < tile.rows; ++row)
    for (uint32_t line = 0; line < lines; ++line)
      for (const std::vector<double> &array : arrays)
        cells.push_back(array[size_t(line) * tile.rows + row] *
                        machine.device.gMax.value());
  return cells;
}

namespace {

/// What cells stand for, by the definitions of the encodings: shares of the
/// range from g_min to g_max, without the encoder.
class CellReader {
public:
  CellReader(const target::ImcMacro &machine, const ImcGroup &group,
             const ImcTile &tile, std::span<const double> cells)
      : e(group.encoding), low(machine.device.gMin.value()),
        span(machine.device.gMax.value() - low), largest(group.largest),
        first(e.hasUnitColumn() ? 1 : 0), tile(tile), cells(cells) {}

  double conductance(uint32_t row, uint32_t line, unsigned array) const {
    return cells[(size_t(row) * (tile.columns + first) + line) * e.cells() +
                 array];
  }
  /// In [0, 1].
  double share(uint32_t row, uint32_t line, unsigned array) const {
    return (conductance(row, line, array) - low) / span;
  }

  /// The whole number in the slices of a line, without its sign bit's offset.
  double number(uint32_t row, uint32_t line) const {
    const double full = std::exp2(e.bitsPerSlice()) - 1;
    double sum = 0;
    for (unsigned s = 0; s < e.slices; ++s) {
      const unsigned array = e.pairs() ? 2 * s : s;
      const double minus = e.pairs() ? share(row, line, array + 1) : 0;
      sum += std::exp2(s * e.bitsPerSlice()) *
             (share(row, line, array) - minus) * full;
    }
    return sum;
  }

  /// The weight of an output.
  double weight(uint32_t row, uint32_t output) const {
    const uint32_t line = output + first;
    switch (e.style) {
    case target::EncodingStyle::OneSided:
    case target::EncodingStyle::TwoSided:
      return (share(row, line, 0) - share(row, line, 1)) * largest;
    case target::EncodingStyle::Offset: {
      // All levels but the lowest are for weights.
      const double unused =
          e.cellBits == 0 ? 0 : 1 / (std::exp2(e.cellBits) - 1);
      const double middle = first ? share(row, 0, 0) : (1 + unused) / 2;
      return (share(row, line, 0) - middle) * 2 / (1 - unused) * largest;
    }
    case target::EncodingStyle::SlicedPairs:
    case target::EncodingStyle::SlicedOffset:
      break;
    }
    double level = number(row, line);
    if (!e.pairs())
      level -= first ? number(row, 0) : std::exp2(e.weightBits - 1);
    return level / (std::exp2(e.weightBits - 1) - 1) * largest;
  }

  /// What the encoding makes of a wanted weight before it looks at cells: whole
  /// numbers for slices.
  double rounded(double weight) const {
    if (!e.sliced() || largest == 0)
      return weight;
    const double full = std::exp2(e.weightBits - 1) - 1;
    return std::nearbyint(weight / largest * full) / full * largest;
  }

  /// How far a weight may be from that: half a step of cells with levels, else
  /// what doubles leave.
  double tolerance() const {
    double steps = 4e-15 * (low + span) / span;
    if (e.sliced())
      steps *= std::exp2(e.slices);
    else if (e.cellBits > 0) {
      const double level = 0.5 / (std::exp2(e.cellBits) - 1);
      // Both cells of a two-sided pair are rounded; weights of an offset
      // encoding have half the range.
      steps += e.style == target::EncodingStyle::OneSided ? level
               : e.style == target::EncodingStyle::TwoSided
                   ? 2 * level
                   : 0.5 / (std::exp2(e.cellBits - 1) - 1);
    }
    return steps * (largest > 0 ? largest : 1);
  }

private:
  const target::Encoding &e;
  double low, span, largest;
  uint32_t first;
  const ImcTile &tile;
  std::span<const double> cells;
};

} // namespace

Result<void> limen::mapping::verifyCells(const Network &network,
                                         const target::ImcMacro &machine,
                                         const ImcPlan &plan,
                                         const ImcTile &tile,
                                         std::span<const double> conductances) {
  const ImcGroup &group = plan.groups[tile.group];
  if (conductances.size() != tile.cells())
    return Error(fmt::format("a tile of {} cells has {} conductances",
                             tile.cells(), conductances.size()));
  const double low = machine.device.gMin.value(),
               high = machine.device.gMax.value();
  for (size_t i = 0; i < conductances.size(); ++i)
    if (!(conductances[i] >= low * (1 - 1e-12)) ||
        !(conductances[i] <= high * (1 + 1e-12)))
      return Error(fmt::format("the cell at row {}, column {} of a tile would "
                               "have {}; cells have {} "
                               "to {}",
                               i / tile.cellColumns, i % tile.cellColumns,
                               formatQuantity(conductances[i], "S"),
                               format(machine.device.gMin),
                               format(machine.device.gMax)));
  const CellReader cells(machine, group, tile, conductances);
  const std::vector<float> wanted = wantedWeights(network, group, tile);
  const double allowed = cells.tolerance();
  for (uint32_t c = 0; c < tile.columns; ++c)
    for (uint32_t r = 0; r < tile.rows; ++r) {
      const double weight = cells.rounded(wanted[size_t(c) * tile.rows + r]);
      const double found = cells.weight(r, c);
      if (!(std::abs(found - weight) <= allowed))
        return Error(fmt::format(
            "the cells of weight ({}, {}) of group {} hold {}; {} was wanted",
            tile.groupRow + r, tile.groupColumn + c, tile.group,
            formatNumber(found), formatNumber(weight)));
    }
  return {};
}

std::vector<float> limen::mapping::recoverWeights(
    const Network &network, const target::ImcMacro &machine,
    const ImcPlan &plan, const std::vector<std::vector<double>> &cells,
    unsigned projection, unsigned matrix) {
  std::vector<float> found;
  // From the cells outwards: each asks its tile what it stores.
  for (size_t t = 0; t < plan.tiles.size(); ++t) {
    const ImcTile &tile = plan.tiles[t];
    const ImcGroup &group = plan.groups[tile.group];
    for (const ImcBlock &block : group.blocks) {
      if (block.projection != projection || block.matrix != matrix)
        continue;
      const network::StoredMatrix stored = matrixOf(network, group, block);
      found.resize(size_t(stored.rows()) * stored.columns());
      const CellReader reader(machine, group, tile, cells[t]);
      for (uint32_t r = 0; r < tile.rows; ++r) {
        const uint32_t row = tile.groupRow + r - block.firstRow;
        if (row < block.rows)
          for (uint32_t c = 0; c < tile.columns; ++c)
            found[size_t(row) * stored.columns() + tile.groupColumn + c] =
                static_cast<float>(reader.weight(r, c));
      }
    }
  }
  return found;
}

/// Sum of the `count` largest values.
template <typename Number>
static double largestSum(std::vector<Number> &values, size_t count) {
  if (values.size() > count) {
    std::nth_element(values.begin(), values.begin() + count, values.end(),
                     std::greater<>());
    values.resize(count);
  }
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double limen::mapping::worstCaseSum(const Network &network, const ImcPlan &plan,
                                    const ImcTile &tile,
                                    unsigned maxActiveRows) {
  std::vector<std::vector<float>> positive(tile.columns),
      negative(tile.columns);
  forRows(plan.groups[tile.group], tile,
          [&](const ImcBlock &block, uint32_t matrixRow, uint32_t) {
            matrixOf(network, plan.groups[tile.group], block)
                .visitRow(matrixRow, [&](uint32_t column, float weight) {
                  const uint32_t c = column - tile.groupColumn;
                  if (c >= tile.columns)
                    return;
                  if (weight > 0)
                    positive[c].push_back(weight);
                  else
                    negative[c].push_back(-weight);
                });
          });
  double worst = 0;
  for (uint32_t c = 0; c < tile.columns; ++c)
    worst = std::max({worst, largestSum(positive[c], maxActiveRows),
                      largestSum(negative[c], maxActiveRows)});
  return worst;
}

double limen::mapping::worstCaseSiemens(const ImcGroup &group,
                                        const ImcTile &tile,
                                        std::span<const double> conductances,
                                        unsigned activeRows, bool subtracted,
                                        bool signedDrive) {
  const bool pairs = subtracted && group.encoding.pairs();
  double worst = 0;
  std::vector<double> positive, negative;
  for (uint32_t column = 0; column < tile.cellColumns;
       column += pairs ? 2 : 1) {
    positive.clear();
    negative.clear();
    for (uint32_t row = 0; row < tile.rows; ++row) {
      const double *cell =
          &conductances[size_t(row) * tile.cellColumns + column];
      const double value = pairs ? cell[0] - cell[1] : cell[0];
      (value >= 0 || signedDrive ? positive : negative)
          .push_back(std::abs(value));
    }
    worst = std::max({worst, largestSum(positive, activeRows),
                      largestSum(negative, activeRows)});
  }
  return worst;
}
