#include "runtime/events/TextHeader.h"

#include <algorithm>
#include <cctype>
#include <charconv>

using namespace limen;
using namespace limen::events;

static bool equalFold(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

static std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> TextHeader::find(std::string_view key) const {
  for (std::string_view line : lines) {
    const std::string_view rest = trim(line.substr(1));
    const size_t gap = std::min(rest.find_first_of(" :"), rest.size());
    if (!equalFold(rest.substr(0, gap), key))
      continue;
    std::string_view value = rest.substr(gap);
    if (value.starts_with(':'))
      value.remove_prefix(1);
    return trim(value);
  }
  return std::nullopt;
}

bool TextHeader::contains(std::string_view text) const {
  for (std::string_view line : lines)
    if (std::search(line.begin(), line.end(), text.begin(), text.end(),
                    [](char x, char y) {
                      return std::tolower(static_cast<unsigned char>(x)) ==
                             std::tolower(static_cast<unsigned char>(y));
                    }) != line.end())
      return true;
  return false;
}

TextHeader events::readTextHeader(std::string_view bytes, char mark,
                                  std::string_view last) {
  TextHeader header;
  while (header.size < bytes.size() && bytes[header.size] == mark) {
    // Data may begin with the mark by chance; they are no printable line.
    constexpr size_t longest = 4096;
    const std::string_view rest = bytes.substr(header.size, longest);
    const size_t end = rest.find('\n');
    if (end == rest.npos ||
        !std::all_of(rest.begin(), rest.begin() + end, [](unsigned char c) {
          return c == '\t' || c == '\r' || c >= ' ';
        }))
      break;
    const std::string_view line = trim(rest.substr(0, end));
    header.lines.push_back(line);
    header.size += end + 1;
    if (!last.empty() && line == last)
      break;
  }
  return header;
}

static std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value == 0 ||
      value > 65536)
    return std::nullopt;
  return value;
}

std::optional<SensorSize> events::parseSize(std::string_view text) {
  const size_t cross = text.find('x');
  if (cross == text.npos)
    return std::nullopt;
  const auto width = number(text.substr(0, cross));
  const auto height = number(text.substr(cross + 1));
  if (!width || !height)
    return std::nullopt;
  return SensorSize{*width, *height};
}

/// The value of ";key=" in "EVT3;height=720;width=1280".
static std::optional<uint32_t> field(std::string_view text,
                                     std::string_view key) {
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(';', start), text.size());
    const std::string_view part = text.substr(start, end - start);
    if (part.starts_with(key) && part.substr(key.size()).starts_with('='))
      return number(part.substr(key.size() + 1));
    start = end + 1;
  }
  return std::nullopt;
}

std::optional<SensorSize> events::propheseeSize(const TextHeader &header) {
  if (auto geometry = header.find("geometry"))
    if (auto size = parseSize(*geometry))
      return size;
  if (auto format = header.find("format")) {
    const auto width = field(*format, "width"),
               height = field(*format, "height");
    if (width && height)
      return SensorSize{*width, *height};
  }
  const auto width = header.find("width"), height = header.find("height");
  if (width && height)
    if (auto w = number(*width), h = number(*height); w && h)
      return SensorSize{*w, *h};
  // Sensors by the plug-in that recorded them: Gen3 and Gen3.1 are VGA, Gen4
  // and later HD, GenX320 320 x 320 (Prophesee's data sheets).
  const std::string_view plugin = header.find("plugin_name").value_or("");
  if (plugin.find("genx320") != plugin.npos)
    return SensorSize{320, 320};
  if (plugin.find("gen4") != plugin.npos ||
      plugin.find("imx636") != plugin.npos)
    return SensorSize{1280, 720};
  if (plugin.find("gen3") != plugin.npos)
    return SensorSize{640, 480};
  return std::nullopt;
}
