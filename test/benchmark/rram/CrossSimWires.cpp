#include "test/benchmark/rram/CrossSimWires.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::bench;

RelaxedArray::RelaxedArray(std::vector<double> conductances, uint32_t outputs,
                           uint32_t inputs, const imchw::Wires &wires,
                           const Relaxation &relaxation)
    : conductances(std::move(conductances)), outputs(outputs), inputs(inputs),
      wires(wires), relaxation(relaxation) {}

/// Adds the drops of the two lines of every cell, and writes the sums.
void RelaxedArray::addDrops(const std::vector<double> &current,
                            uint32_t columns, std::vector<double> &drops,
                            std::vector<double> &sums) const {
  const uint32_t stride = wires.stride();
  const auto at = [&](uint32_t i, uint32_t j, uint32_t c) {
    return (size_t(i) * inputs + j) * columns + c;
  };
  std::vector<double> flow(std::max(inputs, outputs));
  for (uint32_t i = 0; i < outputs; ++i)
    for (uint32_t c = 0; c < columns; ++c) {
      // What flows past a place of the output line, and its drops from there
      // on.
      double sum = 0;
      for (uint32_t j = 0; j < inputs; ++j)
        flow[j] = sum += current[at(i, j, c)];
      sums[size_t(i) * columns + c] = sum;
      double drop = 0;
      for (uint32_t j = inputs; j-- > 0;) {
        if ((j + 1) % stride == 0)
          drop += flow[j] *
                  (wires.output + (j + 1 == inputs ? wires.outputTerminal : 0));
        drops[at(i, j, c)] += drop;
      }
      if (wires.fromInput)
        continue;
      for (uint32_t side = 0; side < stride; ++side) {
        double behind = 0;
        for (uint32_t j = inputs - stride + side; j < inputs; j -= stride)
          flow[j] = behind += current[at(i, j, c)];
        double supply = 0;
        for (uint32_t j = side; j < inputs; j += stride) {
          supply +=
              flow[j] * (wires.input + (j == side ? wires.inputTerminal : 0));
          drops[at(i, j, c)] += supply;
        }
      }
    }
  if (!wires.fromInput)
    return;
  for (uint32_t j = 0; j < inputs; ++j)
    for (uint32_t c = 0; c < columns; ++c) {
      double behind = 0;
      for (uint32_t i = outputs; i-- > 0;)
        flow[i] = behind += current[at(i, j, c)];
      double drop = 0;
      for (uint32_t i = 0; i < outputs; ++i) {
        drop += flow[i] * (wires.input + (j < stride ? wires.firstInput : 0) +
                           (i == 0 ? wires.inputTerminal : 0));
        drops[at(i, j, c)] += drop;
      }
    }
}

/// Whether it converged.
bool RelaxedArray::relax(std::span<const double> drives, uint32_t columns,
                         std::vector<double> &sums) const {
  const size_t perOutput = size_t(inputs) * columns;
  std::vector<double> voltage, current(outputs * perOutput),
      drops(outputs * perOutput);
  for (uint32_t i = 0; i < outputs; ++i)
    voltage.insert(voltage.end(), drives.begin(), drives.end());
  const uint32_t stride = wires.stride();
  for (unsigned step = 0; step < relaxation.steps; ++step) {
    for (size_t k = 0; k < current.size(); ++k) {
      // A supply line feeds driven cells only.
      const bool on = wires.fromInput || std::abs(drives[k % perOutput]) > 1e-9;
      current[k] = on ? conductances[k / columns] * voltage[k] : 0;
    }
    std::fill(drops.begin(), drops.end(), 0.0);
    addDrops(current, columns, drops, sums);
    double worst[2] = {0, 0};
    for (size_t k = 0; k < voltage.size(); ++k) {
      const double error = drives[k % perOutput] - drops[k] - voltage[k];
      double &of = worst[k / columns % stride];
      // Not-a-number must not look like nothing.
      if (!(std::abs(error) <= of))
        of = std::abs(error);
      if (std::isnan(of))
        return false;
      drops[k] = error;
    }
    const double error = stride == 2 ? (worst[0] + worst[1]) / 2 : worst[0];
    if (error < relaxation.threshold)
      return true;
    for (size_t k = 0; k < voltage.size(); ++k)
      voltage[k] += relaxation.gamma * drops[k];
  }
  return false;
}

Result<std::vector<double>> RelaxedArray::sums(std::span<const double> drives,
                                               uint32_t columns) {
  std::vector<double> out(size_t(outputs) * columns, 0.0);
  for (; relaxation.gamma > 1e-2; relaxation.gamma *= 0.98)
    if (relax(drives, columns, out))
      return out;
  return Error(fmt::format("the voltages of a {} x {} array do not converge",
                           outputs, inputs));
}
