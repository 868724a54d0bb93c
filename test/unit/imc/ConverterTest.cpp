// Codes of every kind of converter against their formulas; what goes wrong in
// making them; drivers of rows.

#include "hw-models/imc/Adc.h"
#include "hw-models/target/ImcDac.h"

#include <gtest/gtest.h>

using namespace limen;
using namespace limen::imchw;
using target::Dac;
using target::DacKind;

namespace {

Adc make(AdcKind kind, unsigned bits, double low, double high) {
  Adc adc{bits, high, kind, Rounding::EvenAbove};
  adc.low = low;
  return adc;
}

} // namespace

TEST(Converter, QuantizerHasBothEndsAndNoZeroOnASymmetricRange) {
  const Adc adc = make(AdcKind::Quantizer, 2, -3, 3); // -3 -1 1 3
  EXPECT_EQ(adc.codes(), 4u);
  EXPECT_DOUBLE_EQ(adc.lsb(), 2);
  EXPECT_FALSE(adc.hasZero());
  EXPECT_DOUBLE_EQ(adc.convert(-9), -3);
  EXPECT_DOUBLE_EQ(adc.convert(9), 3);
  EXPECT_DOUBLE_EQ(adc.convert(0.2), 1);
  EXPECT_DOUBLE_EQ(adc.convert(-0.2), -1);
  // 1.5 steps above the bottom: to the even count, 2.
  EXPECT_DOUBLE_EQ(adc.convert(0), 1);
  const Adc oneSided = make(AdcKind::Quantizer, 8, 0, 32);
  EXPECT_TRUE(oneSided.hasZero());
  EXPECT_DOUBLE_EQ(oneSided.convert(0.06), 0);
  EXPECT_DOUBLE_EQ(oneSided.convert(0.07), 32.0 / 255);
}

TEST(Converter, SignMagnitudeHasAZeroAndOneCodeLess) {
  const Adc adc = make(AdcKind::SignMagnitude, 3, -3, 3); // -3 .. 3
  EXPECT_EQ(adc.codes(), 7u);
  EXPECT_DOUBLE_EQ(adc.convert(0.4), 0);
  EXPECT_DOUBLE_EQ(adc.convert(2.6), 3);
  EXPECT_DOUBLE_EQ(adc.convert(-7), -3);
  EXPECT_TRUE(adc.hasZero());
  // The two kinds of ties: 2.5 is 5.5 steps above the bottom.
  EXPECT_DOUBLE_EQ(adc.convert(2.5), 3);
  EXPECT_DOUBLE_EQ((Adc{3, 3.0}.convert(2.5)), 2);
}

TEST(Converter, SarAndRampAreInTheMiddleOfTheirSteps) {
  for (AdcKind kind : {AdcKind::Sar, AdcKind::Ramp}) {
    const Adc adc = make(kind, 2, -2, 2); // -1.5 -0.5 0.5 1.5
    EXPECT_DOUBLE_EQ(adc.lsb(), 1);
    EXPECT_DOUBLE_EQ(adc.convert(0.01), 0.5);
    EXPECT_DOUBLE_EQ(adc.convert(-0.01), -0.5);
    EXPECT_DOUBLE_EQ(adc.convert(1.2), 1.5);
    EXPECT_DOUBLE_EQ(adc.convert(50), 1.5);
    EXPECT_DOUBLE_EQ(adc.convert(-50), -1.5);
  }
}

TEST(Converter, RoundingIsAChoice) {
  Adc adc = make(AdcKind::Quantizer, 4, 0, 15);
  adc.rounding = Rounding::Down;
  EXPECT_EQ(adc.code(3.99), 3);
  adc.rounding = Rounding::Stochastic;
  EXPECT_EQ(adc.code(3.25, 0.24), 4);
  EXPECT_EQ(adc.code(3.25, 0.26), 3);
}

TEST(Converter, OffsetAndNoiseAreInSteps) {
  Adc adc = make(AdcKind::Quantizer, 4, 0, 30); // lsb 2
  adc.offset = 0.5;
  adc.noise = 1;
  const AdcBank bank(adc, 4);
  // 7.2 + 0.5 x 2 = 8.2, code 4; a draw of one deviation adds 2.
  EXPECT_EQ(bank.code(7.2), 4);
  EXPECT_EQ(bank.code(7.2, 0, 1.0), 5);
}

