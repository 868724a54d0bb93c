#include "runtime/events/Evt.h"

#include <fmt/format.h>

using namespace limen;
using namespace limen::events;

std::string_view events::evtVersion(const TextHeader &header) {
  if (auto evt = header.find("evt"))
    return *evt;
  const std::string_view format = header.find("format").value_or("");
  const std::string_view name = format.substr(0, format.find(';'));
  return name == "EVT2"    ? "2.0"
         : name == "EVT21" ? "2.1"
         : name == "EVT3"  ? "3.0"
                           : "";
}

Match events::detectEvt(std::string_view bytes, std::string_view version) {
  return evtVersion(readTextHeader(bytes, '%', "% end")) == version
             ? Match::Content
             : Match::No;
}

EvtWords events::evtWords(std::string_view bytes, size_t size, Recording &out) {
  EvtWords words;
  words.header = readTextHeader(bytes, '%', "% end");
  if (auto sensor = propheseeSize(words.header)) {
    out.width = sensor->width;
    out.height = sensor->height;
    out.sizeKnown = true;
  }
  words.first = bytes.data() + words.header.size;
  words.count = (bytes.size() - words.header.size) / size;
  out.trailingBytes = (bytes.size() - words.header.size) % size;
  return words;
}

void events::noteSkipped(const uint64_t (&others)[16], uint64_t early,
                         Recording &out) {
  for (unsigned type = 0; type < 16; ++type)
    if (others[type] != 0)
      out.skipped[type == 10   ? "trigger words"
                  : type == 14 ? "vendor words (type 14)"
                  : type == 15 ? "continued words (type 15)"
                               : fmt::format("words of type {}", type)] =
          others[type];
  if (early != 0)
    out.skipped["events before the first time"] = early;
}

std::string events::evtHeader(std::string_view version, std::string_view name,
                              const Recording &recording) {
  return fmt::format("% evt {0}\n% format {1};height={3};width={2}\n% geometry "
                     "{2}x{3}\n% end\n",
                     version, name, recording.width, recording.height);
}

Result<void> events::fitsEvt(const Event &event) {
  if (event.x > 0x7FF || event.y > 0x7FF)
    return Error(fmt::format("EVT files hold coordinates up to 2047; an event "
                             "is at ({}, {})",
                             event.x, event.y));
  return {};
}
