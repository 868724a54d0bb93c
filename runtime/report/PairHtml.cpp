// A comparison as one page of HTML: its SVG and its script are in it.

#include "runtime/report/Html.h"
#include "runtime/report/Pair.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

namespace {

/// Marks in one picture; more would make a page that no browser likes.
constexpr size_t mostMarks = 60000;

constexpr double plotWidth = 900, left = 60, right = 20, bottom = 28;

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>limen compare</title>
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5c6670; --line: #d5dae0;
  --paper: #ffffff; --both: #8a949e; --a: #0b62c4; --b: #d2500a; --mark: #b3003c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ae; --line: #39414a;
  --paper: #14181c; --both: #7d8791; --a: #6cb0ff; --b: #ff9a56; --mark: #ff5c8a; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.35rem; } h2 { font-size: 1.05rem; margin-top: 1.8rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
tr.first td { color: var(--mark); font-weight: 600; }
.scroll { overflow-x: auto; } svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font-size: 12px; } .axis { stroke: var(--line); fill: none; }
.both { stroke: var(--both); } .onlya { stroke: var(--a); } .onlyb { stroke: var(--b); }
.marks path { stroke-width: 1.6; fill: none; } .mark { stroke: var(--mark); stroke-dasharray: 4 3; fill: none; }
.hide-both .both, .hide-onlya .onlya, .hide-onlyb .onlyb { display: none; }
.key { margin-right: 1.2rem; white-space: nowrap; } .key svg { display: inline; width: 14px; height: 14px; vertical-align: -2px; }
.soft { color: var(--soft); } #where { min-height: 1.4em; } code { overflow-wrap: anywhere; }
</style></head><body>
)";

constexpr std::string_view script = R"(<script>
for (const box of document.querySelectorAll('input[data-kind]'))
  box.addEventListener('change', () =>
    document.body.classList.toggle('hide-' + box.dataset.kind, !box.checked));
const where = document.getElementById('where');
for (const svg of document.querySelectorAll('svg[data-steps]'))
  svg.addEventListener('mousemove', event => {
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal, d = svg.dataset;
    const x = (event.clientX - box.left) / box.width * view.width;
    const y = (event.clientY - box.top) / box.height * view.height;
    const step = Math.floor((x - d.left) / d.plot * d.steps);
    const neuron = Math.floor(y / d.height * d.neurons);
    where.textContent = step >= 0 && step < d.steps && neuron >= 0 && neuron < d.neurons
      ? d.name + ': step ' + step + ', neuron ' + neuron : '';
  });
</script></body></html>
)";

/// A step of about a fifth of `range` that people like: 1, 2 or 5 x 10^k.
uint32_t niceStep(double range) {
  double power = 1;
  while (power * 10 <= range / 5)
    power *= 10;
  for (const double factor : {5.0, 2.0})
    if (power * factor <= range / 5)
      return static_cast<uint32_t>(power * factor);
  return static_cast<uint32_t>(power);
}

/// What both rasters have, and what only one has.
struct Parts {
  engine::Raster both, onlyA, onlyB;
};

Parts partsOf(const engine::Raster &a, const engine::Raster &b) {
  Parts parts;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                        std::back_inserter(parts.both));
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                      std::back_inserter(parts.onlyA));
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(),
                      std::back_inserter(parts.onlyB));
  return parts;
}

class Page {
public:
  explicit Page(const PairReport &report) : report(report) {}

  std::string text() {
    out = head;
    title();
    distances();
    rasters();
    window();
    reasons();
    out += script;
    return std::move(out);
  }

private:
  void title() {
    out += fmt::format("<h1>{}</h1>\n<p><b>A</b> <code>{}</code> <span "
                       "class=\"soft\">{}</span><br><b>B</b> "
                       "<code>{}</code> <span class=\"soft\">{}</span></p>\n",
                       report.identical() ? "Identical" : "Different",
                       escapeHtml(report.a.name), escapeHtml(report.a.target),
                       escapeHtml(report.b.name), escapeHtml(report.b.target));
    if (report.first)
      out += fmt::format(
          "<p>{} of {} sample(s) differ. First difference: sample {}, step "
          "{}, neuron {} of <b>{}</b>: A fires {}, B {}.</p>\n",
          report.samplesDifferent, report.samples,
          escapeHtml(report.first->sample), report.first->step,
          report.first->neuron,
          escapeHtml(report.populations[report.first->population].name),
          report.first->spikesA, report.first->spikesB);
    else if (!report.identical())
      out += fmt::format("<p>Every spike is the same; outputs differ by up to "
                         "{:.4g}.</p>\n",
                         report.largestOutputDifference);
    else
      out += fmt::format("<p>Every spike of {} sample(s) is the same.</p>\n",
                         report.samples);
  }

