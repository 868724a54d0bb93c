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

Cycles imchw::readCycles(const target::ImcMacro &machine, uint32_t columns,
                         uint32_t rowGroups) {
  const target::ImcTiming &t = machine.timing;
  // A pair whose sums are subtracted digitally is converted twice.
  const uint64_t shares = std::min<uint64_t>(machine.columnsPerAdc, columns) *
                          (machine.adc.subtractInArray ? 1 : 2);
  const uint64_t convert = conversionCycles(machine);
  return Cycles(t.latch + t.wordLine +
                rowGroups * shares * (t.settle + convert) + t.drain);
}

Cycles imchw::updateCycles(const target::ImcMacro &machine, int64_t neurons,
                           const network::StepOps &ops) {
  const target::ImcUnit &u = machine.unit;
  const uint64_t each = ops.add * u.add + ops.multiply * u.multiply +
                        ops.compare * u.compare + ops.select * u.select +
                        ops.other * u.other;
  return Cycles(share(static_cast<uint64_t>(neurons), u.lanes) * each);
}

Cycles imchw::additionCycles(const target::ImcMacro &machine, uint64_t count) {
  return Cycles(share(count, machine.unit.lanes) * machine.unit.add);
}
