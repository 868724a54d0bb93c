#include "runtime/engine/ImcCells.h"

#include "runtime/network/Rows.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::engine;
using program::ImcBlock;
using program::ImcMatrix;
using program::ImcRegion;

/// Draws the cells of a formed region as the host draws its weights, unless
/// they were measured.
static imchw::CellArrays formRegion(const ImcShared &shared,
                                    const ImcRegion &region) {
  const ImcMatrix &matrix = shared.program->matrices[region.matrix];
  auto pair = [&](uint32_t row, uint32_t column) -> std::array<double, 2> {
    if (!region.targets.values.empty()) {
      const size_t at = (size_t(row) * region.columns + column) * 2;
      return {region.targets.values[at], region.targets.values[at + 1]};
    }
    const uint32_t matrixRow = region.firstRow + row;
    for (const ImcBlock &block : matrix.blocks) {
      if (matrixRow < block.firstRow ||
          matrixRow >= block.firstRow + block.rows)
        continue;
      const auto &random = std::get<network::Random>(
          shared.network->projections[block.projection]
              .stages[shared.matrixStage[block.projection]]
              .kind);
      std::array<double, 2> g = network::formedPair(
          random, matrixRow - block.firstRow, region.firstColumn + column);
      // A negative gain swaps the columns of the pair.
      if (random.gain < 0)
        std::swap(g[0], g[1]);
      return {g[0] * 1e-6, g[1] * 1e-6}; // formed conductances are in uS
    }
    return {0, 0};
  };
  // What ages or sticks in a shared cell does so for both.
  const ImcRegion &owner =
      region.shares < 0
          ? region
          : shared.program->regions[static_cast<size_t>(region.shares)];
  return imchw::formCells(shared.program->machine.device, region.rows,
                          region.columns, pair, shared.seed,
                          identityOf(owner.name), region.row - owner.row,
                          region.column - owner.column);
}

Result<imchw::Crossbar> engine::makeCells(const ImcShared &shared,
                                          const ImcRegion &region,
                                          imchw::Load load) {
  const target::ImcMacro &machine = shared.program->machine;
  const target::Encoding &encoding =
      shared.program->matrices[region.matrix].encoding;
  imchw::CellArrays cells =
      region.formed
          ? formRegion(shared, region)
          : imchw::writeCells(machine.device, region.targets.values,
                              region.rows, encoding.lines(region.columns),
                              shared.seed, identityOf(region.name),
                              encoding.cells(), load);
  if (machine.device.noisy)
    if (Result<void> wired =
            imchw::addWires(machine.wires, cells,
                            {region.row, region.column,
                             machine.rows - region.row - region.rows});
        !wired)
      return wired.takeError().note(
          fmt::format("in region '{}' of macro {}", region.name, region.macro));
  return imchw::Crossbar(machine.device, cells,
                         !encoding.pairs() || !machine.adc.subtractInArray);
}

bool engine::redrawsLoads(const ImcShared &shared) {
  const target::ImcDevice &device = shared.program->machine.device;
  return device.noisy &&
         device.programmingError != target::ProgrammingError::None &&
         device.programmingMagnitude > 0 &&
         std::ranges::any_of(shared.isLoaded, [](bool b) { return b; });
}

static imchw::Crossbar noCells(const ImcShared &shared) {
  return imchw::Crossbar(shared.program->machine.device, {});
}

ImcCells::ImcCells(const ImcShared &shared)
    : shared(&shared), own(shared.program->regions.size()) {
  if (!redrawsLoads(shared))
    return;
  for (size_t r = 0; r < own.size(); ++r)
    if (shared.isLoaded[r])
      own[r] = std::make_unique<imchw::Crossbar>(noCells(shared));
}

Result<void> ImcCells::write(unsigned region, imchw::Load load) {
  if (!own[region])
    return {};
  // What it is written over needs no memory any more.
  for (unsigned other : shared->loadedOver[region])
    *own[other] = noCells(*shared);
  Result<imchw::Crossbar> cells =
      makeCells(*shared, shared->program->regions[region], load);
  if (!cells)
    return cells.takeError();
  *own[region] = std::move(*cells);
  return {};
}
