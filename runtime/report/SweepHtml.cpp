// A sweep as one page of HTML with its SVG in it.

#include "runtime/report/Html.h"
#include "runtime/report/Sweep.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::report;

namespace {

constexpr double width = 900, height = 460, left = 70, right = 20, top = 16,
                 bottom = 48;

constexpr std::string_view style = R"(<style>
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5c6670; --line: #d5dae0; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ae; --line: #39414a; --paper: #14181c; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.35rem; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } tr.front td { font-weight: 600; }
.scroll { overflow-x: auto; } svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font-size: 12px; } .axis { stroke: var(--line); fill: none; }
.front { stroke: var(--soft); stroke-width: 1.5; fill: none; } .bar { stroke: var(--line); }
circle { stroke: var(--paper); } circle.best { stroke: var(--ink); stroke-width: 2; } .soft { color: var(--soft); }
</style>
)";

/// Of the values of the first axis; after the last they start anew.
constexpr std::array<std::string_view, 8> colours = {
    "#0b62c4", "#d2500a", "#2c8a3d", "#8a3ec4",
    "#b3003c", "#0a8a94", "#94760a", "#5c6670"};

/// One axis of the plot: linear, or logarithmic where it spans much.
struct Scale {
  double low, high;
  double from, to; ///< pixels of its ends
  bool log = false;

  double at(double value) const {
    const double share = log ? std::log(value / low) / std::log(high / low)
                             : (value - low) / (high - low);
    return from + share * (to - from);
  }

  std::vector<double> ticks() const {
    std::vector<double> out;
    if (log) {
      for (double power = std::pow(10, std::floor(std::log10(low)));
           power <= high; power *= 10)
        for (const double factor : {1.0, 2.0, 5.0})
          if (power * factor >= low && power * factor <= high)
            out.push_back(power * factor);
      return out;
    }
    const double power = std::pow(10, std::floor(std::log10((high - low) / 5)));
    double step = power;
    for (const double factor : {2.0, 5.0})
      if (power * factor <= (high - low) / 4)
        step = power * factor;
    for (double k = std::ceil(low / step); k * step <= high; ++k)
      out.push_back(k * step);
    return out;
  }
};

/// Ends with a margin, also where all values are equal.
Scale scaleOf(const std::vector<double> &values, double from, double to,
              bool mayLog) {
  const auto [least, most] = std::ranges::minmax(values);
  if (mayLog && least > 0 && most / least > 3)
    return {least / 1.2, most * 1.2, from, to, true};
  const double margin =
      most > least ? 0.06 * (most - least) : std::max(0.05 * most, 1e-15);
  return {least - margin, most + margin, from, to};
}

std::string describe(std::span<const SweepAxis> axes, const SweepRow &row) {
  std::string text;
  for (size_t a = 0; a < axes.size(); ++a)
    text += fmt::format("{}={} ", axes[a].path, row.values[a]);
  return text + fmt::format(": {:.2f} %, {} per inference",
                            100 * row.accuracy->mean,
                            format(Joules(*row.energy)));
}