TEST(Converter, ClipsOutsideOfHalfACode) {
  const Adc adc = make(AdcKind::Quantizer, 4, 0, 15);
  EXPECT_FALSE(adc.clips(15.5));
  EXPECT_TRUE(adc.clips(15.51));
  EXPECT_TRUE(adc.clips(-0.51));
  EXPECT_TRUE(make(AdcKind::Sar, 4, -1, 1).clips(1.001));
}

TEST(AdcBank, WithoutErrorsIsTheConverterAsDrawn) {
  AdcErrors none;
  for (AdcKind kind : {AdcKind::Sar, AdcKind::Ramp, AdcKind::Quantizer}) {
    const Adc adc = make(kind, 6, -4, 4);
    const AdcBank bank(adc, 8, none);
    for (double sum = -5; sum < 5; sum += 0.0371)
      EXPECT_EQ(bank.code(sum, 3), adc.code(sum)) << sum;
  }
}

TEST(AdcBank, HugeGainIsNoErrorAndSmallGainShrinksTheLevels) {
  for (bool split : {true, false})
    for (AdcKind kind : {AdcKind::Sar, AdcKind::Ramp}) {
      const Adc adc = make(kind, 8, -4, 4);
      AdcErrors errors;
      errors.splitCapacitors = split;
      errors.gainDb = 300;
      const AdcBank perfect(adc, 8, errors);
      for (double sum = -5; sum < 5; sum += 0.01371)
        EXPECT_EQ(perfect.code(sum, 3), adc.code(sum)) << sum;
      // A gain of 10 moves the outer levels inwards by more than a code: sums
      // near the ends read too large.
      errors.gainDb = 20;
      const AdcBank poor(adc, 8, errors);
      EXPECT_GT(poor.code(3, 0), adc.code(3) + 5);
      EXPECT_LT(poor.code(-3, 0), adc.code(-3) - 5);
    }
  // SAR with a split bank: levels are divided by 1 + 1 / gain. A sum of 3.1 at
  // gain 10 meets the levels of 3.41.
  AdcErrors errors;
  errors.gainDb = 20;
  const Adc adc = make(AdcKind::Sar, 8, -4, 4);
  const double step = 4.0 / 256; // of the shift before the division
  EXPECT_EQ(AdcBank(adc, 1, errors).code(3.1, 0),
            adc.code((3.1 + step) * 1.1 - step));
}

TEST(AdcBank, RampWithPlainCapacitorsCoversTheSameLevels) {
  AdcErrors errors;
  errors.gainDb = 300;
  errors.symmetricCapacitors = false;
  const Adc adc = make(AdcKind::Ramp, 5, -1, 1);
  const AdcBank bank(adc, 1, errors);
  for (double sum = -0.99; sum < 1; sum += 0.0173)
    EXPECT_EQ(bank.code(sum), adc.code(sum)) << sum;
}

TEST(AdcBank, MismatchIsDrawnPerInstanceAndComparatorsPerConverter) {
  const Adc adc = make(AdcKind::Sar, 8, -1, 1);
  AdcErrors errors;
  errors.sigmaCapacitor = 0.05;
  const auto codes = [&](const AdcBank &bank, uint32_t column) {
    std::vector<int64_t> out;
    for (double sum = -1; sum < 1; sum += 0.01)
      out.push_back(bank.code(sum, column));
    return out;
  };
  const AdcBank one(adc, 16, errors, 1), same(adc, 16, errors, 1),
      other(adc, 16, errors, 2);
  EXPECT_EQ(codes(one, 0), codes(same, 0));
  EXPECT_NE(codes(one, 0), codes(other, 0));
  AdcErrors offsets;
  offsets.sigmaComparator = 0.05;
  const AdcBank shifted(adc, 16, offsets, 1);
  EXPECT_EQ(codes(shifted, 0), codes(shifted, 7)) << "8 columns share one";
  EXPECT_NE(codes(shifted, 0), codes(shifted, 8));
}

TEST(AdcBank, ComparatorOffsetsHaveTheStatedDeviation) {
  const Adc adc = make(AdcKind::Ramp, 12, -1, 1);
  AdcErrors errors;
  errors.sigmaComparator = 0.01;
  constexpr uint32_t columns = 4000;
  const AdcBank bank(adc, columns, errors, 5);
  double sum = 0, square = 0;
  for (uint32_t c = 0; c < columns; ++c) {
    const double error = bank.convert(0.1, c) - 0.1;
    sum += error;
    square += error * error;
  }
  EXPECT_NEAR(sum / columns, 0, 4 * 0.01 / std::sqrt(double(columns)));
  EXPECT_NEAR(std::sqrt(square / columns), 0.01, 0.0006);
}

