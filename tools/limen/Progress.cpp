#include "tools/limen/Progress.h"

#include <fmt/format.h>
#include <unistd.h>

using namespace limen::cli;

Progress::Progress(std::string label)
    : label(std::move(label)), terminal(isatty(STDERR_FILENO)),
      started(std::chrono::steady_clock::now()), last(started) {}

Progress::~Progress() { clear(); }

void Progress::show(size_t done, size_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal || total == 0 ||
      (done < total && now - last < std::chrono::milliseconds(100)))
    return;
  last = now;
  drawn = true;
  constexpr size_t width = 30;
  const size_t filled = width * done / total;
  const double seconds = std::chrono::duration<double>(now - started).count();
  const double left =
      seconds / static_cast<double>(done) * static_cast<double>(total - done);
  fmt::print(stderr, "\r\x1b[K{} [{}{}] {}/{}, {:.0f} s left", label,
             std::string(filled, '#'), std::string(width - filled, '.'), done,
             total, left);
  std::fflush(stderr);
}

void Progress::clear() {
  if (drawn)
    fmt::print(stderr, "\r\x1b[K");
  drawn = false;
}
