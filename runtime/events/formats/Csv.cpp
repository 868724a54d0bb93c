// Events as text: a header that names the columns t, x, y and p (in any order,
// others are ignored), then a line an event; t in us, p 0 or 1 (or -1 and 1).

#include "runtime/events/Bytes.h"
#include "runtime/events/Format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

using namespace limen;
using namespace limen::events;

namespace {

enum Column { T, X, Y, P, columns };

/// Splits at commas, trims blanks.
std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> parts;
  for (size_t start = 0; start <= line.size();) {
    const size_t end = std::min(line.find(',', start), line.size());
    std::string_view part = line.substr(start, end - start);
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t'))
      part.remove_prefix(1);
    while (!part.empty() &&
           (part.back() == ' ' || part.back() == '\r' || part.back() == '\t'))
      part.remove_suffix(1);
    parts.push_back(part);
    start = end + 1;
  }
  return parts;
}

/// Where each column is, or nothing when a name is missing.
std::optional<std::array<size_t, columns>> parseHeader(std::string_view line) {
  static constexpr std::string_view names[columns][4] = {
      {"t", "ts", "time", "timestamp"},
      {"x", "x", "x", "x"},
      {"y", "y", "y", "y"},
      {"p", "pol", "polarity", "on"}};
  const std::vector<std::string_view> parts = split(line);
  std::array<size_t, columns> places;
  for (int column = 0; column < columns; ++column) {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](std::string_view part) {
          return std::find(std::begin(names[column]), std::end(names[column]),
                           part) != std::end(names[column]);
        });
    if (found == parts.end())
      return std::nullopt;
    places[column] = static_cast<size_t>(found - parts.begin());
  }
  return places;
}

std::string_view firstLine(std::string_view bytes) {
  return bytes.substr(0, std::min(bytes.find('\n'), size_t(4096)));
}

Match detect(std::string_view bytes, std::string_view) {
  return parseHeader(firstLine(bytes)) ? Match::Content : Match::No;
}

Error errorIn(unsigned line, std::string message) {
  return Error(std::move(message), Place{"", line, 1, {}});
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  const auto places = parseHeader(firstLine(bytes));
  if (!places)
    return errorIn(1, "a header that names the columns t, x, y and p was "
                      "wanted");
  static constexpr int64_t least[columns] = {INT64_MIN, 0, 0, -1};
  static constexpr int64_t most[columns] = {INT64_MAX, 65535, 65535, 1};
  static constexpr std::string_view wanted[columns] = {
      "a whole number of us", "a coordinate from 0 to 65535",
      "a coordinate from 0 to 65535", "0 or 1"};
  Recording out;
  unsigned number = 1;
  size_t start = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
  while (start < bytes.size()) {
    const size_t end = std::min(bytes.find('\n', start), bytes.size());
    const std::string_view line = bytes.substr(start, end - start);
    start = end + 1;
    ++number;
    const std::vector<std::string_view> parts = split(line);
    if (parts.size() == 1 && parts[0].empty())
      continue;
    int64_t values[columns];
    for (int column = 0; column < columns; ++column) {
      const size_t place = (*places)[column];
      const std::string_view part =
          place < parts.size() ? parts[place] : std::string_view();
      auto [rest, code] = std::from_chars(
          part.data(), part.data() + part.size(), values[column]);
      if (code != std::errc() || rest != part.data() + part.size() ||
          values[column] < least[column] || values[column] > most[column])
        return errorIn(number, fmt::format("'{}' in column {}: {} was wanted",
                                           part, place, wanted[column]));
    }
    out.events.push_back({values[T], static_cast<uint16_t>(values[X]),
                          static_cast<uint16_t>(values[Y]),
                          static_cast<uint8_t>(values[P] > 0)});
  }
  return out;
}

Result<std::string> write(const Recording &recording) {
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "t,x,y,p\n");
  for (const Event &event : recording.events)
    fmt::format_to(std::back_inserter(out), "{},{},{},{}\n", event.t, event.x,
                   event.y, event.p);
  return std::string(out.data(), out.size());
}

} // namespace

namespace limen::events {
extern const Format formatCsv;
constinit const Format formatCsv{"csv", "text t,x,y,p", detect,
                                 read,  write,          ".csv"};
} // namespace limen::events
