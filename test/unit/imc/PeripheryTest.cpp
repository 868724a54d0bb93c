// Energy of one read against the published forms, and against rows that were
// measured on NeuroSim V1.4.

#include "hw-models/imc/Periphery.h"
#include "hw-models/imc/Prices.h"
#include "hw-models/target/Target.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace limen;
using namespace limen::imchw;

namespace {

target::ImcMacro machineOf(const std::string &name,
                           const std::vector<std::string> &overrides = {}) {
  auto target = target::loadDocument(name, overrides);
  EXPECT_TRUE(target) << target.error().text();
  auto machine = target::ImcMacro::parse(target->document);
  EXPECT_TRUE(machine) << machine.error().text();
  return std::move(*machine);
}

/// The sweep's pattern at 50 % ON.
ArrayRead readOf(uint32_t size, double on, double off, uint32_t active,
                 bool flash, unsigned levels) {
  ArrayRead read;
  read.rows = read.columns = read.parallelRows = size;
  read.on = on;
  read.off = off;
  read.flash = flash;
  read.levels = levels;
  for (uint32_t k = 0; k < active; ++k)
    read.activeRows.push_back(7 * k % size);
  read.isOn = [](uint32_t i, uint32_t j) {
    return (31 * i + 17 * j) % 100 < 50;
  };
  return read;
}

} // namespace

TEST(Periphery, SarFollowsItsForm) {
  const target::ImcMacro machine = machineOf("rram-neurosim-22nm");
  const Periphery periphery = *Periphery::make(machine);
  // 8 bits, 98.67 uS, 0.55 V: 8.679 + 7.852 uW for 9 ns, 148.8 fJ.
  EXPECT_NEAR(periphery.sarConversion(8, 98.67e-6), 148.8e-15, 0.05e-15);
  EXPECT_DOUBLE_EQ(periphery.sarConversion(5, 0),
                   (0.538e-6 * 5 + 4.3753e-6) * 6e-9);
}

TEST(Periphery, WordLinesCarryWireAndGates) {
  const Periphery p22 = *Periphery::make(machineOf("rram-neurosim-22nm"));
  // Published per 128 cells: 9.54 fF at 100 kOhm, 10.19 at 81, 53.1 at 6.
  EXPECT_NEAR(p22.wordLinePerCell(100e3) * 128, 9.54e-15, 0.01e-15);
  EXPECT_NEAR(p22.wordLinePerCell(81e3) * 128, 10.19e-15, 0.01e-15);
  EXPECT_NEAR(p22.wordLinePerCell(6e3) * 128, 53.1e-15, 0.05e-15);
  // A transistor without width leaves the wire: 12 x 22 nm x 0.2 fF/um.
  EXPECT_NEAR(p22.wordLinePerCell(1e12), 12 * 22e-9 * 0.2e-9, 1e-20);
  const Periphery p32 = *Periphery::make(machineOf("rram-neurosim-32nm")),
                  p45 = *Periphery::make(machineOf("rram-neurosim-45nm"));
  EXPECT_NEAR(p32.wordLinePerCell(100e3) * 128, 14.43e-15, 0.01e-15);
  EXPECT_NEAR(p45.wordLinePerCell(100e3) * 128, 20.91e-15, 0.01e-15);
}

TEST(Periphery, ColumnsAreCellsInSeriesWithTheirWire) {
  target::ImcMacro machine = machineOf("rram-neurosim-22nm");
  const Periphery periphery = *Periphery::make(machine);
  ArrayRead read = readOf(4, 10e3, 90e3, 0, false, 256);
  read.activeRows = {1, 2};
  read.isOn = [](uint32_t i, uint32_t) { return i == 1; };
  const std::vector<double> g = periphery.columnConductances(read);
  const double r = periphery.rowSegment(), c = periphery.columnSegment();
  // Rows run along the long side of the cell in reverse of their wires' share.
  EXPECT_NEAR(c / r, 3, 1e-12);
  EXPECT_DOUBLE_EQ(g[2],
                   1 / (12.5e3 + 3 * r + 3 * c) + 1 / (92.5e3 + 3 * r + 2 * c));
}

TEST(Periphery, MatchesMeasuredRows) {
  struct Measured {
    const char *table;
    double converters, wordLines; // pJ
    bool flash;
  };
  // 128 x 128, 23 active rows, 100 k / 1.7 M, half ON.
  for (const Measured &row :
       {Measured{"rram-neurosim-22nm", 19.00909, 1.26825, false},
        Measured{"rram-neurosim-45nm", 50.81771, 3.84818, false}}) {
    const Periphery periphery = *Periphery::make(machineOf(row.table));
    const ReadCost cost =
        periphery.cost(readOf(128, 100e3, 1.7e6, 23, row.flash, 256));
    EXPECT_NEAR(cost.converters * 1e12 / row.converters, 1, 0.002) << row.table;
    EXPECT_NEAR(cost.wordLines * 1e12 / row.wordLines, 1, 1e-4) << row.table;
    EXPECT_EQ(cost.cycles, 8u);
    EXPECT_NEAR(cost.conversionTime, 9e-9, 1e-15);
  }
}

