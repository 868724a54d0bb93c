#include "runtime/report/Recording.h"

#include "hw-models/base/Files.h"
#include "runtime/report/Report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <functional>

using namespace limen;
using namespace limen::report;

const engine::Raster &Recording::raster(size_t population,
                                        const std::string &sample) const {
  static const engine::Raster silent;
  const auto found = populations[population].rasters.find(sample);
  return found == populations[population].rasters.end() ? silent
                                                        : found->second;
}

bool report::isRecording(const std::string &path) {
  return path.ends_with(".csv") || path.ends_with(".h5") ||
         path.ends_with(".hdf5") || std::filesystem::is_directory(path);
}

Result<uint32_t> report::detail::stepOf(double seconds, Seconds step) {
  const double steps = std::floor(seconds / step.value() + 1e-6);
  if (!(steps >= 0) || steps >= 4294967295.0)
    return Error(fmt::format("the time {} s is not one of a step from 0 to "
                             "2^32 - 2 (a step lasts {})",
                             seconds, format(step)));
  return static_cast<uint32_t>(steps);
}

RecordedPopulation &report::detail::populationOf(Recording &recording,
                                                 const std::string &name) {
  for (RecordedPopulation &population : recording.populations)
    if (population.name == name)
      return population;
  recording.populations.push_back({name, {}, {}});
  return recording.populations.back();
}

void report::detail::noteSample(Recording &recording, const std::string &id) {
  if (std::find(recording.samples.begin(), recording.samples.end(), id) ==
      recording.samples.end())
    recording.samples.push_back(id);
}

//===----------------------------------------------------------------------===//
// CSV
//===----------------------------------------------------------------------===//

namespace {

/// A text of lines with columns that its first line names.
class CsvTable {
public:
  static Result<CsvTable> open(const std::string &path) {
    Result<std::string> text = readFile(path);
    if (!text)
      return text.takeError();
    CsvTable table;
    table.path = path;
    table.text = std::move(*text);
    if (!table.next())
      return Error("is empty; a line that names columns was wanted",
                   Place{path, 0, 0, {}});
    table.names.assign(table.cells.begin(), table.cells.end());
    return table;
  }

  /// Column of that name, or -1.
  int column(std::string_view name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
  }

  /// Moves to the next line that is not empty.
  bool next() {
    while (at < text.size()) {
      const size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line(text.data() + at, end - at);
      at = end + 1;
      ++number;
      while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.remove_suffix(1);
      if (line.empty())
        continue;
      cells.clear();
      for (size_t start = 0; start <= line.size();) {
        const size_t comma = std::min(line.find(',', start), line.size());
        cells.push_back(line.substr(start, comma - start));
        start = comma + 1;
      }
      return true;
    }
    return false;
  }

  Result<void> checkWidth() const {
    if (cells.size() != names.size())
      return error(fmt::format("has {} columns, the first line names {}",
                               cells.size(), names.size()));
    return {};
  }

  Error error(std::string message) const {
    return Error(std::move(message), Place{path, number, 1, {}});
  }

  template <typename T> Result<T> value(int column) const {
    T out{};
    const std::string_view cell = cells[static_cast<size_t>(column)];
    const auto [end, code] =
        std::from_chars(cell.data(), cell.data() + cell.size(), out);
    if (code != std::errc() || end != cell.data() + cell.size())
      return error(fmt::format(
          "column '{}': '{}' is not {}", names[static_cast<size_t>(column)],
          cell,
          std::is_integral_v<T> ? "a whole number of at least 0" : "a number"));
    return out;
  }

