// N-MNIST and N-Caltech101 recordings (.bin), SLAYER's .bs2: 5 bytes an event.
//
//   x, y, then p in bit 7 and 23 bits of time in us, big-endian
//
// y = 240 marks an overflow: the times that follow are 2^13 us later (Orchard
// et al., Frontiers in Neuroscience 9:437, 2015).

#include "runtime/events/Bytes.h"
#include "runtime/events/Format.h"

using namespace limen;
using namespace limen::events;

namespace {

constexpr size_t recordBytes = 5;
constexpr uint8_t overflowRow = 240;
constexpr int64_t overflowTime = 1 << 13;
constexpr uint32_t extent = 34; ///< of N-MNIST

Match detect(std::string_view, std::string_view ending) {
  return ending == ".bin" || ending == ".bs2" ? Match::Ending : Match::No;
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  Recording out;
  const size_t records = bytes.size() / recordBytes;
  out.trailingBytes = bytes.size() % recordBytes;
  out.events.resize(records);
  size_t count = 0;
  int64_t overflow = 0;
  bool fits = true;
  const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
  for (size_t i = 0; i < records; ++i, data += recordBytes) {
    if (data[1] == overflowRow) {
      overflow += overflowTime;
      ++out.skipped["time overflow records"];
      continue;
    }
    const int64_t t = (data[2] & 0x7F) << 16 | data[3] << 8 | data[4];
    out.events[count++] = {t + overflow, data[0], data[1],
                           static_cast<uint8_t>(data[2] >> 7)};
    fits &= data[0] < extent && data[1] < extent;
  }
  out.events.resize(count);
  if (fits) {
    out.width = out.height = extent;
    out.sizeKnown = true;
    out.notes.push_back("the sensor is taken as 34 x 34, that of N-MNIST");
  }
  return out;
}

Result<std::string> write(const Recording &recording) {
  std::string out;
  int64_t overflow = 0;
  for (const Event &event : recording.events) {
    if (event.x > 255 || event.y > 255 || event.y == overflowRow)
      return Error(fmt::format("N-MNIST files hold x and y up to 255 and no "
                               "event in row 240; an event is at ({}, {})",
                               event.x, event.y))
          .note("other formats have room for it: dat, evt2, es, aedat4");
    if (event.t < 0 || event.t >= int64_t(1) << 32)
      return Error(fmt::format("N-MNIST files hold times from 0 to 2^32 us; an "
                               "event is at {} us",
                               event.t));
    while (event.t - overflow >= 1 << 23) {
      out.append({0, static_cast<char>(overflowRow), 0, 0, 0});
      overflow += overflowTime;
    }
    const auto t = static_cast<uint32_t>(event.t - overflow);
    out.append({static_cast<char>(event.x), static_cast<char>(event.y),
                static_cast<char>(event.p << 7 | t >> 16),
                static_cast<char>(t >> 8), static_cast<char>(t)});
  }
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatNmnist;
constinit const Format formatNmnist{
    "nmnist", "N-MNIST / N-Caltech101", detect, read, write, ".bin"};
} // namespace limen::events
