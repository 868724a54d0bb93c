// Text files compiled into the program (cmake/embed.py makes the tables).
#pragma once

#include <span>
#include <string_view>

namespace limen::embedded {

/// One embedded file. `name` is its file name without folders.
struct File {
  std::string_view name;
  std::string_view text;
};

} // namespace limen::embedded
