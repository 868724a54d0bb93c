#include "hw-models/imc/Timing.h"

#include <algorithm>

using namespace limen;

static uint64_t share(uint64_t work, uint64_t lanes) {
  return (work + lanes - 1) / lanes;
}

/// Of one conversion: a step per bit (SAR and what is timed like it), one for
/// all (flash), or one per code (ramp).
static uint64_t conversionCycles(const target::ImcMacro &machine) {
  const target::ImcTiming &t = machine.timing;
  const unsigned bits = machine.adc.timedBits();
  switch (machine.adc.kind) {
  case target::ConverterKind::Flash:
    return t.convertPerBit;
  case target::ConverterKind::Ramp:
    return (uint64_t(t.convertPerBit) << bits) + t.convertExtra;
  case target::ConverterKind::SignMagnitude:
  case target::ConverterKind::Quantizer:
  case target::ConverterKind::Sar:
    break;
  }
  return uint64_t(t.convertPerBit) * bits + t.convertExtra;
}

uint64_t imchw::converterShares(const target::ImcMacro &machine,
                                ConvertedSums sums) {
  return std::min<uint64_t>(sums.count, uint64_t(machine.columnsPerAdc) *
                                            (sums.subtracted ? 1 : 2));
}

Cycles imchw::readCycles(const target::ImcMacro &machine, ConvertedSums sums,
                         uint64_t rowGroups) {
  const target::ImcTiming &t = machine.timing;
  return Cycles(t.latch + t.wordLine +
                rowGroups * converterShares(machine, sums) *
                    (t.settle + conversionCycles(machine)) +
                t.drain);
}

Cycles imchw::readCycles(const target::ImcMacro &machine, uint32_t pairs,
                         uint32_t rowGroups) {
  const bool subtracted = machine.adc.subtractInArray;
  return readCycles(
      machine, {uint64_t(pairs) * (subtracted ? 1 : 2), subtracted}, rowGroups);
}

Cycles imchw::chargeCycles(const target::ImcMacro &machine, ConvertedSums sums,
                           uint64_t rowGroups, uint64_t turns) {
  const target::ImcTiming &t = machine.timing;
  return Cycles(t.latch + turns * (t.wordLine + t.settle) +
                rowGroups * converterShares(machine, sums) *
                    conversionCycles(machine) +
                t.drain);
}

Cycles imchw::updateCycles(const target::ImcMacro &machine, int64_t neurons,
                           const network::StepOps &ops) {
  const target::ImcUnit &u = machine.unit;
  const uint64_t each = ops.add * u.add + ops.multiply * u.multiply +
                        ops.compare * u.compare + ops.select * u.select +
                        ops.other * u.other;
  return Cycles(share(static_cast<uint64_t>(neurons), u.lanes) * each);
}

Cycles imchw::workCycles(const target::ImcMacro &machine,
                         const network::StepOps &ops) {
  const target::ImcUnit &u = machine.unit;
  return Cycles(share(ops.add, u.lanes) * u.add +
                share(ops.multiply, u.lanes) * u.multiply +
                share(ops.compare, u.lanes) * u.compare +
                share(ops.select, u.lanes) * u.select +
                share(ops.other, u.lanes) * u.other);
}

Cycles imchw::additionCycles(const target::ImcMacro &machine, uint64_t count) {
  return Cycles(share(count, machine.unit.lanes) * machine.unit.add);
}
