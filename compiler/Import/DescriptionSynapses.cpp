// What a projection lists value by value: synapses, weights, delays, in place
// or in a file beside the description.

#include "compiler/Import/DescriptionReader.h"
#include "compiler/Import/DescriptionUnits.h"

#include <algorithm>
#include <functional>
#include <numeric>

using namespace limen;
using namespace limen::description;

static bool isWhole(double number, int64_t below) {
  return number >= 0 && number < static_cast<double>(below) &&
         number == std::floor(number);
}

int64_t Reader::synapseCount(const Projection &projection) const {
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  switch (projection.rule) {
  case Rule::Dense:
    return source.size * target.size;
  case Rule::Convolution:
    return std::accumulate(projection.kernelShape.begin(),
                           projection.kernelShape.end(), int64_t(1),
                           std::multiplies<>());
  case Rule::List:
    return static_cast<int64_t>(projection.targets.size());
  case Rule::Random: // one_to_one; others are refused
  case Rule::Pool:
    return target.size;
  }
  return 0;
}

void Reader::readValues(YamlMap &map, Projection &projection) {
  const std::optional<std::vector<double>> values =
      readList(map, projection.weightUnit,
               fmt::format("weight of '{}'", projection.name));
  if (!values)
    return;
  projection.values.assign(values->begin(), values->end());
  const int64_t wanted = synapseCount(projection);
  if (static_cast<int64_t>(values->size()) != wanted)
    map.value(map.has("values") ? "values" : "file")
        .fail(fmt::format("'{}' has {} weights; {} were wanted",
                          projection.name, values->size(), wanted));
}

void Reader::readDelayValues(YamlMap &map, Projection &projection) {
  const std::string culprit = fmt::format("delay of '{}'", projection.name);
  const YamlValue values = map.value("values"), file = map.value("file");
  std::vector<double> steps;
  if (values) {
    for (const YamlValue &item : values.items()) {
      const std::optional<double> one = readSteps(item, projection);
      if (!one)
        return;
      steps.push_back(*one);
    }
  } else {
    // Numbers of a file are steps, or times in its unit.
    const bool times = map.has("unit");
    std::optional<std::vector<double>> numbers =
        readFileNumbers(map, file, times ? "s" : "", culprit);
    if (!numbers)
      return;
    steps = std::move(*numbers);
    for (double &step : steps)
      step = times ? step / out.dt.value() : step;
  }
  const YamlValue &origin = values ? values : file;
  const int64_t wanted = synapseCount(projection);
  if (static_cast<int64_t>(steps.size()) != wanted)
    return origin.fail(fmt::format("'{}' has {} delays; {} were wanted",
                                   projection.name, steps.size(), wanted));
  for (size_t i = 0; i < steps.size(); ++i) {
    const double whole = std::round(steps[i]);
    if (!(std::abs(steps[i] - whole) <= 1e-9 * std::max(1.0, whole)) ||
        !isWhole(whole, 65536))
      return origin.fail(fmt::format("delay {} of '{}' is {} steps of {}; a "
                                     "whole number from 0 to 65535 was wanted",
                                     i, projection.name, formatNumber(steps[i]),
                                     format(out.dt)));
    projection.synapseDelays.push_back(static_cast<int32_t>(whole));
  }
}

