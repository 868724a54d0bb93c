#include "hw-models/base/EnergyRange.h"

#include <algorithm>

using namespace limen;

EnergyRange limen::rangeOf(const Ledger::Row &row) {
  if (!row.range)
    return {row.energy, row.energy};
  return {Joules(row.count * std::min(row.range->low, row.price)),
          Joules(row.count * std::max(row.range->high, row.price))};
}

std::optional<EnergyRange> limen::rangeOf(const Ledger &ledger) {
  if (!ledger.hasRange())
    return std::nullopt;
  return EnergyRange{ledger.lowest(), ledger.highest()};
}
