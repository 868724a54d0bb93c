#include "test/benchmark/rram/CrossSimReader.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <regex>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;
using nlohmann::json;

static std::regex wordsLike(const char *pattern) {
  return std::regex(pattern, std::regex::icase | std::regex::ECMAScript);
}

bool CrossSimReader::hinted(const char *pattern) const {
  return std::regex_search(hint, wordsLike(pattern));
}

/// The whole number that the first fitting pattern captures in the note.
std::optional<unsigned>
CrossSimReader::noted(std::initializer_list<const char *> patterns,
                      size_t group) const {
  std::smatch match;
  for (const char *pattern : patterns)
    if (std::regex_search(hint, match, wordsLike(pattern)) &&
        match[group].length() < 7)
      return static_cast<unsigned>(std::stoul(match[group]));
  return std::nullopt;
}

std::optional<double> CrossSimReader::notedNumber(const char *pattern) const {
  std::smatch match;
  if (!std::regex_search(hint, match, wordsLike(pattern)))
    return std::nullopt;
  try {
    return std::stod(match[1]);
  } catch (const std::exception &) {
    return std::nullopt;
  }
}

enum { Balanced, Sliced, Offset };

size_t CrossSimReader::coreStyle(CrossSimCase &out) {
  if (p.has("core.style"))
    return p.choice("core.style", {"BALANCED", "BITSLICED", "OFFSET"},
                    {1, 2, 3}, Balanced);
  // Ranges of slices are a list of lists.
  const json *ranges = p.find("xbar.adc.mvm.calibrated_range");
  const bool nested = ranges && ranges->is_array() && !ranges->empty() &&
                      ranges->front().is_array() && ranges->size() > 1;
  const bool ofInputs =
      hinted("input[ _-]*(bit[ _-]*)?slic|slic[a-z]* inputs?|bit[ _-]?serial");
  const bool slices =
      hinted("bit[ _-]?sliced|num_slices|weight[ _-]*slices|slices of weight");
  if (nested || slices || (hinted("bit[ _-]?slic") && !ofInputs) ||
      slicesOfArrays() > 0) {
    out.assumed.push_back(
        nested ? "core.style BITSLICED, from the ranges of converters"
               : "core.style BITSLICED, from the note or the arrays");
    return Sliced;
  }
  if (arrays.contains("G") ||
      (hinted("offset|unit[ _-]?col") && !arrays.contains("G_pos"))) {
    out.assumed.push_back("core.style OFFSET, from the arrays or the note");
    return Offset;
  }
  return Balanced;
}

void CrossSimReader::readCore(CrossSimCase &out) {
  Encoding &e = out.settings.encoding;
  const size_t style = coreStyle(out);
  if (p.flag("core.complex_matrix", false) ||
      p.flag("core.complex_input", false))
    p.fail("core.complex_matrix", "is true; real matrices are handled");
  const size_t unit =
      p.has("core.offset.style") || !hinted("unit[ _-]?col")
          ? p.choice("core.offset.style",
                     {"DIGITAL_OFFSET", "UNIT_COLUMN_SUBTRACTION"}, {1, 2}, 0)
          : 1;
  e.offset = unit ? OffsetStyle::UnitColumn : OffsetStyle::Digital;
  e.cellBits = p.whole("xbar.device.cell_bits", 0);
  switch (style) {
  case Balanced: {
    const bool said = p.has("core.balanced.style");
    const bool two = said ? p.choice("core.balanced.style",
                                     {"ONE_SIDED", "TWO_SIDED"}, {1, 2}, 0)
                          : hinted("(two|2)[ _-]?sided");
    e.style = two ? EncodingStyle::TwoSided : EncodingStyle::OneSided;
    if (!said && two)
      out.assumed.push_back("core.balanced.style TWO_SIDED, from the note");
    break;
  }
  case Offset: {
    e.style = EncodingStyle::Offset;
    const events::NumberArray *g = matrix("G");
    if (!p.has("core.offset.style") && g &&
        g->shape[0] == int64_t(out.outputs) + 1)
      e.offset = OffsetStyle::UnitColumn;
    break;
  }
  default:
    readSlices(out);
  }
  const char *path = "core.balanced.interleaved_posneg";
  interleaved = p.has(path)
                    ? p.flag(path, false)
                    : hinted("interleav") && !hinted("(non|not)[ -]?interleav");
  if (!e.pairs())
    interleaved = false;
  else if (interleaved && !p.has(path))
    out.assumed.push_back(
        "core.balanced.interleaved_posneg true, from the note");
  out.settings.wires.interleaved = interleaved;
  out.settings.subtractInArray = subtracts(out);
}

