#include "test/benchmark/spinnaker/TableFiles.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <zlib.h>

using namespace limen;
using namespace limen::bench;
using mapping::TableLine;
using target::Chip;
using Tables = std::vector<ChipTable>;
using Json = nlohmann::json;

static Error tooLong(Chip chip, Place place) {
  return Error(fmt::format("the table of chip ({}, {}) has more than {} lines",
                           chip.x, chip.y, longestTable),
               std::move(place));
}

/// Errors: a chip with two tables.
static Result<Tables> distinct(Tables tables, const std::string &file) {
  std::map<Chip, size_t> seen;
  for (size_t i = 0; i < tables.size(); ++i)
    if (auto [at, fresh] = seen.emplace(tables[i].chip, i); !fresh)
      return Error(fmt::format("table {} is of chip ({}, {}), as is table {}",
                               i + 1, tables[i].chip.x, tables[i].chip.y,
                               at->second + 1),
                   {file, 0, 0, {}});
  return tables;
}

//===----------------------------------------------------------------------===//
// HPSR
//===----------------------------------------------------------------------===//

static Result<Tables> parseHpsr(const std::string &bytes,
                                const std::string &file) {
  const auto at = [&](size_t offset) {
    return Place{file, 0, 0, fmt::format("byte {}", offset)};
  };
  const auto word = [&](size_t offset, size_t width) {
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i)
      value |= uint32_t(static_cast<uint8_t>(bytes[offset + i])) << 8 * i;
    return value;
  };
  constexpr size_t headerBytes = 4, lineBytes = 16;
  Tables tables;
  for (size_t offset = 0; offset < bytes.size();) {
    if (bytes.size() - offset < headerBytes)
      return Error(fmt::format("is truncated: {} bytes are left for the header "
                               "of a table, which has {}",
                               bytes.size() - offset, headerBytes),
                   at(offset));
    ChipTable table;
    table.chip = {static_cast<int>(word(offset, 1)),
                  static_cast<int>(word(offset + 1, 1))};
    const size_t count = word(offset + 2, 2);
    offset += headerBytes;
    if ((bytes.size() - offset) / lineBytes < count)
      return Error(fmt::format("is truncated or no table: chip ({}, {}) claims "
                               "{} lines of {} bytes, {} bytes are left",
                               table.chip.x, table.chip.y, count, lineBytes,
                               bytes.size() - offset),
                   at(offset));
    for (size_t i = 0; i < count; ++i, offset += lineBytes) {
      const uint32_t source = word(offset + 8, 4), route = word(offset + 12, 4);
      table.lines.push_back({{word(offset, 4), word(offset + 4, 4), route},
                             mapping::isDefaultRoute(source, route)});
    }
    tables.push_back(std::move(table));
  }
  return distinct(std::move(tables), file);
}

//===----------------------------------------------------------------------===//
// PACMAN JSON
//===----------------------------------------------------------------------===//

namespace {

/// Members of JSON objects, with the first error kept.
class JsonReader {
public:
  explicit JsonReader(const std::string &file) : file(file) {}

  std::optional<Error> error;

  void fail(const std::string &path, std::string what) {
    if (!error)
      error = Error(std::move(what), {file, 0, 0, path});
  }

  uint32_t number(const Json &object, const char *key, const std::string &path,
                  uint32_t most) {
    const auto found = object.find(key);
    if (found == object.end()) {
      fail(path, fmt::format("has no '{}'", key));
      return 0;
    }
    if (!found->is_number_unsigned() || found->get<uint64_t>() > most) {
      fail(path + "/" + key,
           fmt::format(
               "is {}; a whole number from 0 to {} was wanted",
               found->dump(-1, ' ', false, Json::error_handler_t::replace)
                   .substr(0, 40),
               most));
      return 0;
    }
    return found->get<uint32_t>();
  }

  ChipTable table(const Json &object, const std::string &path) {
    ChipTable table;
    if (!object.is_object()) {
      fail(path, "is no object; a table {x, y, entries} was wanted");
      return table;
    }
    table.chip.x = static_cast<int>(number(object, "x", path, 255));
    table.chip.y = static_cast<int>(number(object, "y", path, 255));
    const auto entries = object.find("entries");
    if (entries == object.end() || !entries->is_array()) {
      fail(path, "has no list 'entries'");
      return table;
    }
    if (entries->size() > longestTable && !error)
      error = tooLong(table.chip, {file, 0, 0, path});
    for (size_t i = 0; i < entries->size() && !error; ++i)
      table.lines.push_back(
          line((*entries)[i], fmt::format("{}/entries/{}", path, i)));
    return table;
  }

private:
  TableLine line(const Json &object, const std::string &path) {
    TableLine line;
    if (!object.is_object()) {
      fail(path, "is no object; {key, mask, spinnaker_route, defaultable} was "
                 "wanted");
      return line;
    }
    constexpr uint32_t any = 0xffffffff;
    line.entry.key = number(object, "key", path, any);
    line.entry.mask = number(object, "mask", path, any);
    line.entry.route = number(object, "spinnaker_route", path, any);
    if (const auto found = object.find("defaultable"); found != object.end()) {
      if (found->is_boolean())
        line.defaultable = found->get<bool>();
      else
        fail(path + "/defaultable", "is neither true nor false");
    }
    return line;
  }

