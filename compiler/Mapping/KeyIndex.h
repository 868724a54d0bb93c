// Which of many cubes intersect a given one.
#pragma once

#include "compiler/Mapping/KeyCube.h"

#include <span>
#include <vector>

namespace limen::mapping {

/// Per bit of the key and per value of that bit the cubes that have keys with
/// it, 64 cubes to a word.
class KeyIndex {
public:
  explicit KeyIndex(std::span<const KeyCube> cubes);

  /// Appends the cubes that intersect `cube`, ascending. Returns the steps that
  /// it took, a measure of time.
  uint64_t find(KeyCube cube, std::vector<uint32_t> &out) const;

private:
  std::vector<uint64_t> all, planes;
  KeyCube hull;         ///< the smallest cube around all of them
  uint32_t telling = 0; ///< bits tested by some cube that hull leaves open
};

} // namespace limen::mapping
