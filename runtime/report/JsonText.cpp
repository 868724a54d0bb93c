#include "runtime/report/JsonText.h"

#include "hw-models/base/Quantity.h"

#include <array>
#include <charconv>
#include <cmath>

using namespace limen;
using Json = nlohmann::ordered_json;

namespace {

class Writer {
public:
  std::string write(const Json &value) {
    put(value, 0);
    text += '\n';
    return std::move(text);
  }

private:
  static constexpr size_t width = 100;

  static std::string scalar(const Json &value) {
    if (value.is_number_float())
      return formatNumber(value.get<double>());
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  static std::string key(const std::string &name) {
    return Json(name).dump(-1, ' ', false, Json::error_handler_t::replace) +
           ": ";
  }

  /// The text of `value` on one line, or "" when it is longer than `room`.
  static std::string oneLine(const Json &value, size_t room) {
    if (!value.is_structured())
      return scalar(value);
    std::string out = value.is_array() ? "[" : "{";
    bool first = true;
    for (const auto &[name, item] : value.items()) {
      out += first ? "" : ", ";
      first = false;
      if (value.is_object())
        out += key(name);
      const std::string part = oneLine(item, room);
      out += part;
      if (part.empty() || out.size() > room)
        return {};
    }
    return out + (value.is_array() ? "]" : "}");
  }

  void put(const Json &value, size_t indent) {
    const std::string line = oneLine(value, width - std::min(width, indent));
    if (!line.empty()) {
      text += line;
      return;
    }
    if (!value.is_structured()) {
      text += scalar(value);
      return;
    }
    text += value.is_array() ? '[' : '{';
    const bool numbers = value.is_array() && !value.front().is_structured();
    size_t lineStart = text.size();
    bool first = true;
    for (const auto &[name, item] : value.items()) {
      if (!first)
        text += ',';
      // Long lists of numbers are filled like a paragraph.
      if (numbers && !first && text.size() - lineStart < width) {
        text += ' ';
      } else {
        text += '\n' + std::string(indent + 2, ' ');
        lineStart = text.size();
      }
      first = false;
      if (value.is_object())
        text += key(name);
      put(item, indent + 2);
    }
    text += '\n' + std::string(indent, ' ');
    text += value.is_array() ? ']' : '}';
  }

  std::string text;
};

} // namespace

std::string report::writeJson(const Json &value) {
  return Writer().write(value);
}

Json report::realJson(float value) {
  if (!std::isfinite(value))
    return nullptr;
  std::array<char, 32> text;
  const char *end =
      std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double exact = 0;
  std::from_chars(text.data(), end, exact);
  return exact;
}
