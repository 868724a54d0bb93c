#include "hw-models/base/HugePages.h"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

using namespace limen;

static constexpr uintptr_t page = 1 << 21;

void limen::adviseHugePages(void *begin, size_t bytes) {
  const uintptr_t from =
      (reinterpret_cast<uintptr_t>(begin) + page - 1) & ~(page - 1);
  const uintptr_t to =
      (reinterpret_cast<uintptr_t>(begin) + bytes) & ~(page - 1);
  if (from < to)
    madvise(reinterpret_cast<void *>(from), to - from, MADV_HUGEPAGE);
}

Pages::Pages(size_t wanted) : bytes(wanted) {
  if (wanted == 0)
    return;
  if (wanted < page) {
    begin = std::malloc(wanted);
    if (!begin)
      throw std::bad_alloc();
    return;
  }
  // Room to move the start up to a large page.
  void *place = mmap(nullptr, wanted + page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED)
    throw std::bad_alloc();
  const auto from = reinterpret_cast<uintptr_t>(place);
  const uintptr_t to = (from + page - 1) & ~(page - 1);
  begin = reinterpret_cast<void *>(to);
  if (to != from)
    munmap(place, to - from);
  // What is left of the room is never touched.
  bytes += page - (to - from);
  adviseHugePages(begin, wanted);
}

void Pages::release() {
  if (bytes < page)
    std::free(begin);
  else
    munmap(begin, bytes);
  begin = nullptr;
  bytes = 0;
}
