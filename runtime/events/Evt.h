// What Prophesee's EVT 2.0, 2.1 and 3.0 share.
#pragma once

#include "runtime/events/Format.h"
#include "runtime/events/Recording.h"
#include "runtime/events/TextHeader.h"

#include <optional>

namespace limen::events {

/// "2.0", "2.1" or "3.0" by a line "% evt 3.0" or "% format EVT3;..."; ""
/// when neither is there.
std::string_view evtVersion(const TextHeader &header);

/// Content if the header of `bytes` names EVT `version`.
Match detectEvt(std::string_view bytes, std::string_view version);

/// The words behind the header.
struct EvtWords {
  TextHeader header;
  const char *first = nullptr;
  size_t count = 0;
};

/// The words of `size` bytes each. The sensor's size, where the header tells
/// it, and the bytes of a last, cut word go to `out`.
EvtWords evtWords(std::string_view bytes, size_t size, Recording &out);

/// Names the words of each type that were skipped, and the events before the
/// first time.
void noteSkipped(const uint64_t (&others)[16], uint64_t early, Recording &out);

/// The lines before the words.
std::string evtHeader(std::string_view version, std::string_view name,
                      const Recording &recording);

/// Coordinates have 11 bits, polarity one.
Result<void> fitsEvt(const Event &event);

/// Tells the upper part of the time by words of `bits` bits, with every turn of
/// the counter since 0, as a camera that was switched on at 0 would.
class HighTime {
public:
  explicit HighTime(unsigned bits) : bits(bits) {}

  /// Calls `tell(word)` as often as needed to arrive at `high`.
  template <typename Tell> Result<void> advance(int64_t high, Tell tell) {
    constexpr int64_t mostTurns = 1 << 16;
    if (high < 0 || high >> bits >= mostTurns)
      return Error("EVT files begin at 0 us; an event is before that, or more "
                   "than 65536 turns of the counter later");
    const uint32_t last = (uint32_t(1) << bits) - 1;
    for (; turn < high >> bits; ++turn) {
      tell(last);
      tell(0);
      now = -1;
    }
    if (high != now)
      tell(static_cast<uint32_t>(high) & last);
    now = high;
    return {};
  }

private:
  unsigned bits;
  int64_t turn = 0, now = -1;
};

} // namespace limen::events
