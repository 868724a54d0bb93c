#include "hw-models/target/ImcMacro.h"

#include "hw-models/target/Target.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::target;

/// A whole number in [low, high] given as {value, status, source}.
static unsigned whole(YamlMap &map, const char *key, double low, double high) {
  const YamlValue value = map.requiredValue(key);
  if (!value)
    return static_cast<unsigned>(low);
  const double number = value.as<Sourced<double>>().value;
  if (number != std::floor(number) || number < low || number > high) {
    value.fail(
        fmt::format("'{}' is {}; a whole number from {} to {} was wanted", key,
                    formatNumber(number), low, high));
    return static_cast<unsigned>(low);
  }
  return static_cast<unsigned>(number);
}

/// A number in [low, high] given as {value, status, source}; `low` after an
/// error.
template <typename Q = double>
static Q number(YamlMap &map, const char *key, double low, double high) {
  const YamlValue value = map.requiredValue(key);
  if (!value)
    return Q(low);
  const Q read = value.as<Sourced<Q>>().value;
  double raw = 0;
  if constexpr (std::is_same_v<Q, double>)
    raw = read;
  else
    raw = read.value();
  if (!(raw >= low) || !(raw <= high)) {
    value.fail(fmt::format("'{}' is {}; a value from {} to {} was wanted", key,
                           formatNumber(raw), low, high));
    return Q(low);
  }
  return read;
}

/// One of `names`; its index. Records an error for another word.
static unsigned word(YamlMap &map, const char *key,
                     std::initializer_list<const char *> names) {
  const YamlValue value = map.requiredValue(key);
  if (!value)
    return 0;
  const std::string text = value.scalar();
  unsigned index = 0;
  std::string known;
  for (const char *name : names) {
    if (text == name)
      return index;
    known += (index++ ? ", " : "") + std::string(name);
  }
  value.fail(
      fmt::format("'{}' is '{}'; one of {} was wanted", key, text, known));
  return 0;
}

/// As word(), whole() and number(), for keys that may be missing.
static unsigned optionalWord(YamlMap &map, const char *key,
                             std::initializer_list<const char *> names) {
  return map.has(key) ? word(map, key, names) : 0;
}
static unsigned optionalWhole(YamlMap &map, const char *key, double low,
                              double high) {
  return map.has(key) ? whole(map, key, low, high) : static_cast<unsigned>(low);
}
template <typename Q>
static Q optionalNumber(YamlMap &map, const char *key, Q fallback, double low,
                        double high) {
  return map.has(key) ? number<Q>(map, key, low, high) : fallback;
}

