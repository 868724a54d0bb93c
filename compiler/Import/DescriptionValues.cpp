// What a network description says value by value: parameters and initial
// states of neurons, spikes of inputs, numbers in files beside it.

#include "compiler/Import/DescriptionReader.h"
#include "compiler/Import/DescriptionUnits.h"
#include "hw-models/base/Files.h"
#include "runtime/hdf5/File.h"
#include "runtime/network/RandomStage.h"

#include <algorithm>
#include <charconv>

using namespace limen;
using namespace limen::description;

std::string limen::description::besides(const std::string &description,
                                        const std::string &name) {
  const size_t slash = description.rfind('/');
  if (name.starts_with('/') || slash == std::string::npos)
    return name;
  return description.substr(0, slash + 1) + name;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

Result<Table> limen::description::readTable(const std::string &path,
                                            size_t most) {
  Result<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  Table table;
  unsigned line = 0;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    std::string_view rest = std::string_view(*text).substr(at, end - at);
    rest = rest.substr(0, rest.find('#'));
    at = end + 1;
    ++line;
    size_t count = 0;
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
      table.numbers.push_back(number);
      ++count;
      rest.remove_prefix(static_cast<size_t>(stop - rest.data()));
    }
    if (count > most)
      return Error(fmt::format("the row has {} numbers; at most {} were wanted",
                               count, most),
                   Place{path, line, 0, {}});
    if (count > 0)
      table.ends.push_back(table.numbers.size());
  }
  return table;
}

/// "numbers.h5:/path" or a text file.
static Result<std::vector<double>> readNumbersOf(const std::string &path) {
  for (const char *ending : {".h5:", ".hdf5:"}) {
    const size_t at = path.find(ending);
    if (at == std::string::npos)
      continue;
    const size_t colon = path.find(':', at);
    Result<h5::File> file = h5::File::open(path.substr(0, colon));
    if (!file)
      return file.takeError();
    Result<h5::Data<double>> data = file->read<double>(path.substr(colon + 1));
    if (!data)
      return data.takeError();
    return std::move(data->values);
  }
  Result<Table> table = readTable(path, std::numeric_limits<size_t>::max());
  if (!table)
    return table.takeError();
  return std::move(table->numbers);
}

std::optional<std::vector<double>>
Reader::readFileNumbers(YamlMap &map, const YamlValue &file,
                        std::string_view unit, const std::string &culprit) {
  const double factor = factorOf(map.value("unit"), file, unit, culprit);
  Result<std::vector<double>> numbers =
      readNumbersOf(besides(out.place.file, file.as<std::string>()));
  if (!numbers) {
    file.fail(numbers.error().place.text() + ": " + numbers.error().message);
    return std::nullopt;
  }
  for (double &number : *numbers) {
    if (!std::isfinite(number)) {
      file.fail(fmt::format("{}: the file holds {}; finite numbers were wanted",
                            culprit, number));
      return std::nullopt;
    }
    number *= factor;
  }
  return std::move(*numbers);
}

/// Numbers of a sequence, however nested.
static bool flatten(const YamlValue &value, std::string_view unit,
                    const std::string &culprit, std::vector<double> &out) {
  if (value.kind() != YamlValue::Kind::Sequence) {
    const std::optional<double> number = readIn(value, unit, culprit);
    if (!number && value.kind() == YamlValue::Kind::Absent)
      return false;
    out.push_back(number.value_or(0));
    return number.has_value();
  }
  // One bad number is reported, not each.
  for (const YamlValue &item : value.items())
    if (!flatten(item, unit, culprit, out))
      return false;
  return true;
}

std::optional<std::vector<double>>
Reader::readList(YamlMap &map, std::string_view unit,
                 const std::string &culprit) {
  const YamlValue values = map.value("values"), file = map.value("file");
  if (values && file) {
    file.fail(fmt::format("{} has both values and a file", culprit));
    return std::nullopt;
  }
  if (file)
    return readFileNumbers(map, file, unit, culprit);
  std::vector<double> numbers;
  if (!values || !flatten(values, unit, culprit, numbers)) {
    if (map.has("values") && !values)
      map.fail(fmt::format("{} has no values", culprit));
    return std::nullopt;
  }
  return numbers;
}

//===----------------------------------------------------------------------===//
// One value per neuron
//===----------------------------------------------------------------------===//

