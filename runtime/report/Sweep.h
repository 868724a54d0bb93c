// A grid of target parameters and what the runs at its points say: rows, their
// Pareto front, CSV text, a page with a plot.
#pragma once

#include "runtime/report/Report.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limen::report {

/// A parameter of a target and the values it takes.
struct SweepAxis {
  std::string path; ///< dotted, "adc.bits"
  std::vector<std::string> values;
};

/// Reads "adc.bits=4,6,8". Errors: no path, no values, an empty value, a value
/// twice.
Result<SweepAxis> parseAxis(std::string_view text);

/// Every combination of the axes' values, the last axis fastest; one empty
/// point without axes. Errors: a path twice.
Result<std::vector<std::vector<std::string>>>
sweepGrid(std::span<const SweepAxis> axes);

/// "adc.bits=4,device.read_noise=0": names a point on any grid of these axes,
/// and a folder ('/' in a value becomes %2F, '%' %25).
std::string pointName(std::span<const SweepAxis> axes,
                      std::span<const std::string> values);

/// Mean over chip instances and its deviation (n - 1; 0 for one instance).
struct Spread {
  double mean = 0;
  double deviation = 0;
};

/// One point of the grid. What no run has is absent.
struct SweepRow {
  std::vector<std::string> values; ///< of the axes, in order
  uint64_t instances = 0;
  uint64_t samples = 0; ///< of one instance
  std::optional<Spread> accuracy;
  std::optional<double> energy; ///< J per inference
  std::optional<double> energyLow, energyHigh;
  std::optional<double> time; ///< s per inference
  std::string error;          ///< why it did not run, "" if it did
};

/// A row from the reports of the point's instances.
SweepRow sweepRow(std::vector<std::string> values,
                  std::span<const Report> reports);

/// Which rows no other row beats: with at least its accuracy for at most its
/// energy, and better in one of them. Rows without either are not on it.
std::vector<bool> paretoFront(std::span<const SweepRow> rows);

/// One line per row under a header: the axes, instances, samples, accuracy,
/// accuracy_sd, energy_J, energy_low_J, energy_high_J, time_s, pareto, error.
std::string sweepCsv(std::span<const SweepAxis> axes,
                     std::span<const SweepRow> rows);

/// The same for a terminal.
std::string sweepTable(std::span<const SweepAxis> axes,
                       std::span<const SweepRow> rows);

/// A page that needs nothing else: accuracy against energy with the Pareto
/// front as SVG, and all rows as a table. `title` is plain text.
std::string sweepHtml(std::string_view title, std::span<const SweepAxis> axes,
                      std::span<const SweepRow> rows);

} // namespace limen::report
