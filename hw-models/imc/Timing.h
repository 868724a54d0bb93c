// Cycles of a macro and of the digital unit beside it.
#pragma once

#include "hw-models/target/ImcMacro.h"
#include "runtime/network/Network.h"

namespace limen::imchw {

/// What the converters of a region have to do in a read: its sums, each of two
/// cell columns (pairs that are subtracted in the array) or of one.
struct ConvertedSums {
  uint64_t count = 0;
  bool subtracted = true;
};

/// Sums that the fullest converter takes in turn; it serves 2 columns_per_adc
/// cell columns.
uint64_t converterShares(const target::ImcMacro &machine, ConvertedSums sums);

/// One read with `rowGroups` groups of driven rows: latch, raise word lines,
/// then per group and converter share settle and convert, at last drain.
/// With 8 pairs and 8 bits: 1 + 1 + 8 (1 + 9) + 1 = 83 cycles by SAR,
/// 1 + 1 + 8 (1 + 1) + 1 = 19 by flash; a ramp takes a step per code.
Cycles readCycles(const target::ImcMacro &machine, ConvertedSums sums,
                  uint64_t rowGroups);
/// Of `pairs` pairs of columns, subtracted where the machine does it.
Cycles readCycles(const target::ImcMacro &machine, uint32_t pairs,
                  uint32_t rowGroups);

/// Turns whose charge is added and converted once per group: latch, for each of
/// the turns of all groups (`turns`) raise and settle, for each group convert
/// the shares, at last drain.
Cycles chargeCycles(const target::ImcMacro &machine, ConvertedSums sums,
                    uint64_t rowGroups, uint64_t turns);

/// One step of `neurons` neurons whose model does `ops` each.
Cycles updateCycles(const target::ImcMacro &machine, int64_t neurons,
                    const network::StepOps &ops);

/// Operations that do not wait for one another, shared by the lanes.
Cycles workCycles(const target::ImcMacro &machine, const network::StepOps &ops);

/// `count` additions shared by the lanes.
Cycles additionCycles(const target::ImcMacro &machine, uint64_t count);

} // namespace limen::imchw
