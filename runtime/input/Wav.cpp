#include "runtime/input/Wav.h"

#include "runtime/events/Bytes.h"

#include <cmath>

using namespace limen;
using namespace limen::input;

using events::errorAt;
using events::load;

namespace {

enum Code : uint16_t { Pcm = 1, Float = 3, Extensible = 0xFFFE };

struct Layout {
  uint16_t code = 0, channels = 0, block = 0, bits = 0;
  uint32_t rate = 0;
};

constexpr size_t extensibleBytes = 40;

Result<Layout> parseLayout(std::string_view bytes, size_t at, size_t size) {
  if (size < 16)
    return errorAt(at, fmt::format("the 'fmt ' chunk has {} bytes, at least 16 "
                                   "were wanted",
                                   size));
  const char *from = bytes.data() + at;
  Layout out;
  out.code = load<uint16_t>(from);
  out.channels = load<uint16_t>(from + 2);
  out.rate = load<uint32_t>(from + 4);
  out.block = load<uint16_t>(from + 12);
  out.bits = load<uint16_t>(from + 14);
  if (out.code == Extensible) {
    if (size < extensibleBytes)
      return errorAt(at, fmt::format("the extensible 'fmt ' chunk has {} "
                                     "bytes, {} were wanted",
                                     size, extensibleBytes));
    out.code = load<uint16_t>(from + 24); // the sub-format begins with a code
  }
  const bool known = (out.code == Pcm && (out.bits == 8 || out.bits == 16 ||
                                          out.bits == 24 || out.bits == 32)) ||
                     (out.code == Float && (out.bits == 32 || out.bits == 64));
  if (!known)
    return errorAt(at, fmt::format("samples of format {} and {} bits; integers "
                                   "(1) of 8, 16, 24 or 32 bits or floats (3) "
                                   "of 32 or 64 were wanted",
                                   out.code, out.bits));
  if (out.channels == 0 || out.block != out.channels * (out.bits / 8))
    return errorAt(at + 12, fmt::format("blocks of {} bytes do not hold {} "
                                        "channels of {} bits",
                                        out.block, out.channels, out.bits));
  if (out.rate == 0 || out.rate > 10'000'000)
    return errorAt(at + 4, fmt::format("{} samples a second; 1 to 10000000 "
                                       "were wanted",
                                       out.rate));
  return out;
}

double sampleAt(const char *at, const Layout &layout) {
  if (layout.code == Float)
    return layout.bits == 32 ? static_cast<double>(load<float>(at))
                             : load<double>(at);
  switch (layout.bits) {
  case 8:
    return (load<uint8_t>(at) - 128) / 128.0;
  case 16:
    return load<int16_t>(at) / 0x1p15;
  case 24: // into the upper bytes of a word, which keeps the sign
    return static_cast<int32_t>(static_cast<uint32_t>(load<uint16_t>(at)) << 8 |
                                static_cast<uint32_t>(load<uint8_t>(at + 2))
                                    << 24) /
           0x1p31;
  default:
    return load<int32_t>(at) / 0x1p31;
  }
}

} // namespace

Result<Wav> input::parseWav(std::string_view bytes) {
  if (bytes.size() < 12 || !bytes.starts_with("RIFF") ||
      bytes.substr(8, 4) != "WAVE")
    return errorAt(0, "does not begin with 'RIFF', a size and 'WAVE'");
  Layout layout;
  for (size_t at = 12;;) {
    if (bytes.size() - at < 8)
      return errorAt(at, layout.rate == 0 ? "ends before its 'fmt ' chunk"
                                          : "ends before its 'data' chunk");
    const std::string_view name = bytes.substr(at, 4);
    const size_t size = load<uint32_t>(bytes.data() + at + 4);
    const size_t room = bytes.size() - at - 8;
    if (size > room)
      return errorAt(at + 4, fmt::format("a chunk claims {} bytes, {} are "
                                         "there: it is truncated",
                                         size, room));
    at += 8;
    if (name == "fmt ") {
      Result<Layout> parsed = parseLayout(bytes, at, size);
      if (!parsed)
        return parsed.takeError();
      layout = *parsed;
    } else if (name == "data") {
      if (layout.rate == 0)
        return errorAt(at - 8, "the 'data' chunk comes before the 'fmt ' one");
      if (size == 0 || size % layout.block != 0)
        return errorAt(at - 4, fmt::format("{} bytes of data are no blocks of "
                                           "{}",
                                           size, layout.block));
      Wav out{layout.rate, layout.channels, {}};
      out.samples.reserve(size / layout.block);
      for (const size_t end = at + size; at < end; at += layout.block) {
        double sum = 0;
        for (size_t c = 0; c < layout.channels; ++c)
          sum += sampleAt(bytes.data() + at + c * (layout.bits / 8), layout);
        const auto mean = static_cast<float>(sum / layout.channels);
        if (!std::isfinite(mean))
          return errorAt(at, "the sample is not finite");
        out.samples.push_back(mean);
      }
      return out;
    }
    // Chunks begin at even bytes; the last may lack its padding.
    at = std::min(at + size + size % 2, bytes.size());
  }
}
