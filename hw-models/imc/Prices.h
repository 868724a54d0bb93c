// What the actions of a macro cost, by the energy table that its file selects.
#pragma once

#include "hw-models/target/ImcMacro.h"

namespace limen::imchw {

/// A price and what other sources ask. The price is within the range: one that
/// is not widens it.
template <typename Q> struct Ranged {
  Sourced<Q> price;
  PriceRange range;
};
using RangedPrice = Ranged<Joules>;
using RangedPower = Ranged<Watts>;

/// What everything costs that a chip of macros does.
///
///   prices           ImcMacro's own
///   periphery        SAR without a column, wires and access transistors of
///                    cells of 1 / g_max, k V / 0.5 V (b + 1) t_bit per
///                    siemens; a flash converter at half of its largest
///                    conductance
///   literature_*     ends of the published range
///
/// Ranges are those of the file's `literature`; what it leaves out may be
/// ImcEnergy::assumedRange times as much or as little, and says so.
struct ImcPrices {
  RangedPrice conversion; ///< one, of the converter's bits
  RangedPrice rowDrive;   ///< one row driven with one bit
  RangedPrice rowLevel;   ///< one level of a row; 0 without `energy.dac`
  RangedPrice conduction; ///< 1 nS for one read
  RangedPrice accumulate; ///< adding one code
  /// Operations and words of neuron updates and readouts.
  RangedPrice add, multiply, compare, select, other, stateAccess;
  RangedPrice writePulse;
  RangedPower macroLeakage; ///< of one macro
  RangedPower unitLeakage;  ///< of the digital unit
};

ImcPrices pricesOf(const target::ImcMacro &machine);

} // namespace limen::imchw
