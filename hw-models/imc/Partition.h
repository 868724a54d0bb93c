// Splitting a matrix over arrays of limited size.
#pragma once

#include <cstdint>
#include <vector>

namespace limen::imchw {

enum class PartitionStyle : uint8_t {
  Equal, ///< parts as equal as whole numbers allow
  Max,   ///< full arrays and one with the rest
};

/// Bounds 0 = b_0 < b_1 < ... = `count` of the fewest parts of at most `limit`
/// (0: no limit). When `count` divides evenly it is divided evenly.
std::vector<uint32_t> partition(uint32_t count, uint32_t limit,
                                PartitionStyle style);

} // namespace limen::imchw
