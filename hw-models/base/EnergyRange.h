// What an energy would be by the prices of other sources.
#pragma once

#include "hw-models/base/Ledger.h"

namespace limen {

/// The sum of some actions at their lowest and at their highest prices.
struct EnergyRange {
  Joules low, high;
};

/// Of one row: its energy where it has no range. A price outside of its range
/// widens it.
EnergyRange rangeOf(const Ledger::Row &row);

/// Of all rows, if any has a range.
std::optional<EnergyRange> rangeOf(const Ledger &ledger);

} // namespace limen
