// The energy ledger: action count x price, plus static power x time.
//
// A model counts actions; prices come from the target's table. A joule is never
// reported without the row that it came from.
#pragma once

#include "hw-models/base/Quantity.h"

#include <cstdint>
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
  };

  /// Adds `count` actions at `price`.
  void charge(std::string_view component, std::string_view action,
              uint64_t count, const Price &price);

  /// Adds `power` drawn for `time`.
  void hold(std::string_view component, std::string_view action, Seconds time,
            const StaticPower &power);

  Joules total() const;
  const std::vector<Row> &rows() const { return table; }

private:
  Row &row(std::string_view component, std::string_view action);

  std::vector<Row> table;
};

} // namespace limen
