// Prophesee EVT 2.0: lines "% ...", then little-endian 32-bit words.
//
//   bits 31-28  0 CD_OFF, 1 CD_ON: time low 27-22, x 21-11, y 10-0
//               8 TIME_HIGH: bits 27-0 are the time above its low 6 bits
//               10 trigger, 14 others, 15 continued: skipped
//
// t = TIME_HIGH << 6 | time low; TIME_HIGH starts anew after 2^34 us.

#include "runtime/events/Bytes.h"
#include "runtime/events/Evt.h"
#include "runtime/events/Format.h"

using namespace limen;
using namespace limen::events;

namespace {

constexpr unsigned lowBits = 6, highBits = 28;

Match detect(std::string_view bytes, std::string_view) {
  return detectEvt(bytes, "2.0");
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  Recording out;
  const EvtWords file = evtWords(bytes, 4, out);
  const size_t words = file.count;
  out.events.resize(words);
  Event *next = out.events.data();
  uint64_t others[16] = {};
  uint64_t early = 0;
  Unwrap unwrap(highBits);
  int64_t high = -1;
  const char *at = file.first;
  for (size_t i = 0; i < words; ++i, at += 4) {
    const auto word = load<uint32_t>(at);
    const uint32_t type = word >> 28;
    if (type <= 1) {
      if (high < 0) {
        ++early;
        continue;
      }
      *next++ = {
          high | (word >> 22 & 0x3F), static_cast<uint16_t>(word >> 11 & 0x7FF),
          static_cast<uint16_t>(word & 0x7FF), static_cast<uint8_t>(type)};
    } else if (type == 8)
      high = unwrap(word & 0x0FFFFFFF) << lowBits;
    else
      ++others[type];
  }
  out.events.resize(static_cast<size_t>(next - out.events.data()));
  noteSkipped(others, early, out);
  return out;
}

Result<std::string> write(const Recording &recording) {
  std::string out = evtHeader("2.0", "EVT2", recording);
  HighTime clock(highBits);
  for (const Event &event : recording.events) {
    if (Result<void> fits = fitsEvt(event); !fits)
      return fits.takeError();
    if (Result<void> told = clock.advance(
            event.t >> lowBits,
            [&](uint32_t high) { store(out, uint32_t(8) << 28 | high); });
        !told)
      return told.takeError();
    store(out, static_cast<uint32_t>(event.p << 28 | (event.t & 0x3F) << 22 |
                                     event.x << 11 | event.y));
  }
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatEvt2;
constinit const Format formatEvt2{
    "evt2", "Prophesee EVT 2.0", detect, read, write, ".raw"};
} // namespace limen::events
