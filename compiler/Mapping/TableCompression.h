// Shorter routing tables for a ternary memory whose first match wins.
//
// A table may change for keys that none of its lines matches; every other key
// keeps its route. Three things make it shorter: lines that default routing
// replaces go, lines of a route become one with "don't care" bits, and lines
// for exceptions stand above coarse ones.
#pragma once

#include "hw-models/target/SpinRouter.h"

#include <span>
#include <vector>

namespace limen::mapping {

/// A line of a table before compression. It is `defaultable` if a packet that
/// matches nothing goes where the line sends it: packets come in by one link
/// only and leave by the opposite one.
struct TableLine {
  target::RoutingEntry entry;
  bool defaultable = false;
};

/// Whether default routing does what `route` says to packets that arrive by the
/// links of `sources` (one bit a link; 0 for a local core).
bool isDefaultRoute(uint32_t sources, const target::RouteWord &route);

struct CompressionOptions {
  /// Steps of the search per line, at least and at most per table, of the order
  /// of a nanosecond each.
  uint64_t workPerLine = 70'000;
  uint64_t leastWork = 3'000'000;
  uint64_t mostWork = 500'000'000;
  /// Lines that lie below overlapping ones of other routes are cut into at most
  /// this many pieces of a table, else they stay whole.
  size_t piecesPerLine = 8, leastPieces = 1024;
  uint64_t seed = 1;
};

/// A shorter table with the same route for every key that `table` matches.
/// Never longer than `table`. Lines of `table` may overlap, repeat, or never
/// match; the first match counts there, too. Lines that overlap later ones with
/// other routes stay as they are, or become part of the search after they are
/// cut out of the others, whichever leaves fewer lines.
std::vector<target::RoutingEntry>
compressTable(std::span<const TableLine> table,
              const CompressionOptions &options = {});

/// Proves that every key that `table` matches has the same route in
/// `compressed`, or matches nothing there and its line of `table` is
/// defaultable. Keys are not enumerated: what is left of a line is split until
/// one cube holds it. Errors: the first line and a key of it with another
/// route; a proof that takes more than `work` steps.
Result<void> verifyTable(std::span<const TableLine> table,
                         std::span<const target::RoutingEntry> compressed,
                         uint64_t work = 2'000'000'000);

} // namespace limen::mapping