static ImcDevice readDevice(YamlMap map) {
  ImcDevice device;
  device.noisy = word(map, "mode", {"ideal", "noisy"}) == 1;
  device.gMin = number<Siemens>(map, "g_min", 0, 1);
  device.gMax = number<Siemens>(map, "g_max", 1e-9, 1);
  device.gUnformed = number<Siemens>(map, "g_unformed", 0, 1);
  device.formedMedian = number<Siemens>(map, "formed_median", 1e-9, 1);
  device.formedSigma = number(map, "formed_sigma", 0, 10);
  device.programmingError = static_cast<ProgrammingError>(
      word(map, "programming_error",
           {"none", "independent", "proportional", "wan", "milo", "joshi",
            "wan_1s", "wan_1day", "wan_2days"}));
  device.programmingMagnitude = number(map, "programming_magnitude", 0, 10);
  device.readNoise = number(map, "read_noise", 0, 10);
  device.readNoiseKind = static_cast<ReadNoise>(
      optionalWord(map, "read_noise_kind", {"proportional", "independent"}));
  device.readNoiseHold = static_cast<NoiseHold>(
      optionalWord(map, "read_noise_hold", {"read", "sample"}));
  device.readNoiseRows = optionalNumber(map, "read_noise_rows", 0.0, 0, 10);
  device.readNoiseColumns =
      optionalNumber(map, "read_noise_columns", 0.0, 0, 10);
  device.readNoiseArray = optionalNumber(map, "read_noise_array", 0.0, 0, 10);
  device.cellBits = optionalWhole(map, "cell_bits", 0, 16);
  device.clip = optionalWord(map, "clip", {"off", "on"}) == 1;
  device.stuckLow = optionalNumber(map, "stuck_low", 0.0, 0, 1);
  device.stuckHigh = optionalNumber(map, "stuck_high", 0.0, 0, 1);
  device.drift = static_cast<Drift>(
      optionalWord(map, "drift", {"none", "power", "logarithmic"}));
  device.retention = optionalNumber(map, "retention", Seconds(0), 0, 1e12);
  device.formingMean =
      optionalNumber(map, "forming_mean", device.formingMean, 0, 100);
  device.formingSigma =
      optionalNumber(map, "forming_sigma", device.formingSigma, 1e-6, 100);
  device.endurance =
      static_cast<uint64_t>(optionalNumber(map, "endurance", 0.0, 0, 1e15));
  device.nonlinearity = optionalNumber(map, "nonlinearity", 0.0, 0, 20);
  if (device.stuckLow + device.stuckHigh > 1)
    map.fail(fmt::format("stuck_low ({}) and stuck_high ({}) are more than all "
                         "cells",
                         device.stuckLow, device.stuckHigh));
  if (device.drift != Drift::None && device.retention.value() <= 0)
    map.fail("cells drift, but 'retention' is not above 0");
  if (device.gMin.value() >= device.gMax.value())
    map.fail(fmt::format("g_min ({}) is not below g_max ({})",
                         format(device.gMin), format(device.gMax)));
  struct Valid {
    ProgrammingError model;
    const char *name;
    double low, high; ///< of targets
  };
  for (const Valid &valid :
       {Valid{ProgrammingError::Wan, "wan", 0, 39.26e-6},
        Valid{ProgrammingError::Wan1Second, "wan_1s", 0, 40e-6},
        Valid{ProgrammingError::Wan1Day, "wan_1day", 0, 40e-6},
        Valid{ProgrammingError::Wan2Days, "wan_2days", 0, 40e-6},
        Valid{ProgrammingError::Milo, "milo", 0, 225e-6},
        Valid{ProgrammingError::Joshi, "joshi", 0, 25e-6}})
    if (device.programmingError == valid.model &&
        device.gMax.value() > valid.high * (1 + 1e-9))
      map.fail(fmt::format("g_max is {}; the '{}' error model holds up to {}",
                           format(device.gMax), valid.name,
                           formatQuantity(valid.high, "S")));
  map.finish();
  return device;
}

static ImcAdc readAdc(YamlMap map) {
  ImcAdc adc;
  adc.kind = static_cast<ConverterKind>(word(
      map, "kind", {"sign_magnitude", "quantizer", "sar", "ramp", "flash"}));
  adc.bits = whole(map, "bits", 0, 24);
  if (adc.bits == 1 && adc.kind == ConverterKind::SignMagnitude)
    map.fail("'bits' is 1; 0 (ideal) or 2 to 24 was wanted",
             "a sign-magnitude code needs a sign and a magnitude");
  adc.rounding = static_cast<ConverterRounding>(optionalWord(
      map, "rounding", {"even", "even_above", "down", "stochastic"}));
  adc.subtractInArray =
      optionalWord(map, "subtract", {"array", "digital"}) == 0;
  if (!adc.subtractInArray && adc.kind == ConverterKind::SignMagnitude)
    map.fail("'subtract' is 'digital' with a sign_magnitude converter",
             "the sums of one side have no sign: use quantizer, sar, ramp or "
             "flash");
  adc.offset = optionalNumber(map, "offset", 0.0, -1e6, 1e6);
  adc.noise = optionalNumber(map, "noise", 0.0, 0, 1e6);
  adc.comparatorSigma = optionalNumber(map, "comparator_sigma", 0.0, 0, 1);
  adc.capacitorSigma = optionalNumber(map, "capacitor_sigma", 0.0, 0, 1);
  if ((adc.comparatorSigma > 0 || adc.capacitorSigma > 0) &&
      adc.kind != ConverterKind::Sar && adc.kind != ConverterKind::Ramp)
    map.fail("'comparator_sigma' and 'capacitor_sigma' are of sar and ramp "
             "converters");
  adc.pricedBits = whole(map, "priced_bits", 2, 24);
  const unsigned range = word(map, "range", {"max", "calibrated", "granular"});
  adc.calibrated = range == 1;
  adc.granular = range == 2;
  adc.percentile = number(map, "percentile", 1, 100);
  map.finish();
  return adc;
}

