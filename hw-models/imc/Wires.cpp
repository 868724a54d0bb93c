#include "hw-models/imc/Wires.h"

#include <algorithm>
#include <cholmod.h>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::imchw;

namespace {

/// Resistance of the segment before cell `k` of an input line (k = 0: from the
/// driver), or after cell `k` of an output line of `count` cells.
double segment(double each, double terminal, uint32_t k, uint32_t last) {
  return each + (k == last ? terminal : 0);
}

} // namespace

struct NodalArray::Network {
  uint32_t outputs = 0, inputs = 0;
  Wires wires;
  std::vector<double> cells;
  cholmod_common common;
  cholmod_factor *factor = nullptr;
  int unknowns = 0;

  Network() { cholmod_start(&common); }
  ~Network() {
    cholmod_free_factor(&factor, &common);
    cholmod_finish(&common);
  }
  Network(const Network &) = delete;
  Network &operator=(const Network &) = delete;

  // Nodes. -1 has a known voltage: the drive of an input line without
  // resistance, 0 of an output line (or supply line) without. A line without
  // resistance between its cells is one node.
  bool inFirst(uint32_t j) const { return j < wires.stride(); }
  double inputEach(uint32_t j) const {
    return wires.input + (inFirst(j) ? wires.firstInput : 0);
  }
  /// Resistance of the segment before place `k` of the line of input `j`.
  double before(uint32_t k, uint32_t j) const {
    return segment(inputEach(j), wires.inputTerminal, k, 0);
  }
  bool outputKnown() const {
    return wires.output == 0 && wires.outputTerminal == 0;
  }
  uint32_t places() const { return inputs / wires.stride(); }
  int inputNode(uint32_t i, uint32_t j) const {
    if (wires.input > 0)
      return static_cast<int>(size_t(i) * inputs + j);
    if (wires.firstInput > 0 && inFirst(j))
      return static_cast<int>(size_t(j) * outputs + i);
    if (wires.inputTerminal == 0)
      return -1;
    const uint32_t first = wires.firstInput > 0 ? wires.stride() * outputs : 0;
    return static_cast<int>(
        first +
        (wires.fromInput ? j : i * wires.stride() + j % wires.stride()));
  }
  int inputNodes() const {
    if (wires.input > 0)
      return static_cast<int>(size_t(outputs) * inputs);
    int count =
        wires.firstInput > 0 ? static_cast<int>(wires.stride() * outputs) : 0;
    if (wires.inputTerminal > 0)
      count +=
          static_cast<int>(wires.fromInput ? inputs : wires.stride() * outputs);
    return count;
  }
  int outputNode(uint32_t i, uint32_t j) const {
    if (outputKnown())
      return -1;
    if (wires.output == 0)
      return inputNodes() + static_cast<int>(i);
    return inputNodes() +
           static_cast<int>(size_t(i) * places() + j / wires.stride());
  }

  Result<void> factorise();
};

namespace {

/// Collects the lower triangle of a symmetric matrix.
class Triplets {
public:
  Triplets(int size, size_t most, cholmod_common *common)
      : common(common),
        list(cholmod_allocate_triplet(static_cast<size_t>(size),
                                      static_cast<size_t>(size), most, -1,
                                      CHOLMOD_REAL, common)) {}
  ~Triplets() { cholmod_free_triplet(&list, common); }
  Triplets(const Triplets &) = delete;

  /// A conductance between two nodes; -1 has a known voltage.
  void join(int a, int b, double g) {
    if (a >= 0)
      add(a, a, g);
    if (b >= 0)
      add(b, b, g);
    if (a >= 0 && b >= 0)
      add(std::max(a, b), std::min(a, b), -g);
  }
  void add(int row, int column, double value) {
    static_cast<int *>(list->i)[list->nnz] = row;
    static_cast<int *>(list->j)[list->nnz] = column;
    static_cast<double *>(list->x)[list->nnz] = value;
    ++list->nnz;
  }
  cholmod_sparse *sparse() {
    return cholmod_triplet_to_sparse(list, list->nnz, common);
  }

private:
  cholmod_common *common;
  cholmod_triplet *list;
};

} // namespace

