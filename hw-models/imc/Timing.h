// Cycles of a macro and of the digital unit beside it.
#pragma once

#include "hw-models/target/ImcMacro.h"
#include "runtime/network/Network.h"

namespace limen::imchw {

/// One read of `columns` column pairs with `rowGroups` groups of driven rows:
/// latch, raise word lines, then per group and converter share settle and
/// convert, at last drain. A converter serves columns_per_adc pairs in turn.
/// With 8 pairs and 8 bits: 1 + 1 + 8 (1 + 9) + 1 = 83 cycles by SAR,
/// 1 + 1 + 8 (1 + 1) + 1 = 19 by flash; a ramp takes a step per code. Pairs
/// that are subtracted digitally are converted twice.
Cycles readCycles(const target::ImcMacro &machine, uint32_t columns,
                  uint32_t rowGroups);

/// One step of `neurons` neurons whose model does `ops` each.
Cycles updateCycles(const target::ImcMacro &machine, int64_t neurons,
                    const network::StepOps &ops);

/// `count` additions shared by the lanes.
Cycles additionCycles(const target::ImcMacro &machine, uint64_t count);

} // namespace limen::imchw
