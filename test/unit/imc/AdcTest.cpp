// Codes and ranges of converters, cycles of reads: closed formulas.

#include "hw-models/imc/Adc.h"
#include "hw-models/imc/Timing.h"
#include "test/unit/imc/Support.h"

using namespace limen;
using imchw::Adc;
using imchw::RangeTracker;

TEST(Adc, CodesRoundHalfToEvenAndClampSymmetrically) {
  // 4 bits: codes -7 .. 7, lsb 1.
  const Adc adc{4, 7.0};
  EXPECT_DOUBLE_EQ(adc.lsb(), 1.0);
  EXPECT_EQ(adc.code(0.0), 0);
  EXPECT_EQ(adc.code(0.5), 0);
  EXPECT_EQ(adc.code(1.5), 2);
  EXPECT_EQ(adc.code(2.5), 2);
  EXPECT_EQ(adc.code(-2.5), -2);
  EXPECT_EQ(adc.code(-3.5), -4);
  EXPECT_EQ(adc.code(7.49), 7);
  EXPECT_EQ(adc.code(8.0), 7);
  EXPECT_EQ(adc.code(-8.0), -7);
  EXPECT_EQ(adc.code(1e300), 7);
  EXPECT_EQ(adc.code(-1e300), -7);
}

TEST(Adc, ClipsOnlyWhatLeavesTheLastCode) {
  const Adc adc{4, 7.0};
  EXPECT_FALSE(adc.clips(7.5));
  EXPECT_TRUE(adc.clips(7.51));
  EXPECT_TRUE(adc.clips(-7.51));
  EXPECT_FALSE((Adc{0, 7.0}.clips(100)));
}

TEST(Adc, NoBitsMeansNoQuantisation) {
  EXPECT_EQ((Adc{0, 1.0}.convert(0.123456789)), 0.123456789);
  EXPECT_EQ((Adc{4, 7.0}.convert(2.3)), 2.0);
}

TEST(RangeTracker, CoversThePercentileOfWhatItSaw) {
  RangeTracker tracker(1000.0);
  for (int i = 1; i <= 100; ++i)
    tracker.add(i % 2 ? i : -i);
  EXPECT_EQ(tracker.range(100), 100.0);
  // Bins are limit / 4096 wide: the answer is at most one above.
  EXPECT_GE(tracker.range(90), 90.0);
  EXPECT_LE(tracker.range(90), 90.0 + 1000.0 / 4096);
  RangeTracker other(1000.0);
  other.add(500);
  tracker.merge(other);
  EXPECT_EQ(tracker.range(100), 500.0);
  EXPECT_EQ(RangeTracker(1.0).range(100), 0.0);
}

TEST(Timing, ReadOfEightSharedPairsTakes83Cycles) {
  const target::ImcMacro machine = imcMachine();
  // 1 + 1 + 8 (1 + 8 + 1) + 1
  EXPECT_EQ(imchw::readCycles(machine, 256, 1).value(), 83u);
  // One pair per converter: 1 + 1 + 1 (1 + 9) + 1 = 13, with 14 bits 19.
  const target::ImcMacro parallel =
      imcMachine({"array.columns_per_adc=1", "adc.bits=14"});
  EXPECT_EQ(imchw::readCycles(parallel, 256, 1).value(), 19u);
  // Fewer pairs than share a converter are not waited for.
  EXPECT_EQ(imchw::readCycles(machine, 3, 1).value(), 33u);
  // Every row group is converted by itself.
  EXPECT_EQ(imchw::readCycles(machine, 256, 2).value(), 163u);
  // An ideal converter is timed like one of priced_bits = 12.
  EXPECT_EQ(imchw::readCycles(imcMachine({"adc.bits=0"}), 256, 1).value(),
            1u + 1 + 8 * (1 + 13) + 1);
}

TEST(Timing, ConvertersTakeTheirSteps) {
  const auto cycles = [](std::vector<std::string> settings) {
    return imchw::readCycles(imcMachine(settings), 256, 1).value();
  };
  EXPECT_EQ(cycles({"adc.kind=sar"}), 83u);
  EXPECT_EQ(cycles({"adc.kind=flash"}), 1u + 1 + 8 * 2 + 1);
  EXPECT_EQ(cycles({"adc.kind=ramp"}), 1u + 1 + 8 * (1 + 256 + 1) + 1);
  EXPECT_EQ(cycles({"adc.kind=sar", "adc.subtract=digital"}),
            1u + 1 + 16 * (1 + 9) + 1);
}

TEST(Timing, UnitSharesNeuronsAmongItsLanes) {
  const target::ImcMacro machine = imcMachine();
  network::StepOps ops;
  ops.add = 2;
  ops.multiply = 1;
  ops.other = 1;
  // 17 neurons on 16 lanes: two turns of 2 + 1 + 4.
  EXPECT_EQ(imchw::updateCycles(machine, 17, ops).value(), 14u);
  EXPECT_EQ(imchw::additionCycles(machine, 16).value(), 1u);
  EXPECT_EQ(imchw::additionCycles(machine, 17).value(), 2u);
}

TEST(Prices, FollowTheirFormulas) {
  const target::ImcMacro machine = imcMachine();
  // (1.731 uW x 8 + 13.43 uW) x 9 x 1 ns
  EXPECT_NEAR(machine.conversionPrice().value.value(),
              (1.731e-6 * 8 + 13.43e-6) * 9e-9, 1e-18);
  // 0.144 fF x 512 x 0.96^2
  EXPECT_NEAR(machine.rowDrivePrice().value.value(),
              0.144e-15 * 512 * 0.96 * 0.96, 1e-20);
  // 0.2^2 V^2 x 1 nS x 10 ns
  EXPECT_NEAR(machine.conductionPrice().value.value(), 0.04 * 1e-9 * 1e-8,
              1e-24);
}
