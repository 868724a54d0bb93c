#include "test/benchmark/rram/CrossSimCase.h"

#include "test/benchmark/rram/CrossSimArrays.h"
#include "test/benchmark/rram/CrossSimParameters.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <regex>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;
using nlohmann::json;

namespace {

/// Puts a case together.
class Reader {
public:
  Reader(CrossSimParameters &p, Arrays &arrays, std::string hint)
      : p(p), arrays(arrays), hint(std::move(hint)) {}

  std::optional<Error> run(CrossSimCase &out) {
    readArrays(out);
    if (!p.error())
      readCore(out);
    if (!p.error())
      readDevice(out);
    if (!p.error())
      readDac(out);
    if (!p.error())
      readTiles(out);
    if (!p.error())
      readAdc(out);
    if (!p.error())
      readWires(out);
    if (!p.error())
      readCells(out);
    if (!p.error())
      readScale(out);
    finish(out);
    return p.error();
  }

private:
  const events::NumberArray *matrix(const std::string &name) {
    const auto at = arrays.find(name);
    if (at == arrays.end())
      return nullptr;
    if (at->second.shape.size() == 1)
      at->second.shape.push_back(1);
    return &at->second;
  }

  void readArrays(CrossSimCase &out) {
    const events::NumberArray *w = matrix("W"), *x = matrix("X"),
                              *y = matrix("Y");
    if (!w || !x || !y)
      return p.fail("arrays", "does not hold W, X and Y");
    out.outputs = static_cast<uint32_t>(w->shape[0]);
    out.inputs = static_cast<uint32_t>(w->shape[1]);
    out.batch = static_cast<uint32_t>(x->shape[1]);
    if (w->shape.size() != 2 || x->shape.size() != 2 || y->shape.size() != 2 ||
        x->shape[0] != w->shape[1] || y->shape[0] != w->shape[0] ||
        y->shape[1] != x->shape[1] || w->values.empty())
      return p.fail("arrays",
                    "has shapes of W (outputs, inputs), X (inputs, "
                    "batch) and Y (outputs, batch) that do not match");
    out.weights = w->values;
    out.drives = x->values;
    out.results = y->values;
    out.settings.single = x->type.kind == 'f' && x->type.bytes == 4;
  }

  bool hinted(const char *pattern) const {
    return std::regex_search(
        hint, std::regex(pattern, std::regex::icase | std::regex::ECMAScript));
  }