  void distances() {
    out += fmt::format(
        "<h2>Distances</h2>\n<p class=\"soft\">Normalised: 0 equal, 1 nothing "
        "in common. Van Rossum with tau {:.4g} steps, Victor-Purpura with "
        "{:.4g} per step.</p>\n<div class=\"scroll\"><table><tr>"
        "<th>population</th><th>spikes A</th><th>spikes B</th><th>same</th>"
        "<th>coincident</th><th>van Rossum D&sup2;</th><th>normalised</th>"
        "<th>Victor-Purpura</th><th>normalised</th></tr>\n",
        report.options.tau, report.options.cost);
    for (const PairPopulation &p : report.populations)
      out += fmt::format(
          "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
          "<td>{:.4g}</td><td>{:.4f}</td><td>{:.4g}</td><td>{:.4f}</td></tr>\n",
          escapeHtml(p.name), p.distance.spikesA, p.distance.spikesB,
          p.distance.same, p.distance.coincident, p.distance.vanRossum,
          p.distance.normalisedVanRossum(), p.distance.victorPurpura,
          p.distance.normalisedVictorPurpura());
    out += "</table></div>\n";
  }

  void rasters() {
    out += fmt::format("<h2>Spikes of sample {}</h2>\n<p>",
                       escapeHtml(report.pictured));
    const std::array<std::array<std::string_view, 3>, 3> keys = {
        {{"both", "both", "M7 2V12"},
         {"onlya", "A alone", "M2 3 12 11M2 11 12 3"},
         {"onlyb", "B alone", "M7 2 12 7 7 12 2 7Z"}}};
    for (const auto &[kind, name, path] : keys)
      out += fmt::format(
          "<label class=\"key\"><input type=\"checkbox\" data-kind=\"{}\" "
          "checked> <svg viewBox=\"0 0 14 14\"><path class=\"{}\" "
          "fill=\"none\" "
          "stroke-width=\"1.8\" d=\"{}\"/></svg> {}</label>",
          kind, kind, path, name);
    out += "</p>\n<p id=\"where\" class=\"soft\"></p>\n";
    for (size_t p = 0; p < report.rastersA.size(); ++p)
      raster(p);
  }

