// limen inspect: what a file of events or a compiled program holds, or what a
// network does to its input.

#include "runtime/events/Format.h"
#include "runtime/events/TextHeader.h"
#include "tools/limen/Command.h"
#include "tools/limen/ConvertNetwork.h"
#include "tools/limen/InspectLiquid.h"
#include "tools/limen/InspectProgram.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::cli;

namespace {

struct InspectFlags {
  std::string file, format = "auto", camera, size;
  bool json = false;
};

/// Numbers of a recording that a user wants to see first.
struct Summary {
  uint64_t on = 0;
  int64_t first = 0, last = 0; ///< us
};

Summary summarise(const events::Recording &recording) {
  Summary out;
  if (recording.events.empty())
    return out;
  out.first = out.last = recording.events.front().t;
  for (const events::Event &event : recording.events) {
    out.on += event.p;
    out.first = std::min(out.first, event.t);
    out.last = std::max(out.last, event.t);
  }
  return out;
}

/// Events per second, 0 when no time passes.
double rate(const events::Recording &recording, const Summary &summary) {
  const double span =
      static_cast<double>(summary.last) - static_cast<double>(summary.first);
  return span > 0 ? 1e6 * static_cast<double>(recording.events.size()) / span
                  : 0;
}

std::string json(const events::ReadFile &file, const std::string &path) {
  const events::Recording &recording = file.recording;
  const Summary summary = summarise(recording);
  nlohmann::ordered_json out;
  out["file"] = path;
  out["format"] = file.format->name;
  out["title"] = file.format->title;
  out["bytes"] = file.bytes;
  out["width"] = recording.width;
  out["height"] = recording.height;
  out["size_known"] = recording.sizeKnown;
  out["events"] = recording.events.size();
  out["on"] = summary.on;
  out["off"] = recording.events.size() - summary.on;
  out["first_us"] = summary.first;
  out["last_us"] = summary.last;
  out["events_per_s"] = rate(recording, summary);
  out["backwards"] = recording.backwards;
  out["trailing_bytes"] = recording.trailingBytes;
  out["skipped"] = nlohmann::ordered_json::object();
  for (const auto &[what, count] : recording.skipped)
    out["skipped"][what] = count;
  out["notes"] = recording.notes;
  return out.dump(2) + "\n";
}

std::string table(const events::ReadFile &file, const std::string &path) {
  const events::Recording &recording = file.recording;
  const Summary summary = summarise(recording);
  std::string out;
  auto row = [&](std::string_view name, const std::string &value) {
    out += fmt::format("{:<10} {}\n", name, value);
  };
  row("file", fmt::format("{} ({} bytes)", path, file.bytes));
  row("format", fmt::format("{} ({})", file.format->name, file.format->title));
  row("sensor", fmt::format("{} x {}{}", recording.width, recording.height,
                            recording.sizeKnown
                                ? ""
                                : " (largest coordinates; the file does not "
                                  "say)"));
  row("events", fmt::format("{} ({} ON, {} OFF)", recording.events.size(),
                            summary.on, recording.events.size() - summary.on));
  row("time",
      fmt::format("{} ... {} us ({})", summary.first, summary.last,
                  formatQuantity(1e-6 * (static_cast<double>(summary.last) -
                                         static_cast<double>(summary.first)),
                                 "s")));
  row("rate", formatQuantity(rate(recording, summary), "events/s"));
  if (recording.backwards != 0)
    row("order", fmt::format("{} events are earlier than the one before",
                             recording.backwards));
  for (const auto &[what, count] : recording.skipped)
    row("skipped", fmt::format("{} {}", count, what));
  if (recording.trailingBytes != 0)
    row("ignored", fmt::format("{} bytes after the last whole record",
                               recording.trailingBytes));
  for (const std::string &note : recording.notes)
    row("note", note);
  return out;
}

Result<void> inspect(const InspectFlags &flags) {
  if (isNetwork(flags.file))
    return Error("is a network; with --input, what it does to samples is "
                 "measured",
                 Place{flags.file, 0, 0, {}})
        .note("'limen compile FILE --emit=snn' shows what is in it");
  Result<events::ReadOptions> options = readOptions(flags.camera, flags.size);
  if (!options)
    return options.takeError();
  Result<events::ReadFile> file =
      events::readEvents(flags.file, flags.format, *options);
  if (!file)
    return file.takeError();
  fmt::print("{}",
             flags.json ? json(*file, flags.file) : table(*file, flags.file));
  return {};
}

} // namespace

Result<events::ReadOptions> cli::readOptions(const std::string &camera,
                                             const std::string &size) {
  events::ReadOptions options;
  options.camera = camera;
  if (size.empty())
    return options;
  const auto parsed = events::parseSize(size);
  if (!parsed)
    return Error(fmt::format("--size {}: WIDTHxHEIGHT was wanted", size));
  options.width = parsed->width;
  options.height = parsed->height;
  return options;
}

void cli::addInspect(CLI::App &app, int &exitCode) {
  auto flags = std::make_shared<InspectFlags>();
  auto liquid = std::make_shared<LiquidFlags>();
  CLI::App *command = app.add_subcommand(
      "inspect",
      "Say what is in a recording or a compiled program; or, with --input, how "
      "well a network keeps inputs apart");
  command->footer("Of a recording: format, counts, sensor, time, what was "
                  "skipped. Of a program\n(.limen): target, network, cores or "
                  "macros with their memory, prices, seeds.\n\nExamples:\n  "
                  "limen inspect recording.aedat4\n"
                  "  limen inspect net.limen --json\n"
                  "  limen inspect lsm.yaml --target rram-40nm --input "
                  "nmnist:test --labels l.txt --memory 2000\n");
  command
      ->add_option(
          "FILE", flags->file,
          "A recording of an event camera, a compiled program (.limen), "
          "or, with --input, a network")
      ->required();
  command
      ->add_option("--format", flags->format,
                   "Format of a recording: " + eventFormats() +
                       "; auto: as content or ending tell")
      ->capture_default_str();
  command->add_option("--camera", flags->camera,
                      "Camera of an AEDAT 2 file: dvs128, davis240, davis346");
  command->add_option(
      "--size", flags->size,
      "Sensor size WxH, in pixels, where the file does not tell");
  command->add_flag("--json", flags->json, "Print JSON");
  liquid->add(*command);
  command->callback([flags, liquid, &exitCode] {
    liquid->network.network = flags->file;
    liquid->json = flags->json;
    finish(!liquid->input.input.empty() ? inspectLiquid(*liquid)
           : isProgramFile(flags->file)
               ? inspectProgram(flags->file, flags->json)
               : inspect(*flags),
           exitCode);
  });
}