TEST(AdcBank, FlashCountsTheThresholdsBelow) {
  const AdcBank bank({1, 2, 4}, {0, 1.5, 3, 5});
  EXPECT_EQ(bank.convert(0.5), 0);
  EXPECT_EQ(bank.convert(1.0), 0) << "a comparator wants more than its level";
  EXPECT_EQ(bank.convert(1.1), 1.5);
  EXPECT_EQ(bank.convert(3.9), 3);
  EXPECT_EQ(bank.convert(99), 5);
}

TEST(AdcEnds, MaximumAndGranularFollowTheirFormulas) {
  EXPECT_EQ(maximumEnds(256, true).low, -256);
  EXPECT_EQ(maximumEnds(256, false).low, 0);
  // 8 bits, both signs: 127 codes of a step each way, x 256/255 for 8 bits of
  // input.
  EXPECT_DOUBLE_EQ(granularEnds(8, 1.0 / 15, 8, true).high,
                   127.0 / 15 * 256 / 255);
  EXPECT_DOUBLE_EQ(granularEnds(8, 1.0 / 15, 0, false).high, 255.0 / 15);
}

TEST(Dac, LevelsFollowTheirFormulas) {
  const Dac sign{DacKind::SignMagnitude, 3, -1, 1, true, 0}; // 7 levels
  EXPECT_DOUBLE_EQ(sign.level(0.0), 0);
  EXPECT_DOUBLE_EQ(sign.level(0.4), 1.0 / 3);
  EXPECT_DOUBLE_EQ(sign.level(-5.0), -1);
  const Dac unsignedDac{DacKind::Quantizer, 2, 0, 1, false, 0}; // 0 1/3 2/3 1
  EXPECT_DOUBLE_EQ(unsignedDac.level(0.4), 1.0 / 3);
  EXPECT_DOUBLE_EQ(unsignedDac.level(-1.0), 0);
  EXPECT_DOUBLE_EQ((Dac{}.level(0.123)), 0.123);
}

TEST(Dac, SlicesAddUpToTheNumber) {
  for (unsigned slice : {1u, 2u, 3u}) {
    const Dac dac{DacKind::Quantizer, 8, 0, 1, false, slice};
    EXPECT_EQ(dac.turns(), (8 + slice - 1) / slice);
    for (unsigned x : {0u, 1u, 77u, 200u, 255u}) {
      double sum = 0;
      for (unsigned turn = 0; turn < dac.turns(); ++turn)
        sum += dac.slice(x / 255.0, turn) * (std::exp2(slice) - 1) *
               std::exp2(slice * turn);
      EXPECT_NEAR(sum, x, 1e-9);
    }
  }
  const Dac sign{DacKind::SignMagnitude, 4, -1, 1, true, 1};
  EXPECT_EQ(sign.turns(), 3u);
  EXPECT_EQ(sign.slice(-5.0 / 7, 0), -1);
  EXPECT_EQ(sign.slice(-5.0 / 7, 1), 0);
}

TEST(AdcBank, StagesWithoutErrorsFindTheCodesOfEqualSteps) {
  AdcErrors errors;
  errors.gainDb = 300;
  for (AdcKind kind : {AdcKind::Pipeline, AdcKind::Cyclic})
    for (unsigned bits : {1u, 2u, 7u}) {
      const Adc adc = make(kind, bits, -4, 4);
      const AdcBank perfect(adc, 8, errors);
      for (double sum = -5; sum < 5; sum += 0.01371) {
        EXPECT_EQ(adc.code(sum), make(AdcKind::Sar, bits, -4, 4).code(sum));
        EXPECT_EQ(perfect.code(sum, 3), adc.code(sum)) << bits << " " << sum;
        EXPECT_DOUBLE_EQ(perfect.convert(sum, 3), adc.convert(sum));
      }
    }
  // Stages refer to the larger end, so that a converter from 0 up uses the
  // upper half of its codes.
  const AdcBank upper(make(AdcKind::Pipeline, 3, 0, 4), 1, errors);
  EXPECT_EQ(upper.code(0.6), 4);
  EXPECT_DOUBLE_EQ(upper.convert(3.9), 3.5);
}

