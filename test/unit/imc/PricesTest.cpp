// Every price of every table of a chip of macros has a range around it.

#include "hw-models/imc/Prices.h"
#include "test/unit/imc/Support.h"

using namespace limen;

namespace {

Result<target::ImcMacro> parse(const std::string &name,
                               const std::vector<std::string> &overrides = {}) {
  auto target = target::loadDocument(name, overrides);
  if (!target)
    return target.takeError();
  return target::ImcMacro::parse(target->document);
}

/// Every price of a machine: its value and its range.
std::vector<std::pair<double, PriceRange>>
allPrices(const target::ImcMacro &machine) {
  const imchw::ImcPrices p = imchw::pricesOf(machine);
  std::vector<std::pair<double, PriceRange>> out;
  for (const imchw::RangedPrice *price :
       {&p.conversion, &p.rowDrive, &p.rowLevel, &p.conduction, &p.accumulate,
        &p.add, &p.multiply, &p.compare, &p.select, &p.other, &p.stateAccess,
        &p.writePulse})
    out.emplace_back(price->price.value.value(), price->range);
  for (const imchw::RangedPower *power : {&p.macroLeakage, &p.unitLeakage})
    out.emplace_back(power->price.value.value(), power->range);
  return out;
}

} // namespace

TEST(ImcPrices, EveryPriceOfEveryTableIsWithinItsRange) {
  unsigned prices = 0;
  for (const char *name : {"rram-40nm", "rram-neurosim-22nm",
                           "rram-neurosim-32nm", "rram-neurosim-45nm"})
    for (const char *table :
         {"prices", "periphery", "literature_low", "literature_high"})
      for (const char *bits : {"4", "8", "12"}) {
        if (std::string(name) == "rram-40nm" &&
            std::string(table) == "periphery")
          continue;
        auto machine = parse(name, {std::string("energy.table=") + table,
                                    std::string("adc.bits=") + bits,
                                    std::string("drive.bits=") + bits});
        ASSERT_TRUE(bool(machine)) << machine.error().text();
        for (const auto &[price, range] : allPrices(*machine)) {
          ++prices;
          EXPECT_GT(price, 0);
          EXPECT_LE(range.low, price) << name << " " << table;
          EXPECT_GE(range.high, price) << name << " " << table;
          EXPECT_LT(range.low, range.high) << range.source;
          EXPECT_FALSE(range.source.empty());
        }
      }
  EXPECT_EQ(prices, 15u * 3 * 14);
}

TEST(ImcPrices, TablesOfLiteratureTakeTheEndsWithTheirSources) {
  auto low = parse("rram-40nm", {"energy.table=literature_low"});
  auto high = parse("rram-40nm", {"energy.table=literature_high"});
  ASSERT_TRUE(low && high);
  const imchw::ImcPrices cheap = imchw::pricesOf(*low);
  const imchw::ImcPrices dear = imchw::pricesOf(*high);
  EXPECT_DOUBLE_EQ(cheap.add.price.value.value(), 0.1e-12);
  EXPECT_DOUBLE_EQ(dear.add.price.value.value(), 7.93e-12);
  EXPECT_DOUBLE_EQ(dear.stateAccess.price.value.value(), 10e-12);
  EXPECT_EQ(dear.stateAccess.price.status, Status::Derived);
  EXPECT_EQ(cheap.compare.price.status, Status::Published);
  EXPECT_EQ(dear.compare.price.status, Status::Assumed);
  EXPECT_NE(
      cheap.compare.range.source.find("32-bit comparison (published) to "),
      std::string::npos);
  EXPECT_TRUE(cheap.compare.range.source.ends_with("(assumed)"));
  // Leakage is that of a lane, times 16.
  EXPECT_DOUBLE_EQ(cheap.unitLeakage.price.value.value(), 16 * 2.4e-6);
  EXPECT_DOUBLE_EQ(dear.unitLeakage.price.value.value(), 16 * 57.2e-6);
  // Levels of 4 bits cost half of 8.
  auto four = parse("rram-40nm", {"drive.bits=4"});
  ASSERT_TRUE(bool(four));
  EXPECT_DOUBLE_EQ(imchw::pricesOf(*four).rowLevel.range.high, 3.33e-12 / 2);
}

TEST(ImcPrices, APriceOutsideWidensItsRangeAndSaysSo) {
  auto machine = parse("rram-40nm", {"energy.add=20 pJ"});
  ASSERT_TRUE(bool(machine)) << machine.error().text();
  const PriceRange range = imchw::pricesOf(*machine).add.range;
  EXPECT_DOUBLE_EQ(range.low, 0.1e-12);
  EXPECT_DOUBLE_EQ(range.high, 20e-12);
  EXPECT_NE(range.source.find("the target's own is higher"), std::string::npos);
}

TEST(ImcPrices, WithoutOtherSourcesAFactorIsAssumedAndNamed) {
  auto machine = parse("rram-40nm", {"energy.assumed_range=3"});
  ASSERT_TRUE(bool(machine)) << machine.error().text();
  machine->energy.literature->multiply.reset();
  const imchw::RangedPrice price = imchw::pricesOf(*machine).multiply;
  EXPECT_DOUBLE_EQ(price.price.value.value(), 3.7e-12);
  EXPECT_DOUBLE_EQ(price.range.low, 3.7e-12 / 3);
  EXPECT_DOUBLE_EQ(price.range.high, 3.7e-12 * 3);
  EXPECT_NE(price.range.source.find("assumed, a factor of 3 either way"),
            std::string::npos);
  machine->energy.table = target::EnergyTable::LiteratureHigh;
  EXPECT_DOUBLE_EQ(imchw::pricesOf(*machine).multiply.price.value.value(),
                   3.7e-12 * 3);
  // A file without any.
  machine->energy.table = target::EnergyTable::Prices;
  machine->energy.literature.reset();
  for (const auto &[value, range] : allPrices(*machine)) {
    EXPECT_DOUBLE_EQ(range.low * 3, value);
    EXPECT_DOUBLE_EQ(range.high, value * 3);
  }
}

TEST(ImcPrices, EndsThatMakeNoRangeAreRefused) {
  auto crossed = parse("rram-40nm", {"energy.literature.add_low=9 pJ"});
  ASSERT_FALSE(crossed);
  EXPECT_EQ(crossed.error().message,
            "'add_low' (9 pJ) is above 'add_high' (7.93 pJ)");
  auto small = parse("rram-40nm", {"energy.assumed_range=0.5"});
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().message,
            "'assumed_range' is 0.5; a value from 1 to 1000000 was wanted");
}
