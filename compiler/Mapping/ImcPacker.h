// Rectangles of cells on macros, by shelves.
#pragma once

#include "hw-models/target/ImcMacro.h"

#include <optional>
#include <vector>

namespace limen::mapping {

/// Where a rectangle went, in cells.
struct ImcSpot {
  unsigned macro = 0;
  uint32_t row = 0, column = 0;
};

/// First fit: left to right on a shelf, new shelf, new macro. Tallest first
/// gives the fullest macros. A copy is a state to come back to.
class ImcPacker {
public:
  /// Opens macros 0 .. `limit` - 1 as they are needed.
  ImcPacker(const target::ImcMacro &machine, unsigned limit)
      : rows(machine.rows), cols(machine.cols), limit(limit) {}

  /// Shelves of macros beyond are left alone from here on.
  void setLimit(unsigned macros) { limit = macros; }

  /// Takes free cells, or says that there are none. `height` and `width` are at
  /// most those of a macro.
  std::optional<ImcSpot> place(uint32_t height, uint32_t width);

  /// Macros in use.
  unsigned used() const { return static_cast<unsigned>(filled.size()); }

private:
  struct Shelf {
    unsigned macro;
    uint32_t row, height, used; ///< first row, rows, columns in use
  };

  uint32_t rows, cols;
  unsigned limit;
  std::vector<Shelf> shelves;
  std::vector<uint32_t> filled; ///< rows in use, by macro
};

} // namespace limen::mapping
