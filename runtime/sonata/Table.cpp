#include "runtime/sonata/Table.h"

#include "runtime/sonata/Json.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::sonata;

/// A dataset of one whole number per row.
static Result<std::vector<int64_t>>
readColumn(const h5::File &file, const std::string &path, size_t rows) {
  Result<h5::Data<int64_t>> data = file.read<int64_t>(path);
  if (!data)
    return data.takeError();
  if (data->shape != h5::Shape{static_cast<int64_t>(rows)})
    return Error(fmt::format("has shape {}; one number for each of {} rows was "
                             "wanted",
                             h5::toString(data->shape), rows),
                 file.place(path));
  return std::move(data->values);
}

Result<Table> Table::read(TableSource source, const std::string &kind,
                          const std::string &path, size_t rows,
                          std::vector<std::string> &assumptions) {
  Table table;
  table.source = std::move(source);
  table.kind = kind;
  table.population = path;
  table.populationName = path.substr(path.rfind('/') + 1);
  Result<std::vector<int64_t>> types =
      readColumn(*table.source.file, h5::join(path, kind + "_type_id"), rows);
  if (!types)
    return types.takeError();
  table.types = std::move(*types);
  if (table.source.types) {
    int64_t last = 0;
    bool first = true;
    for (int64_t id : table.types) {
      if (!first && id == last)
        continue;
      first = false;
      last = id;
      if (!table.source.types->has(table.populationName, id))
        return Error(
            fmt::format("{}_type_id {} is not in {}", kind, id,
                        table.source.types->path()),
            table.source.file->place(h5::join(path, kind + "_type_id")));
    }
  }
  if (Result<void> done = table.readGroups(rows, assumptions); !done)
    return done.takeError();
  if (Result<void> done = table.readParameterFiles(); !done)
    return done.takeError();
  return table;
}

Result<void> Table::readGroups(size_t rows,
                               std::vector<std::string> &assumptions) {
  const h5::File &file = *source.file;
  group.assign(rows, 0);
  const std::string idPath = h5::join(population, kind + "_group_id");
  const std::string indexPath = h5::join(population, kind + "_group_index");
  const bool listed = file.exists(idPath);
  std::vector<int64_t> ids(rows, 0);
  if (listed) {
    Result<std::vector<int64_t>> read = readColumn(file, idPath, rows);
    if (!read)
      return read.takeError();
    ids = std::move(*read);
  }
  std::map<int64_t, uint32_t> known;
  for (size_t row = 0; row < rows; ++row) {
    const auto [found, isNew] =
        known.try_emplace(ids[row], static_cast<uint32_t>(groups.size()));
    if (isNew) {
      groups.push_back(h5::join(population, std::to_string(ids[row])));
      if (listed && file.kind(groups.back()) != h5::Kind::Group)
        return Error(
            fmt::format("names group {}, which does not exist", ids[row]),
            file.place(idPath));
      if (groups.size() > 65536)
        return Error("names more than 65536 groups", file.place(idPath));
    }
    group[row] = found->second;
  }
  for (const std::string &path : groups) {
    const std::string parameters = h5::join(path, "dynamics_params");
    if (file.kind(parameters) != h5::Kind::Group)
      continue;
    Result<std::vector<std::string>> names = file.links(parameters);
    if (!names)
      return names.takeError();
    parameterNames.insert(names->begin(), names->end());
  }

  index.resize(rows);
  if (!file.exists(indexPath)) {
    if (groups.size() > 1)
      return Error("is missing; rows of several groups need it",
                   file.place(indexPath));
    for (size_t row = 0; row < rows; ++row)
      index[row] = static_cast<int64_t>(row);
    return {};
  }
  Result<std::vector<int64_t>> read = readColumn(file, indexPath, rows);
  if (!read)
    return read.takeError();
  index = std::move(*read);
  // PyNN writes indices as 16-bit numbers, which end at 32767.
  constexpr int64_t most = std::numeric_limits<int16_t>::max();
  if (groups.size() == 1 && rows > static_cast<size_t>(most) + 1) {
    bool saturated = true, wrapped = true;
    for (size_t row = 0; row < rows; ++row) {
      saturated &= index[row] == std::min(static_cast<int64_t>(row), most);
      wrapped &= index[row] == static_cast<int16_t>(row);
    }
    if (saturated || wrapped) {
      for (size_t row = 0; row < rows; ++row)
        index[row] = static_cast<int64_t>(row);
      assumptions.push_back(fmt::format(
          "{}: {} holds 16-bit numbers, which cannot count {} rows; rows are "
          "taken in order",
          file.path(), indexPath, rows));
    }
  }
  for (int64_t i : index)
    if (i < 0)
      return Error(fmt::format("holds the negative index {}", i),
                   file.place(indexPath));
  return {};
}

Result<void> Table::readParameterFiles() {
  if (!source.types)
    return {};
  std::set<int64_t> ids(types.begin(), types.end());
  for (int64_t id : ids) {
    const Cell *cell =
        source.types->find(populationName, id, "dynamics_params");
    if (!cell)
      continue;
    const std::filesystem::path path =
        std::filesystem::path(source.parameterFolder) / cell->text;
    Json json;
    if (Result<void> read = readJson(path.string(), json); !read) {
      Error error = read.takeError();
      return std::move(error).note("named by " + cell->place.text());
    }
    Parameters &parameters = files[id];
    for (const auto &[name, value] : json.items()) {
      Parameter parameter;
      parameter.place = jsonPlace(path.string(), "/" + name);
      if (value.is_number() && std::isfinite(value.get<double>())) {
        parameter.number = value.get<double>();
      } else if (value.is_string()) {
        parameter.isText = true;
        parameter.text = value.get<std::string>();
      } else if (value.is_boolean()) {
        parameter.number = value.get<bool>();
      } else {
        return Error("must be a number or a string", parameter.place);
      }
      parameters[name] = std::move(parameter);
      parameterNames.insert(name);
    }
  }
  return {};
}

