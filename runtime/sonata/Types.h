// SONATA node_types and edge_types files: tables separated by spaces.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace limen::sonata {

/// One field and where it stands.
struct Cell {
  std::string text;
  Place place;
};

class TypesTable {
public:
  /// Reads `path`. Columns are separated by spaces or tabs, '"' quotes, a
  /// doubled '"' inside is one. `idColumn` is "node_type_id" or
  /// "edge_type_id". Errors, with line and column: no such column, a row with
  /// more or fewer fields than the header, an unclosed quote, an id that is not
  /// a whole number or appears twice for a population.
  static Result<TypesTable> read(const std::string &path,
                                 const std::string &idColumn);

  /// The field in `column` of the row of type `id`, valid while the table
  /// lives. Null when there is no such column or the field says NONE, NULL or
  /// nan. A column `population` restricts rows to that population.
  const Cell *find(const std::string &population, int64_t id,
                   const std::string &column) const;

  bool has(const std::string &population, int64_t id) const;
  const std::string &path() const { return file; }
  const std::vector<std::string> &columns() const { return names; }

private:
  const std::vector<Cell> *row(const std::string &population, int64_t id) const;

  std::string file;
  std::vector<std::string> names;
  std::vector<std::vector<Cell>> rows;
  /// By population ("" without the column) and id.
  std::map<std::pair<std::string, int64_t>, size_t> byId;
};

/// `cell` as a finite number. Errors at its place, naming `what`.
Result<double> numberOf(const Cell &cell, const std::string &what);

} // namespace limen::sonata