Result<void> NodalArray::Network::factorise() {
  common.print = 0;
  // LDL' without BLAS: a grid's fronts are small, and the solution does not
  // depend on which BLAS is there.
  common.supernodal = CHOLMOD_SIMPLICIAL;
  unknowns =
      inputNodes() +
      (outputKnown()
           ? 0
           : static_cast<int>(wires.output == 0 ? outputs
                                                : size_t(outputs) * places()));
  if (unknowns == 0)
    return {};
  Triplets lines(unknowns, cells.size() * 12 + 3, &common);
  for (uint32_t i = 0; i < outputs; ++i)
    for (uint32_t j = 0; j < inputs; ++j) {
      const double g = cells[size_t(i) * inputs + j];
      const int a = inputNode(i, j), b = outputNode(i, j);
      if (wires.fromInput) {
        lines.join(a, b, g);
      } else {
        // Unknowns are the drop of the supply line and the voltage of the
        // output line; both take from the voltage over the cell.
        if (a >= 0)
          lines.add(a, a, g);
        if (b >= 0)
          lines.add(b, b, g);
        if (a >= 0 && b >= 0)
          lines.add(b, a, g);
      }
      // The segment towards the driver or the supply.
      const uint32_t stride = wires.stride();
      const uint32_t place = wires.fromInput ? i : j / stride;
      if (const double r = before(place, j); a >= 0 && r > 0)
        lines.join(a,
                   place == 0        ? -1
                   : wires.fromInput ? inputNode(i - 1, j)
                                     : inputNode(i, j - stride),
                   1 / r);
      // The segment after a place towards the converter.
      const double after =
          segment(wires.output, wires.outputTerminal, j, inputs - 1);
      if (b >= 0 && after > 0 && (j + 1) % stride == 0)
        lines.join(b, j + 1 == inputs ? -1 : outputNode(i, j + 1), 1 / after);
    }
  cholmod_sparse *matrix = lines.sparse();
  factor = cholmod_analyze(matrix, &common);
  if (factor)
    cholmod_factorize(matrix, factor, &common);
  cholmod_free_sparse(&matrix, &common);
  if (!factor || common.status != CHOLMOD_OK)
    return Error(fmt::format("the network of a {} x {} array has no solution "
                             "(status {} of the sparse solver)",
                             outputs, inputs, common.status));
  return {};
}

NodalArray::NodalArray(std::unique_ptr<Network> network)
    : network(std::move(network)) {}
NodalArray::~NodalArray() = default;
NodalArray::NodalArray(NodalArray &&) noexcept = default;
NodalArray &NodalArray::operator=(NodalArray &&) noexcept = default;

size_t NodalArray::unknowns() const {
  return static_cast<size_t>(network->unknowns);
}

Result<NodalArray> NodalArray::make(std::span<const double> conductances,
                                    uint32_t outputs, uint32_t inputs,
                                    const Wires &wires) {
  if (wires.input < 0 || wires.output < 0 || wires.inputTerminal < 0 ||
      wires.outputTerminal < 0 || wires.firstInput < 0)
    return Error("a wire has a negative resistance");
  if (inputs % wires.stride() != 0)
    return Error(fmt::format("{} inputs are interleaved in pairs", inputs));
  for (size_t k = 0; k < conductances.size(); ++k)
    if (!(conductances[k] >= 0))
      return Error(fmt::format("the cell of output {} and input {} has the "
                               "conductance {}",
                               k / inputs, k % inputs, conductances[k]));
  auto made = std::make_unique<Network>();
  made->outputs = outputs;
  made->inputs = inputs;
  made->wires = wires;
  made->cells.assign(conductances.begin(), conductances.end());
  if (Result<void> done = made->factorise(); !done)
    return done.takeError();
  return NodalArray(std::move(made));
}

