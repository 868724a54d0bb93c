// Recordings of event cameras: what the reader of any format makes of a file.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace limen::events {

/// One change of brightness at a pixel.
struct Event {
  int64_t t; ///< us
  uint16_t x;
  uint16_t y;
  uint8_t p; ///< 1 brighter (ON), 0 darker (OFF)

  bool operator==(const Event &) const = default;
};

/// Leaves new elements unwritten: readers write each event exactly once.
template <typename T> struct Unwritten : std::allocator<T> {
  template <typename U> struct rebind {
    using other = Unwritten<U>;
  };
  template <typename U> void construct(U *) noexcept {}
  template <typename U, typename... Args>
  void construct(U *at, Args &&...args) {
    ::new (static_cast<void *>(at)) U(std::forward<Args>(args)...);
  }
};

using EventList = std::vector<Event, Unwritten<Event>>;

/// The events of one file, in file order.
struct Recording {
  EventList events;
  uint32_t width = 0;  ///< of the sensor, pixels
  uint32_t height = 0; ///< of the sensor, pixels
  /// The file or the user says the sensor's size; otherwise it is 1 + the
  /// largest coordinates.
  bool sizeKnown = false;
  /// What the file holds beside events, by kind.
  std::map<std::string, uint64_t> skipped;
  uint64_t trailingBytes = 0;     ///< after the last whole record, ignored
  uint64_t backwards = 0;         ///< events earlier than the one before
  std::vector<std::string> notes; ///< what was assumed to read it
};

/// Sorts by time; events of equal time keep their order.
void sortByTime(Recording &recording);

/// Times of a counter that starts anew at 2^bits: a value more than half the
/// range below the one before means one more turn. Smaller steps back stay.
class Unwrap {
public:
  explicit Unwrap(unsigned bits) : range(int64_t(1) << bits) {}
  int64_t operator()(int64_t raw) {
    if (last - raw > range / 2)
      turns += range;
    last = raw;
    return turns + raw;
  }

private:
  int64_t range, last = 0, turns = 0;
};

} // namespace limen::events
