// Numbers in bytes, and errors that say at which byte.
#pragma once

#include "hw-models/base/Error.h"

#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <string_view>

namespace limen::events {

static_assert(std::endian::native == std::endian::little,
              "the readers load little-endian words as they are");

/// A little-endian number; the caller has checked that it is there.
template <typename T> T load(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

/// A big-endian 32-bit number.
inline uint32_t loadBig32(const char *at) {
  return __builtin_bswap32(load<uint32_t>(at));
}

/// Appends a little-endian number.
template <typename T> void store(std::string &out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

/// An error at a byte of the file that is being read.
inline Error errorAt(size_t offset, std::string message) {
  return Error(std::move(message),
               Place{"", 0, 0, fmt::format("byte {}", offset)});
}

} // namespace limen::events
