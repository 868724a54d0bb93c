// What proves a mapping onto crossbars, and its inverse.

#include "compiler/Mapping/ImcTiling.h"

#include <algorithm>
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
        tile.column + 2 * tile.columns > machine.cols)
      return Error(fmt::format("tile {} reaches cell ({}, {}) of macro {}; a "
                               "macro has {} x {} cells",
                               t, tile.row + tile.rows,
                               tile.column + 2 * tile.columns, tile.macro,
                               machine.rows, machine.cols));
    if (tile.groupRow + tile.rows > group.rows ||
        tile.groupColumn + tile.columns > group.columns)
      return Error(fmt::format("tile {} leaves its group of {} x {} weights", t,
                               group.rows, group.columns));
    for (uint32_t r = 0; r < tile.rows; ++r)
      for (uint32_t c = 0; c < tile.columns; ++c) {
        for (uint32_t side = 0; side < 2; ++side) {
          int &cell = owner[tile.macro][size_t(tile.row + r) * machine.cols +
                                        tile.column + 2 * c + side];
          if (cell >= 0)
            return Error(fmt::format(
                "tiles {} and {} overlap on macro {} at cell ({}, {})", cell, t,
                tile.macro, tile.row + r, tile.column + 2 * c + side));
          cell = static_cast<int>(t);
        }
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
    uint64_t rows = 0;
    for (const ImcGroup &group : plan.groups)
      for (const ImcBlock &block : group.blocks)
        if (block.projection == p)
          rows += block.rows;
    const uint64_t wanted =
        *stage < 0 ? 0
                   : uint64_t(network::matrixCount(storedStage(network, p))) *
                         network::matrixShape(storedStage(network, p))[0];
    if (rows != wanted)
      return Error(fmt::format("projection '{}' has {} rows in cells; {} were "
                               "wanted",
                               network.projections[p].name, rows, wanted));
  }
  return {};
}

std::vector<std::vector<float>>
limen::mapping::paintMacros(const Network &network,
                            const target::ImcMacro &machine,
                            const ImcPlan &plan) {
  const uint32_t width = machine.cols / 2;
  std::vector<std::vector<float>> cells(plan.macros);
  for (auto &macro : cells)
    macro.assign(size_t(machine.rows) * width, 0.0f);
  for (const ImcTile &tile : plan.tiles)
    forRows(
        plan.groups[tile.group], tile,
        [&](const ImcBlock &block, uint32_t matrixRow, uint32_t tileRow) {
          network::visitRow(
              storedStage(network, block.projection), block.matrix, matrixRow,
              [&](uint32_t column, float weight) {
                if (column < tile.groupColumn ||
                    column >= tile.groupColumn + tile.columns)
                  return;
                cells[tile.macro][size_t(tile.row + tileRow) * width +
                                  tile.column / 2 + column - tile.groupColumn] =
                    weight;
              });
        });
  return cells;
}

std::vector<float> limen::mapping::recoverWeights(
    const Network &network, const target::ImcMacro &machine,
    const ImcPlan &plan, const std::vector<std::vector<float>> &cells,
    unsigned projection, unsigned matrix) {
  const auto [rows, columns] =
      network::matrixShape(storedStage(network, projection));
  std::vector<float> found(size_t(rows) * columns, 0.0f);
  const uint32_t width = machine.cols / 2;
  // From the cells outwards: each pair asks its tile what it stores.
  for (const ImcTile &tile : plan.tiles)
    for (uint32_t r = 0; r < tile.rows; ++r) {
      const uint32_t groupRow = tile.groupRow + r;
      for (const ImcBlock &block : plan.groups[tile.group].blocks) {
        if (block.projection != projection || block.matrix != matrix ||
            groupRow < block.firstRow ||
            groupRow >= block.firstRow + block.rows)
          continue;
        for (uint32_t c = 0; c < tile.columns; ++c)
          found[size_t(groupRow - block.firstRow) * columns + tile.groupColumn +
                c] = cells[tile.macro]
                          [size_t(tile.row + r) * width + tile.column / 2 + c];
      }
    }
  return found;
}

/// Sum of the `count` largest values.
static double largestSum(std::vector<float> &values, size_t count) {
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
            network::visitRow(storedStage(network, block.projection),
                              block.matrix, matrixRow,
                              [&](uint32_t column, float weight) {
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
