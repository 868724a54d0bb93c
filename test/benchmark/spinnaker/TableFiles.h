// Recorded routing tables from files.
//
// Three formats, told apart by content, each also gzip-compressed:
//
// HPSR    binary, little-endian: per chip u8 x, u8 y, u16 n, then n lines of
//         u32 key, mask, source, route. `source` has a bit for each link that
//         packets arrive by; 0 is a local core.
// PACMAN  JSON: [{"x", "y", "entries": [{"key", "mask", "spinnaker_route",
//         "defaultable"}]}], or one such object. `defaultable` may be missing
//         (false).
// CSV     columns by a header of names (x, y, key, mask, route, and source or
//         defaultable; others are passed over), or by position:
//           3 columns  key, mask, route              hexadecimal
//           5, 6       x, y, key, mask, route[, source]
//           6          index, key, mask, route, default, [cores][links]
//                                                    hexadecimal
//         Numbers beside x and y are decimal, or hexadecimal after 0x. Without
//         x and y all lines are of chip (0, 0).
#pragma once

#include "compiler/Mapping/TableCompression.h"

#include <string>

namespace limen::bench {

struct ChipTable {
  target::Chip chip;
  std::vector<mapping::TableLine> lines;
};

/// Lines that a table of a file may have; more are no router's.
inline constexpr size_t longestTable = 65535;

/// The tables of a file, in its order. Errors: unreadable, damaged or truncated
/// files; the place says byte offset, line or JSON path.
Result<std::vector<ChipTable>> readTables(const std::string &file);

/// The same for the bytes of a file, already decompressed.
Result<std::vector<ChipTable>> parseTables(const std::string &bytes,
                                           const std::string &file);

} // namespace limen::bench
