// Loops over independent pieces of work, on all processors.
#pragma once

#include <cstdint>
#include <functional>

namespace limen {

/// How many threads "as many as there are processors" means here.
unsigned processorCount();

/// Calls `work(piece, thread)` once for each piece below `pieces`, with thread
/// below `threads` (0: processorCount()); pieces are taken in ascending order.
/// Returns when all are done. With one thread or piece no thread is started.
/// Pieces must not depend on one another, so that results do not depend on the
/// number of threads.
void parallelFor(uint64_t pieces, unsigned threads,
                 const std::function<void(uint64_t, unsigned)> &work);

} // namespace limen