void Reader::readSynapses(YamlMap &map, Projection &projection) {
  projection.rule = Rule::List;
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  const std::string &name = projection.name;
  const YamlValue inPlace = map.value("synapses"), file = map.value("file");
  if (static_cast<bool>(inPlace) == static_cast<bool>(file)) {
    map.fail(fmt::format("'{}' needs either 'synapses' or 'file'", name),
             "a synapse is [source, target, weight, delay], the last two may "
             "be left out");
    return;
  }
  const YamlValue &origin = inPlace ? inPlace : file;
  const std::string weight = fmt::format("weight of '{}'", name);
  Table table;
  if (inPlace) {
    for (const YamlValue &row : inPlace.items()) {
      const std::vector<YamlValue> items = row.items();
      for (size_t c = 0; c < items.size(); ++c) {
        std::optional<double> number;
        if (c == 3 && out.dt.value() > 0)
          number = readSteps(items[c], projection);
        else
          number =
              readIn(items[c], c == 2 ? projection.weightUnit : "", weight);
        if (!number)
          return;
        table.numbers.push_back(*number);
      }
      table.ends.push_back(table.numbers.size());
    }
  } else {
    auto read = readTable(besides(out.place.file, file.as<std::string>()), 4);
    if (!read)
      return file.fail(read.error().place.text() + ": " + read.error().message);
    table = std::move(*read);
  }

  const size_t count = table.ends.size();
  const size_t columns = count == 0 ? 2 : table.row(0).size();
  double factor = 1;
  if (!inPlace && columns > 2)
    factor = factorOf(map.value("unit"), file, projection.weightUnit, weight);
  for (size_t i = 0; i < count; ++i) {
    const std::span<const double> row = table.row(i);
    if (row.size() != columns || columns < 2 || columns > 4)
      return origin.fail(fmt::format("synapse {} of '{}' has {} numbers; 2 to "
                                     "4, as many for each, were wanted",
                                     i, name, row.size()));
    if (!isWhole(row[0], source.size) || !isWhole(row[1], target.size) ||
        (columns == 4 && !isWhole(row[3], 65536)))
      return origin.fail(fmt::format(
          "synapse {} of '{}' leads from {} to {}{}; '{}' has {} "
          "elements and '{}' {}",
          i, name, formatNumber(row[0]), formatNumber(row[1]),
          columns == 4 ? fmt::format(" in {} steps", formatNumber(row[3])) : "",
          source.name, source.size, target.name, target.size));
  }
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const auto x = table.row(a), y = table.row(b);
    return x[0] != y[0] ? x[0] < y[0] : x[1] < y[1];
  });
  projection.offsets.assign(static_cast<size_t>(source.size) + 1, 0);
  for (size_t i : order) {
    const std::span<const double> row = table.row(i);
    ++projection.offsets[static_cast<size_t>(row[0]) + 1];
    projection.targets.push_back(static_cast<int32_t>(row[1]));
    if (columns > 2)
      projection.values.push_back(static_cast<float>(row[2] * factor));
    if (columns > 3)
      projection.synapseDelays.push_back(static_cast<int32_t>(row[3]));
  }
  std::partial_sum(projection.offsets.begin(), projection.offsets.end(),
                   projection.offsets.begin());
}

/// Compressed sparse rows: the synapses of source i are those from offsets[i]
/// to offsets[i + 1] of targets.
void Reader::readRows(YamlMap &map, Projection &projection) {
  projection.rule = Rule::List;
  const Node &source = out.nodes[projection.source];
  const Node &target = out.nodes[projection.target];
  const auto read = [&](const char *key) {
    std::optional<std::vector<double>> numbers;
    const YamlValue value = map.requiredValue(key);
    const std::string culprit = fmt::format("{} of '{}'", key, projection.name);
    if (value.kind() == YamlValue::Kind::Map) {
      YamlMap inner = value.map();
      if (const YamlValue file = inner.requiredValue("file"))
        numbers = readFileNumbers(inner, file, "", culprit);
      inner.finish();
    } else if (value) {
      numbers.emplace();
      for (const YamlValue &item : value.items())
        numbers->push_back(item.as<double>());
    }
    return numbers;
  };
  const auto offsets = read("offsets"), targets = read("targets");
  if (!offsets || !targets)
    return;
  const auto count = static_cast<int64_t>(targets->size());
  bool good = static_cast<int64_t>(offsets->size()) == source.size + 1 &&
              offsets->front() == 0 &&
              offsets->back() == static_cast<double>(count);
  for (size_t i = 0; good && i < offsets->size(); ++i)
    good = isWhole((*offsets)[i], count + 1) &&
           (i == 0 || (*offsets)[i - 1] <= (*offsets)[i]);
  if (!good)
    return map.value("offsets").fail(
        fmt::format("offsets of '{}' must be {} whole numbers that rise from 0 "
                    "to the {} targets",
                    projection.name, source.size + 1, count));
  for (size_t s = 0; s + 1 < offsets->size(); ++s)
    for (auto k = static_cast<size_t>((*offsets)[s]);
         k < static_cast<size_t>((*offsets)[s + 1]); ++k)
      if (!isWhole((*targets)[k], target.size) ||
          (k > (*offsets)[s] && (*targets)[k] < (*targets)[k - 1]))
        return map.value("targets").fail(fmt::format(
            "target {} of '{}' is {}; an element below {}, not below the one "
            "before it in its row, was wanted",
            k, projection.name, formatNumber((*targets)[k]), target.size));
  projection.offsets.assign(offsets->begin(), offsets->end());
  projection.targets.assign(targets->begin(), targets->end());
}