  void readCore(CrossSimCase &out) {
    Encoding &e = out.settings.encoding;
    enum { Balanced, Sliced, Offset };
    size_t style = Balanced;
    if (p.has("core.style")) {
      style = p.choice("core.style", {"BALANCED", "BITSLICED", "OFFSET"},
                       {1, 2, 3}, Balanced);
    } else if (hinted("bit[ _-]?slic") &&
               !hinted("bit[ _-]?serial|input[ _]bit")) {
      style = Sliced;
      out.assumed.push_back("core.style BITSLICED, from the note");
    } else if (arrays.contains("G") || hinted("offset core|unit[ _-]?col")) {
      style = Offset;
      out.assumed.push_back("core.style OFFSET, from the arrays or the note");
    }
    if (p.flag("core.complex_matrix", false) ||
        p.flag("core.complex_input", false))
      p.fail("core.complex_matrix", "is true; real matrices are handled");
    const size_t unit =
        p.has("core.offset.style") || !hinted("unit[ _-]?col")
            ? p.choice("core.offset.style",
                       {"DIGITAL_OFFSET", "UNIT_COLUMN_SUBTRACTION"}, {1, 2}, 0)
            : 1;
    e.offset = unit ? OffsetStyle::UnitColumn : OffsetStyle::Digital;
    if (p.flag("core.balanced.interleaved_posneg", false) &&
        p.flag("xbar.array.parasitics.enable", false))
      p.fail(
          "core.balanced.interleaved_posneg",
          "is true with parasitics; pairs on lines of their own are handled");
    e.cellBits = p.whole("xbar.device.cell_bits", 0);
    switch (style) {
    case Balanced: {
      const bool said = p.has("core.balanced.style");
      const bool two = said ? p.choice("core.balanced.style",
                                       {"ONE_SIDED", "TWO_SIDED"}, {1, 2}, 0)
                            : hinted("two[ _-]?sided");
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
    out.settings.subtractInArray = subtracts(out);
  }

  void readSlices(CrossSimCase &out) {
    Encoding &e = out.settings.encoding;
    const bool offset = p.choice("core.bit_sliced.style",
                                 {"BALANCED", "OFFSET"}, {1, 3}, 0) != 0;
    e.style = offset ? EncodingStyle::SlicedOffset : EncodingStyle::SlicedPairs;
    e.slices = p.whole("core.bit_sliced.num_slices", slicesOfArrays());
    e.weightBits = p.whole("core.weight_bits", 0);
    if (e.weightBits == 0) {
      if (e.cellBits == 0)
        return p.fail("core.weight_bits",
                      "is missing, and the cells have no bits to take it from");
      e.weightBits = e.slices * e.cellBits + (offset ? 0 : 1);
      out.assumed.push_back(fmt::format(
          "core.weight_bits {}: {} slices of {} bits{}", e.weightBits, e.slices,
          e.cellBits, offset ? "" : " and a sign"));
    }
    if (e.slices < 1 || e.weightBits < 2 || e.weightBits > 32)
      p.fail(
          "core.bit_sliced.num_slices",
          fmt::format("is {} for {} bits of weight", e.slices, e.weightBits));
  }

  /// Slices that the arrays, then the note, name; 2 as CrossSim.
  unsigned slicesOfArrays() {
    for (const char *name : {"G_pos", "G"})
      if (const events::NumberArray *g = matrix(name);
          g && g->shape.size() == 3)
        return static_cast<unsigned>(g->shape[0]);
    unsigned most = 0;
    for (const auto &[name, array] : arrays)
      if (name.starts_with("G"))
        if (const size_t digit = name.find_first_of("0123456789");
            digit != name.npos)
          most = std::max(most, unsigned(std::stoul(name.substr(digit))) + 1);
    std::smatch match;
    if (most == 0 &&
        std::regex_search(hint, match,
                          std::regex("([0-9]+)[ -]*(bit[ -])?slices")))
      most = unsigned(std::stoul(match[1]));
    return most == 0 ? 2 : most;
  }

  bool subtracts(CrossSimCase &out) {
    const char *path = "core.balanced.subtract_current_in_xbar";
    if (p.has(path))
      return p.flag(path, true);
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

  void readDevice(CrossSimCase &out) {
    Encoding &e = out.settings.encoding;
    const double least = p.number("xbar.device.Rmin", 1000),
                 most = p.number("xbar.device.Rmax", 10000);
    if (p.flag("xbar.device.infinite_on_off_ratio", false))
      e.gMin = 0;
    else if (least > 0 && most > least)
      e.gMin = least / most;
    else
      p.fail("xbar.device.Rmax",
             fmt::format("is {}; more than Rmin ({}) was wanted", most, least));
    out.settings.wires = {};
    const std::string models = "IdealDevice";
    for (const char *kind : {"programming_error", "drift_error"}) {
      const std::string path = std::string("xbar.device.") + kind;
      const std::string model = p.text(path + ".model", models);
      static const std::vector<std::string> known = {
          "IdealDevice",
          "NormalIndependentDevice",
          "NormalProportionalDevice",
          "NormalInverseProportionalDevice",
          "UniformIndependentDevice",
          "UniformProportionalDevice",
          "UniformInverseProportionalDevice",
          "RRAMWan",
          "RRAMMilo",
          "PCMJoshi",
          "SONOS"};
      if (std::find(known.begin(), known.end(), model) == known.end())
        p.fail(path + ".model",
               fmt::format("is '{}', an unknown model", model));
      p.number(path + ".magnitude", 0);
      out.programmed |= p.flag(path + ".enable", false) && model != models;
    }
    readNoise(out);
    if (p.flag("xbar.device.nonlinear_IV.enable", false))
      p.fail("xbar.device.nonlinear_IV.enable",
             "is true; linear cells are compared");
    for (const char *unused :
         {"xbar.device.Vread", "xbar.device.time",
          "xbar.device.clip_conductance", "xbar.device.nonlinear_IV"})
      p.ask(unused);
    out.settings.lineLimit = p.number("xbar.array.Icol_max", 0);
  }

  void readNoise(CrossSimCase &out) {
    const std::string path = "xbar.device.read_noise";
    const std::string model = p.text(path + ".model", "IdealDevice");
    const double magnitude = p.number(path + ".magnitude", 0);
    if (!p.flag(path + ".enable", false) || model == "IdealDevice" ||
        magnitude == 0)
      return;
    if (model != "NormalIndependentDevice" &&
        model != "NormalProportionalDevice")
      return p.fail(path + ".model",
                    fmt::format("is '{}'; NormalIndependentDevice and "
                                "NormalProportionalDevice are handled",
                                model));
    out.readNoise = magnitude;
    out.readNoiseProportional = model == "NormalProportionalDevice";
  }

  void readDac(CrossSimCase &out) {
    Dac &dac = out.settings.dac;
    const std::string path = "xbar.dac.mvm";
    const std::string model = p.text(path + ".model", "IdealDAC");
    dac.bits = p.whole(path + ".bits", 0);
    dac.isSigned = p.flag(path + ".signed", true);
    if (model == "IdealDAC")
      dac.kind = DacKind::Ideal;
    else if (model == "QuantizerDAC")
      dac.kind = DacKind::Quantizer;
    else if (model == "SignMagnitudeDAC")
      dac.kind = DacKind::SignMagnitude;
    else
      p.fail(path + ".model",
             fmt::format("is '{}'; IdealDAC, QuantizerDAC and SignMagnitudeDAC "
                         "are handled",
                         model));
    if (dac.kind == DacKind::SignMagnitude && !dac.isSigned)
      p.fail(path + ".signed", "is false; a SignMagnitudeDAC is signed");
    dac.low = dac.isSigned ? -1 : 0;
    dac.high = 1;
    const unsigned slice = p.whole(path + ".slice_size", 1);
    if (p.flag(path + ".input_bitslicing", false)) {
      if (dac.bits == 0 || slice == 0)
        p.fail(path + ".input_bitslicing",
               "is true, but there are no bits to slice");
      if (dac.kind == DacKind::Quantizer && dac.isSigned)
        p.fail(path + ".signed",
               "is true; a QuantizerDAC drives unsigned slices");
      dac.sliceBits = slice;
    }
    if (dac.bits > 24 || (dac.isSigned && dac.bits == 1))
      p.fail(path + ".bits", fmt::format("is {}", dac.bits));
  }

  void readTiles(CrossSimCase &out) {
    const auto bounds = [&](const char *given, uint32_t count,
                            const char *limit, const char *strategy) {
      std::vector<uint32_t> out;
      if (const json *list = p.find(given); list && list->is_array()) {
        // [number, first, end] of each part.
        out.push_back(0);
        for (const json &part : *list)
          if (part.is_array() && !part.empty() && part.back().is_number())
            out.push_back(part.back().get<uint32_t>());
        if (out.back() != count || !std::is_sorted(out.begin(), out.end()))
          p.fail(given, fmt::format("is {}; parts of {} were wanted",
                                    list->dump(), count));
        return out;
      }
      const bool equal = p.choice(strategy, {"MAX", "EQUAL"}, {1, 2}, 1) == 1;
      return partition(count, p.whole(limit, 1024),
                       equal ? PartitionStyle::Equal : PartitionStyle::Max);
    };
    // CrossSim's rows are inputs where it limits arrays, and outputs where it
    // partitions the matrix.
    out.outputBounds = bounds("partition_rows", out.outputs, "core.cols_max",
                              "core.mapping.weights.row_partition_strategy");
    out.inputBounds = bounds("partition_cols", out.inputs, "core.rows_max",
                             "core.mapping.weights.col_partition_strategy");
  }

  void readAdc(CrossSimCase &out) {
    const std::string path = "xbar.adc.mvm";
    Adc adc;
    const std::string model = p.text(path + ".model", "IdealADC");
    adc.bits = p.whole(path + ".bits", 0);
    adc.rounding = Rounding::EvenAbove;
    if (model == "IdealADC")
      adc.bits = 0;
    else if (model == "QuantizerADC")
      adc.kind = AdcKind::Quantizer;
    else if (model == "SignMagnitudeADC")
      adc.kind = AdcKind::SignMagnitude;
    else if (model == "SarADC")
      adc.kind = AdcKind::Sar;
    else if (model == "RampADC")
      adc.kind = AdcKind::Ramp;
    else
      p.fail(path + ".model",
             fmt::format("is '{}'; IdealADC, QuantizerADC, SignMagnitudeADC, "
                         "SarADC and RampADC are handled",
                         model));
    const bool isSigned = p.flag(path + ".signed", true);
    if (adc.kind == AdcKind::SignMagnitude && adc.bits > 0 && !isSigned)
      p.fail(path + ".signed", "is false; a SignMagnitudeADC is signed");
    if (adc.bits > 0 && p.flag(path + ".stochastic_rounding", false))
      p.fail(path + ".stochastic_rounding",
             "is true; the draws of another program cannot be compared");
    out.settings.convertTurns = p.flag(path + ".adc_per_ibit", false);
    AdcErrors &errors = out.settings.adcErrors;
    errors.gainDb = p.number(path + ".gain_db", 100);
    errors.sigmaCapacitor = p.number(path + ".sigma_capacitor", 0);
    errors.sigmaComparator = p.number(path + ".sigma_comparator", 0);
    errors.splitCapacitors = p.flag(path + ".split_cdac", true);
    errors.symmetricCapacitors = p.flag(path + ".symmetric_cdac", true);
    errors.groupSize = p.whole(path + ".group_size", 8);
    if (adc.bits > 0 && adc.kind != AdcKind::Quantizer &&
        adc.kind != AdcKind::SignMagnitude &&
        (errors.sigmaCapacitor > 0 || errors.sigmaComparator > 0))
      p.fail(path + ".sigma_capacitor",
             "or sigma_comparator is not 0; the draws of another program "
             "cannot be compared");
    if (adc.bits > 24 || (adc.bits == 1 && adc.kind == AdcKind::SignMagnitude))
      p.fail(path + ".bits", fmt::format("is {}", adc.bits));
    if (p.error())
      return;
    const auto list = p.numbers(path + ".calibrated_range");
    const size_t option =
        p.choice(path + ".adc_range_option", {"CALIBRATED", "MAX", "GRANULAR"},
                 {1, 2, 3}, 0);
    if (adc.bits == 0) {
      out.settings.adcs = {Adc{0}};
      return;
    }
    setEnds(out, adc, option, list);
  }

  void setEnds(CrossSimCase &out, Adc adc, size_t option,
               const std::vector<double> &list) {
    const std::string path = "xbar.adc.mvm";
    const Encoding &e = out.settings.encoding;
    const Dac &dac = out.settings.dac;
    const auto with = [&](double low, double high) {
      Adc made = adc;
      made.low = low;
      made.range = high;
      if (!(high > low))
        p.fail(path + ".calibrated_range",
               fmt::format("goes from {} to {}", low, high));
      return made;
    };
    std::vector<Adc> &adcs = out.settings.adcs;
    adcs.clear();
    if (option == 0) {
      if (list.size() != 2 && list.size() != 2 * e.slices)
        return p.fail(path + ".calibrated_range",
                      fmt::format("has {} numbers; a low and a high end{} were "
                                  "wanted",
                                  list.size(),
                                  e.sliced() ? " of each slice" : ""));
      for (size_t k = 0; k + 1 < list.size(); k += 2)
        adcs.push_back(with(list[k], list[k + 1]));
      return;
    }
    const bool difference = e.pairs() && out.settings.subtractInArray;
    const bool both =
        e.style == EncodingStyle::SlicedPairs || dac.isSigned || difference;
    if (option == 1) {
      if (e.style == EncodingStyle::SlicedOffset)
        return p.fail(path + ".adc_range_option",
                      "is MAX with offset bit slices, which is not handled");
      out.endsFollowTile = true;
      out.bothSigns = both;
      const AdcEnds ends = maximumEnds(out.inputs, both);
      adcs.push_back(with(ends.low, ends.high));
      return;
    }
    if (!out.settings.convertTurns)
      return p.fail(path + ".adc_range_option",
                    "is GRANULAR without adc_per_ibit");
    const unsigned bits = p.whole("core.weight_bits", e.weightBits);
    const double step = e.sliced() ? 1 / (std::exp2(e.bitsPerSlice()) - 1)
                                   : std::exp2(-static_cast<double>(bits));
    const bool bothGranular =
        e.style == EncodingStyle::SlicedPairs || dac.isSigned || difference;
    const AdcEnds ends =
        granularEnds(adc.bits, step, dac.magnitudeBits(), bothGranular);
    adcs.push_back(with(ends.low, ends.high));
  }

  void readWires(CrossSimCase &out) {
    const std::string path = "xbar.array.parasitics";
    const double least = p.number("xbar.device.Rmin", 1000);
    const auto relative = [&](const char *key) {
      return p.number(path + "." + key, 0) / least;
    };
    Wires wires{relative("Rp_row"), relative("Rp_col"),
                relative("Rp_row_terminal"), relative("Rp_col_terminal"),
                p.flag(path + ".current_from_input", true)};
    p.ask(path + ".selected_rows");
    if (p.flag(path + ".gate_input", false))
      wires.fromInput = false;
    if (!p.flag(path + ".enable", false))
      return;
    if (!wires.fromInput) {
      // Inputs that the matrix does not use lie between it and the converters,
      // or between it and the supply.
      const unsigned rows = p.whole("core.rows_max", 1024);
      const bool top = p.text(path + ".selected_rows", "top") == "top";
      for (size_t k = 1; k < out.inputBounds.size(); ++k)
        if (out.inputBounds[k] - out.inputBounds[k - 1] != out.inputBounds[1])
          p.fail(path + ".current_from_input",
                 "is false with input tiles of different sizes");
      const double unused =
          std::max(0.0, double(rows) - double(out.inputBounds[1]));
      (top ? wires.outputTerminal : wires.inputTerminal) +=
          unused * (top ? wires.output : wires.input);
    }
    out.settings.wires = wires;
  }

  void readCells(CrossSimCase &out) {
    out.cells =
        findCells(arrays, out.settings.encoding, out.outputs, out.inputs);
    if (out.cells.empty() && out.programmed)
      p.fail("xbar.device.programming_error",
             "or drift_error is enabled, but the archive does not hold the "
             "programmed conductances, and the draws of another program cannot "
             "be made again");
  }

  /// Weights and inputs to [-1, 1].
  void readScale(CrossSimCase &out) {
    const auto limit = [&](const std::string &path, std::vector<double> &values,
                           bool isSigned) {
      double largest = p.number(path + ".max", 1);
      const double smallest = p.number(path + ".min", isSigned ? -largest : 0);
      if (p.has(path + ".percentile")) {
        if (p.number(path + ".percentile", 1) != 1)
          p.fail(path + ".percentile", "is not 1, which is not handled");
        largest = 0;
        for (double v : values)
          largest = std::max(largest, std::abs(v));
      } else if (isSigned && smallest != -largest)
        p.fail(path + ".min",
               fmt::format("is {}; {}, the negative of max, was wanted",
                           smallest, -largest));
      if (!(largest > 0))
        p.fail(path + ".max", fmt::format("is {}", largest));
      const bool single = out.settings.single;
      const bool clip = p.flag(path + ".clipping", false);
      for (double &v : values) {
        if (clip)
          v = std::clamp(v, isSigned ? -largest : 0.0, largest);
        v = single ? static_cast<double>(static_cast<float>(v) /
                                         static_cast<float>(largest))
                   : v / largest;
      }
      return largest;
    };
    const double w = limit("core.mapping.weights", out.weights, true);
    const double x =
        limit("core.mapping.inputs.mvm", out.drives, out.settings.dac.isSigned);
    out.scale = w * x;
  }

  void finish(CrossSimCase &out) {
    out.settings.asPublished = true;
    const bool exact = out.settings.adcs.front().bits > 0;
    out.tolerance = exact ? 1e-4 : out.settings.wires.any() ? 2e-5 : 1e-5;
    for (const char *known : {"case", "note", "arrays", "tolerance"})
      p.ask(known);
    for (std::string path : p.unasked())
      // Products of the other direction, and which CrossSim keeps equal.
      if (path.find(".vmm.") == path.npos && !path.ends_with("._match") &&
          !path.starts_with("simulation."))
        out.ignored.push_back(std::move(path));
  }

  CrossSimParameters &p;
  Arrays &arrays;
  std::string hint;
};

} // namespace

Result<CrossSimCase> bench::readCrossSimCase(const std::string &file) {
  const std::filesystem::path path(file);
  std::filesystem::path beside = path;
  beside.replace_extension(".json");
  Result<json> root = readParameters(beside.string());
  if (!root)
    return root.takeError();
  Result<Arrays> arrays = events::readNpz(file);
  if (!arrays)
    return arrays.takeError();
  CrossSimCase out;
  out.name = root->value("case", path.stem().string());
  std::string hint = out.name;
  if (root->contains("note") && (*root)["note"].is_string())
    hint += " " + (*root)["note"].get<std::string>();
  CrossSimParameters parameters(std::move(*root), beside.string());
  if (auto error = Reader(parameters, *arrays, hint).run(out))
    return *error;
  return out;
}
