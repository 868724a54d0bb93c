// Prophesee DAT: lines "% ...", a byte with the type of the events, a byte with
// their size (8), then little-endian u32 time in us and u32 address.
//
//   version 2  x bits 0-13, y 14-27, p 28-31
//   version 1  x bits 0-8,  y 9-16,  p 17      (also files that do not say)
//
// The 32 bits of time start anew after 71.6 minutes.

#include "runtime/events/Bytes.h"
#include "runtime/events/Format.h"
#include "runtime/events/TextHeader.h"

using namespace limen;
using namespace limen::events;

namespace {

constexpr size_t recordBytes = 8;

Match detect(std::string_view bytes, std::string_view ending) {
  if (ending == ".dat")
    return Match::Ending;
  // Every line of a DAT file's header but no EVT word is that of "Data file".
  return readTextHeader(bytes, '%', "").contains("% Data file") ? Match::Content
                                                                : Match::No;
}

/// One event of version V.
template <int V> Event decodeWord(int64_t t, uint32_t address) {
  if constexpr (V == 1)
    return {t, static_cast<uint16_t>(address & 0x1FF),
            static_cast<uint16_t>(address >> 9 & 0xFF),
            static_cast<uint8_t>(address >> 17 & 1)};
  return {t, static_cast<uint16_t>(address & 0x3FFF),
          static_cast<uint16_t>(address >> 14 & 0x3FFF),
          static_cast<uint8_t>(address >> 28 != 0)};
}

template <int V> void readRecords(const char *at, Recording &out) {
  Unwrap unwrap(32);
  for (Event &event : out.events) {
    event = decodeWord<V>(unwrap(load<uint32_t>(at)), load<uint32_t>(at + 4));
    at += recordBytes;
  }
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  const TextHeader header = readTextHeader(bytes, '%', "");
  Recording out;
  size_t start = header.size;
  std::string_view version = header.find("Version").value_or("");
  if (version != "" && version != "1" && version != "2")
    return errorAt(
        0, fmt::format("is DAT version '{}'; 1 and 2 are read", version));
  if (header.size == 0)
    out.notes.push_back("no header: taken as DAT version 1");
  else if (version == "")
    out.notes.push_back("no version in the header: taken as DAT version 1");
  if (header.size != 0) {
    if (bytes.size() - start < 2)
      return errorAt(start, "ends before the type and size of its events");
    const auto type = static_cast<uint8_t>(bytes[start]);
    const auto size = static_cast<uint8_t>(bytes[start + 1]);
    if (size != recordBytes)
      return errorAt(start + 1, fmt::format("holds events of {} bytes, 8 were "
                                            "wanted",
                                            size));
    // 0 and 12 are changes of brightness; 14 is an external trigger.
    if (type != 0 && type != 12)
      return errorAt(start, fmt::format("holds events of type {}; 0 and 12 are "
                                        "those of pixels",
                                        type));
    start += 2;
  }
  out.events.resize((bytes.size() - start) / recordBytes);
  out.trailingBytes = (bytes.size() - start) % recordBytes;
  if (version == "2")
    readRecords<2>(bytes.data() + start, out);
  else
    readRecords<1>(bytes.data() + start, out);
  if (auto size = propheseeSize(header)) {
    out.width = size->width;
    out.height = size->height;
    out.sizeKnown = true;
  }
  return out;
}

Result<std::string> write(const Recording &recording) {
  std::string out = fmt::format("% Data file containing CD events.\n% Version "
                                "2\n% Height {}\n% Width {}\n",
                                recording.height, recording.width);
  out.append({12, recordBytes});
  int64_t previous = 0;
  for (const Event &event : recording.events) {
    if (event.x > 0x3FFF || event.y > 0x3FFF)
      return Error(fmt::format("DAT files hold coordinates up to 16383; an "
                               "event is at ({}, {})",
                               event.x, event.y));
    // A reader sees a turn of the counter where the time falls by half of it.
    if (event.t < 0 || event.t - previous >= int64_t(1) << 31)
      return Error(fmt::format("DAT files hold times from 0 us and steps below "
                               "2^31 us; an event at {} us follows one at {}",
                               event.t, previous));
    previous = event.t;
    store(out, static_cast<uint32_t>(event.t));
    store(out, static_cast<uint32_t>(event.x | event.y << 14 | event.p << 28));
  }
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatDat;
constinit const Format formatDat{"dat", "Prophesee DAT", detect,
                                 read,  write,           ".dat"};
} // namespace limen::events