static ImcWeights readWeights(YamlMap map) {
  ImcWeights weights;
  weights.encoding = static_cast<EncodingStyle>(word(
      map, "encoding",
      {"one_sided", "two_sided", "offset", "sliced_pairs", "sliced_offset"}));
  weights.offset = static_cast<OffsetStyle>(
      optionalWord(map, "offset", {"digital", "unit_column"}));
  weights.slices = optionalWhole(map, "slices", 0, 32);
  weights.unrolled = optionalWord(map, "convolution", {"kernel", "unrolled"});
  map.finish();
  return weights;
}

static ImcDrive readDrive(YamlMap map) {
  ImcDrive drive;
  drive.kind = static_cast<DriveKind>(
      word(map, "kind", {"pulses", "bit_serial", "levels"}));
  drive.bits = optionalWhole(map, "bits", 0, 24);
  drive.sliceBits = map.has("slice_bits") ? whole(map, "slice_bits", 1, 24) : 1;
  drive.convertTurns = optionalWord(map, "convert", {"each_turn", "once"}) == 0;
  drive.isSigned = optionalWord(map, "sign", {"off", "on"}) == 1;
  drive.range = static_cast<DriveRange>(
      optionalWord(map, "range", {"counts", "calibrated", "fixed"}));
  drive.fullScale = optionalNumber(map, "full_scale", 1.0, 1e-30, 1e30);
  drive.gainSigma = optionalNumber(map, "gain_sigma", 0.0, 0, 1);
  drive.offsetSigma = optionalNumber(map, "offset_sigma", 0.0, 0, 1);
  if ((drive.gainSigma > 0 || drive.offsetSigma > 0) &&
      drive.kind != DriveKind::Levels)
    map.fail("'gain_sigma' and 'offset_sigma' are of drivers of levels",
             "drive.kind=levels makes a voltage for each row");
  if (drive.kind != DriveKind::Pulses) {
    const unsigned least = drive.isSigned ? 2 : 1;
    if (drive.bits < least &&
        (drive.bits > 0 || drive.kind == DriveKind::BitSerial))
      map.fail(fmt::format("'bits' is {}; at least {} were wanted", drive.bits,
                           least),
               drive.kind == DriveKind::BitSerial
                   ? "a row is driven bit by bit"
                   : "0 bits are ideal drivers, one bit has no sign");
    if (drive.bits == 0 && drive.range == DriveRange::Counts)
      map.fail("'range' is 'counts' with ideal drivers (0 bits)",
               "a full scale of 2^bits - 1 spikes needs bits: use calibrated "
               "or fixed");
  } else if (drive.isSigned) {
    map.fail("'sign' is 'on' with 'kind' 'pulses'",
             "a count of pulses has no sign: use bit_serial or levels");
  }
  map.finish();
  return drive;
}

static ImcWires readWires(YamlMap map) {
  ImcWires wires;
  wires.model = static_cast<WireModel>(
      word(map, "model", {"none", "approximate", "exact"}));
  wires.row = number(map, "row_ohms", 0, 1e6);
  wires.column = number(map, "column_ohms", 0, 1e6);
  map.finish();
  return wires;
}

static ImcTiming readTiming(YamlMap map) {
  ImcTiming timing;
  timing.latch = whole(map, "latch", 0, 1e6);
  timing.wordLine = whole(map, "word_line", 0, 1e6);
  timing.settle = whole(map, "settle", 0, 1e6);
  timing.convertPerBit = whole(map, "convert_per_bit", 0, 1e6);
  timing.convertExtra = whole(map, "convert_extra", 0, 1e6);
  timing.drain = whole(map, "drain", 0, 1e6);
  map.finish();
  return timing;
}

static ImcUnit readUnit(YamlMap map) {
  ImcUnit unit;
  unit.lanes = whole(map, "lanes", 1, 1e6);
  unit.add = whole(map, "add", 0, 1e6);
  unit.multiply = whole(map, "multiply", 0, 1e6);
  unit.compare = whole(map, "compare", 0, 1e6);
  unit.select = whole(map, "select", 0, 1e6);
  unit.other = whole(map, "other", 0, 1e6);
  map.finish();
  return unit;
}

static ImcProgramming readProgramming(YamlMap map) {
  ImcProgramming out;
  // Ranges are checked by number(); the sources are reported.
  number(map, "pulses", 1, 1e6);
  out.pulses = map.required<Sourced<double>>("pulses");
  number<Seconds>(map, "pulse_time", 0, 1);
  out.pulseTime = map.required<Sourced<Seconds>>("pulse_time");
  number(map, "verify_reads", 0, 1e3);
  out.verifyReads = map.required<Sourced<double>>("verify_reads");
  whole(map, "cells_at_once", 1, 65536);
  out.cellsAtOnce = map.required<Sourced<double>>("cells_at_once");
  map.finish();
  return out;
}

