#include "hw-models/base/HugePages.h"

#include <cstdint>
#include <sys/mman.h>

void limen::adviseHugePages(void *begin, size_t bytes) {
  constexpr uintptr_t page = 1 << 21;
  const uintptr_t from =
      (reinterpret_cast<uintptr_t>(begin) + page - 1) & ~(page - 1);
  const uintptr_t to =
      (reinterpret_cast<uintptr_t>(begin) + bytes) & ~(page - 1);
  if (from < to)
    madvise(reinterpret_cast<void *>(from), to - from, MADV_HUGEPAGE);
}
