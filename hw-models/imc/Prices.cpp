#include "hw-models/imc/Prices.h"

#include "hw-models/imc/Periphery.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::imchw;
using target::EnergyTable;

namespace {

/// The closed forms of a machine with a periphery.
ImcPrices peripheryPrices(const target::ImcMacro &machine,
                          const Periphery &periphery) {
  const unsigned bits = machine.adc.timedBits();
  const double on = 1 / machine.device.gMax.value();
  constexpr double nanosiemens = 1e-9;
  ImcPrices out;
  const std::string forms = "closed forms of the file's 'periphery'";
  double conversion = 0, conduction = 0;
  if (machine.adc.kind == target::ConverterKind::Flash) {
    ArrayRead read;
    read.rows = machine.rows;
    read.columns = machine.cols;
    read.on = read.off = on;
    read.parallelRows = machine.maxActiveRows;
    read.flash = true;
    read.levels = 1u << bits;
    conversion =
        periphery.flashConversion(read, machine.maxActiveRows / on / 2);
  } else {
    conversion = periphery.sarConversion(bits, 0);
    conduction = periphery.sarConversion(bits, nanosiemens) - conversion;
  }
  out.conversion.price = {Joules(conversion), Status::Derived,
                          fmt::format("{}; {} bits", forms, bits)};
  // What flash converters add for a column is within their price.
  out.conduction.price = {Joules(conduction), Status::Derived, forms};
  out.rowDrive.price = {Joules(periphery.wordLinePerCell(on) * machine.cols *
                               machine.vdd.value() * machine.vdd.value()),
                        Status::Derived,
                        fmt::format("{}; {} cells of {}", forms, machine.cols,
                                    format(machine.device.gMax))};
  out.accumulate.price = machine.energy.accumulate;
  return out;
}

PriceRange rangeOf(const Price &low, const Price &high, double scale = 1) {
  return {low.value.value() * scale, high.value.value() * scale,
          low.source + " to " + high.source};
}

/// Joules of a row from farads of a cell.
Price rowPrice(const target::ImcMacro &machine, const Sourced<Farads> &cell) {
  return {Joules(cell.value.value() * machine.cols * machine.vdd.value() *
                 machine.vdd.value()),
          cell.status, cell.source};
}

void takeEnd(RangedPrice &ranged, bool high) {
  ranged.price.value = Joules(high ? ranged.range->high : ranged.range->low);
  ranged.price.status = Status::Published;
  ranged.price.source =
      std::string(high ? "highest" : "lowest") + " of " + ranged.range->source;
}

} // namespace

ImcPrices imchw::pricesOf(const target::ImcMacro &machine) {
  const target::ImcEnergy &energy = machine.energy;
  ImcPrices out;
  Result<Periphery> periphery = Periphery::make(machine);
  if (energy.table == EnergyTable::Periphery && periphery) {
    out = peripheryPrices(machine, *periphery);
  } else {
    out.conversion.price = machine.conversionPrice();
    out.rowDrive.price = machine.rowDrivePrice();
    out.conduction.price = machine.conductionPrice();
    out.accumulate.price = energy.accumulate;
  }
  if (!energy.literature)
    return out;
  const target::ImcLiterature &l = *energy.literature;
  target::ImcMacro eight = machine;
  eight.adc.bits = 8;
  const double scale = machine.conversionPrice().value.value() /
                       eight.conversionPrice().value.value();
  out.conversion.range = rangeOf(l.conversionLow, l.conversionHigh, scale);
  out.rowDrive.range = rangeOf(rowPrice(machine, l.wordLineLow),
                               rowPrice(machine, l.wordLineHigh));
  out.conduction.range = rangeOf(l.conductionLow, l.conductionHigh);
  out.accumulate.range = rangeOf(l.accumulateLow, l.accumulateHigh);
  if (energy.table == EnergyTable::LiteratureLow ||
      energy.table == EnergyTable::LiteratureHigh)
    for (RangedPrice *price :
         {&out.conversion, &out.rowDrive, &out.conduction, &out.accumulate})
      takeEnd(*price, energy.table == EnergyTable::LiteratureHigh);
  return out;
}
