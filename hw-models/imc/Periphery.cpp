#include "hw-models/imc/Periphery.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::imchw;

/// Circuits were characterised at this read voltage; another one shows them the
/// resistance that would carry the same current.
static constexpr double characterised = 0.5;

Result<Periphery> Periphery::make(const target::ImcMacro &machine) {
  if (!machine.periphery)
    return Error(fmt::format("target '{}' has no 'periphery'", machine.name))
        .note("rram-neurosim-22nm, -32nm and -45nm have one");
  return Periphery(machine);
}

double Periphery::wordLinePerCell(double on) const {
  const double wire = node.cellWidth * node.feature * node.wireCapacitance;
  // A transistor of resistance R has the gate capacitance time / R.
  return wire + node.accessTime / (node.accessShare * on);
}

/// Ohms per metre of a line.
static double perLength(const target::ImcPeriphery &node) {
  return node.wireResistivity /
         (node.wireWidth * node.wireWidth * node.wireAspect);
}

double Periphery::rowSegment() const {
  return perLength(node) * node.cellHeight * node.wireWidth;
}
double Periphery::columnSegment() const {
  return perLength(node) * node.cellWidth * node.wireWidth;
}

std::vector<double> Periphery::columnConductances(const ArrayRead &read) const {
  const double row = rowSegment(), column = columnSegment();
  const double access = node.accessShare * read.on;
  std::vector<double> out(read.columns, 0.0);
  for (uint32_t i : read.activeRows)
    for (uint32_t j = 0; j < read.columns; ++j)
      out[j] += 1 / ((read.isOn(i, j) ? read.on : read.off) + access +
                     row * (j + 1) + column * (read.rows - i));
  return out;
}

double Periphery::sarConversion(unsigned bits, double conductance) const {
  const double power = energy.adcPerBit.value.value() * bits +
                       energy.adcFixed.value.value() +
                       node.readPerSar * conductance * vRead / characterised;
  return power * (bits + 1) * energy.adcBitTime.value.value();
}

double Periphery::amplifierPower(double resistance) const {
  const target::ImcSensePower &p = node.flash.power;
  const double seen = resistance * characterised / vRead;
  const double power = seen < p.below ? p.lowOffset - p.lowSlope * seen
                                      : p.offset - p.slope * std::log(seen);
  return std::max(0.0, power);
}

double Periphery::compareTime(double resistance, double capacitance) const {
  const target::ImcSenseTime &t = node.flash.time;
  double time = resistance < t.below
                    ? t.lowOffset - t.lowSlope * std::log(resistance)
                    : t.offset + t.slope * resistance;
  constexpr double characterisedUpTo = 1e5;
  if (resistance > t.loadAbove)
    time += t.loadTime * (resistance - t.loadAbove) /
            (characterisedUpTo - t.loadAbove) *
            (capacitance / t.loadReference - 1);
  return time;
}

double Periphery::lineCapacitance(uint32_t rows) const {
  return rows * node.cellHeight * node.feature * node.wireCapacitance;
}

double Periphery::flashTime(const ArrayRead &read) const {
  const double full = read.parallelRows / read.on;
  const double levels = read.levels;
  // The gates of the amplifiers load the line, all but those at its ends.
  const double load =
      lineCapacitance(read.rows) + node.flash.gate * (levels - 3);
  return std::max(compareTime(levels / (2 * full), load),
                  compareTime(levels / ((levels - 1) * full), load));
}

double Periphery::flashConversion(const ArrayRead &read,
                                  double conductance) const {
  const double full = read.parallelRows / read.on;
  const double levels = read.levels;
  double references = 0;
  for (unsigned k = 1; k + 2 < read.levels; ++k)
    references += amplifierPower(1 / (full * (1 - k / levels)));
  const double power = (conductance > 0 ? amplifierPower(1 / conductance) : 0) +
                       references / levels;
  return (levels - 1) *
         (flashTime(read) * power + node.flash.switched * vdd * vdd +
          lineCapacitance(read.rows) * vRead * vRead / levels);
}

ReadCost Periphery::cost(const ArrayRead &read) const {
  ReadCost cost;
  const uint32_t groups =
      (read.rows + read.parallelRows - 1) / read.parallelRows;
  const auto bits = static_cast<unsigned>(std::ceil(std::log2(read.levels)));
  // Rows are driven in groups; each sees its share of the conductance.
  for (double conductance : columnConductances(read))
    cost.converters +=
        groups * (read.flash ? flashConversion(read, conductance / groups)
                             : sarConversion(bits, conductance / groups));
  cost.wordLines = wordLinePerCell(read.on) * read.columns * vdd * vdd *
                   static_cast<double>(read.activeRows.size()) *
                   read.sharedColumns;
  cost.cycles = uint64_t(read.sharedColumns) * groups;
  cost.conversionTime = read.flash
                            ? flashTime(read)
                            : (bits + 1) * energy.adcBitTime.value.value();
  return cost;
}
