// limen convert: a network or a file of events in another format.

#include "hw-models/base/Files.h"
#include "runtime/events/Format.h"
#include "tools/limen/ConvertNetwork.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::cli;

namespace {

struct ConvertFlags {
  NetworkFlags network; ///< its file is IN, whatever that is
  std::string out, from = "auto", to = "auto", camera, size;
};

/// The format named, else the one whose files end so. ".raw" alone is not
/// enough: EVT 2 and EVT 3 share it.
Result<const events::Format *> formatOf(const ConvertFlags &flags) {
  std::string known;
  const std::string ending =
      std::filesystem::path(flags.out).extension().string();
  const events::Format *byEnding = nullptr;
  unsigned found = 0;
  for (const events::Format *format : events::formats()) {
    if (!format->write)
      continue;
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", format->name,
                         format->ending);
    if (format->name == flags.to)
      return format;
    if (format->ending == ending) {
      byEnding = format;
      ++found;
    }
  }
  if (flags.to != "auto")
    return Error(fmt::format("--to {}: is not a format that is written",
                             flags.to))
        .note("formats: " + known);
  if (found != 1)
    return Error(
               fmt::format("the ending '{}' does not tell one format", ending),
               Place{flags.out, 0, 0, {}})
        .note("say which with --to NAME: " + known);
  return byEnding;
}

Result<void> convert(const ConvertFlags &flags) {
  if (Result<void> fine = checkFile(flags.out); !fine)
    return fine;
  if (isNetwork(flags.network.network))
    return convertNetwork(flags.network, flags.out);
  Result<const events::Format *> format = formatOf(flags);
  if (!format)
    return format.takeError();
  Result<events::ReadOptions> options = readOptions(flags.camera, flags.size);
  if (!options)
    return options.takeError();
  Result<events::ReadFile> file =
      events::readEvents(flags.network.network, flags.from, *options);
  if (!file)
    return file.takeError();
  events::Recording &recording = file->recording;
  events::sortByTime(recording);
  Result<std::string> bytes = (*format)->write(recording);
  if (!bytes) {
    Error error = bytes.takeError();
    error.place.file = flags.out;
    return error;
  }
  if (Result<void> written = writeFile(flags.out, *bytes); !written)
    return written;
  fmt::print("{}: {} events of {} as {}, {} bytes\n", flags.out,
             recording.events.size(), file->format->title, (*format)->title,
             bytes->size());
  for (const std::string &note : recording.notes)
    fmt::print("note: {}\n", note);
  for (const auto &[what, count] : recording.skipped)
    fmt::print("note: {} {} are left out\n", count, what);
  if (recording.backwards != 0)
    fmt::print("note: sorted by time; {} events were earlier than the one "
               "before\n",
               recording.backwards);
  if (recording.trailingBytes != 0)
    fmt::print("note: {} bytes after the last whole record are left out\n",
               recording.trailingBytes);
  return {};
}

} // namespace

void cli::addConvert(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<ConvertFlags>();
  CLI::App *command =
      app.add_subcommand("convert", "Write a network or a file of events in "
                                    "another format");
  command->footer("Examples:\n"
                  "  limen convert net.yaml net.nir\n"
                  "  limen convert net.nir -o net.mlir\n"
                  "  limen convert recording.aedat4 recording.csv\n");
  flags->network.add(*command, /*compiled=*/false);
  command->get_option("NETWORK")->description(
      "What is converted: a network (.nir, .yaml, .mlir) or a recording of an "
      "event camera");
  command
      ->add_option("OUT,-o", flags->out,
                   "File to write: a network as .nir (NIR) or .mlir (IR text), "
                   "events as .csv, .npy, .bin (N-MNIST), .dat, .es, "
                   ".aedat4, or .raw with --to evt2 or evt3")
      ->required();
  command
      ->add_option("--from", flags->from,
                   "Format of events in NETWORK: " + eventFormats() +
                       "; auto: as content or ending tell")
      ->capture_default_str();
  command
      ->add_option("--to", flags->to,
                   "Format of events in OUT (one of them); auto: as the ending "
                   "tells")
      ->capture_default_str();
  command->add_option("--camera", flags->camera,
                      "Camera of an AEDAT 2 file: dvs128, davis240, davis346");
  command->add_option(
      "--size", flags->size,
      "Sensor size WxH, in pixels, where the file does not tell");
  command->callback([flags, &exitCode] { finish(convert(*flags), exitCode); });
}
