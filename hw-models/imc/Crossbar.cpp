#include "hw-models/imc/Crossbar.h"

#include "hw-models/imc/Wires.h"

using namespace limen;
using namespace limen::imchw;

static CellPairs emptyPairs(uint32_t rows, uint32_t columns) {
  CellPairs cells{rows, columns, {}, {}};
  cells.plus.reserve(size_t(rows) * columns);
  cells.minus.reserve(size_t(rows) * columns);
  return cells;
}

CellPairs imchw::writeCells(const target::ImcDevice &device,
                            std::span<const double> targets, uint32_t rows,
                            uint32_t columns, uint64_t seed,
                            uint32_t identity) {
  CellPairs cells = emptyPairs(rows, columns);
  const Cells model(device, seed, identity);
  for (uint32_t row = 0; row < rows; ++row)
    for (uint32_t column = 0; column < columns; ++column) {
      const double *pair = &targets[(size_t(row) * columns + column) * 2];
      cells.plus.push_back(model.written(pair[0], row, 2 * column));
      cells.minus.push_back(model.written(pair[1], row, 2 * column + 1));
    }
  return cells;
}

CellPairs imchw::formCells(
    const target::ImcDevice &device, uint32_t rows, uint32_t columns,
    const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair,
    uint64_t seed, uint32_t identity) {
  CellPairs cells = emptyPairs(rows, columns);
  const Cells model(device, seed, identity);
  for (uint32_t row = 0; row < rows; ++row)
    for (uint32_t column = 0; column < columns; ++column) {
      const std::array<double, 2> g = pair(row, column);
      cells.plus.push_back(model.formed(g[0], row, 2 * column));
      cells.minus.push_back(model.formed(g[1], row, 2 * column + 1));
    }
  return cells;
}

Result<void> imchw::addWires(const target::ImcWires &wires, CellPairs &cells) {
  if (wires.model == target::WireModel::None ||
      (wires.row == 0 && wires.column == 0))
    return {};
  // Input lines run along rows, output lines along columns; pairs are apart by
  // two cells.
  const Wires lines{2 * wires.row, wires.column};
  for (std::vector<double> *side : {&cells.plus, &cells.minus}) {
    std::vector<double> turned(side->size());
    for (uint32_t row = 0; row < cells.rows; ++row)
      for (uint32_t column = 0; column < cells.columns; ++column)
        turned[size_t(column) * cells.rows + row] =
            (*side)[size_t(row) * cells.columns + column];
    if (wires.model == target::WireModel::Approximate) {
      turned = approximateTransfer(turned, cells.columns, cells.rows, lines);
    } else {
      Result<NodalArray> array =
          NodalArray::make(turned, cells.columns, cells.rows, lines);
      if (!array)
        return array.takeError();
      Result<std::vector<double>> transfer = array->transfer();
      if (!transfer)
        return transfer.takeError();
      turned = std::move(*transfer);
    }
    for (uint32_t row = 0; row < cells.rows; ++row)
      for (uint32_t column = 0; column < cells.columns; ++column)
        (*side)[size_t(row) * cells.columns + column] =
            turned[size_t(column) * cells.rows + row];
  }
  return {};
}

Crossbar::Crossbar(const target::ImcDevice &device, const CellPairs &cells,
                   bool split)
    : rowCount(cells.rows), columnCount(cells.columns),
      sumCount(split ? 2 * cells.columns : cells.columns),
      value(size_t(rowCount) * sumCount), conducting(rowCount) {
  const bool noisy = device.noisy && device.readNoise > 0;
  if (noisy)
    square.resize(value.size());
  for (uint32_t row = 0; row < rowCount; ++row)
    for (uint32_t column = 0; column < columnCount; ++column) {
      const size_t from = size_t(row) * columnCount + column;
      const size_t to = size_t(row) * sumCount + column;
      const double plus = cells.plus[from], minus = cells.minus[from];
      conducting[row] += plus + minus;
      value[to] = split ? plus : plus - minus;
      if (split)
        value[to + columnCount] = minus;
      if (!noisy)
        continue;
      const double one = readSigma(device, plus),
                   other = readSigma(device, minus);
      square[to] =
          static_cast<float>(split ? one * one : one * one + other * other);
      if (split)
        square[to + columnCount] = static_cast<float>(other * other);
    }
}

Crossbar Crossbar::write(const target::ImcDevice &device,
                         std::span<const double> targets, uint32_t rows,
                         uint32_t columns, uint64_t seed, uint32_t identity) {
  return Crossbar(device,
                  writeCells(device, targets, rows, columns, seed, identity));
}

Crossbar Crossbar::form(
    const target::ImcDevice &device, uint32_t rows, uint32_t columns,
    const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair) {
  return Crossbar(device, formCells(device, rows, columns, pair));
}

void Crossbar::addRows(std::span<const uint32_t> rows, double *sums) const {
  for (uint32_t row : rows) {
    const double *cells = value.data() + size_t(row) * sumCount;
    for (uint32_t k = 0; k < sumCount; ++k)
      sums[k] += cells[k];
  }
}

void Crossbar::addVariance(std::span<const uint32_t> rows,
                           double *variance) const {
  if (square.empty())
    return;
  for (uint32_t row : rows) {
    const float *cells = square.data() + size_t(row) * sumCount;
    for (uint32_t k = 0; k < sumCount; ++k)
      variance[k] += static_cast<double>(cells[k]);
  }
}
