// The order in which the recorded runs of CrossSim added.
//
// NumPy adds a product of single-precision matrices by OpenBLAS, whose order
// decides the last bits of sums, and with them the code of every sum in the
// middle between two codes. The recorded runs had two threads and the kernels
// for processors with AVX2; this order gives every result of the ideal case
// bit by bit.
#pragma once

#include <cstdint>
#include <vector>

namespace limen::bench {

/// imchw::Reading::lanes [line][column] of a product of `lines` x `inputs` with
/// `inputs` x `columns`: 1, or 2 where a kernel keeps odd and even inputs
/// apart, or 8 for one column. 0, or empty, where the order is not known.
std::vector<uint8_t> recordedLanes(uint32_t lines, uint32_t columns,
                                   uint32_t inputs);

/// imchw::Reading::blocks of such a product.
std::vector<uint32_t> recordedBlocks(uint32_t inputs);

} // namespace limen::bench
