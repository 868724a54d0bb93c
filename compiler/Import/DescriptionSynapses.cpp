// What a network description lists value by value: synapses and weights, in
// place or in a file beside it.

#include "compiler/Import/DescriptionReader.h"
#include "hw-models/base/Files.h"
#include "runtime/hdf5/File.h"

#include <algorithm>
#include <charconv>
#include <numeric>

using namespace limen;
using namespace limen::description;

/// `name` as seen from the folder of the description.
static std::string besides(const std::string &description,
                           const std::string &name) {
  const size_t slash = description.rfind('/');
  if (name.starts_with('/') || slash == std::string::npos)
    return name;
  return description.substr(0, slash + 1) + name;
}

/// Numbers of a text file: rows of at most `most` columns separated by commas
/// or spaces; empty lines and what follows '#' are skipped.
static Result<std::vector<std::vector<double>>>
readRows(const std::string &path, size_t most) {
  Result<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  std::vector<std::vector<double>> rows;
  unsigned line = 0;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    std::string_view rest = std::string_view(*text).substr(at, end - at);
    rest = rest.substr(0, rest.find('#'));
    at = end + 1;
    ++line;
    std::vector<double> row;
    for (;;) {
      const size_t begin = rest.find_first_not_of(", \t\r");
      if (begin == std::string_view::npos)
        break;
      rest.remove_prefix(begin);
      double number = 0;
      const auto [stop, code] =
          std::from_chars(rest.data(), rest.data() + rest.size(), number);
      const bool ends =
          stop == rest.data() + rest.size() ||
          std::string_view(", \t\r").find(*stop) != std::string_view::npos;
      if (code != std::errc() || !ends || !std::isfinite(number))
        return Error(fmt::format("'{}' is not a number",
                                 rest.substr(0, rest.find_first_of(", \t\r"))),
                     Place{path, line, 0, {}});
      row.push_back(number);
      rest.remove_prefix(static_cast<size_t>(stop - rest.data()));
    }
    if (row.size() > most)
      return Error(fmt::format("the row has {} numbers; at most {} were wanted",
                               row.size(), most),
                   Place{path, line, 0, {}});
    if (!row.empty())
      rows.push_back(std::move(row));
  }
  return rows;
}

/// Numbers of a sequence, however nested.
static void flatten(const YamlValue &value, std::vector<float> &out) {
  if (value.kind() != YamlValue::Kind::Sequence) {
    out.push_back(static_cast<float>(value.as<double>()));
    return;
  }
  for (const YamlValue &item : value.items())
    flatten(item, out);
}

/// "weights.h5:/path" or a text file.
static Result<std::vector<float>> readNumbersOf(const std::string &path) {
  for (const char *ending : {".h5:", ".hdf5:"}) {
    const size_t at = path.find(ending);
    if (at == std::string::npos)
      continue;
    const size_t colon = path.find(':', at);
    Result<h5::File> file = h5::File::open(path.substr(0, colon));
    if (!file)
      return file.takeError();
    Result<h5::Data<float>> data = file->read<float>(path.substr(colon + 1));
    if (!data)
      return data.takeError();
    return std::move(data->values);
  }
  Result<std::vector<std::vector<double>>> rows =
      readRows(path, std::numeric_limits<size_t>::max());
  if (!rows)
    return rows.takeError();
  std::vector<float> out;
  for (const std::vector<double> &row : *rows)
    out.insert(out.end(), row.begin(), row.end());
  return out;
}

std::vector<float> Reader::readValues(YamlMap &map,
                                      const Projection &projection) {
  const YamlValue values = map.value("values"), file = map.value("file");
  std::vector<float> out;
  if (values && file) {
    file.fail(fmt::format("'{}' has both values and a file", projection.name));
    return out;
  }
  if (values) {
    flatten(values, out);
  } else {
    Result<std::vector<float>> read =
        readNumbersOf(besides(this->out.place.file, file.as<std::string>()));
    if (!read) {
      file.fail(read.error().place.text() + ": " + read.error().message);
      return out;
    }
    out = std::move(*read);
  }
  const Node &source = this->out.nodes[projection.source];
  const Node &target = this->out.nodes[projection.target];
  int64_t wanted = 0;
  switch (projection.rule) {
  case Rule::Dense:
    wanted = source.size * target.size;
    break;
  case Rule::Conv2d:
    wanted = std::accumulate(projection.kernelShape.begin(),
                             projection.kernelShape.end(), int64_t(1),
                             std::multiplies<>());
    break;
  case Rule::List:
    wanted = static_cast<int64_t>(projection.targets.size());
    break;
  case Rule::Random:
    return out; // refused by its rule
  }
  if (static_cast<int64_t>(out.size()) != wanted)
    (values ? values : file)
        .fail(fmt::format("'{}' has {} weights; {} were wanted",
                          projection.name, out.size(), wanted));
  return out;
}

void Reader::readList(YamlMap &map, Projection &projection) {
  projection.rule = Rule::List;
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  const YamlValue inPlace = map.value("synapses"), file = map.value("file");
  if (static_cast<bool>(inPlace) == static_cast<bool>(file)) {
    map.fail(
        fmt::format("'{}' needs either 'synapses' or 'file'", projection.name),
        "a synapse is [source, target, weight, delay in steps], the last "
        "two may be left out");
    return;
  }
  const YamlValue &origin = inPlace ? inPlace : file;
  std::vector<std::vector<double>> rows;
  if (inPlace) {
    for (const YamlValue &item : inPlace.items()) {
      std::vector<double> &row = rows.emplace_back();
      for (const YamlValue &number : item.items())
        row.push_back(number.as<double>());
    }
  } else {
    auto read = readRows(besides(out.place.file, file.as<std::string>()), 4);
    if (!read)
      return file.fail(read.error().place.text() + ": " + read.error().message);
    rows = std::move(*read);
  }

  const size_t columns = rows.empty() ? 2 : rows.front().size();
  const auto whole = [](double number, int64_t below) {
    return number >= 0 && number < static_cast<double>(below) &&
           number == std::floor(number);
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::vector<double> &row = rows[i];
    if (row.size() != columns || columns < 2 || columns > 4)
      return origin.fail(fmt::format("synapse {} of '{}' has {} numbers; 2 to "
                                     "4, as many for each, were wanted",
                                     i, projection.name, row.size()));
    if (!whole(row[0], source.size) || !whole(row[1], target.size) ||
        (columns == 4 && !whole(row[3], 65536)))
      return origin.fail(fmt::format(
          "synapse {} of '{}' leads from {} to {}{}; '{}' has {} "
          "elements and '{}' {}",
          i, projection.name, formatNumber(row[0]), formatNumber(row[1]),
          columns == 4 ? fmt::format(" in {} steps", formatNumber(row[3])) : "",
          source.name, source.size, target.name, target.size));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto &a, const auto &b) {
    return a[0] != b[0] ? a[0] < b[0] : a[1] < b[1];
  });
  projection.offsets.assign(static_cast<size_t>(source.size) + 1, 0);
  for (const std::vector<double> &row : rows) {
    ++projection.offsets[static_cast<size_t>(row[0]) + 1];
    projection.targets.push_back(static_cast<int32_t>(row[1]));
    if (columns > 2)
      projection.values.push_back(static_cast<float>(row[2]));
    if (columns > 3)
      projection.synapseDelays.push_back(static_cast<int32_t>(row[3]));
  }
  std::partial_sum(projection.offsets.begin(), projection.offsets.end(),
                   projection.offsets.begin());
}
