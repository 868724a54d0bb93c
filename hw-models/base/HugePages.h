// Large pages for large arrays.
#pragma once

#include <cstddef>
#include <utility>

namespace limen {

/// Asks the system to back `bytes` from `begin` with large pages where it can:
/// arrays of many megabytes are filled and read faster. Only advice; nothing
/// changes where it is not taken.
void adviseHugePages(void *begin, size_t bytes);

/// Memory straight from the system, to which it returns at once: what one
/// thread frees, the next allocation of any other can have. Starts at a large
/// page when it holds one. Not initialised.
class Pages {
public:
  Pages() = default;
  /// Throws std::bad_alloc.
  explicit Pages(size_t bytes);
  Pages(Pages &&other) noexcept
      : begin(std::exchange(other.begin, nullptr)),
        bytes(std::exchange(other.bytes, 0)) {}
  Pages &operator=(Pages &&other) noexcept {
    std::swap(begin, other.begin);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~Pages() { release(); }

  void *data() const { return begin; }
  void release();

private:
  void *begin = nullptr;
  size_t bytes = 0;
};

} // namespace limen
