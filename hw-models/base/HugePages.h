// Large pages for large arrays.
#pragma once

#include <cstddef>

namespace limen {

/// Asks the system to back `bytes` from `begin` with large pages where it can:
/// arrays of many megabytes are filled and read faster. Only advice; nothing
/// changes where it is not taken.
void adviseHugePages(void *begin, size_t bytes);

} // namespace limen
