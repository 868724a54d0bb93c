// What it costs to write the cells of a region.
#pragma once

#include "hw-models/target/ImcMacro.h"

namespace limen::imchw {

struct WriteCost {
  uint64_t cells = 0;
  uint64_t pulses = 0;       ///< cells x pulses of a cell, rounded
  uint64_t verifyReads = 0;  ///< of one cell each: cells x pulses x reads
  uint64_t verifyDrives = 0; ///< rows raised for them: as many per group
  double conducted = 0;      ///< siemens that conducted for one verify read
  Cycles cycles;

  WriteCost &operator+=(const WriteCost &other);
};

/// Cycles of one group of cells that are written side by side:
/// ceil(pulses (ceil(pulse time x clock) + reads x one read of one column)).
Cycles writeGroupCycles(const target::ImcMacro &machine);

/// Writes `rows` x `columns` cells row by row, `cells_at_once` of a row side by
/// side: rows ceil(columns / cells_at_once) groups. `conductance` is the sum of
/// their targets in siemens. Zero for a machine without `programming`.
WriteCost writeCost(const target::ImcMacro &machine, uint64_t rows,
                    uint64_t columns, double conductance);

} // namespace limen::imchw
