// The lines of text that many event files begin with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace limen::events {

/// Lines that start with `mark`, without their ends.
struct TextHeader {
  std::vector<std::string_view> lines;
  size_t size = 0; ///< bytes; the data follow

  /// What follows `key` on a line "MARK KEY VALUE", keys in any case.
  std::optional<std::string_view> find(std::string_view key) const;
  bool contains(std::string_view text) const;
};

/// Reads lines "MARK ...\n" of printable text; ends at the first that is not
/// one, or after a line equal to `last`.
TextHeader readTextHeader(std::string_view bytes, char mark,
                          std::string_view last);

/// Width and height in pixels.
struct SensorSize {
  uint32_t width, height;
};

/// What a Prophesee header says about the sensor: Width and Height, geometry
/// WxH, format ...;height=H;width=W, else the camera's generation.
std::optional<SensorSize> propheseeSize(const TextHeader &header);

/// "640x480".
std::optional<SensorSize> parseSize(std::string_view text);

} // namespace limen::events
