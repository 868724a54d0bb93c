// A progress bar on a terminal, nothing elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace limen::cli {

class Progress {
public:
  explicit Progress(std::string label);
  ~Progress();

  /// Redraws at most ten times a second.
  void show(size_t done, size_t total);
  /// Removes the bar so that results start on a clean line.
  void clear();

private:
  std::string label;
  bool terminal;
  bool drawn = false;
  std::chrono::steady_clock::time_point started, last;
};

} // namespace limen::cli