Result<std::vector<double>> NodalArray::sums(std::span<const double> drives,
                                             uint32_t columns) const {
  Network &net = *network;
  const auto rows = static_cast<size_t>(net.unknowns);
  cholmod_dense *right = cholmod_zeros(std::max<size_t>(rows, 1), columns,
                                       CHOLMOD_REAL, &net.common);
  auto *source = static_cast<double *>(right->x);
  for (uint32_t c = 0; c < columns; ++c)
    for (uint32_t j = 0; j < net.inputs; ++j) {
      const double x = drives[size_t(j) * columns + c];
      if (x == 0)
        continue;
      if (const int a = net.inputNode(0, j); net.wires.fromInput && a >= 0) {
        source[c * rows + static_cast<size_t>(a)] += x / net.before(0, j);
        continue;
      }
      for (uint32_t i = 0; i < net.outputs; ++i) {
        const double current = net.cells[size_t(i) * net.inputs + j] * x;
        if (const int b = net.outputNode(i, j); b >= 0)
          source[c * rows + static_cast<size_t>(b)] += current;
        if (const int a = net.inputNode(i, j); a >= 0)
          source[c * rows + static_cast<size_t>(a)] += current;
      }
    }
  cholmod_dense *solved =
      rows > 0 ? cholmod_solve(CHOLMOD_A, net.factor, right, &net.common)
               : right;
  if (!solved) {
    cholmod_free_dense(&right, &net.common);
    return Error(
        fmt::format("the sparse solver failed (status {})", net.common.status));
  }
  const auto *voltage = static_cast<const double *>(solved->x);
  std::vector<double> out(size_t(net.outputs) * columns);
  for (uint32_t c = 0; c < columns; ++c)
    for (uint32_t i = 0; i < net.outputs; ++i) {
      double sum = 0;
      for (uint32_t j = 0; j < net.inputs; ++j) {
        const int a = net.inputNode(i, j), b = net.outputNode(i, j);
        const double x = drives[size_t(j) * columns + c];
        const double at =
            a < 0 ? 0 : voltage[c * rows + static_cast<size_t>(a)];
        double across = net.wires.fromInput ? (a < 0 ? x : at) : x - at;
        if (b >= 0)
          across -= voltage[c * rows + static_cast<size_t>(b)];
        sum += net.cells[size_t(i) * net.inputs + j] * across;
      }
      out[size_t(i) * columns + c] = sum;
    }
  if (solved != right)
    cholmod_free_dense(&solved, &net.common);
  cholmod_free_dense(&right, &net.common);
  return out;
}

Result<std::vector<double>> NodalArray::transfer() const {
  const uint32_t inputs = network->inputs, outputs = network->outputs;
  std::vector<double> out(size_t(outputs) * inputs);
  // A few unit drives at a time keep the memory small.
  constexpr uint32_t batch = 16;
  for (uint32_t first = 0; first < inputs; first += batch) {
    const uint32_t count = std::min(batch, inputs - first);
    std::vector<double> drives(size_t(inputs) * count, 0.0);
    for (uint32_t k = 0; k < count; ++k)
      drives[size_t(first + k) * count + k] = 1;
    Result<std::vector<double>> part = sums(drives, count);
    if (!part)
      return part.takeError();
    for (uint32_t i = 0; i < outputs; ++i)
      for (uint32_t k = 0; k < count; ++k)
        out[size_t(i) * inputs + first + k] = (*part)[size_t(i) * count + k];
  }
  return out;
}

namespace {

/// A ladder from a source behind `before[0]`: series resistances before[k],
/// shunts shunt[k] to 0. Writes the voltage of node k for a source of 1.
void ladder(std::span<const double> before, std::span<const double> shunt,
            std::span<double> voltage) {
  // From the far end: the conductance that node k and all behind it show.
  const size_t n = shunt.size();
  double behind = 0;
  for (size_t k = n; k-- > 0;) {
    const double here = shunt[k] + behind;
    // The share of the voltage before segment k that arrives at node k.
    voltage[k] = 1 / (1 + before[k] * here);
    behind = here * voltage[k];
  }
  for (size_t k = 1; k < n; ++k)
    voltage[k] *= voltage[k - 1];
}

} // namespace

