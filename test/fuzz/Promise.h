// Finds that are not a crash by themselves.
#pragma once

#include "hw-models/base/Error.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace limen::fuzz {

/// A find: says what and ends the process.
[[noreturn]] inline void broken(const char *what, const std::string &detail) {
  std::fprintf(stderr, "broken promise: %s\n%s\n", what, detail.c_str());
  std::abort();
}

/// An error says what is wrong, in one line of text that ends the message.
inline void checkError(const Error &error) {
  if (error.message.empty())
    broken("an error without a message", error.text());
}

} // namespace limen::fuzz
