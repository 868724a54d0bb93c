#include "hw-models/base/Files.h"
#include "hw-models/imc/Periphery.h"
#include "hw-models/target/Target.h"
#include "test/benchmark/rram/Mode.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <sstream>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;

namespace {

/// A row by the names of its columns.
class Row {
public:
  Row(const std::string &file, size_t line,
      const std::map<std::string, std::string> &cells)
      : place{file, static_cast<unsigned>(line), 0, {}}, cells(cells) {}

  double number(const std::string &column) {
    const auto at = cells.find(column);
    double value = 0;
    if (at == cells.end()) {
      fail(fmt::format("has no column '{}'", column));
      return 0;
    }
    const std::string &text = at->second;
    const auto [end, code] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() ||
        !std::isfinite(value))
      fail(fmt::format("column '{}' holds '{}'; a number was wanted", column,
                       text));
    return value;
  }

  unsigned whole(const std::string &column, double low, double high) {
    const double value = number(column);
    if (value < low || value > high || value != std::floor(value)) {
      fail(fmt::format("column '{}' is {}; a whole number from {} to {} was "
                       "wanted",
                       column, value, low, high));
      return static_cast<unsigned>(low);
    }
    return static_cast<unsigned>(value);
  }

  void fail(std::string message) {
    if (!failure)
      failure = Error(std::move(message), place);
  }
  const std::optional<Error> &error() const { return failure; }

private:
  Place place;
  const std::map<std::string, std::string> &cells;
  std::optional<Error> failure;
};

struct Figures {
  double converters = 0, wordLines = 0; ///< pJ
  uint64_t cycles = 0;
};

/// The machine of a node, with what the row says about its voltages.
Result<target::ImcMacro> machineOf(Row &row) {
  const unsigned node = row.whole("tech", 1, 1000);
  Result<target::Target> target = target::loadDocument(
      fmt::format("rram-neurosim-{}nm", node),
      {fmt::format("array.vdd={} V", row.number("vdd")),
       fmt::format("array.v_read={} V", row.number("vread"))});
  if (!target)
    return target.takeError().note(
        fmt::format("column 'tech' is {}; a node is added by a file in "
                    "hw-models/chips",
                    node));
  return target::ImcMacro::parse(target->document);
}

/// Rows and ON cells of the sweep's pattern: row i is active if it is (7 k) mod
/// rows for a k below the count, cell (i, j) is ON if (31 i + 17 j) mod 100 is
/// below the share in percent.
ArrayRead readOf(Row &row) {
  ArrayRead read;
  read.rows = row.whole("rows", 1, 1e5);
  read.columns = row.whole("cols", 1, 1e5);
  read.on = row.number("ron");
  read.off = row.number("roff");
  if (!(read.on > 0 && read.off > 0))
    row.fail("a cell has no positive resistance");
  read.sharedColumns = row.whole("mux", 1, 1e5);
  read.parallelRows = row.whole("parallel", 1, 1e5);
  read.flash = row.whole("sar", 0, 1) == 0;
  read.levels = row.whole("levels", read.flash ? 4 : 2, 1 << 24);
  const unsigned active = row.whole("active_rows", 0, read.rows);
  for (uint64_t k = 0; k < active; ++k)
    read.activeRows.push_back(static_cast<uint32_t>(7 * k % read.rows));
  std::sort(read.activeRows.begin(), read.activeRows.end());
  read.activeRows.erase(
      std::unique(read.activeRows.begin(), read.activeRows.end()),
      read.activeRows.end());
  const double percent = 100 * row.number("on_frac");
  read.isOn = [percent](uint32_t i, uint32_t j) {
    return (31ull * i + 17ull * j) % 100 < percent;
  };
  return read;
}

double relative(double ours, double theirs) {
  return theirs == 0 ? (ours == 0 ? 0 : INFINITY) : ours / theirs - 1;
}

nlohmann::ordered_json toJson(const Figures &f) {
  return {{"adc_pj", f.converters},
          {"word_line_pj", f.wordLines},
          {"cycles", f.cycles}};
}

/// The limit of the published comparison.
constexpr double limit = 0.02;

