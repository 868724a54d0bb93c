// The modes of limen-bench-rram, one class and one file each.
//
// A mode adds its options to the command line. What it measures goes to stdout,
// one JSON object a line; text for people goes to stderr.
#pragma once

#include "hw-models/base/Error.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace limen::bench {

class Mode {
public:
  virtual ~Mode() = default;
  /// Adds the mode's options; values are kept in the mode.
  virtual void addOptions(CLI::App &app) = 0;
  /// Whether the user asked for the mode.
  virtual bool chosen() const = 0;
  /// Runs on what the user named. Errors: the first file that could not be
  /// read; the others are measured all the same.
  virtual Result<void> run() = 0;
  /// Runs on the recorded files below `data` that it knows; on none, it says
  /// so on stderr.
  virtual Result<void> runRecorded(const std::string &data) = 0;
};

/// --crosssim: products of matrices beside CrossSim's.
std::unique_ptr<Mode> makeCrossSimMode();
/// --lsm: spikes of a liquid state machine on four arrays.
std::unique_ptr<Mode> makeLsmMode();

/// --subarray: energy and cycles of one array beside NeuroSim's.
std::unique_ptr<Mode> makeSubarrayMode();

/// --speed: time of one product.
std::unique_ptr<Mode> makeSpeedMode();

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

} // namespace limen::bench
