#include "hw-models/base/Error.h"

#include <fmt/format.h>

using namespace limen;

std::string Place::text() const {
  if (line != 0)
    return column == 0 ? fmt::format("{}:{}", file, line)
                       : fmt::format("{}:{}:{}", file, line, column);
  if (!path.empty())
    return fmt::format("{}: {}", file, path);
  return file;
}

std::string Error::text() const {
  const std::string where = place.text();
  std::string out = where.empty()
                        ? "error: " + message
                        : fmt::format("{}: error: {}", where, message);
  for (const std::string &note : notes)
    out += "\n  note: " + note;
  return out;
}
