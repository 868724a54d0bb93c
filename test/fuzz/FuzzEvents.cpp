// Recordings of event cameras, and archives of arrays, as bytes. Every format
// reads every input, whatever its magic says. Contract: a recording or an error
// with a message and the file's name; memory stays a small multiple of the
// file; what a format writes it reads again.

#include "runtime/events/Format.h"
#include "runtime/events/Npz.h"
#include "test/fuzz/Promise.h"

#include <cstdint>

using namespace limen;
using fuzz::broken;

/// LZ4 gives 255 bytes for one, and an event takes more than a bit.
static constexpr size_t mostEventsPerByte = 256;

/// Formats that tell every turn of a small counter grow with the time alone.
static constexpr int64_t latestWritten = 1 << 24; // us

static void writeAndReadAgain(const events::Format &format,
                              const events::Recording &recording) {
  const Result<std::string> written = format.write(recording);
  if (!written) {
    fuzz::checkError(written.error());
    return;
  }
  events::ReadOptions options;
  options.width = recording.width;
  options.height = recording.height;
  const Result<events::Recording> again =
      events::decode(*written, format, options, "again");
  if (!again)
    broken("a file that was written is not read",
           std::string(format.name) + ": " + again.error().text());
  if (again->events != recording.events)
    broken("a file that was written has other events",
           std::string(format.name));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char *>(data), size);
  for (const events::Format *format : events::formats()) {
    format->detect(bytes, ".dat");
    Result<events::Recording> read =
        events::decode(bytes, *format, {}, "fuzz.events");
    if (!read) {
      fuzz::checkError(read.error());
      if (!read.error().place.file.starts_with("fuzz.events"))
        broken("an error does not name the file", read.error().text());
      continue;
    }
    if (read->events.size() > mostEventsPerByte * size + 64)
      broken("more events than the file can hold", std::string(format->name));
    events::sortByTime(*read);
    for (size_t i = 1; i < read->events.size(); ++i)
      if (read->events[i - 1].t > read->events[i].t)
        broken("sorted events go back in time", std::string(format->name));
    for (const events::Format *other : events::formats())
      if (other->write && !read->events.empty() &&
          read->events.back().t < latestWritten)
        writeAndReadAgain(*other, *read);
  }
  if (const auto arrays = events::parseNpz(bytes); !arrays)
    fuzz::checkError(arrays.error());
  return 0;
}