std::optional<std::vector<double>> Reader::readDrawn(YamlMap &map,
                                                     const Field &field) {
  const YamlValue kind = map.requiredValue("distribution");
  const auto number = [&](const YamlValue &value) {
    return readIn(value, field.unit, field.culprit).value_or(0);
  };
  Draw draw;
  if (!kind || !readNumbers(kind, map, field.culprit, draw, number))
    return std::nullopt;
  if (draw.distribution == snn::DistributionKind::FormedPair) {
    kind.fail(fmt::format("{} is no weight and cannot be a formed_pair",
                          field.culprit));
    return std::nullopt;
  }
  if (const YamlValue low = map.value("min"))
    draw.low = number(low);
  if (const YamlValue high = map.value("max"))
    draw.high = number(high);
  if (!(draw.low < draw.high)) {
    map.fail(fmt::format("{} is drawn from {} to {}; min must be below max",
                         field.culprit, formatNumber(draw.low),
                         formatNumber(draw.high)));
    map.entries();
    return std::nullopt;
  }
  const YamlValue seed = map.value("seed");
  seedUsed |= !seed;
  const RandomStream stream(seed ? seed.as<uint64_t>() : networkSeed,
                            field.purpose, identityOf(field.identity));
  std::vector<double> values(static_cast<size_t>(field.size));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = network::drawWithin(
        static_cast<network::Distribution>(draw.distribution), draw.a, draw.b,
        draw.low, draw.high, stream, {i, 0});
  return values;
}

std::vector<double> Reader::readField(const YamlValue &value,
                                      const Field &field) {
  std::vector<double> values;
  if (value.kind() == YamlValue::Kind::Map) {
    YamlMap map = value.map();
    std::optional<std::vector<double>> found;
    if (map.has("file"))
      found =
          readFileNumbers(map, map.value("file"), field.unit, field.culprit);
    else
      found = readDrawn(map, field);
    map.finish();
    if (!found)
      return {0};
    values = std::move(*found);
  } else if (!flatten(value, field.unit, field.culprit, values)) {
    return {0};
  }
  const bool single = value.kind() == YamlValue::Kind::Scalar;
  if (!single && static_cast<int64_t>(values.size()) != field.size)
    value.fail(fmt::format("{} has {} values for {} neurons", field.culprit,
                           values.size(), field.size));
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string_view wanted =
        field.purpose == Purpose::Parameter
            ? wantedOf(field.name, field.unit, values[i])
            : std::string_view();
    if (wanted.empty())
      continue;
    value.fail(fmt::format(
        "{} is {}{}{}{}; {} was wanted", field.culprit, formatNumber(values[i]),
        field.unit.empty() ? "" : " ", field.unit,
        single ? "" : fmt::format(" for neuron {}", i), wanted));
    break;
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Spikes of inputs
//===----------------------------------------------------------------------===//

void Reader::readSpikes(const YamlValue &value, Node &node) {
  node.hasSpikes = true;
  const auto add = [&](const YamlValue &place, size_t element, double seconds) {
    const double steps = seconds / out.dt.value();
    const double whole = std::round(steps);
    if (!(steps >= 0) || whole > 0x7FFFFFFF ||
        std::abs(steps - whole) > 1e-9 * std::max(1.0, whole)) {
      place.fail(fmt::format("element {} of '{}' spikes at step {} of {}; a "
                             "whole number of steps from 0 on was wanted",
                             element, node.name, formatNumber(steps),
                             format(out.dt)));
      return false;
    }
    node.spikes.emplace_back(static_cast<int32_t>(whole),
                             static_cast<int32_t>(element));
    return true;
  };
  if (!(out.dt.value() > 0))
    return; // reported
  const std::string culprit = fmt::format("spikes of '{}'", node.name);
  if (value.kind() == YamlValue::Kind::Map) {
    YamlMap map = value.map();
    const YamlValue file = map.requiredValue("file");
    const double factor =
        factorOf(map.value("unit"), file ? file : value, "s", culprit);
    map.finish();
    if (!file)
      return;
    auto table = readTable(besides(out.place.file, file.as<std::string>()), 2);
    if (!table)
      return file.fail(table.error().place.text() + ": " +
                       table.error().message);
    for (size_t i = 0; i < table->ends.size(); ++i) {
      const std::span<const double> row = table->row(i);
      if (row.size() != 2 || !(row[0] >= 0) ||
          row[0] >= static_cast<double>(node.size) ||
          row[0] != std::floor(row[0]))
        return file.fail(fmt::format("{}: row {} must be an element below {} "
                                     "and a time",
                                     culprit, i, node.size));
      if (!add(file, static_cast<size_t>(row[0]), row[1] * factor))
        return;
    }
  } else {
    const std::vector<YamlValue> elements = value.items();
    if (value.kind() == YamlValue::Kind::Sequence &&
        static_cast<int64_t>(elements.size()) != node.size)
      return value.fail(fmt::format("{} have {} lists of times for {} elements",
                                    culprit, elements.size(), node.size));
    for (size_t i = 0; i < elements.size(); ++i)
      for (const YamlValue &time : elements[i].items()) {
        const std::optional<double> seconds = readIn(time, "s", culprit);
        if (seconds && !add(time, i, *seconds))
          return;
      }
  }
  std::sort(node.spikes.begin(), node.spikes.end());
}