Result<bool> report(const std::string &file, size_t line,
                    const std::map<std::string, std::string> &cells) {
  Row row(file, line, cells);
  const ArrayRead read = readOf(row);
  const double adc = row.number(read.flash ? "E_ADC(MLSA)" : "E_SAR");
  const Figures theirs{adc, row.number("E_array(WL)"),
                       uint64_t(std::llround(row.number("cycles")))};
  Result<target::ImcMacro> machine = machineOf(row);
  if (row.error())
    return *row.error();
  if (!machine)
    return machine.takeError();
  Result<Periphery> periphery = Periphery::make(*machine);
  if (!periphery)
    return periphery.takeError();
  const ReadCost cost = periphery->cost(read);
  const Figures ours{cost.converters * 1e12, cost.wordLines * 1e12,
                     cost.cycles};
  const double converters = relative(ours.converters, theirs.converters),
               wordLines = relative(ours.wordLines, theirs.wordLines);
  const double worst = std::max(std::abs(converters), std::abs(wordLines));
  const bool within = worst <= limit && ours.cycles == theirs.cycles;
  nlohmann::ordered_json out;
  out["row"] = line;
  out["table"] = machine->name;
  out["ours"] = toJson(ours);
  out["theirs"] = toJson(theirs);
  out["deviation"] = {{"adc", converters},
                      {"word_line", wordLines},
                      {"cycles", double(ours.cycles) - double(theirs.cycles)}};
  out["max_deviation"] = worst;
  out["within"] = within;
  printLine(out);
  fmt::print(stderr,
             "{:>4} {:>5} {:>5}x{:<5} {:>8.0f} {:>5} {:>6} {:>10.3f} {:>+7.2f} "
             "% {:>9.4f} {:>+7.3f} % {:>6}  {}\n",
             line, row.whole("tech", 1, 1000), read.rows, read.columns, read.on,
             read.flash ? "flash" : "SAR", read.activeRows.size(),
             ours.converters, converters * 100, ours.wordLines, wordLines * 100,
             ours.cycles, within ? "within" : "OUTSIDE");
  return within;
}

std::vector<std::string> split(const std::string &line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) {
    while (!cell.empty() && (cell.back() == '\r' || cell.back() == ' '))
      cell.pop_back();
    out.push_back(cell);
  }
  return out;
}

Result<void> reportFile(const std::string &file) {
  Result<std::string> text = readFile(file);
  if (!text)
    return text.takeError();
  std::istringstream in(*text);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> names = split(line);
  size_t number = 1, rows = 0, within = 0;
  std::optional<Error> first;
  while (std::getline(in, line)) {
    ++number;
    if (line.find_first_not_of(" \r\t") == line.npos)
      continue;
    const std::vector<std::string> cells = split(line);
    std::map<std::string, std::string> row;
    for (size_t k = 0; k < std::min(names.size(), cells.size()); ++k)
      row[names[k]] = cells[k];
    Result<bool> done = report(file, number, row);
    ++rows;
    if (!done && first)
      fmt::print(stderr, "{}\n", done.error().text());
    else if (!done)
      first = done.takeError();
    else
      within += *done;
  }
  fmt::print(stderr, "{} of {} rows within {} % and equal in cycles\n", within,
             rows, limit * 100);
  if (first)
    return *first;
  if (rows == 0)
    return Error("holds no row", Place{file, 0, 0, {}});
  return {};
}

class SubarrayMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--subarray", files,
                   "Energy and cycles of one sub-array beside NeuroSim's, row "
                   "by row of a sweep")
        ->type_name("FILE.csv");
  }
  bool chosen() const override { return !files.empty(); }
  Result<void> run(const Common &) override {
    fmt::print(stderr,
               "{:>4} {:>5} {:>11} {:>8} {:>5} {:>6} {:>10} {:>9} {:>9} {:>9} "
               "{:>6}\n",
               "line", "nm", "array", "Ron", "ADC", "active", "ADC pJ", "",
               "WL pJ", "", "cycles");
    return forEachFile(files, reportFile);
  }
  Result<void> runRecorded(const Common &common,
                           const std::string &data) override {
    files = filesIn(data + "/rram/subarray", "", ".csv");
    return run(common);
  }

private:
  std::vector<std::string> files;
};

} // namespace

std::unique_ptr<Mode> bench::makeSubarrayMode() {
  return std::make_unique<SubarrayMode>();
}
