#include "runtime/sonata/Circuit.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

using namespace limen;
using namespace limen::sonata;

std::optional<size_t> NodePopulation::rowOf(int64_t id) const {
  if (contiguous) {
    // Unsigned, so that no difference overflows.
    const uint64_t row =
        static_cast<uint64_t>(id) - static_cast<uint64_t>(firstId);
    return row < table.size() ? std::optional<size_t>(row) : std::nullopt;
  }
  const auto found = rows.find(id);
  return found == rows.end() ? std::nullopt
                             : std::optional<size_t>(found->second);
}

std::optional<size_t> Circuit::population(const std::string &name) const {
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == name)
      return i;
  return std::nullopt;
}

Result<bool> sonata::isVirtual(const NodePopulation &population) {
  Result<Table::Texts> types = population.table.texts("model_type");
  if (!types)
    return types.takeError();
  size_t count = 0;
  for (size_t row = 0; row < population.table.size(); ++row) {
    if (types->of(row).empty())
      return Error(fmt::format("node {} of population '{}' has no model_type",
                               row, population.name),
                   population.table.place());
    count += types->of(row) == "virtual";
  }
  if (count != 0 && count != population.table.size())
    return Error(fmt::format("population '{}' mixes {} virtual and {} "
                             "simulated nodes",
                             population.name, count,
                             population.table.size() - count),
                 population.table.place())
        .note("a population becomes an input or neurons, not both");
  return count != 0;
}

/// Opens an HDF5 file of SONATA.
static Result<std::shared_ptr<const h5::File>> openFile(const FilePair &pair) {
  Result<h5::File> file = h5::File::open(pair.file);
  if (!file) {
    Error error = file.takeError();
    return std::move(error).note("named by " + pair.place.text());
  }
  // Not every tool writes it.
  if (Result<double> magic = file->attributeNumber("/", "magic");
      magic && *magic != 0x0A7A)
    return Error("is not a SONATA file: its attribute 'magic' is not 0x0A7A",
                 file->place("/"));
  return std::make_shared<const h5::File>(std::move(*file));
}

static Result<TableSource> openPair(const FilePair &pair,
                                    const std::string &idColumn,
                                    const std::string &folder) {
  Result<std::shared_ptr<const h5::File>> file = openFile(pair);
  if (!file)
    return file.takeError();
  TableSource source{std::move(*file), nullptr, folder};
  if (pair.types.empty())
    return source;
  Result<TypesTable> types = TypesTable::read(pair.types, idColumn);
  if (!types) {
    Error error = types.takeError();
    return std::move(error).note("named by " + pair.place.text());
  }
  source.types = std::make_shared<const TypesTable>(std::move(*types));
  return source;
}

static Result<size_t> rowsOf(const h5::File &file, const std::string &dataset) {
  Result<h5::DatasetInfo> info = file.info(dataset);
  if (!info)
    return info.takeError();
  if (info->shape.size() != 1)
    return Error(fmt::format("has shape {}; one dimension was wanted",
                             h5::toString(info->shape)),
                 file.place(dataset));
  if (info->shape[0] > std::numeric_limits<int32_t>::max())
    return Error(fmt::format("has {} rows; at most {} can be read",
                             info->shape[0],
                             std::numeric_limits<int32_t>::max()),
                 file.place(dataset));
  return static_cast<size_t>(info->shape[0]);
}

static Result<void> readIds(const h5::File &file, NodePopulation &population) {
  const std::string path = h5::join(population.table.path(), "node_id");
  if (!file.exists(path))
    return {}; // they count up from 0
  Result<h5::Data<int64_t>> ids = file.read<int64_t>(path);
  if (!ids)
    return ids.takeError();
  if (ids->values.size() != population.table.size())
    return Error(fmt::format("has {} ids for {} nodes", ids->values.size(),
                             population.table.size()),
                 file.place(path));
  population.firstId = ids->values.empty() ? 0 : ids->values.front();
  for (size_t row = 0; row < ids->values.size(); ++row)
    population.contiguous &= static_cast<uint64_t>(ids->values[row]) -
                                 static_cast<uint64_t>(population.firstId) ==
                             row;
  if (population.contiguous)
    return {};
  for (size_t row = 0; row < ids->values.size(); ++row)
    if (!population.rows.emplace(ids->values[row], row).second)
      return Error(fmt::format("holds id {} twice", ids->values[row]),
                   file.place(path));
  return {};
}

