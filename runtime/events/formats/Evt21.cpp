// Prophesee EVT 2.1: lines "% ...", then little-endian 64-bit words.
//
//   bits 63-60  0 OFF, 1 ON: time low 59-54, x 53-43, y 42-32, and bit i of
//               31-0 is an event at x + i
//               8 TIME_HIGH: bits 59-32 are the time above its low 6 bits
//               10 trigger, 14 others, 15 continued: skipped
//
// Cameras that send the upper half of a word first say so in their header
// ("endianness legacy"); both orders are read.

#include "runtime/events/Bytes.h"
#include "runtime/events/Evt.h"
#include "runtime/events/Format.h"

#include <algorithm>

using namespace limen;
using namespace limen::events;

namespace {

Match detect(std::string_view bytes, std::string_view) {
  return detectEvt(bytes, "2.1");
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  Recording out;
  const EvtWords file = evtWords(bytes, 8, out);
  const bool swapped = file.header.contains("legacy");
  const size_t words = file.count;
  uint64_t others[16] = {};
  uint64_t early = 0;
  Unwrap unwrap(28);
  int64_t high = -1;
  size_t count = 0;
  const char *at = file.first;
  for (size_t i = 0; i < words; ++i, at += 8) {
    auto word = load<uint64_t>(at);
    if (swapped)
      word = word << 32 | word >> 32;
    const uint64_t type = word >> 60;
    if (type <= 1) {
      auto valid = static_cast<uint32_t>(word);
      if (high < 0) {
        early += static_cast<uint64_t>(std::popcount(valid));
        continue;
      }
      if (out.events.size() < count + 32)
        out.events.resize(std::max(words, 2 * count) + 32);
      const int64_t t = high | static_cast<int64_t>(word >> 54 & 0x3F);
      const auto x = static_cast<uint16_t>(word >> 43 & 0x7FF);
      const auto y = static_cast<uint16_t>(word >> 32 & 0x7FF);
      for (; valid != 0; valid &= valid - 1)
        out.events[count++] = {
            t, static_cast<uint16_t>(x + std::countr_zero(valid)), y,
            static_cast<uint8_t>(type)};
    } else if (type == 8)
      high = unwrap(static_cast<int64_t>(word >> 32 & 0x0FFFFFFF)) << 6;
    else
      ++others[type];
  }
  out.events.resize(count);
  noteSkipped(others, early, out);
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatEvt21;
constinit const Format formatEvt21{
    "evt21", "Prophesee EVT 2.1", detect, read, nullptr, ".raw"};
} // namespace limen::events
