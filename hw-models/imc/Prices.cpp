#include "hw-models/imc/Prices.h"

#include "hw-models/imc/Periphery.h"

#include <algorithm>
#include <fmt/format.h>

using namespace limen;
using namespace limen::imchw;
using target::EnergyTable;
using target::SourcedEnds;

namespace {

/// The closed forms of a machine with a periphery, in place of the table's.
void takePeriphery(ImcPrices &out, const target::ImcMacro &machine,
                   const Periphery &periphery) {
  const unsigned bits = machine.adc.timedBits();
  const double on = 1 / machine.device.gMax.value();
  constexpr double nanosiemens = 1e-9;
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
}

/// The prices of the machine's own table.
ImcPrices ownPrices(const target::ImcMacro &machine) {
  const target::ImcEnergy &energy = machine.energy;
  ImcPrices out;
  out.conversion.price = machine.conversionPrice();
  out.rowDrive.price = machine.rowDrivePrice();
  if (energy.dac8)
    out.rowLevel.price = machine.levelPrice();
  out.conduction.price = machine.conductionPrice();
  out.accumulate.price = energy.accumulate;
  out.add.price = energy.add;
  out.multiply.price = energy.multiply;
  out.compare.price = energy.compare;
  out.select.price = energy.select;
  out.other.price = energy.other;
  out.stateAccess.price = energy.stateAccess;
  out.writePulse.price = energy.writePulse;
  out.macroLeakage.price = energy.macroLeakage;
  out.unitLeakage.price = energy.unitLeakage;
  Result<Periphery> periphery = Periphery::make(machine);
  if (energy.table == EnergyTable::Periphery && periphery)
    takePeriphery(out, machine, *periphery);
  return out;
}

/// Puts the ends of ranges beside prices, and takes one of them as the price
/// where the table says so.
class Ranges {
public:
  explicit Ranges(const target::ImcEnergy &energy) : energy(energy) {}

  /// `scale`: what the price is of, relative to what `ends` are of.
  template <typename Q, typename E>
  void set(Ranged<Q> &out, const std::optional<SourcedEnds<E>> &ends,
           double scale = 1) const {
    if (!ends)
      return assume(out);
    out.range = {ends->low.value.value() * scale,
                 ends->high.value.value() * scale,
                 fmt::format("{} ({}) to {} ({})", ends->low.source,
                             toString(ends->low.status), ends->high.source,
                             toString(ends->high.status))};
    if (energy.table == EnergyTable::LiteratureLow)
      take(out, out.range.low, ends->low.status, "lowest");
    else if (energy.table == EnergyTable::LiteratureHigh)
      take(out, out.range.high, ends->high.status, "highest");
    widen(out);
  }

private:
  template <typename Q> void assume(Ranged<Q> &out) const {
    const double factor = energy.assumedRange.value;
    const double price = out.price.value.value();
    out.range = {price / factor, price * factor,
                 fmt::format("assumed, a factor of {} either way ({})",
                             formatNumber(factor), energy.assumedRange.source)};
    if (energy.table == EnergyTable::LiteratureLow)
      take(out, out.range.low, Status::Assumed, "lowest");
    else if (energy.table == EnergyTable::LiteratureHigh)
      take(out, out.range.high, Status::Assumed, "highest");
  }

  template <typename Q>
  static void take(Ranged<Q> &out, double price, Status status,
                   const char *which) {
    out.price = {Q(price), status,
                 fmt::format("{} of {}", which, out.range.source)};
  }

  template <typename Q> static void widen(Ranged<Q> &out) {
    const double price = out.price.value.value();
    if (price >= out.range.low && price <= out.range.high)
      return;
    out.range.source += price < out.range.low ? "; the target's own is lower"
                                              : "; the target's own is higher";
    out.range.low = std::min(out.range.low, price);
    out.range.high = std::max(out.range.high, price);
  }

  const target::ImcEnergy &energy;
};

} // namespace

ImcPrices imchw::pricesOf(const target::ImcMacro &machine) {
  ImcPrices out = ownPrices(machine);
  const std::optional<target::ImcLiterature> &known = machine.energy.literature;
  const target::ImcLiterature l = known.value_or(target::ImcLiterature{});
  // Those that every `literature` has.
  const auto present = [&]<typename Q>(const SourcedEnds<Q> &ends) {
    return known ? std::optional(ends) : std::nullopt;
  };
  target::ImcMacro eight = machine;
  eight.adc.bits = 8;
  eight.drive.bits = 8;
  const auto relative = [](const Price &price, const Price &ofEight) {
    return ofEight.value.value() > 0
               ? price.value.value() / ofEight.value.value()
               : 1.0;
  };
  const Ranges ranges(machine.energy);
  ranges.set(out.conversion, present(l.conversion),
             relative(machine.conversionPrice(), eight.conversionPrice()));
  // Joules of a row from farads of a cell.
  ranges.set(out.rowDrive, present(l.wordLine),
             machine.cols * machine.vdd.value() * machine.vdd.value());
  if (machine.energy.dac8)
    ranges.set(out.rowLevel, l.dac8,
               relative(machine.levelPrice(), eight.levelPrice()));
  ranges.set(out.conduction, present(l.conduction));
  ranges.set(out.accumulate, present(l.accumulate));
  ranges.set(out.add, l.add);
  ranges.set(out.multiply, l.multiply);
  ranges.set(out.compare, l.compare);
  ranges.set(out.select, l.select);
  ranges.set(out.other, l.other);
  ranges.set(out.stateAccess, l.stateAccess);
  ranges.set(out.writePulse, l.writePulse);
  ranges.set(out.macroLeakage, l.macroLeakage);
  ranges.set(out.unitLeakage, l.laneLeakage, machine.unit.lanes);
  return out;
}
