// The rows of one SONATA population, nodes or edges, and their attributes.
//
// An attribute of a row is looked for in this order, as the developer guide
// says: the row's group in the HDF5 file (`G/dynamics_params/NAME`, then
// `G/NAME`), the JSON file that the type's `dynamics_params` names, the type's
// row in the CSV file.
#pragma once

#include "runtime/hdf5/File.h"
#include "runtime/sonata/Types.h"

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace limen::sonata {

/// Where a table's rows come from.
struct TableSource {
  std::shared_ptr<const h5::File> file;
  std::shared_ptr<const TypesTable> types; ///< null without a CSV file
  std::string parameterFolder;             ///< of `dynamics_params` files
};

class Table {
public:
  /// Reads type, group and group index of each row of `path`
  /// ("/nodes/v1"). `kind` is "node" or "edge"; `rows` is their number. Errors:
  /// missing or damaged datasets, lengths that differ, types that the CSV file
  /// does not have, groups that do not exist, indices beyond a group.
  static Result<Table> read(TableSource source, const std::string &kind,
                            const std::string &path, size_t rows,
                            std::vector<std::string> &assumptions);

  /// The number `name` of every row; NaN for rows that have none.
  Result<std::vector<double>> numbers(const std::string &name) const;

  /// The text `name` of every row, "" for rows that have none. Rows share the
  /// few texts there are: `index` leads into `texts`.
  struct Texts {
    std::vector<std::string> texts;
    std::vector<uint32_t> index;
    const std::string &of(size_t row) const { return texts[index[row]]; }
  };
  Result<Texts> texts(const std::string &name) const;

  /// Names of parameters in dynamics_params of any group or JSON file.
  const std::set<std::string> &parameters() const { return parameterNames; }

  size_t size() const { return types.size(); }
  const std::string &path() const { return population; }
  Place place() const { return source.file->place(population); }

private:
  /// A parameter of a JSON file: a number or a text.
  struct Parameter {
    double number = 0;
    std::string text;
    bool isText = false;
    Place place;
  };
  using Parameters = std::map<std::string, Parameter>;

  Result<void> readGroups(size_t rows, std::vector<std::string> &assumptions);
  Result<void> readParameterFiles();
  /// The dataset of `name` in group `g`, "" if it has none.
  std::string datasetOf(size_t g, const std::string &name) const;
  /// What the type `id` says of `name`.
  Result<std::optional<double>> numberOfType(int64_t id,
                                             const std::string &name) const;
  std::string textOfType(int64_t id, const std::string &name) const;

  TableSource source;
  std::string kind, population, populationName;
  std::vector<int64_t> types;
  std::vector<std::string> groups;     ///< HDF5 paths
  std::vector<uint32_t> group;         ///< of each row, into `groups`
  std::vector<int64_t> index;          ///< of each row, within its group
  std::map<int64_t, Parameters> files; ///< JSON parameters by type
  std::set<std::string> parameterNames;
};

} // namespace limen::sonata
