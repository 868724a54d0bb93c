#include "hw-models/base/Ledger.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;

std::string_view limen::toString(Status status) {
  switch (status) {
  case Status::Measured:
    return "measured";
  case Status::Published:
    return "published";
  case Status::Derived:
    return "derived";
  case Status::Assumed:
    return "assumed";
  }
  return "assumed";
}

Result<Status> limen::parseStatus(std::string_view text) {
  for (Status status :
       {Status::Measured, Status::Published, Status::Derived, Status::Assumed})
    if (text == toString(status))
      return status;
  return Error(fmt::format("'{}' is not a status; one of measured, published, "
                           "derived, assumed was wanted",
                           text));
}

Ledger::Row &Ledger::row(std::string_view component, std::string_view action) {
  for (Row &row : table)
    if (row.component == component && row.action == action)
      return row;
  Row &added = table.emplace_back();
  added.component = component;
  added.action = action;
  return added;
}

void Ledger::charge(std::string_view component, std::string_view action,
                    uint64_t count, const Price &price) {
  Row &entry = row(component, action);
  entry.count += static_cast<double>(count);
  entry.unit = "1";
  entry.price = price.value.value();
  entry.status = price.status;
  entry.source = price.source;
  entry.energy = Joules(entry.count * entry.price);
}

void Ledger::hold(std::string_view component, std::string_view action,
                  Seconds time, const StaticPower &power) {
  Row &entry = row(component, action);
  entry.count += time.value();
  entry.unit = "s";
  entry.price = power.value.value();
  entry.status = power.status;
  entry.source = power.source;
  entry.energy = Joules(entry.count * entry.price);
}

Joules Ledger::total() const {
  Joules sum;
  for (const Row &row : table)
    sum += row.energy;
  return sum;
}

void Ledger::bound(std::string_view component, std::string_view action,
                   PriceRange range) {
  row(component, action).range = std::move(range);
}

Joules Ledger::lowest() const {
  Joules sum;
  for (const Row &row : table)
    sum += row.range ? Joules(row.count * std::min(row.range->low, row.price))
                     : row.energy;
  return sum;
}

Joules Ledger::highest() const {
  Joules sum;
  for (const Row &row : table)
    sum += row.range ? Joules(row.count * std::max(row.range->high, row.price))
                     : row.energy;
  return sum;
}

bool Ledger::hasRange() const {
  return std::any_of(table.begin(), table.end(),
                     [](const Row &row) { return row.range.has_value(); });
}
