#include "hw-models/imc/Crossbar.h"

#include "hw-models/imc/Wires.h"

using namespace limen;
using namespace limen::imchw;

static CellArrays emptyArrays(uint32_t rows, uint32_t lines, uint32_t arrays) {
  CellArrays cells{rows, lines, {}};
  cells.arrays.resize(arrays);
  for (std::vector<double> &array : cells.arrays)
    array.reserve(size_t(rows) * lines);
  return cells;
}

CellArrays imchw::writeCells(const target::ImcDevice &device,
                             std::span<const double> targets, uint32_t rows,
                             uint32_t lines, uint64_t seed, uint32_t identity,
                             uint32_t arrays, Load load) {
  CellArrays cells = emptyArrays(rows, lines, arrays);
  const Cells model(device, seed, identity, load);
  const double *target = targets.data();
  for (uint32_t row = 0; row < rows; ++row)
    for (uint32_t line = 0; line < lines; ++line)
      for (uint32_t a = 0; a < arrays; ++a)
        cells.arrays[a].push_back(
            model.written(*target++, row, arrays * line + a));
  return cells;
}

CellArrays imchw::formCells(
    const target::ImcDevice &device, uint32_t rows, uint32_t lines,
    const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair,
    uint64_t seed, uint32_t identity, uint32_t firstRow, uint32_t firstCell) {
  CellArrays cells = emptyArrays(rows, lines, 2);
  const Cells model(device, seed, identity);
  for (uint32_t row = 0; row < rows; ++row)
    for (uint32_t line = 0; line < lines; ++line) {
      const std::array<double, 2> g = pair(row, line);
      for (uint32_t a = 0; a < 2; ++a)
        cells.arrays[a].push_back(
            model.formed(g[a], firstRow + row, firstCell + 2 * line + a));
    }
  return cells;
}

Result<void> imchw::addWires(const target::ImcWires &wires, CellArrays &cells,
                             RegionPlace place) {
  if (wires.model == target::WireModel::None ||
      (wires.row == 0 && wires.column == 0))
    return {};
  // Input lines run along rows, output lines along columns; cells of one array
  // are apart by as many columns as there are arrays.
  const Wires lines{static_cast<double>(cells.arrays.size()) * wires.row,
                    wires.column, place.column * wires.row,
                    place.below * wires.column};
  for (std::vector<double> &array : cells.arrays) {
    std::vector<double> turned(array.size());
    for (uint32_t row = 0; row < cells.rows; ++row)
      for (uint32_t line = 0; line < cells.lines; ++line)
        turned[size_t(line) * cells.rows + row] =
            array[size_t(row) * cells.lines + line];
    if (wires.model == target::WireModel::Approximate) {
      turned = approximateTransfer(turned, cells.lines, cells.rows, lines);
    } else {
      Result<NodalArray> network =
          NodalArray::make(turned, cells.lines, cells.rows, lines);
      if (!network)
        return network.takeError();
      Result<std::vector<double>> transfer = network->transfer();
      if (!transfer)
        return transfer.takeError();
      turned = std::move(*transfer);
    }
    for (uint32_t row = 0; row < cells.rows; ++row)
      for (uint32_t line = 0; line < cells.lines; ++line)
        array[size_t(row) * cells.lines + line] =
            turned[size_t(line) * cells.rows + row];
  }
  return {};
}

Crossbar::Crossbar(const target::ImcDevice &device, const CellArrays &cells,
                   bool split)
    : rowCount(cells.rows), lineCount(cells.lines),
      sumCount(cells.lines *
               static_cast<uint32_t>(cells.arrays.size() / (split ? 1 : 2))),
      value(size_t(rowCount) * sumCount), conducting(rowCount) {
  const bool noisy = device.noisy && device.readNoise > 0;
  std::vector<double> variance(noisy ? value.size() : 0);
  for (size_t a = 0; a < cells.arrays.size(); ++a) {
    const bool minus = !split && a % 2 == 1;
    const size_t first = (split ? a : a / 2) * lineCount;
    for (uint32_t row = 0; row < rowCount; ++row)
      for (uint32_t line = 0; line < lineCount; ++line) {
        const double g = cells.arrays[a][size_t(row) * lineCount + line];
        const size_t to = size_t(row) * sumCount + first + line;
        conducting[row] += g;
        value[to] += minus ? -g : g;
        if (!noisy)
          continue;
        const double sigma = readSigma(device, g);
        variance[to] += sigma * sigma;
      }
  }
  square.assign(variance.begin(), variance.end());
}

Crossbar Crossbar::write(const target::ImcDevice &device,
                         std::span<const double> targets, uint32_t rows,
                         uint32_t lines, uint64_t seed, uint32_t identity) {
  return Crossbar(device,
                  writeCells(device, targets, rows, lines, seed, identity));
}

Crossbar Crossbar::form(
    const target::ImcDevice &device, uint32_t rows, uint32_t lines,
    const std::function<std::array<double, 2>(uint32_t, uint32_t)> &pair) {
  return Crossbar(device, formCells(device, rows, lines, pair));
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

void Crossbar::addRowsAt(std::span<const uint32_t> rows,
                         std::span<const double> drives, double *sums) const {
  for (size_t i = 0; i < rows.size(); ++i) {
    const double *cells = value.data() + size_t(rows[i]) * sumCount;
    for (uint32_t k = 0; k < sumCount; ++k)
      sums[k] += drives[i] * cells[k];
  }
}

void Crossbar::addVarianceAt(std::span<const uint32_t> rows,
                             std::span<const double> drives,
                             double *variance) const {
  if (square.empty())
    return;
  for (size_t i = 0; i < rows.size(); ++i) {
    const float *cells = square.data() + size_t(rows[i]) * sumCount;
    const double factor = drives[i] * drives[i];
    for (uint32_t k = 0; k < sumCount; ++k)
      variance[k] += factor * static_cast<double>(cells[k]);
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
