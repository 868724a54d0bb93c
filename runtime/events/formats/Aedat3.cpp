// AEDAT 3.1 (cAER): "#!AER-DAT3.1", lines "#...", "#!END-HEADER", then packets.
//
//   packet header, 28 bytes little-endian: type i16 (1 polarity), source i16,
//     size of an event i32, place of its time i32, overflow of time i32,
//     capacity i32, number of events i32, number of valid events i32
//   polarity event, 8 bytes: bit 0 valid, bit 1 p, y 2-16, x 17-31; time i32
//
// t = overflow << 31 | time.

#include "runtime/events/Bytes.h"
#include "runtime/events/Format.h"
#include "runtime/events/TextHeader.h"

#include <algorithm>

using namespace limen;
using namespace limen::events;

namespace {

constexpr std::string_view magic = "#!AER-DAT3.";
constexpr size_t headerBytes = 28;

struct Camera {
  std::string_view name;
  uint32_t width, height;
};

constexpr Camera cameras[] = {{"DVS128", 128, 128},   {"DAVIS128", 128, 128},
                              {"DAVIS208", 208, 192}, {"DAVIS240", 240, 180},
                              {"DAVIS346", 346, 260}, {"DAVIS640", 640, 480}};

Match detect(std::string_view bytes, std::string_view) {
  return bytes.starts_with(magic) ? Match::Content : Match::No;
}

struct Packet {
  int32_t type, size, overflow, number;
};

/// Checked against the bytes that are left at `at`.
Result<Packet> packetAt(std::string_view bytes, size_t at) {
  const char *from = bytes.data() + at;
  const Packet packet{load<int16_t>(from), load<int32_t>(from + 4),
                      load<int32_t>(from + 12), load<int32_t>(from + 20)};
  if (packet.size <= 0 || packet.number < 0 || packet.overflow < 0)
    return errorAt(at,
                   fmt::format("a packet of {} events of {} bytes at "
                               "overflow {} cannot be: the file is damaged",
                               packet.number, packet.size, packet.overflow));
  if (packet.type == 1 && packet.size != 8)
    return errorAt(at + 4, fmt::format("polarity events have {} bytes, 8 were "
                                       "wanted",
                                       packet.size));
  return packet;
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  if (!bytes.starts_with("#!AER-DAT3.1"))
    return errorAt(0, "does not begin with '#!AER-DAT3.1', the version of "
                      "AEDAT 3 that is read");
  const TextHeader header = readTextHeader(bytes, '#', "#!END-HEADER");
  if (header.lines.empty() || header.lines.back() != "#!END-HEADER")
    return errorAt(header.size, "the header does not end with '#!END-HEADER'");
  Recording out;
  for (const Camera &camera : cameras)
    if (!out.sizeKnown && header.contains(camera.name)) {
      out.width = camera.width;
      out.height = camera.height;
      out.sizeKnown = true;
    }
  size_t at = header.size;
  while (bytes.size() - at >= headerBytes) {
    Result<Packet> packet = packetAt(bytes, at);
    if (!packet)
      return packet.takeError();
    const size_t start = at + headerBytes;
    const auto size = static_cast<size_t>(packet->size);
    const size_t whole = std::min(static_cast<size_t>(packet->number),
                                  (bytes.size() - start) / size);
    if (packet->type == 1) {
      const char *from = bytes.data() + start;
      for (size_t i = 0; i < whole; ++i, from += 8) {
        const auto data = load<uint32_t>(from);
        if ((data & 1) == 0) {
          ++out.skipped["invalid events"];
          continue;
        }
        const int64_t t = static_cast<int64_t>(packet->overflow) << 31 |
                          (load<uint32_t>(from + 4) & 0x7FFFFFFF);
        out.events.push_back({t, static_cast<uint16_t>(data >> 17 & 0x7FFF),
                              static_cast<uint16_t>(data >> 2 & 0x7FFF),
                              static_cast<uint8_t>(data >> 1 & 1)});
      }
    } else
      ++out.skipped[fmt::format("packets of type {}", packet->type)];
    at = start + whole * size;
    if (whole < static_cast<size_t>(packet->number))
      break; // the file ends within this packet
  }
  out.trailingBytes = bytes.size() - at;
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatAedat3;
constinit const Format formatAedat3{"aedat3", "AEDAT 3.1", detect,
                                    read,     nullptr,     ".aedat"};
} // namespace limen::events