std::vector<double>
imchw::approximateTransfer(std::span<const double> conductances,
                           uint32_t outputs, uint32_t inputs,
                           const Wires &wires) {
  std::vector<double> out(conductances.begin(), conductances.end());
  std::vector<double> series, shunt, share;
  if (wires.fromInput) {
    series.assign(outputs, wires.input);
    series[0] += wires.inputTerminal;
    shunt.resize(outputs);
    share.resize(outputs);
    for (uint32_t j = 0; j < inputs; ++j) {
      for (uint32_t i = 0; i < outputs; ++i)
        shunt[i] = conductances[size_t(i) * inputs + j];
      ladder(series, shunt, share);
      for (uint32_t i = 0; i < outputs; ++i)
        out[size_t(i) * inputs + j] *= share[i];
    }
  }
  // Reciprocity: the current that cell j sends into the converter is G times
  // the voltage that a source at the converter would put on node j.
  series.assign(inputs, wires.output);
  series[0] += wires.outputTerminal;
  shunt.resize(inputs);
  share.resize(inputs);
  for (uint32_t i = 0; i < outputs; ++i) {
    for (uint32_t j = 0; j < inputs; ++j)
      shunt[inputs - 1 - j] = conductances[size_t(i) * inputs + j];
    ladder(series, shunt, share);
    for (uint32_t j = 0; j < inputs; ++j)
      out[size_t(i) * inputs + j] *= share[inputs - 1 - j];
  }
  if (wires.fromInput)
    return out;
  series.assign(inputs, wires.input);
  series[0] += wires.inputTerminal;
  for (uint32_t i = 0; i < outputs; ++i) {
    for (uint32_t j = 0; j < inputs; ++j)
      shunt[j] = conductances[size_t(i) * inputs + j];
    ladder(series, shunt, share);
    for (uint32_t j = 0; j < inputs; ++j)
      out[size_t(i) * inputs + j] *= share[j];
  }
  return out;
}

std::vector<double> imchw::sweptSums(std::span<const double> conductances,
                                     uint32_t outputs, uint32_t inputs,
                                     const Wires &wires,
                                     std::span<const double> drives,
                                     unsigned sweeps) {
  std::vector<double> current(conductances.size());
  const auto at = [&](uint32_t i, uint32_t j) {
    return size_t(i) * inputs + j;
  };
  for (uint32_t i = 0; i < outputs; ++i)
    for (uint32_t j = 0; j < inputs; ++j)
      current[at(i, j)] = conductances[at(i, j)] * drives[j];
  std::vector<double> drop(conductances.size());
  for (unsigned sweep = 0; sweep < sweeps; ++sweep) {
    std::fill(drop.begin(), drop.end(), 0.0);
    for (uint32_t i = 0; i < outputs; ++i) {
      // Output line: what flows past cell j, dropped until the end.
      std::vector<double> past(inputs);
      double sum = 0;
      for (uint32_t j = 0; j < inputs; ++j)
        past[j] = sum += current[at(i, j)];
      double total = 0;
      for (uint32_t j = inputs; j-- > 0;) {
        total += past[j] *
                 segment(wires.output, wires.outputTerminal, j, inputs - 1);
        drop[at(i, j)] += total;
      }
      if (wires.fromInput)
        continue;
      double supply = 0;
      for (uint32_t j = 0; j < inputs; ++j) {
        supply += (sum - (j > 0 ? past[j - 1] : 0)) *
                  segment(wires.input, wires.inputTerminal, j, 0);
        drop[at(i, j)] += supply;
      }
    }
    if (wires.fromInput)
      for (uint32_t j = 0; j < inputs; ++j) {
        std::vector<double> behind(outputs);
        double sum = 0;
        for (uint32_t i = outputs; i-- > 0;)
          behind[i] = sum += current[at(i, j)];
        double total = 0;
        for (uint32_t i = 0; i < outputs; ++i) {
          total += behind[i] * segment(wires.input, wires.inputTerminal, i, 0);
          drop[at(i, j)] += total;
        }
      }
    for (uint32_t i = 0; i < outputs; ++i)
      for (uint32_t j = 0; j < inputs; ++j)
        current[at(i, j)] =
            conductances[at(i, j)] * (drives[j] - drop[at(i, j)]);
  }
  std::vector<double> out(outputs, 0.0);
  for (uint32_t i = 0; i < outputs; ++i)
    for (uint32_t j = 0; j < inputs; ++j)
      out[i] += current[at(i, j)];
  return out;
}
