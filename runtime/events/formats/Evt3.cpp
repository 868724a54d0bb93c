// Prophesee EVT 3.0: lines "% ...", then little-endian 16-bit words.
//
//   bits 15-12  0 ADDR_Y: y 10-0
//               2 ADDR_X: p 11, x 10-0: one event
//               3 VECT_BASE_X: p 11, x 10-0: where the next vectors start
//               4 VECT_12, 5 VECT_8: bit i is an event at x + i; x moves on by
//               12 or 8
//               6 TIME_LOW, 8 TIME_HIGH: 12 bits of time each
//               others (trigger, continued, vendor): skipped and counted
//
// t = TIME_HIGH << 12 | TIME_LOW; TIME_HIGH starts anew after 2^24 us. A new
// TIME_HIGH sets TIME_LOW to 0 until the next TIME_LOW, so that no event
// between the two gets the low bits of the past.

#include "runtime/events/Bytes.h"
#include "runtime/events/Evt.h"
#include "runtime/events/Format.h"

#include <algorithm>

using namespace limen;
using namespace limen::events;

namespace {

constexpr unsigned lowBits = 12, highBits = 12;

Match detect(std::string_view bytes, std::string_view) {
  return detectEvt(bytes, "3.0");
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  Recording out;
  const EvtWords file = evtWords(bytes, 2, out);
  const size_t words = file.count;

  uint64_t others[16] = {};
  uint64_t early = 0, rowless = 0;
  Unwrap unwrap(highBits);
  int64_t high = -1, t = 0;
  int32_t row = -1;
  uint32_t base = 0; // with its polarity in bit 11
  size_t count = 0, room = 0;
  Event *to = nullptr;
  const char *at = file.first;

  auto known = [&](uint32_t lost) {
    if (high < 0)
      early += lost;
    else if (row < 0)
      rowless += lost;
    return high >= 0 && row >= 0;
  };
  for (size_t i = 0; i < words; ++i, at += 2) {
    const uint32_t word = load<uint16_t>(at);
    if (room - count < 12) {
      // Most words of a real file are events; vectors need more, at most 12.
      out.events.resize(std::max(words / 2, count * 2) + 12);
      to = out.events.data();
      room = out.events.size();
    }
    const uint32_t type = word >> 12;
    switch (type) {
    case 0:
      row = word & 0x7FF;
      break;
    case 2:
      if (known(1))
        to[count++] = {t, static_cast<uint16_t>(word & 0x7FF),
                       static_cast<uint16_t>(row),
                       static_cast<uint8_t>(word >> 11 & 1)};
      break;
    case 3:
      base = word & 0xFFF;
      break;
    case 4:
    case 5: {
      uint32_t valid = word & (type == 4 ? 0xFFF : 0xFF);
      if (known(static_cast<uint32_t>(std::popcount(valid))))
        for (; valid != 0; valid &= valid - 1)
          to[count++] = {
              t,
              static_cast<uint16_t>((base & 0x7FF) + std::countr_zero(valid)),
              static_cast<uint16_t>(row), static_cast<uint8_t>(base >> 11 & 1)};
      // Past the last column the position stays where 11 bits leave it.
      base = (base & 0x800) | ((base + (type == 4 ? 12 : 8)) & 0x7FF);
      break;
    }
    case 6:
      if (high >= 0)
        t = high | (word & 0xFFF);
      break;
    case 8: {
      const int64_t now = unwrap(word & 0xFFF) << lowBits;
      if (now != high)
        t = high = now;
      break;
    }
    default:
      ++others[type];
    }
  }
  out.events.resize(count);
  noteSkipped(others, early, out);
  if (rowless != 0)
    out.skipped["events before the first row"] = rowless;
  return out;
}

Result<std::string> write(const Recording &recording) {
  std::string out = evtHeader("3.0", "EVT3", recording);
  auto word = [&](uint32_t type, int64_t payload) {
    store(out, static_cast<uint16_t>(type << 12 | payload));
  };
  HighTime clock(highBits);
  int64_t high = -1, low = 0, row = -1;
  for (const Event &event : recording.events) {
    if (Result<void> fits = fitsEvt(event); !fits)
      return fits.takeError();
    if (Result<void> told = clock.advance(
            event.t >> lowBits, [&](uint32_t bits) { word(8, bits); });
        !told)
      return told.takeError();
    if (event.t >> lowBits != high)
      low = 0;
    high = event.t >> lowBits;
    if ((event.t & 0xFFF) != low)
      word(6, low = event.t & 0xFFF);
    if (event.y != row)
      word(0, row = event.y);
    word(2, event.p << 11 | event.x);
  }
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatEvt3;
constinit const Format formatEvt3{
    "evt3", "Prophesee EVT 3.0", detect, read, write, ".raw"};
} // namespace limen::events
