// Resistive cells: what a device makes of a conductance that it should have.
//
// Every effect is switchable in the target's `device` and drawn from (seed,
// identity of the region, cell), so a chip instance is a function of its seed.
// The order: levels, programming error, drift, stuck cells; read noise is drawn
// anew by each read and is not here.
#pragma once

#include "hw-models/base/Random.h"
#include "hw-models/target/ImcMacro.h"

namespace limen::imchw {

/// Standard deviation of a programmed cell's conductance around `target`, both
/// in siemens. With g in uS, sigma in uS (x magnitude):
///   Wan    max(0, 1.536e-4 g^3 - 1.167e-2 g^2 + 0.2374 g + 1.053)
///   Milo   4.782321 - 0.009107 g
///   Joshi  -0.00178767 g^2 + 0.07585724 g + 0.28638599
/// as in CrossSim 3.2, and polynomials in g / 40 uS as in AIHWKit's
/// ReRamWan2022 for 1 s, 1 day and 2 days. Beyond its fit a model stays what it
/// is at the end of it.
double programmingSigma(const target::ImcDevice &device, double target);

/// Standard deviation of one read of a cell of `conductance`.
double readSigma(const target::ImcDevice &device, double conductance);

/// Share of cells that break down at a forming voltage: Phi((V - mean) / sigma)
/// with 3.433 V and 0.114 V, fitted to the published breakdown voltages of 400
/// cells of the 40 nm array. And its inverse, for a share in (0, 1).
double formedShare(const target::ImcDevice &device, Volts forming);
Volts formingVoltage(const target::ImcDevice &device, double share);

/// A cell's conductance `time` after programming; `draw` is a standard normal.
///   Power        g (t / 20 s)^-nu, nu = clamp(-0.0155 ln(g/Gmax) + 0.0244,
///                0.049, 0.1) + draw clamp(-0.0125 ln(g/Gmax) - 0.0059, 0.008,
///                0.045)
///   Logarithmic  g - 0.08900206 ln t + draw (0.04201137 ln t + 0.41183342),
///                in uS, t in seconds (at least 1)
/// Both as in AIHWKit. Never below 0.
double drifted(const target::ImcDevice &device, double conductance,
               Seconds time, double draw);

/// Current of a cell at a share `drive` of the read voltage, relative to that
/// at the read voltage: sinh(k v) / sinh(k), the usual form of tunnelling
/// through a filament's gap; k = 0 is ohmic.
double nonlinearDrive(double drive, double k);

/// Which writing of a region this is. The first, with the program, has neither
/// a sample nor an index; loads over other regions are counted within a sample,
/// so that what they leave does not depend on which sample runs before.
struct Load {
  uint32_t sample = 0; ///< identity of the sample
  uint32_t index = 0;  ///< of the region's loads in this sample, from 0
};

/// The cells of one region of one chip instance. Programming errors are drawn
/// anew by each load; how a cell ages and whether it is stuck is not.
class Cells {
public:
  Cells(const target::ImcDevice &device, uint64_t seed, uint32_t identity,
        Load load = {});

  /// A written cell.
  double written(double target, uint32_t row, uint32_t column) const;
  /// A formed cell; 0 for one that did not break down.
  double formed(double conductance, uint32_t row, uint32_t column) const;

private:
  double aged(double conductance, uint32_t row, uint32_t column) const;

  const target::ImcDevice &device;
  Load load;
  RandomStream error, drift, stuck;
};

/// Writes of the cells of a region, against what they survive.
class Endurance {
public:
  explicit Endurance(uint64_t limit) : limit(limit) {}

  /// Counts `times` writes of each cell of a region. Errors: more than the
  /// cells survive, with both numbers.
  Result<void> write(uint64_t times = 1);
  uint64_t writes() const { return count; }

private:
  uint64_t limit, count = 0;
};

} // namespace limen::imchw