void CrossSimReader::readSlices(CrossSimCase &out) {
  Encoding &e = out.settings.encoding;
  const bool said = p.has("core.bit_sliced.style");
  const bool offset = said ? p.choice("core.bit_sliced.style",
                                      {"BALANCED", "OFFSET"}, {1, 3}, 0) != 0
                           : hinted("offset|unit[ _-]?col") &&
                                 !hinted("balanced") &&
                                 !arrays.contains("G_pos");
  if (!said && offset)
    out.assumed.push_back("core.bit_sliced.style OFFSET, from the note");
  e.style = offset ? EncodingStyle::SlicedOffset : EncodingStyle::SlicedPairs;
  const json *ranges = p.find("xbar.adc.mvm.calibrated_range");
  unsigned slices = slicesOfArrays();
  if (slices == 0 && ranges && ranges->is_array() && !ranges->empty() &&
      ranges->front().is_array())
    slices = static_cast<unsigned>(ranges->size());
  if (slices == 0)
    slices =
        noted({"num_slices[ =:]*([0-9]+)",
               "([0-9]+) (?:bit[ -]|weight )?slices", "([0-9]+)[ _-]?slices",
               "(?:^|[^0-9])([0-9]{1,2}) ?x ?[0-9]{1,2}[ -]?b"})
            .value_or(2);
  e.slices = p.whole("core.bit_sliced.num_slices", slices);
  e.weightBits =
      p.whole("core.weight_bits", noted({"weight_bits[ =:]*([0-9]+)",
                                         "([0-9]+)[- ]?b(?:its?)?[- ]weight",
                                         "weights? (?:of )?([0-9]+)[- ]?b"})
                                      .value_or(0));
  if (e.weightBits == 0) {
    const unsigned each =
        e.cellBits > 0
            ? e.cellBits
            : noted({"slices? of ([0-9]+)[- ]?b",
                     "[^0-9][0-9]{1,2} ?x ?([0-9]{1,2})[ -]?b",
                     "([0-9]+)[- ]?b(?:its?)?(?: cells?)? (?:per|a|each) slice",
                     "([0-9]+)(?:-bit|-b|b) slices"})
                  .value_or(0);
    if (each == 0)
      return p.fail("core.weight_bits",
                    "is missing, and the cells have no bits to take it from");
    e.weightBits = e.slices * each + (offset ? 0 : 1);
    out.assumed.push_back(
        fmt::format("core.weight_bits {}: {} slices of {} bits{}", e.weightBits,
                    e.slices, each, offset ? "" : " and a sign"));
  }
  if (e.slices < 1 || e.weightBits < 2 || e.weightBits > 32)
    p.fail("core.bit_sliced.num_slices",
           fmt::format("is {} for {} bits of weight", e.slices, e.weightBits));
}

/// Slices that the arrays have; 0 if they have none.
unsigned CrossSimReader::slicesOfArrays() {
  for (const char *name : {"G_pos", "G"})
    if (const events::NumberArray *g = matrix(name); g && g->shape.size() == 3)
      return static_cast<unsigned>(g->shape[0]);
  unsigned most = 0;
  for (const auto &[name, array] : arrays)
    if (name.starts_with("G"))
      if (const size_t digit = name.find_first_of("0123456789");
          digit != name.npos && name.size() - digit < 16)
        most = std::max(most, unsigned(std::stoul(name.substr(digit))) + 1);
  return most;
}

bool CrossSimReader::subtracts(CrossSimCase &out) {
  const char *path = "core.balanced.subtract_current_in_xbar";
  if (p.has(path))
    return p.flag(path, true) || interleaved;
  if (interleaved)
    return true;
  const std::vector<double> ends = p.numbers("xbar.adc.mvm.calibrated_range");
  const bool noted =
      hinted("subtract_current_in_xbar *[=:]? *(false|0)|not subtracted|"
             "(subtract|difference)[a-z ]*digital|digital[a-z]*[ _-]subtract|"
             "before (the )?(digital )?(subtraction|difference)");
  // A differential sum has both signs: ends from 0 are those of one side.
  const bool oneSide = out.settings.encoding.pairs() && ends.size() >= 2 &&
                       ends[0] >= 0 && p.whole("xbar.adc.mvm.bits", 0) > 0;
  if (noted || oneSide)
    out.assumed.push_back(
        "core.balanced.subtract_current_in_xbar false, from the note or the "
        "ends of the converters");
  return !(noted || oneSide);
}

