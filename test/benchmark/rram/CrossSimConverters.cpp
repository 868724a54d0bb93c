#include "test/benchmark/rram/CrossSimReader.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;

void CrossSimReader::readDac(CrossSimCase &out) {
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
    if (dac.bits == 0 || slice == 0 || slice > 24)
      p.fail(path + ".input_bitslicing",
             "is true, but there are no bits to slice");
    if (dac.kind == DacKind::Ideal)
      p.fail(path + ".model", "is 'IdealDAC', which does not drive slices");
    if (dac.kind == DacKind::Quantizer && dac.isSigned)
      p.fail(path + ".signed",
             "is true; a QuantizerDAC drives unsigned slices");
    dac.sliceBits = slice;
  }
  if (dac.bits > 24 || (dac.isSigned && dac.bits == 1))
    p.fail(path + ".bits", fmt::format("is {}", dac.bits));
}

/// What went wrong in making a converter, as far as it is not drawn.
void CrossSimReader::readAdcErrors(const Adc &adc, AdcErrors &errors) {
  const std::string path = "xbar.adc.mvm";
  const double gain = p.number(path + ".gain_db", 100);
  // 0 dB is a gain of 1 here, and no error in the model.
  errors.gainDb = std::max(gain, 1e-9);
  errors.splitCapacitors = p.flag(path + ".split_cdac", true);
  errors.symmetricCapacitors = p.flag(path + ".symmetric_cdac", true);
  errors.groupSize = p.whole(path + ".group_size", 8);
  const bool made = adc.bits > 0 && adc.kind != AdcKind::Quantizer &&
                    adc.kind != AdcKind::SignMagnitude;
  for (const char *key : {"sigma_capacitor", "sigma_comparator", "sigma_C1",
                          "sigma_C2", "sigma_Cpar"})
    if (p.number(path + "." + key, 0) != 0 && made)
      p.fail(path + "." + key, "is not 0; the draws of another program cannot "
                               "be compared");
  if (made && gain < 0)
    p.fail(path + ".gain_db", fmt::format("is {}", gain));
}

void CrossSimReader::readAdc(CrossSimCase &out) {
  const std::string path = "xbar.adc.mvm";
  Adc adc;
  const std::string model = p.text(path + ".model", "IdealADC");
  adc.bits = p.whole(path + ".bits", 0);
  adc.rounding = Rounding::EvenAbove;
  adc.single = out.singleSums;
  static const std::vector<std::pair<std::string, AdcKind>> kinds = {
      {"QuantizerADC", AdcKind::Quantizer},
      {"SignMagnitudeADC", AdcKind::SignMagnitude},
      {"SarADC", AdcKind::Sar},
      {"RampADC", AdcKind::Ramp},
      {"PipelineADC", AdcKind::Pipeline},
      {"CyclicADC", AdcKind::Cyclic}};
  bool known = model == "IdealADC";
  if (known)
    adc.bits = 0;
  for (const auto &[name, kind] : kinds)
    if (model == name) {
      adc.kind = kind;
      known = true;
    }
  if (!known)
    p.fail(path + ".model",
           fmt::format("is '{}'; IdealADC, QuantizerADC, SignMagnitudeADC, "
                       "SarADC, RampADC, PipelineADC and CyclicADC are "
                       "handled",
                       model));
  const bool isSigned = p.flag(path + ".signed", true);
  if (adc.kind == AdcKind::SignMagnitude && adc.bits > 0 && !isSigned)
    p.fail(path + ".signed", "is false; a SignMagnitudeADC is signed");
  if (adc.bits > 0 && p.flag(path + ".stochastic_rounding", false))
    p.fail(path + ".stochastic_rounding",
           "is true; the draws of another program cannot be compared");
  out.settings.convertTurns = p.flag(path + ".adc_per_ibit", false);
  readAdcErrors(adc, out.settings.adcErrors);
  if (adc.bits > 24 || (adc.bits == 1 && adc.kind == AdcKind::SignMagnitude))
    p.fail(path + ".bits", fmt::format("is {}", adc.bits));
  p.numbers(path + ".calibrated_range");
  const size_t option =
      p.choice(path + ".adc_range_option", {"CALIBRATED", "MAX", "GRANULAR"},
               {1, 2, 3}, 0);
  if (p.error())
    return;
  if (adc.bits == 0) {
    out.settings.adcs = {Adc{0}};
    return;
  }
  setEnds(out, adc, option);
}

void CrossSimReader::setEnds(CrossSimCase &out, Adc adc, size_t option) {
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
    const auto list = p.numbers(path + ".calibrated_range");
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
  out.bothSigns = dac.isSigned || e.style == EncodingStyle::SlicedPairs ||
                  (e.pairs() && !e.sliced() && out.settings.subtractInArray);
  if (option == 1) {
    const bool slices = e.style == EncodingStyle::SlicedOffset;
    out.ends =
        slices ? CrossSimCase::Ends::RowsOfSlices : CrossSimCase::Ends::Rows;
    if (slices && dac.bits == 0)
      return p.fail(path + ".adc_range_option",
                    "is MAX with offset slices, which is made for drivers with "
                    "bits, and xbar.dac.mvm.bits is 0");
    adcs.push_back(adc);
    const AdcEnds ends = out.endsOf(out.inputs);
    adcs.front() = with(ends.low, ends.high);
    return;
  }
  if (!out.settings.convertTurns || dac.bits == 0)
    return p.fail(path + ".adc_range_option",
                  "is GRANULAR without adc_per_ibit");
  const unsigned bits = p.whole("core.weight_bits", e.weightBits);
  const double step = e.sliced() ? 1 / (std::exp2(e.bitsPerSlice()) - 1)
                                 : std::exp2(-static_cast<double>(bits));
  const AdcEnds ends =
      granularEnds(adc.bits, step, dac.magnitudeBits(), out.bothSigns);
  adcs.push_back(with(ends.low, ends.high));
}

AdcEnds CrossSimCase::endsOf(uint32_t rows) const {
  if (ends != Ends::RowsOfSlices)
    return maximumEnds(rows, bothSigns);
  // The nearest power of 2 of rows, in whole steps of the smallest cell, of a
  // code, and of a bit of input.
  const auto full = [](double bits) {
    return std::exp2(bits) / (std::exp2(bits) - 1);
  };
  const double codes = std::exp2(settings.adcs.front().bits);
  const double most = std::exp2(std::nearbyint(std::log2(double(rows)))) *
                      full(settings.encoding.bitsPerSlice()) *
                      (codes - (bothSigns ? 2 : 1)) / codes *
                      full(settings.dac.magnitudeBits());
  return {bothSigns ? -most : 0, most};
}
