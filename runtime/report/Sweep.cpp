#include "runtime/report/Sweep.h"

#include "runtime/report/Grid.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

Result<SweepAxis> limen::report::parseAxis(std::string_view text) {
  constexpr const char *usage = "PATH=VALUE,VALUE,... was wanted, e.g. "
                                "adc.bits=4,6,8";
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return Error(fmt::format("--vary '{}': {}", text, usage));
  SweepAxis axis;
  axis.path = text.substr(0, equals);
  for (std::string_view rest = text.substr(equals + 1);;) {
    const size_t comma = rest.find(',');
    std::string value(rest.substr(0, comma));
    if (value.empty())
      return Error(fmt::format("--vary '{}': value {} is empty; {}", text,
                               axis.values.size() + 1, usage));
    if (std::ranges::find(axis.values, value) != axis.values.end())
      return Error(
          fmt::format("--vary '{}': the value {} is there twice", text, value));
    axis.values.push_back(std::move(value));
    if (comma == std::string_view::npos)
      return axis;
    rest.remove_prefix(comma + 1);
  }
}

Result<std::vector<std::vector<std::string>>>
limen::report::sweepGrid(std::span<const SweepAxis> axes) {
  std::vector<std::vector<std::string>> points(1);
  for (size_t a = 0; a < axes.size(); ++a) {
    for (size_t b = 0; b < a; ++b)
      if (axes[b].path == axes[a].path)
        return Error(fmt::format("--vary {}: given twice", axes[a].path))
            .note("give all its values at once, separated by commas");
    std::vector<std::vector<std::string>> longer;
    for (const std::vector<std::string> &point : points)
      for (const std::string &value : axes[a].values) {
        longer.push_back(point);
        longer.back().push_back(value);
      }
    points = std::move(longer);
  }
  return points;
}

std::string limen::report::pointName(std::span<const SweepAxis> axes,
                                     std::span<const std::string> values) {
  std::string name;
  for (size_t a = 0; a < axes.size(); ++a) {
    name += fmt::format("{}{}=", a ? "," : "", axes[a].path);
    for (const char c : values[a])
      if (c == '/' || c == '%')
        name += fmt::format("%{:02X}", static_cast<unsigned>(c));
      else
        name += c;
  }
  return name;
}

SweepRow limen::report::sweepRow(std::vector<std::string> values,
                                 std::span<const Report> reports) {
  SweepRow row;
  row.values = std::move(values);
  row.instances = reports.size();
  if (reports.empty())
    return row;
  const auto n = static_cast<double>(reports.size());
  row.samples = reports.front().samples;
  std::vector<double> accuracies;
  double energy = 0, low = 0, high = 0, time = 0;
  bool priced = true, ranged = true;
  for (const Report &report : reports) {
    if (const std::optional<double> accuracy = report.accuracy())
      accuracies.push_back(*accuracy);
    priced = priced && report.energy.has_value();
    if (report.energy) {
      energy += report.perSample(report.energy->total().value()) / n;
      ranged = ranged && report.energy->hasRange();
      low += report.perSample(report.energy->lowest().value()) / n;
      high += report.perSample(report.energy->highest().value()) / n;
    }
    time += report.perSample(report.time.value()) / n;
  }
  if (accuracies.size() == reports.size()) {
    Spread spread;
    for (const double accuracy : accuracies)
      spread.mean += accuracy / n;
    for (const double accuracy : accuracies)
      spread.deviation += (accuracy - spread.mean) * (accuracy - spread.mean);
    spread.deviation =
        reports.size() > 1 ? std::sqrt(spread.deviation / (n - 1)) : 0;
    row.accuracy = spread;
  }
  if (priced) {
    row.energy = energy;
    if (ranged) {
      row.energyLow = low;
      row.energyHigh = high;
    }
  }
  if (time > 0)
    row.time = time;
  return row;
}

std::vector<bool> limen::report::paretoFront(std::span<const SweepRow> rows) {
  std::vector<bool> front(rows.size());
  for (size_t i = 0; i < rows.size(); ++i)
    front[i] = rows[i].accuracy && rows[i].energy &&
               std::ranges::none_of(rows, [&](const SweepRow &other) {
                 return other.accuracy && other.energy &&
                        other.accuracy->mean >= rows[i].accuracy->mean &&
                        *other.energy <= *rows[i].energy &&
                        (other.accuracy->mean > rows[i].accuracy->mean ||
                         *other.energy < *rows[i].energy);
               });
  return front;
}

/// A field of a CSV line, in quotes where it needs them.
static std::string field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos)
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    out += c;
    if (c == '"')
      out += c;
  }
  return out + '"';
}

static std::string number(const std::optional<double> &value) {
  return value ? fmt::format("{}", *value) : std::string();
}

std::string limen::report::sweepCsv(std::span<const SweepAxis> axes,
                                    std::span<const SweepRow> rows) {
  std::string text;
  for (const SweepAxis &axis : axes)
    text += field(axis.path) + ",";
  text += "instances,samples,accuracy,accuracy_sd,energy_J,energy_low_J,"
          "energy_high_J,time_s,pareto,error\n";
  const std::vector<bool> front = paretoFront(rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    const SweepRow &row = rows[i];
    for (const std::string &value : row.values)
      text += field(value) + ",";
    if (!row.error.empty()) {
      text += ",,,,,,,,," + field(row.error) + "\n";
      continue;
    }
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{},\n", row.instances, row.samples,
        row.accuracy ? fmt::format("{}", row.accuracy->mean) : "",
        row.accuracy ? fmt::format("{}", row.accuracy->deviation) : "",
        number(row.energy), number(row.energyLow), number(row.energyHigh),
        number(row.time), front[i] ? 1 : 0);
  }
  return text;
}

std::string limen::report::sweepTable(std::span<const SweepAxis> axes,
                                      std::span<const SweepRow> rows) {
  std::vector<bool> right(axes.size() + 5, true);
  right.back() = false;
  Grid grid(right);
  std::vector<std::string> head;
  for (const SweepAxis &axis : axes)
    head.push_back(axis.path);
  head.insert(head.end(), {"accuracy", "sd", "energy/inference",
                           "time/inference", "Pareto"});
  grid.row(std::move(head));
  grid.rule();
  const std::vector<bool> front = paretoFront(rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    const SweepRow &row = rows[i];
    std::vector<std::string> cells = row.values;
    const auto percent = [](double share) {
      return fmt::format("{:.2f} %", 100 * share);
    };
    cells.push_back(row.accuracy ? percent(row.accuracy->mean) : "-");
    cells.push_back(row.accuracy && row.instances > 1
                        ? percent(row.accuracy->deviation)
                        : "");
    cells.push_back(row.energy ? format(Joules(*row.energy)) : "-");
    cells.push_back(row.time ? format(Seconds(*row.time)) : "-");
    cells.push_back(!row.error.empty() ? "failed" : front[i] ? "*" : "");
    grid.row(std::move(cells));
  }
  return grid.text();
}