/// NAME_low and NAME_high.
template <typename Q>
static SourcedEnds<Q> ends(YamlMap &map, const std::string &name) {
  SourcedEnds<Q> out;
  out.low = map.required<Sourced<Q>>(name + "_low");
  out.high = map.required<Sourced<Q>>(name + "_high");
  if (out.low.value.value() < 0)
    map.fail(
        fmt::format("'{}_low' ({}) is below 0", name, format(out.low.value)));
  if (out.low.value.value() > out.high.value.value())
    map.fail(fmt::format("'{0}_low' ({1}) is above '{0}_high' ({2})", name,
                         format(out.low.value), format(out.high.value)));
  return out;
}

/// The same, or nothing where the file has neither.
template <typename Q>
static std::optional<SourcedEnds<Q>> optionalEnds(YamlMap &map,
                                                  const std::string &name) {
  if (!map.has(name + "_low") && !map.has(name + "_high"))
    return std::nullopt;
  return ends<Q>(map, name);
}

static ImcLiterature readLiterature(YamlMap map) {
  ImcLiterature out;
  out.conversion = ends<Joules>(map, "conversion");
  out.wordLine = ends<Farads>(map, "word_line");
  out.conduction = ends<Joules>(map, "conduction");
  out.accumulate = ends<Joules>(map, "accumulate");
  out.add = optionalEnds<Joules>(map, "add");
  out.multiply = optionalEnds<Joules>(map, "multiply");
  out.compare = optionalEnds<Joules>(map, "compare");
  out.select = optionalEnds<Joules>(map, "select");
  out.other = optionalEnds<Joules>(map, "other");
  out.stateAccess = optionalEnds<Joules>(map, "state_access");
  out.writePulse = optionalEnds<Joules>(map, "write_pulse");
  out.dac8 = optionalEnds<Joules>(map, "dac");
  out.macroLeakage = optionalEnds<Watts>(map, "macro_leakage");
  out.laneLeakage = optionalEnds<Watts>(map, "lane_leakage");
  map.finish();
  return out;
}

static ImcEnergy readEnergy(YamlMap map) {
  ImcEnergy energy;
  if (map.has("table"))
    energy.table = static_cast<EnergyTable>(
        word(map, "table",
             {"prices", "periphery", "literature_low", "literature_high"}));
  energy.adcPerBit = map.required<Sourced<Watts>>("adc_per_bit");
  energy.adcFixed = map.required<Sourced<Watts>>("adc_fixed");
  energy.adcBitTime = map.required<Sourced<Seconds>>("adc_bit_time");
  energy.wordLinePerCell = map.required<Sourced<Farads>>("word_line_per_cell");
  energy.readTime = map.required<Sourced<Seconds>>("read_time");
  energy.accumulate = map.required<Price>("accumulate");
  energy.add = map.required<Price>("add");
  energy.multiply = map.required<Price>("multiply");
  energy.compare = map.required<Price>("compare");
  energy.select = map.required<Price>("select");
  energy.other = map.required<Price>("other");
  energy.stateAccess = map.required<Price>("state_access");
  energy.writePulse = map.required<Price>("write_pulse");
  energy.formCell = map.required<Price>("form_cell");
  if (map.has("dac"))
    energy.dac8 = map.required<Price>("dac");
  energy.macroLeakage = map.required<StaticPower>("macro_leakage");
  energy.unitLeakage = map.required<StaticPower>("unit_leakage");
  if (map.has("assumed_range")) {
    number(map, "assumed_range", 1, 1e6);
    energy.assumedRange = map.required<Sourced<double>>("assumed_range");
  }
  if (const YamlValue literature = map.value("literature"))
    energy.literature = readLiterature(literature.map());
  if (!energy.literature && (energy.table == EnergyTable::LiteratureLow ||
                             energy.table == EnergyTable::LiteratureHigh))
    map.fail("'table' takes prices from 'literature', which is missing");
  map.finish();
  return energy;
}

