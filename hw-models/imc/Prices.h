// What the actions of a macro cost, by the energy table that its file selects.
#pragma once

#include "hw-models/target/ImcMacro.h"

#include <optional>

namespace limen::imchw {

/// A price and what other sources ask.
struct RangedPrice {
  Price price;
  std::optional<PriceRange> range;
};

/// Prices of one conversion, of driving one row, of 1 nS conducting for one
/// read, and of adding one code.
///
///   prices           ImcMacro's own
///   periphery        SAR without a column, wires and access transistors of
///                    cells of 1 / g_max, k V / 0.5 V (b + 1) t_bit per
///                    siemens; a flash converter at half of its largest
///                    conductance
///   literature_*     ends of the published range
struct ImcPrices {
  RangedPrice conversion, rowDrive, conduction, accumulate;
};

ImcPrices pricesOf(const target::ImcMacro &machine);

} // namespace limen::imchw
