#include "hw-models/imc/Timing.h"

#include <algorithm>

using namespace limen;

static uint64_t share(uint64_t work, uint64_t lanes) {
  return (work + lanes - 1) / lanes;
}

Cycles imchw::readCycles(const target::ImcMacro &machine, uint32_t columns,
                         uint32_t rowGroups) {
  const target::ImcTiming &t = machine.timing;
  const uint64_t shares = std::min<uint64_t>(machine.columnsPerAdc, columns);
  const uint64_t convert =
      uint64_t(t.convertPerBit) * machine.adc.timedBits() + t.convertExtra;
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
