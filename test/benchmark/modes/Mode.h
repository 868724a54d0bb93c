// What the benchmark programs of the targets share: a mode is one experiment,
// one class and one file.
//
// A mode adds its options to the command line. What it measures goes to stdout,
// one JSON object a line; text for people goes to stderr.
#pragma once

#include "hw-models/base/Error.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace limen::bench {

/// Options that modes share; a program offers those that its modes use.
struct Common {
  unsigned threads = 1;
  uint64_t seed = 0; ///< of everything drawn
};

class Mode {
public:
  virtual ~Mode() = default;
  /// Adds the mode's options; values are kept in the mode.
  virtual void addOptions(CLI::App &app) = 0;
  /// Whether the user asked for the mode.
  virtual bool chosen() const = 0;
  /// Runs on what the user named. Errors: the first file that could not be
  /// read; the others are measured all the same.
  virtual Result<void> run(const Common &common) = 0;
  /// Runs on the recorded files below `data` that it knows, beside published
  /// figures; on none, it says so on stderr.
  virtual Result<void> runRecorded(const Common &common,
                                   const std::string &data) = 0;
};

using Modes = std::vector<std::unique_ptr<Mode>>;

/// Reads the command line into `app`, to which the modes add their options, and
/// runs the chosen modes, or without one all of them on the recorded data below
/// $LIMEN_TEST_DATA. Returns the exit code; errors are printed.
int runModes(CLI::App &app, const Modes &modes, const Common &common, int argc,
             char **argv);

/// One JSON line on stdout.
void printLine(const nlohmann::ordered_json &line);

/// Files below `folder` whose name starts with `prefix` and ends with `ending`,
/// sorted.
std::vector<std::string> filesIn(const std::string &folder,
                                 const std::string &prefix,
                                 const std::string &ending);

/// Runs `measure` on each file; keeps going after an error, whose text goes to
/// stderr, and returns the first.
template <typename Measure>
Result<void> forEachFile(const std::vector<std::string> &files,
                         Measure measure) {
  std::optional<Error> first;
  for (const std::string &file : files)
    if (Result<void> done = measure(file); !done) {
      if (first)
        std::fprintf(stderr, "%s\n", done.error().text().c_str());
      else
        first = done.takeError();
    }
  if (first)
    return *first;
  return {};
}

/// Runs `measure(file, entry)` on the files below `data` that a table of
/// `{file, published figures ...}` names; says which are not there.
template <typename Table, typename Measure>
Result<void> forEachRecorded(const Table &table, const std::string &data,
                             Measure measure) {
  for (const auto &entry : table) {
    const std::string file = data + "/" + entry.file;
    if (!std::filesystem::exists(file)) {
      std::fprintf(stderr, "  %s is not there\n", file.c_str());
      continue;
    }
    if (Result<void> done = measure(file, entry); !done)
      return done;
  }
  return {};
}

} // namespace limen::bench