  const std::string &file;
};

} // namespace

static Result<Tables> parseJson(const std::string &text,
                                const std::string &file) {
  Json root;
  try {
    root = Json::parse(text);
  } catch (const Json::parse_error &problem) {
    const size_t end = std::min(problem.byte, text.size());
    Place place{file, 1, 1, {}};
    for (size_t i = 0; i + 1 < end; ++i) {
      place.column = text[i] == '\n' ? 1 : place.column + 1;
      place.line += text[i] == '\n';
    }
    return Error("is not valid JSON", place);
  }
  JsonReader reader(file);
  Tables tables;
  if (root.is_array())
    for (size_t i = 0; i < root.size() && !reader.error; ++i)
      tables.push_back(reader.table(root[i], fmt::format("/{}", i)));
  else
    tables.push_back(reader.table(root, ""));
  if (reader.error)
    return *reader.error;
  return distinct(std::move(tables), file);
}

//===----------------------------------------------------------------------===//
// CSV
//===----------------------------------------------------------------------===//

namespace {

/// Which column holds what; -1 where none does.
struct Columns {
  int x = -1, y = -1, key = -1, mask = -1, route = -1, source = -1,
      defaultable = -1;
  bool hexadecimal = false; ///< with or without 0x
};

} // namespace

static std::vector<std::string> splitRow(const std::string &row) {
  std::vector<std::string> fields;
  std::istringstream in(row);
  for (std::string field; std::getline(in, field, ',');) {
    const size_t first = field.find_first_not_of(" \t\r\"");
    const size_t last = field.find_last_not_of(" \t\r\"");
    fields.push_back(first == std::string::npos
                         ? ""
                         : field.substr(first, last - first + 1));
  }
  return fields;
}

static std::optional<uint32_t> parseNumber(std::string_view text,
                                           bool hexadecimal) {
  const bool prefixed = text.starts_with("0x") || text.starts_with("0X");
  if (prefixed)
    text.remove_prefix(2);
  uint32_t value = 0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), value,
                      prefixed || hexadecimal ? 16 : 10);
  if (status != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

static std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
  });
  return text;
}

/// Columns by the names of a header; nothing if it lacks key, mask or route.
static std::optional<Columns>
namedColumns(const std::vector<std::string> &row) {
  Columns columns;
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string name = lower(row[i]);
    const int at = static_cast<int>(i);
    if (name == "x")
      columns.x = at;
    else if (name == "y")
      columns.y = at;
    else if (name == "key")
      columns.key = at;
    else if (name == "mask")
      columns.mask = at;
    else if (name == "route" || name == "spinnaker_route")
      columns.route = at;
    else if (name == "source")
      columns.source = at;
    else if (name == "default" || name == "defaultable")
      columns.defaultable = at;
  }
  if (columns.key < 0 || columns.mask < 0 || columns.route < 0 ||
      (columns.x < 0) != (columns.y < 0))
    return std::nullopt;
  columns.hexadecimal = columns.x < 0;
  return columns;
}

/// Columns of a file without such a header, by its first row of numbers.
static std::optional<Columns>
placedColumns(const std::vector<std::string> &row) {
  if (row.size() == 3)
    return Columns{-1, -1, 0, 1, 2, -1, -1, true};
  if (row.size() == 5)
    return Columns{0, 1, 2, 3, 4, -1, -1, false};
  if (row.size() == 6 && parseNumber(row[5], false))
    return Columns{0, 1, 2, 3, 4, 5, -1, false};
  if (row.size() == 6)
    return Columns{-1, -1, 1, 2, 3, -1, 4, true};
  return std::nullopt;
}

