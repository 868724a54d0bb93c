// Reports for a terminal.

#include "runtime/report/Grid.h"
#include "runtime/report/Report.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

namespace {

/// Four significant digits, large numbers with a power of ten.
std::string shortNumber(double value) { return fmt::format("{:.4g}", value); }

std::string accuracyText(const Report &report) {
  const std::optional<double> accuracy = report.accuracy();
  if (!accuracy)
    return "no labels";
  return fmt::format("{:.2f} % ({} of {})", 100 * *accuracy, report.correct,
                     report.labelled);
}

std::string timeText(const Report &report) {
  if (report.time.value() <= 0)
    return "not modelled";
  return formatQuantity(report.perSample(report.time.value()), "s");
}

/// Both ends of an energy, divided by `parts`; "" without a range.
std::string rangeText(const std::optional<EnergyRange> &range, double parts) {
  if (!range)
    return "";
  return fmt::format("{} to {}",
                     formatQuantity(range->low.value() / parts, "J"),
                     formatQuantity(range->high.value() / parts, "J"));
}

double samplesOf(const Report &report) {
  return std::max(1.0, static_cast<double>(report.samples));
}

std::string energyText(const Report &report) {
  if (!report.energy)
    return "not modelled";
  return formatQuantity(report.perSample(report.energy->total().value()), "J");
}

std::string bitsText(Bits bits) {
  return formatQuantity(static_cast<double>(bits.value()), "bit");
}

std::string resourceText(const engine::Resource &resource) {
  std::string out = grouped(resource.used);
  if (resource.available > 0)
    out += " of " + grouped(resource.available);
  return resource.unit.empty() ? out : out + " " + resource.unit;
}

void head(std::string &out, const Report &report) {
  Grid grid({false, false});
  grid.row(
      {"network",
       fmt::format("{}: {} neurons, {} synapses, {} parameters", report.network,
                   grouped(static_cast<uint64_t>(report.neurons)),
                   grouped(report.synapses), grouped(report.parameters))});
  grid.row({"target", report.target.priceTable.empty()
                          ? report.target.name
                          : fmt::format("{}, prices: {}", report.target.name,
                                        report.target.priceTable)});
  grid.row({"samples",
            fmt::format("{}, {} steps of {} each", grouped(report.samples),
                        shortNumber(report.stepsPerSample),
                        format(report.stepTime))});
  grid.row({"accuracy", accuracyText(report)});
  out += grid.text();
}

/// One line for each of several independent networks.
void networks(std::string &out, const Report &report) {
  if (report.networks.size() < 2)
    return;
  Grid grid({false, false, true, true, true, true, true});
  grid.row({"network of", "output", "accuracy", "steps", "cycles/inference",
            "J/inference", "range"});
  grid.rule();
  for (const NetworkSummary &n : report.networks) {
    const std::optional<double> accuracy = n.accuracy();
    grid.row({n.name, n.output,
              accuracy ? fmt::format("{:.2f} % ({} of {})", 100 * *accuracy,
                                     n.correct, n.labelled)
                       : "no labels",
              shortNumber(report.perSample(static_cast<double>(n.steps))),
              n.cycles.value() > 0 ? shortNumber(report.perSample(
                                         static_cast<double>(n.cycles.value())))
                                   : "",
              n.energy
                  ? formatQuantity(report.perSample(n.energy->value()), "J")
                  : "",
              rangeText(n.range, samplesOf(report))});
  }
  out += '\n' + grid.text();
}

void activity(std::string &out, const Report &report) {
  Grid grid({false, false, true, true, true});
  grid.row(
      {"population", "shape", "neurons", "spikes/inference", "firing rate"});
  grid.rule();
  for (const Population &p : report.populations)
    grid.row({p.isInput ? p.name + " (input)" : p.name,
              network::toString(p.shape),
              p.isInput ? "" : grouped(static_cast<uint64_t>(p.size)),
              shortNumber(p.spikesPerSample), shortNumber(p.rate)});
  out += '\n' + grid.text();
}

void bitBudget(std::string &out, const Report &report) {
  Grid grid({false, true, true, true, true, true, true, true});
  grid.row({"connection", "n", "T", "b_w", "b_s", "BB", "S-ACE", "NS-ACE"});
  grid.rule();
  for (const Connection &c : report.connections)
    grid.row({c.name, grouped(c.synapses), shortNumber(c.steps),
              std::to_string(c.weightBits), std::to_string(c.spikeBits),
              shortNumber(c.bitBudget), shortNumber(c.sAce),
              shortNumber(c.nsAce)});
  grid.row({"total", grouped(report.synapses), "", "", "", "",
            shortNumber(report.totalSAce()), shortNumber(report.totalNsAce())});
  out += '\n' + grid.text();
}

std::string writingText(const engine::WritingCost &cost, double parts) {
  const auto share = [&](auto value) {
    return static_cast<double>(value) / parts;
  };
  return fmt::format("{} cells, {} pulses, {}, {} ({})",
                     shortNumber(share(cost.cells)),
                     shortNumber(share(cost.pulses)),
                     formatQuantity(share(cost.time.value()), "s"),
                     formatQuantity(share(cost.energy.value()), "J"),
                     rangeText(cost.range, parts));
}

void writing(Grid &grid, const Report &report) {
  const engine::Writing &writing = *report.writing;
  grid.row({"cells written once",
            fmt::format("{} ({}: {})", writingText(writing.program, 1),
                        toString(writing.status), writing.source)});
  if (writing.regions > 0)
    grid.row({"loads",
              fmt::format("{} regions, {} per inference",
                          shortNumber(report.perSample(
                              static_cast<double>(writing.regions))),
                          writingText(writing.loads,
                                      static_cast<double>(report.samples)))});
  const uint64_t writes = std::max(writing.ofProgram, writing.ofLoads);
  std::string text = grouped(writes);
  if (writing.endurance > 0)
    text += " of " + grouped(writing.endurance);
  if (const std::optional<double> left = report.inferencesUntilWorn())
    text += fmt::format(", worn after {} inferences", shortNumber(*left));
  grid.row({"writes of a cell", text});
}

void costs(std::string &out, const Report &report) {
  Grid grid({false, false});
  if (report.time.value() > 0) {
    const auto cycles = static_cast<double>(report.cycles.value());
    std::string text =
        fmt::format("{} ({} cycles) per inference", timeText(report),
                    shortNumber(report.perSample(cycles)));
    if (report.realTimeFactor)
      text +=
          fmt::format(", {} x real time", shortNumber(*report.realTimeFactor));
    if (report.neededFactor)
      text += fmt::format(" ({} would do)", shortNumber(*report.neededFactor));
    grid.row({"time on chip", text});
  } else {
    grid.row({"time on chip", "not modelled"});
  }
  for (const engine::Resource &resource : report.resources)
    grid.row({resource.name, resourceText(resource)});
  if (report.writing)
    writing(grid, report);
  grid.row(
      {"memory",
       fmt::format("{} (weights {}, drawn weights {}, state {}, readout "
                   "{})",
                   bitsText(report.memory()), bitsText(report.weightMemory),
                   bitsText(report.drawnMemory), bitsText(report.stateMemory),
                   bitsText(report.readoutMemory))});
  grid.row({"synaptic events",
            fmt::format("{} per inference, {} if dense",
                        shortNumber(report.perSample(
                            static_cast<double>(report.synapticEvents))),
                        shortNumber(report.denseOperations))});
  grid.row({"energy", report.energy
                          ? fmt::format("{} per inference, {} in total",
                                        energyText(report),
                                        format(report.energy->total()))
                          : "none: " + report.noEnergy});
  if (report.energy && report.energy->hasRange())
    grid.row(
        {"energy range",
         fmt::format("{} per inference, by the prices of other sources",
                     rangeText(rangeOf(*report.energy), samplesOf(report)))});
  if (report.hostSeconds)
    grid.row({"simulated in",
              fmt::format("{} on this machine", format(*report.hostSeconds))});
  out += '\n' + grid.text();
}

void energy(std::string &out, const Report &report) {
  if (!report.energy)
    return;
  Grid grid({false, false, true, true, true, true, false, false});
  grid.row({"component", "action", "count", "price", "J/inference", "range",
            "status", "source"});
  grid.rule();
  for (const Ledger::Row &row : report.energy->rows()) {
    const bool power = row.unit == "s";
    grid.row({row.component, row.action,
              power ? formatQuantity(row.count, "s") : shortNumber(row.count),
              formatQuantity(row.price, power ? "W" : "J"),
              formatQuantity(report.perSample(row.energy.value()), "J"),
              row.range ? rangeText(rangeOf(row), samplesOf(report)) : "",
              std::string(toString(row.status)), row.source});
  }
  out += '\n' + grid.text();
}

/// The fullest unit of each population and kind of work.
void realTime(std::string &out, const Report &report) {
  if (report.loads.empty())
    return;
  Grid grid({false, true, false, true, true, true, true, true});
  grid.row({"real time", "units", "fullest", "cycles", "margin", "overruns",
            "late", "dropped"});
  grid.rule();
  std::vector<std::string> names;
  for (const engine::UnitLoad &load : report.loads)
    if (std::find(names.begin(), names.end(), load.population) == names.end())
      names.push_back(load.population);
  for (const std::string &name : names) {
    uint64_t units = 0, overruns = 0, late = 0, dropped = 0;
    const engine::UnitLoad *fullest = nullptr;
    for (const engine::UnitLoad &load : report.loads)
      if (load.population == name) {
        ++units;
        overruns += load.overruns;
        late += load.late;
        dropped += load.dropped;
        if (!fullest || fullest->peak < load.peak)
          fullest = &load;
      }
    grid.row({name, grouped(units), fullest->unit,
              grouped(fullest->peak.value()),
              fmt::format("{:.1f} %",
                          100 * static_cast<double>(fullest->margin()) /
                              static_cast<double>(fullest->budget.value())),
              grouped(overruns), grouped(late), grouped(dropped)});
  }
  out += '\n' + grid.text();
}

void comparison(std::string &out, const Report &report) {
  if (!report.comparison)
    return;
  const Comparison &comparison = *report.comparison;
  out += fmt::format("\n  against {}: {} of {} predictions differ\n",
                     comparison.against, comparison.predictionsDifferent,
                     comparison.samples);
  Grid grid({false, true, false});
  for (const PopulationDifference &p : comparison.populations)
    grid.row({p.population, grouped(p.different),
              fmt::format("spikes differ of {}", grouped(p.spikes))});
  for (const engine::Cause &cause : comparison.causes)
    grid.row({cause.name, grouped(cause.count), cause.description});
  out += grid.text("    ");
}

void list(std::string &out, std::string_view title,
          const std::vector<std::string> &lines) {
  if (lines.empty())
    return;
  out += fmt::format("\n  {}\n", title);
  for (const std::string &line : lines)
    out += fmt::format("    - {}\n", line);
}

} // namespace

