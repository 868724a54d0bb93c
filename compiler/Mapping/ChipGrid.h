// The chips of a machine as placement and routing see them: numbered, with what
// they offer and which of their links live.
#pragma once

#include "hw-models/target/SpinMachine.h"

#include <array>
#include <cstdint>
#include <vector>

namespace limen::mapping {

/// A shortest way over living or dead chips alike: up to three straight legs,
/// the longest first.
struct Way {
  unsigned length = 0; ///< links in all
  std::array<uint16_t, 3> counts = {};
  std::array<uint8_t, 3> links = {};
};

/// The shortest way along the vector (dx, dy) on a hexagonal grid, or on a
/// torus of `width` x `height` where it `wraps`. Among equals the vector with
/// the fewest wraps wins, then the order of link numbers.
Way shortestWay(int dx, int dy, int width, int height, bool wraps);

class ChipGrid {
public:
  /// All chips of `machine`, without those that are dead.
  static ChipGrid of(const target::SpinMachine &machine);

  /// `width` x `height` chips of `cores` and `sdram` bytes each.
  static ChipGrid uniform(int width, int height, bool wraps, unsigned cores,
                          uint64_t sdram);

  int width = 0, height = 0;
  bool wraps = false;
  std::vector<unsigned> cores;   ///< per chip: cores for applications
  std::vector<uint64_t> sdram;   ///< per chip: bytes
  std::vector<uint8_t> present;  ///< per chip: 1 if it exists and lives
  std::vector<uint8_t> linkMask; ///< per chip: bit l if link l lives

  int size() const { return width * height; }
  int indexOf(target::Chip chip) const { return chip.y * width + chip.x; }
  target::Chip chipOf(int index) const {
    return {index % width, index / width};
  }
  /// The chip at the other end of a living link; -1 for none.
  int neighbour(int chip, unsigned link) const {
    return linkMask[static_cast<size_t>(chip)] >> link & 1 ? step(chip, link)
                                                           : -1;
  }
  /// The chip one step along `link`, dead or alive; -1 beyond a mesh's edge.
  int step(int chip, unsigned link) const {
    return steps[static_cast<size_t>(chip)][link];
  }

  /// The shortest way where nothing is dead.
  const Way &way(int from, int to) const { return ways[wayIndex(from, to)]; }
  unsigned distance(int from, int to) const {
    return distances[wayIndex(from, to)];
  }
  /// Place of a chip in the table of distances: that of the way from a to b is
  /// at slot(b) - slot(a) + centre().
  int slot(int chip) const { return slots[static_cast<size_t>(chip)]; }
  int centre() const { return origin; }
  const uint16_t *distanceTable() const { return distances.data(); }

  /// Kills a chip with its links, or a link in both directions.
  void killChip(int chip);
  void killLink(int chip, unsigned link);

  /// Per chip, the number of the part of the machine that it can reach; -1 for
  /// no chip. Part 0 is the largest.
  std::vector<int> parts() const;

private:
  ChipGrid(int width, int height, bool wraps);
  void linkUp();
  size_t wayIndex(int from, int to) const {
    return static_cast<size_t>(slot(to) - slot(from) + origin);
  }

  std::vector<std::array<int, 6>> steps;
  std::vector<Way> ways;
  std::vector<uint16_t> distances;
  std::vector<int> slots;
  int origin = 0;
};

} // namespace limen::mapping
