// events:FILE_OR_DIR: recordings in any format of runtime/events.

#include "runtime/input/Events.h"

#include "runtime/events/TextHeader.h"
#include "runtime/input/Formats.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::input;

Result<std::unique_ptr<Source>> EventSource::open(Listing listing,
                                                  EventRules rules) {
  std::unique_ptr<EventSource> source(
      new EventSource(std::move(listing), std::move(rules)));
  events::ReadOptions &read = source->rules.read;
  if (read.width == 0) {
    const std::string &file = source->listing.entries.front().file;
    Result<events::ReadFile> first =
        events::readEvents(file, source->rules.format, read);
    if (!first)
      return first.takeError();
    read.width = first->recording.width;
    read.height = first->recording.height;
    if (read.width == 0)
      return Error("holds no event and does not say the sensor's size",
                   Place{file, 0, 0, {}})
          .note("say it with size=WxH");
    source->sizeNote.push_back(fmt::format(
        "the sensor has {} x {} pixels, {} {}", read.width, read.height,
        first->recording.sizeKnown ? "as said by"
                                   : "the largest coordinates in",
        file));
  }
  Result<network::Shape> extent =
      source->rules.binning.shape(read.width, read.height);
  if (!extent)
    return extent.takeError();
  source->extent = std::move(*extent);
  return std::unique_ptr<Source>(std::move(source));
}

void EventSource::remember(const events::ReadFile &file) const {
  const std::lock_guard guard(lock);
  for (const auto &[what, count] : file.recording.skipped)
    skipped[what] += count;
  for (const std::string &note : file.recording.notes)
    ++notes[note];
  backwards += file.recording.backwards;
  unsorted += file.recording.backwards != 0;
  trailing += file.recording.trailingBytes;
  cut += file.recording.trailingBytes != 0;
}

Result<Sample> EventSource::sample(size_t index) const {
  const Entry &entry = listing.entries[index];
  const Place place{entry.file, 0, 0, {}};
  Result<events::ReadFile> file =
      events::readEvents(entry.file, rules.format, rules.read);
  if (!file)
    return file.takeError();
  events::Recording &recording = file->recording;
  if (rules.refuseTrailing && recording.trailingBytes != 0)
    return Error(fmt::format("has {} bytes, which is not a multiple of {}: it "
                             "is truncated or not an {} recording",
                             file->bytes, 5, file->format->title),
                 place);
  if (rules.refuseUnsorted && recording.backwards != 0)
    return Error(fmt::format("{} events are earlier than the one before",
                             recording.backwards),
                 place)
        .note("order=sort sorts them");
  remember(*file);
  events::sortByTime(recording);
  Result<Sample> sample = rules.binning.apply(recording, rules.steps);
  if (!sample) {
    Error error = sample.takeError();
    error.place = place;
    return error;
  }
  sample->id = entry.id;
  sample->label = entry.label;
  return sample;
}

std::vector<std::string> EventSource::assumptions() const {
  std::vector<std::string> out{rules.binning.description()};
  out.insert(out.end(), sizeNote.begin(), sizeNote.end());
  out.insert(out.end(), listing.notes.begin(), listing.notes.end());
  const std::lock_guard guard(lock);
  for (const auto &[note, files] : notes)
    out.push_back(note);
  for (const auto &[what, count] : skipped)
    out.push_back(
        fmt::format("{} {} of the recordings are skipped", count, what));
  if (backwards != 0)
    out.push_back(fmt::format("{} recordings are sorted by time: {} events "
                              "were earlier than the one before",
                              unsorted, backwards));
  if (trailing != 0)
    out.push_back(fmt::format("{} bytes after the last whole record of {} "
                              "recordings are ignored",
                              trailing, cut));
  return out;
}

/// Whether the name of a file says that it holds events.
static bool isEventFile(const std::string &name) {
  static constexpr std::string_view endings[] = {".aedat", ".aedat4", ".bin",
                                                 ".bs2",   ".csv",    ".dat",
                                                 ".es",    ".npy",    ".raw"};
  std::string ending = std::filesystem::path(name).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(std::begin(endings), std::end(endings), ending) !=
         std::end(endings);
}

Result<std::unique_ptr<Source>>
input::openEvents(const std::string &rest, const SourceOptions &options) {
  Spec spec(rest, eventsUsage);
  EventRules rules;
  rules.steps = options.steps;
  rules.format = spec.take("format").value_or("auto");
  if (rules.format != "auto")
    if (auto found = events::findFormat(rules.format); !found)
      return found.takeError();
  rules.read.camera = spec.take("camera").value_or("");
  if (auto text = spec.take("size")) {
    const auto size = events::parseSize(*text);
    if (!size)
      return spec.error("size", "WIDTHxHEIGHT");
    rules.read.width = size->width;
    rules.read.height = size->height;
  }
  Result<std::string> order = spec.takeChoice("order", {"sort", "refuse"});
  if (!order)
    return order.takeError();
  rules.refuseUnsorted = *order == "refuse";
  ListOptions list;
  list.labels = spec.take("labels").value_or(options.labels);
  list.match = spec.take("match").value_or("");
  list.wants = [&](const std::string &name) {
    return !list.match.empty() || isEventFile(name);
  };
  Result<Binning> binning = Binning::parse(spec, options.dt);
  if (!binning)
    return binning.takeError();
  rules.binning = *binning;
  if (Result<void> finished = spec.finish(); !finished)
    return finished.takeError();
  Result<Listing> listing = listFiles(spec.path(), list);
  if (!listing)
    return listing.takeError();
  return EventSource::open(std::move(*listing), std::move(rules));
}
