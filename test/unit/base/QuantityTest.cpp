#include "hw-models/base/Quantity.h"

#include <gtest/gtest.h>

using namespace limen;

TEST(Quantity, ParsesPrefixesExactly) {
  EXPECT_EQ(*parseQuantity("0.1 ms", "s"), 1e-4);
  EXPECT_EQ(*parseQuantity("69.3 pJ", "J"), 69.3e-12);
  EXPECT_EQ(*parseQuantity("200 MHz", "Hz"), 200e6);
  EXPECT_EQ(*parseQuantity("2 V", "V"), 2.0);
  EXPECT_EQ(*parseQuantity("1e-3 s", "s"), 1e-3);
}

TEST(Quantity, RefusesWrongUnitsAndNumbers) {
  for (const char *text : {"5", "5 J", "ms", "nan s", "1,5 s", "1 xs", "inf s"})
    EXPECT_FALSE(parseQuantity(text, "s")) << text;
  const Result<double> wrong = parseQuantity("5 J", "s");
  EXPECT_NE(wrong.error().message.find("has the unit 'J'"), std::string::npos);
}

TEST(Quantity, FormatsWithPrefix) {
  EXPECT_EQ(formatQuantity(69.3e-12, "J"), "69.3 pJ");
  EXPECT_EQ(formatQuantity(1e-3, "s"), "1 ms");
  EXPECT_EQ(formatQuantity(0, "J"), "0 J");
  EXPECT_EQ(formatQuantity(1234.5, "J", 3), "1.23 kJ");
  EXPECT_EQ(formatNumber(0.1), "0.1");
}

TEST(Quantity, TypesCombineMeaningfully) {
  EXPECT_EQ((Watts(2) * Seconds(3)).value(), 6.0);
  EXPECT_EQ((Cycles(200) / Hertz(200e6)).value(), 1e-6);
  EXPECT_LT(Joules(1), Joules(2));
}