/// Encodings whose cells, converters or columns do not go together.
static void checkWeights(const YamlValue &weights, ImcMacro &macro) {
  ImcWeights &w = macro.weights;
  const unsigned cell = macro.device.cellBits;
  Encoding e = macro.encoding(false);
  if (e.sliced()) {
    if (macro.weightBits < 2)
      return weights.fail("weight_bits is 1; slices hold at least a sign and a "
                          "bit");
    if (w.slices == 0) {
      if (cell == 0)
        return weights.fail("'slices' is 0, the fewest that fit, and cells "
                            "have any level (device.cell_bits is 0)",
                            "say how many slices, or the bits of a cell");
      e.slices = 1;
      while (e.bitsPerSlice() > cell && e.slices < macro.weightBits)
        ++e.slices;
      w.slices = e.slices;
    }
    e.slices = w.slices;
    if (w.slices > macro.weightBits)
      return weights.fail(fmt::format("'slices' is {}; weights have {} bits",
                                      w.slices, macro.weightBits));
    if (cell > 0 && cell % e.bitsPerSlice() != 0)
      return weights.fail(
          fmt::format("a slice holds {} bits; the {} levels of a {}-bit cell "
                      "do not contain its {}",
                      e.bitsPerSlice(), 1u << cell, cell,
                      1u << e.bitsPerSlice()),
          fmt::format("{} bits in {} slices; device.cell_bits is {}",
                      macro.weightBits, w.slices, cell));
  }
  if (e.style == EncodingStyle::Offset && cell == 1)
    weights.fail("an offset encoding needs cells of more than 2 levels "
                 "(device.cell_bits is 1)",
                 "one level below the middle is 0; slices hold single bits");
  const bool bothSigns =
      ImcMacro::bothSigns(e, macro.adc.subtractInArray, macro.drive.isSigned);
  if (!e.pairs() && !bothSigns && macro.adc.bits > 0 &&
      macro.adc.kind == ConverterKind::SignMagnitude)
    weights.fail("an offset encoding with a sign_magnitude converter",
                 "sums of cells without a partner have no sign: use "
                 "adc.kind quantizer, sar, ramp or flash");
  const unsigned needed = e.cells() * e.lines(1);
  if (needed > macro.cols)
    weights.fail(fmt::format("a weight takes {} columns; a macro has {}",
                             needed, macro.cols));
}

Dac ImcDrive::dac() const {
  Dac dac;
  if (kind == DriveKind::Pulses || bits == 0)
    return dac;
  dac.kind = isSigned ? DacKind::SignMagnitude : DacKind::Quantizer;
  dac.bits = bits;
  dac.low = 0;
  dac.isSigned = isSigned;
  dac.sliceBits = kind == DriveKind::BitSerial ? sliceBits : 0;
  return dac;
}

double ImcDrive::initialScale() const {
  if (kind == DriveKind::Pulses)
    return 1;
  return range == DriveRange::Counts ? std::exp2(dac().magnitudeBits()) - 1
                                     : fullScale;
}

double ImcMacro::granularStep(const Encoding &e) const {
  const unsigned cell = e.sliced() ? e.bitsPerSlice() : e.cellBits;
  if (cell == 0 || (drive.kind == DriveKind::Levels && drive.bits == 0))
    return 0;
  const unsigned turn =
      drive.kind == DriveKind::Pulses ? 1
      : drive.kind == DriveKind::BitSerial && drive.convertTurns
          ? drive.sliceBits
          : drive.dac().magnitudeBits();
  return (device.gMax.value() - device.gMin.value()) /
         ((std::exp2(cell) - 1) * (std::exp2(turn) - 1));
}

Encoding ImcMacro::encoding(bool formed) const {
  Encoding e;
  e.gMin = device.gMin.value() / device.gMax.value();
  if (formed)
    return e;
  e.style = weights.encoding;
  e.offset = weights.offset;
  if (e.sliced()) {
    e.slices = std::max(1u, weights.slices);
    e.weightBits = weightBits;
    // The slice's levels are among the cell's.
    e.cellBits = 0;
  } else {
    e.cellBits = device.cellBits;
  }
  return e;
}

