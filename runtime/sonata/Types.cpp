#include "runtime/sonata/Types.h"

#include "hw-models/base/Files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::sonata;

/// The fields of one line.
static Result<std::vector<Cell>>
splitLine(std::string_view line, const std::string &file, unsigned number) {
  std::vector<Cell> cells;
  size_t at = 0;
  const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
  for (;;) {
    while (at < line.size() && isSpace(line[at]))
      ++at;
    if (at == line.size())
      return cells;
    Cell cell{{}, Place{file, number, static_cast<unsigned>(at + 1), {}}};
    if (line[at] != '"') {
      while (at < line.size() && !isSpace(line[at]))
        cell.text += line[at++];
      cells.push_back(std::move(cell));
      continue;
    }
    for (++at;;) {
      if (at == line.size())
        return Error("the quote is not closed", cell.place);
      if (line[at] != '"') {
        cell.text += line[at++];
        continue;
      }
      if (at + 1 >= line.size() || line[at + 1] != '"')
        break;
      cell.text += '"';
      at += 2;
    }
    ++at;
    if (at < line.size() && !isSpace(line[at]))
      return Error("a space was wanted after the quoted field",
                   Place{file, number, static_cast<unsigned>(at + 1), {}});
    cells.push_back(std::move(cell));
  }
}

static bool isAbsent(const std::string &text) {
  return text.empty() || text == "NONE" || text == "NULL" || text == "nan";
}

Result<TypesTable> TypesTable::read(const std::string &path,
                                    const std::string &idColumn) {
  Result<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  TypesTable table;
  table.file = path;
  size_t id = 0, population = 0;
  bool hasPopulation = false;
  unsigned number = 0;
  for (size_t start = 0; start < text->size();) {
    const size_t end = std::min(text->find('\n', start), text->size());
    std::string_view line(text->data() + start, end - start);
    start = end + 1;
    ++number;
    while (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.find('\0') != std::string_view::npos)
      return Error("is not text", Place{path, number, 0, {}});
    Result<std::vector<Cell>> cells = splitLine(line, path, number);
    if (!cells)
      return cells.takeError();
    if (cells->empty())
      continue;
    if (table.names.empty()) {
      for (const Cell &cell : *cells) {
        if (std::find(table.names.begin(), table.names.end(), cell.text) !=
            table.names.end())
          return Error(fmt::format("column '{}' appears twice", cell.text),
                       cell.place);
        table.names.push_back(cell.text);
      }
      const auto found =
          std::find(table.names.begin(), table.names.end(), idColumn);
      if (found == table.names.end())
        return Error(fmt::format("has no column '{}'", idColumn),
                     Place{path, number, 1, {}});
      id = static_cast<size_t>(found - table.names.begin());
      const auto named =
          std::find(table.names.begin(), table.names.end(), "population");
      hasPopulation = named != table.names.end();
      population = static_cast<size_t>(named - table.names.begin());
      continue;
    }
    if (cells->size() != table.names.size())
      return Error(fmt::format("has {} fields, the header has {}",
                               cells->size(), table.names.size()),
                   Place{path, number, 1, {}});
    const Cell &cell = (*cells)[id];
    int64_t value = 0;
    const char *last = cell.text.data() + cell.text.size();
    const auto [stop, code] = std::from_chars(cell.text.data(), last, value);
    if (code != std::errc() || stop != last)
      return Error(fmt::format("'{}' is not a whole number", cell.text),
                   cell.place);
    const std::string owner =
        hasPopulation && !isAbsent((*cells)[population].text)
            ? (*cells)[population].text
            : "";
    if (!table.byId.emplace(std::pair(owner, value), table.rows.size()).second)
      return Error(fmt::format("{} {} appears twice", idColumn, value),
                   cell.place);
    table.rows.push_back(std::move(*cells));
  }
  if (table.names.empty())
    return Error("is empty, a table was wanted", Place{path, 0, 0, {}});
  return table;
}

const std::vector<Cell> *TypesTable::row(const std::string &population,
                                         int64_t id) const {
  auto found = byId.find({population, id});
  if (found == byId.end())
    found = byId.find({"", id});
  return found == byId.end() ? nullptr : &rows[found->second];
}

bool TypesTable::has(const std::string &population, int64_t id) const {
  return row(population, id) != nullptr;
}

const Cell *TypesTable::find(const std::string &population, int64_t id,
                             const std::string &column) const {
  const std::vector<Cell> *cells = row(population, id);
  const auto named = std::find(names.begin(), names.end(), column);
  if (!cells || named == names.end())
    return nullptr;
  const Cell &cell = (*cells)[static_cast<size_t>(named - names.begin())];
  return isAbsent(cell.text) ? nullptr : &cell;
}

Result<double> sonata::numberOf(const Cell &cell, const std::string &what) {
  double value = 0;
  const char *last = cell.text.data() + cell.text.size();
  const auto [stop, code] = std::from_chars(cell.text.data(), last, value);
  if (code != std::errc() || stop != last || !std::isfinite(value))
    return Error(fmt::format("{} '{}' is not a number", what, cell.text),
                 cell.place);
  return value;
}
