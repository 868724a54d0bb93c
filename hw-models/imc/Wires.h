// Resistance of the wires of an array (IR drop).
//
// An array of M outputs x N inputs has two nodes per cell: a(i, j) on input
// line j and b(i, j) on output line i, joined by the cell's conductance. Input
// line j runs past outputs 0 .. M-1 from its driver, output line i past inputs
// 0 .. N-1 to its converter, which holds it at 0. The network is linear: with
// inputs that hold undriven lines at 0, the sums are a matrix of the array
// times the drives, whatever the drives are. That matrix can stand for the
// cells.
//
// Resistances are relative: r = R x Gmax for conductances relative to Gmax (or
// ohms for siemens).
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace limen::imchw {

struct Wires {
  double input = 0, output = 0; ///< of a segment between neighbouring cells
  /// Added to the first segment of inputs and the last of outputs.
  double inputTerminal = 0, outputTerminal = 0;
  /// Where the current of a cell comes from: the input line, or a supply line
  /// beside the output line that the input only connects (`input` is then the
  /// resistance of the supply line).
  bool fromInput = true;
  /// Inputs 2k and 2k + 1 are the two sides of a pair: their cells meet the
  /// output line at one place, so that currents of opposite drives cancel
  /// there. Each side has input lines, or supply lines, of its own.
  bool interleaved = false;
  /// Added to every segment of the first input line, or of the first pair of
  /// them: where CrossSim 3.2 puts the resistance of the drivers of all lines.
  /// For comparisons with it only; fromInput.
  double firstInput = 0;

  bool any() const {
    return input > 0 || output > 0 || inputTerminal > 0 || outputTerminal > 0 ||
           firstInput > 0;
  }
  /// Inputs that share a place on an output line.
  uint32_t stride() const { return interleaved ? 2 : 1; }
};

/// The exact network of one array, factorised (CHOLMOD).
class NodalArray {
public:
  /// `conductances` [output][input]. Errors: a negative conductance or wire;
  /// an odd number of interleaved inputs; a network without a solution.
  static Result<NodalArray> make(std::span<const double> conductances,
                                 uint32_t outputs, uint32_t inputs,
                                 const Wires &wires);
  ~NodalArray();
  NodalArray(NodalArray &&) noexcept;
  NodalArray &operator=(NodalArray &&) noexcept;

  /// Currents into the converters [output][column] for drives [input][column].
  /// Errors: the solver failed.
  Result<std::vector<double>> sums(std::span<const double> drives,
                                   uint32_t columns) const;

  /// The matrix [output][input] that stands for the array.
  Result<std::vector<double>> transfer() const;

  /// Unknown node voltages.
  size_t unknowns() const;

private:
  struct Network;
  explicit NodalArray(std::unique_ptr<Network> network);
  std::unique_ptr<Network> network;
};

/// An approximation of NodalArray::transfer() in time of the number of cells:
/// input lines as if outputs were at 0, then output lines with these voltages
/// as sources. What an output line's own voltage takes from the currents of its
/// input lines is left out, an error of second order in r. Not for interleaved
/// inputs.
std::vector<double> approximateTransfer(std::span<const double> conductances,
                                        uint32_t outputs, uint32_t inputs,
                                        const Wires &wires);

/// Sums by `sweeps` sweeps of the fixed-point iteration
///   cell current = G (drive - drops of its two lines),
/// each in time of the number of cells. 0 sweeps: no drop. Not for interleaved
/// inputs.
std::vector<double> sweptSums(std::span<const double> conductances,
                              uint32_t outputs, uint32_t inputs,
                              const Wires &wires,
                              std::span<const double> drives, unsigned sweeps);

} // namespace limen::imchw