TEST(Periphery, FlashIsAddedUpFromItsParts) {
  const target::ImcMacro machine = machineOf("rram-neurosim-22nm");
  const Periphery periphery = *Periphery::make(machine);
  const ArrayRead read = readOf(128, 100e3, 1.7e6, 6, true, 32);
  // The slowest reference is the second smallest: 2/32 of 1.28 mS, 12.5 kOhm;
  // below 12.7 kOhm the line's load does not count.
  const double time = 0.851803e-9 + 8.02517e-15 * 12.5e3;
  EXPECT_NEAR(periphery.flashTime(read), time, 1e-15);
  const auto power = [](double g) {
    const double r = 0.5 / 0.55 / g;
    return r < 4832 ? 0.916744e-6 - 2.85373e-11 * r
                    : 2.1687e-6 - 0.163133e-6 * std::log(r);
  };
  double references = 0;
  for (int k = 1; k <= 29; ++k)
    references += power(1.28e-3 * (32 - k) / 32);
  const double line = 128 * 4 * 22e-9 * 0.2e-9;
  EXPECT_NEAR(periphery.flashConversion(read, 25e-6),
              31 * (time * (power(25e-6) + references / 32) +
                    1.1935e-15 * 0.85 * 0.85 + line * 0.55 * 0.55 / 32),
              1e-20);
}

TEST(Periphery, RowGroupsAreConvertedOneByOne) {
  const Periphery periphery = *Periphery::make(machineOf("rram-neurosim-22nm"));
  ArrayRead read = readOf(128, 100e3, 1.7e6, 24, false, 256);
  const ReadCost whole = periphery.cost(read);
  read.parallelRows = 32;
  const ReadCost grouped = periphery.cost(read);
  EXPECT_EQ(grouped.cycles, 32u);
  EXPECT_EQ(grouped.wordLines, whole.wordLines);
  // Three more conversions without a conductance of their own.
  EXPECT_NEAR(grouped.converters - whole.converters,
              3 * 128 * periphery.sarConversion(8, 0), 1e-18);
}

TEST(Periphery, MachinesWithoutOneAreRefused) {
  Result<Periphery> none = Periphery::make(machineOf("rram-40nm"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "target 'rram-40nm' has no 'periphery'");
}

TEST(Prices, TablesAreSelectedAndShowTheirRange) {
  const ImcPrices own = pricesOf(machineOf("rram-40nm"));
  EXPECT_NEAR(own.conversion.price.value.value(),
              (1.731e-6 * 8 + 13.43e-6) * 9e-9, 1e-18);
  EXPECT_NEAR(own.conversion.range.low, 149e-15, 1e-18);
  EXPECT_NEAR(own.conversion.range.high, 2.03e-12, 1e-18);
  // Four bits are cheaper by the table's own form.
  const ImcPrices four = pricesOf(machineOf("rram-40nm", {"adc.bits=4"}));
  EXPECT_NEAR(four.conversion.range.high,
              2.03e-12 * (1.731 * 4 + 13.43) * 5 / ((1.731 * 8 + 13.43) * 9),
              1e-16);
  const ImcPrices high =
      pricesOf(machineOf("rram-40nm", {"energy.table=literature_high"}));
  EXPECT_NEAR(high.conversion.price.value.value(), 2.03e-12, 1e-18);
  EXPECT_NEAR(high.rowDrive.price.value.value(), 4e-15 * 512 * 0.96 * 0.96,
              1e-18);
  // 20 uS cells at 22 nm: 50 kOhm.
  const target::ImcMacro m22 = machineOf("rram-neurosim-22nm");
  const ImcPrices forms = pricesOf(m22);
  EXPECT_NEAR(forms.conversion.price.value.value(),
              (0.538e-6 * 8 + 4.3753e-6) * 9e-9, 1e-18);
  EXPECT_NEAR(forms.conduction.price.value.value(),
              0.072341 * 1.1 * 1e-9 * 9e-9, 1e-24);
  EXPECT_NEAR(forms.rowDrive.price.value.value(),
              (12 * 22e-9 * 0.2e-9 + 0.54328e-12 / (0.25 * 50e3)) * 512 * 0.85 *
                  0.85,
              1e-19);
  const ImcPrices flash = pricesOf(
      machineOf("rram-neurosim-22nm", {"adc.kind=flash", "adc.bits=5"}));
  EXPECT_GT(flash.conversion.price.value.value(),
            forms.conversion.price.value.value() / 4);
}

TEST(Prices, ALedgerKeepsTheRangeOfItsRows) {
  Ledger ledger;
  ledger.charge("a", "x", 10, {Joules(2), Status::Assumed, ""});
  ledger.charge("b", "y", 5, {Joules(1), Status::Assumed, ""});
  EXPECT_FALSE(ledger.hasRange());
  ledger.bound("a", "x", {1, 4, "others"});
  EXPECT_EQ(ledger.total().value(), 25);
  EXPECT_EQ(ledger.lowest().value(), 15);
  EXPECT_EQ(ledger.highest().value(), 45);
  // A price outside of its range widens it.
  ledger.bound("a", "x", {3, 4, "others"});
  EXPECT_EQ(ledger.lowest().value(), 25);
}
