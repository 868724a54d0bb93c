#include "runtime/events/Format.h"

#include "hw-models/base/Files.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::events;

void events::sortByTime(Recording &recording) {
  if (recording.backwards == 0)
    return;
  std::stable_sort(recording.events.begin(), recording.events.end(),
                   [](const Event &a, const Event &b) { return a.t < b.t; });
}

static std::string names() {
  std::string text;
  for (const Format *format : formats())
    text += (text.empty() ? "" : ", ") + std::string(format->name);
  return text;
}

Result<const Format *> events::findFormat(std::string_view name) {
  for (const Format *format : formats())
    if (format->name == name)
      return format;
  return Error(fmt::format("'{}' is not an event format", name))
      .note("formats: " + names());
}

Result<const Format *> events::detectFormat(std::string_view bytes,
                                            const std::string &file) {
  std::string ending = std::filesystem::path(file).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const Format *byEnding = nullptr;
  for (const Format *format : formats())
    switch (format->detect(bytes, ending)) {
    case Match::Content:
      return format;
    case Match::Ending:
      byEnding = format;
      break;
    case Match::No:
      break;
    }
  if (byEnding)
    return byEnding;
  return Error("is in no event format that its content or its ending tells",
               Place{file, 0, 0, {}})
      .note("say which with --format or --from, or format=NAME after events:; "
            "formats: " +
            names());
}

Result<Recording> events::decode(std::string_view bytes, const Format &format,
                                 const ReadOptions &options,
                                 const std::string &file) {
  Result<Recording> recording = format.read(bytes, options);
  if (!recording) {
    Error error = recording.takeError();
    error.place.file = file;
    return error;
  }
  if (options.width != 0) {
    recording->width = options.width;
    recording->height = options.height;
    recording->sizeKnown = true;
  }
  int64_t previous = INT64_MIN;
  uint32_t right = 0, bottom = 0; // largest coordinates
  for (const Event &event : recording->events) {
    recording->backwards += event.t < previous;
    previous = event.t;
    right = std::max<uint32_t>(right, event.x);
    bottom = std::max<uint32_t>(bottom, event.y);
  }
  if (!recording->sizeKnown && !recording->events.empty()) {
    recording->width = right + 1;
    recording->height = bottom + 1;
  }
  if (!recording->events.empty() &&
      (right >= recording->width || bottom >= recording->height)) {
    size_t index = 0;
    while (recording->events[index].x < recording->width &&
           recording->events[index].y < recording->height)
      ++index;
    return Error(fmt::format("event {} is at ({}, {}), outside of {} x {}",
                             index, recording->events[index].x,
                             recording->events[index].y, recording->width,
                             recording->height),
                 Place{file, 0, 0, {}})
        .note("size=WxH says another size of the sensor");
  }
  return recording;
}

Result<ReadFile> events::readEvents(const std::string &file,
                                    std::string_view formatName,
                                    const ReadOptions &options) {
  Result<std::string> bytes = readFile(file);
  if (!bytes)
    return bytes.takeError();
  if (bytes->empty())
    return Error("is empty; events were wanted", Place{file, 0, 0, {}});
  Result<const Format *> format = formatName.empty() || formatName == "auto"
                                      ? detectFormat(*bytes, file)
                                      : findFormat(formatName);
  if (!format)
    return format.takeError();
  Result<Recording> recording = decode(*bytes, **format, options, file);
  if (!recording)
    return recording.takeError();
  return ReadFile{*format, std::move(*recording), bytes->size()};
}
