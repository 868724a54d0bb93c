// One sample as text: rows are steps, columns are channels, numbers are values.

#include "hw-models/base/Files.h"
#include "runtime/events/Format.h"
#include "runtime/input/Formats.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

namespace {

class CsvSource final : public Source {
public:
  CsvSource(Sample sample, int64_t channels)
      : only(std::move(sample)), channels(channels) {}

  size_t size() const override { return 1; }
  Result<Sample> sample(size_t) const override { return only; }
  network::Shape shape() const override { return {channels}; }

private:
  Sample only;
  int64_t channels;
};

/// "0,2" as {0, 2}; errors name the text.
Result<std::vector<size_t>> parseColumns(std::string_view text) {
  std::vector<size_t> columns;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    size_t column = 0;
    auto [rest, code] =
        std::from_chars(text.data() + start, text.data() + end, column);
    if (code != std::errc() || rest != text.data() + end)
      return Error(
          fmt::format("'{}' is not a list of column numbers like 0,2", text));
    columns.push_back(column);
    start = end + 1;
  }
  return columns;
}

} // namespace

Result<std::unique_ptr<Source>> input::openCsv(const std::string &rest,
                                               const SourceOptions &options) {
  std::string file = rest;
  std::vector<size_t> columns;
  // A colon belongs to the file's name where such a file exists.
  if (const size_t colon = rest.rfind(':');
      colon != std::string::npos && !std::filesystem::exists(rest)) {
    file = rest.substr(0, colon);
    Result<std::vector<size_t>> parsed = parseColumns(rest.substr(colon + 1));
    if (!parsed)
      return Error(parsed.error().message, Place{file, 0, 0, {}});
    columns = std::move(*parsed);
  }
  Result<std::string> text = readFile(file);
  if (!text)
    return text.takeError();

  // A header that names t, x, y and p makes it a list of events.
  if (columns.empty())
    if (Result<const events::Format *> format =
            events::detectFormat(*text, file);
        format && (*format)->name == "csv")
      return openEvents(rest + ",format=csv", options);

  Sample sample;
  sample.id = "0";
  sample.offsets.push_back(0);
  size_t width = 0;
  unsigned line = 0;
  std::vector<float> row;
  for (size_t start = 0; start < text->size();) {
    const size_t end = std::min(text->find('\n', start), text->size());
    std::string_view rest(text->data() + start, end - start);
    start = end + 1;
    ++line;
    while (!rest.empty() && (rest.back() == '\r' || rest.back() == ' '))
      rest.remove_suffix(1);
    if (rest.empty())
      continue;
    row.clear();
    const char *at = rest.data();
    const char *stop = rest.data() + rest.size();
    while (true) {
      while (at < stop && *at == ' ')
        ++at;
      double value = 0;
      auto [next, code] = std::from_chars(at, stop, value);
      if (code != std::errc() || !std::isfinite(static_cast<float>(value)))
        return Error(
            "a number was wanted",
            Place{file, line, static_cast<unsigned>(at - rest.data() + 1), {}});
      row.push_back(static_cast<float>(value));
      at = next;
      while (at < stop && *at == ' ')
        ++at;
      if (at == stop)
        break;
      if (*at != ',')
        return Error(
            "a comma was wanted",
            Place{file, line, static_cast<unsigned>(at - rest.data() + 1), {}});
      ++at;
    }
    if (width == 0)
      width = row.size();
    if (row.size() != width)
      return Error(fmt::format("has {} columns, the first row has {}",
                               row.size(), width),
                   Place{file, line, 1, {}});
    if (columns.empty())
      for (size_t c = 0; c < width; ++c)
        columns.push_back(c);
    for (size_t k = 0; k < columns.size(); ++k) {
      if (columns[k] >= width)
        return Error(fmt::format("has {} columns, column {} was wanted", width,
                                 columns[k]),
                     Place{file, line, 1, {}});
      if (row[columns[k]] != 0)
        sample.events.push_back({static_cast<uint32_t>(k), row[columns[k]]});
    }
    sample.offsets.push_back(sample.events.size());
    ++sample.steps;
  }
  if (sample.steps == 0)
    return Error("is empty; rows of numbers were wanted",
                 Place{file, 0, 0, {}});
  setSteps(sample, options.steps);
  return std::unique_ptr<Source>(std::make_unique<CsvSource>(
      std::move(sample), static_cast<int64_t>(columns.size())));
}