Result<ImcMacro> ImcMacro::parse(const YamlDocument &document) {
  ImcMacro macro;
  YamlMap root = document.root();
  macro.name = readHeader(root);
  macro.macros = whole(root, "macros", 1, 1e6);
  macro.macrosPlace = root.value("macros").place();

  YamlMap array = root.requiredMap("array");
  macro.rows = whole(array, "rows", 1, 65536);
  macro.cols = whole(array, "cols", 2, 65536);
  macro.columnsPerAdc = whole(array, "columns_per_adc", 1, 65536);
  macro.maxActiveRows = whole(array, "max_active_rows", 1, 65536);
  macro.accumulatorBits = whole(array, "accumulator_bits", 2, 64);
  macro.weightBits = whole(array, "weight_bits", 1, 32);
  macro.vdd = number<Volts>(array, "vdd", 0, 10);
  macro.vRead = number<Volts>(array, "v_read", 0, 10);
  if (macro.cols % 2 != 0)
    array.fail(fmt::format("'cols' is {}; a weight takes two columns, so an "
                           "even number was wanted",
                           macro.cols));
  if (macro.maxActiveRows > macro.rows)
    array.fail(fmt::format("'max_active_rows' is {}; the array has {} rows",
                           macro.maxActiveRows, macro.rows));
  array.finish();

  macro.clock = number<Hertz>(root, "clock", 1, 1e12);
  macro.device = readDevice(root.requiredMap("device"));
  if (const YamlValue wires = root.value("wires"))
    macro.wires = readWires(wires.map());
  macro.adc = readAdc(root.requiredMap("adc"));
  if (const YamlValue drive = root.value("drive"))
    macro.drive = readDrive(drive.map());
  if (const YamlValue weights = root.value("weights")) {
    macro.weights = readWeights(weights.map());
    checkWeights(weights, macro);
  }
  macro.timing = readTiming(root.requiredMap("timing"));
  macro.unit = readUnit(root.requiredMap("unit"));
  if (const YamlValue programming = root.value("programming"))
    macro.programming = readProgramming(programming.map());
  if (const YamlValue mapping = root.value("mapping")) {
    YamlMap map = mapping.map();
    macro.shareInTime = word(map, "sharing", {"none", "in_time"}) == 1;
    map.finish();
  }
  if (macro.shareInTime && !macro.programming)
    root.fail("'mapping.sharing' is in_time, but nothing says how cells are "
              "written",
              "add 'programming', as rram-40nm has it");
  macro.energy = readEnergy(root.requiredMap("energy"));
  if (const YamlValue periphery = root.value("periphery"))
    macro.periphery = ImcPeriphery::parse(periphery.map());
  if (macro.energy.table == EnergyTable::Periphery && !macro.periphery)
    root.fail("energy.table is 'periphery', but there is no 'periphery'",
              "rram-neurosim-22nm, -32nm and -45nm have one");
  if (macro.drive.kind == DriveKind::Levels && !macro.energy.dac8)
    root.fail("drive.kind is 'levels', but energy.dac, the price of a level, "
              "is missing");
  if (macro.adc.granular && macro.granularStep(macro.encoding(false)) == 0)
    root.fail("adc.range is 'granular', but sums have no smallest step",
              "cells (device.cell_bits, or slices) and drivers (drive.bits) "
              "need levels");
  root.finish();
  if (auto error = document.firstError())
    return *error;
  return macro;
}

/// The weaker of two statuses (Measured is the strongest).
static Status weaker(Status a, Status b) { return a > b ? a : b; }

Price ImcMacro::conversionPrice() const {
  const unsigned b = adc.timedBits();
  const double power =
      energy.adcPerBit.value.value() * b + energy.adcFixed.value.value();
  return {Joules(power * (b + 1) * energy.adcBitTime.value.value()),
          weaker(energy.adcPerBit.status, energy.adcFixed.status),
          fmt::format("{}; {} bits", energy.adcPerBit.source, b)};
}

Price ImcMacro::rowDrivePrice() const {
  return {Joules(energy.wordLinePerCell.value.value() * cols * vdd.value() *
                 vdd.value()),
          energy.wordLinePerCell.status,
          fmt::format("{}; {} cells", energy.wordLinePerCell.source, cols)};
}

Price ImcMacro::levelPrice() const {
  Price price = *energy.dac8;
  // A bank of capacitors: in proportion to its bits.
  const unsigned bits = drive.bits == 0 ? adc.pricedBits : drive.bits;
  price.value = Joules(price.value.value() * bits / 8);
  price.status =
      bits == 8 ? price.status : weaker(price.status, Status::Derived);
  price.source += fmt::format("; {} bits", bits);
  return price;
}

Price ImcMacro::conductionPrice() const {
  constexpr double nanosiemens = 1e-9;
  return {Joules(vRead.value() * vRead.value() * nanosiemens *
                 energy.readTime.value.value()),
          Status::Assumed, "Vread^2 G t; " + energy.readTime.source};
}