  std::string_view cell(int column) const {
    return cells[static_cast<size_t>(column)];
  }

private:
  std::string path, text;
  std::vector<std::string> names;
  std::vector<std::string_view> cells;
  size_t at = 0;
  unsigned number = 0;
};

struct TimeColumn {
  std::string_view name;
  double seconds;
};
constexpr TimeColumn timeColumns[] = {
    {"time_s", 1}, {"time_ms", 1e-3}, {"time_us", 1e-6}};

/// Adds the spikes of a file; those without a population belong to `name`.
Result<void> readCsvSpikes(const std::string &path, const std::string &name,
                           Seconds step, Recording &recording) {
  Result<CsvTable> opened = CsvTable::open(path);
  if (!opened)
    return opened.takeError();
  // A string may move its text when it is moved, so lines are read in place.
  CsvTable &table = *opened;
  const int neuron = table.column("neuron"), steps = table.column("step"),
            value = table.column("value"), sample = table.column("sample"),
            population = table.column("population");
  int time = -1;
  double unit = 0;
  for (const TimeColumn &column : timeColumns)
    if (time < 0 && table.column(column.name) >= 0) {
      time = table.column(column.name);
      unit = column.seconds;
    }
  if (neuron < 0 || (steps < 0 && time < 0))
    return table
        .error("is not a list of spikes: a first line with the columns "
               "'neuron' and 'step' (or time_s, time_ms, time_us) was wanted")
        .note("may follow: sample, population, value (spikes in that step)");
  // A file that was recorded and is silent is a population without spikes.
  if (population < 0)
    detail::populationOf(recording, name);
  while (table.next()) {
    if (Result<void> fine = table.checkWidth(); !fine)
      return fine;
    const std::string id = sample < 0 ? "0" : std::string(table.cell(sample));
    detail::noteSample(recording, id);
    Result<uint32_t> index = table.value<uint32_t>(neuron);
    if (!index)
      return index.takeError();
    uint32_t at = 0;
    if (steps >= 0) {
      Result<uint32_t> read = table.value<uint32_t>(steps);
      if (!read)
        return read.takeError();
      at = *read;
    } else {
      Result<double> read = table.value<double>(time);
      if (!read)
        return read.takeError();
      Result<uint32_t> found = detail::stepOf(*read * unit, step);
      if (!found)
        return table.error(found.error().message);
      at = *found;
    }
    double spikes = 1;
    if (value >= 0) {
      Result<double> read = table.value<double>(value);
      if (!read)
        return read.takeError();
      spikes = *read;
    }
    // A thousand spikes of one neuron in one step is no spike count.
    if (!(spikes >= 0) || spikes > 65535 || spikes != std::floor(spikes))
      return table.error(fmt::format(
          "{} is not a number of spikes; a whole one from 0 to 65535 was "
          "wanted",
          spikes));
    if (spikes == 0)
      continue;
    engine::Raster &raster =
        detail::populationOf(
            recording,
            population < 0 ? name : std::string(table.cell(population)))
            .rasters[id];
    raster.insert(raster.end(), static_cast<size_t>(spikes),
                  uint64_t(at) << 32 | *index);
  }
  return {};
}

/// A folder: spikes and states by the names of its files.
Result<void> readFolder(const std::string &path, Seconds step,
                        Recording &recording) {
  std::vector<std::string> known;
  if (std::filesystem::exists(path + "/report.json")) {
    Result<std::string> text = readFile(path + "/report.json");
    if (!text)
      return text.takeError();
    Result<Report> report = readSummary(*text, path + "/report.json");
    if (!report)
      return report.takeError();
    recording.side.target = report->target.name;
    recording.side.network = report->network;
    recording.side.assumptions = report->assumptions;
    recording.side.warnings = report->warnings;
    if (report->comparison)
      recording.side.causes = report->comparison->causes;
    for (const Population &population : report->populations)
      known.push_back(population.name);
  }
  std::vector<std::string> files;
  std::error_code status;
  for (const auto &entry : std::filesystem::directory_iterator(path, status))
    if (entry.path().extension() == ".csv")
      files.push_back(entry.path().filename().string());
  if (status)
    return Error("cannot be read: " + status.message(), Place{path, 0, 0, {}});
  std::sort(files.begin(), files.end());
  for (const std::string &file : files) {
    const std::string stem = file.substr(0, file.size() - 4);
    const bool isKnown =
        std::find(known.begin(), known.end(), stem) != known.end();
    if (!known.empty() && !isKnown) {
      // POPULATION.STATE.csv; load.csv and others are no spikes.
      const size_t dot = stem.rfind('.');
      if (dot != std::string::npos &&
          std::find(known.begin(), known.end(), stem.substr(0, dot)) !=
              known.end())
        detail::populationOf(recording, stem.substr(0, dot))
            .states[stem.substr(dot + 1)] = path + "/" + file;
      continue;
    }
    if (Result<void> read =
            readCsvSpikes(path + "/" + file, stem, step, recording);
        !read)
      return read;
  }
  // A state alone says nothing about spikes.
  std::erase_if(recording.populations, [&](const RecordedPopulation &p) {
    return std::find(files.begin(), files.end(), p.name + ".csv") ==
               files.end() &&
           p.rasters.empty();
  });
  if (recording.populations.empty())
    return Error("has no recorded spikes (POPULATION.csv)",
                 Place{path, 0, 0, {}})
        .note("limen run --record POPULATION writes them");
  return {};
}

} // namespace

Result<Recording> report::readRecording(const std::string &path, Seconds step) {
  Recording recording;
  recording.path = path;
  recording.side.name = path;
  recording.side.target = "recorded";
  Result<void> read;
  if (std::filesystem::is_directory(path))
    read = readFolder(path, step, recording);
  else if (path.ends_with(".csv"))
    read = readCsvSpikes(path, std::filesystem::path(path).stem().string(),
                         step, recording);
  else
    read = detail::readHdf5Spikes(path, step, recording);
  if (!read)
    return read.takeError();
  for (RecordedPopulation &population : recording.populations)
    for (auto &[id, raster] : population.rasters)
      std::sort(raster.begin(), raster.end());
  return recording;
}

Result<std::vector<float>>
report::readStateWindow(const std::string &path, const std::string &sample,
                        uint32_t neuron, uint32_t from, uint32_t count) {
  Result<CsvTable> opened = CsvTable::open(path);
  if (!opened)
    return opened.takeError();
  CsvTable &table = *opened;
  const int samples = table.column("sample"), steps = table.column("step"),
            neurons = table.column("neuron"), values = table.column("value");
  if (samples < 0 || steps < 0 || neurons < 0 || values < 0)
    return table.error("columns 'sample,step,neuron,value' were wanted");
  std::vector<float> out(count, std::nanf(""));
  while (table.next()) {
    if (Result<void> fine = table.checkWidth(); !fine)
      return fine.takeError();
    if (table.cell(samples) != sample)
      continue;
    Result<uint32_t> index = table.value<uint32_t>(neurons);
    Result<uint32_t> step = table.value<uint32_t>(steps);
    Result<float> value = table.value<float>(values);
    if (!index)
      return index.takeError();
    if (!step)
      return step.takeError();
    if (!value)
      return value.takeError();
    if (*index == neuron && *step >= from && *step - from < count)
      out[*step - from] = *value;
  }
  return out;
}