static Result<Tables> parseCsv(const std::string &text,
                               const std::string &file) {
  Tables tables;
  std::map<Chip, size_t> tableOf;
  std::optional<Columns> columns;
  bool anyNumbers = false;
  std::istringstream in(text);
  Place place{file, 0, 0, {}};
  for (std::string row; std::getline(in, row);) {
    ++place.line;
    const std::vector<std::string> fields = splitRow(row);
    if (fields.empty() || (fields.size() == 1 && fields[0].empty()))
      continue;
    if (!anyNumbers) {
      // Titles and the header start with what is no number.
      if (!parseNumber(fields[0], fields.size() == 3)) {
        if (auto named = namedColumns(fields))
          columns = named;
        continue;
      }
      if (!columns)
        columns = placedColumns(fields);
      if (!columns)
        return Error(fmt::format("has {} columns and no header; 3 (key, mask, "
                                 "route), 5 or 6 (x, y, key, mask, route[, "
                                 "source]) were wanted",
                                 fields.size()),
                     place);
      anyNumbers = true;
    }
    std::optional<Error> error;
    const auto field = [&](int column) -> std::string {
      if (static_cast<size_t>(column) < fields.size())
        return fields[static_cast<size_t>(column)];
      if (!error)
        error = Error(fmt::format("has {} columns; column {} is missing",
                                  fields.size(), column + 1),
                      place);
      return "0";
    };
    const auto number = [&](int column, uint32_t most) -> uint32_t {
      if (column < 0)
        return 0;
      const std::string content = field(column);
      const auto value = parseNumber(content, columns->hexadecimal);
      if ((!value || *value > most) && !error)
        error =
            Error(fmt::format("column {} is '{}'; a {}number up to {:#x} "
                              "was wanted",
                              column + 1, content.substr(0, 40),
                              columns->hexadecimal ? "hexadecimal " : "", most),
                  place);
      return value.value_or(0);
    };
    constexpr uint32_t any = 0xffffffff;
    const Chip chip = {static_cast<int>(number(columns->x, 255)),
                       static_cast<int>(number(columns->y, 255))};
    TableLine line;
    line.entry = {number(columns->key, any), number(columns->mask, any),
                  number(columns->route, any)};
    if (columns->source >= 0)
      line.defaultable = mapping::isDefaultRoute(number(columns->source, any),
                                                 line.entry.route);
    if (columns->defaultable >= 0) {
      const std::string flag = lower(field(columns->defaultable));
      line.defaultable = flag == "true" || flag == "1";
      if (!line.defaultable && flag != "false" && flag != "0" && !error)
        error = Error(fmt::format("column {} is '{}'; true or false was wanted",
                                  columns->defaultable + 1, flag.substr(0, 40)),
                      place);
    }
    if (error)
      return *error;
    const auto [at, fresh] = tableOf.emplace(chip, tables.size());
    if (fresh)
      tables.push_back({chip, {}});
    auto &lines = tables[at->second].lines;
    lines.push_back(line);
    if (lines.size() > longestTable)
      return tooLong(chip, place);
  }
  if (!anyNumbers)
    return Error("holds no row of numbers: it is no routing table",
                 {file, 0, 0, {}});
  return tables;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

Result<Tables> limen::bench::parseTables(const std::string &bytes,
                                         const std::string &file) {
  if (bytes.empty())
    return Error("is empty", {file, 0, 0, {}});
  const std::string_view head = std::string_view(bytes).substr(0, 4096);
  const bool isText = std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r';
  });
  if (!isText)
    return parseHpsr(bytes, file);
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first != std::string::npos &&
      (bytes[first] == '[' || bytes[first] == '{'))
    return parseJson(bytes, file);
  return parseCsv(bytes, file);
}

Result<Tables> limen::bench::readTables(const std::string &file) {
  const Place place{file, 0, 0, {}};
  // gzread also reads files that are not compressed.
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(
      gzopen(file.c_str(), "rb"), gzclose);
  if (!in)
    return Error("no such file, or it cannot be opened", place);
  constexpr size_t chunk = size_t(1) << 20, most = size_t(1) << 30;
  std::string bytes;
  for (;;) {
    const size_t before = bytes.size();
    bytes.resize(before + chunk);
    const int got =
        gzread(in.get(), bytes.data() + before, static_cast<unsigned>(chunk));
    bytes.resize(before + static_cast<size_t>(std::max(got, 0)));
    // A compressed file that ends early gives Z_BUF_ERROR, but no data.
    int status = Z_OK;
    const char *why = gzerror(in.get(), &status);
    if (got < 0 || (status != Z_OK && status != Z_STREAM_END))
      return Error(fmt::format("cannot be read or decompressed: {}", why),
                   place);
    if (got == 0)
      break;
    if (bytes.size() > most)
      return Error("has more than 1 GiB: it is no set of routing tables",
                   place);
  }
  return parseTables(bytes, file);
}
