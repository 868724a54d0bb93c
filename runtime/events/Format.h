// The formats of event files and the way from a file to a recording.
//
// A format is one file of runtime/events/formats that defines
// `formatNAME`, a Format, where NAME is the name of the file; CMake finds it.
#pragma once

#include "runtime/events/Recording.h"

#include <span>
#include <string_view>

namespace limen::events {

/// What a file does not say about itself.
struct ReadOptions {
  std::string camera; ///< AEDAT 2: dvs128, davis240 or davis346; "" unknown
  uint32_t width = 0; ///< of the sensor, 0 unknown
  uint32_t height = 0;
};

/// How sure a format is of a file.
enum class Match { No, Ending, Content };

struct Format {
  std::string_view name;  ///< what format= and `limen inspect` call it
  std::string_view title; ///< for people
  /// `ending` is that of the file's name, lower case with its dot.
  Match (*detect)(std::string_view bytes, std::string_view ending);
  /// Reads any bytes whatever they are: a recording, or an error whose place
  /// says at which byte. Allocates no more than a small multiple of the file.
  Result<Recording> (*read)(std::string_view bytes, const ReadOptions &options);
  /// The bytes of a file; nullptr where the format is only read. The events
  /// are sorted by time. Errors: what the format cannot express.
  Result<std::string> (*write)(const Recording &recording);
  std::string_view ending; ///< of files written, e.g. ".dat"
};

/// All formats, sorted by name.
std::span<const Format *const> formats();

/// The format of that name. Errors: none, with the names there are.
Result<const Format *> findFormat(std::string_view name);

/// The format of a file by its content, else by its ending. Errors: neither
/// says.
Result<const Format *> detectFormat(std::string_view bytes,
                                    const std::string &file);

/// Reads bytes as `format`, counts steps back in time and checks every event
/// against the sensor. `file` is for messages.
Result<Recording> decode(std::string_view bytes, const Format &format,
                         const ReadOptions &options, const std::string &file);

/// The format and the events of a file.
struct ReadFile {
  const Format *format;
  Recording recording;
  uint64_t bytes; ///< of the file
};

/// `formatName` "" or "auto" detects.
Result<ReadFile> readEvents(const std::string &file,
                            std::string_view formatName,
                            const ReadOptions &options);

} // namespace limen::events