  void raster(size_t p) {
    const PairPopulation &population = report.populations[p];
    const Parts parts = partsOf(report.rastersA[p], report.rastersB[p]);
    uint64_t neurons = static_cast<uint64_t>(population.neurons);
    for (const auto *part : {&parts.both, &parts.onlyA, &parts.onlyB})
      for (const uint64_t spike : *part)
        neurons = std::max<uint64_t>(neurons, (spike & 0xffffffff) + 1);
    neurons = std::max<uint64_t>(neurons, 1);
    const double steps = std::max<uint32_t>(report.picturedSteps, 1);
    const double height =
        std::clamp(static_cast<double>(neurons) * 14.0, 56.0, 420.0);
    auto x = [&](double step) { return left + plotWidth * (step / steps); };
    auto y = [&](double neuron) {
      return height * (neuron / static_cast<double>(neurons));
    };

    out += fmt::format(
        "<p><b>{}</b> <span class=\"soft\">{} neuron(s)</span></p>\n<svg "
        "viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"raster of {}\" "
        "data-name=\"{}\" data-steps=\"{}\" data-neurons=\"{}\" "
        "data-left=\"{}\" data-plot=\"{}\" data-height=\"{:.0f}\">\n",
        escapeHtml(population.name), neurons, left + plotWidth + right,
        height + bottom, escapeHtml(population.name),
        escapeHtml(population.name), steps, neurons, left, plotWidth, height);
    out += fmt::format("<rect class=\"axis\" x=\"{}\" y=\"0\" width=\"{}\" "
                       "height=\"{:.1f}\"/>\n",
                       left, plotWidth, height);
    const uint32_t ticks = niceStep(steps);
    for (uint32_t t = 0; t < steps; t += ticks)
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" "
                         "text-anchor=\"middle\">{}</text>\n",
                         x(t + 0.5), height + 16, t);
    const uint32_t rows = niceStep(static_cast<double>(neurons));
    for (uint64_t n = 0; n < neurons; n += rows)
      out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" "
                         "text-anchor=\"end\">{}</text>\n",
                         left - 6, y(static_cast<double>(n) + 0.5) + 4, n);
    if (report.first && report.first->place == pictured() && population.first)
      out += fmt::format("<path class=\"mark\" d=\"M{:.1f} 0V{:.1f}\"><title>"
                         "first difference of {}: step {}</title></path>\n",
                         x(population.first->step + 0.5), height,
                         escapeHtml(population.name), population.first->step);
    out += "<g class=\"marks\">\n";
    const double tall =
        std::clamp(0.8 * height / static_cast<double>(neurons), 1.5, 7.0);
    const double wide = std::clamp(0.4 * plotWidth / steps, 1.2, 4.0);
    size_t room = mostMarks;
    // The differences first: they are what the page is for.
    auto marks = [&](const engine::Raster &part, const char *kind, auto shape) {
      std::string path;
      for (const uint64_t spike : part) {
        if (room == 0)
          break;
        --room;
        path += shape(x(static_cast<double>(spike >> 32) + 0.5),
                      y(static_cast<double>(spike & 0xffffffff) + 0.5));
      }
      out += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", kind, path);
    };
    marks(parts.onlyA, "onlya", [&](double u, double v) {
      return fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}m0 {:.1f}l{:.1f} {:.1f}",
                         u - wide, v - tall / 2, 2 * wide, tall, -tall,
                         -2 * wide, tall);
    });
    marks(parts.onlyB, "onlyb", [&](double u, double v) {
      return fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} "
                         "{:.1f}Z",
                         u, v - tall / 2, wide, tall / 2, -wide, tall / 2,
                         -wide, -tall / 2);
    });
    marks(parts.both, "both", [&](double u, double v) {
      return fmt::format("M{:.1f} {:.1f}v{:.1f}", u, v - tall / 2, tall);
    });
    out += "</g></svg>\n";
    const size_t all =
        parts.both.size() + parts.onlyA.size() + parts.onlyB.size();
    if (all > mostMarks)
      out += fmt::format("<p class=\"soft\">{} of {} spikes are drawn.</p>\n",
                         mostMarks, all);
  }

  size_t pictured() const { return report.first ? report.first->place : 0; }

  void window() {
    if (!report.first)
      return;
    out += fmt::format(
        "<h2>Neuron {} of {}</h2>\n", report.first->neuron,
        escapeHtml(report.populations[report.first->population].name));
    out += "<div class=\"scroll\"><table><tr><th>step</th><th>spikes A</th>"
           "<th>spikes B</th>";
    for (const StateWindow &state : report.states)
      out += fmt::format("<th>{0} of A</th><th>{0} of B</th><th>B - A</th>",
                         escapeHtml(state.state));
    out += "</tr>\n";
    for (uint32_t k = 0; k < report.windowSteps; ++k) {
      const uint32_t step = report.windowStart + k;
      out += fmt::format("<tr{}><td>{}</td><td>{}</td><td>{}</td>",
                         step == report.first->step ? " class=\"first\"" : "",
                         step, report.windowA[k], report.windowB[k]);
      for (const StateWindow &state : report.states) {
        for (const auto *values : {&state.a, &state.b})
          out += k < values->size() ? fmt::format("<td>{}</td>", (*values)[k])
                                    : "<td>-</td>";
        out += k < state.a.size() && k < state.b.size()
                   ? fmt::format("<td>{:.4g}</td>",
                                 double(state.b[k]) - double(state.a[k]))
                   : "<td>-</td>";
      }
      out += "</tr>\n";
    }
    out += "</table></div>\n";
    if (!report.noStates.empty())
      out += "<p class=\"soft\">" + escapeHtml(report.noStates) + "</p>\n";
  }

  void reasons() {
    const std::vector<std::string> lines = explain(report);
    if (lines.empty())
      return;
    out += report.identical() ? "<h2>What could have differed</h2>\n<ul>\n"
                              : "<h2>Why they may differ</h2>\n<ul>\n";
    for (const std::string &line : lines)
      out += "<li>" + escapeHtml(line) + "</li>\n";
    out += "</ul>\n";
  }

  const PairReport &report;
  std::string out;
};

} // namespace

std::string report::toHtml(const PairReport &report) {
  return Page(report).text();
}