TEST(AdcBank, AStageMultipliesByLessThanTwo) {
  // A gain of 10 and equal capacitors, which feed back half: residues are
  // divided by 1 + 2 / 10. With 3 bits on +-1, by hand:
  //   0.6 > 1/4: digit 4, residue (1.2 - 1) / 1.2 = 1/6, between the
  //   thresholds: digit 1, residue (1/3) / 1.2 > 0: digit 1. Ideal: 6.
  //   -0.3 < -1/4: digit 0, residue (-0.6 + 1) / 1.2 = 1/3 > 1/4: digit 2,
  //   residue (2/3 - 1) / 1.2 < 0: digit 0. Ideal: 2.
  //   0.49: digit 4, residue -0.02 / 1.2: digit 1, below 0: digit 0. Ideal: 5.
  AdcErrors errors;
  errors.gainDb = 20;
  for (AdcKind kind : {AdcKind::Pipeline, AdcKind::Cyclic}) {
    const AdcBank bank(make(kind, 3, -1, 1), 1, errors);
    EXPECT_EQ(bank.code(0.6), 6);
    EXPECT_EQ(bank.code(-0.3), 2);
    EXPECT_EQ(bank.code(0.49), 5);
    // 1 passes on 1 / 1.2 = 5/6, and (5/3 - 1) / 1.2 = 5/9: still 4 + 2 + 1.
    EXPECT_EQ(bank.code(1), 7);
  }
  // 0.76 loses its last bit but one in 4: with full gain 8 + 4 + 2 + 0 = 14;
  // here 0.52 / 1.2 = 0.4333, then -0.1333 / 1.2 = -0.1111: the digit of the
  // middle, 1, and below 0: 8 + 4 + 1 = 13.
  EXPECT_EQ(AdcBank(make(AdcKind::Cyclic, 4, -1, 1), 1, errors).code(0.76), 13);
  EXPECT_EQ(make(AdcKind::Cyclic, 4, -1, 1).code(0.76), 14);
}

TEST(AdcBank, StagesMakeUpForOffsetsOfTheirComparators) {
  // Offsets below a quarter of the reference move a digit, not the sum of all:
  // only the last comparator, one of 2^-7 of its input, moves a boundary.
  AdcErrors errors;
  errors.sigmaComparator = 0.03;
  const Adc adc = make(AdcKind::Pipeline, 8, -1, 1);
  const AdcBank bank(adc, 64, errors, 3);
  size_t moved = 0;
  for (uint32_t column : {0u, 8u, 16u, 63u})
    for (double sum = -0.99; sum < 0.99; sum += 0.00137) {
      const int64_t off = bank.code(sum, column) - adc.code(sum);
      EXPECT_LE(std::abs(off), 1) << sum;
      moved += off != 0;
    }
  EXPECT_GT(moved, 0u);
  EXPECT_LT(moved, 4 * 1445 / 10u);
  // A SAR with the same offset is off by several codes.
  const AdcBank sar(make(AdcKind::Sar, 8, -1, 1), 64, errors, 3);
  int64_t worst = 0;
  for (uint32_t column = 0; column < 64; column += 8)
    worst =
        std::max(worst, std::abs(sar.code(0.301, column) - adc.code(0.301)));
  EXPECT_GT(worst, 2);
}

TEST(AdcBank, ACyclicConverterHasOneStageForEveryBit) {
  AdcErrors errors;
  errors.sigmaCapacitor = 0.02;
  const auto codes = [&](AdcKind kind, uint32_t column) {
    const AdcBank bank(make(kind, 10, -1, 1), 16, errors, 5);
    std::vector<int64_t> out;
    for (double sum = -1; sum < 1; sum += 0.003)
      out.push_back(bank.code(sum, column));
    return out;
  };
  EXPECT_NE(codes(AdcKind::Pipeline, 0), codes(AdcKind::Cyclic, 0));
  for (AdcKind kind : {AdcKind::Pipeline, AdcKind::Cyclic}) {
    EXPECT_EQ(codes(kind, 0), codes(kind, 7)) << "8 columns share one";
    EXPECT_NE(codes(kind, 0), codes(kind, 8));
  }
}

TEST(Converter, SinglePrecisionRoundsSumsIntoTheMiddle) {
  // 8 bits on +-20: 0 is in the middle between 127 and 128 steps. A tenth of a
  // millionth beside it is lost when 20 is added in single precision.
  Adc adc = make(AdcKind::Quantizer, 8, -20, 20);
  EXPECT_EQ(adc.code(-1e-7), 127);
  EXPECT_EQ(adc.code(1e-7), 128);
  adc.single = true;
  EXPECT_EQ(adc.code(-1e-7), 128);
  EXPECT_EQ(adc.code(1e-7), 128);
  EXPECT_EQ(adc.code(-1e-4), 127);
}