std::string limen::report::toTable(const Report &report) {
  std::string out;
  head(out, report);
  networks(out, report);
  activity(out, report);
  costs(out, report);
  energy(out, report);
  realTime(out, report);
  bitBudget(out, report);
  comparison(out, report);
  list(out, "assumptions", report.assumptions);
  list(out, "warnings", report.warnings);
  return out;
}

std::string limen::report::compareTable(std::span<const Report> reports) {
  std::vector<bool> right(reports.size() + 1, true);
  right.front() = false;
  Grid grid(right);
  auto line = [&](const std::string &name, auto cell) {
    std::vector<std::string> cells = {name};
    for (const Report &report : reports)
      cells.push_back(cell(report));
    grid.row(std::move(cells));
  };
  line("", [](const Report &r) { return r.target.name; });
  grid.rule();
  line("accuracy", accuracyText);
  line("samples", [](const Report &r) { return grouped(r.samples); });
  line("time per inference, on chip", timeText);
  line("energy per inference", energyText);
  line("bit budget BB", [](const Report &r) {
    // One number where all connections agree, else the range.
    if (r.connections.empty())
      return std::string("-");
    auto [low, high] = std::minmax_element(
        r.connections.begin(), r.connections.end(),
        [](const auto &a, const auto &b) { return a.bitBudget < b.bitBudget; });
    if (low->bitBudget == high->bitBudget)
      return shortNumber(low->bitBudget);
    return shortNumber(low->bitBudget) + " to " + shortNumber(high->bitBudget);
  });
  line("S-ACE", [](const Report &r) { return shortNumber(r.totalSAce()); });
  line("NS-ACE", [](const Report &r) { return shortNumber(r.totalNsAce()); });
  line("memory", [](const Report &r) { return bitsText(r.memory()); });
  line("resources", [](const Report &r) {
    if (r.resources.empty())
      return std::string("-");
    const engine::Resource &first = r.resources.front();
    return grouped(first.used) + " " + first.name;
  });
  line("spikes per inference", [](const Report &r) {
    return shortNumber(r.perSample(static_cast<double>(r.spikes())));
  });
  line("synaptic events per inference", [](const Report &r) {
    return shortNumber(r.perSample(static_cast<double>(r.synapticEvents)));
  });
  if (std::any_of(reports.begin(), reports.end(),
                  [](const Report &r) { return r.comparison.has_value(); }))
    line("predictions that differ", [](const Report &r) {
      return r.comparison
                 ? fmt::format("{} of {}", r.comparison->predictionsDifferent,
                               r.comparison->samples)
                 : std::string("-");
    });
  return grid.text();
}