std::string Table::datasetOf(size_t g, const std::string &name) const {
  for (const std::string &path :
       {h5::join(h5::join(groups[g], "dynamics_params"), name),
        h5::join(groups[g], name)})
    if (source.file->kind(path) == h5::Kind::Dataset)
      return path;
  return {};
}

Result<std::optional<double>>
Table::numberOfType(int64_t id, const std::string &name) const {
  if (const auto found = files.find(id); found != files.end())
    if (const auto parameter = found->second.find(name);
        parameter != found->second.end()) {
      if (parameter->second.isText)
        return Error(
            fmt::format("'{}' is not a number", parameter->second.text),
            parameter->second.place);
      return std::optional<double>(parameter->second.number);
    }
  const Cell *cell =
      source.types ? source.types->find(populationName, id, name) : nullptr;
  if (!cell)
    return std::optional<double>();
  Result<double> number = numberOf(*cell, name);
  if (!number)
    return number.takeError();
  return std::optional<double>(*number);
}

std::string Table::textOfType(int64_t id, const std::string &name) const {
  if (const auto found = files.find(id); found != files.end())
    if (const auto parameter = found->second.find(name);
        parameter != found->second.end() && parameter->second.isText)
      return parameter->second.text;
  const Cell *cell =
      source.types ? source.types->find(populationName, id, name) : nullptr;
  return cell ? cell->text : "";
}

Result<std::vector<double>> Table::numbers(const std::string &name) const {
  std::vector<std::optional<h5::Data<double>>> data(groups.size());
  std::vector<std::string> paths(groups.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    paths[g] = datasetOf(g, name);
    if (paths[g].empty())
      continue;
    Result<h5::Data<double>> read = source.file->read<double>(paths[g]);
    if (!read)
      return read.takeError();
    if (read->shape.size() != 1)
      return Error(fmt::format("has shape {}; one number per row was wanted",
                               h5::toString(read->shape)),
                   source.file->place(paths[g]));
    data[g] = std::move(*read);
  }
  std::map<int64_t, double> ofTypes;
  std::vector<double> out(size(), NAN);
  for (size_t row = 0; row < size(); ++row) {
    const size_t g = group[row];
    if (data[g]) {
      const std::vector<double> &values = data[g]->values;
      if (static_cast<size_t>(index[row]) >= values.size())
        return Error(fmt::format("has {} entries; row {} of {} is its entry {}",
                                 values.size(), row, population, index[row]),
                     source.file->place(paths[g]));
      out[row] = values[static_cast<size_t>(index[row])];
      if (!std::isfinite(out[row]))
        return Error(fmt::format("entry {} is not a finite number", index[row]),
                     source.file->place(paths[g]));
      continue;
    }
    const auto [found, isNew] = ofTypes.try_emplace(types[row], NAN);
    if (isNew) {
      Result<std::optional<double>> number = numberOfType(types[row], name);
      if (!number)
        return number.takeError();
      found->second = number->value_or(NAN);
    }
    out[row] = found->second;
  }
  return out;
}

Result<Table::Texts> Table::texts(const std::string &name) const {
  Texts out;
  std::map<std::string, uint32_t> known;
  const auto indexOf = [&](const std::string &text) {
    const auto [found, isNew] =
        known.try_emplace(text, static_cast<uint32_t>(out.texts.size()));
    if (isNew)
      out.texts.push_back(text);
    return found->second;
  };
  // By group: the text of each entry, where the HDF5 file has it.
  std::vector<std::optional<std::vector<std::string>>> data(groups.size());
  std::vector<std::string> paths(groups.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    paths[g] = datasetOf(g, name);
    if (paths[g].empty())
      continue;
    Result<h5::DatasetInfo> info = source.file->info(paths[g]);
    if (!info)
      return info.takeError();
    if (info->elements == h5::ElementClass::String) {
      Result<h5::Data<std::string>> read = source.file->readStrings(paths[g]);
      if (!read)
        return read.takeError();
      data[g] = std::move(read->values);
      continue;
    }
    // Numbers that lead into @library/NAME.
    Result<h5::Data<std::string>> library = source.file->readStrings(
        h5::join(h5::join(groups[g], "@library"), name));
    if (!library)
      return library.takeError();
    Result<h5::Data<int64_t>> read = source.file->read<int64_t>(paths[g]);
    if (!read)
      return read.takeError();
    std::vector<std::string> &texts = data[g].emplace();
    for (int64_t i : read->values) {
      if (i < 0 || static_cast<size_t>(i) >= library->values.size())
        return Error(fmt::format("holds {}, the library has {} texts", i,
                                 library->values.size()),
                     source.file->place(paths[g]));
      texts.push_back(library->values[static_cast<size_t>(i)]);
    }
  }
  std::map<int64_t, uint32_t> ofTypes;
  for (size_t row = 0; row < size(); ++row) {
    const size_t g = group[row];
    if (data[g]) {
      if (static_cast<size_t>(index[row]) >= data[g]->size())
        return Error(fmt::format("has {} entries; row {} of {} is its entry {}",
                                 data[g]->size(), row, population, index[row]),
                     source.file->place(paths[g]));
      out.index.push_back(indexOf((*data[g])[static_cast<size_t>(index[row])]));
      continue;
    }
    auto found = ofTypes.find(types[row]);
    if (found == ofTypes.end())
      found = ofTypes.emplace(types[row], indexOf(textOfType(types[row], name)))
                  .first;
    out.index.push_back(found->second);
  }
  return out;
}