Result<Circuit> sonata::readNodes(const Config &config,
                                  std::vector<std::string> &assumptions) {
  Circuit circuit;
  for (const FilePair &pair : config.nodes) {
    Result<TableSource> source =
        openPair(pair, "node_type_id", config.neuronFolder);
    if (!source)
      return source.takeError();
    const h5::File &file = *source->file;
    Result<std::vector<std::string>> names = file.links("/nodes");
    if (!names)
      return names.takeError();
    for (const std::string &name : *names) {
      const std::string path = h5::join("/nodes", name);
      if (file.kind(path) != h5::Kind::Group)
        continue;
      if (circuit.population(name))
        return Error(
            fmt::format("population '{}' appears in several files", name),
            file.place(path));
      Result<size_t> rows = rowsOf(file, h5::join(path, "node_type_id"));
      if (!rows)
        return rows.takeError();
      if (*rows == 0)
        return Error(fmt::format("population '{}' has no node", name),
                     file.place(path));
      Result<Table> table =
          Table::read(*source, "node", path, *rows, assumptions);
      if (!table)
        return table.takeError();
      NodePopulation population{name, std::move(*table), 0, true, {}};
      if (Result<void> done = readIds(file, population); !done)
        return done.takeError();
      circuit.nodes.push_back(std::move(population));
    }
  }
  if (circuit.nodes.empty())
    return Error("the circuit has no node population",
                 Place{config.file, 0, 0, "/networks/nodes"});
  return circuit;
}

/// The population that the ids of `dataset` belong to.
static Result<size_t> endOf(const h5::File &file, const std::string &dataset,
                            const Circuit &circuit) {
  Result<std::string> name = file.attributeString(dataset, "node_population");
  // Files of before the standard.
  if (!name)
    if (Result<std::string> old = file.attributeString(dataset, "network"))
      name = std::move(old);
  if (!name) {
    Error error = name.takeError();
    return std::move(error).note(
        "the attribute 'node_population' names the population of the ids");
  }
  if (const std::optional<size_t> found = circuit.population(*name))
    return *found;
  std::string known;
  for (const NodePopulation &population : circuit.nodes)
    known += (known.empty() ? "" : ", ") + population.name;
  return Error(fmt::format("node population '{}' does not exist", *name),
               file.place(dataset))
      .note("populations: " + known);
}

/// Rows of `population` for the ids in `dataset`.
static Result<std::vector<uint32_t>>
readEnds(const h5::File &file, const std::string &dataset, size_t rows,
         const NodePopulation &population) {
  Result<h5::Data<int64_t>> ids = file.read<int64_t>(dataset);
  if (!ids)
    return ids.takeError();
  if (ids->values.size() != rows)
    return Error(
        fmt::format("has {} entries, {} were wanted", ids->values.size(), rows),
        file.place(dataset));
  std::vector<uint32_t> out;
  out.reserve(rows);
  for (size_t edge = 0; edge < rows; ++edge) {
    const std::optional<size_t> row = population.rowOf(ids->values[edge]);
    if (!row)
      return Error(fmt::format("edge {} has node id {}, which population '{}' "
                               "does not have",
                               edge, ids->values[edge], population.name),
                   file.place(dataset));
    out.push_back(static_cast<uint32_t>(*row));
  }
  return out;
}

Result<void> sonata::readEdges(const Config &config, Circuit &circuit,
                               std::vector<std::string> &assumptions) {
  for (const FilePair &pair : config.edges) {
    Result<TableSource> source =
        openPair(pair, "edge_type_id", config.synapseFolder);
    if (!source)
      return source.takeError();
    const h5::File &file = *source->file;
    Result<std::vector<std::string>> names = file.links("/edges");
    if (!names)
      return names.takeError();
    for (const std::string &name : *names) {
      const std::string path = h5::join("/edges", name);
      if (file.kind(path) != h5::Kind::Group)
        continue;
      const std::string from = h5::join(path, "source_node_id");
      const std::string to = h5::join(path, "target_node_id");
      Result<size_t> rows = rowsOf(file, from);
      if (!rows)
        return rows.takeError();
      Result<size_t> first = endOf(file, from, circuit);
      if (!first)
        return first.takeError();
      Result<size_t> last = endOf(file, to, circuit);
      if (!last)
        return last.takeError();
      Result<Table> table =
          Table::read(*source, "edge", path, *rows, assumptions);
      if (!table)
        return table.takeError();
      Result<std::vector<uint32_t>> sources =
          readEnds(file, from, *rows, circuit.nodes[*first]);
      if (!sources)
        return sources.takeError();
      Result<std::vector<uint32_t>> targets =
          readEnds(file, to, *rows, circuit.nodes[*last]);
      if (!targets)
        return targets.takeError();
      circuit.edges.push_back({name, std::move(*table), *first, *last,
                               std::move(*sources), std::move(*targets)});
    }
  }
  return {};
}
