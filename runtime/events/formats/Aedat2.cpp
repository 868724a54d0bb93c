// AEDAT 2.0 (jAER): lines "#...", then big-endian u32 address and u32 us.
//
//   DVS128             x bits 1-7, y 8-14, p 0, as stored
//   DAVIS240, DAVIS346 bit 31 marks frames and inertial data, bit 10 external
//                      signals (skipped); x 12-21 and y 22-30, both counted
//                      from the far corner, p 11
//
// The header's line with the chip's name tells which; the 32 bits of time start
// anew after 71.6 minutes.

#include "runtime/events/Bytes.h"
#include "runtime/events/Format.h"
#include "runtime/events/TextHeader.h"

using namespace limen;
using namespace limen::events;

namespace {

constexpr std::string_view magic = "#!AER-DAT2.0";
constexpr size_t recordBytes = 8;

struct Camera {
  std::string_view name;
  uint32_t width, height;
  bool davis;
};

constexpr Camera cameras[] = {{"dvs128", 128, 128, false},
                              {"davis240", 240, 180, true},
                              {"davis346", 346, 260, true}};

Match detect(std::string_view bytes, std::string_view) {
  return bytes.starts_with(magic) ? Match::Content : Match::No;
}

/// A line of text, or the first address, which may begin with '#' by chance:
/// its upper bits then are coordinates of either camera.
Result<const Camera *> findCamera(const TextHeader &header,
                                  std::string_view data,
                                  const ReadOptions &options, Recording &out) {
  if (!options.camera.empty()) {
    for (const Camera &camera : cameras)
      if (camera.name == options.camera)
        return &camera;
    return Error(fmt::format("camera={}: dvs128, davis240 or davis346 was "
                             "wanted",
                             options.camera));
  }
  for (const Camera &camera : cameras)
    if (header.contains(camera.name))
      return &camera;
  for (size_t at = 0; at + recordBytes <= data.size(); at += recordBytes)
    if (loadBig32(data.data() + at) > 0x7FFF)
      return errorAt(0, "the header does not name the camera, and the "
                        "addresses are not those of a DVS128")
          .note("say which with camera=dvs128, davis240 or davis346");
  out.notes.push_back("the header does not name the camera: taken as DVS128");
  return &cameras[0];
}

Result<Recording> read(std::string_view bytes, const ReadOptions &options) {
  if (!bytes.starts_with(magic))
    return errorAt(0, "does not begin with '#!AER-DAT2.0'");
  const TextHeader header = readTextHeader(bytes, '#', "#End Of ASCII Header");
  const std::string_view data = bytes.substr(header.size);
  Recording out;
  Result<const Camera *> camera = findCamera(header, data, options, out);
  if (!camera)
    return camera.takeError();
  const auto [name, width, height, davis] = **camera;
  out.width = width;
  out.height = height;
  out.sizeKnown = true;
  if (!davis)
    out.notes.push_back("DVS128: x is bits 1-7, y bits 8-14, p bit 0, as "
                        "stored");
  out.events.resize(data.size() / recordBytes);
  out.trailingBytes = data.size() % recordBytes;
  Unwrap unwrap(32);
  size_t count = 0;
  uint64_t frames = 0, external = 0;
  for (size_t at = 0; at + recordBytes <= data.size(); at += recordBytes) {
    const uint32_t address = loadBig32(data.data() + at);
    const int64_t t = unwrap(loadBig32(data.data() + at + 4));
    if (!davis) {
      if (address > 0x7FFF) {
        ++external;
        continue;
      }
      out.events[count++] = {t, static_cast<uint16_t>(address >> 1 & 0x7F),
                             static_cast<uint16_t>(address >> 8 & 0x7F),
                             static_cast<uint8_t>(address & 1)};
      continue;
    }
    if (address >> 31 != 0 || (address >> 10 & 1) != 0) {
      ++(address >> 31 != 0 ? frames : external);
      continue;
    }
    const uint32_t x = address >> 12 & 0x3FF, y = address >> 22 & 0x1FF;
    if (x >= width || y >= height)
      return errorAt(header.size + at,
                     fmt::format("an event is at ({}, {}), outside of {} x {} "
                                 "of a {}",
                                 x, y, width, height, name));
    out.events[count++] = {t, static_cast<uint16_t>(width - 1 - x),
                           static_cast<uint16_t>(height - 1 - y),
                           static_cast<uint8_t>(address >> 11 & 1)};
  }
  out.events.resize(count);
  if (frames != 0)
    out.skipped["frame and inertial records"] = frames;
  if (external != 0)
    out.skipped["external events"] = external;
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatAedat2;
constinit const Format formatAedat2{"aedat2", "AEDAT 2.0", detect,
                                    read,     nullptr,     ".aedat"};
} // namespace limen::events