std::string plot(std::span<const SweepAxis> axes,
                 std::span<const SweepRow> rows,
                 const std::vector<bool> &front) {
  std::vector<double> energies, accuracies;
  for (const SweepRow &row : rows)
    if (row.energy && row.accuracy) {
      energies.push_back(*row.energy);
      accuracies.push_back(100 *
                           (row.accuracy->mean - row.accuracy->deviation));
      accuracies.push_back(100 *
                           (row.accuracy->mean + row.accuracy->deviation));
    }
  if (energies.empty())
    return "<p>No point has both an accuracy and an energy: there is nothing "
           "to plot.</p>\n";
  const Scale x = scaleOf(energies, left, width - right, true);
  const Scale y = scaleOf(accuracies, height - bottom, top, false);
  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" "
                                "aria-label=\"accuracy against energy\">\n",
                                width, height);
  for (const double tick : x.ticks())
    svg += fmt::format("<path class=\"axis\" d=\"M{0:.1f} {1}V{2}\"/><text "
                       "x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}"
                       "</text>\n",
                       x.at(tick), top, height - bottom, height - bottom + 16,
                       format(Joules(tick), 3));
  for (const double tick : y.ticks())
    svg += fmt::format("<path class=\"axis\" d=\"M{0} {1:.1f}H{2}\"/><text "
                       "x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.4g} %"
                       "</text>\n",
                       left, y.at(tick), width - right, left - 6,
                       y.at(tick) + 4, tick);
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">"
                     "energy per inference</text>\n",
                     (left + width - right) / 2, height - 8);

  std::vector<size_t> best;
  for (size_t i = 0; i < rows.size(); ++i)
    if (front[i])
      best.push_back(i);
  std::ranges::sort(best, {}, [&](size_t i) { return *rows[i].energy; });
  std::string line;
  for (const size_t i : best)
    line +=
        fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L",
                    x.at(*rows[i].energy), y.at(100 * rows[i].accuracy->mean));
  svg += fmt::format("<path class=\"front\" d=\"{}\"/>\n", line);

  for (size_t i = 0; i < rows.size(); ++i) {
    const SweepRow &row = rows[i];
    if (!row.energy || !row.accuracy)
      continue;
    const double cx = x.at(*row.energy), cy = y.at(100 * row.accuracy->mean);
    if (row.accuracy->deviation > 0)
      svg += fmt::format(
          "<path class=\"bar\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", cx,
          y.at(100 * (row.accuracy->mean - row.accuracy->deviation)),
          y.at(100 * (row.accuracy->mean + row.accuracy->deviation)));
    size_t colour = 0;
    if (!axes.empty())
      colour = std::ranges::find(axes[0].values, row.values[0]) -
               axes[0].values.begin();
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\" "
                       "fill=\"{}\"{}><title>{}</title></circle>\n",
                       cx, cy, colours[colour % colours.size()],
                       front[i] ? " class=\"best\"" : "",
                       escapeHtml(describe(axes, row)));
  }
  return svg + "</svg>\n";
}

std::string table(std::span<const SweepAxis> axes,
                  std::span<const SweepRow> rows,
                  const std::vector<bool> &front) {
  std::string text = "<div class=\"scroll\"><table><tr>";
  for (const SweepAxis &axis : axes)
    text += "<th>" + escapeHtml(axis.path) + "</th>";
  text += "<th>accuracy</th><th>sd</th><th>energy/inference</th>"
          "<th>range</th><th>time/inference</th><th></th></tr>\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    const SweepRow &row = rows[i];
    text += front[i] ? "<tr class=\"front\">" : "<tr>";
    for (const std::string &value : row.values)
      text += "<td>" + escapeHtml(value) + "</td>";
    text += fmt::format(
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "</tr>\n",
        row.accuracy ? fmt::format("{:.2f} %", 100 * row.accuracy->mean) : "-",
        row.accuracy && row.instances > 1
            ? fmt::format("{:.2f} %", 100 * row.accuracy->deviation)
            : "",
        row.energy ? format(Joules(*row.energy)) : "-",
        row.energyLow ? fmt::format("{} to {}", format(Joules(*row.energyLow)),
                                    format(Joules(*row.energyHigh)))
                      : "",
        row.time ? format(Seconds(*row.time)) : "-",
        !row.error.empty() ? escapeHtml(row.error)
        : front[i]         ? "Pareto"
                           : "");
  }
  return text + "</table></div>\n";
}

} // namespace

std::string limen::report::sweepHtml(std::string_view title,
                                     std::span<const SweepAxis> axes,
                                     std::span<const SweepRow> rows) {
  const std::vector<bool> front = paretoFront(rows);
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\"><head>"
                     "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                     "content=\"width=device-width, initial-scale=1\">\n"
                     "<title>limen sweep</title>\n";
  text += style;
  text += fmt::format("</head><body>\n<h1>{}</h1>\n", escapeHtml(title));
  text += plot(axes, rows, front);
  text +=
      "<p class=\"soft\">The line is the Pareto front: no other point is as "
      "accurate for less energy, or more accurate for as much.";
  if (!axes.empty()) {
    text += fmt::format(" Colours: {}", escapeHtml(axes[0].path));
    for (size_t v = 0; v < axes[0].values.size(); ++v)
      text += fmt::format(" <b style=\"color:{}\">{}</b>",
                          colours[v % colours.size()],
                          escapeHtml(axes[0].values[v]));
    text += ".";
  }
  text += " Bars: one standard deviation over chip instances.</p>\n";
  text += table(axes, rows, front);
  return text + "</body></html>\n";
}
