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

/// Adds sum_k factor(k) x matrix[k][...] to `out`, in the order of k for every
/// element: four rows at a time keep `out` in registers and the cells
/// streaming.
template <typename Cell>
[[gnu::always_inline]] static inline void
addWeighted(std::span<const double> factors, const Cell *matrix, uint32_t width,
            double *out) {
  size_t k = 0;
  for (; k + 4 <= factors.size(); k += 4) {
    const double a = factors[k], b = factors[k + 1], c = factors[k + 2],
                 d = factors[k + 3];
    const Cell *r0 = matrix + k * width, *r1 = r0 + width, *r2 = r1 + width,
               *r3 = r2 + width;
    for (uint32_t j = 0; j < width; ++j)
      out[j] = (((out[j] + a * static_cast<double>(r0[j])) +
                 b * static_cast<double>(r1[j])) +
                c * static_cast<double>(r2[j])) +
               d * static_cast<double>(r3[j]);
  }
  for (; k < factors.size(); ++k)
    for (uint32_t j = 0; j < width; ++j)
      out[j] += factors[k] * static_cast<double>(matrix[k * width + j]);
}

// One version per width of vectors. Products and sums are not fused, so all
// give the same bits.
__attribute__((target_clones("avx2", "default"))) static void
addDoubles(std::span<const double> factors, const double *matrix,
           uint32_t width, double *out) {
  addWeighted(factors, matrix, width, out);
}
__attribute__((target_clones("avx2", "default"))) static void
addFloats(std::span<const double> factors, const float *matrix, uint32_t width,
          double *out) {
  addWeighted(factors, matrix, width, out);
}

void Crossbar::addDriven(std::span<const double> drives, double *sums) const {
  addDoubles(drives, value.data(), sumCount, sums);
}

void Crossbar::addDrivenVariance(std::span<const double> drives,
                                 double *variance) const {
  if (square.empty())
    return;
  std::vector<double> squares(drives.begin(), drives.end());
  for (double &x : squares)
    x *= x;
  addFloats(squares, square.data(), sumCount, variance);
}
