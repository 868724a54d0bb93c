// The energy ledger: action count x price, plus static power x time.
//
// A model counts actions; prices come from the target's table. A joule is never
// reported without the row that it came from.
#pragma once

#include "hw-models/base/Quantity.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace limen {

/// How well a number is known.
enum class Status { Measured, Published, Derived, Assumed };

std::string_view toString(Status status);
Result<Status> parseStatus(std::string_view text);

/// A number of a table together with where it comes from.
template <typename T> struct Sourced {
  T value{};
  Status status = Status::Assumed;
  std::string source;
};

using Price = Sourced<Joules>;
using StaticPower = Sourced<Watts>;

/// What other sources ask for an action, beside the price that is charged.
struct PriceRange {
  double low = 0, high = 0; ///< J per action, or W
  std::string source;
};

/// Energy by component. Rows keep the order in which they were first charged.
class Ledger {
public:
  struct Row {
    std::string component; ///< "router", "adc", ...
    std::string action;    ///< what was counted: "packet", "conversion", ...
    double count = 0;      ///< actions, or seconds for static power
    std::string unit;      ///< unit of `count`: "1" or "s"
    double price = 0;      ///< J per action, or W
    Joules energy;
    Status status = Status::Assumed;
    std::string source;
    std::optional<PriceRange> range;
  };

  /// Adds `count` actions at `price`.
  void charge(std::string_view component, std::string_view action,
              uint64_t count, const Price &price);

  /// Adds `power` drawn for `time`.
  void hold(std::string_view component, std::string_view action, Seconds time,
            const StaticPower &power);

  /// States the range of a row's price.
  void bound(std::string_view component, std::string_view action,
             PriceRange range);

  Joules total() const;
  /// The sums with every row at its lowest and at its highest price; rows
  /// without a range count as they are.
  Joules lowest() const;
  Joules highest() const;
  bool hasRange() const;
  const std::vector<Row> &rows() const { return table; }

private:
  Row &row(std::string_view component, std::string_view action);

  std::vector<Row> table;
};

} // namespace limen