/// Bounds of tiles along one side of the matrix: of its rows (outputs) or of
/// its columns (inputs), no more than `limit` each.
std::vector<uint32_t> CrossSimReader::bounds(bool ofRows, uint32_t count,
                                             unsigned limit) {
  const std::string side = ofRows ? "row" : "col";
  const char *given = ofRows ? "partition_rows" : "partition_cols";
  std::vector<uint32_t> out = {0};
  if (const json *list = p.find(given); list && list->is_array()) {
    // [number, first, end] of each part.
    for (const json &part : *list)
      if (part.is_array() && !part.empty() && part.back().is_number())
        out.push_back(part.back().get<uint32_t>());
    if (out.back() != count || !std::is_sorted(out.begin(), out.end()))
      p.fail(given, fmt::format("is {}; parts of {} were wanted", list->dump(),
                                count));
    return out;
  }
  const std::string path = "core.mapping.weights." + side;
  const size_t fallback =
      hinted("max[ -]*partition|PartitionStrategy.MAX") ? 0 : 1;
  const bool most = p.choice(path + "_partition_strategy", {"MAX", "EQUAL"},
                             {1, 2}, fallback) == 0;
  const std::vector<double> divisors = p.numbers(path + "_partition_priority");
  const uint32_t parts = limit == 0 ? 1 : (count + limit - 1) / limit;
  uint32_t size = count / std::max(parts, 1u);
  if (parts > 1 && count % parts != 0) {
    const bool whole =
        std::any_of(divisors.begin(), divisors.end(), [&](double divisor) {
          return divisor > 0 &&
                 std::fmod(double(count), double(limit) / divisor) == 0;
        });
    size = most || whole ? limit
                         : static_cast<uint32_t>(
                               std::nearbyint(double(count) / double(parts)));
  }
  for (uint32_t part = 1; part < parts; ++part)
    out.push_back(part * size);
  out.push_back(count);
  return out;
}

void CrossSimReader::readTiles(CrossSimCase &out) {
  // CrossSim's rows are inputs where it limits arrays, and outputs where it
  // partitions the matrix.
  const char *arrayOf = "on ([0-9]+) ?x ?([0-9]+)[ -]*arrays?";
  const unsigned mostInputs =
      p.whole("core.rows_max",
              noted({"rows_max[ =:]*([0-9]+)", arrayOf}).value_or(1024));
  unsigned most = noted({"cols_max[ =:]*([0-9]+)"}).value_or(0);
  if (most == 0)
    most = noted({arrayOf}, 2).value_or(1024);
  const unsigned mostOutputs = p.whole("core.cols_max", most);
  out.outputBounds = bounds(true, out.outputs, mostOutputs);
  out.inputBounds = bounds(false, out.inputs, mostInputs);
}

namespace {

/// What NumPy calls a percentile: between the two values around it.
double percentile(std::vector<double> values, double percent) {
  std::sort(values.begin(), values.end());
  const double place = percent / 100 * double(values.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] +
         (values[above] - values[below]) * (place - double(below));
}

} // namespace

/// Weights and inputs to what arrays and drivers hold.
void CrossSimReader::readScale(CrossSimCase &out) {
  struct Limits {
    double low, high;
    bool clip;
  };
  const auto limits = [&](const std::string &path,
                          const std::vector<double> &values, double low) {
    Limits found{p.number(path + ".min", low), p.number(path + ".max", 1),
                 p.flag(path + ".clipping", false)};
    if (p.has(path + ".percentile")) {
      const double share = p.number(path + ".percentile", 1);
      if (!(share > 0))
        p.fail(path + ".percentile", fmt::format("is {}", share));
      double most = 0;
      if (share >= 1)
        for (double v : values)
          most = std::max(most, std::abs(v) * share);
      else
        most = std::max(std::abs(percentile(values, 100 * share)),
                        std::abs(percentile(values, 100 - 100 * share)));
      found.low = -most;
      found.high = most;
    }
    if (!(found.high > found.low) || found.high == 0)
      p.fail(path + ".max",
             fmt::format("is {}, with {} for min", found.high, found.low));
    return found;
  };
  const auto cast = [](double value, bool single) {
    return single ? static_cast<double>(static_cast<float>(value)) : value;
  };
  // Weights are divided by max; min only scales results.
  const Limits w = limits("core.mapping.weights", out.weights, -1);
  const bool singleWeights = matrix("W")->type.bytes == 4;
  for (double &v : out.weights) {
    if (w.clip)
      v = std::clamp(v, w.low, w.high);
    v = cast(v / cast(w.high, singleWeights), singleWeights);
  }
  const std::string path = "core.mapping.inputs.mvm";
  Dac &dac = out.settings.dac;
  const Limits x = limits(path, out.drives, dac.isSigned ? -1 : 0);
  // Drives are not shifted; one sign takes the whole width of the limits.
  const double width = (x.high - x.low) / (dac.isSigned ? 2 : 1);
  const bool single = out.settings.single;
  for (double &v : out.drives)
    v = cast(v * cast(1 / width, single), single);
  if (!p.has(path + ".percentile")) {
    dac.low = x.low / width;
    dac.high = x.high / width;
    if (dac.kind == DacKind::Quantizer && dac.bits > 0 && !dac.isSigned &&
        dac.low < 0)
      p.fail(path + ".min", "is negative with a driver without a sign");
    if (dac.kind == DacKind::SignMagnitude && x.low != -x.high)
      p.fail(path + ".min",
             fmt::format("is {}; {}, the negative of max, was wanted", x.low,
                         -x.high));
  }
  out.scale = (w.high - w.low) / 2 * width;
}
