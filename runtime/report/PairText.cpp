// A comparison for a terminal.

#include "runtime/report/Grid.h"
#include "runtime/report/Pair.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

static std::string differenceText(const PairReport &report,
                                  const PlacedDifference &at) {
  return fmt::format("sample {}, step {}, neuron {} of '{}': A fires {}, B {}",
                     at.sample, at.step, at.neuron,
                     report.populations[at.population].name, at.spikesA,
                     at.spikesB);
}

static std::string verdict(const PairReport &report) {
  if (report.identical())
    return fmt::format("identical: every spike of {} sample(s){}\n",
                       report.samples,
                       report.outputsCompared ? ", every output" : "");
  std::string out = fmt::format("different in {} of {} sample(s)\n",
                                report.samplesDifferent, report.samples);
  if (report.first)
    out += "  first: " + differenceText(report, *report.first) + "\n";
  else
    out += "  every spike is the same; the outputs are not\n";
  if (report.outputsCompared) {
    out += fmt::format("  outputs differ by up to {:.4g}\n",
                       report.largestOutputDifference);
    out += fmt::format("  another class is predicted in {} sample(s)\n",
                       report.predictionsDifferent);
  }
  return out;
}

static std::string windowText(const PairReport &report) {
  if (!report.first)
    return {};
  std::string out = fmt::format(
      "\nNeuron {} of '{}' in sample {}\n", report.first->neuron,
      report.populations[report.first->population].name, report.first->sample);
  std::vector<bool> right = {true, true, true};
  std::vector<std::string> head = {"step", "A", "B"};
  for (const StateWindow &state : report.states) {
    right.insert(right.end(), {true, true, true});
    head.insert(head.end(),
                {state.state + " of A", state.state + " of B", "B - A"});
  }
  right.push_back(false);
  Grid grid(right);
  grid.row(head);
  grid.rule();
  for (uint32_t k = 0; k < report.windowSteps; ++k) {
    const uint32_t step = report.windowStart + k;
    std::vector<std::string> cells = {std::to_string(step),
                                      std::to_string(report.windowA[k]),
                                      std::to_string(report.windowB[k])};
    for (const StateWindow &state : report.states) {
      auto cell = [&](const std::vector<float> &values) {
        return k < values.size() ? fmt::format("{}", values[k])
                                 : std::string("-");
      };
      cells.push_back(cell(state.a));
      cells.push_back(cell(state.b));
      cells.push_back(
          k < state.a.size() && k < state.b.size()
              ? fmt::format("{:.4g}", double(state.b[k]) - double(state.a[k]))
              : "-");
    }
    if (step == report.first->step)
      cells.push_back("<- first difference");
    cells.resize(right.size());
    grid.row(std::move(cells));
  }
  out += grid.text();
  if (!report.noStates.empty())
    out += "  " + report.noStates + "\n";
  return out;
}

std::string report::toTable(const PairReport &report) {
  std::string out;
  for (const auto &[letter, side] :
       {std::pair("A", &report.a), std::pair("B", &report.b)})
    out += fmt::format("{}  {}{}\n", letter, side->name,
                       side->target == "recorded" ? ", recorded"
                       : side->target.empty() || side->target == side->name
                           ? ""
                           : fmt::format(" on {}", side->target));
  out += "\n" + verdict(report);

  out +=
      fmt::format("\nSpikes (van Rossum: tau {:.4g} steps; Victor-Purpura: "
                  "{:.4g} per step{})\n",
                  report.options.tau, report.options.cost,
                  report.options.window > 0 ? fmt::format("; window {} step(s)",
                                                          report.options.window)
                                            : "");
  Grid grid({false, true, true, true, true, true, true, true, true, false});
  grid.row({"population", "A", "B",
            report.options.window > 0 ? "coincident" : "same", "trains",
            "differ", "D^2", "0..1", "VP", "0..1"});
  grid.rule();
  for (const PairPopulation &p : report.populations) {
    const TrainDistance &d = p.distance;
    grid.row({p.name, grouped(d.spikesA), grouped(d.spikesB),
              grouped(report.options.window > 0 ? d.coincident : d.same),
              grouped(d.trains), grouped(d.different),
              fmt::format("{:.4g}", d.vanRossum),
              fmt::format("{:.4f}", d.normalisedVanRossum()),
              fmt::format("{:.4g}", d.victorPurpura),
              fmt::format("{:.4f}", d.normalisedVictorPurpura())});
  }
  out += grid.text();
  out += windowText(report);

  bool heading = false;
  for (const PairPopulation &p : report.populations)
    if (p.first &&
        !(report.first && p.first->population == report.first->population)) {
      out += heading ? "" : "\nFirst difference of other populations\n";
      heading = true;
      out += "  " + differenceText(report, *p.first) + "\n";
    }

  const std::vector<std::string> reasons = explain(report);
  if (!reasons.empty())
    out += report.identical() ? "\nWhat could have differed\n"
                              : "\nWhy they may differ\n";
  for (const std::string &line : reasons)
    out += "  " + line + "\n";
  return out;
}
