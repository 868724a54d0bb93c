// Event Stream (.es) version 2, DVS events.
//
//   "Event Stream", 3 bytes of version, 1 byte with the kind of events (1 DVS),
//   width and height as little-endian u16; then
//   events of 5 bytes: us since the last event << 1 | p, x u16, y u16
//   0xFF: 127 us pass      0xFE: reset, no time passes

#include "runtime/events/Bytes.h"
#include "runtime/events/Format.h"

using namespace limen;
using namespace limen::events;

namespace {

constexpr std::string_view magic = "Event Stream";
constexpr uint8_t overflow = 0xFF, reset = 0xFE;
constexpr int64_t overflowTime = 127;

Match detect(std::string_view bytes, std::string_view ending) {
  return bytes.starts_with(magic) ? Match::Content
         : ending == ".es"        ? Match::Ending
                                  : Match::No;
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  constexpr size_t headerBytes = 20;
  if (!bytes.starts_with(magic))
    return errorAt(0, "does not begin with 'Event Stream'");
  if (bytes.size() < headerBytes)
    return errorAt(bytes.size(), "ends within its header of 20 bytes");
  if (bytes[12] != 2)
    return errorAt(12,
                   fmt::format("is Event Stream version {}.{}.{}; version 2 "
                               "is read",
                               static_cast<uint8_t>(bytes[12]),
                               static_cast<uint8_t>(bytes[13]),
                               static_cast<uint8_t>(bytes[14])));
  if (bytes[15] != 1) {
    static constexpr std::string_view kinds[] = {"generic", "DVS", "ATIS",
                                                 "display", "color"};
    const auto kind = static_cast<uint8_t>(bytes[15]);
    return errorAt(15, fmt::format("holds {} events; DVS events (1) are read",
                                   kind < 5 ? std::string(kinds[kind])
                                            : fmt::format("kind-{}", kind)));
  }
  Recording out;
  out.width = load<uint16_t>(bytes.data() + 16);
  out.height = load<uint16_t>(bytes.data() + 18);
  out.sizeKnown = true;
  out.events.resize((bytes.size() - headerBytes) / 5);
  size_t count = 0;
  uint64_t resets = 0;
  int64_t t = 0;
  for (size_t at = headerBytes; at < bytes.size();) {
    const auto head = static_cast<uint8_t>(bytes[at]);
    if (head == overflow || head == reset) {
      t += head == overflow ? overflowTime : 0;
      resets += head == reset;
      ++at;
      continue;
    }
    if (bytes.size() - at < 5) {
      out.trailingBytes = bytes.size() - at;
      break;
    }
    t += head >> 1;
    const auto x = load<uint16_t>(bytes.data() + at + 1);
    const auto y = load<uint16_t>(bytes.data() + at + 3);
    if (x >= out.width || y >= out.height)
      return errorAt(at, fmt::format("an event is at ({}, {}), outside of {} x "
                                     "{}",
                                     x, y, out.width, out.height));
    out.events[count++] = {t, x, y, static_cast<uint8_t>(head & 1)};
    at += 5;
  }
  out.events.resize(count);
  if (resets != 0)
    out.skipped["resets"] = resets;
  return out;
}

Result<std::string> write(const Recording &recording) {
  constexpr size_t mostOverflows = size_t(1) << 26;
  std::string out(magic);
  out.append({2, 0, 0, 1});
  if (recording.width > 0xFFFF || recording.height > 0xFFFF)
    return Error("Event Stream files hold sensors up to 65535 x 65535");
  store(out, static_cast<uint16_t>(recording.width));
  store(out, static_cast<uint16_t>(recording.height));
  int64_t now = 0;
  for (const Event &event : recording.events) {
    if (event.t < 0 ||
        static_cast<uint64_t>(event.t - now) / overflowTime > mostOverflows)
      return Error(
          fmt::format("Event Stream files begin at 0 us and tell every "
                      "127 us; an event at {} us follows {} us",
                      event.t, now));
    const int64_t gap = event.t - now;
    out.append(static_cast<size_t>(gap / overflowTime),
               static_cast<char>(overflow));
    out.push_back(static_cast<char>(gap % overflowTime << 1 | event.p));
    store(out, event.x);
    store(out, event.y);
    now = event.t;
  }
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatEventStream;
constinit const Format formatEventStream{
    "es", "Event Stream 2 (DVS)", detect, read, write, ".es"};
} // namespace limen::events
